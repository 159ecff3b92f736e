"""Statements: what a client owes, computed from the images of its documents."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import EVERYBODY, Noun, TenantId
from timebridge.api.kinds import RecordId
from timebridge.api.transactions import Day, client_of, today_of
from timebridge.api.views import Number, View
from timebridge.books import folders
from timebridge.books.statements import Age, Line, Statement
from timebridge.books.statements import statements as computed
from timebridge.records import Record
from timebridge.reports import to_csv
from timebridge.store.tenants import Connections

statements = Noun("transactions")

STATEMENT = "/tenants/<tenant>/clients/<id>/statement"

COMPUTED = "Computed here from what is open: QuickBooks keeps no statements that other programs could read."


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


OfDay = Annotated[
    date | None, Query(description="Only documents up to this day, and their age on it; else all, as of today.")
]


@statements.get(STATEMENT, EVERYBODY, "A statement of what a client owes")
def get_statement(tenant: TenantId, id: RecordId, day: OfDay = None) -> StatementsView:
    """Open invoices, and payments and credits that were not used up, with their age. Balances are those of now."""
    client, records = client_of(tenant, id), folders.transactions(tenant, id)
    found = computed(records, today_of(tenant), day)
    shown = {line.id for statement in found for line in statement.lines}
    papers = folders.papers(tenant, [record for record in records if record.id in shown])
    urls = {paper.record.id: paper.url for paper in papers}
    balance = client.values.get("balance_with_jobs") if len(found) == 1 and day is None else None
    return StatementsView(words=COMPUTED, items=[_statement(tenant, client, each, urls, balance) for each in found])


@statements.get(f"{STATEMENT}.csv", EVERYBODY, "The same as CSV")
def get_statement_as_csv(tenant: TenantId, id: RecordId, day: OfDay = None) -> Response[str]:
    """One line for each open document."""
    client_of(tenant, id)
    found = computed(folders.transactions(tenant, id), today_of(tenant), day)
    headers = {"Content-Disposition": 'attachment; filename="statement.csv"'}
    lines = (line for statement in found for line in statement.lines)
    return Response(200, "text/csv; charset=utf-8", to_csv(lines, Line), headers)


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
