"""Links on DynamoDB do what links in memory do, whatever is saved in whatever order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables import aws_in_process
from timebridge.changes import Where
from timebridge.errors import Stale
from timebridge.links import Birth, Decision, Link, Links, Problem, Question, State
from timebridge.memory import MemoryLinks
from timebridge.records import Candidate
from timebridge.store.links import DynamoLinks

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OURS, THEIRS = ["o1", "o2", "o3"], ["t1", "t2", "t3"]
TENANTS = count()


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    with aws_in_process():
        yield


@st.composite
def links(draw: st.DrawFn) -> Link:
    link = Link(
        "flow",
        draw(st.sampled_from(OURS)),
        draw(st.sampled_from([None, *THEIRS])),
        base=draw(st.sampled_from([None, {"name": "a"}])),
        revision=draw(st.integers(0, 3)),
    )
    shapes = [
        Link(link.flow, link.ours, link.theirs, State.LIVE, link.base, revision=link.revision),
        link.reserved(),
        link.reserved(Birth({"name": "b"}, "request", "1")),
        link.parked(Problem("No.", "Do.", None, 1, NOW)),
        link.parked(
            Problem("Which?", "Say.", None, 1, None), Question(Where.OURS, (Candidate("o9", "A", 80, ("alike",)),), "B")
        ),
        replace(link, state=State.LIVE).decided([Decision("name", "a", "b", "c", Where.OURS, at=NOW)]),
        link.buried(None),
        link.condemned(Where.THEIRS),
    ]
    return draw(st.sampled_from(shapes))


saves = st.lists(st.lists(links(), min_size=1, max_size=3, unique_by=lambda link: link.ours), max_size=8)


def forgotten(links: Links, ours: str) -> list[Link]:
    """What was there and is not any more; it can be forgotten once."""
    found = links.find("flow", ours=[ours])
    links.forget(found)
    for link in found:
        with pytest.raises(Stale):
            links.forget([link])
    return found


@settings(max_examples=100, deadline=None)
@given(saves, st.booleans())
def test_the_same_saves_have_the_same_outcomes(saves: list[list[Link]], anew: bool) -> None:
    tenant, memory = f"tenant-{next(TENANTS)}", MemoryLinks()
    stored = DynamoLinks(tenant, "sf1")
    for batch in saves:
        stored = DynamoLinks(tenant, "sf1") if anew else stored
        expected = [None if isinstance(outcome, Stale) else outcome for outcome in memory.save(batch)]
        outcomes = [None if isinstance(outcome, Stale) else outcome for outcome in stored.save(batch)]
        assert outcomes == expected
        if batch[0].revision == 1:
            assert forgotten(stored, batch[0].ours) == forgotten(memory, batch[0].ours)

    assert stored.find("flow", ours=OURS) == memory.find("flow", ours=OURS)
    assert stored.find("flow", theirs=THEIRS) == memory.find("flow", theirs=THEIRS)
    assert stored.count("flow") == memory.count("flow")
    for ask in (lambda links: links.unborn("flow"), lambda links: links.due("flow", NOW)):
        assert {link.ours for link in ask(stored)} == {link.ours for link in ask(memory)}
