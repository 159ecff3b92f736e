"""Sides that hold back: one that writes only as long as it may, and one that is never written."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from timebridge.errors import SyncError
from timebridge.records import Record, Values
from timebridge.sides import Create, Cursor, Page, Side, Update, Write, Written

UNTOLD = "supposed"
"""The version of what was never written."""

NEW = "new~"
"""Begins the id that a record would get over there."""


@dataclass
class Stoppable:
    """A side that asks before every write; `check` raises when it may not be written any more."""

    side: Side
    check: Callable[[], None]

    @property
    def batch_limit(self) -> int:
        return self.side.batch_limit

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        return self.side.changed(cursors)

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        return self.side.read(name, keys, by)

    def similar(self, name: str, starts: Sequence[str], by: str) -> list[Record] | None:
        return self.side.similar(name, starts, by)

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        self.check()
        return self.side.write(name, writes)


@dataclass
class Still(Stoppable):
    """A side that is read as ever. Of each write it says that it went well, and remembers what was to be changed."""

    check: Callable[[], None] = lambda: None
    ours: bool = False
    updates: dict[str, dict[str, Values]] = field(default_factory=lambda: defaultdict(dict))

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        return [self._supposed(name, write) for write in writes]

    def _supposed(self, name: str, write: Write) -> Written:
        if isinstance(write, Create):
            return Written(write.record if self.ours else f"{NEW}{write.record}", UNTOLD)
        if isinstance(write, Update):
            self.updates[name][write.id] = write.values
        return Written(write.id, UNTOLD)
