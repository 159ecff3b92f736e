"""Changes: hints that a record, on one side, may have changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from timebridge.records import Record


class Where(StrEnum):
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Change:
    """`name` is the kind (ours) or the object (theirs). `record` is there when the change came with a fresh read."""

    where: Where
    name: str
    id: str
    record: Record | None = field(default=None, compare=False)

    def to_message(self) -> dict[str, str]:
        return {"where": self.where, "name": self.name, "id": self.id}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> "Change":
        return cls(Where(message["where"]), message["name"], message["id"])


def unique(changes: Iterable[Change]) -> list[Change]:
    """Each record once, in first-seen order; a change that carries the record wins over a bare hint."""
    kept: dict[Change, Change] = {}
    for change in changes:
        if change not in kept or change.record is not None:
            kept[change] = change
    return list(kept.values())


def chunks[T](items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
