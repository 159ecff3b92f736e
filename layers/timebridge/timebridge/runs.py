"""Runs: one execution with counts, problems and progress."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from timebridge.errors import SyncError

PROBLEMS_KEPT = 100
"""A run keeps this many problems; every one of them is on its link as well."""

LINES = 500
"""So many records are remembered before they are handed over: memory stays flat however long a run is."""


class What(StrEnum):
    """What was done to a record, in the order in which a run lists it.

    CONFLICT: both sides moved a field, and it is kept open. LINKED: two that were there found each other. AGREED: both
    sides became the same without us. ENDED: both are gone. MERGED: it followed a merge at the provider.
    """

    PARKED = "parked"
    CONFLICT = "conflict"
    CREATED_OURS = "created_ours"
    CREATED_THEIRS = "created_theirs"
    UPDATED_OURS = "updated_ours"
    UPDATED_THEIRS = "updated_theirs"
    ARCHIVED_OURS = "archived_ours"
    DELETED_THEIRS = "deleted_theirs"
    LINKED = "linked"
    AGREED = "agreed"
    MERGED = "merged"
    ENDED = "ended"


OPEN = frozenset({What.PARKED, What.CONFLICT})
"""What is found again as long as nobody does anything about it: said once in a run."""


class Deed(NamedTuple):
    """What a run did to one record. `theirs` is empty where there is no counterpart."""

    what: What
    flow: str
    ours: str
    theirs: str


@dataclass
class Tally:
    """What one batch, or a whole run, did. Every record seen ends in exactly one of done, skipped or parked.

    `deleted_theirs`: of those deleted, the ones deleted there. `newly_parked`: of those parked, the ones that were not
    parked before. `different`: pairs that a verification found not to agree; it writes nothing. `calls`: to the
    provider. `records`: how many are named, by what was done and by flow; only a tally that keeps them has any.
    """

    seen: int = 0
    unchanged: int = 0
    created_ours: int = 0
    created_theirs: int = 0
    updated_ours: int = 0
    updated_theirs: int = 0
    deleted: int = 0
    deleted_theirs: int = 0
    parked: int = 0
    newly_parked: int = 0
    skipped: int = 0
    conflicts: int = 0
    different: int = 0
    calls: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    records: Counter[tuple[What, str]] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.records += other.records
        self.problems.extend(other.problems[: PROBLEMS_KEPT - len(self.problems)])

    def count(self, name: str, more: int = 1) -> None:
        setattr(self, name, getattr(self, name) + more)

    def problem(self, flow: str, ours: str, theirs: str | None, error: SyncError) -> None:
        if len(self.problems) < PROBLEMS_KEPT:
            problem = {"flow": flow, "ours": ours, "theirs": theirs or "", "cause": type(error).__name__}
            said = {"reason": error.for_user, "remedy": error.remedy, "field": error.field or ""}
            said |= {"trouble": error.trouble} | ({"trace": error.trace} if error.trace else {})
            self.problems.append(problem | said)

    def did(self, what: What, flow: str, ours: str, theirs: str | None) -> None:
        """Told of each record that is written, linked or parked. Here nobody asks which they were."""

    @property
    def written(self) -> int:
        """Records written on either side."""
        return self.created_ours + self.created_theirs + self.updated_ours + self.updated_theirs + self.deleted

    @property
    def came_in(self) -> int:
        """Records written here."""
        return self.created_ours + self.updated_ours + self.deleted - self.deleted_theirs

    @property
    def went_out(self) -> int:
        """Records written there."""
        return self.created_theirs + self.updated_theirs + self.deleted_theirs

    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in COUNTS}

    def after(self, before: "Tally") -> "Tally":
        """With what was done when the same was begun before, and broke off: that was found unchanged now."""
        tally = Tally(problems=list(self.problems), records=self.records + before.records)
        for name, count in self.counts().items():
            tally.count(name, count + getattr(before, name) * (name in LASTING))
        tally.unchanged = max(tally.unchanged - before.written, 0)
        return tally

    @classmethod
    def from_counts(cls, counts: Mapping[str, int]) -> "Tally":
        tally = cls()
        for name in COUNTS:
            setattr(tally, name, int(counts.get(name, 0)))
        return tally


COUNTS = tuple(f.name for f in fields(Tally) if f.name not in ("problems", "records"))
LASTING = ("created_ours", "created_theirs", "updated_ours", "updated_theirs", "deleted", "deleted_theirs", "calls")
"""What was done stays done when its message comes again; what was only looked at is looked at again."""


@dataclass
class Kept(Tally):
    """A tally that names each record once, and hands them to `keep` by the hundred. `known`: what is open in this run,
    and need not be named again."""

    keep: Callable[[Sequence[Deed]], object] = lambda _: None
    known: set[Deed] = field(default_factory=set)
    _fresh: dict[Deed, None] = field(default_factory=dict)

    def did(self, what: What, flow: str, ours: str, theirs: str | None) -> None:
        deed = Deed(what, flow, ours, theirs or "")
        if deed in self._fresh or deed in self.known:
            return
        if what in OPEN:
            self.known.add(deed)
        self._fresh[deed] = None
        self.records[what, flow] += 1
        if len(self._fresh) >= LINES:
            self.hand_over()

    def hand_over(self) -> None:
        """To be called at the end, whatever came of it."""
        if self._fresh:
            self.keep(list(self._fresh))
            self._fresh.clear()


def in_order(records: Mapping[tuple[What, str], int]) -> list[tuple[tuple[What, str], int]]:
    """As a run lists them: what somebody may have to look at first, and by flow."""
    ranks = list(What)
    return sorted(records.items(), key=lambda each: (ranks.index(each[0][0]), each[0][1]))


class RunStatus(StrEnum):
    """WAITING: in the queue. STOPPED: before deletions that a person has to confirm. CANCELLED: by a person."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self not in (RunStatus.WAITING, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Run:
    """One execution for one connection. `total`: how many records each object has, where that was known at the start.

    `reason` says why it failed or was stopped. `kinds`: an initial sync of these alone; empty: of all. `outcome`: what
    a check found, as plain data.
    """

    id: str
    kind: str
    status: RunStatus
    started: datetime
    actor: str
    ended: datetime | None = None
    tally: Tally = field(default_factory=Tally)
    total: Mapping[str, int] = field(default_factory=dict)
    progress: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    reason: str | None = None
    kinds: tuple[str, ...] = ()
    outcome: Mapping[str, Any] = field(default_factory=dict)

    def says(self, text: str) -> bool:
        """Whether its reason or one of its problems holds this text, whatever the case."""
        said = (self.reason or "", *(word for problem in self.tally.problems for word in problem.values()))
        return any(text.casefold() in each.casefold() for each in said)
