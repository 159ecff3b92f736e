"""Timers: what a person is at work on now, and the entries it comes to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from timebridge.errors import Rejected
from timebridge.records import Values

CENT = Decimal("0.01")
LONGEST_DAY = Decimal(24)
"""Hours that one entry may have; the day on which clocks go back has more."""

LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Timer:
    """`values`: what its entries will hold besides day and hours. `zone`: the IANA name of the person's time zone.

    `ended` is set while it is turned into entries.
    """

    id: str
    staff: str
    started: datetime
    zone: str
    values: Values
    ended: datetime | None = None


def check(started: datetime, ended: datetime) -> None:
    """Raises Rejected."""
    if started.tzinfo is None or ended.tzinfo is None:
        raise Rejected("The time has no offset.", remedy="Send it like 2026-11-21T09:00:00+01:00.", field="started")
    if started > ended:
        raise Rejected("A timer cannot end before it started.", remedy="Look at the clock.", field="ended")
    if ended - started > LONGEST:
        raise Rejected(
            f"A timer that ran for more than {LONGEST.days} days was forgotten.",
            remedy="Say when it ended, or discard it.",
            field="ended",
        )


def worked(started: datetime, ended: datetime, zone: str) -> list[tuple[str, Decimal]]:
    """Hours by local day. They add up to the whole time, rounded; however short, it comes to something."""
    parts: list[tuple[str, Decimal]] = []
    booked = Decimal(0)
    for day, until in _days(started, ended, ZoneInfo(zone)):
        total = _hours(started, until)
        parts += [(day, some) for some in _entries(total - booked)]
        booked = total
    return parts or [(started.astimezone(ZoneInfo(zone)).date().isoformat(), CENT)]


def _days(started: datetime, ended: datetime, zone: ZoneInfo) -> Iterator[tuple[str, datetime]]:
    """Each local day and when it is over, in UTC: the hours between are real ones when clocks change too."""
    day, over = started.astimezone(zone).date(), started
    while over < ended:
        midnight = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        over = min(midnight, ended)
        yield day.isoformat(), over
        day += timedelta(days=1)


def _hours(started: datetime, ended: datetime) -> Decimal:
    seconds = Decimal(str((ended - started).total_seconds()))
    return (seconds / 3600).quantize(CENT, ROUND_HALF_UP)


def _entries(hours: Decimal) -> Iterator[Decimal]:
    while hours > 0:
        yield min(hours, LONGEST_DAY)
        hours -= LONGEST_DAY
