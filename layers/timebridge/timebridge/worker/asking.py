"""What a pull asks the other side for, where reading is charged: less often while nothing moves, at once again when it
does.

Notices tell what moves there, and the pull only finds those that were lost. So while they are on, it asks in growing
steps: as long after it asked last as it had been quiet by then, up to a few hours. A notice, or something that a pull
found although no notice had told of it, begins anew. What only a query of its own can tell is asked for once a night.
Our own side is pulled as often as ever.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from timebridge import schedule
from timebridge.flows import Flow
from timebridge.tenants import Connection, Rhythm

ASKED, RARE, MOVED = "asked", "asked_rarely", "moved"
"""In `Connection.pulled`: when the other side was asked last, when for what is asked rarely, and when it last moved."""

MARKS = (ASKED, RARE, MOVED)

LONGEST = {Rhythm.REALTIME: timedelta(hours=1), Rhythm.HOURLY: timedelta(hours=8)}
SLOW = (Rhythm.DAILY, Rhythm.WEEKLY)
SLACK = timedelta(minutes=5)
"""A pull does not begin at the very second that it is due."""


@dataclass(frozen=True, slots=True)
class Asking:
    """`objects`: None means all. `rare`: also for those that are asked for once a night. `common`: for the others."""

    objects: frozenset[str] | None = None
    rare: bool = True
    common: bool = True

    def marks(self, began: datetime, moved: bool) -> dict[str, str]:
        seen = {ASKED: self.common, RARE: self.rare, MOVED: moved}
        return {name: began.isoformat() for name, happened in seen.items() if happened}


EVERYTHING = Asking()


def asking(
    connection: Connection, flows: Iterable[Flow], is_rare: Callable[[str], bool], time_zone: str, now: datetime
) -> Asking:
    """What a scheduled pull of these flows asks for."""
    flows, notices = list(flows), bool(connection.settings.get("notices", True))
    common = not notices or _is_time(connection, now)
    night = _is_night(connection, time_zone, now)
    objects = set()
    for flow in flows:
        slow = schedule.rhythm_of(connection, flow) in SLOW
        off = schedule.rhythm_of(connection, flow) is Rhythm.OFF
        wanted = not off and ((night or not notices) if is_rare(flow.object) else common)
        objects |= {flow.object} if slow or wanted else set()
    asked = {is_rare(name) for name in objects}
    return Asking(frozenset(objects), rare=night and True in asked, common=False in asked)


def _is_time(connection: Connection, now: datetime) -> bool:
    asked, moved = _mark(connection.pulled, ASKED), _mark(connection.pulled, MOVED)
    quiet = max(asked - moved, timedelta())
    return now + SLACK >= asked + min(quiet, LONGEST.get(connection.rhythm, timedelta()))


def _is_night(connection: Connection, time_zone: str, now: datetime) -> bool:
    key = f"{connection.tenant}#{connection.id}"
    moment = schedule.next_pull(Rhythm.DAILY, time_zone, key, _mark(connection.pulled, RARE))
    return moment is not None and moment <= now


def _mark(pulled: Mapping[str, str], name: str) -> datetime:
    return datetime.fromisoformat(pulled[name]) if name in pulled else schedule.LONG_AGO
