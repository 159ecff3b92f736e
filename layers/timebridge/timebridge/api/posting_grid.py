"""The hours of a span of days: people by days, with how far each hour has come on its way into the books."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import batched
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import EVERYBODY, ConnectionId, Noun, TenantId
from timebridge.api.errors import Problem
from timebridge.api.names import names_of
from timebridge.api.posting_views import PATH, OfClient, OfProject, OfStaff, looking, selection_of
from timebridge.api.views import Limit, Number, Start, View
from timebridge.postings.bookkeeping import AT_A_PULL
from timebridge.postings.grid import Grid, Stage, grid_of
from timebridge.postings.orders import desk_of
from timebridge.postings.prospects import standings
from timebridge.records import Record, Values
from timebridge.store.postings import LOOKED_AT, Postings
from timebridge.store.records import Workspace

posting_grid = Noun("postings")

KIND = "time_entry"

LONGEST = 62
"""Days of one grid: two months."""

FirstDay = Annotated[date, Query(alias="from", description="First day.")]
LastDay = Annotated[date, Query(description="Last day; the span is 62 days at most.")]

type Hours = dict[Stage, Number]


class RowView(View):
    """One person: hours by stage of each day that has any, and of all of them."""

    staff: str
    name: str
    days: dict[str, Hours]
    total: Hours


class NamedView(View):
    id: str
    name: str


class ChoicesView(View):
    """Whose hours there are in these days, and for whom, whatever is asked for: what one may ask for instead."""

    staff: list[NamedView]
    client: list[NamedView]
    project: list[NamedView]


class GridView(View):
    """`items`: the people, by name. `days` and `total` are of everybody, also of those on other pages."""

    first: date
    last: date
    items: list[RowView]
    days: dict[str, Hours]
    total: Hours
    people: int
    choices: ChoicesView
    next: str | None


@posting_grid.get(f"{PATH}/grid", EVERYBODY, "Show hours by person and day, and how far they have come")
def show_grid(
    tenant: TenantId,
    connection: ConnectionId,
    first: FirstDay,
    to: LastDay,
    staff: OfStaff = None,
    project: OfProject = None,
    client: OfClient = None,
    start: Start = None,
    limit: Limit = 50,
) -> GridView:
    """Stages: entered, submitted, rejected, approved (it can be posted), blocked (approved, and cannot be), waiting,
    posted, changed (since it was posted). Hours without any are left out."""
    if not first <= to < first + timedelta(days=LONGEST):
        raise Problem(422, f"The span is not one of 1 to {LONGEST} days.", remedy="Choose a shorter one.", field="to")
    entries = list(Postings(tenant).every(KIND, selection_of("time", first, to, None, None)))
    projects = {each.id: each.values for each in Workspace(tenant).read("project", _ids(entries, "project"))}
    wanted = [each for each in entries if _fits(each.values, projects, staff, project, client)]
    with looking(tenant, connection, age=AT_A_PULL) as road:
        desk = desk_of(road)
        found = [each for some in batched(wanted, LOOKED_AT, strict=False) for each in standings(desk, KIND, some)]
    grid = grid_of(found, {entry.id: entry.values for entry in wanted})
    choices = _choices(tenant, entries, projects)
    names = {each.id: each.name for each in choices.staff}
    people = [each.id for each in choices.staff if each.id in grid.people]
    begin = int(start) if start and start.isdecimal() else 0
    return GridView(
        first=first,
        last=to,
        items=[_row(grid, id, names[id]) for id in people[begin : begin + limit]],
        days=grid.days,
        total=grid.total,
        people=len(people),
        choices=choices,
        next=str(begin + limit) if begin + limit < len(people) else None,
    )


def _ids(records: Iterable[Record], name: str) -> list[str]:
    return list(dict.fromkeys(str(each.values[name]) for each in records))


def _fits(
    entry: Values, projects: Mapping[str, Values], staff: str | None, project: str | None, client: str | None
) -> bool:
    its_client = projects.get(str(entry["project"]), {}).get("client")
    return staff in (None, entry["staff"]) and project in (None, entry["project"]) and client in (None, its_client)


def _choices(tenant: str, entries: Sequence[Record], projects: Mapping[str, Values]) -> ChoicesView:
    clients = {str(values["client"]) for values in projects.values()}
    people = _ids(entries, "staff")
    names = names_of(tenant, [*clients, *people])
    return ChoicesView(
        staff=_named({id: names.get(id, id) for id in people}),
        client=_named({id: names.get(id, id) for id in clients}),
        project=_named({id: str(values["name"]) for id, values in projects.items()}),
    )


def _named(names: Mapping[str, str]) -> list[NamedView]:
    found = [NamedView(id=id, name=name) for id, name in names.items()]
    return sorted(found, key=lambda each: (each.name.casefold(), each.id))


def _row(grid: Grid, staff: str, name: str) -> RowView:
    return RowView(staff=staff, name=name, days=grid.cells[staff], total=grid.people[staff])
