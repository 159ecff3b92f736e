"""The order in which an initial sync goes through the kinds of records: parents before children, else as one likes.

What is chosen is a wish: whatever it says, nothing comes before what it refers to.
"""

from collections.abc import Iterator, Mapping, Sequence

from timebridge.flows import Flow, Flows
from timebridge.lines import Unfit, listed, shown
from timebridge.wording import spoken
from timebridge.workspace.kinds import KINDS

SETTING = "order"


def parents_of(flows: Flows) -> dict[str, set[str]]:
    """Of each kind the kinds that its records refer to."""
    found: dict[str, set[str]] = {}
    for flow in flows:
        found.setdefault(flow.kind, set()).update(flows[name].kind for name in flow.parent_flows)
    return {kind: parents - {kind} for kind, parents in found.items()}


def ancestors_of(flows: Flows) -> dict[str, set[str]]:
    """The same, with what those refer to in turn."""
    direct = parents_of(flows)
    found: dict[str, set[str]] = {}
    for kind in kinds_in_order(flows):
        found[kind] = direct[kind].union(*(found.get(parent, set()) for parent in direct[kind]))
    return found


def kinds_in_order(flows: Flows, wanted: Sequence[str] = ()) -> list[str]:
    """Every kind of the flows once: as wanted where parents allow it, and the rest as the flows have it."""
    parents = parents_of(flows)
    found: dict[str, None] = {}
    begun: set[str] = set()

    def add(kind: str) -> None:
        if kind in begun or kind not in parents:
            return
        begun.add(kind)
        for parent in (each for each in parents if each in parents[kind]):
            add(parent)
        found[kind] = None

    for kind in (*wanted, *parents):
        add(kind)
    return list(found)


def flows_in_order(flows: Flows, wanted: Sequence[str] = ()) -> list[Flow]:
    place = {kind: number for number, kind in enumerate(kinds_in_order(flows, wanted))}
    return sorted(flows, key=lambda flow: place[flow.kind])


def check(flows: Flows, wanted: Sequence[str]) -> None:
    """Raises Unfit where a child would come before its parent, and for what is no kind."""
    unknown = next((kind for kind in wanted if kind not in KINDS), None)
    if unknown is not None:
        raise Unfit(SETTING, f"There is no kind {shown(unknown)}.", f"There are: {listed(parents_of(flows))}.")
    for child, parent in _reversed(ancestors_of(flows), wanted):
        said = f"{_many(child)} refer to {_many(parent).lower()}, so they cannot come first."
        raise Unfit(SETTING, said, f"Leave {_many(parent).lower()} before {_many(child).lower()}.")


def _reversed(parents: Mapping[str, set[str]], wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place, kind in enumerate(wanted):
        yield from ((kind, later) for later in wanted[place + 1 :] if later in parents.get(kind, ()))


def _many(kind: str) -> str:
    word = spoken(kind).capitalize()
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return word if word == "Staff" else f"{word}es" if word.endswith("s") else f"{word}s"
