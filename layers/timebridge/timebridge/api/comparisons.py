"""A record and its counterparts, side by side; and records of theirs that one could be linked with."""

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge import presets
from timebridge.api.access import EVERYBODY, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import missing
from timebridge.api.flows import flow_of
from timebridge.api.kinds import PLURALS, Kinds, RecordId
from timebridge.api.views import Kept, Page, View
from timebridge.books import folders
from timebridge.flows import Direction
from timebridge.insight import comparing, looking, naming
from timebridge.insight.comparing import Pair, Row
from timebridge.insight.drift import WORDS, Why
from timebridge.links import State
from timebridge.store.records import Workspace
from timebridge.tenants import Provider
from timebridge.wording import label, labels

comparisons = Noun("links")


class RowView(View):
    """One field. `base`: what both sides agreed on last. `why`: set where they differ, and `words` says it. References
    are ids of ours, of the kind that `refers` names."""

    field: str
    label: str
    theirs_label: str
    direction: Direction
    ours: Kept
    theirs: Kept
    base: Kept
    why: Why | None
    words: str | None
    refers: str | None


class SideView(View):
    """`read`: when theirs was read; without it they are shown as both sides agreed last. `trouble`: why it was not."""

    connection: str
    provider: Provider
    company: str | None
    flow: str
    object: str
    theirs: str
    url: str | None
    state: State
    read: datetime | None
    trouble: str | None
    rows: list[RowView]


class SidesView(View):
    """`names`: by id, what people call the records that it, or a counterpart, refers to."""

    items: list[SideView]
    names: dict[str, str]


class TheirsView(View):
    """A record of theirs. `partner`: the id of the record of ours that it is linked with."""

    id: str
    name: str | None
    url: str | None
    partner: str | None


Look = Annotated[bool, Query(description="Read theirs now: a call for each counterpart.")]
Text = Annotated[str, Query(min_length=1, max_length=200, description="A name as it stands there, or an id.")]


@comparisons.get("/tenants/<tenant>/<kinds>/<id>/sides", EVERYBODY, "Compare a record with its counterparts")
def compare_sides(tenant: TenantId, kinds: Kinds, id: RecordId, look: Look = False) -> SidesView:
    """Field by field, in the terms of the workspace, for each record that it is linked with."""
    kind = PLURALS[kinds]
    record = Workspace(tenant).get(kind, id)
    if record is None:
        raise missing(kind.replace("_", " "))
    found = comparing.pairs(tenant, kind, record, look)
    values = [
        {row.field.ours: value} for pair in found for row in pair.rows for value in (row.ours, row.theirs, row.base)
    ]
    values.append(dict(record.values))
    return SidesView(items=[_side(pair) for pair in found], names=naming.names_in(tenant, kind, values))


@comparisons.get(
    "/tenants/<tenant>/connections/<connection>/flows/<flow>/theirs", EVERYBODY, "Find records of theirs by name or id"
)
def find_theirs(tenant: TenantId, connection: ConnectionId, flow: Name, q: Text) -> Page[TheirsView]:
    """Those that our user may see there, now: what could be linked by hand, and what is linked already."""
    found = connection_of(tenant, connection)
    flow_ = flow_of(presets.flows_of(found), flow)
    items = [
        TheirsView(id=record.id, name=name, url=folders.url_of(found, flow_, record.id), partner=partner)
        for record, name, partner in looking.theirs_called(found, flow_, q.strip())
    ]
    return Page[TheirsView](items=items)


def _side(pair: Pair) -> SideView:
    theirs = pair.link.theirs or ""
    return SideView(
        connection=pair.connection.id,
        provider=pair.connection.provider,
        company=pair.connection.account_name,
        flow=pair.flow.name,
        object=pair.flow.object,
        theirs=theirs,
        url=folders.url_of(pair.connection, pair.flow, theirs),
        state=pair.link.state,
        read=pair.read,
        trouble=pair.trouble,
        rows=[_row(row) for row in pair.rows],
    )


def _row(row: Row) -> RowView:
    return RowView(
        field=row.field.ours,
        label=label(row.field.shown),
        theirs_label=labels(row.field.theirs),
        direction=row.direction,
        ours=row.ours,
        theirs=row.theirs,
        base=row.base,
        why=row.why,
        words=WORDS[row.why] if row.why else None,
        refers=row.refers,
    )
