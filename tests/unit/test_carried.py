"""What follows a record of ours: it is there as long as its parent's pair is, and never brings the parent along."""

import pytest

from tests.unit.test_sync import Desk
from timebridge.changes import Where
from timebridge.flows import Direction, Flow, Flows, follows, maybe, one_of
from timebridge.flows import field as line
from timebridge.links import State

OUT = Direction.OUT
PROJECT = Flow("project", "project", "Deal", (line("name", "Name"),), match="name", create_ours=False)
PERSON = Flow(
    "person",
    "staff",
    "User",
    (line("email", "Email"),),
    match="email",
    create_ours=False,
    create_theirs=False,
    update_ours=False,
    update_theirs=False,
)
ENTRY = Flow(
    "entry",
    "time_entry",
    "Entry",
    (follows("project", "Deal", "project", OUT), maybe("staff", "User", "person"), line("hours", "Hours")),
    direction=OUT,
    when_ours=one_of("status", "approved"),
    create_ours=False,
    deletions=OUT,
    posting=True,
)


@pytest.fixture
def desk() -> Desk:
    found = Desk(Flows([PROJECT, PERSON, ENTRY]))
    found.ours.put("project", {"name": "Crane"}, "p1")
    found.ours.put("staff", {"email": "casey@example.com"}, "s1")
    enter(found, "e1")
    return found


def enter(desk: Desk, id: str, **values: object) -> None:
    entry = {"project": "p1", "staff": "s1", "hours": 2, "status": "approved"}
    desk.ours.put("time_entry", {**entry, **values}, id)


def entries(desk: Desk) -> list[dict[str, object]]:
    return [dict(record.values) for record in desk.theirs.there("Entry").values()]


def test_what_belongs_to_nothing_there_stays_here_and_brings_nothing_along(desk: Desk) -> None:
    tally = desk.sync(ENTRY, (Where.OURS, "e1"))

    assert (tally.written, tally.parked) == (0, 0)
    assert entries(desk) == []
    assert desk.theirs.there("Deal") == {}


def test_it_goes_when_its_parent_gets_a_counterpart(desk: Desk) -> None:
    desk.sync(ENTRY, (Where.OURS, "e1"))
    enter(desk, "e2", status="draft")
    desk.sync(PROJECT, (Where.OURS, "p1"))

    [deal] = desk.theirs.there("Deal")
    assert entries(desk) == [{"Deal": deal, "User": None, "Hours": 2}]


def test_it_goes_when_its_parent_is_adopted_by_name(desk: Desk) -> None:
    deal = desk.theirs.put("Deal", {"Name": "crane"})
    desk.sync(PROJECT, (Where.THEIRS, deal.id))

    assert [entry["Deal"] for entry in entries(desk)] == [deal.id]


def test_a_parent_that_is_linked_already_is_not_followed_again(desk: Desk) -> None:
    desk.sync(PROJECT, (Where.OURS, "p1"))
    reads = desk.ours.calls["read"]
    desk.ours.put("project", {"name": "Crane 2"}, "p1")
    desk.sync(PROJECT, (Where.OURS, "p1"))

    assert desk.ours.calls["read"] == reads + 1


def test_it_is_withdrawn_when_it_moves_to_a_parent_that_is_not_there(desk: Desk) -> None:
    desk.sync(PROJECT, (Where.OURS, "p1"))
    desk.ours.put("project", {"name": "Internal"}, "p2")
    enter(desk, "e1", project="p2")
    desk.sync(ENTRY, (Where.OURS, "e1"))

    assert entries(desk) == []
    enter(desk, "e1")
    desk.sync(ENTRY, (Where.OURS, "e1"))
    assert len(entries(desk)) == 1


def test_it_is_not_carried_to_a_parent_whose_pair_has_ended(desk: Desk) -> None:
    desk.sync(PROJECT, (Where.OURS, "p1"))
    [deal] = desk.theirs.there("Deal")
    desk.theirs.remove("Deal", deal)
    desk.sync(PROJECT, (Where.THEIRS, deal))
    assert desk.link("project", "p1").state is State.TOMBSTONE

    enter(desk, "e2")
    desk.sync(ENTRY, (Where.OURS, "e2"))
    assert len(entries(desk)) == 1


def test_a_person_is_matched_and_never_made(desk: Desk) -> None:
    casey = desk.theirs.put("User", {"Email": "CASEY@example.com"})
    desk.ours.put("staff", {"email": "nobody@example.com"}, "s2")
    enter(desk, "e2", staff="s2")
    desk.sync(PROJECT, (Where.OURS, "p1"))

    assert [entry["User"] for entry in entries(desk)] == [casey.id, None]
    assert list(desk.theirs.there("User")) == [casey.id]
    assert set(desk.ours.there("staff")) == {"s1", "s2"}
    assert desk.ours.there("staff")["s1"].values["email"] == "casey@example.com"


def test_a_person_who_is_matched_later_is_on_the_entry_when_it_is_looked_at_again(desk: Desk) -> None:
    desk.sync(PROJECT, (Where.OURS, "p1"))
    casey = desk.theirs.put("User", {"Email": "casey@example.com"})
    desk.sync(ENTRY, (Where.OURS, "e1"))

    assert [entry["User"] for entry in entries(desk)] == [casey.id]
