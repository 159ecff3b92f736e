"""A side: anything with `changed`, `read` and `write`. The workspace is a side like any other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from timebridge.errors import SyncError
from timebridge.records import Record, Values


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A position in a feed of changes: everything up to and including (stamp, id) was handed over."""

    stamp: datetime
    id: str = ""

    def back(self, overlap: timedelta) -> "Cursor":
        return Cursor(self.stamp - overlap)


@dataclass(frozen=True, slots=True)
class Page:
    """Records of one kind or object that changed, oldest first, and the position after them.

    `unsure`: what was deleted meanwhile may be missing, and has to be looked for among what is linked.
    """

    name: str
    records: Sequence[Record]
    cursor: Cursor | None
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Create:
    """Create a record so that a repetition cannot create a second one.

    `record` is our record's id: the workspace uses it as the id, Salesforce as the external id. `request` and `item`
    name this attempt (one request id per batch, one item per record): a repetition carries the same two.
    `repeated`: an earlier attempt may have landed; a side that cannot recognise it by key looks before it creates.
    `forced`: a person wants it even though the side takes it for the double of a record that is there.
    """

    record: str
    values: Values
    request: str
    item: str
    repeated: bool = False
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Set the given values, only if the record still has this version."""

    id: str
    values: Values
    version: str | None


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete, archive or deactivate, as the side does it, only if the record still has this version."""

    id: str
    version: str | None


type Write = Create | Update | Delete


@dataclass(frozen=True, slots=True)
class Written:
    """`version` is None when the side does not tell: the next write then reads first."""

    id: str
    version: str | None


class Side(Protocol):
    @property
    def batch_limit(self) -> int:
        """How many writes travel in one call."""

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        """Pages of what changed after each cursor, by kind or object name, in the order of the mapping.

        A cursor of None asks for everything there is. Deleted records come with `gone`.
        """

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        """The records whose id, or whose field `by`, is one of the keys (text compared without regard to case).

        A record that is not there is left out; one that is archived or deleted may be left out or come with `gone`.
        """

    def similar(self, name: str, starts: Sequence[str], by: str) -> list[Record] | None:
        """Records whose field `by` begins with one of the texts, whatever the case; more may come.

        They may hold no more than that field, and it may be folded. Deleted and archived ones may be left out. None:
        the side cannot search, and `read` finds what it can.
        """

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        """One outcome per write, in order: written, or `Stale`, or `Rejected` with reason and remedy.

        Raises Transient, Disconnected or Misconfigured when the call as a whole failed; any part may have landed.
        """
