"""Timers: how time becomes entries."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebridge.errors import Rejected
from timebridge.workspace.timers import CENT, LONGEST_DAY, check, worked

ZONES = ("UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("started", "ended", "expected"),
    [
        ("2026-11-20T09:00:00+01:00", "2026-11-20T10:20:00+01:00", [("2026-11-20", "1.33")]),
        ("2026-11-20T09:00:00+01:00", "2026-11-20T09:00:00+01:00", [("2026-11-20", "0.01")]),
        ("2026-11-20T09:00:00+01:00", "2026-11-20T09:00:05+01:00", [("2026-11-20", "0.01")]),
        ("2026-11-20T23:00:00+01:00", "2026-11-21T01:30:00+01:00", [("2026-11-20", "1.00"), ("2026-11-21", "1.50")]),
        ("2026-11-20T23:00:00+01:00", "2026-11-21T00:00:00+01:00", [("2026-11-20", "1.00")]),
        # two parts that round up each: together they are no more than the whole
        ("2026-11-20T23:59:30+01:00", "2026-11-21T00:00:30+01:00", [("2026-11-20", "0.01"), ("2026-11-21", "0.01")]),
        # clocks go back: the day has 25 hours, an entry at most 24
        ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", [("2026-10-25", "24"), ("2026-10-25", "1.00")]),
        # clocks go forward: 23
        ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", [("2026-03-29", "23.00")]),
    ],
)
def test_time_becomes_hours_of_local_days(started: str, ended: str, expected: list[tuple[str, str]]) -> None:
    parts = worked(at(started), at(ended), "Europe/Vienna")
    assert parts == [(day, Decimal(hours)) for day, hours in expected]


@given(
    started=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    seconds=st.integers(0, 31 * 86400),
    zone=st.sampled_from(ZONES),
)
def test_the_hours_of_all_days_are_the_whole_time(started: datetime, seconds: int, zone: str) -> None:
    parts = worked(started, started + timedelta(seconds=seconds), zone)
    whole = (Decimal(seconds) / 3600).quantize(CENT, ROUND_HALF_UP)
    assert sum(hours for _, hours in parts) == max(whole, CENT)
    assert all(0 < hours <= LONGEST_DAY for _, hours in parts)
    days = [day for day, _ in parts]
    assert days == sorted(days)


@pytest.mark.parametrize(
    ("started", "ended", "field"),
    [
        ("2026-11-20T09:00:00", "2026-11-20T10:00:00+01:00", "started"),
        ("2026-11-20T09:00:00+01:00", "2026-11-20T10:00:00", "started"),
        ("2026-11-20T09:00:00+01:00", "2026-11-20T08:59:59+01:00", "ended"),
        ("2026-10-20T09:00:00+02:00", "2026-11-20T09:00:00+01:00", "ended"),
    ],
)
def test_times_that_cannot_be_are_refused(started: str, ended: str, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        check(at(started), at(ended))
    assert refused.value.field == field
    assert refused.value.remedy
