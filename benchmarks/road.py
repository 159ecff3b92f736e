"""A road whose own side, links and cursors are in memory, and the initial sync on it as the state machine does it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from timebridge import initial_sync
from timebridge.changes import Where
from timebridge.flows import Flows
from timebridge.initial_sync import Export, Exporter, Phase
from timebridge.links import Links
from timebridge.memory import MemoryCursors, MemoryLinks, MemorySide
from timebridge.pull import pull, sync_page
from timebridge.records import Record
from timebridge.runs import Tally
from timebridge.sides import Side
from timebridge.sync import Brake


@dataclass
class MemoryRoad:
    theirs: Side
    flows: Flows
    ours: Any = field(default_factory=lambda: MemorySide(keyed_ids=True))
    links: Links = field(default_factory=MemoryLinks)
    cursors: MemoryCursors = field(default_factory=MemoryCursors)
    brake: Brake = field(default_factory=Brake)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_id(self, kind: str) -> str:
        return f"{kind}_{next(self.numbers)}"

    def merge_ours(self, kind: str, loser: str, survivor: str) -> None:
        raise RuntimeError(f"The {kind} {loser} was merged into {survivor}")

    def pull(self) -> Tally:
        return pull(self, self.cursors)


@dataclass
class MemoryExports:
    """Parts of an export, as `store.exports` keeps them in a bucket."""

    parts: dict[str, Sequence[Record]] = field(default_factory=dict)
    manifests: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    bucket: str = "memory"

    def put_part(self, phase: str, number: int, records: Sequence[Record]) -> None:
        self.parts[self.part_key(phase, number)] = records

    def part_key(self, phase: str, number: int) -> str:
        return f"{phase}/{number:06d}"

    def part(self, key: str) -> list[Record] | None:
        found = self.parts.get(key)
        return None if found is None else list(found)

    def manifest(self, phase: str) -> list[dict[str, Any]] | None:
        return self.manifests.get(phase)

    def put_manifest(self, phase: str, parts: Sequence[Mapping[str, Any]]) -> None:
        self.manifests[phase] = [dict(part) for part in parts]

    def put_left(self, phase: str, parts: Sequence[Mapping[str, Any]]) -> str:
        return f"{phase}/left/{len(parts)}"

    def left(self, phase: str = "") -> list[str]:
        return sorted(key for key in self.parts if key.startswith(phase))


def initially_synced(road: MemoryRoad, exporter: Exporter) -> Tally:
    """Phase by phase: export to the end, then part by part; at the end the cursors are set for the pulls."""
    began, tally, exports = road.now(), Tally(), MemoryExports()
    for phase in initial_sync.phases(road.flows):
        exported(road, exporter, exports, phase, began)
        for key in exports.left(phase.key):
            tally.add(initial_sync.sync_part(road, phase, exports.parts[key]))
            del exports.parts[key]
    initial_sync.close(road, road.cursors, exports, began)
    return tally


def exported(road: MemoryRoad, exporter: Exporter, exports: MemoryExports, phase: Phase, began: datetime) -> None:
    export = Export(road, exporter, exports, phase, late=lambda: False, began=began)
    state: Mapping[str, Any] | None = None
    while not (answer := export.step(state))["done"]:
        state = answer["export"]


def take_in(road: MemoryRoad, name: str) -> Tally:
    tally = Tally()
    for page in road.theirs.changed({name: None}):
        tally.add(sync_page(road, Where.THEIRS, page))
    return tally
