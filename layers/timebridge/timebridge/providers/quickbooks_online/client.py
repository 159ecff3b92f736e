"""The wire: python-quickbooks on our session, with raw JSON in and out.

Of python-quickbooks we use the client: addresses, minor version, request ids, exact decimals. Its classes of objects
are left aside: they send every attribute they know and so clear what a person entered (reference 8.2, row 16), lack
fields, turn decimals into strings, and its batch knows neither request ids nor short item ids, without which a repeated
batch is done twice (rows 20 and 21). Its errors are left aside because they sort codes by number ranges, in which a
throttled call is a validation error (row 12), and because they cannot read the gateway's faults (row 13). Measured:
10,000 time activities posted through this client cost 0.6 CPU seconds, through the library's own batch 2.3.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import ParseError

import requests
from defusedxml import DefusedXmlException, ElementTree
from quickbooks import QuickBooks  # type: ignore[import-untyped]
from quickbooks.exceptions import QuickbooksException  # type: ignore[import-untyped]

from timebridge.errors import Disconnected, Misconfigured, Rejected, SyncError, Transient
from timebridge.providers.http import Session
from timebridge.providers.provider import App
from timebridge.providers.quickbooks_online.faults import (
    BY_ITSELF,
    NO_RIGHT,
    ODD_ANSWER,
    STATUSES,
    Fault,
    build,
    error_of,
    read_fault,
    traced,
)
from timebridge.providers.quickbooks_online.pace import paces

PROVIDER = "QuickBooks"
MINOR_VERSION = 75
PAGE = 1000
"""The longest page of a query, and the length at which change data capture is cut without a word."""

BATCH = 30


class Client(QuickBooks):  # type: ignore[misc]
    """One company (`realm`) behind a session. `base_url`: origin of the API, with or without its `/v3`. `trace`:
    Intuit's id of the call that was answered last."""

    def __new__(cls, session: Session, base_url: str, realm: str, app: App | None = None) -> "Client":  # noqa: ARG004
        client: Client = super().__new__(cls, company_id=realm, minorversion=MINOR_VERSION, use_decimal=True)
        return client

    def __init__(self, session: Session, base_url: str, realm: str, app: App | None = None) -> None:
        self.session = session
        self.base_url = base_url.removesuffix("/v3")
        self.pace, self.batch_pace = paces(app, base_url, realm)
        self._allowance = app.allowance if app else None
        self._address = f"{self.api_url}/company/{realm}"
        self.trace = ""

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/v3"

    # --- calls -------------------------------------------------------------------------------------------------------

    def select(self, statement: str) -> tuple[dict[str, Any], datetime]:
        """What a query found, and the server's time."""
        found = self.query(statement)
        return part(found, "QueryResponse"), moment(part(found, "time"))

    def changes(self, objects: Sequence[str], since: datetime) -> tuple[list[dict[str, Any]], datetime]:
        """What changed of each object since then, in the order asked for, and the server's time."""
        found = self.change_data_capture(",".join(objects), instant(since))
        responses = part(found, "CDCResponse")
        answers = [answer for response in responses for answer in response.get("QueryResponse", ())]
        return answers, moment(part(found, "time"))

    def batch(self, items: Sequence[Mapping[str, Any]], request: str) -> dict[str, dict[str, Any]]:
        """The answer to each item by its `bId`. A repetition with the same request and items is not done twice."""
        self.batch_pace.wait()
        body = json.dumps({"BatchItemRequest": items}, default=number, ensure_ascii=False)
        found = self.post(f"{self._address}/batch", body, request_id=request)
        return {str(item.get("bId")): item for item in part(found, "BatchItemResponse")}

    def void(self, name: str, head: Mapping[str, Any], request: str) -> None:
        """A document comes to nothing, and stays. Raises what refuses this one record."""
        address = f"{self._address}/{name.lower()}"
        self.post(address, json.dumps(head), params={"operation": "void"}, request_id=request)

    def company(self) -> dict[str, Any]:
        return dict(part(self.get_single_object("companyinfo", self.company_id), "CompanyInfo"))

    # --- what python-quickbooks calls --------------------------------------------------------------------------------

    def make_request(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().make_request(*args, **kwargs)
        except QuickbooksException:
            raise Transient(
                "QuickBooks sent an answer that cannot be read.", remedy=BY_ITSELF, detail="not JSON"
            ) from None  # its text is the body

    def process_request(
        self, request_type: str, url: str, headers: Any = "", params: Any = "", data: Any = ""
    ) -> requests.Response:
        self.pace.wait()
        ours = {name: value for name, value in dict(headers or {}).items() if name != "User-Agent"}
        body = data.encode() if isinstance(data, str) else data
        response: requests.Response = self.session.request(
            request_type, url, headers=ours, params=params, data=body, allow_redirects=False
        )
        response.encoding = "utf-8"
        self.trace = trace_of(response)
        if self._allowance is not None and is_metered(request_type, url):
            self._allowance.read()
        return response

    def handle_exceptions(self, results: Mapping[str, Any]) -> None:
        """A fault in an answer that calls itself a success."""
        raise whole_call(read_fault(results), self.trace)


def open_session(auth: requests.auth.AuthBase) -> Session:
    """Queries may be sent again after a lost answer. A batch may not: what it created is looked for first."""
    session = Session(PROVIDER, check=check, kind=kind, keyed=lambda _, url: url.endswith("/query"))
    session.auth = auth
    return session


def is_metered(method: str, url: str) -> bool:
    """Intuit charges for what is read and answered, also by a query that is posted; writes are free."""
    return method.upper() == "GET" or urlsplit(url).path.endswith("/query")


def kind(_method: str, path: str) -> str:
    """`query`, `cdc`, `batch` or the name of an object."""
    _, _, company = path.partition("/company/")
    _, _, asked = company.partition("/")
    return asked.split("/")[0] or "other"


# --- answers ---------------------------------------------------------------------------------------------------------


def check(response: requests.Response) -> None:
    """Raises what an answer without success means: read from JSON, from the gateway's XML, or from the status alone."""
    if response.status_code == 200 and "json" in response.headers.get("Content-Type", ""):
        return
    trace = trace_of(response)
    fault = fault_in(response)
    if response.status_code < 500 and fault is not None and not _is_outage(response.status_code, fault):
        raise error_of(fault, trace=trace) if _is_of_one(response.url) else whole_call(fault, trace)
    meaning = STATUSES.get(response.status_code)
    if meaning is None:
        meaning = TROUBLE if response.status_code >= 500 or fault is not None else ODD_ANSWER
    host = urlsplit(response.url).netloc
    raise build(meaning, detail=f"status {response.status_code} from {host} {trace}".strip(), trace=trace)


TROUBLE = Fault("10000").meaning


def _is_of_one(url: str) -> bool:
    """Whether a call was about a single record, which may be at fault."""
    return "operation" in parse_qs(urlsplit(url).query)


def _is_outage(status: int, fault: Fault) -> bool:
    """During an outage the API answers 400 and says that its own addresses do not exist."""
    return status == 400 and fault.code == "500" and "Could not find resource" in fault.detail + fault.message


def trace_of(response: requests.Response) -> str:
    """Intuit's id of the call: its support asks for it."""
    return str(response.headers.get("intuit_tid", ""))


def fault_in(response: requests.Response) -> Fault | None:
    try:
        if response.content.lstrip().startswith(b"<"):
            return _xml_fault(response.content)
        body = response.json()
    except (ParseError, DefusedXmlException, requests.exceptions.JSONDecodeError):
        return None
    found = body.get("Fault") or body.get("fault") if isinstance(body, Mapping) else None
    return read_fault(found) if isinstance(found, Mapping) else None


def _xml_fault(content: bytes) -> Fault | None:
    root = ElementTree.fromstring(content)
    found = root if root.tag.endswith("Fault") else root.find(".//{*}Fault")
    error = found.find("{*}Error") if found is not None else None
    if found is None or error is None:
        return None
    code = error.get("code") or error.findtext("{*}Code") or ""
    texts = [(error.findtext(f"{{*}}{name}") or "").strip() for name in ("Message", "Detail")]
    return Fault(code.strip(), texts[0], texts[1], found.get("type") or "", error.get("element") or "")


def whole_call(fault: Fault, trace: str = "") -> SyncError:
    """No record is at fault when a whole call is refused: a right is missing, or the error is ours."""
    error = error_of(fault, trace=trace)
    kind = Disconnected if fault.code == NO_RIGHT else Misconfigured if isinstance(error, Rejected) else None
    return traced(kind(error.for_user, remedy=error.remedy, detail=error.detail), trace) if kind else error


# --- values ----------------------------------------------------------------------------------------------------------


def part(answer: Mapping[str, Any], name: str) -> Any:
    if name not in answer:
        raise build(ODD_ANSWER, detail=f"no {name} in the answer")
    return answer[name]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def instant(at: datetime) -> str:
    """A time as queries want it, with its offset: without one it would be taken for Pacific time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def quoted(text: object) -> str:
    escaped = str(text).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def number(value: object) -> int | float:
    """Decimals as JSON numbers: amounts have at most 15 digits, which a float carries unharmed."""
    if not isinstance(value, Decimal):
        raise TypeError(f"Not a value of QuickBooks: {type(value).__name__}")
    return int(value) if value == value.to_integral_value() else float(value)
