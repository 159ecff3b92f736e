"""What the books hold of a client: every document and billable time, read only, and a statement of what is open."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge import folders
from timebridge.api.access import EVERYBODY, Noun, TenantId, tenant_of
from timebridge.api.errors import missing
from timebridge.api.kinds import RecordId
from timebridge.api.views import Limit, Number, Start, View
from timebridge.folders import Paper
from timebridge.records import Record
from timebridge.reports import to_csv
from timebridge.statements import NOTHING, Age, Line, Statement, is_overdue, statements
from timebridge.store.records import Workspace
from timebridge.store.tenants import Connections

transactions = Noun("transactions")

type Day = date
"""Where a field is called date itself."""

FOLDER = "/tenants/<tenant>/clients/<id>/transactions"
STATEMENT = "/tenants/<tenant>/clients/<id>/statement"

COMPUTED = "Computed here from what is open: QuickBooks keeps no statements that other programs could read."


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


class LineView(View):
    """`open`: what is left of `amount`, below zero where the client is owed it. `overdue`: days."""

    id: str
    type: str
    number: str | None
    date: Day
    due_date: Day | None
    job: str | None
    amount: Number
    open: Number
    overdue: int
    age: Age
    url: str | None = None


class StatementView(View):
    """Of one company and currency. `ages`: the open invoices by days overdue. `credits`: payments and credit memos that
    were not used up. `total`: the invoices less the credits. `balance`: what QuickBooks says of the customer with all
    jobs, where it is known; `agrees`: whether that is the total, which journal entries may keep it from."""

    connection: str
    company: str | None
    url: str | None
    currency: str | None
    day: Day
    lines: list[LineView]
    ages: dict[str, Number]
    credits: Number
    total: Number
    balance: Number | None
    agrees: bool | None


class StatementsView(View):
    words: str
    items: list[StatementView]


OfType = Annotated[Type | None, Query(description="Only documents of this type.")]
OfStatus = Annotated[str | None, Query(max_length=40, description="Only with this status, or `overdue`.")]
First = Annotated[date | None, Query(description="Only from this day on, like 2026-11-01.")]
Last = Annotated[date | None, Query(description="Only up to this day.")]
OfDay = Annotated[
    date | None, Query(description="Only documents up to this day, and their age on it; else all, as of today.")
]


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
    _client(tenant, id)
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


@transactions.get(STATEMENT, EVERYBODY, "A statement of what a client owes")
def get_statement(tenant: TenantId, id: RecordId, day: OfDay = None) -> StatementsView:
    """Open invoices, and payments and credits that were not used up, with their age. Balances are those of now."""
    client, records = _client(tenant, id), folders.transactions(tenant, id)
    found = statements(records, today_of(tenant), day)
    shown = {line.id for statement in found for line in statement.lines}
    papers = folders.papers(tenant, [record for record in records if record.id in shown])
    urls = {paper.record.id: paper.url for paper in papers}
    balance = client.values.get("balance_with_jobs") if len(found) == 1 and day is None else None
    return StatementsView(words=COMPUTED, items=[_statement(tenant, client, each, urls, balance) for each in found])


@transactions.get(f"{STATEMENT}.csv", EVERYBODY, "The same as CSV")
def get_statement_as_csv(tenant: TenantId, id: RecordId, day: OfDay = None) -> Response[str]:
    """One line for each open document."""
    _client(tenant, id)
    found = statements(folders.transactions(tenant, id), today_of(tenant), day)
    headers = {"Content-Disposition": 'attachment; filename="statement.csv"'}
    lines = (line for statement in found for line in statement.lines)
    return Response(200, "text/csv; charset=utf-8", to_csv(lines, Line), headers)


def today_of(tenant: str) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(tenant_of(tenant).time_zone)).date()


def _client(tenant: str, id: str) -> Record:
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


def _statement(
    tenant: str, client: Record, found: Statement, urls: Mapping[str, str | None], balance: Decimal | None
) -> StatementView:
    connection = Connections().get(tenant, found.connection)
    lines = [LineView.of(line).model_copy(update={"url": urls.get(line.id)}) for line in found.lines]
    return StatementView(
        connection=found.connection,
        company=connection.account_name if connection else None,
        url=folders.page_of(connection, "client", client.id) if connection else None,
        currency=found.currency,
        day=found.day,
        lines=lines,
        ages={age.value: amount for age, amount in found.ages.items()},
        credits=found.credits,
        total=found.total,
        balance=balance,
        agrees=None if balance is None else balance == found.total,
    )
