"""When a connection is pulled next."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebridge.errors import Misconfigured
from timebridge.schedule import NIGHT_SPAN, next_pull
from timebridge.tenants import Rhythm

ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"}))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
KEYS = st.text(min_size=1, max_size=20)
LONGEST = {
    Rhythm.REALTIME: timedelta(minutes=5),
    Rhythm.HOURLY: timedelta(hours=1),
    Rhythm.DAILY: timedelta(hours=26),
    Rhythm.WEEKLY: timedelta(days=7, hours=2),
}


@given(st.sampled_from(list(LONGEST)), ZONES, KEYS, MOMENTS)
def test_the_next_pull_is_later_but_never_later_than_the_rhythm_allows(
    rhythm: Rhythm, zone: str, key: str, after: datetime
) -> None:
    found = next_pull(rhythm, zone, key, after)

    assert found is not None
    assert after < found <= after + LONGEST[rhythm]


@given(ZONES, KEYS, MOMENTS)
def test_a_daily_pull_comes_once_each_local_day_whatever_the_clocks_do(zone: str, key: str, after: datetime) -> None:
    moments = [after]
    for _ in range(4):
        following = next_pull(Rhythm.DAILY, zone, key, moments[-1])
        assert following is not None
        moments.append(following)

    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments[1:]]
    gaps = {(later - day).days for day, later in pairwise(days)}
    assert gaps <= {1, 2}  # two where an island moved across the date line
    assert len(set(days)) == 4


@given(KEYS, MOMENTS)
def test_a_daily_pull_comes_at_night_in_the_time_zone_of_the_tenant(key: str, after: datetime) -> None:
    found = next_pull(Rhythm.DAILY, "Asia/Tokyo", key, after)

    assert found is not None
    assert 1 <= found.astimezone(ZoneInfo("Asia/Tokyo")).hour < 5


@given(KEYS, MOMENTS)
def test_a_weekly_pull_comes_on_sunday(key: str, after: datetime) -> None:
    found = next_pull(Rhythm.WEEKLY, "America/New_York", key, after)

    assert found is not None
    assert found.astimezone(ZoneInfo("America/New_York")).weekday() == 6


@given(KEYS, MOMENTS)
def test_a_connection_always_comes_at_the_same_place_in_its_span(key: str, after: datetime) -> None:
    first = next_pull(Rhythm.HOURLY, "UTC", key, after)
    assert first is not None
    second = next_pull(Rhythm.HOURLY, "UTC", key, first)

    assert second == first + timedelta(hours=1)


def test_connections_are_spread_over_the_span() -> None:
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)

    found = [next_pull(Rhythm.DAILY, "UTC", f"tenant#{number}", start) for number in range(1000)]

    tenths = [sum(1 for moment in found if moment and bucket(moment) == tenth) for tenth in range(10)]
    assert min(tenths) > 50


def bucket(moment: datetime) -> int:
    return int((moment - moment.replace(hour=1, minute=0, second=0)) / NIGHT_SPAN * 10)


def test_a_rhythm_that_is_off_has_no_next_pull() -> None:
    assert next_pull(Rhythm.OFF, "UTC", "key", datetime.now(UTC)) is None


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_a_time_zone_that_does_not_exist_is_told(zone: str) -> None:
    with pytest.raises(Misconfigured, match="time zone"):
        next_pull(Rhythm.DAILY, zone, "key", datetime.now(UTC))
