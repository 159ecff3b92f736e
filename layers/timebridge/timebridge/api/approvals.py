"""Approvals: whose time of which week waits for somebody to say yes or no, and what that somebody decides about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import ADMINS, WRITERS, Asking, Noun, TenantId
from timebridge.api.approvers import Bench, staff_id
from timebridge.api.errors import Problem
from timebridge.api.spending import EXPENSE, REPORT
from timebridge.api.time_sheets import ENTRY, hours_by_status, monday_of, today
from timebridge.api.views import Limit, Number, Page, Start, View
from timebridge.records import Record
from timebridge.store.approvers import Approvers
from timebridge.store.records import Workspace
from timebridge.store.sheets import Sheets

approvals = Noun("approvals")

BACK, AHEAD = timedelta(weeks=6), timedelta(weeks=2)
"""How far the look goes where no span is given: all entries of it are read."""

QUARTER = timedelta(weeks=13)
"""How far back expenses are counted that wait."""

LONGEST = timedelta(days=400)

First = Annotated[date | None, Query(description="First day; six weeks ago without it.")]
Last = Annotated[date | None, Query(description="Last day; two weeks ahead without it.")]
OfStaff = Annotated[str | None, Query(max_length=100, description="Only this person's.")]
Waiting = Annotated[bool, Query(description="Only what waits. False: whatever was entered, as far as it is.")]


class PersonWeekView(View):
    """`hours` and `entries` (how many) by those statuses that occur: draft, submitted, approved, rejected."""

    staff: str
    name: str
    week: date
    hours: dict[str, Number]
    entries: dict[str, int]


class ScopeView(View):
    """`everything`: an administrator. Else how many active `projects` the caller manages, and `people` they lead."""

    everything: bool
    projects: int
    people: int


class CountView(View):
    """What waits for the caller: `weeks` of people, expense `reports`, and `expenses` in no report."""

    weeks: int
    reports: int
    expenses: int
    total: int


@approvals.get("/tenants/<tenant>/approvals", WRITERS, "List whose time waits for approval, by week")
def list_approvals(
    tenant: TenantId,
    first: First = None,
    last: Last = None,
    staff: OfStaff = None,
    waiting: Waiting = True,
    start: Start = None,
    limit: Limit = 50,
    *,
    caller: Asking,
) -> Page[PersonWeekView]:
    """As far as the caller decides about it: the oldest week first, by name. The entries are in `…/time-sheet`."""
    now = today(tenant)
    since, until = first or now - BACK, last or now + AHEAD
    if until - since > LONGEST:
        raise Problem(422, "That is more than a year.", remedy="Choose a shorter span.", field="first")
    found = Sheets(tenant).between(ENTRY, since.isoformat(), until.isoformat(), staff, "submitted" if waiting else None)
    weeks = _by_week(Bench(tenant, caller, ENTRY, list(found), staff_id(tenant, caller)).mine)
    skipped = _skipped(start)
    some = sorted(weeks, key=lambda each: (each[0], _name_of(weeks[each]), each[1]))
    names = _names(tenant, weeks)
    shown = [_view(staff, week, names, weeks[week, staff]) for week, staff in some[skipped : skipped + limit]]
    return Page[PersonWeekView](items=shown, next=str(skipped + limit) if len(some) > skipped + limit else None)


@approvals.get("/tenants/<tenant>/approvals/count", WRITERS, "Count what waits for the caller's approval")
def count_approvals(tenant: TenantId, caller: Asking) -> CountView:
    """Time of the span that the list looks at by itself, and expenses of thirteen weeks."""
    now, sheets, me = today(tenant), Sheets(tenant), staff_id(tenant, caller)
    since = {ENTRY: now - BACK, REPORT: now - QUARTER, EXPENSE: now - QUARTER}
    found = {
        kind: list(sheets.between(kind, first.isoformat(), (now + AHEAD).isoformat(), status="submitted"))
        for kind, first in since.items()
    }
    found[EXPENSE] = [each for each in found[EXPENSE] if not each.values.get("report")]
    mine = {kind: Bench(tenant, caller, kind, some, me).mine for kind, some in found.items()}
    weeks, reports, expenses = len(_by_week(mine[ENTRY])), len(mine[REPORT]), len(mine[EXPENSE])
    return CountView(weeks=weeks, reports=reports, expenses=expenses, total=weeks + reports + expenses)


@approvals.get("/tenants/<tenant>/approvals/scope", WRITERS, "Say what the caller decides about")
def get_scope(tenant: TenantId, caller: Asking) -> ScopeView:
    """Whose time and expenses they may approve: everybody's, or those of their projects and people."""
    if caller.is_any(ADMINS):
        return ScopeView(everything=True, projects=0, people=0)
    me = staff_id(tenant, caller)
    led = {kind: sum(1 for _ in Approvers(tenant).managed(kind, me)) if me else 0 for kind in ("project", "staff")}
    return ScopeView(everything=False, projects=led["project"], people=led["staff"])


def _by_week(found: Iterable[Record]) -> dict[tuple[date, str], list[Record]]:
    weeks = defaultdict[tuple[date, str], list[Record]](list)
    for each in found:
        monday = monday_of(date.fromisoformat(each.values["work_date"]))
        weeks[monday, str(each.values["staff"])].append(each)
    return weeks


def _view(staff: str, week: date, names: Mapping[str, str], held: list[Record]) -> PersonWeekView:
    hours = hours_by_status(held)
    entries = {status: sum(each.values["status"] == status for each in held) for status in hours}
    return PersonWeekView(staff=staff, name=names.get(staff, staff), week=week, hours=hours, entries=entries)


def _name_of(held: list[Record]) -> str:
    return str(held[0].values.get("staff_name") or "").casefold()


def _names(tenant: str, weeks: Iterable[tuple[date, str]]) -> dict[str, str]:
    people = Workspace(tenant).read("staff", list({staff for _, staff in weeks}))
    return {each.id: str(each.values["name"]) for each in people}


def _skipped(start: str | None) -> int:
    if start is not None and not (start.isdecimal() and len(start) < 7):
        raise Problem(422, "The page token is not one that we gave out.", remedy="Start again.", field="start")
    return int(start or 0)
