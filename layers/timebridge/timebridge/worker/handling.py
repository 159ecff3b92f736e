"""What the worker does with one message: bring the changes it names into agreement, or pull both sides."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from time import monotonic

from timebridge import budget, context, queue
from timebridge.changes import Where, chunks
from timebridge.context import Context
from timebridge.errors import MassDelete, RateLimited, SyncError
from timebridge.providers.provider import Limited
from timebridge.pull import BATCH, pull
from timebridge.queue import Message, Pull
from timebridge.runs import RunStatus, Tally
from timebridge.schedule import RECONCILE, acts_at_once
from timebridge.store.alerts import Alerts
from timebridge.sync import Batch, sync_batch
from timebridge.telemetry import count, count_all, facts, logger, seconds
from timebridge.tenants import Status
from timebridge.worker import asking, feed
from timebridge.worker.health import nightly
from timebridge.worker.reconciling import OutOfTime, Watched, reconcile
from timebridge.worker.sweeping import sweeper


def handle(road: Context, message: Message, late: Callable[[], bool]) -> None:
    """Raises what `sync_batch` raises, but for MassDelete: that stops the run, which then holds the question.

    What nobody waits for is put off when the calls of the day are spent: the next pull finds it.
    """
    reserve = budget.reserve_of(road.connection.settings)
    mind_the_limit(road, None if message.is_awaited else reserve)
    try:
        _handle(road, message, late)
    except RateLimited as error:
        if message.is_awaited or not (isinstance(road.theirs, Limited) and road.theirs.spent):
            raise
        logger.warning("put off", **facts(error))
        count("PutOff", tenant=road.connection.tenant, provider=road.connection.provider)


def among(messages: Sequence[Message]) -> tuple[Status, ...]:
    """The statuses of a connection in which these are handled: what only looks may look while nothing is written."""
    return (Status.LIVE, Status.PAUSED) if all(message.only_looks for message in messages) else (Status.LIVE,)


def dropped(messages: Sequence[Message], why: str) -> None:
    """Looks that somebody follows end, where the connection is in no state to be looked at any more."""
    for message in messages:
        found = context.connection(message.tenant, message.connection) if message.only_looks else None
        for check in message.checks if found else ():
            assert found is not None
            context.runs(found).finish(check.run, RunStatus.CANCELLED, reason=why)


def mind_the_limit(road: Context, reserve: float | None) -> None:
    if isinstance(road.theirs, Limited):
        road.theirs.reserve = reserve


def _handle(road: Context, message: Message, late: Callable[[], bool]) -> None:
    if message.changes:
        with _timed(road, "changes"):
            synced = _changes(road, message)
        _noted(road, synced)
        _told(road, "changes", synced)
        feed.noticed(road, message, synced)
        if not message.asked and any(change.where is Where.THEIRS for change in message.changes):
            context.noticed(road.connection).note(road.now())
    if message.pull and message.pull.nudge:
        with _timed(road, "nudge"):
            synced = _nudge(road)
        _noted(road, synced)
        _told(road, "nudge", synced)
    elif message.pull:
        nightly(road.connection)
        with _timed(road, "pull"):
            synced = _pull(road, message.pull, late)
        _told(road, "pull", synced)
    if message.checks:
        from timebridge.worker import checks  # most messages have none

        for check in message.checks:
            checks.take(road, check, late)


def _changes(road: Context, message: Message) -> Tally:
    """In the flows that act at once; in all of them when a person asked."""
    tally, changes = Tally(), feed.read_once(road, message.changes)
    try:
        for flow in road.flows:
            acts = message.asked or acts_at_once(road.connection, flow)
            mine = [c for c in changes if acts and flow in road.flows.of(c.where, c.name)]
            for some in chunks(mine, BATCH):
                tally.add(sync_batch(road, Batch(flow, some)))
    except MassDelete as error:
        _stopped(road, road.runs.start("changes", "notice").id, error)
    return tally


def _nudge(road: Context) -> Tally:
    try:
        return feed.nudge(road)
    except MassDelete as error:
        _stopped(road, road.runs.start("changes", "nudge").id, error)
        return Tally()


def _pull(road: Context, wish: Pull, late: Callable[[], bool]) -> Tally:
    run, began, before = road.runs.start(RECONCILE if wish.reconcile else "pull", wish.actor), road.now(), road.calls
    road.brake.released = wish.released
    tally, asked = Tally(), feed.asked_of(road, wish, began)
    sweep = sweeper(road, wish.flows, asked.rare)
    try:
        pull(road, Watched(road.cursors, late), tally=tally, names=wish.flows, there=asked.objects, sweep=sweep)
        if wish.reconcile:
            reconcile(road, wish.flows, wish.place, late, tally)
    except OutOfTime as reached:
        tally.calls = road.calls - before
        reason = "There is more: another pull goes on where this one ended."
        road.runs.finish(run.id, RunStatus.DONE, tally, reason)
        queue.send(road.connection.tenant, road.connection.id, pull=replace(wish, place=reached.place or wish.place))
        return tally
    except MassDelete as error:
        _stopped(road, run.id, error)
        return tally
    except SyncError as error:
        tally.calls = road.calls - before
        road.runs.finish(run.id, RunStatus.FAILED, tally, error.told)
        raise
    tally.calls = road.calls - before
    road.runs.finish(run.id, RunStatus.DONE, tally)
    pulled = {**_pulled(road, wish, began), **asked.marks(began, feed.moved(road, tally))}
    road.connection = context.changed(road.connection, last_pull=began, pulled=pulled) or road.connection
    if asked.rare and not wish.asked:
        feed.mind_the_reads(road)
    return tally


def _pulled(road: Context, wish: Pull, began: datetime) -> dict[str, str]:
    """When each flow was pulled last, and everything read again."""
    names = [flow.name for flow in road.flows]
    kept = {*names, RECONCILE, *asking.MARKS}
    known = {name: at for name, at in road.connection.pulled.items() if name in kept}
    first = (road.connection.last_pull or began).isoformat()
    pulled = dict.fromkeys(names if wish.flows is None else wish.flows, began.isoformat())
    again = began.isoformat() if wish.reconcile else known.get(RECONCILE, first)
    return {**known, **pulled, RECONCILE: again}


def _stopped(road: Context, run: str, error: MassDelete) -> None:
    logger.warning("run stopped", run=run, **facts(error))
    road.runs.finish(run, RunStatus.STOPPED, reason=f"{error.for_user} {error.remedy}")
    _, *before = road.runs.list(2)[0]
    if not before or before[0].status is not RunStatus.STOPPED:  # it stops every time until somebody decides
        Alerts().warn(road.connection, error.for_user, error.remedy)


def _noted(road: Context, tally: Tally) -> None:
    """Changes that went well need no run: there are too many of them, and nobody looks for one."""
    if tally.parked:
        run = road.runs.start("changes", "notice")
        road.runs.finish(run.id, RunStatus.DONE, tally)


@contextmanager
def _timed(road: Context, what: str) -> Iterator[None]:
    """How long it took, and whether it failed."""
    began = monotonic()
    try:
        yield
    except SyncError:
        count("HandlingFailed", tenant=road.connection.tenant, provider=road.connection.provider, what=what)
        raise
    finally:
        seconds("HandlingSeconds", monotonic() - began, provider=road.connection.provider, what=what)


TRACED = 20
"""Refusals whose id at the provider one line of the log names."""


def _told(road: Context, what: str, tally: Tally) -> None:
    Alerts().errors(road.connection, tally)
    context.carried(road.connection).add(tally, road.now())
    counts = {name: value for name, value in tally.counts().items() if value}
    logger.info("synchronised", what=what, counts=counts)
    if traces := [problem["trace"] for problem in tally.problems if "trace" in problem]:
        logger.warning("refused", what=what, traces=traces[:TRACED])
    count_all(
        {f"Records_{name}": value for name, value in counts.items() if name not in ("seen", "calls")},
        tenant=road.connection.tenant,
        provider=road.connection.provider,
    )
