"""How answers look: envelopes, times with their Pacific offset, and the XML twin of the JSON."""

import secrets
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.store import Stored

PACIFIC = ZoneInfo("America/Los_Angeles")
NAMESPACE = "http://schema.intuit.com/finance/v3"


@lru_cache(maxsize=4096)
def stamp(seconds: int) -> str:
    """`2026-11-20T03:04:05-08:00`"""
    return datetime.fromtimestamp(seconds, PACIFIC).isoformat(timespec="seconds")


def envelope_time(now: datetime) -> str:
    """`2026-11-20T03:04:05.678-08:00`"""
    return now.astimezone(PACIFIC).isoformat(timespec="milliseconds")


def record(stored: Stored) -> dict[str, Any]:
    """A live record as the API shows it."""
    head = {"domain": "QBO", "sparse": False, "Id": stored.id, "SyncToken": str(stored.sync_token)}
    times = {"CreateTime": stamp(stored.created), "LastUpdatedTime": stamp(stored.updated)}
    shown = {name: value for name, value in stored.doc.items() if name[0] != "_"}
    return {**shown, **head, "MetaData": times}


def deleted_stub(stored: Stored) -> dict[str, Any]:
    """What change data capture says of a deleted record."""
    times = {"LastUpdatedTime": stamp(stored.updated)}
    return {"status": "Deleted", "domain": "QBO", "Id": stored.id, "MetaData": times}


def fault_body(fault: Fault, now: datetime) -> dict[str, Any]:
    return {"Fault": fault.to_json(), "time": envelope_time(now)}


def gateway_fault(message: str, detail: str, code: str, kind: str, now: datetime) -> dict[str, Any]:
    """The lower-case body of the gateway in front of the API (401, 403, 429)."""
    return {
        **{"warnings": None, "intuitObject": None},
        "fault": {"error": [{"message": message, "detail": detail, "code": code, "element": None}], "type": kind},
        **{"report": None, "queryResponse": None, "batchItemResponse": [], "attachableResponse": []},
        **{"syncErrorResponse": None, "requestId": None, "time": int(now.astimezone(UTC).timestamp() * 1000)},
        **{"status": None, "cdcresponse": []},
    }


def transaction_id() -> str:
    """A value for the header `intuit_tid`."""
    return f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"


# ---------------------------------------------------------------- XML


def to_xml(body: dict[str, Any]) -> str:
    """The XML that the API answers to those who did not ask for JSON."""
    time = f" time={quoteattr(str(body['time']))}" if "time" in body else ""
    inner = "".join(element(name, value) for name, value in body.items() if name != "time")
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{head}<IntuitResponse xmlns="{NAMESPACE}"{time}>{inner}</IntuitResponse>'


def element(name: str, value: Any) -> str:
    if name in ("Fault", "fault") and value:
        return fault_xml(value)
    if name.startswith("CDCResponse") or name == "BatchItemResponse":
        return "".join(container(name, one) for one in value)
    if isinstance(value, list):
        return "".join(element(name, one) for one in value)
    if isinstance(value, dict):
        return container(name, value)
    return "" if value is None else f"<{name}>{escape(text(value))}</{name}>"


def container(name: str, value: dict[str, Any]) -> str:
    if name.endswith("Ref") and "value" in value:
        label = f" name={quoteattr(value['name'])}" if "name" in value else ""
        return f"<{name}{label}>{escape(str(value['value']))}</{name}>"
    plain = ("domain", "sparse", "status", "startPosition", "maxResults", "totalCount", "bId")
    marks = "".join(f" {one}={quoteattr(text(value[one]))}" for one in plain if one in value)
    inner = "".join(element(one, part) for one, part in value.items() if one not in plain)
    return f"<{name}{marks}>{inner}</{name}>"


def fault_xml(fault: dict[str, Any]) -> str:
    found = fault["Error"] if "Error" in fault else fault["error"]
    errors = "".join(error_xml({name.lower(): value for name, value in one.items()}) for one in found)
    return f"<Fault type={quoteattr(fault['type'])}>{errors}</Fault>"


def error_xml(error: dict[str, Any]) -> str:
    message, detail = escape(error["message"] or ""), escape(error["detail"] or "")
    place = f" element={quoteattr(error['element'])}" if error.get("element") is not None else ""
    inner = f"<Message>{message}</Message><Detail>{detail}</Detail>"
    return f"<Error code={quoteattr(error['code'])}{place}>{inner}</Error>"


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
