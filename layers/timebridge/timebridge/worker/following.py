"""A run on its way: taken up, written down as it goes so that people can follow it, and ended whatever comes of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic

from timebridge.context import Context
from timebridge.errors import SyncError, Transient
from timebridge.messages import Message, Share
from timebridge.runs import Deed, Kept, RunStatus, Tally
from timebridge.store.run_records import RunRecords
from timebridge.store.runs import Runs

BEAT = 2.0
"""Seconds between two looks of people who follow a run."""

LOST = timedelta(days=1)
"""A run that is open for so long has no message any more that would end it."""

MORE = "There is more: another pull goes on where this one ended."
TOGETHER = "Another run was about to do the same: it was done with that one."


@dataclass
class Following:
    """One message of a run. `share`: None where the run is this message's own. `before`: what was done when the same
    message came before and broke off; `spent`: calls of the road that are counted already. `also`: runs that end with
    this one."""

    road: Context
    run: str
    share: Share | None
    tally: Kept
    also: Sequence[str] = ()
    before: Tally = field(default_factory=Tally)
    spent: int = 0
    told: float = field(default_factory=monotonic)

    @property
    def place(self) -> Share:
        return self.share or Share(self.run)

    def watched(self, late: Callable[[], bool]) -> Callable[[], bool]:
        """What is asked every now and then anyway also tells how far it is."""

        def asked() -> bool:
            if monotonic() - self.told >= BEAT:
                self.tell()
            return late()

        return asked

    def tell(self) -> None:
        self.road.runs.part(self.run, "", part_of(self.place), self._so_far())
        self.told = monotonic()

    def end(self, status: RunStatus = RunStatus.DONE, reason: str | None = None) -> None:
        """A run of several messages goes on with the next of them, if all went well."""
        alone = self.place.part == 0 and self.place.last
        if not alone:
            self.tell()
        if self.place.last or status is not RunStatus.DONE:
            self.road.runs.finish(self.run, status, self._so_far() if alone else None, reason)
        for run in self.also:
            self.road.runs.finish(run, status, reason=TOGETHER if status is RunStatus.DONE else reason)

    def put_off(self, why: str) -> None:
        """Its message comes again."""
        self.tell()
        self.road.runs.put_off(self.run, why)

    def hand_on(self) -> Share | None:
        """For the message that goes on where this one ended: a run that nobody follows ends, and gets a successor."""
        if self.share is None:
            self.end(reason=MORE)
            return None
        self.tell()
        return replace(self.share, part=self.share.part + 1)

    def _so_far(self) -> Tally:
        self.tally.hand_over()
        self.tally.calls, self.spent = self.tally.calls + self.road.calls - self.spent, self.road.calls
        return self.tally.after(self.before)


def part_of(share: Share) -> str:
    return f"{share.part:04}"


@contextmanager
def following(road: Context, message: Message, kind: str, actor: str) -> Iterator[Following]:
    """The run that the message is a share of; or one of its own, which ends when the message fails."""
    follows = _taken_up(road, message) or by_itself(road, kind, actor, message.also)
    try:
        yield follows
    except SyncError as error:
        if follows.share is not None and isinstance(error, Transient):
            follows.put_off(error.told)
        else:
            follows.end(RunStatus.FAILED, error.told)
        raise


def _taken_up(road: Context, message: Message) -> Following | None:
    """None: nobody follows it, or it is over, and the message came once more."""
    share = message.share
    run = road.runs.take_up(share.run) if share else None
    if share is None or run is None:
        return None
    road.solving.within(run.id, run.actor)
    records = records_of(road, run.id)
    before = road.runs.done_before(run.id, "", part_of(share)) or Tally()
    tally = Kept(keep=records.keep, known=records.open(run.tally.records))
    return Following(road, run.id, share, tally, message.also, before, road.calls)


def by_itself(road: Context, kind: str, actor: str, also: Sequence[str] = ()) -> Following:
    run = road.runs.start(kind, actor)
    road.solving.within(run.id, actor)
    return Following(road, run.id, None, Kept(keep=records_of(road, run.id).keep), also, spent=road.calls)


def records_of(road: Context, run: str) -> RunRecords:
    return RunRecords(road.connection.tenant, road.connection.id, run)


def noted(road: Context, tally: Tally, deeds: Sequence[Deed]) -> None:
    """Single changes that went well need no run: there are too many of them, and nobody looks for one."""
    if tally.parked:
        run = road.runs.start("changes", "notice")
        records_of(road, run.id).keep(deeds)
        road.runs.finish(run.id, RunStatus.DONE, tally)


# --- what does not come to its end by itself -------------------------------------------------------------------------


def given_up(messages: Sequence[Message], status: RunStatus, why: str) -> None:
    """The runs that somebody follows end, because their messages will not be handled any more."""
    for message in messages:
        runs, shares = Runs(message.tenant, message.connection), [message.share.run] if message.share else []
        for run in (*shares, *message.also, *(check.run for check in message.checks)):
            if runs.get(run) is not None:
                runs.finish(run, status, reason=why)


def end_the_lost(road: Context) -> None:
    """Runs whose message was lost, or whose worker died each time it was tried."""
    until = road.now() - LOST
    lost, _ = road.runs.list(since=until - 2 * LOST, until=until, match=lambda run: not run.status.is_over)
    for run in lost:
        if run.id != road.connection.run:
            road.runs.finish(run.id, RunStatus.FAILED, reason="It broke off, and nothing took it up again.")
