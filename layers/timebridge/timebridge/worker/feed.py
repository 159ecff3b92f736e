"""The feed of changes of one connection: what a pull asks the other side for, the nudge between two pulls, and what
all of it costs."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from timebridge import context, timing
from timebridge.changes import Change, Where
from timebridge.context import Context
from timebridge.flows import Flow
from timebridge.messages import Message, Pull
from timebridge.providers.provider import Charged
from timebridge.pull import OVERLAP, sync_page, taken_up
from timebridge.records import Record
from timebridge.runs import Tally
from timebridge.schedule import acts_at_once
from timebridge.sides import Cursor
from timebridge.store.alerts import Alerts
from timebridge.telemetry import seconds
from timebridge.worker import asking
from timebridge.worker.asking import EVERYTHING, MOVED, Asking


def asked_of(road: Context, wish: Pull, now: datetime) -> Asking:
    """Everything, unless reading is charged and nobody waits for it."""
    side = road.theirs
    if wish.asked or wish.reconcile or not isinstance(side, Charged):
        return EVERYTHING
    flows = [flow for flow in road.flows if wish.flows is None or flow.name in wish.flows]
    return asking.asking(road.connection, flows, side.is_rare, context.zone_of(road.connection), now)


def came_in(tally: Tally) -> bool:
    return tally.created_ours + tally.updated_ours + tally.deleted > 0


def moved(road: Context, tally: Tally) -> bool:
    """Whether pulls are to ask often: something came in that no notice had brought, or they have only begun."""
    return came_in(tally) or MOVED not in road.connection.pulled


def noticed(road: Context, message: Message, tally: Tally) -> None:
    """Something moved there: the pulls ask often again. Written down at most once between two of them."""
    told = any(change.where is Where.THEIRS for change in message.changes)
    pulled = road.connection.pulled
    if told and isinstance(road.theirs, Charged) and came_in(tally) and pulled.get(MOVED, "") <= _asked(road):
        _marked(road, {**pulled, MOVED: road.now().isoformat()})


def _asked(road: Context) -> str:
    return road.connection.pulled.get(asking.ASKED, "")


def _marked(road: Context, pulled: dict[str, str]) -> None:
    road.connection = context.changed(road.connection, pulled=pulled) or road.connection


def read_once(road: Context, changes: Sequence[Change]) -> list[Change]:
    """The changes, with what several flows would otherwise read each for itself. Where reading costs nothing, as they
    are."""
    if not isinstance(road.theirs, Charged):
        return list(changes)
    bare: dict[str, list[str]] = {}
    for change in changes:
        if change.where is Where.THEIRS and change.record is None and len(road.flows.of(change.where, change.name)) > 1:
            bare.setdefault(change.name, []).append(change.id)
    found = {(name, record.id): record for name, ids in bare.items() for record in road.theirs.read(name, ids)}
    return [replace(change, record=found.get((change.name, change.id), change.record)) for change in changes]


# --- between two pulls -----------------------------------------------------------------------------------------------


def nudge(road: Context, tally: Tally) -> None:
    """What changed there since the last look, in one call where that can be. What is too much for it waits for the
    pull."""
    flows = [flow for flow in road.flows if acts_at_once(road.connection, flow)]
    since = {name: cursor for name in _common(road, flows) if (cursor := road.cursors.get(Where.THEIRS, name))}
    started = road.now()
    for page in road.theirs.changed(since) if since else ():
        if page.unsure:
            break
        before = tally.came_in
        sync_page(road, Where.THEIRS, page, flows, tally=tally)
        if tally.came_in > before:
            _clocked(road, page.records, since[page.name])
        if page.cursor is not None:
            road.cursors.save(Where.THEIRS, page.name, taken_up(page.cursor, started, OVERLAP))
    if came_in(tally):
        _marked(road, {**road.connection.pulled, MOVED: started.isoformat()})


def _common(road: Context, flows: Sequence[Flow]) -> Collection[str]:
    side = road.theirs
    rare = side.is_rare if isinstance(side, Charged) else lambda _: False
    return [name for name in dict.fromkeys(flow.object for flow in flows) if not rare(name)]


def _clocked(road: Context, records: Sequence[Record], since: Cursor) -> None:
    """From the oldest change that is seen for the first time: what was read again was there before."""
    fresh = [record.stamp for record in records if record.stamp and record.stamp >= since.stamp + OVERLAP]
    if fresh:
        visible(road.connection.provider, (road.now() - min(fresh)).total_seconds(), "nudge")


def visible(provider: str, since: float, by: str) -> None:
    """Seconds from the change at the provider until it could be seen here."""
    seconds("ProviderToVisible", max(since, 0.0), provider=provider, by=by)


# --- what it costs ---------------------------------------------------------------------------------------------------


def mind_the_reads(road: Context) -> None:
    """People are told once a month when its reads will not do."""
    found = timing.reads(road.connection, road.now())
    if found is not None and found.exceeds and road.meter.warned(road.now(), "reads"):
        Alerts().warn(
            road.connection,
            f"{found.used:,} reads were made this month, and it will be {found.forecast:,} by its end if it goes on"
            f" like this: more than the {found.budget:,} of its budget.",
            "Choose a slower rhythm, switch off lists that nobody needs, or raise the setting read_budget.",
        )
