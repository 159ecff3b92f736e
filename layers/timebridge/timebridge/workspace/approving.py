"""Who decides about time and expenses: whoever manages the project, or leads the person, and administrators."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NAMES = {"time_entry": "time", "expense": "expenses", "expense_report": "expenses"}
TAKING_BACK = ("reject", "reopen")
"""Moves that take what is posted out of the books again."""

ADMINISTRATOR = "an administrator"
ELSE = f"Ask {ADMINISTRATOR}."


@dataclass(frozen=True, slots=True)
class Decider:
    """Who wants to decide. `staff`: their own record among the staff, if there is one. `everything`: administrators,
    who decide about what is their own as well."""

    staff: str | None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Matter:
    """What is decided about. `person`: whose it is, whom `lead` leads. `managers`: of each project that it touches;
    None for one that has no manager."""

    kind: str
    person: str
    lead: str | None
    managers: frozenset[str | None]
    in_books: bool = False

    @classmethod
    def of(cls, kind: str, values: Mapping[str, Any], lead: str | None, managers: Iterable[str | None]) -> "Matter":
        in_books = bool(values.get("posted_to") or values.get("from_books"))
        return cls(kind, str(values["staff"]), lead, frozenset(managers), in_books)

    @property
    def manager(self) -> str | None:
        """Who manages all of its projects."""
        return next(iter(self.managers)) if len(self.managers) == 1 else None

    @property
    def deciders(self) -> Iterator[tuple[str, str]]:
        """Those of the staff who may decide, each with what they are in this."""
        if self.manager and self.manager != self.person:
            yield self.manager, "the project's manager"
        if self.lead and self.lead not in (self.person, self.manager):
            yield self.lead, "the person's manager"


@dataclass(frozen=True, slots=True)
class Refusal:
    reason: str
    remedy: str


def refusal(decider: Decider, matter: Matter, move: str, names: Mapping[str, str]) -> Refusal | None:
    """Why somebody may not approve, reject or reopen this; None where they may. `names`: of the staff, by id."""
    if decider.everything:
        return None
    others = _said(matter, names)
    if decider.staff == matter.person:
        return Refusal(own_reason(matter.kind), f"Ask {others}.")
    if decider.staff is None or decider.staff not in dict(matter.deciders):
        return Refusal(f"Only {others} may decide about this.", "Ask them." if "," in others else ELSE)
    if matter.in_books and move in TAKING_BACK:
        return Refusal("It is in the books, or on its way there.", f"{ELSE[:-1]} to take it back.")
    return None


def own_reason(kind: str) -> str:
    return f"Nobody decides about their own {NAMES[kind]}."


def _said(matter: Matter, names: Mapping[str, str]) -> str:
    """`the project's manager, Kim Shore, or an administrator`"""
    some = [f"{what}, {names[id]}" for id, what in matter.deciders if id in names]
    return ", or ".join([*some, ADMINISTRATOR])
