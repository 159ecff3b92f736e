"""Expense reports: what they hold, and new ones over loose expenses. The rest is as with every other record."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge.api.access import EVERYBODY, WRITERS, Asking, Noun, TenantId
from timebridge.api.errors import missing
from timebridge.api.kinds import RecordId
from timebridge.api.own import own
from timebridge.api.records import RecordView, note, view
from timebridge.api.views import Asked, View
from timebridge.store.drafts import members_of
from timebridge.store.expense_reports import EXPENSE, KIND, gather
from timebridge.store.records import Workspace

expense_reports = Noun("expense reports")


class Gathering(Asked):
    """The expenses, and what their new report gets. An expense that is in a report already stays there."""

    ids: list[str] = Field(min_length=1, max_length=100, description="Ids of expenses, of one person or of several.")
    date: str | None = Field(default=None, description="Of the report; that of its latest expense without it.")
    number: str | None = None
    notes: str | None = None
    post_as: str | None = Field(default=None, description="bill or check; by the person's link without it.")


class ReportsView(View):
    items: list[RecordView]


@expense_reports.post("/tenants/<tenant>/expense-reports/gather", WRITERS, "Put loose expenses into reports")
def gather_expenses(tenant: TenantId, asked: Annotated[Gathering, Body()], caller: Asking) -> ReportsView:
    """One report per person, as far as its expenses are. Asked again, the answer is the same reports."""
    space = Workspace(tenant, caller.name)
    for record in space.read(EXPENSE, asked.ids):
        own(tenant, caller, {}, record)
    before = {record.values["report"] for record in space.read(EXPENSE, asked.ids)}
    found = gather(space, asked.ids, asked.model_dump(exclude={"ids"}, exclude_none=True))
    for report in found:
        if report.id not in before:
            note(tenant, caller, "gather", KIND, None, report)
    return ReportsView(items=[view(KIND, report, caller) for report in found])


@expense_reports.get("/tenants/<tenant>/expense-reports/<id>/expenses", EVERYBODY, "List the expenses of a report")
def list_expenses(tenant: TenantId, id: RecordId, caller: Asking) -> ReportsView:
    """All of them, the oldest first."""
    space = Workspace(tenant)
    report = space.stored(KIND, [id]).get(id)
    if report is None:
        raise missing("expense report")
    held = sorted(space.read(EXPENSE, members_of(report)), key=lambda record: (record.values["date"], record.id))
    return ReportsView(items=[view(EXPENSE, record, caller) for record in held])
