"""What invoices bill, read with few calls, and how it reads on their lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from timebridge.postings.formats import Entry
from timebridge.records import Record, Values

if TYPE_CHECKING:
    from timebridge.postings.composing import Desk

KINDS = ("time_entry", "expense")
SOLD = {
    "labour_code": "quickbooks_online.item",
    "expense_code": "quickbooks_online.expense_item",
    "item": "quickbooks_online.other_item",
}
"""What can be on a line, by the kind of the record of ours: the flow that knows the item behind it."""

CODES = {"time_entry": "labour_code", "expense": "expense_code"}

type Code = tuple[str, str]
"""Kind and id of what is sold."""


def entries_of(desk: "Desk", invoices: Sequence[Record]) -> dict[str, list[tuple[str, Record]]]:
    """By the id of the invoice, what it bills, with the kinds: found by their projects, in one read for each kind."""
    filled = {record.id: record.values for record in invoices if record.values.get("lines")}
    projects = list(dict.fromkeys(str(values["project"]) for values in filled.values() if values.get("project")))
    found: dict[str, list[tuple[str, Record]]] = {}
    for kind in KINDS if projects else ():
        for record in desk.space.read(kind, projects, by="project"):
            if record.values.get("invoice") in filled:
                found.setdefault(str(record.values["invoice"]), []).append((kind, record))
    return found


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Names of codes, and which of them have an item over there; `defaults`: what is sold where that says nothing."""

    names: Mapping[Code, str]
    linked: frozenset[Code]
    defaults: Mapping[str, Code | None]

    def sold(self, kind: str, values: Values) -> Code | None:
        """What an entry is sold as; None: nothing over there stands for it."""
        name = CODES[kind]
        own = (name, str(values[name])) if values.get(name) else None
        return next((code for code in (own, self.defaults[kind]) if code in self.linked), None)

    def named(self, kind: str, values: Values) -> str | None:
        name = CODES[kind]
        return self.names.get((name, str(values.get(name))))


def catalogue(desk: "Desk", entries: Iterable[tuple[str, Record]], defaults: Mapping[str, Code | None]) -> Catalogue:
    codes = {
        (CODES[kind], str(record.values[CODES[kind]])) for kind, record in entries if record.values.get(CODES[kind])
    }
    codes |= {code for code in defaults.values() if code is not None}
    names: dict[Code, str] = {}
    linked: set[Code] = set()
    for kind, flow in SOLD.items():
        ids = sorted(id for name, id in codes if name == kind)
        names |= {(kind, id): str(values["name"]) for id, values in desk.values(kind, ids).items()}
        linked |= {(kind, id) for id in desk.linked(flow, ids)}
    return Catalogue(names, frozenset(linked), defaults)


def entry_of(
    kind: str, record: Record, sold: Catalogue, class_: Any, people: Mapping[str, Values], linked: bool
) -> Entry:
    values = record.values
    time = kind == "time_entry"
    person = people.get(str(values.get("staff")), {}).get("name")
    return Entry(
        id=record.id,
        date=str(values["work_date" if time else "date"]),
        amount=values.get("amount") or Decimal(0),
        code=sold.sold(kind, values),
        code_name=sold.named(kind, values),
        person=str(person) if person else None,
        text=str(values["notes"]) if values.get("notes") else None,
        hours=values.get("hours") if time else None,
        rate=values.get("charged_rate") if time else None,
        class_=class_,
        linked=linked,
    )
