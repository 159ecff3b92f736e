"""What is set aside: left alone, tried when it changes, and among the problems again when something else is wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.test_sync import ACCOUNTS, Desk
from timebridge.changes import Where
from timebridge.errors import Rejected, Stale
from timebridge.links import Aside, Link, State
from timebridge.questions import leaving


@pytest.fixture
def desk() -> Desk:
    """One client, whose account is refused, and set aside."""
    desk = Desk()
    desk.theirs.refuses = "Bad"
    desk.ours.put("client", {"name": "Bad"}, "c1")
    desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    aside = Aside("ada@acme.example", "It is archived.", desk.time)
    assert leaving.set_aside(desk.links, [link_of(desk)], aside) == 1
    return desk


def link_of(desk: Desk) -> Link:
    [link] = desk.links.find("account", ours=["c1"])
    return link


def test_it_is_never_due(desk: Desk) -> None:
    assert desk.links.due("account", desk.time + timedelta(days=99)) == []


def test_refused_again_it_stays_as_it_was_and_is_no_news(desk: Desk) -> None:
    before = link_of(desk)

    tally = desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    assert (tally.parked, tally.skipped, tally.problems) == (0, 1, [])
    assert (link_of(desk).problem, link_of(desk).is_aside) == (before.problem, True)


def test_refused_for_something_else_it_waits_and_remembers_since_when(desk: Desk) -> None:
    link = link_of(desk)
    assert link.problem is not None
    desk.links.save([replace(link, problem=replace(link.problem, field="phone"))])

    tally = desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    found = link_of(desk).problem
    assert found is not None
    assert (tally.parked, found.aside, found.field) == (1, None, "name")
    assert (found.since, found.tries) == (link.problem.since, link.problem.tries + 1)


def test_it_is_carried_over_as_soon_as_it_can_be(desk: Desk) -> None:
    desk.theirs.refuses = None

    desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    assert (link_of(desk).state, link_of(desk).problem) == (State.LIVE, None)


def test_taken_up_again_it_is_due_at_once(desk: Desk) -> None:
    leaving.take_up(desk.links, link_of(desk), desk.time)

    assert [link.ours for link in desk.links.due("account", desk.time)] == ["c1"]
    with pytest.raises(Rejected, match="not set aside"):
        leaving.take_up(desk.links, link_of(desk), desk.time)


def test_who_was_slower_takes_nothing_up(desk: Desk) -> None:
    with pytest.raises(Stale):
        leaving.take_up(desk.links, replace(link_of(desk), revision=1), desk.time)
