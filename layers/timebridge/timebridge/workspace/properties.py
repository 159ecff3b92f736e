"""What a kind of record holds: typed properties, and how each of them is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from timebridge.records import Value
from timebridge.workspace.readers import Day, Email, Flag, Number, Reader, Text


@dataclass(frozen=True, slots=True)
class Property:
    """One value of a kind. `read` turns what was sent into what is kept; ValueError says what it should be.

    `parent`: the kind it refers to. `computed`: nobody sets it. `decided`: people set it by the moves of the kind only
    (see `MOVES`). `synced`: the sync sets it, people do not.
    `confidential`: for administrators only.
    """

    read: Reader
    required: bool = False
    parent: str | None = None
    computed: bool = False
    decided: bool = False
    default: Value = None
    synced: bool = False
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """`label` orders and finds its records in lists; `key` names a second property by which they can be looked up."""

    name: str
    prefix: str
    properties: Mapping[str, Property]
    label: str = "name"
    key: str | None = None

    @property
    def parent(self) -> str | None:
        """The reference by which its records are listed together, if it has one; the index serves the key else."""
        own = (name for name, found in self.properties.items() if found.parent and not found.synced)
        return None if self.key else next(own, None)

    @property
    def references(self) -> dict[str, str]:
        """The kind that each reference points to."""
        return {name: found.parent for name, found in self.properties.items() if found.parent}


def text(limit: int = 255, *, required: bool = False) -> Property:
    return Property(Text(limit), required)


def money(*, required: bool = False, computed: bool = False) -> Property:
    return Property(Number("0.01"), required, computed=computed)


def hours(most: int | None = None, *, required: bool = False, computed: bool = False) -> Property:
    return Property(Number("0.01", Decimal(0), None if most is None else Decimal(most)), required, computed=computed)


def percent() -> Property:
    return Property(Number("0.01", Decimal(0), Decimal(100)))


def tax_percent() -> Property:
    """Four places, as 8.875 is a rate; a tax that is taken off again is negative."""
    return Property(Number("0.0001", Decimal(-100), Decimal(100)))


def rate(*, confidential: bool = False) -> Property:
    """Money for an hour."""
    return Property(Number("0.01", Decimal(0)), confidential=confidential)


def computed(limit: int = 255) -> Property:
    return Property(Text(limit), computed=True)


def flag(default: bool | None = None) -> Property:
    return Property(Flag(), default=default)


def day(*, required: bool = False) -> Property:
    return Property(Day(), required)


def email() -> Property:
    return Property(Email())


def refers_to(kind: str, *, required: bool = False, computed: bool = False) -> Property:
    return Property(Text(), required, parent=kind, computed=computed)


def image_of(limit: int = 255) -> Property:
    """Text that only the sync sets: what a record is an image of."""
    return Property(Text(limit), synced=True)
