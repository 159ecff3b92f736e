"""A record on its way into the books, as the business rules see it."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.quickbooks import wire
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.references import shown_name
from sandbox.quickbooks.schema import Entity
from sandbox.quickbooks.shape import plain
from sandbox.quickbooks.store import Store, Stored

CENT = Decimal("0.01")


@dataclass
class Draft:
    """`doc` is what will be stored; `before` what is stored now ({} for a create); `sent` what the caller supplied."""

    store: Store
    realm: str
    entity: Entity
    doc: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    options: frozenset[str] = frozenset()
    by_person: bool = False

    @property
    def is_new(self) -> bool:
        return not self.before

    def value(self, name: str, default: Any = None) -> Any:
        return self.doc.get(name, default)

    def ref(self, name: str) -> str | None:
        """The id that reference field `name` holds."""
        found = self.doc.get(name)
        return found["value"] if found else None

    def need(self, *names: str) -> None:
        for name in names:
            if self.doc.get(name) in (None, []):
                raise Fault("2020", name, element=name)

    def get(self, entity: str, id: str | None) -> Stored | None:
        return self.store.get(self.realm, entity, id) if id else None

    def point(self, name: str, entity: str, id: str) -> None:
        """Sets a reference the caller left out."""
        target = self.get(entity, id)
        if target and not self.doc.get(name):
            self.doc[name] = {"value": id, "name": shown_name(target)}

    def preference(self, group: str, name: str, default: Any = False) -> Any:
        found = self.store.get(self.realm, "Preferences", "1")
        return found.doc.get(group, {}).get(name, default) if found else default

    def other_preference(self, name: str) -> bool:
        pairs = self.preference("OtherPrefs", "NameValue", [])
        return any(pair["Name"] == name and pair["Value"] == "true" for pair in pairs)

    def today(self) -> str:
        return self.store.today().astimezone(wire.PACIFIC).date().isoformat()


def money(value: Any) -> Decimal:
    """An amount in cents, rounded half up. Nothing counts as zero."""
    return Decimal(str(value or 0)).quantize(CENT, ROUND_HALF_UP)


def amount(value: Decimal) -> float | int:
    return plain(value.quantize(CENT, ROUND_HALF_UP))


def number(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def total(*values: Any) -> Decimal:
    return sum((money(value) for value in values), Decimal())
