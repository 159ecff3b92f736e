"""Which fields go with each other, and what is said of them before."""

from dataclasses import replace

import pytest

from timebridge.flows import Direction, Flow, field, ref
from timebridge.mapping.compatible import Own, fits, own
from timebridge.providers.slots import Holds, Slot

FLOW = Flow(
    "sf.opportunity", "project", "Opportunity", (field("name", "Name"), ref("client", "AccountId", "sf.account"))
)
IN, OUT, BOTH = Direction.IN, Direction.OUT, Direction.BOTH
SLOTS = [Slot(f"{holds.name.title()}__c", holds.value, holds, 255) for holds in Holds]


def mine(name: str, flow: Flow = FLOW) -> Own:
    [found] = [each for each in own(flow) if each.name == name]
    return found


def offered(name: str, *slots: Slot, flow: Flow = FLOW) -> dict[str, tuple[Direction, ...]]:
    return {fit.slot.path: fit.ways for fit in fits(flow, mine(name, flow), list(slots or SLOTS))}


@pytest.mark.parametrize(
    ("name", "both", "only_in"),
    [
        ("name", {"Text", "Prose", "Email", "Phone", "Link", "Choice"}, {"Choices"}),
        ("budget", {"Number", "Whole"}, set()),
        ("start_date", {"Day"}, {"Moment"}),
        ("open_to_all", {"Flag"}, set()),
        ("client", set(), set()),
    ],
)
def test_only_what_holds_the_same_is_offered(name: str, both: set[str], only_in: set[str]) -> None:
    found = offered(name)
    assert {path for path, ways in found.items() if ways == (BOTH, IN, OUT)} == {f"{each}__c" for each in both}
    assert {path for path, ways in found.items() if ways == (IN,)} == {f"{each}__c" for each in only_in}
    assert len(found) == len(both) + len(only_in)


def test_what_is_calculated_here_only_goes_out() -> None:
    assert offered("budget_used")["Number__c"] == (OUT,)


def test_what_cannot_be_written_or_is_written_already_only_comes_in() -> None:
    slots = [Slot("Id__c", "Id", Holds.TEXT, writable=False), Slot("Name", "Name", Holds.TEXT)]
    assert offered("code", *slots) == {"Id__c": (IN,), "Name": (IN,)}


def test_a_flow_that_goes_one_way_takes_its_lines_along() -> None:
    assert set(offered("code", flow=replace(FLOW, direction=OUT)).values()) == {(OUT,)}


def test_what_is_for_administrators_alone_stays_here() -> None:
    assert offered("cost_total") == {}
    assert "administrators alone" in mine("cost_total").why_not


def test_what_the_sync_lives_on_is_nobodys_to_map() -> None:
    assert not {"managed_by", "for_client", "summary_at"} & {each.name for each in own(FLOW)}


def test_own_values_say_what_they_hold() -> None:
    found = mine("status"), mine("name"), mine("client")
    assert [(each.holds, each.length) for each in found[:2]] == [(Holds.TEXT, 80), (Holds.TEXT, 255)]
    assert found[2].why_not
    entry = replace(FLOW, kind="time_entry")
    assert mine("status", entry).values == ("draft", "submitted", "approved", "rejected")
    assert mine("status", entry).holds is Holds.CHOICE
    assert mine("email", replace(FLOW, kind="client")).holds is Holds.EMAIL


@pytest.mark.parametrize(
    ("name", "slot", "said"),
    [
        ("name", Slot("A", "A", Holds.TEXT, 80), "255 characters here, 80 there"),
        ("code", Slot("A", "A", Holds.TEXT, 255), "255 characters there, 80 here"),
        ("budget", Slot("A", "A", Holds.WHOLE), "what stands behind the point is lost"),
        ("status", Slot("A", "A", Holds.CHOICE, values=("x",)), "say of each value"),
        ("start_date", Slot("A", "A", Holds.MOMENT), "The day alone"),
    ],
)
def test_what_is_to_be_minded_is_said(name: str, slot: Slot, said: str) -> None:
    [fit] = fits(FLOW, mine(name), [slot])
    assert said in " ".join(fit.notes)
