"""What a pull asks for where reading is charged: less often while nothing moves, at once again when it does."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from timebridge.flows import Flow, field
from timebridge.tenants import Connection, Provider, Rhythm
from timebridge.worker.asking import ASKED, MARKS, MOVED, RARE, asking

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
FLOWS = (
    Flow("q.customer", "client", "Customer", (field("name", "DisplayName"),)),
    Flow("q.time", "time_entry", "TimeActivity", (field("notes", "Description"),)),
)


def is_rare(name: str) -> bool:
    return name == "TimeActivity"


def connection(rhythm: Rhythm = Rhythm.HOURLY, **settings: Any) -> Connection:
    return Connection("c", "t", Provider.QUICKBOOKS_ONLINE, rhythm=rhythm, settings=settings)


def played(
    found: Connection, step: timedelta, until: timedelta, moves: tuple[datetime, ...] = ()
) -> Iterator[list[str]]:
    """What each pull asks for. `moves`: a notice, or something that was missed."""
    now, flows = START, FLOWS
    while now < START + until:
        asked = asking(found, flows, is_rare, "Europe/Berlin", now)
        moved = any(now - step < moment <= now for moment in moves)
        found = replace(found, pulled={**found.pulled, **asked.marks(now, moved)})
        yield sorted(asked.objects or ())
        now += step


def hours(asked: list[list[str]], name: str = "Customer") -> list[int]:
    return [hour for hour, objects in enumerate(asked) if name in objects]


def test_while_nothing_moves_it_is_asked_at_growing_steps_up_to_a_few_hours() -> None:
    found = replace(connection(), pulled={MOVED: START.isoformat()})
    asked = list(played(found, timedelta(hours=1), timedelta(days=2)))
    assert hours(asked) == [0, 1, 2, 4, 8, 16, 24, 32, 40]


def test_thirty_idle_days_are_some_ninety_looks_and_thirty_nights() -> None:
    counted = Counter(name for asked in played(connection(), timedelta(hours=1), timedelta(days=30)) for name in asked)
    assert 88 <= counted["Customer"] <= 95
    assert 30 <= counted["TimeActivity"] <= 31


def test_when_something_moves_it_is_asked_every_hour_again() -> None:
    moves = (START + timedelta(hours=20),)
    asked = hours(list(played(connection(), timedelta(hours=1), timedelta(days=2), moves)))
    assert [hour for hour in asked if 20 < hour <= 24] == [21, 22, 24]


def test_without_notices_every_pull_asks() -> None:
    asked = list(played(connection(notices=False), timedelta(hours=1), timedelta(days=1)))
    assert len(hours(asked)) == len(hours(asked, "TimeActivity")) == 24


def test_a_realtime_connection_asks_at_least_every_hour() -> None:
    asked = hours(list(played(connection(Rhythm.REALTIME), timedelta(minutes=5), timedelta(days=1))))
    assert max(later - earlier for earlier, later in pairwise(asked)) <= 12


@pytest.mark.parametrize("rhythm", [Rhythm.DAILY, Rhythm.WEEKLY])
def test_a_slow_rhythm_asks_each_time(rhythm: Rhythm) -> None:
    asked = list(played(connection(rhythm), timedelta(days=1), timedelta(days=5)))
    assert len(hours(asked)) == len(hours(asked, "TimeActivity")) == 5


def test_a_list_that_is_read_by_hand_alone_is_not_asked_for() -> None:
    flows = (replace(FLOWS[0], rhythm="off"), FLOWS[1])
    assert asking(connection(), flows, is_rare, "UTC", START).objects == {"TimeActivity"}


def test_a_pull_that_is_late_by_seconds_is_no_hour_later() -> None:
    now = START + timedelta(hours=1)
    asked = (START + timedelta(seconds=20)).isoformat()
    moved = (START - timedelta(hours=1)).isoformat()
    found = replace(connection(), pulled={ASKED: asked, MOVED: moved, RARE: asked})
    assert asking(found, FLOWS, is_rare, "UTC", now).objects == {"Customer"}


def test_only_what_was_asked_is_noted() -> None:
    found = replace(connection(), pulled=dict.fromkeys((ASKED, RARE), START.isoformat()))
    nothing = asking(found, FLOWS, is_rare, "UTC", START + timedelta(hours=1))
    assert (nothing.objects, nothing.marks(START, moved=False)) == (frozenset(), {})
    assert set(asking(connection(), FLOWS, is_rare, "UTC", START).marks(START, moved=True)) == set(MARKS)
