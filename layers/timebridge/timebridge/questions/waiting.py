"""What waits for a person, across all connections of a tenant: parked pairs, questions, and conflicts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from typing import Any

from timebridge import presets
from timebridge.flows import Flow
from timebridge.links import Link, Problem, State
from timebridge.store import waiting as marks
from timebridge.store.links import ASIDE, CONFLICT, PARKED, DynamoLinks
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Status
from timebridge.wording import spoken

LOOKED_AT = 2_000
"""How many that wait are looked at, at most, for a list of them."""

MANY = 200

QUOTED = re.compile(r"“[^”]*”|\b[\w.-]*\d[\w.,:-]*")
"""What tells the reason of one record from the same reason of another: names, numbers, ids."""


class Sort(StrEnum):
    """`parked`: it was refused, and is tried again; `question`, `conflict`: a person decides."""

    PARKED = "parked"
    QUESTION = "question"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Waiting:
    connection: Connection
    flow: Flow
    link: Link
    sort: Sort

    @property
    def problem(self) -> Problem:
        return self.link.problem or _clash(self.link)

    @property
    def field(self) -> str | None:
        """The value of ours that it is about; the provider's word for it where no line of the flow carries it."""
        said = self.problem.field
        line = next((line for line in self.flow.fields if said and (line.ours == said or said in line.theirs)), None)
        return line.ours if line else said

    @property
    def like(self) -> str:
        """The same for all that are alike: what waits for the same reason in the same flow."""
        problem = self.problem
        reason = QUOTED.sub("…", problem.reason)
        said = (self.connection.id, self.flow.name, self.sort, problem.cause, problem.trouble, self.field or "", reason)
        return sha256("\n".join(said).encode()).hexdigest()[:12]

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Where it stands among all: the latest first."""
        since = self.problem.since or self.problem.retry_at
        return _backwards(since), self.connection.id, self.flow.name, self.link.ours


@dataclass(frozen=True, slots=True)
class Which:
    """Which of them. `q`: a text that name, reason, field or one of the ids holds. `aside`: those that are set aside
    instead; they wait for nobody."""

    connection: str | None = None
    flow: str | None = None
    kind: str | None = None
    sort: Sort | None = None
    trouble: str | None = None
    cause: str | None = None
    field: str | None = None
    like: str | None = None
    q: str = ""
    aside: bool = False

    def watches(self, connection: Connection, flow: Flow) -> bool:
        pairs = ((self.connection, connection.id), (self.flow, flow.name), (self.kind, flow.kind))
        return all(wanted in (None, found) for wanted, found in pairs)

    def fits(self, waiting: Waiting) -> bool:
        problem = waiting.problem
        pairs = ((self.trouble, problem.trouble), (self.cause, problem.cause), (self.field, waiting.field))
        return all(wanted in (None, found) for wanted, found in pairs) and _says(waiting, self.q)

    @property
    def places(self) -> tuple[str, ...]:
        """Where they stand among the links."""
        if self.aside:
            return (ASIDE,)
        return (PARKED, CONFLICT) if self.sort is None else (CONFLICT if self.sort is Sort.CONFLICT else PARKED,)


EVERYTHING = Which()


def waiting(tenant: str, which: Which = EVERYTHING, most: int | None = LOOKED_AT) -> list[Waiting]:
    """Those that fit, whatever they are like, the latest first. At most so many are looked at."""
    found = (each for connection in connections_of(tenant) for each in _on(connection, which))
    fit = [each for each in islice(found, most) if which.sort in (None, each.sort) and which.fits(each)]
    return sorted(fit, key=lambda each: each.place)


def of_link(connection: Connection, flow: Flow, link: Link) -> Waiting | None:
    """None: it does not wait for anybody."""
    if link.state is State.PARKED:
        return Waiting(connection, flow, link, Sort.QUESTION if link.question else Sort.PARKED)
    return Waiting(connection, flow, link, Sort.CONFLICT) if link.conflicts else None


def count(tenant: str) -> dict[str, marks.Waiting]:
    """How many there are, by connection: none of them is read."""
    return {
        connection.id: marks.waiting(tenant, connection.id, [flow.name for flow in presets.flows_of(connection)])
        for connection in connections_of(tenant)
    }


def connections_of(tenant: str) -> list[Connection]:
    """Those on which something can wait."""
    return [found for found in Connections().of(tenant) if found.status is not Status.CLOSED]


def _on(connection: Connection, which: Which) -> Iterator[Waiting]:
    """Flows in which nothing ever waited are not asked."""
    marked = marks.marked(f"{connection.tenant}#{connection.id}")
    for flow in presets.flows_of(connection):
        if flow.name in marked and which.watches(connection, flow):
            for place in which.places:
                yield from _in(connection, flow, place)


def _in(connection: Connection, flow: Flow, place: str) -> Iterator[Waiting]:
    store, next = DynamoLinks(connection.tenant, connection.id), ""
    while next is not None:
        links, next = store.waiting(flow.name, place, next or None, MANY)  # type: ignore[assignment]
        yield from (found for link in links if (found := of_link(connection, flow, link)))


def _clash(link: Link) -> Problem:
    fields = ", ".join(spoken(each.field) for each in link.conflicts)
    said = f"Both sides changed {fields}, and nobody has decided yet."
    field = link.conflicts[0].field if len(link.conflicts) == 1 else None
    name = str((link.base or {}).get("name") or "") or None
    return Problem(said, "Decide which value counts.", field, 0, None, "Conflict", "conflict", about=name)


def _says(waiting: Waiting, text: str) -> bool:
    problem, link, wanted = waiting.problem, waiting.link, text.strip().casefold()
    about = problem.about or (link.question.about if link.question else None)
    said: tuple[Any, ...] = (about, problem.reason, problem.field, waiting.field, link.ours, link.theirs, problem.trace)
    return not wanted or any(wanted in str(each).casefold() for each in said if each)


def _backwards(moment: datetime | None) -> str:
    """Sorts later moments first, and none last."""
    return f"{10**11 - (moment.timestamp() if moment else 0):017.3f}"
