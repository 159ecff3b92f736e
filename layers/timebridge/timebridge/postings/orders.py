"""What somebody asked of the books: which records, page by page, at the desk of one connection."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from timebridge.context import Context
from timebridge.edits import POSTER
from timebridge.errors import Rejected
from timebridge.postings import TYPES
from timebridge.postings.composing import Composed, Desk
from timebridge.records import Record
from timebridge.store.postings import Postings, Selection

PAGE = 300
"""Records that are marked and sent in one go: ten calls."""

ASKED = "asked"
"""Under which name a run keeps what was asked."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asked for. `choices`: of this posting alone, like `closed`."""

    type: str
    selection: Selection
    choices: Mapping[str, str] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        return {"type": self.type, "selection": self.selection.to_data(), "choices": dict(self.choices)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Order":
        return cls(data["type"], Selection.from_data(data["selection"]), data["choices"])


def desk_of(road: Context) -> Desk:
    """Raises Rejected where there are no books."""
    if not isinstance(road.ours, Composed):
        raise Rejected("Nothing is posted to this connection.", remedy="Choose a connection that keeps books.")
    return road.ours.desk


def kinds_of(type: str, selection: Selection) -> tuple[str, ...]:
    """The kinds of what is posted as this type, and selected."""
    return tuple(kind for kind in TYPES[type].kinds if selection.of_kind(kind))


def pages(
    road: Context, order: Order, place: str, size: int = PAGE
) -> Iterator[tuple[str, str, list[Record], str | None]]:
    """The records of each kind, with where this page started, and where the next one does (None after the last)."""
    kinds, store = kinds_of(order.type, order.selection), Postings(road.connection.tenant, POSTER)
    begun, _, inner = place.partition("~")
    for position, kind in enumerate(kinds):
        if begun and kind != begun:
            continue
        begun, start, more = "", inner, True
        while more:
            records, after = store.page(kind, order.selection, start or None, size)
            last = position == len(kinds) - 1
            yield kind, start, records, f"{kind}~{after}" if after else None if last else f"{kinds[position + 1]}~"
            start, more = after or "", after is not None
        inner = ""
