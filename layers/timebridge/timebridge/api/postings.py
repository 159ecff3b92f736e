"""Posting, looked at: what can go into the books and what cannot and why, what decided that, and what would be sent."""

from collections.abc import Callable
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from timebridge.api.access import EVERYBODY, ConnectionId, Noun, TenantId
from timebridge.api.errors import Problem, missing
from timebridge.api.kinds import RecordId
from timebridge.api.names import names_of
from timebridge.api.posting_views import (
    PATH,
    From,
    OfClient,
    OfPool,
    OfProject,
    OfStaff,
    OfState,
    OfType,
    StandingView,
    To,
    TypeName,
    looking,
    names_in_standings,
    selection_of,
    standing_view,
)
from timebridge.api.views import Kept, Limit, Page, Start, View
from timebridge.context import Context
from timebridge.postings import TYPES, is_part
from timebridge.postings.explaining import Said, of_dimensions
from timebridge.postings.orders import desk_of, kinds_of
from timebridge.postings.prospects import Standing, State, standings
from timebridge.records import Record, Values
from timebridge.store.postings import Postings, Selection

postings = Noun("postings")

WORKED_ON = ("draft", "rejected", "reviewed", "void")
"""Statuses of what nobody has finished, or wants."""

MOST_PAGES = 8
"""How often a list goes on looking for records that stand as asked."""

Unfinished = Annotated[bool, Query(description="Drafts, and what was rejected or is void, too.")]
Latest = Annotated[bool, Query(description="The last day first.")]
OfStatus = Annotated[str | None, Query(max_length=40, description="Only those with this status of ours.")]


class StandingsView(Page[StandingView]):
    names: dict[str, str] = Field(description="What the records are called that the values refer to, by id.")


class SaidView(View):
    """A value that is sent, and where it was said."""

    name: str
    value: Kept
    level: str | None
    words: str


class ExplainedView(StandingView):
    said: list[SaidView]
    names: dict[str, str]


# --- lists -----------------------------------------------------------------------------------------------------------


@postings.get(PATH, EVERYBODY, "List what can be posted, what cannot and why, and what is posted")
def list_postings(
    tenant: TenantId,
    connection: ConnectionId,
    type: OfType = "time",
    state: OfState = None,
    status: OfStatus = None,
    first: From = None,
    to: To = None,
    staff: OfStaff = None,
    project: OfProject = None,
    client: OfClient = None,
    pool: OfPool = None,
    unfinished: Unfinished = False,
    latest: Latest = False,
    start: Start = None,
    limit: Limit = 50,
) -> StandingsView:
    """By day. What is still being worked on is left out, unless it is in the books, or asked for."""
    selection = selection_of(type, first, to, staff, project, client, pool)
    kinds = kinds_of(type, selection)
    kind, _, after = (start or f"{kinds[0]}~").partition("~")
    if kind not in kinds:
        raise Problem(422, "The page token is not one that we gave out.", remedy="Start again.", field="start")

    def fits(each: Standing) -> bool:
        shown = state in (None, each.state) and status in (None, each.record.values.get("status"))
        return shown and (unfinished or status is not None or _is_shown(each))

    with looking(tenant, connection) as road:
        found, rest = _some(road, kind, selection, after or None, limit, fits, latest)
        items = [standing_view(road, kind, each, own) for each, own in found]
    following = kinds[kinds.index(kind) + 1 :]
    next = f"{kind}~{rest}" if rest else f"{following[0]}~" if following else None
    return StandingsView(items=items, next=next, names=names_in_standings(tenant, items))


def _some(
    road: Context,
    kind: str,
    selection: Selection,
    start: str | None,
    limit: int,
    fits: Callable[[Standing], bool],
    latest: bool,
) -> tuple[list[tuple[Standing, Values]], str | None]:
    """Records that stand as asked with their own values, and where to go on: a few pages are looked through."""
    items: list[tuple[Standing, Values]] = []
    store = Postings(road.connection.tenant)
    for _ in range(MOST_PAGES):
        records, start = store.page(kind, selection, start, limit - len(items), latest)
        whole = [record for record in records if not is_part(kind, record.values)]
        own = {record.id: record.values for record in whole}
        items += [(each, own[each.record.id]) for each in standings(desk_of(road), kind, whole) if fits(each)]
        if start is None or len(items) >= limit:
            break
    return items, start


def _is_shown(standing: Standing) -> bool:
    worked_on = standing.record.values.get("status") in WORKED_ON
    return standing.state in (State.POSTED, State.CHANGED) or not worked_on


@postings.get(f"{PATH}/<type>/<id>/explain", EVERYBODY, "Say what decided what is sent of a record")
def explain_posting(tenant: TenantId, connection: ConnectionId, type: TypeName, id: RecordId) -> ExplainedView:
    """Which level won for class, department, rate and the rest, and how the record stands."""
    with looking(tenant, connection) as road:
        for kind in TYPES[type].kinds:
            records, _ = Postings(tenant).page(kind, Selection((id,)))
            if records:
                [found] = standings(desk_of(road), kind, records)
                said = [SaidView.of(each) for each in _said(road, type, kind, records[0], found)]
                view = standing_view(road, kind, found, records[0].values)
                names = names_in_standings(tenant, [view]) | names_of(tenant, [each.value for each in said])
                return ExplainedView(**view.model_dump(), said=said, names=names)
    raise missing("record")


def _said(road: Context, type: str, kind: str, record: Record, found: Standing) -> list[Said]:
    explain = TYPES[type].explain.get(kind)
    own = explain(desk_of(road), record, found.record) if explain else ()
    return [*of_dimensions(desk_of(road), type, record), *own]
