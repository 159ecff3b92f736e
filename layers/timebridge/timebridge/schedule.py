"""When a connection is pulled next: its rhythm, in the tenant's time zone, spread so that not all come at once.

The connection has a rhythm, and each of its flows may have one of its own. A flow with its own rhythm keeps to it: what
notices and edits tell of it waits for its pull, unless it is `realtime`. A flow without one follows the connection,
whose notices and edits act at once in `realtime` and `hourly`, and wait in `daily` and `weekly`. In `off` nothing moves
but what a person asks for.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from timebridge.errors import Misconfigured
from timebridge.flows import Flow
from timebridge.tenants import Connection, Rhythm

SPAN = {Rhythm.REALTIME: timedelta(minutes=5), Rhythm.HOURLY: timedelta(hours=1)}
NUDGE = timedelta(seconds=60)
"""How often a connection whose `nudge` is on is looked at between its pulls."""

STRETCHED = 4
"""Where the provider's calls run short, rhythms of less than a day are this much slower."""

NIGHT, NIGHT_SPAN = time(1), timedelta(hours=4)
"""Daily and weekly pulls start between one and five o'clock at night, local time."""

SUNDAY = 6
THREE_WEEKS = timedelta(weeks=3)
LONG_AGO = datetime.fromtimestamp(0, UTC)

RECONCILE = "reconcile"
"""Among the flows' names in `Connection.pulled`: when everything was read again, whether it had changed or not."""


def rhythm_of(connection: Connection, flow: Flow) -> Rhythm:
    off = connection.rhythm is Rhythm.OFF
    return Rhythm.OFF if off else Rhythm(flow.rhythm or connection.rhythm)


def acts_at_once(connection: Connection, flow: Flow) -> bool:
    """Whether notices and edits move the records of a flow, or only its pulls do."""
    if connection.rhythm is Rhythm.OFF:
        return False
    return flow.rhythm == Rhythm.REALTIME if flow.rhythm else connection.rhythm in SPAN


def due(connection: Connection, time_zone: str, flows: Iterable[Flow], now: datetime) -> list[Flow]:
    """The flows whose moment has come since they were pulled last."""
    moments = [(flow, _next(connection, flow, time_zone, _pulled(connection, flow.name))) for flow in flows]
    return [flow for flow, moment in moments if moment is not None and moment <= now]


def reconciles(connection: Connection, time_zone: str, now: datetime, rarely: bool = False) -> bool:
    """Whether a Sunday night has come since everything was read last. `rarely`: one four weeks later."""
    if connection.last_pull is None:
        return False
    since = _pulled(connection, RECONCILE) + (THREE_WEEKS if rarely else timedelta())
    moment = next_pull(Rhythm.WEEKLY, time_zone, _key(connection), since)
    return moment is not None and moment <= now


def next_of(
    connection: Connection, time_zone: str, flows: Iterable[Flow], after: datetime, stretched: bool = False
) -> datetime | None:
    """The first moment of any of the flows later than `after`, in UTC; None when all of them are off."""
    moments = [_next(connection, flow, time_zone, after, stretched) for flow in flows]
    return min((moment for moment in moments if moment is not None), default=None)


def moment_of(connection: Connection, flow: Flow, time_zone: str, after: datetime) -> datetime | None:
    """When a flow is pulled next, unless the provider's calls run short."""
    return _next(connection, flow, time_zone, after)


def moment_with(connection: Connection, rhythm: Rhythm, time_zone: str, after: datetime) -> datetime | None:
    """When a connection would be pulled next if it had this rhythm."""
    return next_pull(rhythm, time_zone, _key(connection), after)


def _next(
    connection: Connection, flow: Flow, time_zone: str, after: datetime, stretched: bool = False
) -> datetime | None:
    rhythm = rhythm_of(connection, flow)
    if stretched and rhythm in SPAN:
        after += (STRETCHED - 1) * SPAN[rhythm]
    return next_pull(rhythm, time_zone, _key(connection), after)


def _pulled(connection: Connection, flow: str) -> datetime:
    found = connection.pulled.get(flow)
    return datetime.fromisoformat(found) if found else connection.last_pull or LONG_AGO


def _key(connection: Connection) -> str:
    return f"{connection.tenant}#{connection.id}"


def next_pull(rhythm: Rhythm, time_zone: str, key: str, after: datetime) -> datetime | None:
    """The first moment of the rhythm later than `after`, in UTC; None when the rhythm is off.

    `key` (the connection) decides where in its span a connection comes; it always comes there.
    """
    if rhythm is Rhythm.OFF:
        return None
    moments = _every(SPAN[rhythm], key, after) if rhythm in SPAN else _nights(rhythm, _zone(time_zone), key, after)
    return next(moment for moment in moments if moment > after)


def _every(span: timedelta, key: str, after: datetime) -> Iterator[datetime]:
    start = LONG_AGO + (after - LONG_AGO) // span * span + _spread(key, span)
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
