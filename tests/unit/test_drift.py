"""Which differences between two linked records are told, and with which reason."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from timebridge.converters import DATE, MONEY, text
from timebridge.flows import Direction, Flow, Flows, one_of, ref
from timebridge.flows import field as line
from timebridge.insight.drift import WORDS, Why, compare, is_pair
from timebridge.links import Conflict, Link, Problem, State
from timebridge.memory import MemoryLinks, MemorySide
from timebridge.road import Brake

CLIENTS = Flow("account", "client", "Account", (line("name", "Name"),))
PROJECTS = Flow(
    "opportunity",
    "project",
    "Opportunity",
    (
        line("name", "Name", text(10)),
        line("budget", "Amount", MONEY),
        line("stage", "StageName", direction=Direction.IN),
        line("status", "Status", direction=Direction.OUT),
        line("end", "End", DATE),
        ref("client", "AccountId", "account"),
    ),
)
THERE = {"Name": "Website", "Amount": 1, "StageName": "Won", "Status": "on", "End": None, "AccountId": "a"}
AGREED = {"name": "Website", "budget": Decimal("1.00"), "stage": "Won", "status": "on", "end": None, "client": "c"}


@dataclass
class Desk:
    """A road in memory that is only read."""

    flows: Flows = field(default_factory=lambda: Flows([CLIENTS, PROJECTS]))
    links: MemoryLinks = field(default_factory=MemoryLinks)
    ours: MemorySide = field(default_factory=lambda: MemorySide("o"))
    theirs: MemorySide = field(default_factory=lambda: MemorySide("t"))
    brake: Brake = field(default_factory=Brake)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def new_id(self, kind: str, /) -> str:
        raise AssertionError(kind)

    def merge_ours(self, *_: str) -> None:
        raise AssertionError


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.links.save([Link("account", "c", "a", State.LIVE, {"name": "Northwind"})])
    desk.ours.put("project", AGREED, "p")
    desk.theirs.put("Opportunity", THERE, "o")
    return desk


LIVE = Link("opportunity", "p", "o", State.LIVE, AGREED)


def found(desk: Desk, link: Link = LIVE, flow: Flow = PROJECTS, **more: Any) -> list[tuple[str | None, Why]]:
    return [(each.field, each.why) for drift in compare(desk, flow, [link], **more) for each in drift.differences]


def test_what_agrees_is_no_difference(desk: Desk) -> None:
    assert found(desk) == []


def test_what_only_reads_differently_over_there_is_no_difference(desk: Desk) -> None:
    desk.ours.put("project", {**AGREED, "name": "Website of ten"}, "p")
    desk.theirs.put("Opportunity", {**THERE, "Name": "Website of", "Amount": "1.001"}, "o")

    assert found(desk) == []


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_change_that_the_next_sync_carries_has_moved(desk: Desk, side: str) -> None:
    if side == "ours":
        desk.ours.put("project", {**AGREED, "budget": Decimal(5)}, "p")
    else:
        desk.theirs.put("Opportunity", {**THERE, "Amount": 5}, "o")

    assert found(desk) == [("budget", Why.MOVED)]


def test_a_field_that_the_settings_switched_off_says_so(desk: Desk) -> None:
    desk.theirs.put("Opportunity", {**THERE, "Amount": 5}, "o")

    assert found(desk, off=frozenset({"budget"})) == [("budget", Why.SWITCHED_OFF)]


def test_updates_that_are_switched_off_say_so(desk: Desk) -> None:
    desk.theirs.put("Opportunity", {**THERE, "Amount": 5}, "o")
    desk.ours.put("project", {**AGREED, "end": "2026-01-01"}, "p")

    assert found(desk, flow=replace(PROJECTS, update_ours=False)) == [
        ("budget", Why.SWITCHED_OFF),
        ("end", Why.MOVED),
    ]


def test_what_was_changed_on_the_side_that_receives_travels_one_way(desk: Desk) -> None:
    desk.ours.put("project", {**AGREED, "stage": "Lost"}, "p")
    desk.theirs.put("Opportunity", {**THERE, "Status": "off"}, "o")

    assert found(desk) == [("stage", Why.ONE_WAY), ("status", Why.ONE_WAY)]


def test_an_open_conflict_and_a_parked_pair_say_so(desk: Desk) -> None:
    desk.theirs.put("Opportunity", {**THERE, "Amount": 5}, "o")
    open_ = replace(LIVE, conflicts=(Conflict("budget", None, None, None),))
    parked = replace(LIVE, state=State.PARKED, problem=Problem("No.", "", None, 1, None))

    assert found(desk, open_) == [("budget", Why.CONFLICT)]
    assert found(desk, parked) == [("budget", Why.PARKED)]


def test_a_reference_to_a_stranger_says_so_and_shows_their_id(desk: Desk) -> None:
    desk.theirs.put("Opportunity", {**THERE, "AccountId": "stranger"}, "o")

    [drift] = compare(desk, PROJECTS, [LIVE])
    assert [(each.field, each.theirs, each.why) for each in drift.differences] == [
        ("client", "stranger", Why.REFERENCE)
    ]


@pytest.mark.parametrize(("side", "why"), [("ours", Why.GONE_OURS), ("theirs", Why.GONE_THEIRS)])
def test_a_record_that_is_gone_is_a_difference(desk: Desk, side: str, why: Why) -> None:
    getattr(desk, side).remove(*(("project", "p") if side == "ours" else ("Opportunity", "o")))

    assert found(desk) == [(None, why)]


def test_where_both_are_gone_there_is_nothing_to_tell(desk: Desk) -> None:
    desk.ours.remove("project", "p")
    desk.theirs.remove("Opportunity", "o")

    assert found(desk) == []


def test_a_posting_that_is_about_to_be_taken_back_is_no_difference(desk: Desk) -> None:
    desk.theirs.put("Opportunity", {**THERE, "Amount": 5}, "o")
    withdrawn = replace(PROJECTS, posting=True, when_ours=one_of("status", "approved"))

    assert found(desk, flow=withdrawn) == []


def test_pairs_that_are_not_meant_to_agree_are_not_compared(desk: Desk) -> None:
    desk.theirs.put("Opportunity", {**THERE, "Amount": 5}, "o")

    for link in (Link("opportunity", "p"), replace(LIVE, state=State.TOMBSTONE), replace(LIVE, base=None)):
        assert not is_pair(link)
        assert found(desk, link) == []


def test_every_reason_has_words() -> None:
    assert set(WORDS) == set(Why)
