"""Time and invoices that QuickBooks held before we came, as records of ours.

What is imported is marked and never posted; a pair under these flows is never written to the books. Of an invoice
number, total and balance follow what becomes of it there.
"""

from collections.abc import Mapping
from typing import Any

from timebridge.converters import DATE, MONEY
from timebridge.flows import Direction, Flow, field, one_of
from timebridge.histories import History, Place
from timebridge.providers.quickbooks_online.converters import BILLABLE, NOTES
from timebridge.providers.quickbooks_online.markers import marker_of
from timebridge.providers.quickbooks_online.transactions import CLOCK, RATE, elapsed, is_void, rounded
from timebridge.records import Value

NONE_BY_ITSELF = one_of("Id")

TIME = Flow(
    "quickbooks_online.time_history",
    kind="time_entry",
    object="TimeActivity",
    direction=Direction.IN,
    when_theirs=NONE_BY_ITSELF,
    create_ours=False,
    deletions=None,
    fields=(),
)
INVOICE = Flow(
    "quickbooks_online.invoice_history",
    kind="invoice",
    object="Invoice",
    direction=Direction.IN,
    when_theirs=NONE_BY_ITSELF,
    create_ours=False,
    deletions=None,
    fields=(
        field("posted_number", "DocNumber"),
        field("posted_due_date", "DueDate", DATE),
        field("posted_tax", "TxnTaxDetail.TotalTax", MONEY),
        field("posted_total", "TotalAmt", MONEY),
        field("posted_balance", "Balance", MONEY),
    ),
)
PLACES: Mapping[str, tuple[str, str]] = {
    "labour_code": ("ItemRef", "Item"),
    "class": ("ClassRef", "Class"),
    "department": ("DepartmentRef", "Department"),
    "term": ("SalesTermRef", "Term"),
    "project": ("CustomerRef", "Customer"),
    "client": ("TopRef", "Customer"),
}


def _places(values: Mapping[str, Any], *names: str) -> dict[str, Place]:
    found = {name: (PLACES[name][1], (values.get(PLACES[name][0]) or {}).get("value")) for name in names}
    return {name: (object, str(id)) for name, (object, id) in found.items() if id}


def _time_places(values: Mapping[str, Any]) -> dict[str, Place]:
    object = "Vendor" if values.get("VendorRef") else "Employee"
    person = (values.get(f"{object}Ref") or {}).get("value")
    staff: dict[str, Place] = {"staff": (object, str(person))} if person else {}
    return staff | _places(values, "project", "labour_code", "class", "department")


def _time(values: Mapping[str, Any]) -> dict[str, Value]:
    return {
        "work_date": DATE.incoming(values.get("TxnDate")),
        "hours": rounded(elapsed(*(values.get(name) for name in CLOCK))),
        "billable": BILLABLE.incoming(values.get("BillableStatus")),
        "rate": MONEY.incoming(values.get("HourlyRate") or None),
        "notes": NOTES.incoming(values.get("Description")),
        "status": "approved",
    }


def _invoice(values: Mapping[str, Any]) -> dict[str, Value]:
    return {
        "number": values.get("DocNumber"),
        "date": DATE.incoming(values.get("TxnDate")),
        "due_date": DATE.incoming(values.get("DueDate")),
        "amount": MONEY.incoming(values.get("TotalAmt")),
        "currency": (values.get("CurrencyRef") or {}).get("value"),
        "exchange_rate": RATE.incoming(values.get("ExchangeRate")),
        "memo": NOTES.incoming((values.get("CustomerMemo") or {}).get("value")),
        "notes": NOTES.incoming(values.get("PrivateNote")),
        "status": "final",
    }


def _void(values: Mapping[str, Any]) -> str | None:
    return "It is void." if is_void(values.get("TotalAmt"), values.get("PrivateNote")) else None


HISTORIES: Mapping[str, History] = {
    "time": History(
        TIME, _time, _time_places, ("staff", "project"), lambda values: marker_of(values.get("Description"))
    ),
    "invoices": History(
        INVOICE,
        _invoice,
        lambda values: _places(values, "client", "project", "term", "class", "department"),
        ("client",),
        lambda values: marker_of(values.get("PrivateNote")),
        _void,
    ),
}


def flows(_settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    return TIME, INVOICE
