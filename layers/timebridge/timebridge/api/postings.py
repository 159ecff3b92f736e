"""Posting: what can go into the books and what cannot and why, sending it, taking it back, and sending it again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field

from timebridge import context, folders, previewing, queue
from timebridge.api.access import ADMINS, EVERYBODY, Asking, Caller, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.errors import Problem, missing
from timebridge.api.kinds import RecordId
from timebridge.api.runs import StartedView, open_connection
from timebridge.api.views import Asked, Kept, Limit, Page, Start, View
from timebridge.bookkeeping import WHEN_POSTING, keeps_books
from timebridge.context import Context
from timebridge.orders import ASKED, Order, desk_of
from timebridge.postings import TYPES, is_part
from timebridge.postings.explaining import Said, of_dimensions
from timebridge.postings.prospects import Standing, State, standings
from timebridge.queue import Check
from timebridge.records import Record
from timebridge.store.audit import Audit
from timebridge.store.postings import Postings, Selection
from timebridge.store.runs import Runs
from timebridge.tenants import Status
from timebridge.workspace import KINDS

postings = Noun("postings")

PATH = "/tenants/<tenant>/connections/<connection>/postings"

MOST_IDS = 1_000
MOST_DOCUMENTS = 100

type TypeName = Literal["time", "expenses", "invoices"]

OfType = Annotated[TypeName, Query(description="What is posted.")]
OfState = Annotated[State | None, Query(description="Only those that stand like this.")]
From = Annotated[date | None, Query(alias="from", description="First day.")]
To = Annotated[date | None, Query(description="Last day.")]
OfStaff = Annotated[str | None, Query(max_length=200, description="Only this person's.")]
OfProject = Annotated[str | None, Query(max_length=200, description="Only this project's.")]


class Filter(Asked):
    """Everything that is ready, of a span of days, a person, a project. An empty one selects all of it."""

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    staff: str | None = Field(default=None, max_length=200)
    project: str | None = Field(default=None, max_length=200)


class Selected(Asked):
    """Records by their ids, or by a filter; not by both."""

    type: TypeName
    ids: list[str] | None = Field(default=None, min_length=1, max_length=MOST_IDS)
    filter: Filter | None = None


class NewPosting(Selected):
    closed: Literal["first_open"] | None = Field(
        default=None, description="Records of a closed period are posted on the first open day."
    )
    as_: Literal["bill", "check"] | None = Field(
        default=None, alias="as", description="How expense reports are posted for people who are paid both ways."
    )


class StandingView(View):
    """How a record stands with the books. `changed`: its values that are not what was posted. `theirs`: the id of the
    document over there."""

    kind: str
    id: str
    state: State
    reason: str
    remedy: str
    field: str | None
    changed: list[str]
    flow: str
    object: str
    theirs: str | None
    link: str | None
    values: dict[str, Kept]


class NeededView(View):
    """A record that would be created first, because the document refers to it."""

    flow: str
    id: str


class DocumentView(View):
    """A document exactly as it would be sent. `operation`: create, update (of what is there), or none."""

    kind: str
    id: str
    object: str
    operation: Literal["create", "update", "none"]
    document: dict[str, Any]
    needs: list[NeededView]


class PreviewView(View):
    documents: list[DocumentView]
    blocked: list[StandingView]


class SaidView(View):
    """A value that is sent, and where it was said."""

    name: str
    value: Kept
    level: str | None
    words: str


class ExplainedView(StandingView):
    said: list[SaidView]


# --- looking ---------------------------------------------------------------------------------------------------------


@postings.get(PATH, EVERYBODY, "List what can be posted, what cannot and why, and what is posted")
def list_postings(
    tenant: TenantId,
    connection: ConnectionId,
    type: OfType = "time",
    state: OfState = None,
    first: From = None,
    to: To = None,
    staff: OfStaff = None,
    project: OfProject = None,
    start: Start = None,
    limit: Limit = 50,
) -> Page[StandingView]:
    """By day. What is still being worked on is left out, unless it is in the books."""
    selection = Selection((), _iso(first), _iso(to), staff, project)
    with _looking(tenant, connection) as road:
        kinds = TYPES[type].kinds
        kind, _, inner = (start or f"{kinds[0]}~").partition("~")
        if kind not in kinds:
            raise Problem(422, "The page token is not one that we gave out.", remedy="Start again.", field="start")
        records, after = Postings(tenant).page(kind, selection, inner or None, limit)
        whole = [record for record in records if not is_part(kind, record.values)]
        found = [each for each in standings(desk_of(road), kind, whole) if _is_shown(each)]
        items = [_view(road, kind, each) for each in found if state in (None, each.state)]
    following = kinds[kinds.index(kind) + 1 :]
    next = f"{kind}~{after}" if after else f"{following[0]}~" if following else None
    return Page[StandingView](items=items, next=next)


@postings.get(f"{PATH}/<type>/<id>/explain", EVERYBODY, "Say what decided what is sent of a record")
def explain_posting(tenant: TenantId, connection: ConnectionId, type: TypeName, id: RecordId) -> ExplainedView:
    """Which level won for class, department, rate and the rest, and how the record stands."""
    with _looking(tenant, connection) as road:
        for kind in TYPES[type].kinds:
            records, _ = Postings(tenant).page(kind, Selection((id,)))
            if records:
                [found] = standings(desk_of(road), kind, records)
                said = [SaidView.of(each) for each in _said(road, type, kind, records[0], found)]
                return ExplainedView(**_view(road, kind, found).model_dump(), said=said)
    raise missing("record")


def _said(road: Context, type: str, kind: str, record: Record, found: Standing) -> list[Said]:
    explain = TYPES[type].explain.get(kind)
    own = explain(desk_of(road), record, found.record) if explain else ()
    return [*of_dimensions(desk_of(road), type, record), *own]


@postings.post(f"{PATH}/preview", ADMINS, "See the documents as they would be sent")
def preview_postings(tenant: TenantId, connection: ConnectionId, asked: Annotated[NewPosting, Body()]) -> PreviewView:
    """The first hundred. Nothing is written, here or there."""
    order = _order(asked)
    documents: list[DocumentView] = []
    blocked: list[StandingView] = []
    with _looking(tenant, connection, Status.LIVE) as road:
        for kind, some in previewing.previewed(road, order, MOST_DOCUMENTS):
            for each in some:
                if each.refused:
                    blocked.append(_view(road, kind, each.standing))
                else:
                    documents.append(DocumentView(kind=kind, id=each.standing.record.id, **_document(each)))
    return PreviewView(documents=documents, blocked=blocked)


def _document(each: previewing.Preview) -> dict[str, Any]:
    needs = [NeededView(flow=flow, id=id) for flow, id in each.needs]
    said = {"object": each.standing.flow.object, "operation": each.operation, "document": _plain(each.document)}
    return {**said, "needs": needs}


def _plain(value: Any) -> Any:
    """As it travels: numbers are numbers, at any depth."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


