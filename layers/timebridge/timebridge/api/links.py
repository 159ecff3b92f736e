"""Links: which records are pairs, by either id; which wait, and why; and why a record is not there at all."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge import presets, queue
from timebridge.api.access import EVERYBODY, WRITERS, Asking, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import Problem, missing
from timebridge.api.flows import flow_of
from timebridge.api.runs import open_connection
from timebridge.api.views import Kept, Limit, Page, Queued, Start, View
from timebridge.changes import Where
from timebridge.flows import Flow
from timebridge.links import Link, State
from timebridge.pull import changes_of
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.tenants import Connection

links = Noun("links")

PATH = "/tenants/<tenant>/connections/<connection>/links"


class ParkedView(View):
    reason: str
    remedy: str
    field: str | None
    cause: str
    tries: int
    retry_at: datetime | None


class ConflictView(View):
    field: str
    base: Kept
    ours: Kept
    theirs: Kept


class LinkView(View):
    """`base`: what both sides last agreed on. `problem`: why it is parked. `kept`: the side whose record stayed."""

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
    flows = presets.flows_of(found)
    among = [flow_of(flows, flow)] if flow else list(flows)
    if ours or theirs:
        return Page[LinkView](items=list(_by_id(found, among, ours, theirs)))
    return Page[LinkView](**_listed(found, among, state, start, limit))


@links.get(f"{PATH}/<flow>/<ours>", EVERYBODY, "Read a link")
def get_link(tenant: TenantId, connection: ConnectionId, flow: Name, ours: Name) -> LinkView:
    return view(*_link(connection_of(tenant, connection), flow, ours))


@links.post(f"{PATH}/<flow>/<ours>/retry", WRITERS, "Try a pair again", 202)
def retry_link(tenant: TenantId, connection: ConnectionId, flow: Name, ours: Name, caller: Asking) -> Queued:
    """At once, whenever its next try would be due. Both records are read afresh."""
    flow_, link = _link(open_connection(tenant, connection), flow, ours)
    changes = changes_of(flow_, link)
    queue.send(tenant, connection, changes=changes)
    Audit(tenant).write(caller.name, "link.retry", f"link {flow} {ours}", {"connection": connection})
    return Queued(changes=len(changes), pull=False)


def _by_id(connection: Connection, flows: list[Flow], ours: str | None, theirs: str | None) -> Iterator[LinkView]:
    store = DynamoLinks(connection.tenant, connection.id)
    for flow in flows:
        for link in store.find(flow.name, ours=[ours] if ours else [], theirs=[theirs] if theirs else []):
            yield view(flow, link)


def _listed(
    connection: Connection, flows: list[Flow], state: State | None, start: str | None, limit: int
) -> dict[str, Any]:
    """One flow after the other; a page starts with the name of the flow and the start within it."""
    position, inner = _position(flows, start)
    store = DynamoLinks(connection.tenant, connection.id)
    items: list[LinkView] = []
    while len(items) < limit and position < len(flows):
        flow = flows[position]
        found, inner = store.page(flow.name, state, inner, limit - len(items))
        items += [view(flow, link) for link in found]
        position += inner is None
    more = position < len(flows)
    return {"items": items, "next": f"{flows[position].name}~{inner or ''}" if more else None}


def _position(flows: list[Flow], start: str | None) -> tuple[int, str | None]:
    name, _, inner = (start or "").partition("~")
    for position, flow in enumerate(flows):
        if start is None or flow.name == name:
            return position, inner or None
    raise Problem(422, "The page token is not one that we gave out.", remedy="Start again.", field="start")


def _link(connection: Connection, flow: str, ours: str) -> tuple[Flow, Link]:
    found = flow_of(presets.flows_of(connection), flow)
    for link in DynamoLinks(connection.tenant, connection.id).find(flow, ours=[ours]):
        return found, link
    raise missing("link")


def view(flow: Flow, link: Link) -> LinkView:
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
    )
