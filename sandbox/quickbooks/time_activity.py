"""Business rules of TimeActivity."""

import re
from datetime import date, datetime, time, timedelta, timezone

from sandbox.quickbooks import wire
from sandbox.quickbooks.draft import Draft
from sandbox.quickbooks.errors import Fault

HOURS_ITEM = "2"
MAX_RATE = 99_999_999_999
CLOCK = re.compile(r"(?:\d{4}-\d{2}-\d{2}T)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")


def time_activity(draft: Draft) -> None:
    if "Simple Start" in offering(draft):
        raise Fault("5030", "Time tracking is not part of this company's plan")
    who(draft)
    billing(draft)
    elapsed(draft)
    draft.doc.setdefault("TxnDate", draft.today())
    if not draft.ref("ItemRef"):
        draft.point("ItemRef", "Item", HOURS_ITEM)


def offering(draft: Draft) -> str:
    company = draft.store.get(draft.realm, "CompanyInfo", "1")
    pairs = company.doc.get("NameValue", []) if company else []
    return next((str(pair.get("Value")) for pair in pairs if pair.get("Name") == "OfferingSku"), "")


def who(draft: Draft) -> None:
    """Exactly one worker, of the kind that NameOf says."""
    if draft.ref("EmployeeRef") and draft.ref("VendorRef"):
        raise Fault("6290")
    wanted = {"Employee": "EmployeeRef", "Vendor": "VendorRef"}.get(draft.doc["NameOf"])
    if wanted is None:
        raise Fault("6300", "NameOf must be Employee or Vendor")
    worker = draft.ref(wanted)
    if worker is None:
        raise Fault("6300", f"{wanted} is required when NameOf is {draft.doc['NameOf']}", element=wanted)
    if draft.get(draft.doc["NameOf"], worker) is None:
        raise Fault("6300", f"Name {worker} is not of the kind {draft.doc['NameOf']}", element=wanted)


def billing(draft: Draft) -> None:
    status = draft.doc.setdefault("BillableStatus", draft.before.get("BillableStatus", "NotBillable"))
    if status == "HasBeenBilled" and draft.before.get("BillableStatus") != "HasBeenBilled":
        raise Fault("6320", status, element="BillableStatus")
    rate = draft.doc.setdefault("HourlyRate", 0)
    if not 0 <= rate <= MAX_RATE:
        raise Fault("2090", rate, element="HourlyRate")
    if status == "Billable":
        if not draft.ref("CustomerRef"):
            raise Fault("6310", element="CustomerRef")
        if not draft.ref("ItemRef"):
            draft.point("ItemRef", "Item", HOURS_ITEM)
        if draft.sent.get("HourlyRate") is None and not draft.before.get("HourlyRate"):
            raise Fault("6330", element="HourlyRate")
    draft.doc.setdefault("Taxable", False)


def elapsed(draft: Draft) -> None:
    """Hours and minutes, or a start and an end; what the caller sent last wins over what was stored."""
    by_hours = [draft.sent.get(name) is not None for name in ("Hours", "Minutes")]
    by_clock = [draft.sent.get(name) is not None for name in ("StartTime", "EndTime")]
    if any(by_hours) and any(by_clock):
        raise Fault("6390")
    if any(by_clock) or (draft.value("StartTime") and not any(by_hours)):
        between(draft)
    else:
        lasting(draft)


def lasting(draft: Draft) -> None:
    for name in ("StartTime", "EndTime", "BreakHours", "BreakMinutes", "BreakSeconds"):
        draft.doc.pop(name, None)
    hours, minutes = draft.value("Hours"), draft.value("Minutes")
    if hours is None and minutes is None:
        raise Fault("6350")
    hours, minutes = hours or 0, minutes or 0
    if hours < 0 or not 0 <= minutes <= 59:
        raise Fault("6340", f"{hours} hours {minutes} minutes")
    if hours > 8760 or (hours == 8760 and minutes):
        raise Fault("6380")
    if hours + minutes + (draft.value("Seconds") or 0) == 0:
        raise Fault("6350")
    draft.doc.update(Hours=hours, Minutes=minutes)


def between(draft: Draft) -> None:
    if not (draft.value("StartTime") and draft.value("EndTime")):
        raise Fault("6350")
    draft.doc.setdefault("TxnDate", draft.today())
    start, end = (moment(draft.doc[name], draft.doc["TxnDate"]) for name in ("StartTime", "EndTime"))
    if start >= end:
        raise Fault("6370")
    pause = timedelta(hours=draft.value("BreakHours") or 0, minutes=draft.value("BreakMinutes") or 0)
    if pause >= end - start:
        raise Fault("6360")
    for name in ("Hours", "Minutes", "Seconds"):
        draft.doc.pop(name, None)
    draft.doc.update(StartTime=shown(start), EndTime=shown(end))


def moment(text: str, day: str) -> datetime:
    """The clock part on the day of the transaction: a date in the value does not count, an offset does."""
    match = CLOCK.fullmatch(text)
    if match is None:
        raise Fault("6340", text)
    try:
        clock = time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError:
        raise Fault("6340", text) from None
    return datetime.combine(date.fromisoformat(day), clock, offset(match[4]) or wire.PACIFIC)


def offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    parsed = datetime.strptime(text.replace("Z", "+0000"), "%z").utcoffset()
    return timezone(parsed) if parsed is not None else None


def shown(at: datetime) -> str:
    return at.astimezone(wire.PACIFIC).isoformat(timespec="seconds")
