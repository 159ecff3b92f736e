"""A thousand approved hours reach the books once each, although one answer in ten is lost after the books were written.

The road, the merge and the links are the real ones; QuickBooks is the sandbox over HTTP. Intuit's own guard (the
request id) is on in one run and off in the other, because how long it remembers is not documented.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any

import pytest

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.connected_quickbooks_online import Bookkeeper, Road, connect, quickbooks, side_of
from timebridge.changes import Change, Where, chunks
from timebridge.errors import Transient
from timebridge.flows import Flows
from timebridge.links import State
from timebridge.postings.composing import Composed, Desk
from timebridge.providers.quickbooks_online.markers import marker_of
from timebridge.providers.quickbooks_online.shapes import shape_of
from timebridge.pull import pull
from timebridge.records import Values
from timebridge.sync import Batch, sync_batch

POSTINGS = 1000
MESSAGE = 90
"""Entries that one message of the queue points at: three calls' worth."""

DELIVERIES = 20


HERE = "con_1"
TIME = "quickbooks_online.time_activity"
SETTINGS = {"posting": {"time": {"auto": True, "changes": "post", "without_item": "post"}}}


class Office(Road):
    """A loaded connection that posts what is approved by itself, and people who enter hours. `space`: their records."""

    def __init__(self, *sides: Any, **values: Any) -> None:
        super().__init__(*sides, **values)
        self.flows = Flows(flow.at(HERE) for flow in quickbooks.flows(SETTINGS))
        self.space = self.ours
        self.ours = Composed(self.space, Desk(self.space, self.links, self.flows, SETTINGS, HERE))

    def enter(self, number: int, **values: object) -> str:
        """Somebody enters hours, and somebody approves them."""
        staff, projects, codes = (list(self.space.there(kind)) for kind in ("staff", "project", "labour_code"))
        entry = {
            "staff": staff[number % len(staff)],
            "project": projects[number % len(projects)],
            "labour_code": codes[number % len(codes)],
            "work_date": (date(2026, 11, 2) + timedelta(days=number % 15)).isoformat(),
            "hours": Decimal(25 + number % 700) / 100,
            "billable": number % 3 != 0,
            "rate": Decimal("110.00"),
            "notes": f"Entry {number}",
            "status": "approved",
        }
        return self.space.put("time_entry", {**entry, **values}, f"te_{number}").id

    def deliver(self, ids: list[str]) -> int:
        """A message of the queue, which comes back until it was handled. Returns how often it came."""
        changes = [Change(Where.OURS, "time_entry", id) for id in ids]
        for delivery in range(1, DELIVERIES + 1):
            try:
                sync_batch(self, Batch(self.flows[TIME], changes))
            except Transient:
                continue
            return delivery
        raise AssertionError("The message was given up.")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[QuickBooks]:
    with QuickBooks("demo", limits=Limits(enabled=False)) as running:
        yield running


@pytest.fixture
def road(sandbox: QuickBooks) -> Iterator[Office]:
    """A connection that has been loaded: staff, projects and labour codes are linked."""
    sandbox.reset()
    side = side_of(*connect(sandbox))
    with side.client.session:
        loaded = Office(side, now=sandbox.clock.now)
        pull(loaded, loaded.cursors)
        yield loaded


def postings(sandbox: QuickBooks) -> Counter[str]:
    """How often each entry of ours is in the books."""
    markers = [marker_of(entry.get("Description")) for entry in Bookkeeper(sandbox).find("TimeActivity")]
    return Counter(marker for marker in markers if marker)


@pytest.mark.parametrize("remembered", [True, False], ids=["requestid works", "requestid is ignored"])
def test_a_thousand_postings_arrive_once_each_though_answers_are_lost(
    sandbox: QuickBooks, road: Office, remembered: bool
) -> None:
    books = Bookkeeper(sandbox)
    books.control("switches", {"ignore_requestid": not remembered})
    books.fail("/batch", kind="drop_after_commit", rate=0.1)
    entries = [road.enter(number) for number in range(POSTINGS)]
    deliveries = sum(road.deliver(list(ids)) for ids in chunks(entries, MESSAGE))
    lost = sum(rule["fired"] for rule in books.control("faults", method="GET"))

    assert postings(sandbox) == Counter(entries)
    assert lost > 0
    assert deliveries == -(-POSTINGS // MESSAGE) + lost
    links = road.links.find(TIME, ours=entries)
    assert {link.state for link in links} == {State.LIVE}
    there = {entry["Id"]: marker_of(entry.get("Description")) for entry in books.find("TimeActivity")}
    assert {link.ours: there[link.theirs or ""] for link in links} == {entry: entry for entry in entries}

    sandbox.clock.advance(3600)
    pull(road, road.cursors)
    sandbox.clock.advance(3600)
    before = Counter(road.theirs.calls)
    captured = {flow.name for flow in road.flows if shape_of(flow.object).captured}  # the others have their daily pass
    assert pull(road, road.cursors, names={TIME, *captured}).written == 0
    assert Counter(road.theirs.calls) - before == {"cdc": 1, "query": 1}


def test_what_is_posted_says_what_was_entered(sandbox: QuickBooks, road: Office) -> None:
    id = road.enter(1, hours=Decimal("1.33"), billable=True, rate=Decimal("95.50"), notes="Kick-off")
    road.deliver([id])
    (posted,) = [entry for entry in Bookkeeper(sandbox).find("TimeActivity") if marker_of(entry["Description"]) == id]
    assert (posted["NameOf"], posted["Hours"], posted["Minutes"]) == ("Employee", 1, 20)
    assert (posted["BillableStatus"], posted["HourlyRate"]) == ("Billable", 95.5)
    assert posted["Description"] == f"Kick-off [timebridge:{id}]"
    staff: Values = road.space.there("staff")[str(road.space.there("time_entry")[id].values["staff"])].values
    assert posted["EmployeeRef"]["name"] == staff["name"]


def test_an_entry_that_is_reopened_leaves_the_books_and_comes_back_once(sandbox: QuickBooks, road: Office) -> None:
    id = road.enter(7)
    for status, times in zip(cycle(["approved", "draft"]), [1, 0, 1, 0, 1], strict=False):
        road.enter(7, status=status)
        road.deliver([id])
        assert postings(sandbox)[id] == times


def test_an_entry_that_is_not_approved_stays_out_of_the_books(sandbox: QuickBooks, road: Office) -> None:
    id = road.enter(3, status="submitted")
    road.deliver([id])
    assert postings(sandbox)[id] == 0


def test_a_posting_edited_by_the_bookkeeper_is_not_sent_again(sandbox: QuickBooks, road: Office) -> None:
    id = road.enter(5)
    road.deliver([id])
    (link,) = road.links.find(TIME, ours=[id])
    Bookkeeper(sandbox).edit("TimeActivity", link.theirs or "", Description="Reworded")
    batches = road.theirs.calls["batch"]
    pull(road, road.cursors)
    assert road.theirs.calls["batch"] == batches
    assert len(Bookkeeper(sandbox).find("TimeActivity", Id=link.theirs or "")) == 1


def test_an_entry_withdrawn_while_its_answer_was_lost_leaves_nothing_behind(sandbox: QuickBooks, road: Office) -> None:
    id = road.enter(9)
    books = Bookkeeper(sandbox)
    books.fail("/batch", kind="drop_after_commit")
    with pytest.raises(Transient):
        sync_batch(road, Batch(road.flows[TIME], [Change(Where.OURS, "time_entry", id)]))
    assert postings(sandbox)[id] == 1
    road.enter(9, status="draft")
    road.deliver([id])
    assert postings(sandbox)[id] == 0
