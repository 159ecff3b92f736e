"""When a connection is pulled next: its rhythm, in the tenant's time zone, spread so that not all come at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from timebridge.errors import Misconfigured
from timebridge.tenants import Rhythm

SPAN = {Rhythm.REALTIME: timedelta(minutes=5), Rhythm.HOURLY: timedelta(hours=1)}
NIGHT, NIGHT_SPAN = time(1), timedelta(hours=4)
"""Daily and weekly pulls start between one and five o'clock at night, local time."""

SUNDAY = 6


def next_pull(rhythm: Rhythm, time_zone: str, key: str, after: datetime) -> datetime | None:
    """The first moment of the rhythm later than `after`, in UTC; None when the rhythm is off.

    `key` (the connection) decides where in its span a connection comes; it always comes there.
    """
    if rhythm is Rhythm.OFF:
        return None
    moments = _every(SPAN[rhythm], key, after) if rhythm in SPAN else _nights(rhythm, _zone(time_zone), key, after)
    return next(moment for moment in moments if moment > after)


def _every(span: timedelta, key: str, after: datetime) -> Iterator[datetime]:
    epoch = datetime.fromtimestamp(0, UTC)
    start = epoch + (after - epoch) // span * span + _spread(key, span)
    yield start - span
    yield start
    yield start + span


def _nights(rhythm: Rhythm, zone: ZoneInfo, key: str, after: datetime) -> Iterator[datetime]:
    today = after.astimezone(zone).date()
    for days in range(-1, 9):
        date = today + timedelta(days=days)
        if rhythm is Rhythm.DAILY or date.weekday() == SUNDAY:
            # a span of real time behind the local start: clock changes neither skip nor double a night
            yield datetime.combine(date, NIGHT, zone).astimezone(UTC) + _spread(key, NIGHT_SPAN)


def _spread(key: str, span: timedelta) -> timedelta:
    share = int.from_bytes(sha256(key.encode()).digest()[:4]) / 2**32
    return timedelta(seconds=int(share * span.total_seconds()))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Misconfigured(f"There is no time zone {name!r}.", remedy="Choose another one for the tenant.") from error