# --- doing -----------------------------------------------------------------------------------------------------------


@postings.post(PATH, ADMINS, "Post", 202)
def post_postings(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[NewPosting, Body()], caller: Asking
) -> StartedView:
    """Exactly what was selected. What cannot be posted is left as it is, with the reason among the run's problems."""
    return _started(tenant, connection, "post", asked, caller)


@postings.post(f"{PATH}/withdraw", ADMINS, "Take back what was posted", 202)
def withdraw_postings(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[Selected, Body()], caller: Asking
) -> StartedView:
    """Out of the books, until somebody posts it again. What is billed or paid over there, or was changed there, stays
    and says so."""
    return _started(tenant, connection, "withdraw", asked, caller)


@postings.post(f"{PATH}/repost", ADMINS, "Post again what was changed", 202)
def repost_postings(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[NewPosting, Body()], caller: Asking
) -> StartedView:
    """Changed in place where that may be, else taken out and posted anew: one live document remains."""
    return _started(tenant, connection, "repost", asked, caller)


def _started(tenant: str, connection: str, what: str, asked: Selected, caller: Caller) -> StartedView:
    found = open_connection(tenant, connection)
    if not keeps_books(found):
        raise _no_books()
    order = _order(asked)
    total = {"total": len(order.selection.ids)} if order.selection.ids else {}
    runs = Runs(tenant, connection)
    run = runs.start(what, caller.name, total={kind: total["total"] for kind in TYPES[order.type].kinds[:1] if total})
    runs.keep(run.id, {ASKED: order.to_data()})
    queue.send(tenant, connection, checks=[Check(what, run.id)])
    detail = {"run": run.id, **order.to_data()}
    Audit(tenant).write(caller.name, f"postings.{what}", f"connection {connection}", detail)
    return StartedView(run=run.id)


def _order(asked: Selected) -> Order:
    if (asked.ids is None) == (asked.filter is None):
        raise Problem(422, "Say what is meant: `ids` or a `filter`.", remedy="Give one of the two.", field="ids")
    if asked.type not in TYPES:
        raise Problem(422, f"There is no posting of {asked.type} here.", remedy="Choose another type.", field="type")
    said = asked.filter or Filter()
    span = _iso(said.first), _iso(said.last)
    choices = {"closed": asked.closed, "as": asked.as_} if isinstance(asked, NewPosting) else {}
    chosen = {name: value for name, value in choices.items() if value is not None}
    ids = tuple(dict.fromkeys(asked.ids or ()))
    return Order(asked.type, Selection(ids, *span, said.staff, said.project), chosen)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


# --- showing ---------------------------------------------------------------------------------------------------------


@contextmanager
def _looking(tenant: str, connection: str, *among: Status) -> Iterator[Context]:
    """The road of a connection that keeps books. Raises Problem 404, 409 or 422."""
    found = connection_of(tenant, connection)
    if not keeps_books(found):
        raise _no_books()
    may = among or (Status.LIVE, Status.PAUSED)
    if found.status not in may:
        open_connection(tenant, connection)
    with context.opened(tenant, connection, *may) as road:
        desk_of(road).refresh(WHEN_POSTING)
        yield road


def _no_books() -> Problem:
    return Problem(422, "This connection keeps no books.", remedy="Choose one to QuickBooks.", field="connection")


def _is_shown(standing: Standing) -> bool:
    worked_on = standing.record.values.get("status") in ("draft", "rejected", "reviewed", "void")
    return standing.state in (State.POSTED, State.CHANGED) or not worked_on


def _view(road: Context, kind: str, found: Standing) -> StandingView:
    theirs = found.link.theirs if found.link and found.link.base is not None else None
    return StandingView(
        kind=kind,
        id=found.record.id,
        state=found.state,
        reason=found.reason,
        remedy=found.remedy,
        field=found.field,
        changed=list(found.changed),
        flow=found.flow.name,
        object=found.flow.object,
        theirs=theirs,
        link=_address(road, found, theirs),
        values={name: found.record.values.get(name) for name in _known(kind)},
    )


def _known(kind: str) -> Sequence[str]:
    return [name for name, each in KINDS[kind].properties.items() if not each.confidential]


def _address(road: Context, found: Standing, theirs: str | None) -> str | None:
    """The page of the document over there."""
    return None if theirs is None else folders.url_of(road.connection, found.flow, theirs)
