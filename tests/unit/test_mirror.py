"""Flows that keep an image of what is wanted there: it comes and goes with its original, its children with it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.unit.test_sync import Desk
from timebridge.changes import Where
from timebridge.errors import MassDelete, RateLimited, Rejected, SyncError
from timebridge.flows import Direction, Flow, Flows, Home, follows, none_of, one_of
from timebridge.flows import field as line
from timebridge.links import Link, State
from timebridge.merge import Pair, merge
from timebridge.records import Record
from timebridge.sides import Create, Write, Written

IN = Direction.IN
WON = none_of("StageName", "Won", "Lost")
BARE = Flow(
    "deal",
    "task",
    "Deal",
    (line("name", "Name"),),
    direction=IN,
    when_theirs=WON,
    create_theirs=False,
    deletions=IN,
    on_create_ours={"origin": "Deal"},
    mirror=True,
    home=Home("project", "prj_", {"name": "Home"}),
)
DEALS = BARE.at("c1")
ITEMS = Flow(
    "item",
    "task",
    "Item",
    (line("name", "Name"), follows("task", "DealId", "deal")),
    direction=IN,
    create_theirs=False,
    deletions=IN,
    mirror=True,
)
PUSH = Flow("push", "project", "Project", (line("name", "Name"),), direction=Direction.OUT)


@pytest.fixture
def desk() -> Desk:
    return Desk(Flows([DEALS, ITEMS]))


def tasks(desk: Desk) -> dict[str, Mapping[str, Any]]:
    return {record.values["name"]: record.values for record in desk.ours.there("task").values()}


def deal(desk: Desk, stage: str = "Open", id: str | None = None) -> str:
    return desk.theirs.put("Deal", {"Name": "Renewal", "StageName": stage}, id).id


def item(desk: Desk, name: str, deal: str | None, id: str | None = None) -> str:
    return desk.theirs.put("Item", {"Name": name, "DealId": deal}, id).id


def test_a_flow_at_a_connection_has_a_home_of_its_own() -> None:
    assert DEALS.home == Home("project", "prj_c1", {"name": "Home", "managed_by": "c1"})
    assert DEALS.on_create_ours == {"origin": "Deal", "managed_by": "c1", "project": "prj_c1"}
    assert BARE.at("c2").home != DEALS.home
    assert ITEMS.at("c1") is ITEMS


def test_none_of_is_the_opposite_of_one_of() -> None:
    for stage in ("Won", "Open", None):
        assert WON({"StageName": stage}) is not one_of("StageName", "Won", "Lost")({"StageName": stage})


def test_the_home_is_made_once_with_the_first_record(desk: Desk) -> None:
    desk.pull()
    assert desk.ours.there("project") == {}
    deal(desk)
    desk.pull()
    [home] = desk.ours.there("project").values()
    deal(desk)
    desk.pull()
    assert list(desk.ours.there("project").values()) == [home]
    assert home.values == {"name": "Home", "managed_by": "c1"}
    assert tasks(desk)["Renewal"]["project"] == home.id


def test_a_home_that_is_refused_stops_the_batch(desk: Desk) -> None:
    class Full(type(desk.ours)):  # type: ignore[misc]
        def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
            return [Rejected("No room.") for _ in writes] if name == "project" else super().write(name, writes)

    desk.ours = Full("o", keyed_ids=True, now=desk.now)
    deal(desk)
    with pytest.raises(Rejected):
        desk.pull()
    assert tasks(desk) == {}


def test_what_is_not_wanted_any_more_goes_and_comes_back_as_the_same_record(desk: Desk) -> None:
    id = deal(desk)
    desk.pull()
    [first] = desk.ours.there("task")
    deal(desk, "Won", id)
    desk.pull()
    assert (tasks(desk), desk.link("deal", first).state) == ({}, State.TOMBSTONE)
    deal(desk, "Open", id)
    desk.pull()
    assert list(desk.ours.there("task")) == [first]
    assert desk.link("deal", first).state is State.LIVE


def test_what_was_never_wanted_is_not_made(desk: Desk) -> None:
    deal(desk, "Lost")
    desk.pull()
    assert (tasks(desk), desk.links.count("deal")) == ({}, 0)


def test_many_that_are_not_wanted_any_more_are_no_mass_delete(desk: Desk) -> None:
    ids = [deal(desk) for _ in range(30)]
    desk.pull()
    for id in ids:
        deal(desk, "Won", id)
    desk.pull()
    assert tasks(desk) == {}


def test_many_that_are_gone_are_one(desk: Desk) -> None:
    ids = [deal(desk) for _ in range(30)]
    desk.pull()
    for id in ids:
        desk.theirs.remove("Deal", id)
    with pytest.raises(MassDelete):
        desk.pull()
    assert tasks(desk)


def test_children_come_and_go_with_their_parent_though_nobody_touched_them(desk: Desk) -> None:
    id = deal(desk, "Won")
    item(desk, "Call", id)
    item(desk, "Alone", None)
    desk.pull()
    assert tasks(desk) == {}
    for stage, expected in (("Open", {"Renewal", "Call"}), ("Lost", set()), ("Open", {"Renewal", "Call"})):
        deal(desk, stage, id)
        desk.sync(DEALS, (Where.THEIRS, id))
        assert set(tasks(desk)) == expected
    desk.theirs.remove("Deal", id)
    desk.sync(DEALS, (Where.THEIRS, id))
    assert tasks(desk) == {}


def test_a_child_never_brings_its_parent_along(desk: Desk) -> None:
    id = deal(desk)
    call = item(desk, "Call", id)
    desk.sync(ITEMS, (Where.THEIRS, call))
    assert tasks(desk) == {}
    assert desk.links.find("item", theirs=[call]) == []


def test_a_child_that_moves_away_goes(desk: Desk) -> None:
    id = deal(desk)
    call = item(desk, "Call", id)
    desk.pull()
    assert set(tasks(desk)) == {"Renewal", "Call"}
    item(desk, "Call", "elsewhere", call)
    desk.pull()
    assert set(tasks(desk)) == {"Renewal"}


def test_a_deal_is_not_written_before_its_children_could_be_read(desk: Desk) -> None:
    """Else a repetition would find the deal done, and nobody would ever look at them again."""
    id = deal(desk)
    item(desk, "Call", id)
    read = desk.theirs.read

    def limited(name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        if name == "Item":
            raise RateLimited("Later.")
        return read(name, keys, by)

    desk.theirs.read = limited  # type: ignore[method-assign]
    with pytest.raises(RateLimited):
        desk.sync(DEALS, (Where.THEIRS, id))
    assert tasks(desk) == {}
    desk.theirs.read = read  # type: ignore[method-assign]
    desk.sync(DEALS, (Where.THEIRS, id))
    assert set(tasks(desk)) == {"Renewal", "Call"}


def test_an_image_is_not_carried_out_again(desk: Desk) -> None:
    desk.flows = Flows([PUSH])
    for id, managed in (("prj_1", None), ("prj_2", "c1")):
        desk.ours.write("project", [Create(id, {"name": id, "managed_by": managed}, id, "1")])
    desk.sync(PUSH, (Where.OURS, "prj_1"), (Where.OURS, "prj_2"))
    assert [record.values["Name"] for record in desk.theirs.there("Project").values()] == ["prj_1"]


@pytest.mark.parametrize("mirror", [True, False])
@pytest.mark.parametrize("wanted", [True, False])
def test_only_a_mirror_lets_go_of_what_is_there_but_not_wanted(mirror: bool, wanted: bool) -> None:
    flow = Flow("deal", "task", "Deal", (line("name", "Name"),), direction=IN, deletions=IN, mirror=mirror)
    there, base = Record("t1", {"name": "Renewal"}, "1"), {"name": "Renewal"}
    link = Link("deal", "o1", "t1", State.LIVE, base)
    plan = merge(Pair(link, Record("o1", base, "1"), there, theirs_qualifies=wanted), flow)
    assert plan.delete_ours is (mirror and not wanted)
