"""The initial sync: a pull whose cursors are empty, cut into parts because it is large.

Each phase is one kind or object of one side, parents first. Its records are exported to the end, cut into parts, and
each part is handled by itself. A part that was handled is deleted, so taking up a broken run does only what is left.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from timebridge.changes import Where, chunks
from timebridge.errors import Rejected
from timebridge.flows import Flow, Flows
from timebridge.pull import BATCH, OVERLAP, Cursors, sync_page
from timebridge.records import Record
from timebridge.runs import Tally
from timebridge.sides import Cursor, Page, Side
from timebridge.sync import Road

PART = BATCH

type Answer = dict[str, Any]
"""What a step hands to the state machine: plain data."""


class Exports(Protocol):
    """Where the exports of one connection are kept (see `store.exports`)."""

    @property
    def bucket(self) -> str: ...

    def put_part(self, phase: str, number: int, records: Sequence[Record]) -> None: ...

    def part_key(self, phase: str, number: int) -> str: ...

    def part(self, key: str) -> list[Record] | None: ...

    def manifest(self, phase: str) -> list[dict[str, Any]] | None: ...

    def put_manifest(self, phase: str, parts: Sequence[Mapping[str, Any]]) -> None: ...

    def put_left(self, phase: str, parts: Sequence[Mapping[str, Any]]) -> str: ...

    def left(self, phase: str = "") -> list[str]: ...


class Exporter(Protocol):
    """The bulk road of a provider (see `providers.provider`)."""

    def start_export(self, side: Side, name: str) -> dict[str, Any] | None: ...

    def export_done(self, side: Side, state: Mapping[str, Any]) -> bool: ...

    def export_pages(self, side: Side, state: Mapping[str, Any]) -> Iterator[Page]: ...


@dataclass(frozen=True, slots=True)
class Phase:
    """The records of one kind (ours) or object (theirs)."""

    number: int
    where: Where
    name: str

    @property
    def key(self) -> str:
        return f"{self.number:02d}-{self.where}-{self.name}"

    def to_json(self) -> Answer:
        return {"number": self.number, "where": self.where, "name": self.name}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Phase":
        return cls(found["number"], Where(found["where"]), found["name"])


def phases(flows: Flows) -> list[Phase]:
    """Parents first; of each flow their records, then ours that may have no counterpart. Each object is read once."""
    wanted = dict.fromkeys(each for flow in flows for each in _sources(flow))
    return [Phase(number, where, name) for number, (where, name) in enumerate(wanted, 1)]


def _sources(flow: Flow) -> Iterator[tuple[Where, str]]:
    if flow.direction.comes_in:
        yield Where.THEIRS, flow.object
    if flow.direction.goes_out:
        yield Where.OURS, flow.kind


@dataclass(slots=True)
class Progress:
    """How far an export came: the job that does it, or the cursor behind the last page, and what was stored so far."""

    job: dict[str, Any] | None
    pages: int
    counts: list[int]
    cursor: Cursor | None

    def to_json(self) -> Answer:
        cursor = {"stamp": self.cursor.stamp.isoformat(), "id": self.cursor.id} if self.cursor else None
        return {"job": self.job, "pages": self.pages, "counts": self.counts, "cursor": cursor}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Progress":
        at = found["cursor"]
        cursor = Cursor(datetime.fromisoformat(at["stamp"]), at["id"]) if at else None
        return cls(found["job"], found["pages"], list(found["counts"]), cursor)


@dataclass(frozen=True, slots=True)
class Export:
    """One phase on its way to the bucket. `late`: whether this call must end soon. `began`: when the whole load did."""

    road: Road
    exporter: Exporter
    exports: Exports
    phase: Phase
    late: Callable[[], bool]
    began: datetime

    def step(self, state: Mapping[str, Any] | None) -> Answer:
        """Store the records as parts. `done` false: call again later, with the answer's `export` as the state.

        A phase that was exported before is not read again; its manifest then lists only the parts that are left.
        """
        if self.exports.manifest(self.phase.key) is None:
            progress = Progress.from_json(state) if state else self._begun()
            if not self._stored(progress):
                return {"done": False, "export": progress.to_json(), "manifest": None}
            self.exports.put_manifest(self.phase.key, self._parts(progress.counts))
        return {"done": True, "export": None, "manifest": self._left()}

    def _begun(self) -> Progress:
        theirs = self.phase.where is Where.THEIRS
        job = self.exporter.start_export(self.road.theirs, self.phase.name) if theirs else None
        return Progress(job, 0, [], None)

    def _stored(self, progress: Progress) -> bool:
        """Page after page, until all are stored (true), or the job is not done or the time is over (false)."""
        if progress.job is not None and not self.exporter.export_done(self.road.theirs, progress.job):
            return False
        for page in self._pages(progress):
            for some in chunks(self._wanted(page), PART):
                self.exports.put_part(self.phase.key, len(progress.counts), some)
                progress.counts.append(len(some))
            progress.pages += 1
            progress.cursor = page.cursor
            if self.late() and (progress.job is not None or page.cursor is not None):
                return False
        return True

    def _wanted(self, page: Page) -> Sequence[Record]:
        """Of ours only what was there before the load: what it made itself agrees, and the first pull sees the rest."""
        if self.phase.where is Where.THEIRS:
            return page.records
        return [record for record in page.records if record.stamp is None or record.stamp < self.began]

    def _pages(self, progress: Progress) -> Iterator[Page]:
        if progress.job is not None:
            return islice(self.exporter.export_pages(self.road.theirs, progress.job), progress.pages, None)
        side = self.road.theirs if self.phase.where is Where.THEIRS else self.road.ours
        return side.changed({self.phase.name: progress.cursor})

    def _parts(self, counts: Sequence[int]) -> list[Answer]:
        whose = {"bucket": self.exports.bucket, "where": self.phase.where, "name": self.phase.name}
        keys = (self.exports.part_key(self.phase.key, number) for number in range(len(counts)))
        return [{**whose, "key": key, "count": count} for key, count in zip(keys, counts, strict=True)]

    def _left(self) -> Answer | None:
        left = set(self.exports.left(self.phase.key))
        parts = [part for part in self.exports.manifest(self.phase.key) or [] if part["key"] in left]
        return {"bucket": self.exports.bucket, "key": self.exports.put_left(self.phase.key, parts)} if parts else None


def sync_part(road: Road, phase: Phase, records: Sequence[Record]) -> Tally:
    return sync_page(road, phase.where, Page(phase.name, records, None))


def total(road: Road, exports: Exports, phase: Phase) -> int:
    """How many records a phase will look at: those it exported, once for each flow."""
    exported: int = sum(part["count"] for part in exports.manifest(phase.key) or [])
    return exported * len(road.flows.of(phase.where, phase.name))


def close(road: Road, cursors: Cursors, exports: Exports, began: datetime) -> None:
    """Let the pulls begin where the export began. Raises Rejected when a part was not handled."""
    left = exports.left()
    if left:
        raise Rejected(
            f"{len(left)} parts of the initial sync could not be handled.",
            remedy="Look at the problems of the run, and start it again: only what is left is done.",
        )
    for where in Where:
        for name in road.flows.names(where):
            cursors.save(where, name, Cursor(began).back(OVERLAP))
