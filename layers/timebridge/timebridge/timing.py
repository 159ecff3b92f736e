"""When a connection is pulled, and what of it: its rhythms, the tenant's time zone, and what its calls allow."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from timebridge import budget, presets, schedule
from timebridge.budget import Day, Reads, Spending
from timebridge.connecting.apps import SHARED, app
from timebridge.context import meter, zone_of
from timebridge.errors import Misconfigured
from timebridge.flows import Flow
from timebridge.messages import Pull
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Rhythm, Status

MONTH = 31
"""Days that a month has at most."""

WATCH = timedelta(minutes=5)
"""How often somebody looks whether a connection that loads still does."""


def due(now: datetime) -> list[Connection]:
    return list(Connections().due(now))


def rescheduled(connection: Connection, now: datetime | None = None) -> datetime | None:
    """When a connection is pulled next, by its rhythms, the tenant's time zone, and what its calls allow.

    One that loads is not pulled: somebody looks whether it still does.
    """
    now = now or datetime.now(UTC)
    if connection.status is Status.LOADING:
        return now + WATCH
    stretched = spending(connection, now) is not Spending.FREE
    following = schedule.next_of(connection, zone_of(connection), _flows(connection), now, stretched)
    nudged = following is not None and not stretched and connection.settings.get("nudge", False)
    return min(following, now + schedule.NUDGE) if nudged and following else following


def pull_due(connection: Connection, now: datetime) -> Pull:
    """The pull of a connection whose time has come: of the flows that are due, or of all where none says so.

    On a Sunday night everything is read again, if there are calls enough; on every fourth, where reading is charged.
    Between two pulls it is a nudge, where the tenant wants that.
    """
    zone, flows = zone_of(connection), _flows(connection)
    moving = [flow for flow in flows if schedule.rhythm_of(connection, flow) is not Rhythm.OFF]
    rarely = connection.provider in SHARED
    reconcile = schedule.reconciles(connection, zone, now, rarely) and spending(connection, now) is Spending.FREE
    due = moving if reconcile else schedule.due(connection, zone, moving, now)
    if not due and connection.settings.get("nudge", False):
        return Pull(nudge=True)
    due = due or moving
    names = {flow.name for flow in _with_those_beside(moving, due)}
    everything = names == {flow.name for flow in flows}
    return Pull(flows=None if everything else tuple(sorted(names)), reconcile=reconcile)


def _with_those_beside(flows: Sequence[Flow], due: Sequence[Flow]) -> list[Flow]:
    """The flows that are due, and those that watch the same records: a record is read once, and for all of them."""
    feeds = {feed for flow in due for feed in (flow.kind, flow.object)}
    while more := {f for flow in flows if {flow.kind, flow.object} & feeds for f in (flow.kind, flow.object)} - feeds:
        feeds |= more
    return [flow for flow in flows if flow.kind in feeds]


def _flows(connection: Connection) -> list[Flow]:
    """Raises Misconfigured: one connection whose settings do not fit must not hold up the others."""
    try:
        return list(presets.flows_of(connection))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise Misconfigured("The settings of a connection do not fit its flows.", detail=repr(error)) from error


def spending(connection: Connection, now: datetime) -> Spending:
    """Whether the provider's calls of the day are enough to go on as usual."""
    return budget.spending(meter(connection).latest().usage, budget.reserve_of(connection.settings), now)


def reads(connection: Connection, now: datetime, days: Sequence[Day] | None = None) -> Reads | None:
    """What was read this month at the provider's charge, and what may be; None where reading costs nothing.

    `days`: those of a month at least, where the caller has read them.
    """
    if connection.provider not in SHARED:
        return None
    usual = app(connection.provider).extra.get("read_budget")
    known = meter(connection).days(MONTH) if days is None else days
    return budget.reads(known, budget.read_budget_of(connection.settings, usual), now)
