"""Links: which records are pairs, by either id; which wait, and why; and why a record is not there at all."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field, model_validator

from timebridge import presets
from timebridge.api.access import (
    ADMINS,
    EVERYBODY,
    WRITERS,
    Asking,
    Caller,
    ConnectionId,
    Name,
    Noun,
    TenantId,
    connection_of,
)
from timebridge.api.errors import Problem, missing
from timebridge.api.flows import flow_of
from timebridge.api.runs import open_connection
from timebridge.api.sending import RETRY, SINGLE, sent
from timebridge.api.views import Asked, Kept, Limit, Page, Queued, Start, View
from timebridge.books import folders
from timebridge.changes import Change, Where
from timebridge.flows import Flow
from timebridge.links import Link, State
from timebridge.pull import changes_of
from timebridge.questions import twins
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.tenants import Connection, Status

links = Noun("links")

PATH = "/tenants/<tenant>/connections/<connection>/links"


class ParkedView(View):
    """`trace`: the provider's id of the call that was refused, where it has one: its support asks for it."""

    reason: str
    remedy: str
    field: str | None
    cause: str
    trouble: str
    trace: str
    tries: int
    retry_at: datetime | None


class ConflictView(View):
    field: str
    base: Kept
    ours: Kept
    theirs: Kept


class LinkView(View):
    """`base`: what both sides last agreed on. `problem`: why it is parked. `kept`: the side whose record stayed. `url`:
    the provider's page of theirs, if it has one."""

    flow: str
    kind: str
    object: str
    ours: str
    theirs: str | None
    state: State
    base: dict[str, Kept] | None
    problem: ParkedView | None
    conflicts: list[ConflictView]
    kept: Where | None
    revision: int
    url: str | None = None


class Pairing(Asked):
    flow: str = Field(max_length=100)
    ours: str = Field(max_length=200, description="Id of a record of the workspace.")
    theirs: str = Field(max_length=200, description="Id of a record at the provider.")


class Partner(Asked):
    """The new partner: a record of ours for what is there, or one of theirs for what is here."""

    ours: str | None = Field(default=None, max_length=200)
    theirs: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.ours is None) == (self.theirs is None):
            raise ValueError("name a record of ours, or one of theirs")
        return self


Ours = Annotated[str | None, Query(max_length=200, description="Id of a record of the workspace.")]
Theirs = Annotated[str | None, Query(max_length=200, description="Id of a record at the provider.")]
FlowName = Annotated[str | None, Query(max_length=100, description="Only this flow.")]
InState = Annotated[State | None, Query(description="Only links in this state: `parked` are the ones with problems.")]


@links.get(PATH, EVERYBODY, "List links, or find them by either id")
def list_links(
    tenant: TenantId,
    connection: ConnectionId,
    flow: FlowName = None,
    state: InState = None,
    ours: Ours = None,
    theirs: Theirs = None,
    start: Start = None,
    limit: Limit = 50,
) -> Page[LinkView]:
    found = connection_of(tenant, connection)
    if ours or theirs:
        return Page[LinkView](items=list(_by_id(found, chosen(found, flow), ours, theirs)))
    return Page[LinkView](**listed(chosen(found, flow), partial(_views, found, state), start, limit))


def decidable(tenant: str, connection: str) -> Connection:
    """One that people may decide about: it is live, or is being set up. Raises Problem 404 or 409."""
    found = connection_of(tenant, connection)
    return found if found.setup and found.status is Status.PAUSED else open_connection(tenant, connection)


def chosen(connection: Connection, flow: str | None) -> list[Flow]:
    flows = presets.flows_of(connection)
    return [flow_of(flows, flow)] if flow else list(flows)


def _views(
    connection: Connection, state: State | None, flow: Flow, start: str | None, limit: int
) -> tuple[list[LinkView], str | None]:
    found, next = DynamoLinks(connection.tenant, connection.id).page(flow.name, state, start, limit)
    return [view(connection, flow, link) for link in found], next


@links.get(f"{PATH}/<flow>/<ours>", EVERYBODY, "Read a link")
def get_link(tenant: TenantId, connection: ConnectionId, flow: Name, ours: Name) -> LinkView:
    found = connection_of(tenant, connection)
    return view(found, *link_of(found, flow, ours))


@links.post(f"{PATH}/<flow>/<ours>/retry", WRITERS, "Try a pair again", 202)
def retry_link(tenant: TenantId, connection: ConnectionId, flow: Name, ours: Name, caller: Asking) -> Queued:
    """At once, whenever its next try would be due. Both records are read afresh."""
    flow_, link = link_of(open_connection(tenant, connection), flow, ours)
    changes = changes_of(flow_, link)
    run = sent(connection_of(tenant, connection), caller.name, RETRY, changes)
    Audit(tenant).write(caller.name, "link.retry", f"link {flow} {ours}", {"connection": connection, "run": run})
    return Queued(changes=len(changes), pull=False, run=run)


