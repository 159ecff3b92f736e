"""The wire: simple-salesforce on our session, several requests in one call, and what each answer tells about quota."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote_plus

import requests
from simple_salesforce.api import Salesforce

from timebridge.budget import RESERVE, Usage
from timebridge.changes import chunks
from timebridge.errors import RateLimited, Transient
from timebridge.providers.http import Session
from timebridge.providers.oauth import GrantAuth
from timebridge.providers.provider import App
from timebridge.providers.salesforce.refusals import DAILY_PAUSE, error_of
from timebridge.tenants import Grant, Grants

API_VERSION = "67.0"
QUERIES_PER_CALL = 5
USAGE = re.compile(r"\bapi-usage=(?P<used>\d+)/(?P<limit>\d+)")
FAMILIES = ("composite", "jobs")
TIMEOUT = (5.0, 25.0)
"""Seconds to connect, and to wait for an answer: what takes longer is asked for in smaller parts, and the worker has
two minutes."""

LOOKED = timedelta(hours=1)
"""For so long what we know of the quota holds: then one call finds out whether there is more of it."""

COMPACT = {"X-PrettyPrint": "0", "Sforce-Call-Options": "client=timebridge", "Sforce-Mru": "updateMru=false"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One sub-request's outcome inside a composite call."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status < 300


class Client:
    """One connection's calls. `calls` counts them by kind; `usage` is what the last answer said about the quota.

    `reserve`: the share of the org's daily calls that is left to its other integrations; None: not minded.
    """

    def __init__(self, app: App, grants: Grants, refresh: Callable[[Grant], Grant], base_url: str) -> None:
        self.version = version = str(app.extra.get("api_version", API_VERSION))
        self.session = Session(
            "Salesforce", check=self._check, kind=kind_of_call, repeats_timeouts=False, timeout=TIMEOUT
        )
        self.session.auth = GrantAuth("Salesforce", grants, refresh, curable=is_expired)
        self.session.allow_plain(base_url)
        self.usage: Usage | None = None
        self.reserve: float | None = RESERVE
        self.path = f"/services/data/v{version}/"
        self.salesforce = Salesforce(
            session_id="the session's auth overrides this",
            instance_url=base_url,
            version=version,
            session=self.session,
            parse_float=Decimal,
            object_pairs_hook=None,  # plain dicts, as its documentation says
        )

    @property
    def origin(self) -> str:
        """As client libraries write it; the session knows whether it is really http."""
        return f"https://{self.salesforce.sf_instance}"

    @property
    def calls(self) -> Mapping[str, int]:
        return self.session.calls

    def get(self, path: str) -> Any:
        return self.salesforce.restful(path, headers=COMPACT)

    def post(self, path: str, body: object, repeatable: bool = False) -> Any:
        self._heed_quota()
        data = json.dumps(body, default=_number)
        return self.salesforce.restful(path, method="POST", data=data, headers=COMPACT, repeatable=repeatable)

    def patch(self, path: str, body: object, repeatable: bool, headers: Mapping[str, str] | None = None) -> Any:
        self._heed_quota()
        data = json.dumps(body, default=_number)
        headers = {**COMPACT, **(headers or {})}
        return self.salesforce.restful(path, None, "PATCH", data=data, headers=headers, repeatable=repeatable)

    def delete(self, path: str, params: Mapping[str, str]) -> Any:
        self._heed_quota()
        return self.salesforce.restful(path, dict(params), "DELETE", headers=COMPACT, repeatable=True)

    def composite(self, wanted: Sequence[Mapping[str, Any]], repeatable: bool) -> list[Answer]:
        """One call, in the given order, each for itself. `url` is relative to the version: `query?q=...`."""
        parts = [
            {"referenceId": f"r{number}", **part, "url": self.path + part["url"]} for number, part in enumerate(wanted)
        ]
        body = {"allOrNone": False, "collateSubrequests": False, "compositeRequest": parts}
        found = self.post("composite", body, repeatable)["compositeResponse"]
        return [Answer(each["httpStatusCode"], each["body"]) for each in found]

    def first_pages(self, queries: Sequence[tuple[str, bool]]) -> list[dict[str, Any]]:
        """The first page of each (SOQL, deleted ones too), five to a call."""
        pages: list[dict[str, Any]] = []
        for some in chunks(queries, QUERIES_PER_CALL):
            answers = self.composite([query(soql, deleted) for soql, deleted in some], repeatable=True)
            pages.extend(page_of(answer) for answer in answers)
        return pages

    def next_page(self, page: Mapping[str, Any]) -> dict[str, Any] | None:
        """None after the last one. Raises Transient when the list has expired."""
        if page["done"]:
            return None
        self._heed_quota()
        found: dict[str, Any] = self.salesforce.query_more(page["nextRecordsUrl"], True, headers=COMPACT)
        return found

    def rows(self, soqls: Sequence[str], deleted: bool = False) -> list[dict[str, Any]]:
        """All rows of all queries, without the deleted ones unless they are asked for."""
        rows: list[dict[str, Any]] = []
        for first in self.first_pages([(soql, deleted) for soql in soqls]):
            page: dict[str, Any] | None = first
            while page is not None:
                rows.extend(page["records"])
                page = self.next_page(page)
        return rows

    @property
    def spent(self) -> bool:
        """Only what is reserved for others is left of the day's calls, as far as we know."""
        reserve = RESERVE if self.reserve is None else self.reserve
        fresh = self.usage is not None and datetime.now(UTC) - self.usage.at < LOOKED
        return fresh and self.usage is not None and self.usage.share(reserve) >= 1

    def _heed_quota(self) -> None:
        if self.reserve is not None and self.spent and self.usage is not None:
            raise RateLimited(
                "The day's calls of your Salesforce org are nearly used up; the rest is for its other integrations.",
                retry_after=DAILY_PAUSE,
                remedy="Nothing to do: it goes on when there are calls again. Salesforce sells more if this recurs.",
                detail=f"{self.usage.used} of {self.usage.limit} calls",
            )

    def _check(self, response: requests.Response) -> None:
        found = USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
        if found:
            self.usage = Usage(int(found["used"]), int(found["limit"]), datetime.now(UTC))
        if response.status_code >= 300:
            raise error_of(response.status_code, body_of(response), whole=True)
        if "html" in response.headers.get("Content-Type", ""):
            raise Transient("Salesforce answered with a page for people.", detail="maintenance, or not an API host")


