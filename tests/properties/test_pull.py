"""The pull misses nothing and does nothing twice, whatever order records turn up in and wherever it is cut off."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from timebridge.changes import Where
from timebridge.flows import Direction, Flow, Flows
from timebridge.flows import field as line
from timebridge.memory import MemoryCursors, MemoryLinks, MemorySide
from timebridge.pull import pull
from timebridge.records import Record
from timebridge.road import Brake
from timebridge.sides import Cursor, Page

BEGAN = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATEST = timedelta(minutes=10)
FLOWS = Flows([Flow("account", "client", "Account", (line("name", "Name"),), direction=Direction.IN)])


@dataclass
class Late(MemorySide):
    """A far side with a clock of its own, whose records become visible later than they are stamped."""

    clock: datetime = BEGAN
    hidden: list[tuple[datetime, Record]] = field(default_factory=list)

    def commit(self, id: str, name: str, stamped: datetime, visible: datetime) -> None:
        version = str(next(self._versions))
        self.hidden.append((visible, Record(id, {"Name": name}, version, stamped)))

    def show(self) -> None:
        seen = [record for visible, record in self.hidden if visible <= self.clock]
        self.hidden = [(visible, record) for visible, record in self.hidden if visible > self.clock]
        for record in sorted(seen, key=lambda each: each.stamp or self.clock):
            self._rows("Account")[record.id] = record

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        self.show()
        return super().changed(cursors)


@dataclass
class Road:
    ours: MemorySide
    theirs: Late
    links: MemoryLinks
    clock: datetime
    flows: Flows = FLOWS
    brake: Brake = field(default_factory=lambda: Brake(released=True))
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def now(self) -> datetime:
        return self.clock

    def new_id(self, kind: str) -> str:
        return f"{kind}-{next(self.ids)}"


class CutOff(Exception):
    pass


@dataclass
class Fragile(MemoryCursors):
    """The pull ends behind so many pages."""

    pages: int = 1000

    def save(self, where: Where, name: str, cursor: Cursor) -> None:
        super().save(where, name, cursor)
        self.pages -= 1
        if not self.pages:
            raise CutOff


STEP = st.tuples(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 600), st.integers(0, 600)), max_size=8),
    st.integers(1, 90),
    st.integers(1, 4),
    st.integers(0, 3),
)
"""Edits (which record, how long ago it was stamped, how late it is seen: seconds), minutes, pages, edits in between."""


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, min_size=1, max_size=12), st.integers(-1800, 1800))
def test_late_commits_equal_stamps_edits_between_pages_and_clock_skew_lose_and_double_nothing(
    steps: list[tuple[list[tuple[int, int, int]], int, int, int]], skew: int
) -> None:
    theirs = Late(page_size=2, clock=BEGAN)
    road = Road(MemorySide("o", keyed_ids=True), theirs, MemoryLinks(), BEGAN + timedelta(seconds=skew))
    cursors, names = Fragile(), count(1)
    for edits, minutes, pages, between in steps:
        for number, before, late in edits:
            stamped = theirs.clock - timedelta(seconds=before // 60 * 60)
            visible = max(theirs.clock, stamped + min(timedelta(seconds=late), LATEST))
            theirs.commit(f"a{number}", f"name {next(names)}", stamped, visible)
        for part in (pages, 1000):
            cursors.pages = part
            try:
                pull(road, cursors)
            except CutOff:
                for number in range(between):
                    theirs.commit(f"a{number}", f"name {next(names)}", theirs.clock, theirs.clock)
        theirs.clock += timedelta(minutes=minutes)
        road.clock += timedelta(minutes=minutes)
    theirs.clock += 2 * LATEST
    road.clock += 2 * LATEST
    cursors.pages = 1000
    pull(road, cursors)
    writes = road.ours.writes
    pull(road, cursors)

    assert road.ours.writes == writes, "a pull that finds nothing new writes nothing"
    links = road.links.find("account", theirs=list(theirs.there("Account")))
    assert len(links) == len(theirs.there("Account")) == len(road.ours.there("client"))
    for link in links:
        theirs_name = theirs.there("Account")[link.theirs or ""].values["Name"]
        assert road.ours.there("client")[link.ours].values["name"] == theirs_name


def test_more_records_of_one_stamp_than_fit_into_a_page_are_got_through_however_often_it_is_cut_off() -> None:
    theirs = Late(page_size=100, clock=BEGAN)
    road = Road(MemorySide("o", keyed_ids=True), theirs, MemoryLinks(), BEGAN + timedelta(days=1))
    for number in range(2100):
        theirs.commit(f"a{number:05}", f"name {number}", BEGAN, BEGAN)
    cursors, cuts = Fragile(pages=1), 0
    while True:
        try:
            pull(road, cursors)
            break
        except CutOff:
            cuts, cursors.pages = cuts + 1, 1
    seen = theirs.calls["changed"]

    assert len(road.ours.there("client")) == 2100
    assert cuts == 21 + 3, "each page once, and the three of ours that came of them"
    assert pull(road, MemoryCursors(dict(cursors.positions))).seen == 0, "and none of them is read again"
    assert theirs.calls["changed"] == seen + 1
