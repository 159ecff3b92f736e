"""Spending: the expenses of people with the names of what they are for, in their reports and loose."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api import records
from timebridge.api.access import EVERYBODY, Asking, Caller, Noun, TenantId
from timebridge.api.approvers import Bench
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

LOOKS = 5
"""Pages that are looked through for those that the caller decides about."""

Part = Annotated[
    Literal["reports", "loose"], Query(description="Reports with what they hold, or expenses that are in none.")
]
OfStaff = Annotated[str | None, Query(max_length=100, description="Only this person's.")]
OfStatus = Annotated[
    Literal["draft", "submitted", "approved", "rejected"] | None, Query(description="Only those with this status.")
]


First = Annotated[date | None, Query(description="First day; some thirteen months ago without it.")]
Decides = Annotated[bool, Query(description="Only what the caller may approve.")]
OneExpense = Annotated[
    str | None, Query(alias="id", max_length=100, description="Only this expense, in a report or not, whatever else.")
]


class SpentView(RecordView):
    """`names`: of what it refers to, by id. `locked`: why the caller may not change it; missing where they may."""

    names: dict[str, str]
    locked: str | None


class ReportView(SpentView):
    """`expenses`: what a report holds, the oldest first. `reserved`: why the caller may not decide about it; missing
    where they may."""

    reserved: str | None
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
    decides: Decides = False,
    start: Start = None,
    limit: Limit = 50,
) -> Page[ReportView]:
    """The latest first. What was paid by card is in no report. A page may be short although more
    follow."""
    kind, since = REPORT if part == "reports" and not expense else EXPENSE, (first or today(tenant) - BACK).isoformat()
    me = Members(tenant).staff_of(caller.email)
    mine = me.id if me else None

    def fetched(at: str | None, most: int) -> tuple[list[Record], str | None]:
        return Sheets(tenant).latest(kind, since, staff, status, at, most)

    def shown(found: list[Record]) -> list[Record]:
        whole = [each for each in found if not each.values.get("report")]
        return Bench(tenant, caller, kind, whole, mine).mine if decides else whole

    if expense:
        whole, next = Workspace(tenant).read(EXPENSE, [expense]), None
    else:
        whole, next = _looked_through(fetched, shown, start, limit, LOOKS if decides else 1)
    held = Workspace(tenant).read(EXPENSE, [each.id for each in whole], by="report") if kind == REPORT else []
    names = names_in(tenant, kind, whole, NAMED[kind]) | names_in(tenant, EXPENSE, held, NAMED[EXPENSE])
    show = _Showing(caller, mine, names, Bench(tenant, caller, kind, whole, mine))
    return Page[ReportView](items=[show.whole(kind, each, held) for each in whole], next=next)


def _looked_through(
    fetched: Callable[[str | None, int], tuple[list[Record], str | None]],
    shown: Callable[[list[Record]], list[Record]],
    start: str | None,
    limit: int,
    looks: int,
) -> tuple[list[Record], str | None]:
    """What is shown of so many pages, as far as that is not enough earlier; and where the next one starts."""
    kept: list[Record] = []
    next = start
    for _ in range(looks):
        found, next = fetched(next, limit - len(kept))
        kept += shown(found)
        if next is None or len(kept) == limit:
            break
    return kept, next


class _Showing:
    """To one caller. `names`: of whatever is referred to."""

    def __init__(self, caller: Caller, me: str | None, names: Mapping[str, str], bench: Bench) -> None:
        self._caller, self._me, self._names, self._bench = caller, me, names, bench

    def whole(self, kind: str, record: Record, held: Iterable[Record]) -> ReportView:
        inside = sorted(
            (each for each in held if each.values.get("report") == record.id), key=lambda each: each.values["date"]
        )
        expenses = [SpentView(**self._said(EXPENSE, each)) for each in inside]
        return ReportView(**self._said(kind, record), reserved=self._bench.reserved(record), expenses=expenses)

    def _said(self, kind: str, record: Record) -> dict[str, Any]:
        referred: Sequence[str] = [str(record.values.get(name)) for name in NAMED[kind]]
        return {
            **records.view(kind, record, self._caller).model_dump(),
            "names": {id: self._names[id] for id in referred if id in self._names},
            "locked": why_locked(record.values, self._caller, self._me),
        }
