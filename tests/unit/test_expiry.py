"""How long a consent is good for, as arithmetic."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from timebridge import expiry
from timebridge.expiry import AGAIN, Expiry
from timebridge.tenants import Grant

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def ending(days: float, told: int | None = None) -> Expiry:
    return Expiry(NOW, idle=NOW + 100 * DAY, ends=NOW + days * DAY, told=told)


@pytest.mark.parametrize(
    ("days", "told", "mark"),
    [
        (31, None, None),
        (30, None, 30),
        (29, 30, None),
        (7, 30, 7),
        (3, None, 7),
        (1, 7, 1),
        (0.5, 1, None),
        (-1, None, 1),
    ],
)
def test_each_mark_is_told_once(days: float, told: int | None, mark: int | None) -> None:
    assert ending(days, told).warning(NOW) == mark


def test_the_earlier_end_counts_and_begun_days_do() -> None:
    assert ending(400).days_left(NOW) == 100
    assert ending(2.5).days_left(NOW) == 3
    assert ending(-3).days_left(NOW) == 0
    assert Expiry(NOW).days_left(NOW) is None
    assert Expiry(NOW).warning(NOW) is None


def test_the_next_look_is_the_next_mark_or_the_week() -> None:
    assert ending(400).next_look(NOW) == NOW + 6 * DAY
    assert ending(33).next_look(NOW) == NOW + 3 * DAY
    late = replace(ending(0.1), renewed=NOW - 9 * DAY)
    assert late.next_look(NOW) == NOW + AGAIN


def test_unused_is_less_than_a_week() -> None:
    assert not Expiry(NOW - 5 * DAY).is_unused(NOW)
    assert Expiry(NOW - 6 * DAY).is_unused(NOW)


def test_a_grant_that_says_nothing_has_no_end() -> None:
    assert expiry.of(Grant("a", "r"), NOW) is None


def test_what_was_told_stays_told_until_the_end_moves_away() -> None:
    near = Grant("a", "r", refresh_expires=NOW + 100 * DAY, ends=NOW + 20 * DAY, issued=NOW)
    far = replace(near, ends=NOW + 1825 * DAY)

    kept = expiry.of(near, NOW, ending(20, told=30))
    fresh = expiry.of(far, NOW, ending(20, told=30))

    assert kept == Expiry(NOW, near.refresh_expires, near.ends, 30)
    assert fresh is not None
    assert fresh.told is None
    assert expiry.of(replace(near, issued=None), NOW) == Expiry(NOW, near.refresh_expires, near.ends)
