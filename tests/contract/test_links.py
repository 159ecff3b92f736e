"""Every kind of Links keeps the same promises."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.tables import aws_in_process
from timebridge.changes import Where
from timebridge.errors import Stale
from timebridge.links import Birth, Conflict, Link, Links, Problem, State
from timebridge.memory import MemoryLinks
from timebridge.store.links import DynamoLinks

FLOW = "salesforce.account"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BASE = {"name": "Aalto Partners", "budget": Decimal("12000.50"), "active": True, "number": 7, "notes": None}

type Opened = Callable[[], Links]
"""Opens the same stored links anew, as another worker would."""


@pytest.fixture(params=["memory", "dynamodb"])
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    if request.param == "memory":
        links = MemoryLinks()
        yield lambda: links
    else:
        with aws_in_process():
            yield lambda: DynamoLinks("tenant-a", "sf1")


def live(ours: str, theirs: str | None = None, flow: str = FLOW) -> Link:
    return Link(flow, ours, theirs or ours.replace("cli", "001"), State.LIVE, BASE, "v1")


def saved(links: Links, *wanted: Link) -> list[Link]:
    outcomes = links.save(wanted)
    assert all(isinstance(outcome, Link) for outcome in outcomes)
    return [outcome for outcome in outcomes if isinstance(outcome, Link)]


def test_a_saved_link_is_found_by_either_id_with_all_it_holds(opened: Opened) -> None:
    conflict = Conflict("budget", Decimal("1.10"), Decimal("2.20"), None)
    problem = Problem("Too long.", "Shorten it.", "name", 3, NOW + timedelta(microseconds=5), "Locked")
    link = Link(
        FLOW, "cli1", "0011", State.PARKED, BASE, "v7", conflicts=(conflict,), problem=problem, kept=Where.THEIRS
    )
    [stored] = saved(opened(), link)

    assert stored.revision == 1
    assert opened().find(FLOW, ours=["cli1"]) == [stored]
    assert opened().find(FLOW, theirs=["0011"]) == [stored]
    assert type(opened().find(FLOW, ours=["cli1"])[0].base["budget"]) is Decimal  # type: ignore[index]


def test_a_link_asked_for_by_both_ids_comes_once(opened: Opened) -> None:
    saved(opened(), live("cli1"), live("cli2"))

    found = opened().find(FLOW, ours=["cli1", "cli1", "nobody"], theirs=["0011", "0012", "0012", "stranger"])

    assert sorted(link.ours for link in found) == ["cli1", "cli2"]


def test_a_link_of_another_flow_is_not_found(opened: Opened) -> None:
    saved(opened(), live("cli1"))

    assert opened().find("quickbooks_online.customer", ours=["cli1"], theirs=["0011"]) == []


def test_a_link_is_saved_only_at_the_revision_that_is_stored(opened: Opened) -> None:
    [first] = saved(opened(), live("cli1"))
    [second] = saved(opened(), first)

    assert second.revision == 2
    [late] = opened().save([first])
    assert isinstance(late, Stale)
    assert opened().find(FLOW, ours=["cli1"]) == [second]


def test_a_link_that_is_there_cannot_be_made_again(opened: Opened) -> None:
    saved(opened(), live("cli1"))

    [again] = opened().save([live("cli1", "other")])

    assert isinstance(again, Stale)


def test_a_link_that_was_never_saved_cannot_be_saved_at_a_later_revision(opened: Opened) -> None:
    [outcome] = opened().save([Link(FLOW, "cli1", "0011", revision=3)])

    assert isinstance(outcome, Stale)


def test_an_id_of_theirs_belongs_to_one_link_of_a_flow(opened: Opened) -> None:
    saved(opened(), live("cli1", "0011"))

    first, second = opened().save([live("cli2", "0011"), live("cli3", "0013")])

    assert isinstance(first, Stale)
    assert isinstance(second, Link)
    assert [link.ours for link in opened().find(FLOW, theirs=["0011", "0013"])] == ["cli1", "cli3"]


def test_an_id_of_theirs_may_be_linked_in_several_flows(opened: Opened) -> None:
    saved(opened(), live("cli1", "0011"), live("prj1", "0011", flow="salesforce.opportunity"))

    assert opened().find("salesforce.opportunity", theirs=["0011"])[0].ours == "prj1"


def test_a_link_that_lets_go_of_their_id_frees_it(opened: Opened) -> None:
    [link] = saved(opened(), live("cli1", "0011"))
    [reserved] = saved(opened(), link.reserved(Birth({"name": "New"}, "request", "1")))

    assert opened().find(FLOW, theirs=["0011"]) == []
    saved(opened(), live("cli2", "0011"))
    assert opened().find(FLOW, theirs=["0011"])[0].ours == "cli2"
    [born] = saved(opened(), reserved.born("0099", "v1"))
    assert opened().find(FLOW, theirs=["0099"]) == [born]


def test_one_save_may_hand_their_id_from_one_link_to_another(opened: Opened) -> None:
    [link] = saved(opened(), live("cli1", "0011"))

    saved(opened(), link.reserved(Birth({}, "request", "1")), live("cli2", "0011"))

    assert opened().find(FLOW, theirs=["0011"])[0].ours == "cli2"


def test_the_refusal_of_some_does_not_hold_back_the_rest(opened: Opened) -> None:
    links = opened()
    [old] = saved(links, live("cli0"))
    saved(links, old)
    wanted = [old, *(live(f"cli{number}") for number in range(1, 131)), live("other", "0015")]

    outcomes = links.save(wanted)

    refused = [link.ours for link, outcome in zip(wanted, outcomes, strict=True) if isinstance(outcome, Stale)]
    assert refused == ["cli0", "other"]
    assert len(opened().find(FLOW, theirs=[f"001{number}" for number in range(131)])) == 131


def test_the_same_link_twice_in_one_save_is_saved_once(opened: Opened) -> None:
    first, second = opened().save([live("cli1"), live("cli1")])

    assert isinstance(first, Link)
    assert isinstance(second, Stale)


def test_unborn_links_are_those_with_a_create_under_way(opened: Opened) -> None:
    birth = Birth({"name": "Aalto", "budget": Decimal("1.5")}, "request", "2", {"account/cli1": "001"})
    [reserved] = saved(opened(), Link(FLOW, "cli1").reserved(birth))
    saved(opened(), live("cli2"), Link(FLOW, "cli3", "0013").reserved())

    assert opened().unborn(FLOW) == [reserved]
    saved(opened(), reserved.born("0011", "v1"))
    assert opened().unborn(FLOW) == []


def test_parked_links_are_due_when_their_time_has_come(opened: Opened) -> None:
    def parked(ours: str, retry_at: datetime | None) -> Link:
        return live(ours).parked(Problem("No.", "Do.", None, 1, retry_at))

    soon, now_due, late, never = saved(
        opened(),
        parked("cli1", NOW - timedelta(minutes=1)),
        parked("cli2", NOW),
        parked("cli3", NOW + timedelta(microseconds=1)),
        parked("cli4", None),
    )

    assert opened().due(FLOW, NOW) == [soon, now_due]
    assert late.problem != never.problem
    assert opened().due("another.flow", NOW) == []


def test_the_count_leaves_tombstones_out(opened: Opened) -> None:
    assert opened().count(FLOW) == 0
    first, *_ = saved(opened(), *(live(f"cli{number}") for number in range(5)))
    [buried] = saved(opened(), first.buried(None))
    assert opened().count(FLOW) == 4
    [buried] = saved(opened(), buried)
    assert opened().count(FLOW) == 4
    saved(opened(), buried.reserved(Birth({}, "r", "1")))
    assert opened().count(FLOW) == 5


def test_links_of_other_connections_are_out_of_reach() -> None:
    with aws_in_process():
        saved(DynamoLinks("tenant-a", "sf1"), live("cli1"))

        for stranger in (DynamoLinks("tenant-b", "sf1"), DynamoLinks("tenant-a", "sf2")):
            assert stranger.find(FLOW, ours=["cli1"], theirs=["0011"]) == []
            assert stranger.count(FLOW) == 0
            saved(stranger, live("cli1"))
