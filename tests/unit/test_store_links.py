"""What the contract does not say of links on DynamoDB: their pages, and what they cost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.tables import aws_in_process
from timebridge.changes import Where
from timebridge.errors import Rejected
from timebridge.links import Birth, Conflict, Decision, Link, Problem, Question, State
from timebridge.records import Candidate
from timebridge.store.links import CONFLICT, DECIDED, QUESTION, DynamoLinks

FLOW = "salesforce.account"


@pytest.fixture
def links() -> Iterator[DynamoLinks]:
    with aws_in_process():
        yield DynamoLinks("tenant-a", "sf1")


def live(number: int) -> Link:
    return Link(FLOW, f"cli{number:03}", f"001{number:03}", State.LIVE, {"name": f"Client {number}"}, "v1")


def test_pages_follow_each_other_without_gap_or_repetition(links: DynamoLinks) -> None:
    links.save([live(number) for number in range(7)])
    seen: list[str] = []
    start: str | None = None
    while True:
        page, start = links.page(FLOW, start=start, limit=3)
        seen += [link.ours for link in page]
        if start is None:
            break

    assert seen == [f"cli{number:03}" for number in range(7)]


def test_a_page_of_one_state_holds_only_that_state(links: DynamoLinks) -> None:
    links.save(
        [
            live(1),
            live(2).buried(None),
            live(3).parked(Problem("No.", "Do.", None, 1, None)),
            Link(FLOW, "cli4").reserved(Birth({}, "r", "1")),
            Link(FLOW, "cli5", "0015").reserved(),
        ]
    )

    found = {state: [link.ours for link in links.page(FLOW, state)[0]] for state in State}

    assert found[State.LIVE] == ["cli001"]
    assert found[State.TOMBSTONE] == ["cli002"]
    assert found[State.PARKED] == ["cli003"]
    assert sorted(found[State.PENDING]) == ["cli4", "cli5"]


@pytest.mark.parametrize("start", ["", "%%%", "bm9uc2Vuc2U", "WyJvbmUiLCAidHdvIl0", "W251bGxd", "€"])
def test_a_page_token_that_is_not_ours_is_refused_by_name(links: DynamoLinks, start: str) -> None:
    with pytest.raises(Rejected) as refused:
        links.page(FLOW, start=start)

    assert refused.value.field == "start"


def test_finding_two_hundred_by_their_ids_takes_four_reads(links: DynamoLinks, calls: list[str]) -> None:
    links.save([live(number) for number in range(200)])
    calls.clear()

    assert len(DynamoLinks("tenant-a", "sf1").find(FLOW, theirs=[f"001{number:03}" for number in range(200)])) == 200
    assert calls == ["BatchGetItem"] * 4


def test_two_hundred_new_links_take_four_transactions_and_one_count(links: DynamoLinks, calls: list[str]) -> None:
    links.save([live(number) for number in range(200)])

    assert calls == ["TransactWriteItems"] * 4 + ["UpdateItem"]


def test_two_hundred_links_that_only_move_on_take_two_transactions(links: DynamoLinks, calls: list[str]) -> None:
    saved = [link for link in links.save([live(number) for number in range(200)]) if isinstance(link, Link)]
    calls.clear()

    links.save(saved)

    assert calls == ["TransactWriteItems"] * 2


def test_a_reader_that_did_not_see_them_saves_them_after_two_more_reads(links: DynamoLinks, calls: list[str]) -> None:
    saved = [link for link in links.save([live(number) for number in range(200)]) if isinstance(link, Link)]
    calls.clear()

    DynamoLinks("tenant-a", "sf1").save(saved)

    assert calls == ["BatchGetItem"] * 2 + ["TransactWriteItems"] * 2


def test_what_waits_for_a_person_is_listed_by_what_it_waits_for(links: DynamoLinks) -> None:
    asked = Question(Where.OURS, (Candidate("cli9", "Aalto", 88, ("nearly the same name",)),), "Aallto")
    problem = Problem("Which?", "Say.", None, 1, None, "Undecided")
    decision = Decision("phone", "1", "2", "3", Where.THEIRS, "ada", datetime(2026, 11, 21, tzinfo=UTC))
    live = Link(FLOW, "cli2", "0012", State.LIVE, {"phone": "1"})
    links.save(
        [
            Link(FLOW, "cli1", "0011").parked(problem, asked),
            replace(live, conflicts=(Conflict("phone", "1", "2", "3"),)),
            replace(live, ours="cli3", theirs="0013").decided([decision]),
            replace(live, ours="cli4", theirs="0014"),
            Link(FLOW, "cli5").parked(problem),
        ]
    )

    found = {which: links.waiting(FLOW, which)[0] for which in (QUESTION, CONFLICT, DECIDED)}

    assert [[link.ours for link in some] for some in found.values()] == [["cli1"], ["cli2"], ["cli3"]]
    assert found[QUESTION][0].question == asked
    assert found[DECIDED][0].decisions == (decision,)
    assert links.due(FLOW, datetime(2099, 1, 1, tzinfo=UTC)) == []
    assert {link.ours for link in links.page(FLOW, State.PARKED)[0]} == {"cli1", "cli5"}
