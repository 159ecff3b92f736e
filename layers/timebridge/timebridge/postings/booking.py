"""On what a document is booked, in one short text per line: what a bookkeeper has made of it since shows in it.

The lines themselves only go out. A part that is not known (yet) is a question mark, and like any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from timebridge.converters import Converter
from timebridge.records import Value

UNKNOWN, NOBODY = "?", "-"


@dataclass(frozen=True, slots=True)
class Booked:
    """One line in their terms. `on`: item or account, and its id; `customer`, `class_`: ids, if it has them."""

    amount: Decimal
    on: tuple[str, str]
    customer: str | None = None
    class_: str | None = None
    billable: bool = False

    def __str__(self) -> str:
        status = "billable" if self.billable else NOBODY
        return " ".join((f"{self.amount:.2f}", *self.on, self.customer or NOBODY, self.class_ or NOBODY, status))


def booking(lines: Iterable[Booked]) -> str | None:
    return "; ".join(map(str, lines)) or None


def reads_as(ours: Value, theirs: Value) -> bool:
    """Whether two bookings are the same, as far as both are known."""
    if ours is None or theirs is None:
        return ours == theirs
    mine, other = str(ours).split("; "), str(theirs).split("; ")
    return len(mine) == len(other) and all(map(_alike, mine, other))


def _alike(mine: str, other: str) -> bool:
    pairs = zip(mine.split(), other.split(), strict=True)
    return all(one == two or UNKNOWN in (one, two) for one, two in pairs)


BOOKING = Converter(lambda value: value, lambda value: value, reads_as=reads_as)
