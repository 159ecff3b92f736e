"""What waits on a connection, counted without looking at the pairs that do not.

Pairs that wait stand in an index of their flow. In which flows any do is marked before the first of them is saved, so
that a count asks for those alone, not for each of forty. A mark is taken away once nothing waits there any more.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pynamodb.exceptions import DeleteError

from timebridge.errors import Awaiting, Unlinked
from timebridge.links import Link, State
from timebridge.store.tables import LinkItem

CONFLICT, PARKED = "conflict#", f"{State.PARKED}#"
QUESTION, ASIDE = f"{PARKED}question#", "aside#"
MARK = "waits#"

COUNTED = 500
"""How many of a flow are counted at most: beyond it nobody reads the number."""

OLD = timedelta(hours=1)
"""Nobody is still about to save what a mark was made for so long ago."""

type Mark = tuple[str, str]
"""What waits, CONFLICT, PARKED or ASIDE, and the flow."""

BEHIND = {Unlinked.__name__, Awaiting.__name__}
"""What goes on by itself, once another record does."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many pairs of a connection wait, and for what.

    `behind`: for a record they refer to, which is not linked yet, or for the answer to a question about it. `failing`:
    refused, and tried again. `questions`, `conflicts`: for a person. `aside`: for nobody, as somebody decided.
    `more`: a flow has more than are counted.
    """

    behind: int = 0
    failing: int = 0
    questions: int = 0
    conflicts: int = 0
    aside: int = 0
    more: bool = False

    @property
    def for_people(self) -> int:
        return self.failing + self.questions + self.conflicts


def marks_of(link: Link) -> Iterator[Mark]:
    if link.state is State.PARKED:
        yield ASIDE if link.is_aside else PARKED, link.flow
    if link.state is State.LIVE and link.conflicts:
        yield CONFLICT, link.flow


def mark(prefix: str, marks: Iterable[Mark]) -> None:
    """Remember that pairs like this wait. `prefix`: tenant and connection."""
    now = datetime.now(UTC)
    for what, flow in marks:
        LinkItem(prefix, f"{MARK}{what}{flow}", marked=now).save()


def waiting(tenant: str, connection: str, flows: Collection[str]) -> Waiting:
    """Of these flows of a connection, by name."""
    prefix, found, more = f"{tenant}#{connection}", Counter[str](), False
    for item in _marks(prefix):
        what, flow = _mark(item)
        counts = Counter(_kinds(f"{prefix}#{flow}", what))
        more |= counts.total() >= COUNTED
        if flow in flows:
            found += counts
        if not counts:
            _forget(item)
    return Waiting(**found, more=more)


def marked(prefix: str) -> set[str]:
    """The flows in which something may wait."""
    return {flow for _, flow in map(_mark, _marks(prefix))}


def _marks(prefix: str) -> list[LinkItem]:
    return list(LinkItem.query(prefix, LinkItem.sk.startswith(MARK), consistent_read=True))


def _mark(item: LinkItem) -> Mark:
    what, _, flow = item.sk.removeprefix(MARK).partition("#")
    return f"{what}#", flow


def _forget(mark: LinkItem) -> None:
    """Unless it is young, or was made anew meanwhile."""
    if mark.marked is None or datetime.now(UTC) - mark.marked < OLD:
        return
    try:
        mark.delete(LinkItem.marked == mark.marked)
    except DeleteError:
        return


def _kinds(pk: str, what: str) -> Iterator[str]:
    shown = ["waiting", "problem"] if what == PARKED else ["waiting"]
    found = LinkItem.by_waiting.query(
        pk, LinkItem.waiting.startswith(what), consistent_read=True, limit=COUNTED, attributes_to_get=shown
    )
    yield from map(_kind, found)


def _kind(item: LinkItem) -> str:
    waits = item.waiting or ""
    if waits.startswith(CONFLICT):
        return "conflicts"
    if waits.startswith(QUESTION):
        return "questions"
    if waits.startswith(ASIDE):
        return "aside"
    return "behind" if (item.problem or {}).get("cause") in BEHIND else "failing"
