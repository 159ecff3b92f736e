"""What the worker does with one message: bring the changes it names into agreement, or pull both sides."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from timebridge import context, queue
from timebridge.changes import Change, Where, chunks
from timebridge.context import Context
from timebridge.errors import MassDelete, SyncError
from timebridge.pull import BATCH, Cursors, pull
from timebridge.queue import Message, Pull
from timebridge.runs import RunStatus, Tally
from timebridge.sides import Cursor
from timebridge.sync import Batch, sync_batch
from timebridge.telemetry import count_all, facts, logger


def handle(road: Context, message: Message, late: Callable[[], bool]) -> None:
    """Raises what `sync_batch` raises, but for MassDelete: that stops the run, which then holds the question."""
    if message.changes:
        synced = _changes(road, message.changes)
        _told(road, "changes", synced)
    if message.pull:
        _told(road, "pull", _pull(road, message.pull, late))


def _changes(road: Context, changes: Sequence[Change]) -> Tally:
    tally = Tally()
    try:
        for flow in road.flows:
            mine = [change for change in changes if flow in road.flows.of(change.where, change.name)]
            for some in chunks(mine, BATCH):
                tally.add(sync_batch(road, Batch(flow, some)))
    except MassDelete as error:
        _stopped(road, road.runs.start("changes", "notice").id, error)
    return tally


class _OutOfTime(Exception):
    pass


class _Watched:
    """Cursors that end a pull behind a page when the time is over: the next message goes on from there."""

    def __init__(self, cursors: Cursors, late: Callable[[], bool]) -> None:
        self._cursors, self._late = cursors, late

    def get(self, where: Where, name: str) -> Cursor | None:
        return self._cursors.get(where, name)

    def save(self, where: Where, name: str, cursor: Cursor) -> None:
        self._cursors.save(where, name, cursor)
        if self._late():
            raise _OutOfTime


def _pull(road: Context, wish: Pull, late: Callable[[], bool]) -> Tally:
    run, began = road.runs.start("pull", wish.actor), datetime.now(UTC)
    road.brake.released = wish.released
    tally = Tally()
    try:
        pull(road, _Watched(road.cursors, late), tally=tally)
    except _OutOfTime:
        reason = "There is more: another pull goes on where this one ended."
        road.runs.finish(run.id, RunStatus.DONE, tally, reason)
        queue.send(road.connection.tenant, road.connection.id, pull=wish)
        return tally
    except MassDelete as error:
        _stopped(road, run.id, error)
        return tally
    except SyncError as error:
        road.runs.finish(run.id, RunStatus.FAILED, tally, error.for_user)
        raise
    road.runs.finish(run.id, RunStatus.DONE, tally)
    context.changed(road.connection, last_pull=began)
    return tally


def _stopped(road: Context, run: str, error: MassDelete) -> None:
    logger.warning("run stopped", run=run, **facts(error))
    road.runs.finish(run, RunStatus.STOPPED, reason=f"{error.for_user} {error.remedy}")


def _told(road: Context, what: str, tally: Tally) -> None:
    counts = {name: value for name, value in tally.counts().items() if value}
    logger.info("synchronised", what=what, counts=counts)
    count_all(
        {f"Records_{name}": value for name, value in counts.items() if name != "seen"},
        tenant=road.connection.tenant,
        provider=road.connection.provider,
    )
