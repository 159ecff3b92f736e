"""What waits on a connection, counted without looking at the pairs that do not.

Pairs that wait stand in an index of their flow. In which flows any ever waited is marked before the first of them is
saved, so that a count asks for those alone, not for each of forty.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from timebridge.errors import Unlinked
from timebridge.links import Link, State
from timebridge.store.tables import LinkItem

CONFLICT, PARKED, PENDING = "conflict#", f"{State.PARKED}#", f"{State.PENDING}#"
QUESTION = f"{PARKED}question#"
MARK = "waits#"

COUNTED = 500
"""How many of a flow are counted at most: beyond it nobody reads the number."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many pairs of a connection wait, and for what.

    `pending`: a write is under way. `behind`: for a record they refer to, which is not linked yet. `failing`: refused,
    and tried again. `questions`, `conflicts`: for a person. `more`: a flow has more than are counted.
    """

    pending: int = 0
    behind: int = 0
    failing: int = 0
    questions: int = 0
    conflicts: int = 0
    more: bool = False

    @property
    def by_itself(self) -> int:
        """What goes on without anybody."""
        return self.pending + self.behind

    @property
    def for_people(self) -> int:
        return self.failing + self.questions + self.conflicts


def mark(prefix: str, flows: Iterable[str]) -> None:
    """Remember that pairs of these flows wait, or waited. `prefix`: tenant and connection."""
    for flow in flows:
        LinkItem(prefix, f"{MARK}{flow}").save()


def waits(link: Link) -> bool:
    """Whether a pair is among those that are counted."""
    return link.state in (State.PENDING, State.PARKED) or bool(link.conflicts and link.state is State.LIVE)


def waiting(tenant: str, connection: str, flows: Collection[str]) -> Waiting:
    """Of these flows of a connection, by name."""
    prefix, found, more = f"{tenant}#{connection}", Counter[str](), False
    for flow in marked(prefix):
        if flow in flows:
            counts = Counter(_kinds(f"{prefix}#{flow}"))
            more |= counts.total() >= COUNTED
            found += counts
    return Waiting(**found, more=more)


def marked(prefix: str) -> list[str]:
    """The flows in which anything ever waited."""
    found = LinkItem.query(prefix, LinkItem.sk.startswith(MARK), consistent_read=True)
    return [item.sk.removeprefix(MARK) for item in found]


def _kinds(pk: str) -> Iterator[str]:
    names, index = ["waiting", "problem"], LinkItem.by_waiting
    for _ in index.query(pk, LinkItem.waiting.startswith(CONFLICT), limit=COUNTED, attributes_to_get=["waiting"]):
        yield "conflicts"
    between = LinkItem.waiting.between(PARKED, f"{PENDING}~")
    for item in index.query(pk, between, limit=COUNTED, attributes_to_get=names):
        yield _kind(item)


def _kind(item: LinkItem) -> str:
    waits = item.waiting or ""
    if waits.startswith(PENDING):
        return "pending"
    if waits.startswith(QUESTION):
        return "questions"
    return "behind" if (item.problem or {}).get("cause") == Unlinked.__name__ else "failing"
