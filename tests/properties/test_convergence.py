"""Whatever users, crashes and the network do: both sides end equal, nothing lost, nothing doubled, and at rest."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from timebridge.changes import Change, Where
from timebridge.errors import Rejected, Stale, SyncError, Transient
from timebridge.flows import Confirm, Flow, Flows, Winner, ref
from timebridge.flows import field as line
from timebridge.links import Decision, Link, State
from timebridge.memory import MemoryCursors, MemoryLinks, MemorySide
from timebridge.pull import changes_of, pull
from timebridge.questions import answers
from timebridge.questions.deciding import rebased
from timebridge.records import Record
from timebridge.sides import Create, Cursor, Delete, Page, Write, Written
from timebridge.sync import Batch, Brake, sync_batch

MOMENTS = ["before", "amid", "after", "before save", "after save"]


class Crash(BaseException):
    """The process dies: nothing of ours runs after it."""


@dataclass
class Trouble:
    """At the next write, or the one after, something happens before or after it lands."""

    armed: list[tuple[str, Callable[[], None]]] = field(default_factory=list)

    def strike(self, moment: str) -> None:
        if self.armed and self.armed[0][0] == moment:
            _, action = self.armed.pop(0)
            action()


@dataclass
class Troubled:
    """A side, or links, whose writes meet trouble. Half of a batch may have landed when it strikes."""

    inner: Any
    trouble: Trouble

    @property
    def batch_limit(self) -> int:
        return int(self.inner.batch_limit)

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        self.trouble.strike("before")
        half = len(writes) // 2
        done: list[Written | SyncError] = self.inner.write(name, writes[:half])
        self.trouble.strike("amid")
        done += self.inner.write(name, writes[half:])
        self.trouble.strike("after")
        return done

    def save(self, links: Sequence[Link]) -> list[Link | Stale]:
        self.trouble.strike("before save")
        saved: list[Link | Stale] = self.inner.save(links)
        self.trouble.strike("after save")
        return saved

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        found: Iterator[Page] = self.inner.changed(cursors)
        return found

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        found: list[Record] = self.inner.read(name, keys, by)
        return found

    def find(self, flow: str, *, ours: Sequence[str] = (), theirs: Sequence[str] = ()) -> list[Link]:
        found: list[Link] = self.inner.find(flow, ours=ours, theirs=theirs)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class Referential(MemorySide):
    """Their side minds its references: it refuses dangling ones, and clears those to a record that is deleted."""

    def remove(self, name: str, id: str) -> None:
        super().remove(name, id)
        for child in list(self.there("Opportunity").values()):
            if child.values.get("AccountId") == id:
                self.put("Opportunity", {**child.values, "AccountId": None}, child.id)

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        return [self.refused(name, write) or super(Referential, self).write(name, [write])[0] for write in writes]

    def refused(self, name: str, write: Write) -> Rejected | None:
        if isinstance(write, Create) and self.landed(name, write):
            return None
        parent = None if isinstance(write, Delete) else write.values.get("AccountId")
        if parent is None or parent in self.there("Account"):
            return None
        return Rejected("The account is deleted.", remedy="Restore it, or choose another one.")


@dataclass
class Road:
    ours: Any
    theirs: Any
    links: Any
    flows: Flows
    now: Callable[[], datetime]
    new_id: Callable[[str], str]
    merge_ours: Callable[[str, str, str], None]
    brake: Brake = field(default_factory=lambda: Brake(released=True))


class Machine(RuleBasedStateMachine):
    winner = Winner.OURS
    keyed = False
    match: str | None = None
    confirm = Confirm.NEVER
    names = st.integers(0, 2)

    def __init__(self) -> None:
        super().__init__()
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.trouble = Trouble()
        self.ours = MemorySide("o", keyed_ids=True, now=self.tick)
        self.theirs = Referential("t", keyed_ids=self.keyed, now=self.tick, batch_limit=3)
        self.links = MemoryLinks()
        self.cursors = MemoryCursors()
        self.ids = count(1)
        self.road = Road(
            Troubled(self.ours, self.trouble),
            Troubled(self.theirs, self.trouble),
            Troubled(self.links, self.trouble),
            Flows(self.flows()),
            self.tick,
            lambda kind: f"{kind}-{next(self.ids)}",
            self.merge_ours,
        )
        self.queue: list[Change] = []
        self.made = 0
        pull(self.road, self.cursors)

    def flows(self) -> Iterator[Flow]:
        text = line("a", "A.Text"), line("b", "B")
        yield Flow(
            "client",
            "client",
            "Account",
            text,
            winner=self.winner,
            match=self.match,
            confirm=self.confirm,
            survivor="MasterRecordId",
        )
        yield Flow(
            "project", "project", "Opportunity", (*text, ref("client", "AccountId", "client")), winner=self.winner
        )

    def tick(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time

    def side(self, where: Where) -> MemorySide:
        return self.ours if where is Where.OURS else self.theirs

    def names_of(self, where: Where) -> list[str]:
        return self.road.flows.names(where)

    def pick(self, where: Where, number: int) -> tuple[str, str] | None:
        there = [(name, id) for name in self.names_of(where) for id in sorted(self.side(where).there(name))]
        return there[number % len(there)] if there else None

    def values(self, where: Where, name: str, a: int, b: int, number: int) -> dict[str, Any]:
        parents = sorted(self.side(where).there(self.names_of(where)[0]))
        parent = parents[number % len(parents)] if parents and number % 3 else None
        if where is Where.OURS:
            return {"a": str(a), "b": str(b)} | ({"client": parent} if name == "project" else {})
        return {"A": {"Text": str(a)}, "B": str(b)} | ({"AccountId": parent} if name == "Opportunity" else {})

    @rule(where=st.sampled_from(Where), child=st.booleans(), a=names, b=names, number=st.integers(0, 50))
    def a_user_creates(self, where: Where, child: bool, a: int, b: int, number: int) -> None:
        name = self.names_of(where)[child]
        record = self.side(where).put(name, self.values(where, name, a, b, number), self.fresh(where, name))
        self.made += 1
        self.queue.append(Change(where, name, record.id))

    @rule(a=names, ours=st.integers(1, 2), theirs=st.integers(1, 2))
    def namesakes_are_on_both_sides(self, a: int, ours: int, theirs: int) -> None:
        for where, count_ in ((Where.OURS, ours), (Where.THEIRS, theirs)):
            for number in range(count_):
                self.a_user_creates(where, False, a, number, number)

    def fresh(self, where: Where, name: str) -> str | None:
        return f"{name}-{next(self.ids)}" if where is Where.OURS else None

    @rule(where=st.sampled_from(Where), a=names, b=names, number=st.integers(0, 50))
    def a_user_edits(self, where: Where, a: int, b: int, number: int) -> None:
        if picked := self.pick(where, number):
            name, id = picked
            self.side(where).put(name, self.values(where, name, a, b, number), id)
            self.queue.append(Change(where, name, id))

    @rule(where=st.sampled_from(Where), number=st.integers(0, 50))
    def a_user_deletes(self, where: Where, number: int) -> None:
        if picked := self.pick(where, number):
            self.side(where).remove(*picked)
            self.queue.append(Change(where, *picked))

    @rule(where=st.sampled_from(Where), a=names, b=names, number=st.integers(0, 50))
    def a_user_restores(self, where: Where, a: int, b: int, number: int) -> None:
        gone = [(name, id) for name in self.names_of(where) for id in self.side(where).gone(name)]
        if gone:
            name, id = sorted(gone)[number % len(gone)]
            self.side(where).put(name, self.values(where, name, a, b, number), id)
            self.made += 1
            self.queue.append(Change(where, name, id))

    @rule(number=st.integers(0, 50))
    def a_user_merges_two_accounts(self, number: int) -> None:
        there = sorted(self.theirs.there("Account"))
        if len(there) > 1:
            loser, survivor = there[number % len(there)], there[(number + 1) % len(there)]
            for child in list(self.theirs.there("Opportunity").values()):
                if child.values.get("AccountId") == loser:
                    self.theirs.put("Opportunity", {**child.values, "AccountId": survivor}, child.id)
            self.theirs.put(
                "Account", {**self.theirs.there("Account")[loser].values, **{"MasterRecordId": survivor}}, loser
            )
            MemorySide.remove(self.theirs, "Account", loser)
            self.queue.append(Change(Where.THEIRS, "Account", loser))

    def merge_ours(self, kind: str, loser: str, survivor: str) -> None:
        for child in list(self.ours.there("project").values()):
            if child.values.get(kind) == loser:
                self.ours.put("project", {**child.values, kind: survivor}, child.id)
        if loser in self.ours.there(kind):
            self.ours.remove(kind, loser)

    @rule(number=st.integers(0, 50), new=st.booleans())
    def a_person_answers(self, number: int, new: bool) -> None:
        asked = [(flow, link) for flow in self.road.flows for link in self.asking(flow)]
        if asked:
            self.answer(*asked[number % len(asked)], new=new)

    def asking(self, flow: Flow) -> list[Link]:
        links = self.links.by_ours.get(flow.name, {}).values()
        return [link for link in links if link.question is not None and link.state is State.PARKED]

    def answer(self, flow: Flow, link: Link, new: bool) -> None:
        """That it is the first candidate, or, if it is not free any more or so wanted, a new record."""
        assert link.question is not None
        first = link.question.candidates[0].id
        pair = (first, link.theirs or "") if link.is_stranger else (link.ours, first)
        try:
            if new or pair[0] not in self.ours.there(flow.kind) or pair[1] not in self.theirs.there(flow.object):
                raise Rejected("It is a new one.")
            self.queue += answers.link(self.links, flow, *pair, self.time)
        except Rejected:
            self.queue += answers.create(self.links, flow, link, self.time)

    @rule(number=st.integers(0, 50), take=st.sampled_from(Where))
    def a_person_decides(self, number: int, take: Where) -> None:
        open_ = [(flow, link) for flow in self.road.flows for link in self.clashing(flow)]
        if open_:
            self.decide(*open_[number % len(open_)], take)

    def clashing(self, flow: Flow) -> list[Link]:
        links = self.links.by_ours.get(flow.name, {}).values()
        return [link for link in links if link.conflicts and link.state is State.LIVE]

    def decide(self, flow: Flow, link: Link, take: Where) -> None:
        clash = link.conflicts[0]
        news = Decision(clash.field, clash.base, clash.ours, clash.theirs, take, "a person", self.time)
        self.links.save([rebased(link, clash, news)])
        self.queue += changes_of(flow, link)

    @rule(moment=st.sampled_from(MOMENTS), loud=st.booleans())
    def trouble_is_near(self, moment: str, loud: bool) -> None:
        def strike() -> None:
            raise Crash if loud else Transient("The answer was lost.")

        self.trouble.armed.append((moment, strike))

    @rule(moment=st.sampled_from(MOMENTS), number=st.integers(0, 50))
    @precondition(lambda self: self.queue)
    def another_worker_gets_in_between(self, moment: str, number: int) -> None:
        change = self.queue[number % len(self.queue)]
        self.trouble.armed.append((moment, lambda: self.work([change])))

    @rule(numbers=st.lists(st.integers(0, 50), min_size=1, max_size=4))
    def any_notices_arrive(self, numbers: list[int]) -> None:
        for name in {change.name for change in self.queue}:
            same = [change for change in self.queue if change.name == name]
            self.work([same[number % len(same)] for number in numbers])

    @rule(number=st.integers(0, 50))
    @precondition(lambda self: self.queue)
    def a_notice_is_lost(self, number: int) -> None:
        self.queue.pop(number % len(self.queue))

    @rule()
    def the_hourly_pull_runs(self) -> None:
        self.time += timedelta(hours=1)
        self.survive(lambda: pull(self.road, self.cursors))

    def work(self, changes: Sequence[Change]) -> None:
        for flow in self.road.flows.of(changes[0].where, changes[0].name):
            some = [change for change in changes if change.name == changes[0].name]
            self.survive(lambda flow=flow, some=some: sync_batch(self.road, Batch(flow, some)))

    @staticmethod
    def survive(action: Callable[[], object]) -> None:
        try:
            action()
        except (Crash, Transient):
            return

    def settle(self) -> None:
        self.trouble.armed.clear()
        for number in range(24):
            self.time += timedelta(days=2)
            pull(self.road, self.cursors)
            for flow in self.road.flows:
                for link in self.asking(flow):
                    if link in self.asking(flow):
                        self.answer(flow, link, new=number % 2 == 1)
                for link in self.clashing(flow):
                    self.decide(flow, link, Where.OURS)
            if number > 7 and not any(self.asking(flow) or self.clashing(flow) for flow in self.road.flows):
                break
        pull(self.road, MemoryCursors())

    def teardown(self) -> None:
        self.settle()
        for flow in self.road.flows:
            self.assert_both_sides_are_equal(flow)
        before = self.written()
        pull(self.road, MemoryCursors())
        pull(self.road, self.cursors)
        assert self.written() == before, "a settled system wrote"

    def written(self) -> tuple[int, int]:
        """Writes on both sides, and link saves where no pair waits for a person."""
        waits = any(link.problem for links in self.links.by_ours.values() for link in links.values())
        return self.ours.writes + self.theirs.writes, 0 if waits else self.links.saves

    def assert_both_sides_are_equal(self, flow: Flow) -> None:
        links = self.links.by_ours.get(flow.name, {}).values()
        ours, theirs = self.ours.there(flow.kind), self.theirs.there(flow.object)
        excused = {id for id, record in ours.items() if self.refers_to_nothing(record)}
        live = [link for link in links if link.state is not State.TOMBSTONE and link.ours not in excused]
        assert not [link for link in live if link.state is not State.LIVE], "something is parked or pending"
        theirs = {
            id: record
            for id, record in theirs.items()
            if not {link.ours for link in self.links.find(flow.name, theirs=[id])} & excused
        }
        ours = {id: record for id, record in ours.items() if id not in excused}
        assert {link.ours for link in live} == set(ours), "an orphan of ours"
        assert {link.theirs for link in live} == set(theirs), "an orphan of theirs"
        known = {f"client/{link.theirs}": link.ours for link in self.links.by_ours.get("client", {}).values()}
        for link in live:
            mine = {line.ours: ours[link.ours].values.get(line.ours) for line in flow.fields}
            assert mine == flow.incoming(theirs[link.theirs or ""].values, known) == link.base
        assert len(self.links.by_ours.get("client", {})) + len(self.links.by_ours.get("project", {})) <= self.made

    def refers_to_nothing(self, record: Record) -> bool:
        """Only a person can tell where it belongs, so its pair may stay parked."""
        parent = record.values.get("client")
        return parent is not None and parent not in self.ours.there("client")


class TheirsWin(Machine):
    winner = Winner.THEIRS
    keyed = True


class MatchedByName(Machine):
    winner = Winner.THEIRS
    match = "a"


class AskedFirst(Machine):
    """Two of one name are a question."""

    winner = Winner.THEIRS
    match = "a"
    confirm = Confirm.LIKELY


class AskedAlways(Machine):
    match = "a"
    confirm = Confirm.ALWAYS


class NobodyWins(Machine):
    """A person decides what both sides moved."""

    winner = Winner.NOBODY
    keyed = True


EXAMPLES = int(os.environ.get("TIMEBRIDGE_EXAMPLES", "300"))
"""Per machine; nightly runs ask for more."""


def machine_test(machine: type[Machine]) -> Any:
    case = machine.TestCase
    case.settings = settings(
        max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
    )
    return case


TestOursWin = machine_test(Machine)
TestTheirsWin = machine_test(TheirsWin)
TestMatchedByName = machine_test(MatchedByName)
TestAskedFirst = machine_test(AskedFirst)
TestAskedAlways = machine_test(AskedAlways)
TestNobodyWins = machine_test(NobodyWins)
