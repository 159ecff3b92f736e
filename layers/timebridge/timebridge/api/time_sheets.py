"""Time sheets: the hours of a person in a week, by what they were worked on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api import records
from timebridge.api.access import EVERYBODY, Asking, Caller, Noun, TenantId, tenant_of
from timebridge.api.approvers import Bench
from timebridge.api.errors import missing
from timebridge.api.locked import why_locked
from timebridge.api.own import staff_of
from timebridge.api.records import RecordView
from timebridge.api.views import Number, View
from timebridge.records import Record
from timebridge.store.members import Members
from timebridge.store.records import Workspace
from timebridge.store.sheets import Sheets
from timebridge.store.tasks import Tasks

time_sheets = Noun("time sheets")

ENTRY = "time_entry"
PLACE = ("project", "task", "labour_code")
"""What makes entries stand in one row."""

WEEK = timedelta(days=7)
MOST_ROWS = 20

OfStaff = Annotated[str | None, Query(max_length=100, description="Whose; the caller's own without it.")]
InWeek = Annotated[date | None, Query(description="Any day of the week, which begins on Monday; today without it.")]
RowsOf = Annotated[
    date | None, Query(alias="rows", description="A day of another week: its rows are there too, with nothing in them.")
]
Also = Annotated[
    list[str] | None, Query(max_length=MOST_ROWS, description="Ids of tasks or projects that get a row too.")
]


class SheetEntryView(RecordView):
    """`locked`: why the caller may not change it; missing where they may. `reserved`: the same about deciding: to
    approve, reject or reopen it."""

    locked: str | None
    reserved: str | None


class CellView(View):
    day: date
    hours: Number
    entries: list[SheetEntryView]


class RowView(View):
    """What was worked on. `path`: the names of the project, of the tasks above, and of the task."""

    project: str
    task: str | None
    labour_code: str | None
    path: list[str]
    labour: str | None
    cells: list[CellView]
    hours: Number


class SheetView(View):
    """`hours`: of the whole week; `by_day` in the order of `days`, `by_status` of those statuses that occur."""

    staff: str
    name: str
    week: date
    days: list[date]
    rows: list[RowView]
    hours: Number
    by_day: list[Number]
    by_status: dict[str, Number]


# --- looking ---------------------------------------------------------------------------------------------------------


@time_sheets.get("/tenants/<tenant>/time-sheet", EVERYBODY, "Read somebody's time of a week")
def get_time_sheet(
    tenant: TenantId,
    caller: Asking,
    staff: OfStaff = None,
    week: InWeek = None,
    rows: RowsOf = None,
    also: Also = None,
) -> SheetView:
    """One row for each task (or project) and labour code, one cell for each day, with the entries in it."""
    person, monday = _person(tenant, caller, staff), monday_of(week or today(tenant))
    held = _entries(tenant, person.id, monday)
    places = dict.fromkeys(_place(each) for each in held)
    if rows:
        places |= dict.fromkeys(_place(each) for each in _entries(tenant, person.id, monday_of(rows)))
    places |= dict.fromkeys(_asked_for(tenant, also or (), places))
    me = Members(tenant).staff_of(caller.email)
    views = _entries_shown(tenant, held, caller, me.id if me else None)
    return _sheet(tenant, person, monday, places, held, views)


def _sheet(
    tenant: str,
    person: Record,
    monday: date,
    places: Iterable[tuple[str | None, ...]],
    held: Sequence[Record],
    views: Mapping[str, SheetEntryView],
) -> SheetView:
    days = [monday + timedelta(days=each) for each in range(7)]
    return SheetView(
        staff=person.id,
        name=str(person.values["name"]),
        week=monday,
        days=days,
        rows=_rows(tenant, places, days, held, views),
        hours=_sum(held),
        by_day=[_sum(_on(day, held)) for day in days],
        by_status=hours_by_status(held),
    )


def _rows(
    tenant: str,
    places: Iterable[tuple[str | None, ...]],
    days: Sequence[date],
    held: Sequence[Record],
    views: Mapping[str, SheetEntryView],
) -> list[RowView]:
    some = list(places)
    paths = Tasks(tenant).paths([task for _, task, _ in some if task], [project for project, _, _ in some if project])
    codes = Workspace(tenant).read("labour_code", list({code for *_, code in some if code}))
    labour = {each.id: str(each.values["name"]) for each in codes}
    rows = [_row(place, paths, labour, days, [each for each in held if _place(each) == place], views) for place in some]
    return sorted(rows, key=lambda row: ([name.casefold() for name in row.path], row.labour or ""))


def _row(
    place: tuple[str | None, ...],
    paths: Mapping[str, list[str]],
    labour: Mapping[str, str],
    days: Sequence[date],
    held: Sequence[Record],
    views: Mapping[str, SheetEntryView],
) -> RowView:
    project, task, code = place
    return RowView(
        project=str(project),
        task=task,
        labour_code=code,
        path=paths.get(str(task or project), [str(task or project)]),
        labour=labour.get(code, code) if code else None,
        cells=[
            CellView(day=day, hours=_sum(some), entries=[views[each.id] for each in some])
            for day in days
            for some in [_on(day, held)]
        ],
        hours=_sum(held),
    )


def _asked_for(
    tenant: str, ids: Iterable[str], known: Iterable[tuple[str | None, ...]]
) -> Iterable[tuple[str | None, ...]]:
    """Rows for what is named and has none yet; what is not there gets none."""
    space, wanted, there = Workspace(tenant), list(dict.fromkeys(ids)), set(known)
    found: list[tuple[str | None, ...]]
    found = [(each.values["project"], each.id, None) for each in space.read("task", wanted)]
    found += [(each.id, None, None) for each in space.read("project", wanted)]
    return [place for place in found if not any(place[:2] == each[:2] for each in there)]


def _entries(tenant: str, staff: str, monday: date) -> list[Record]:
    last = monday + WEEK - timedelta(days=1)
    found = Sheets(tenant).between(ENTRY, monday.isoformat(), last.isoformat(), staff)
    return sorted(found, key=lambda each: (each.values["work_date"], each.id))


def _person(tenant: str, caller: Caller, staff: str | None) -> Record:
    if staff is None:
        return staff_of(tenant, caller)
    found = Workspace(tenant).get("staff", staff)
    if found is None:
        raise missing("member of staff")
    return found


def _entries_shown(tenant: str, held: Sequence[Record], caller: Caller, me: str | None) -> dict[str, SheetEntryView]:
    bench = Bench(tenant, caller, ENTRY, held, me)
    return {
        each.id: SheetEntryView(
            **records.view(ENTRY, each, caller).model_dump(),
            locked=why_locked(each.values, caller, me),
            reserved=bench.reserved(each),
        )
        for each in held
    }


def _place(record: Record) -> tuple[str | None, ...]:
    return tuple(record.values.get(name) for name in PLACE)


def _on(day: date, held: Iterable[Record]) -> list[Record]:
    return [each for each in held if each.values["work_date"] == day.isoformat()]


def _sum(held: Iterable[Record]) -> Decimal:
    return sum((each.values["hours"] for each in held), Decimal(0))


def hours_by_status(held: Iterable[Record]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for each in held:
        status = str(each.values["status"])
        found[status] = found.get(status, Decimal(0)) + each.values["hours"]
    return found


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def today(tenant: str) -> date:
    """In the time zone of the tenant."""
    return datetime.now(ZoneInfo(tenant_of(tenant).time_zone)).date()
