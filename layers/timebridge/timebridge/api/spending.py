"""Spending: the expenses of people with the names of what they are for, in their reports and loose."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api import records
from timebridge.api.access import EVERYBODY, Asking, Caller, Noun, TenantId
from timebridge.api.locked import why_locked
from timebridge.api.naming import names_in
from timebridge.api.records import RecordView
from timebridge.api.time_sheets import today
from timebridge.api.views import Limit, Page, Start
from timebridge.records import Record
from timebridge.store.members import Members
from timebridge.store.records import Workspace
from timebridge.store.sheets import Sheets

spending = Noun("spending")

REPORT, EXPENSE = "expense_report", "expense"
NAMED = {REPORT: ("staff",), EXPENSE: ("staff", "project", "expense_code", "card")}
BACK = timedelta(days=400)

Part = Annotated[
    Literal["reports", "loose"], Query(description="Reports with what they hold, or expenses that are in none.")
]
OfStaff = Annotated[str | None, Query(max_length=100, description="Only this person's.")]
OfStatus = Annotated[
    Literal["draft", "submitted", "approved", "rejected"] | None, Query(description="Only those with this status.")
]


First = Annotated[date | None, Query(description="First day; some thirteen months ago without it.")]
OneExpense = Annotated[
    str | None, Query(alias="id", max_length=100, description="Only this expense, in a report or not, whatever else.")
]


class SpentView(RecordView):
    """`names`: of what it refers to, by id. `locked`: why the caller may not change it; missing where they may."""

    names: dict[str, str]
    locked: str | None


class ReportView(SpentView):
    """`expenses`: what a report holds, the oldest first."""

    expenses: list[SpentView]


@spending.get("/tenants/<tenant>/spending", EVERYBODY, "List what people spent")
def list_spending(
    tenant: TenantId,
    caller: Asking,
    part: Part = "loose",
    staff: OfStaff = None,
    status: OfStatus = None,
    expense: OneExpense = None,
    first: First = None,
    start: Start = None,
    limit: Limit = 50,
) -> Page[ReportView]:
    """The latest first. What was paid by card is in no report. A page may be short although more
    follow."""
    kind, since = REPORT if part == "reports" and not expense else EXPENSE, (first or today(tenant) - BACK).isoformat()
    found, next = Workspace(tenant).read(EXPENSE, [expense] if expense else []), None
    if not expense:
        found, next = Sheets(tenant).latest(kind, since, staff, status, start, limit)
    whole = [each for each in found if expense or not each.values.get("report")]
    held = Workspace(tenant).read(EXPENSE, [each.id for each in whole], by="report") if kind == REPORT else []
    me = Members(tenant).staff_of(caller.email)
    names = names_in(tenant, kind, whole, NAMED[kind]) | names_in(tenant, EXPENSE, held, NAMED[EXPENSE])
    show = _Showing(caller, me.id if me else None, names)
    return Page[ReportView](items=[show.whole(kind, each, held) for each in whole], next=next)


class _Showing:
    """To one caller. `names`: of whatever is referred to."""

    def __init__(self, caller: Caller, me: str | None, names: Mapping[str, str]) -> None:
        self._caller, self._me, self._names = caller, me, names

    def whole(self, kind: str, record: Record, held: Iterable[Record]) -> ReportView:
        inside = sorted(
            (each for each in held if each.values.get("report") == record.id), key=lambda each: each.values["date"]
        )
        return ReportView(**self._said(kind, record), expenses=[SpentView(**self._said(EXPENSE, e)) for e in inside])

    def _said(self, kind: str, record: Record) -> dict[str, Any]:
        referred: Sequence[str] = [str(record.values.get(name)) for name in NAMED[kind]]
        return {
            **records.view(kind, record, self._caller).model_dump(),
            "names": {id: self._names[id] for id in referred if id in self._names},
            "locked": why_locked(record.values, self._caller, self._me),
        }
