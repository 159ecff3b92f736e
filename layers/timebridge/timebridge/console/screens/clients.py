"""A client in the books: what QuickBooks says of it, its transactions, its statement, and doubles of it."""

from typing import Any

from timebridge.console import wording
from timebridge.console.screens import Answer, Screens, Visit, part
from timebridge.console.screens.record import head, read
from timebridge.console.screens.records import kind_called

screens = Screens("clients")

SIZE = 50
TYPES = ("invoice", "payment", "estimate", "sales_receipt", "credit_memo", "refund_receipt", "time")
FILTERS = ("type", "status", "first", "last")
STATUSES = {
    "overdue": "Overdue",
    "open": "Open",
    "partly paid": "Partly paid",
    "paid": "Paid",
    "unapplied": "Not used up yet",
    "partly applied": "Partly used up",
    "applied": "Used up",
    "unbilled": "Not billed",
    "billed": "Billed",
    "void": "Void",
}
AGES = {
    "current": "Not due yet",
    "1-30": "1 to 30 days",
    "31-60": "31 to 60 days",
    "61-90": "61 to 90 days",
    "over 90": "Over 90 days",
}


@screens.get("/<tenant>/records/clients/<id>/books")
def show_books(visit: Visit, tenant: str, id: str) -> Answer:
    """For the page of the client: fetched after it."""
    blocks = visit.api.get(f"clients/{part(id)}/quickbooks")["items"]
    folder = visit.api.get(f"clients/{part(id)}/transactions", limit=1)
    overdue = visit.api.get(f"clients/{part(id)}/transactions", limit=1, status="overdue")
    shown: dict[str, Any] = {
        "id": id,
        "blocks": blocks,
        "folder": folder,
        "overdue": overdue,
        "doubles": _doubles(visit, id),
    }
    return visit.fragment("records/_books.html", **shown)


def _doubles(visit: Visit, id: str) -> list[dict[str, Any]]:
    """Other clients that may be this one."""
    groups = visit.api.get("duplicates", kind="client")["items"]
    return [each for group in groups if id in _ids(group) for each in group["records"] if each["id"] != id]


def _ids(group: dict[str, Any]) -> set[str]:
    return {each["id"] for each in group["records"]}


@screens.get("/<tenant>/records/clients/<id>/transactions")
def list_transactions(visit: Visit, tenant: str, id: str) -> Answer:
    kind = kind_called(visit, "clients")
    asked = {name: visit.query.get(name) for name in FILTERS}
    start = visit.query.get("start")
    folder = visit.api.get(f"clients/{part(id)}/transactions", limit=SIZE, start=start, **asked)
    shown: dict[str, Any] = {
        **head(visit, kind, read(visit, kind, id)),
        "folder": folder,
        "asked": asked,
        "types": [(each, wording.plain(each)) for each in TYPES],
        "statuses": STATUSES,
        "companies": sorted({each["company"] for each in folder["items"] if each["company"]}),
    }
    return visit.page("records/transactions.html", title=f"Transactions of {shown['name']}", **shown)


@screens.get("/<tenant>/records/clients/<id>/statement")
def show_statement(visit: Visit, tenant: str, id: str) -> Answer:
    kind = kind_called(visit, "clients")
    day = visit.query.get("day")
    found = visit.api.get(f"clients/{part(id)}/statement", day=day)
    shown: dict[str, Any] = {**head(visit, kind, read(visit, kind, id)), "found": found, "day": day, "ages": AGES}
    return visit.page("records/statement.html", title=f"Statement of {shown['name']}", **shown)


@screens.get("/<tenant>/records/clients/<id>/statement.csv")
def take_statement(visit: Visit, tenant: str, id: str) -> Answer:
    return visit.api.download(f"clients/{part(id)}/statement.csv", day=visit.query.get("day"))
