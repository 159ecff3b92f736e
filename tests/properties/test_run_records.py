"""A run names exactly the records whose link or side changed in it, whatever happened on both sides before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from timebridge.changes import Where
from timebridge.errors import Rejected, SyncError
from timebridge.flows import Direction, Flow, Flows, Winner
from timebridge.flows import field as line
from timebridge.links import Link
from timebridge.memory import MemoryCursors, MemoryLinks, MemorySide
from timebridge.pull import pull
from timebridge.road import Brake
from timebridge.runs import Deed, Kept, What
from timebridge.sides import Delete, Write, Written

BEGAN = datetime(2026, 11, 21, 9, tzinfo=UTC)
FLOWS = Flows(
    [
        Flow(
            "account",
            "client",
            "Account",
            (line("name", "Name"), line("phone", "Phone")),
            winner=Winner.NOBODY,
            match="name",
            deletions=Direction.BOTH,
        )
    ]
)


class Fussy(MemorySide):
    """Does not take a telephone of three."""

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        return [self._taken(name, write) for write in writes]

    def _taken(self, name: str, write: Write) -> Written | SyncError:
        if not isinstance(write, Delete) and write.values.get("Phone") == 3:
            return Rejected("No telephone is called three.", remedy="Give another one.", field="phone")
        return super().write(name, [write])[0]


@dataclass
class Road:
    clock: datetime = BEGAN
    links: MemoryLinks = field(default_factory=MemoryLinks)
    flows: Flows = FLOWS
    brake: Brake = field(default_factory=lambda: Brake(released=True))
    cursors: MemoryCursors = field(default_factory=MemoryCursors)
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.ours = MemorySide("o", keyed_ids=True, now=self.now)
        self.theirs = Fussy("t", now=self.now, batch_limit=2)

    def now(self) -> datetime:
        return self.clock

    def new_id(self, kind: str) -> str:
        return f"{kind}-{next(self.ids)}"

    def merge_ours(self, kind: str, loser: str, survivor: str) -> object:
        raise NotImplementedError

    def edit(self, where: Where, number: int, values: tuple[int, int] | None) -> None:
        """Of the records there are, or a new one; `values` None: it is deleted."""
        side, name = (self.ours, "client") if where is Where.OURS else (self.theirs, "Account")
        labels = ("name", "phone") if where is Where.OURS else ("Name", "Phone")
        there = sorted(side.there(name))
        id = there[number] if number < len(there) else None
        if values is not None:
            side.put(name, dict(zip(labels, values, strict=True)), id)
        elif id is not None:
            side.remove(name, id)

    def state(self) -> dict[str, tuple[object, ...]]:
        """Of each pair, what the link and both records are; by our id."""
        links: Mapping[str, Link] = self.links.by_ours.get("account", {})
        here, there = self.ours._rows("client"), self.theirs._rows("Account")
        return {
            id: (
                (link.state, link.theirs, link.base, link.conflicts, link.problem) if (link := links.get(id)) else None,
                here.get(id),
                there.get(link.theirs or "") if link else None,
            )
            for id in {*links, *here}
        }


EDIT = st.tuples(st.sampled_from(Where), st.integers(0, 4), st.none() | st.tuples(st.integers(0, 3), st.integers(0, 3)))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(EDIT, max_size=6), min_size=1, max_size=6))
def test_a_run_names_exactly_what_changed_in_it(rounds: list[list[tuple[Where, int, tuple[int, int] | None]]]) -> None:
    road = Road()
    for edits in rounds:
        for where, number, values in edits:
            road.edit(where, number, values)
        before, named = road.state(), list[Deed]()
        tally = Kept(keep=named.extend)
        pull(road, road.cursors, tally=tally)
        tally.hand_over()
        after = road.state()

        assert {deed.ours for deed in named} == {id for id in after if changed(before.get(id), after[id])}
        assert len(named) == len(set(named)) == tally.records.total()
        for what, told in ((What.CREATED_OURS, tally.created_ours), (What.UPDATED_THEIRS, tally.updated_theirs)):
            assert sum(deed.what is what for deed in named) == told
        road.clock += timedelta(hours=2)


def changed(before: tuple[object, ...] | None, after: tuple[object, ...]) -> bool:
    """A record that is merely there, and has no link, was not touched."""
    link, here, _ = before or (None, None, None)
    return after != (before or (None, here, None)) and (after[0] is not None or link is not None)


def test_what_stays_open_is_named_once_and_what_is_done_is_handed_over_by_the_hundred() -> None:
    handed: list[Sequence[Deed]] = []
    tally = Kept(keep=handed.append)
    for number in range(600):
        tally.did(What.CREATED_OURS, "account", f"o{number}", None)
        tally.did(What.PARKED, "account", "o-parked", "t1")
    tally.hand_over()

    assert [len(some) for some in handed] == [500, 101]
    assert tally.records == {(What.CREATED_OURS, "account"): 600, (What.PARKED, "account"): 1}
