"""What the books hold of a client: every document, and the time that is billable. Read only."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import EVERYBODY, Noun, TenantId, tenant_of
from timebridge.api.errors import missing
from timebridge.api.kinds import RecordId
from timebridge.api.views import Limit, Number, Start, View
from timebridge.books import folders
from timebridge.books.folders import Paper
from timebridge.books.statements import NOTHING, is_overdue
from timebridge.records import Record
from timebridge.store.records import Workspace

transactions = Noun("transactions")

type Day = date
"""Where a field is called date itself."""

FOLDER = "/tenants/<tenant>/clients/<id>/transactions"


class Type(StrEnum):
    INVOICE = "invoice"
    PAYMENT = "payment"
    ESTIMATE = "estimate"
    SALES_RECEIPT = "sales_receipt"
    CREDIT_MEMO = "credit_memo"
    REFUND_RECEIPT = "refund_receipt"
    TIME = "time"


class OursView(View):
    kind: str
    id: str


class TransactionView(View):
    """`url`: the page of the document, in the books of `company`. `job`: where it is on a job of the client. `ours`:
    the record here that it is, where we posted or imported it. `balance`: what is open, or not used up. Amounts are in
    `currency`; times `exchange_rate` they are in that of the company."""

    id: str
    type: str
    number: str | None
    date: Day
    due_date: Day | None
    status: str | None
    overdue: bool
    amount: Number | None
    balance: Number | None
    currency: str | None
    exchange_rate: Number | None
    memo: str | None
    notes: str | None
    sent: bool | None
    job: str | None
    person: str | None
    hours: Number | None
    rate: Number | None
    connection: str | None
    company: str | None
    theirs: str | None
    url: str | None
    ours: OursView | None


class TotalView(View):
    """Of one type and currency, void ones included."""

    type: str
    currency: str | None
    count: int
    amount: Number
    balance: Number


class FolderView(View):
    """The latest first. `count` and `totals` are of everything that fits, on whichever page."""

    items: list[TransactionView]
    next: str | None
    count: int
    totals: list[TotalView]


OfType = Annotated[Type | None, Query(description="Only documents of this type.")]
OfStatus = Annotated[str | None, Query(max_length=40, description="Only with this status, or `overdue`.")]
First = Annotated[date | None, Query(description="Only from this day on, like 2026-11-01.")]
Last = Annotated[date | None, Query(description="Only up to this day.")]


@transactions.get(FOLDER, EVERYBODY, "List what the books hold of a client")
def list_transactions(
    tenant: TenantId,
    id: RecordId,
    type: OfType = None,
    status: OfStatus = None,
    first: First = None,
    last: Last = None,
    start: Start = None,
    limit: Limit = 50,
) -> FolderView:
    """Invoices, payments, estimates, sales receipts, credit memos, refund receipts and billable time of the client and
    of its jobs. They are changed in the books, not here."""
    client_of(tenant, id)
    today, days = today_of(tenant), (str(first or ""), str(last or "9999"))
    found = [
        record
        for record in folders.transactions(tenant, id)
        if type in (None, record.values["type"])
        and days[0] <= str(record.values["date"]) <= days[1]
        and _has(record, status, today)
    ]
    rest = [record for record in found if start is None or "~".join(folders.place_of(record)) < start]
    page = rest[:limit]
    return FolderView(
        items=[_view(paper, today) for paper in folders.papers(tenant, page)],
        next="~".join(folders.place_of(page[-1])) if len(rest) > limit else None,
        count=len(found),
        totals=_totals(found),
    )


def today_of(tenant: str) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(tenant_of(tenant).time_zone)).date()


def client_of(tenant: str, id: str) -> Record:
    found = Workspace(tenant).get("client", id)
    if found is None:
        raise missing("client")
    return found


def _has(record: Record, status: str | None, today: date) -> bool:
    if status == "overdue":
        return is_overdue(record.values, today)
    return status is None or record.values["status"] == status


def _totals(records: Sequence[Record]) -> list[TotalView]:
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        groups.setdefault((record.values["type"], record.values["currency"] or ""), []).append(record)
    return [_total(*key, some) for key, some in sorted(groups.items())]


def _total(type: str, currency: str, some: Sequence[Record]) -> TotalView:
    sums = {name: sum((record.values[name] or NOTHING for record in some), NOTHING) for name in ("amount", "balance")}
    return TotalView(type=type, currency=currency or None, count=len(some), **sums)


def _view(paper: Paper, today: date) -> TransactionView:
    values = paper.record.values
    told = {name: values.get(name) for name in TransactionView.model_fields if name in values}
    around = {
        "id": paper.record.id,
        "overdue": is_overdue(values, today),
        "connection": values["managed_by"],
        "company": paper.connection.account_name if paper.connection else None,
        "theirs": paper.theirs,
        "url": paper.url,
        "ours": OursView(kind=paper.ours[0], id=paper.ours[1]) if paper.ours else None,
    }
    return TransactionView.model_validate(told | around)
