"""Approvals: whose time of which week waits for somebody to say yes or no."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import ADMINS, Noun, TenantId
from timebridge.api.errors import Problem
from timebridge.api.time_sheets import ENTRY, hours_by_status, monday_of, today
from timebridge.api.views import Limit, Number, Page, Start, View
from timebridge.records import Record
from timebridge.store.records import Workspace
from timebridge.store.sheets import Sheets

approvals = Noun("approvals")

BACK, AHEAD = timedelta(weeks=6), timedelta(weeks=2)
"""How far the look goes where no span is given: all entries of it are read."""

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


@approvals.get("/tenants/<tenant>/approvals", ADMINS, "List whose time waits for approval, by week")
def list_approvals(
    tenant: TenantId,
    first: First = None,
    last: Last = None,
    staff: OfStaff = None,
    waiting: Waiting = True,
    start: Start = None,
    limit: Limit = 50,
) -> Page[PersonWeekView]:
    """The oldest week first, by name. The entries of one are in `…/time-sheet`."""
    now = today(tenant)
    since, until = first or now - BACK, last or now + AHEAD
    if until - since > LONGEST:
        raise Problem(422, "That is more than a year.", remedy="Choose a shorter span.", field="first")
    found = Sheets(tenant).between(ENTRY, since.isoformat(), until.isoformat(), staff, "submitted" if waiting else None)
    weeks = _by_week(found)
    skipped = _skipped(start)
    some = sorted(weeks, key=lambda each: (each[0], _name_of(weeks[each]), each[1]))
    names = _names(tenant, weeks)
    shown = [_view(staff, week, names, weeks[week, staff]) for week, staff in some[skipped : skipped + limit]]
    return Page[PersonWeekView](items=shown, next=str(skipped + limit) if len(some) > skipped + limit else None)


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
