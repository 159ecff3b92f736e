"""When a connection is pulled: its rhythm, those of its flows, and what another rhythm would come to."""

from datetime import UTC, datetime

from pydantic import Field

from timebridge import schedule
from timebridge.api.access import EVERYBODY, ConnectionId, Noun, TenantId, connection_of, tenant_of
from timebridge.api.flows import TermsView
from timebridge.api.views import View
from timebridge.connecting.rules import rules_of
from timebridge.flows import Flow
from timebridge.tenants import Connection, Rhythm, Status
from timebridge.wording import label

timetable = Noun("connections")


class RhythmView(View):
    rhythm: Rhythm
    next: datetime | None = Field(description="The pull that would come next; null: none by itself.")


class FlowTimeView(View):
    """`chosen`: the rhythm of its own that somebody gave the flow; `usual`: the one it has otherwise, null: that of the
    connection. `pulled`: when it was last."""

    flow: str
    terms: TermsView
    rhythm: Rhythm
    chosen: Rhythm | None
    usual: Rhythm | None
    at_once: bool = Field(description="Whether notices and edits move it before its pull.")
    next: datetime | None
    pulled: datetime | None


class TimetableView(View):
    """`runs`: whether pulls come by themselves now. `next`: as planned; calls that run short put it off."""

    time_zone: str
    runs: bool
    rhythm: Rhythm
    next: datetime | None
    last: datetime | None
    rhythms: list[RhythmView]
    flows: list[FlowTimeView]


@timetable.get("/tenants/<tenant>/connections/<connection>/timetable", EVERYBODY, "See when it is pulled")
def get_timetable(tenant: TenantId, connection: ConnectionId) -> TimetableView:
    """Nights are those of the tenant's time zone."""
    found, zone, now = connection_of(tenant, connection), tenant_of(tenant).time_zone, datetime.now(UTC)
    runs = found.status is Status.LIVE
    return TimetableView(
        time_zone=zone,
        runs=runs,
        rhythm=found.rhythm,
        next=found.next_pull if runs else None,
        last=found.last_pull,
        rhythms=[RhythmView(rhythm=each, next=schedule.moment_with(found, each, zone, now)) for each in Rhythm],
        flows=[
            _flow(found, rule.chosen, rule.offered.rhythm, zone, now)
            for rule in rules_of(found)
            if rule.chosen and not rule.chosen.posting
        ],
    )


def _flow(connection: Connection, flow: Flow, usual: str | None, zone: str, now: datetime) -> FlowTimeView:
    chosen = connection.settings.get("flows", {}).get(flow.name, {}).get("rhythm")
    pulled = connection.pulled.get(flow.name)
    return FlowTimeView(
        flow=flow.name,
        terms=TermsView(ours=label(flow.kind), theirs=label(flow.object)),
        rhythm=schedule.rhythm_of(connection, flow),
        chosen=Rhythm(chosen) if chosen else None,
        usual=Rhythm(usual) if usual else None,
        at_once=schedule.acts_at_once(connection, flow),
        next=schedule.moment_of(connection, flow, zone, now) if connection.status is Status.LIVE else None,
        pulled=datetime.fromisoformat(pulled) if pulled else connection.last_pull,
    )
