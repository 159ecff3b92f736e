"""What an account's daily calls allow, and where ours will end."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from timebridge.budget import (
    READ_BUDGET,
    RESERVE,
    Day,
    Edition,
    Forecast,
    Reads,
    Spending,
    Usage,
    forecast,
    read_budget_of,
    reads,
    reserve_of,
    spending,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("used", "reserve", "outcome"),
    [
        (0, 0.05, Spending.FREE),
        (759, 0.05, Spending.FREE),
        (760, 0.05, Spending.STRETCHED),
        (949, 0.05, Spending.STRETCHED),
        (950, 0.05, Spending.STOPPED),
        (2000, 0.05, Spending.STOPPED),
        (500, 0.5, Spending.STOPPED),
        (999, 0.0, Spending.STRETCHED),
    ],
)
def test_spending_slows_down_at_four_fifths_and_stops_at_the_reserve(
    used: int, reserve: float, outcome: Spending
) -> None:
    assert spending(Usage(used, 1000, NOW), reserve, NOW) is outcome


def test_a_look_of_yesterday_says_nothing_today() -> None:
    assert spending(Usage(1000, 1000, NOW - timedelta(hours=25)), 0.05, NOW) is Spending.FREE
    assert spending(None, 0.05, NOW) is Spending.FREE


def test_an_account_without_calls_has_none_to_spend() -> None:
    assert spending(Usage(0, 0, NOW), 0.05, NOW) is Spending.STOPPED


@pytest.mark.parametrize(
    ("found", "reserve"), [(0.2, 0.2), (0, 0.0), (None, RESERVE), ("x", RESERVE), (True, RESERVE), (2, RESERVE)]
)
def test_a_reserve_that_is_no_share_counts_as_not_set(found: Any, reserve: float) -> None:
    assert reserve_of({"reserve": found}) == reserve


def test_the_day_goes_on_as_the_days_before_and_the_month_too() -> None:
    days = [
        Day(date(2026, 11, 21), 50),
        *(Day(date(2026, 11, 20 - n), 100) for n in range(7)),
        Day(date(2026, 10, 31), 9),
    ]

    assert forecast(days, NOW) == Forecast(day=100, month=700 + 100 + 9 * 100)


def test_a_first_day_goes_on_at_its_own_pace() -> None:
    assert forecast([Day(date(2026, 11, 21), 50)], NOW).day == 100
    assert forecast([], NOW) == Forecast(0, 0)


def test_licences_are_read_off_a_limit_where_it_depends_on_them() -> None:
    assert Edition("Enterprise", 100_000, 1_000).licences(150_000) == 50
    assert Edition("Developer", 15_000, 0).licences(15_000) is None


def test_the_reads_of_a_month_go_on_as_in_the_last_week() -> None:
    days = [Day(date(2026, 11, day), 50, reads=10) for day in range(1, 11)] + [Day(date(2026, 10, 31), 9, reads=99)]
    found = reads(days, 250, datetime(2026, 11, 10, 23, 59, tzinfo=UTC))
    assert (found.used, found.left, found.exceeds) == (100, 150, True)
    assert 299 <= found.forecast <= 321
    assert Reads(300, 250, 300).left == 0
    assert not Reads(1, 250, 250).exceeds


@pytest.mark.parametrize("odd", [None, 0, -3, 1.5, "9", True, []])
def test_a_budget_of_reads_that_is_no_number_counts_as_not_set(odd: Any) -> None:
    assert read_budget_of({"read_budget": odd}) == READ_BUDGET
    assert read_budget_of({"read_budget": odd}, 70) == 70
    assert read_budget_of({"read_budget": 9}, odd) == 9
