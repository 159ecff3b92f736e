"""What a provider holds from before: documents of one type that can become records of ours, once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from timebridge.flows import Flow
from timebridge.records import Record, Value, Values
from timebridge.workspace.kinds import kind_of

type Place = tuple[str, str]
"""Object and id of a record of theirs."""


@dataclass(frozen=True, slots=True)
class History:
    """`flow`: under which the pairs are kept; it never goes out. `values`: of ours, but for its references. `refers`:
    which record of theirs each reference of ours is to; the `needed` ones must be linked. `origin`: the record of ours
    that the document was posted from, if it was. `unfit`: why it is left out, if it is."""

    flow: Flow
    values: Callable[[Mapping[str, Any]], dict[str, Value]]
    refers: Callable[[Mapping[str, Any]], dict[str, Place]]
    needed: tuple[str, ...]
    origin: Callable[[Mapping[str, Any]], str | None]
    unfit: Callable[[Mapping[str, Any]], str | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Left:
    """A document that is not imported, and why. `name`: how people know it."""

    theirs: str
    name: str
    reason: str
    remedy: str


def id_of(history: History, connection: str, theirs: str) -> str:
    """The id of the record that a document becomes: the same each time, so that nothing is imported twice."""
    key = f"{connection}/{history.flow.name}/{theirs}"
    return f"{kind_of(history.flow.kind).prefix}_{sha256(key.encode()).hexdigest()[:24]}"


def imported(
    history: History, connection: str, record: Record, known: Mapping[tuple[str, Place], str]
) -> Values | Left:
    """Ours, or why there is none. `known`: by kind and place, the ids of our records that theirs are linked to."""
    origin, unfit = history.origin(record.values), history.unfit(record.values)
    if origin is not None:
        return left(record, "It was posted from here.", "Nothing is to be done.")
    if unfit is not None:
        return left(record, unfit, "Nothing is to be done.")
    kinds, wanted = kind_of(history.flow.kind).references, history.refers(record.values)
    found = {name: known[kinds[name], place] for name, place in wanted.items() if (kinds[name], place) in known}
    missing = next((name for name in history.needed if name not in found), None)
    if missing is not None:
        spoken = missing.replace("_", " ")
        return left(
            record,
            f"Its {spoken} is not in this workspace." if missing in wanted else f"It names no {spoken}.",
            f"Link or synchronise the {spoken}, and import again." if missing in wanted else "Complete it over there.",
        )
    return {**history.values(record.values), **found, "from_books": connection}


def left(record: Record, reason: str, remedy: str) -> Left:
    named = (record.values.get(name) for name in ("TxnDate", "DocNumber"))
    return Left(record.id, " ".join(str(each) for each in named if each), reason, remedy)
