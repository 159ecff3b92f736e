"""Changes: hints that a record, on one side, may have changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from timebridge.records import Record


class Where(StrEnum):
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Change:
    """`name` is the kind (ours) or the object (theirs). `record` is there when the change came with a fresh read.

    `into`: the record of theirs into which this one was merged, as its notice says; nothing else may ever say it.
    """

    where: Where
    name: str
    id: str
    record: Record | None = field(default=None, compare=False)
    into: str | None = field(default=None, compare=False)

    def to_message(self) -> dict[str, str]:
        told = {"into": self.into} if self.into else {}
        return {"where": self.where, "name": self.name, "id": self.id, **told}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> "Change":
        return cls(Where(message["where"]), message["name"], message["id"], into=message.get("into"))


def unique(changes: Iterable[Change]) -> list[Change]:
    """Each record once, in first-seen order; a change that carries the record wins over a bare hint."""
    kept: dict[Change, Change] = {}
    for change in changes:
        before = kept.get(change)
        if before is None or change.record is not None:
            kept[change] = replace(change, into=change.into or before.into) if before else change
        elif change.into:
            kept[change] = replace(before, into=change.into)
    return list(kept.values())


def chunks[T](items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
