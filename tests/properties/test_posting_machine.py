"""Whatever people, crashes and the network do: what is posted is in the books once, and anything else not at all.

The flow, the composer, the verbs of posting, the road, the merge and the links are the real ones. Messages come in
order, and again until they were handled.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.properties.test_convergence import MOMENTS, Crash, Trouble, Troubled
from tests.properties.test_convergence import Road as Bare
from timebridge.changes import Change, Where
from timebridge.choices import overlaid
from timebridge.errors import Transient
from timebridge.flows import Direction, Flow, Flows
from timebridge.flows import field as line
from timebridge.links import State
from timebridge.memory import MemoryCursors, MemoryLinks, MemorySide
from timebridge.postings import posting
from timebridge.postings.composing import Composed, Desk
from timebridge.postings.orders import Order
from timebridge.providers.quickbooks_online import time_activities
from timebridge.pull import pull
from timebridge.runs import Tally
from timebridge.store.postings import Selection
from timebridge.sync import Batch, sync_batch

HERE = "books"
TIME = "quickbooks_online.time_activity"
LISTS = {"employee": ("staff", "Employee"), "item": ("labour_code", "Item"), "job": ("project", "Customer")}
NEEDED = {"employee", "item", "job", "time_activity"}


def flows(auto: bool) -> Flows:
    """The real flow of time, over lists that are as simple as can be."""
    named = [
        Flow(f"quickbooks_online.{name}", kind, object, (line("name", "DisplayName"),), deletions=Direction.IN)
        for name, (kind, object) in LISTS.items()
    ]
    [time] = time_activities.flows(chosen(auto))
    gone = {name: {"off": True} for name in time.parent_flows if name.rpartition(".")[2] not in NEEDED}
    others = [Flow(name, "class", name, (line("name", "DisplayName"),)) for name in gone]
    return Flows(flow.at(HERE) for flow in overlaid([*named, *others, time], gone))


def chosen(auto: bool) -> dict[str, Any]:
    return {"posting": {"time": {"auto": auto, "approved_only": False}}}


@dataclass
class Marks:
    """What `store.postings` does, in memory, and with trouble."""

    space: MemorySide
    trouble: Trouble
    queue: list[Change]

    def mark(self, kind: str, ids: Sequence[str], values: Mapping[str, Any]) -> int:
        for id in ids:
            self.trouble.strike("before save")
            now = self.space.there(kind).get(id)
            if now is not None:
                self.space.put(kind, {**now.values, **values}, id)
        return len(ids)


@dataclass
class Road(Bare):
    connection: Any = field(default_factory=lambda: SimpleNamespace(tenant="t", id=HERE))
    calls: int = 0


class Books(RuleBasedStateMachine):
    auto = False

    def __init__(self) -> None:
        super().__init__()
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.trouble, self.links, self.cursors = Trouble(), MemoryLinks(), MemoryCursors()
        self.space = MemorySide("o", keyed_ids=True, now=self.tick)
        self.theirs = MemorySide("t", now=self.tick, batch_limit=3)
        self.queue: list[Change] = []
        self.patch = pytest.MonkeyPatch()
        marks = Marks(self.space, self.trouble, self.queue)
        self.patch.setattr(posting, "Postings", lambda *_: marks)
        ids, all_flows = count(1), flows(self.auto)
        links = Troubled(self.links, self.trouble)
        desk = Desk(self.space, links, all_flows, chosen(self.auto), HERE)
        self.road = Road(
            Composed(Troubled(self.space, self.trouble), desk),
            Troubled(self.theirs, self.trouble),
            links,
            all_flows,
            self.tick,
            lambda kind: f"{kind}-{next(ids)}",
            lambda kind, loser, _: self.space.remove(kind, loser),
        )
        self.fresh = count(1)
        self.orders: list[tuple[str, str]] = []
        self.removed: set[str] = set()
        self.edited: set[str] = set()
        for name in ("staff", "labour_code", "project"):
            self.space.put(name, {"name": name}, f"{name}1")
        pull(self.road, self.cursors)
        for hours in (1, 2):
            self.somebody_records_time(hours, "approved")
            self.orders.append(("post", f"e{hours}"))
            self.the_worker_carries_an_order_out()

    def tick(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time

    def entry(self, number: int) -> str | None:
        there = sorted(self.space.there("time_entry"))
        return there[number % len(there)] if there else None

    def put(self, id: str, **values: Any) -> None:
        now = self.space.there("time_entry").get(id)
        self.space.put("time_entry", {**(now.values if now else {}), **values}, id)
        self.queue.append(Change(Where.OURS, "time_entry", id))

    # --- people in the workspace -------------------------------------------------------------------------------------

    @rule(hours=st.integers(1, 3), status=st.sampled_from(["draft", "approved", "approved"]))
    def somebody_records_time(self, hours: int, status: str) -> None:
        id = f"e{next(self.fresh)}"
        whose = {"staff": "staff1", "project": "project1", "labour_code": "labour_code1", "work_date": "2026-01-01"}
        self.put(id, **whose, notes=f"of {id}", hours=Decimal(hours), status=status, rate=Decimal(9))

    @rule(number=st.integers(0, 50), hours=st.integers(1, 3))
    def somebody_edits_it(self, number: int, hours: int) -> None:
        if id := self.entry(number):
            self.put(id, hours=Decimal(hours))

    @rule(number=st.integers(0, 50))
    def somebody_reopens_it(self, number: int) -> None:
        if id := self.entry(number):
            self.put(id, status="draft", posted_to=None)

    @rule(number=st.integers(0, 50))
    def somebody_approves_it(self, number: int) -> None:
        if id := self.entry(number):
            self.put(id, status="approved")

    @rule(number=st.integers(0, 50))
    def somebody_deletes_it(self, number: int) -> None:
        if id := self.entry(number):
            self.space.remove("time_entry", id)
            self.queue.append(Change(Where.OURS, "time_entry", id))

    @rule(number=st.integers(0, 50), what=st.sampled_from(["post", "withdraw", "repost"]), at_once=st.booleans())
    def somebody_orders(self, number: int, what: str, at_once: bool) -> None:
        if id := self.entry(number):
            self.orders.append((what, id))
            if at_once:
                self.the_worker_carries_an_order_out()

    # --- the bookkeeper ----------------------------------------------------------------------------------------------

    def activity(self, number: int) -> str | None:
        posted = sorted(self.theirs.there("TimeActivity"))
        return posted[number % len(posted)] if posted else None

    @rule(number=st.integers(0, 50))
    def the_bookkeeper_takes_one_out(self, number: int) -> None:
        if id := self.activity(number):
            self.removed.add(self.owner(id))
            self.edited.discard(id)
            self.theirs.remove("TimeActivity", id)
            self.queue.append(Change(Where.THEIRS, "TimeActivity", id))

    @rule(number=st.integers(0, 50))
    def the_bookkeeper_edits_one(self, number: int) -> None:
        if id := self.activity(number):
            self.edited.add(id)
            values = self.theirs.there("TimeActivity")[id].values
            self.theirs.put("TimeActivity", {**values, "Hours": 77}, id)
            self.queue.append(Change(Where.THEIRS, "TimeActivity", id))

    # --- the worker --------------------------------------------------------------------------------------------------

    @rule(moment=st.sampled_from(MOMENTS), loud=st.booleans())
    def trouble_is_near(self, moment: str, loud: bool) -> None:
        def strike() -> None:
            raise Crash if loud else Transient("The answer was lost.")

        self.trouble.armed.append((moment, strike))

    @rule()
    @precondition(lambda self: self.orders)
    def the_worker_carries_an_order_out(self) -> None:
        if self.survive(self.carry_out):
            self.orders.pop(0)

    def carry_out(self) -> None:
        what, id = self.orders[0]
        records = [record for record in self.space.read("time_entry", [id]) if not record.gone]
        order = Order("time", Selection((id,)))
        posting.STEPS[what](self.road, order, "time_entry", records, Tally())  # type: ignore[arg-type]

    @rule(numbers=st.lists(st.integers(0, 50), min_size=1, max_size=4))
    @precondition(lambda self: self.queue)
    def any_notices_arrive(self, numbers: list[int]) -> None:
        some = [self.queue[number % len(self.queue)] for number in numbers]
        self.survive(lambda: sync_batch(self.road, Batch(self.road.flows[TIME], some)))

    @rule()
    def the_hourly_pull_runs(self) -> None:
        self.time += timedelta(hours=1)
        self.survive(lambda: pull(self.road, self.cursors))

    @staticmethod
    def survive(action: Callable[[], object]) -> bool:
        try:
            action()
        except (Crash, Transient):
            return False
        return True

    # --- what holds --------------------------------------------------------------------------------------------------

    def owner(self, activity: str) -> str:
        return str(self.theirs.records["TimeActivity"][activity].values["Description"]).removeprefix("of ")

    def copies(self) -> Counter[str]:
        return Counter(self.owner(id) for id in self.theirs.there("TimeActivity"))

    @invariant()
    def never_twice(self) -> None:
        assert max(self.copies().values(), default=0) <= 1

    @invariant()
    def what_the_bookkeeper_made_of_it_stays(self) -> None:
        there = self.theirs.there("TimeActivity")
        assert all(there[id].values["Hours"] == 77 for id in self.edited)

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.patch.undo()

    def settle(self) -> None:
        self.trouble.armed.clear()
        while self.orders:
            self.carry_out()
            self.orders.pop(0)
        for _ in range(6):
            self.time += timedelta(days=2)
            pull(self.road, self.cursors)
        copies = self.copies()
        touched = self.removed | {self.owner(id) for id in self.edited}
        for id, entry in self.space.there("time_entry").items():
            wanted = entry.values.get("posted_to") == HERE or (self.auto and entry.values.get("posted_to") is None)
            expected = int(wanted and entry.values["status"] in ("submitted", "approved"))
            if id not in touched and (expected == 1 or not self.stays(id)):
                assert copies[id] == expected, id
        gone = set(copies) - set(self.space.there("time_entry")) - touched
        assert not gone, "a copy of an entry that is gone"
        for link in self.links.by_ours.get(TIME, {}).values():
            assert link.state is not State.PARKED or link.ours in touched, link

    def stays(self, id: str) -> bool:
        """Posted already, and reopened and approved again before anybody looked: it stays, and shows what changed."""
        entry = self.space.there("time_entry")[id].values
        return entry.get("posted_to") is None and entry["status"] in ("submitted", "approved")


class PostingByItself(Books):
    auto = True


PROFILE = settings(
    max_examples=int(os.environ.get("TIMEBRIDGE_EXAMPLES", "200")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

TestBooks = Books.TestCase
TestBooks.settings = PROFILE
TestPostingByItself = PostingByItself.TestCase
TestPostingByItself.settings = PROFILE
