"""What the road of one connection needs, and what travels on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from timebridge.changes import Change, Where
from timebridge.errors import MassDelete
from timebridge.flows import MANAGED_BY, Flow, Flows
from timebridge.links import Links
from timebridge.records import Record
from timebridge.sides import Side


class Road(Protocol):
    """What the road of one connection needs; `timebridge.context` puts it together."""

    ours: Side
    theirs: Side
    links: Links
    flows: Flows
    brake: "Brake"

    def now(self) -> datetime: ...

    def merge_ours(self, kind: str, loser: str, survivor: str, /) -> object:
        """Make one of two records of ours: whatever refers to the loser refers to the survivor then."""

    def new_id(self, kind: str, /) -> str:
        """A fresh id for a record of ours of the given kind."""


@dataclass
class Brake:
    """Refuses the impossible mass delete: more than `share` of a flow's links in one run, beyond a handful."""

    share: float = 0.2
    handful: int = 10
    released: bool = False
    buried: dict[str, int] = field(default_factory=dict)

    def check(self, flow: str, more: int, links: Links) -> None:
        """Raises MassDelete before anything is deleted."""
        count = self.buried.get(flow, 0) + more
        if not self.released and count > self.handful and count > self.share * (links.count(flow) + count - more):
            raise MassDelete(
                f"This run would delete {count} records, more than a fifth of what is linked.",
                remedy="Check whether they were really deleted. If so, confirm the deletion and run the sync again.",
                flow=flow,
            )
        self.buried[flow] = count


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes of one flow. `required`: something refers to them, so the flow's condition does not hold them back."""

    flow: Flow
    changes: Sequence[Change]
    required: bool = False

    def ids(self, where: Where) -> list[str]:
        return [change.id for change in self.changes if change.where is where]

    def seen(self, where: Where) -> dict[str, Record]:
        """The fresh reads that came along with the changes."""
        return {c.id: c.record for c in self.changes if c.where is where and c.record is not None}

    def qualifies(self, where: Where, record: Record | None) -> bool:
        """Whether the flow would create its copy on the other side. What is an image itself is not carried on."""
        if record is None or (where is Where.OURS and record.values.get(MANAGED_BY) is not None):
            return False
        if where is Where.THEIRS and record.id in self.flow.barred:
            return False
        when = self.flow.when_ours if where is Where.OURS else self.flow.when_theirs
        return self.required or when(record.values)
