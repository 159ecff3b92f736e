"""Who decides about what: the rule alone."""

from itertools import combinations, product

import pytest

from timebridge.workspace.approving import Decider, Matter, refusal

ADA, KIM, ROBIN, PAT = "stf_ada", "stf_kim", "stf_robin", "stf_pat"
NAMES = {ADA: "Ada North", KIM: "Kim Shore", PAT: "Pat Dale", ROBIN: "Robin Field"}
MOVES = ("approve", "reject", "reopen")


def matter(lead: str | None = None, *managers: str | None, kind: str = "time_entry", in_books: bool = False) -> Matter:
    return Matter(kind, ROBIN, lead, frozenset(managers), in_books)


def decides(who: str | None, what: Matter, move: str = "approve") -> bool:
    return refusal(Decider(who), what, move, NAMES) is None


@pytest.mark.parametrize("move", MOVES)
def test_the_projects_manager_and_the_persons_manager_decide_and_nobody_else(move: str) -> None:
    entry = matter(PAT, KIM)

    assert [decides(who, entry, move) for who in (KIM, PAT, ADA, ROBIN, None)] == [True, True, False, False, False]


def test_a_report_is_decided_by_who_manages_all_of_its_projects() -> None:
    assert decides(KIM, matter(None, KIM, kind="expense_report"))
    assert not decides(KIM, matter(None, KIM, PAT, kind="expense_report"))
    assert not decides(KIM, matter(None, KIM, None, kind="expense_report"))
    assert not decides(KIM, matter(None, kind="expense_report"))
    assert decides(PAT, matter(PAT, KIM, None, kind="expense_report"))


def test_nobody_decides_about_their_own_but_an_administrator() -> None:
    own = matter(ROBIN, ROBIN)

    assert not decides(ROBIN, own)
    assert refusal(Decider(ROBIN, everything=True), own, "approve", NAMES) is None


def test_only_administrators_take_out_of_the_books() -> None:
    posted = matter(None, KIM, in_books=True)

    assert [decides(KIM, posted, move) for move in MOVES] == [True, False, False]
    assert refusal(Decider(None, everything=True), posted, "reopen", NAMES) is None


def test_a_refusal_names_who_may() -> None:
    both = refusal(Decider(ADA), matter(PAT, KIM), "approve", NAMES)
    alone = refusal(Decider(ADA), matter(), "approve", NAMES)
    own = refusal(Decider(ROBIN), matter(PAT, kind="expense"), "approve", NAMES)
    gone = refusal(Decider(ADA), matter(None, "stf_left"), "approve", NAMES)

    said = "Only the project's manager, Kim Shore, or the person's manager, Pat Dale, or an administrator may"
    assert (both and both.reason) == f"{said} decide about this."
    assert (alone and (alone.reason, alone.remedy)) == (
        "Only an administrator may decide about this.",
        "Ask an administrator.",
    )
    assert (own and (own.reason, own.remedy)) == (
        "Nobody decides about their own expenses.",
        "Ask the person's manager, Pat Dale, or an administrator.",
    )
    assert gone == alone


def test_whoever_may_is_named_and_manages_all_of_it_or_leads_the_person() -> None:
    """Every case there is, of four people."""
    people = (None, ADA, KIM, PAT, ROBIN)
    teams = [frozenset(some) for size in range(len(people)) for some in combinations(people, size)]
    for who, lead, managers, in_books, move in product(people, people, teams, (False, True), MOVES):
        what = Matter("expense_report", ROBIN, lead, managers, in_books)
        if decides(who, what, move):
            assert who not in (None, ROBIN)
            assert who == lead or managers == {who}
            assert who in dict(what.deciders)