def query(soql: str, deleted: bool = False) -> dict[str, str]:
    """A query as part of a composite call; `deleted`: those in the recycle bin too."""
    return {"method": "GET", "url": f"{'queryAll' if deleted else 'query'}?q={quote_plus(soql)}"}


def page_of(answer: Answer) -> dict[str, Any]:
    """The page a query part of a composite call answered, or its error raised."""
    if not answer.ok:
        raise error_of(answer.status, answer.body, whole=True)
    page: dict[str, Any] = answer.body
    return page


def kind_of_call(_method: str, path: str) -> str:
    """`composite`, `query`, `jobs/query`: the resource without version and ids."""
    _, _, resource = path.partition("/services/data/v")
    steps = resource.split("/")[1:] if resource else path.strip("/").split("/")[-1:]
    return "/".join(steps[:2] if steps[0] in FAMILIES else steps[:1])


def is_expired(response: requests.Response) -> bool:
    """A session that merely ended; other 401s (wrong kind of session, stronger login wanted) no new token cures."""
    error = error_text(body_of(response))
    return not error or error.startswith("Session expired or invalid")


def error_text(body: object) -> str:
    return str(body[0].get("message", "")) if isinstance(body, list) and body and isinstance(body[0], dict) else ""


def body_of(response: requests.Response) -> object:
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError:
        return None


def _number(value: object) -> int | float:
    """Money and hours as JSON numbers; Salesforce keeps 18 digits, and 15 of them survive a float unchanged."""
    if not isinstance(value, Decimal):
        raise TypeError(f"Not a value for Salesforce: {type(value).__name__}")
    return int(value) if value == value.to_integral_value() else float(value)
