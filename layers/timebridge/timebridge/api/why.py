"""Why is, or is not, a record synchronised: a sentence for each flow that could carry it."""

from timebridge import presets
from timebridge.api.access import EVERYBODY, Noun, TenantId
from timebridge.api.errors import missing
from timebridge.api.kinds import PLURALS, Kinds, RecordId
from timebridge.api.links import LinkView, view
from timebridge.api.views import Page, View
from timebridge.changes import Where
from timebridge.flows import ALWAYS, Flow
from timebridge.records import Record
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Status

why = Noun("records")


class SyncView(View):
    """How a record stands with one flow of one connection: its link, and in words whether and why (not)."""

    connection: str
    flow: str
    words: str
    link: LinkView | None


@why.get("/tenants/<tenant>/<kinds>/<id>/sync", EVERYBODY, "Why is, or is not, this record synchronised")
def explain_record(tenant: TenantId, kinds: Kinds, id: RecordId) -> Page[SyncView]:
    kind = PLURALS[kinds]
    record = Workspace(tenant).get(kind, id)
    if record is None:
        raise missing(kind.replace("_", " "))
    items = [
        _explained(connection, flow, record)
        for connection in Connections().of(tenant)
        for flow in presets.flows_of(connection).of(Where.OURS, kind)
    ]
    return Page[SyncView](items=items)


def _explained(connection: Connection, flow: Flow, record: Record) -> SyncView:
    [*links] = DynamoLinks(connection.tenant, connection.id).find(flow.name, ours=[record.id])
    link = view(flow, links[0]) if links else None
    return SyncView(connection=connection.id, flow=flow.name, words=_why(connection, flow, record, link), link=link)


def _why(connection: Connection, flow: Flow, record: Record, link: LinkView | None) -> str:
    if connection.status is not Status.LIVE:
        return f"The connection is {connection.status}. {connection.reason or ''}".strip()
    if link is not None and link.problem is not None:
        return f"It is parked: {link.problem.reason} {link.problem.remedy}".strip()
    if link is not None and link.conflicts:
        return f"Both sides changed {', '.join(conflict.field for conflict in link.conflicts)}; nobody has decided yet."
    if link is not None:
        return STATES[link.state]
    if record.gone:
        return "It is archived."
    if not flow.direction.goes_out:
        return f"{flow.object} only comes in: a record made here stays here."
    if not flow.create_theirs:
        return f"Creating {flow.object} from here is switched off in the settings of the connection."
    if flow.when_ours != ALWAYS and not flow.when_ours(record.values):
        return "It does not fulfil the condition of the flow."
    return "It has not been looked at yet; the next pull will. Synchronise it now if it cannot wait."


STATES = {
    "live": "It is in step.",
    "pending": "It is being created.",
    "parked": "It is parked.",
    "tombstone": "The pair was ended, because one of the two was deleted.",
}
