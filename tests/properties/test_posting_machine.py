"""Whatever people, crashes and the network do: an approved entry is in the books once, any other not at all."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.properties.test_convergence import MOMENTS, Crash, Road, Trouble, Troubled
from timebridge.changes import Change, Where
from timebridge.errors import Transient
from timebridge.flows import Direction, Flow, Flows, one_of, ref
from timebridge.flows import field as line
from timebridge.links import State
from timebridge.memory import MemoryCursors, MemoryLinks, MemorySide
from timebridge.pull import pull
from timebridge.sync import Batch, sync_batch

JOB = Flow("job", "project", "Customer", (line("name", "DisplayName"),), deletions=Direction.IN)
TIME = Flow(
    "time",
    "time_entry",
    "TimeActivity",
    (line("notes", "Description"), ref("project", "CustomerRef.value", "job")),
    direction=Direction.OUT,
    deletions=Direction.OUT,
    posting=True,
    when_ours=one_of("status", "approved"),
)


class Books(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.trouble, self.links, self.cursors = Trouble(), MemoryLinks(), MemoryCursors()
        self.ours = MemorySide("o", keyed_ids=True, now=self.tick)
        self.theirs = MemorySide("t", now=self.tick, batch_limit=3)
        ids = count(1)
        self.road = Road(
            Troubled(self.ours, self.trouble),
            Troubled(self.theirs, self.trouble),
            Troubled(self.links, self.trouble),
            Flows([JOB, TIME]),
            self.tick,
            lambda kind: f"{kind}-{next(ids)}",
            lambda kind, loser, _: self.ours.remove(kind, loser),
        )
        self.fresh = count(1)
        self.queue: list[Change] = []
        self.taken_out: set[str] = set()
        self.ours.put("project", {"name": "P"}, "p1")
        pull(self.road, self.cursors)

    def tick(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time

    def entry(self, number: int) -> str | None:
        there = sorted(self.ours.there("time_entry"))
        return there[number % len(there)] if there else None

    def put(self, id: str, notes: int, status: str) -> None:
        self.ours.put("time_entry", {"notes": str(notes), "status": status, "project": "p1"}, id)
        self.queue.append(Change(Where.OURS, "time_entry", id))

    @rule(notes=st.integers(0, 2), status=st.sampled_from(["draft", "submitted", "approved"]))
    def somebody_records_time(self, notes: int, status: str) -> None:
        self.put(f"e{next(self.fresh)}", notes, status)

    @rule(number=st.integers(0, 50), notes=st.integers(0, 2), status=st.sampled_from(["draft", "approved", "approved"]))
    def somebody_approves_or_reopens_it(self, number: int, notes: int, status: str) -> None:
        if id := self.entry(number):
            self.put(id, notes, status)

    @rule(number=st.integers(0, 50))
    def somebody_deletes_it(self, number: int) -> None:
        if id := self.entry(number):
            self.ours.remove("time_entry", id)
            self.queue.append(Change(Where.OURS, "time_entry", id))

    @rule(number=st.integers(0, 50))
    def the_bookkeeper_takes_one_out(self, number: int) -> None:
        posted = sorted(self.theirs.there("TimeActivity"))
        if posted:
            id = posted[number % len(posted)]
            self.theirs.remove("TimeActivity", id)
            self.taken_out.add(id)
            self.queue.append(Change(Where.THEIRS, "TimeActivity", id))

    @rule(moment=st.sampled_from(MOMENTS), loud=st.booleans())
    def trouble_is_near(self, moment: str, loud: bool) -> None:
        def strike() -> None:
            raise Crash if loud else Transient("The answer was lost.")

        self.trouble.armed.append((moment, strike))

    @rule(numbers=st.lists(st.integers(0, 50), min_size=1, max_size=4))
    @precondition(lambda self: self.queue)
    def any_notices_arrive(self, numbers: list[int]) -> None:
        some = [self.queue[number % len(self.queue)] for number in numbers]
        self.survive(lambda: sync_batch(self.road, Batch(TIME, some)))

    @rule()
    def the_hourly_pull_runs(self) -> None:
        self.time += timedelta(hours=1)
        self.survive(lambda: pull(self.road, self.cursors))

    @staticmethod
    def survive(action: Callable[[], object]) -> None:
        try:
            action()
        except (Crash, Transient):
            return

    def teardown(self) -> None:
        self.trouble.armed.clear()
        for _ in range(6):
            self.time += timedelta(days=2)
            pull(self.road, self.cursors)
        copies: dict[str, int] = {}
        of = {link.theirs: link.ours for link in self.links.by_ours.get("time", {}).values()}
        for id in self.theirs.there("TimeActivity"):
            assert id in of, "a copy that no link knows"
            copies[of[id]] = copies.get(of[id], 0) + 1
        untouched = {of.get(id) for id in self.taken_out}
        for id, entry in self.ours.there("time_entry").items():
            approved = entry.values["status"] == "approved"
            assert copies.pop(id, 0) in ({int(approved)} if id not in untouched else {0, int(approved)}), id
        assert not copies, "a copy of an entry that is gone"
        parked = [link for link in self.links.by_ours.get("time", {}).values() if link.state is State.PARKED]
        assert not parked


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=int(os.environ.get("TIMEBRIDGE_EXAMPLES", "300")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
