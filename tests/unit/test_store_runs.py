"""Runs: started, counted part by part, ended."""

from collections.abc import Iterator

import pytest

from tests.tables import aws_in_process
from timebridge.errors import Rejected
from timebridge.runs import RunStatus, Tally
from timebridge.store.runs import Runs


@pytest.fixture
def runs() -> Iterator[Runs]:
    with aws_in_process():
        yield Runs("tenant-a", "sf1")


def test_a_started_run_is_running_and_read_back(runs: Runs) -> None:
    run = runs.start("pull", "schedule")

    assert run.status is RunStatus.RUNNING
    assert runs.get(run.id) == run
    assert runs.get("nobody") is None


def test_progress_adds_up_the_parts_of_each_object(runs: Runs) -> None:
    run = runs.start("initial_sync", "ada", {"Account": 1000, "Opportunity": 50})
    runs.part(run.id, "Account", "part-1", Tally(seen=200, created_ours=190, parked=10))
    runs.part(run.id, "Account", "part-2", Tally(seen=200, created_ours=200))

    accounts, opportunities = runs.progress(run.id)["Account"], runs.progress(run.id)["Opportunity"]

    assert (accounts["total"], accounts["seen"], accounts["done"], accounts["parked"]) == (1000, 400, 390, 10)
    assert (accounts["rate"] or 0) > 0
    assert accounts["seconds_left"] is not None
    assert (opportunities["seen"], opportunities["seconds_left"]) == (0, None)


def test_a_part_told_twice_counts_once_with_its_last_word(runs: Runs) -> None:
    run = runs.start("initial_sync", "ada")
    runs.part(run.id, "Account", "part-1", Tally(seen=200, parked=200), total=200)
    runs.part(run.id, "Account", "part-1", Tally(seen=200, created_ours=200), total=200)

    progress = runs.progress(run.id)["Account"]

    assert (progress["seen"], progress["parked"], progress["seconds_left"]) == (200, 0, 0)
    found = runs.get(run.id)
    assert found is not None
    assert found.tally.created_ours == 200


def test_a_finished_run_keeps_its_sum_its_problems_and_its_reason(runs: Runs) -> None:
    run = runs.start("initial_sync", "ada")
    problem = {"flow": "f", "ours": "o", "theirs": "t", "cause": "Rejected", "reason": "r", "remedy": "m", "field": ""}
    runs.part(run.id, "Account", "1", Tally(seen=3, parked=1, problems=[problem]))
    runs.part(run.id, "Contact", "1", Tally(seen=2))

    ended = runs.finish(run.id, RunStatus.FAILED, reason="Out of calls.")

    assert ended.ended is not None
    assert (ended.tally.seen, ended.tally.problems, ended.reason) == (5, [problem], "Out of calls.")
    assert runs.get(run.id) == ended
    assert runs.progress(run.id)["Account"]["seen"] == 3


def test_the_given_tally_is_what_counts(runs: Runs) -> None:
    run = runs.start("pull", "schedule")

    assert runs.finish(run.id, "done", Tally(seen=7)).tally.seen == 7


def test_a_run_that_ended_stays_as_it_is(runs: Runs) -> None:
    run = runs.start("pull", "schedule")
    done = runs.finish(run.id, RunStatus.DONE, Tally(seen=1))

    assert runs.finish(run.id, RunStatus.FAILED, reason="late") == done


def test_a_run_that_never_was_cannot_end(runs: Runs) -> None:
    with pytest.raises(Rejected):
        runs.finish("nobody", RunStatus.DONE)


def test_runs_are_listed_latest_first_page_by_page(runs: Runs) -> None:
    started = [runs.start("pull", "schedule") for _ in range(5)]
    runs.part(started[0].id, "Account", "1", Tally(seen=1))
    Runs("tenant-b", "sf1").start("pull", "schedule")

    page, start = runs.list(limit=3)
    rest, end = runs.list(limit=3, start=start)

    assert [run.id for run in [*page, *rest]] == [run.id for run in reversed(started)]
    assert end is None
