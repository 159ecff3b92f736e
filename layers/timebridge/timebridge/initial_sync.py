"""The initial sync: a pull whose cursors are empty, cut into parts because it is large.

Each phase is one kind or object of one side, parents first. Its records are exported to the end, cut into parts, and
each part is handled by itself. A part that was handled is deleted, so taking up a broken run does only what is left.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from timebridge.changes import Where, chunks
from timebridge.errors import Rejected
from timebridge.flows import Flow, Flows
from timebridge.ordering import flows_in_order
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


def phases(flows: Flows, kinds: Collection[str] = (), order: Sequence[str] = ()) -> list[Phase]:
    """Parents first; of each flow their records, then ours that may have no counterpart. Each object is read once.

    `kinds`: only what these need. `order`: of kinds, as far as parents allow it. A phase has its number whatever was
    chosen, so that exports can be taken up.
    """
    numbers = {each: number for number, each in enumerate(_every(flows), 1)}
    chosen = {each for flow in flows if not kinds or flow.kind in kinds for each in _sources(flow)}
    return [Phase(numbers[each], *each) for each in _every(flows_in_order(flows, order)) if each in chosen]


def _every(flows: Iterable[Flow]) -> Iterable[tuple[Where, str]]:
    return dict.fromkeys(each for flow in flows for each in _sources(flow))


class Finding(Protocol):
    """What does not fit (see `providers.provider`)."""

    @property
    def flow(self) -> str: ...

    @property
    def field(self) -> str | None: ...

    @property
    def absent(self) -> bool: ...


def absent(findings: Iterable[Finding], flows: Flows) -> tuple[str, ...]:
    """The lines that have to be left out, and may be: the account does not have their field, and need not."""
    may = {f"{flow.name}.{field.ours}" for flow in flows for field in flow.fields if field.optional}
    return tuple(sorted({f"{each.flow}.{each.field}" for each in findings if each.absent} & may))


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
    """One phase on its way to the bucket. `late`: whether this call must end soon. `began`: when the whole load did.

    `since`: only what changed after it; None: everything.
    """

    road: Road
    exporter: Exporter
    exports: Exports
    phase: Phase
    late: Callable[[], bool]
    began: datetime
    since: Cursor | None = None

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
        theirs = self.phase.where is Where.THEIRS and self.since is None
        job = self.exporter.start_export(self.road.theirs, self.phase.name) if theirs else None
        return Progress(job, 0, [], self.since)

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


def sync_part(road: Road, phase: Phase, records: Sequence[Record], tally: Tally | None = None) -> Tally:
    return sync_page(road, phase.where, Page(phase.name, records, None), tally=tally)


def total(road: Road, exports: Exports, phase: Phase) -> int:
    """How many records a phase will look at: those it exported and that are left, once for each flow."""
    left = set(exports.left(phase.key))
    exported: int = sum(part["count"] for part in exports.manifest(phase.key) or [] if part["key"] in left)
    return exported * len(road.flows.of(phase.where, phase.name))


def close(road: Road, cursors: Cursors, exports: Exports, began: datetime, kinds: Collection[str] = ()) -> None:
    """Let the pulls begin where the export began; what was not chosen goes on from where it is, or begins there too.

    Raises Rejected when a part was not handled.
    """
    done = phases(road.flows, kinds)
    left = [key for phase in done for key in exports.left(phase.key)]
    if left:
        raise Rejected(
            f"{len(left)} parts of the initial sync could not be handled.",
            remedy="Look at the problems of the run, and start it again: only what is left is done.",
        )
    loaded = {(phase.where, phase.name) for phase in done}
    for where in Where:
        for name in road.flows.names(where):
            if kinds and (where, name) not in loaded and cursors.get(where, name) is not None:
                continue
            cursors.save(where, name, Cursor(began).back(OVERLAP))
