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
from timebridge.hints import SET_UP
from timebridge.messages import Message, Pull
from timebridge.postings import bookkeeping
from timebridge.providers.provider import Limited
from timebridge.pull import BATCH, pull
from timebridge.runs import Deed, Kept, RunStatus, Tally
from timebridge.schedule import RECONCILE, acts_at_once
from timebridge.store.alerts import Alerts
from timebridge.sync import Batch, sync_batch
from timebridge.telemetry import count, count_all, facts, logger, seconds
from timebridge.tenants import Status
from timebridge.worker import asking, feed
from timebridge.worker.following import Following, by_itself, end_the_lost, following, given_up, noted
from timebridge.worker.health import nightly
from timebridge.worker.reconciling import OutOfTime, Watched, reconcile, repeat
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
    """Runs that somebody follows end, where the connection is in no state to go on."""
    looks = all(message.only_looks for message in messages)
    given_up(messages, RunStatus.CANCELLED if looks else RunStatus.FAILED, f"{why} Nothing was done.")


def mind_the_limit(road: Context, reserve: float | None) -> None:
    if isinstance(road.theirs, Limited):
        road.theirs.reserve = reserve


def _handle(road: Context, message: Message, late: Callable[[], bool]) -> None:
    nudge = message.pull is not None and message.pull.nudge
    if message.changes and not message.share:
        tally = _in_passing(road, "changes", lambda tally: _changes(road, message, tally))
        feed.noticed(road, message, tally)
        if not message.asked and any(change.where is Where.THEIRS for change in message.changes):
            context.noticed(road.connection).note(road.now())
    if nudge:
        _in_passing(road, "nudge", lambda tally: feed.nudge(road, tally))
    elif message.pull or message.share:
        tally = _run(road, message, late)
        feed.noticed(road, message, tally)
    if message.checks:
        from timebridge.worker import checks  # most messages have none

        for check in message.checks:
            checks.take(road, check, late)


def _in_passing(road: Context, what: str, work: Callable[[Tally], object]) -> Tally:
    """What nobody follows is written down as a run only if something is refused."""
    deeds: list[Deed] = []
    tally = Kept(keep=deeds.extend)
    with _timed(road, what):
        try:
            work(tally)
        except MassDelete as error:
            _stopped(road, by_itself(road, "changes", "notice" if what == "changes" else what), error)
    tally.hand_over()
    noted(road, tally, deeds)
    _told(road, what, tally)
    return tally


def _changes(road: Context, message: Message, tally: Tally) -> None:
    """In the flows that act at once; in all of them when a person asked. How a company is set up is no record."""
    if any(change.name == SET_UP for change in message.changes):
        bookkeeping.outdated(road.connection)
    changes = feed.read_once(road, message.changes)
    for flow in road.flows:
        acts = message.asked or acts_at_once(road.connection, flow)
        mine = [c for c in changes if acts and flow in road.flows.of(c.where, c.name)]
        for some in chunks(mine, BATCH):
            sync_batch(road, Batch(flow, some), tally)


def _run(road: Context, message: Message, late: Callable[[], bool]) -> Tally:
    """What is written down as a run: each pull, and what somebody asked for and follows."""
    wish = message.pull
    what, actor = ("pull", wish.actor) if wish else ("changes", "notice")
    kind = RECONCILE if wish and wish.reconcile else what
    with _timed(road, what), following(road, message, kind, actor) as run:
        try:
            if message.share:
                _changes(road, message, run.tally)
            if wish is None or _pull(road, wish, run, late):
                run.end()
        except MassDelete as error:
            _stopped(road, run, error)
    _told(road, what, run.tally)
    return run.tally


def _pull(road: Context, wish: Pull, run: Following, late: Callable[[], bool]) -> bool:
    """False: there is more, and another message goes on with it."""
    if nightly(road.connection):
        end_the_lost(road)
    began, tally, watched = road.now(), run.tally, run.watched(late)
    road.brake.released = wish.released
    asked = feed.asked_of(road, wish, began)
    sweep = sweeper(road, wish.flows, asked.rare, tally)
    try:
        pull(road, Watched(road.cursors, watched), tally=tally, names=wish.flows, there=asked.objects, sweep=sweep)
        if wish.reconcile:
            reconcile(road, wish.flows, wish.place, watched, tally)
        elif wish.since:
            repeat(road, wish.since, watched, tally, sweep)
    except OutOfTime as reached:
        more = replace(wish, place=reached.place or wish.place)
        queue.send(road.connection.tenant, road.connection.id, pull=more, share=run.hand_on())
        return False
    pulled = {**_pulled(road, wish, began), **asked.marks(began, feed.moved(road, tally))}
    road.connection = context.changed(road.connection, last_pull=began, pulled=pulled) or road.connection
    if asked.rare and not wish.asked:
        feed.mind_the_reads(road)
    return True


def _pulled(road: Context, wish: Pull, began: datetime) -> dict[str, str]:
    """When each flow was pulled last, and everything read again."""
    names = [flow.name for flow in road.flows]
    kept = {*names, RECONCILE, *asking.MARKS}
    known = {name: at for name, at in road.connection.pulled.items() if name in kept}
    first = (road.connection.last_pull or began).isoformat()
    pulled = dict.fromkeys(names if wish.flows is None else wish.flows, began.isoformat())
    again = began.isoformat() if wish.reconcile else known.get(RECONCILE, first)
    return {**known, **pulled, RECONCILE: again}


def _stopped(road: Context, run: Following, error: MassDelete) -> None:
    logger.warning("run stopped", run=run.run, **facts(error))
    run.end(RunStatus.STOPPED, f"{error.for_user} {error.remedy}")
    before = road.runs.list(1, before=run.run, match=lambda each: each.status.is_over)[0]
    if not before or before[0].status is not RunStatus.STOPPED:  # it stops every time until somebody decides
        Alerts().warn(road.connection, error.for_user, error.remedy)


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