@links.post(PATH, ADMINS, "Link two records by hand", 202)
def link_by_hand(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[Pairing, Body()], caller: Asking
) -> Queued:
    """Both must be free. They are brought into agreement as any other pair."""
    found = decidable(tenant, connection)
    changes = twins.link(found, flow_of(presets.flows_of(found), asked.flow), asked.ours, asked.theirs)
    return queued(found, caller, "link.make", f"link {asked.flow} {asked.ours}", changes, {"theirs": asked.theirs})


@links.post(f"{PATH}/<flow>/<ours>/relink", ADMINS, "Give one end of a pair another partner", 202)
def relink(
    tenant: TenantId,
    connection: ConnectionId,
    flow: Name,
    ours: Name,
    asked: Annotated[Partner, Body()],
    caller: Asking,
) -> Queued:
    """The partner must be free. The other end of the old pair is free then, and is not deleted."""
    found = open_connection(tenant, connection)
    changes = twins.relink(found, *link_of(found, flow, ours), ours=asked.ours, theirs=asked.theirs)
    detail = asked.model_dump(exclude_none=True)
    return queued(found, caller, "link.relink", f"link {flow} {ours}", changes, detail)


@links.post(f"{PATH}/<flow>/<ours>/unlink", ADMINS, "Let the two records of a pair go their own ways")
def unlink(tenant: TenantId, connection: ConnectionId, flow: Name, ours: Name, caller: Asking) -> LinkView:
    """Nothing is written to either of them, and neither is matched again by itself. They can be linked by hand."""
    found = open_connection(tenant, connection)
    flow_, link = link_of(found, flow, ours)
    twins.unlink(found, flow_, link)
    detail = {"connection": connection, "theirs": link.theirs}
    Audit(tenant).write(caller.name, "link.end", f"link {flow} {ours}", detail)
    return view(found, *link_of(found, flow, ours))


def queued(
    connection: Connection,
    caller: Caller,
    what: str,
    target: str,
    changes: Sequence[Change],
    detail: dict[str, Any],
) -> Queued:
    """Have the records looked at, or let the load find them, and write down who wanted it."""
    run = None if connection.setup else sent(connection, caller.name, SINGLE, changes)
    Audit(connection.tenant).write(caller.name, what, target, {"connection": connection.id, "run": run, **detail})
    return Queued(changes=len(changes), pull=False, run=run)


def _by_id(connection: Connection, flows: list[Flow], ours: str | None, theirs: str | None) -> Iterator[LinkView]:
    store = DynamoLinks(connection.tenant, connection.id)
    for flow in flows:
        for link in store.find(flow.name, ours=[ours] if ours else [], theirs=[theirs] if theirs else []):
            yield view(connection, flow, link)


def listed[V: View](
    flows: list[Flow],
    fetch: Callable[[Flow, str | None, int], tuple[list[V], str | None]],
    start: str | None,
    limit: int,
) -> dict[str, Any]:
    """One flow after the other; a page starts with the name of the flow and the start within it."""
    position, inner = _position(flows, start)
    items: list[V] = []
    while len(items) < limit and position < len(flows):
        found, inner = fetch(flows[position], inner, limit - len(items))
        items += found
        position += inner is None
    more = position < len(flows)
    return {"items": items, "next": f"{flows[position].name}~{inner or ''}" if more else None}


def _position(flows: list[Flow], start: str | None) -> tuple[int, str | None]:
    name, _, inner = (start or "").partition("~")
    for position, flow in enumerate(flows):
        if start is None or flow.name == name:
            return position, inner or None
    raise Problem(422, "The page token is not one that we gave out.", remedy="Start again.", field="start")


def link_of(connection: Connection, flow: str, ours: str) -> tuple[Flow, Link]:
    """Raises Problem 404."""
    found = flow_of(presets.flows_of(connection), flow)
    for link in DynamoLinks(connection.tenant, connection.id).find(flow, ours=[ours]):
        return found, link
    raise missing("link")


def view(connection: Connection, flow: Flow, link: Link) -> LinkView:
    return LinkView(
        flow=flow.name,
        kind=flow.kind,
        object=flow.object,
        ours=link.ours,
        theirs=link.theirs,
        state=link.state,
        base=dict(link.base) if link.base is not None else None,
        problem=ParkedView.of(link.problem) if link.problem else None,
        conflicts=[ConflictView.of(conflict) for conflict in link.conflicts],
        kept=link.kept,
        revision=link.revision,
        url=folders.url_of(connection, flow, link.theirs) if link.theirs else None,
    )
