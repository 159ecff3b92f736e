"""Runs: one execution with counts, problems and progress."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from timebridge.errors import SyncError

PROBLEMS_KEPT = 100
"""A run keeps this many problems; every one of them is on its link as well."""


@dataclass
class Tally:
    """What one batch, or a whole run, did. Every record seen ends in exactly one of done, skipped or parked.

    `deleted_theirs`: of those deleted, the ones deleted there. `newly_parked`: of those parked, the ones that were not
    parked before. `different`: pairs that a verification found not to agree; it writes nothing. `calls`: to the
    provider.
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

    def add(self, other: "Tally") -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.problems.extend(other.problems[: PROBLEMS_KEPT - len(self.problems)])

    def count(self, name: str, more: int = 1) -> None:
        setattr(self, name, getattr(self, name) + more)

    def problem(self, flow: str, ours: str, theirs: str | None, error: SyncError) -> None:
        if len(self.problems) < PROBLEMS_KEPT:
            problem = {"flow": flow, "ours": ours, "theirs": theirs or "", "cause": type(error).__name__}
            said = {"reason": error.for_user, "remedy": error.remedy, "field": error.field or ""}
            said |= {"trouble": error.trouble} | ({"trace": error.trace} if error.trace else {})
            self.problems.append(problem | said)

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

    @classmethod
    def from_counts(cls, counts: Mapping[str, int]) -> "Tally":
        tally = cls()
        for name in COUNTS:
            setattr(tally, name, int(counts.get(name, 0)))
        return tally


COUNTS = tuple(f.name for f in fields(Tally) if f.name != "problems")


class RunStatus(StrEnum):
    """STOPPED: before deletions that a person has to confirm. CANCELLED: by a person."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


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
