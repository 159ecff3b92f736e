"""Documents as people read them: what a document says, line by line, with names where it holds ids."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from timebridge.records import Value


@dataclass(frozen=True, slots=True)
class Fact:
    """`flows`: those that may have the record over there whose id `value` is; None of them: it is what it says.

    `called`: the name of the record of ours that this is, once it is known.
    """

    name: str
    value: Value
    flows: tuple[str, ...] = ()
    called: str | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """`title`: what kind of document it is over there. `total`: what it comes to, where it is about money."""

    title: str
    facts: tuple[Fact, ...]
    lines: tuple[tuple[Fact, ...], ...] = ()
    total: Decimal | None = None

    def references(self) -> Iterator[Fact]:
        for facts in (self.facts, *self.lines):
            yield from (fact for fact in facts if fact.flows)

    def named(self, name_of: Callable[[Fact], str | None]) -> "Paper":
        """With the names of what it refers to."""

        def told(facts: Iterable[Fact]) -> tuple[Fact, ...]:
            return tuple(replace(fact, called=name_of(fact)) if fact.flows else fact for fact in facts)

        return replace(self, facts=told(self.facts), lines=tuple(map(told, self.lines)))


def looked_up(names: Mapping[tuple[str, str], str], fact: Fact) -> str | None:
    """The name of what a fact refers to, among those that are known by flow and id over there."""
    return next((names[flow, str(fact.value)] for flow in fact.flows if (flow, str(fact.value)) in names), None)
