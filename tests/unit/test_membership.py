"""Who may book time where, as a table."""

import pytest

from timebridge.workspace.membership import USER, Assignment, Membership, Team

MAX, EVA = "stf_max", "stf_eva"
CHAIN = ("leaf", "branch")


def team(*assignments: Assignment, open_to_all: bool = False) -> Team:
    return Team(open_to_all, assignments)


def test_without_any_assignment_everybody_may_book() -> None:
    assert team().membership(MAX) == Membership(USER, by_hand=False)


def test_with_assignments_only_those_who_have_one_may() -> None:
    some = team(Assignment(MAX, role="manager"))
    assert some.membership(MAX, CHAIN) == Membership("manager")
    assert some.membership(EVA, CHAIN) is None


def test_a_project_that_is_open_to_all_has_everybody_unless_it_says_otherwise() -> None:
    some = team(Assignment(MAX, active=False), open_to_all=True)
    assert some.membership(EVA) == Membership(USER, by_hand=False)
    assert some.membership(MAX, CHAIN) is None


@pytest.mark.parametrize(
    ("task", "project", "branch", "leaf", "other"),
    [(None, True, True, True, True), ("branch", False, True, True, False), ("leaf", False, False, True, False)],
)
def test_an_assignment_holds_for_its_task_and_what_is_below(
    task: str | None, project: bool, branch: bool, leaf: bool, other: bool
) -> None:
    some = team(Assignment(MAX, task), Assignment(EVA))
    chains = ((), ("branch",), CHAIN, ("other",))
    assert [some.membership(MAX, chain) is not None for chain in chains] == [project, branch, leaf, other]


def test_the_nearest_assignment_decides() -> None:
    some = team(Assignment(MAX), Assignment(MAX, "branch", active=False), Assignment(MAX, "leaf", "expert"))
    assert some.membership(MAX, ("branch",)) is None
    assert some.membership(MAX, CHAIN) == Membership("expert", "leaf")
    assert some.membership(MAX, ("other",)) == Membership(USER)


def test_of_several_assignments_to_the_same_one_that_is_active_counts() -> None:
    assert team(Assignment(MAX, active=False), Assignment(MAX, role="lead")).membership(MAX) == Membership("lead")


def test_an_assignment_is_read_from_its_record() -> None:
    assert Assignment.of({"staff": MAX, "role": None, "active": None}) == Assignment(MAX)
    assert Assignment.of({"staff": MAX, "task": "t", "role": "lead", "active": False}) == Assignment(
        MAX, "t", "lead", active=False
    )
