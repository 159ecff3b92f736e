"""What the sync carried, day by day: records that nobody had to type a second time, which way they went, and what was
refused."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pynamodb.expressions.update import Action

from timebridge.runs import Tally
from timebridge.store.tables import RunItem
from timebridge.store.tenants import Connections

KEPT = timedelta(days=1200)
COUNTED = ("created_ours", "created_theirs", "updated_ours", "updated_theirs")
"""What a person would have typed."""

PREFIX = "carried#"


@dataclass(frozen=True, slots=True)
class Carriage:
    """Of one connection on one day, in the tenant's time zone as it was then.

    `came_in`, `went_out`: records written here and there. `problems`: records that were refused, and had not been
    before. `in_at`, `out_at`: when the last of them was written.
    """

    day: date
    came_in: int
    went_out: int
    problems: int
    in_at: datetime | None
    out_at: datetime | None


class Carried:
    """What the sync of one connection carried, by day. `zone`: asks for the tenant's time zone."""

    def __init__(self, tenant: str, connection: str, zone: Callable[[], str] = lambda: "UTC") -> None:
        self._pk = f"{tenant}#{connection}"
        self._zone = zone

    def add(self, tally: Tally, now: datetime) -> None:
        carried = sum(getattr(tally, name) for name in COUNTED)
        came_in, went_out, problems = tally.came_in, tally.went_out, tally.newly_parked
        if not (carried or came_in or went_out or problems):
            return
        day = now.astimezone(ZoneInfo(self._zone())).date()
        actions: list[Action] = [
            RunItem.carried.add(carried),
            RunItem.came_in.add(came_in),
            RunItem.went_out.add(went_out),
            RunItem.problems.add(problems),
            RunItem.data.set({}),
            RunItem.expires.set(now + KEPT),
            *([RunItem.in_at.set(now)] if came_in else []),
            *([RunItem.out_at.set(now)] if went_out else []),
        ]
        RunItem(self._pk, f"{PREFIX}{day.isoformat()}").update(actions=actions)

    def between(self, first: date, last: date) -> int:
        return sum(int(item.carried or 0) for item in self._days(first, last))

    def days(self, first: date, last: date) -> Iterator[Carriage]:
        """Those on which something was carried or refused, the oldest first."""
        return map(_carriage, self._days(first, last))

    def latest(self, count: int) -> list[Carriage]:
        """The latest of them, the last one first."""
        prefix = RunItem.sk.startswith(PREFIX)
        return [_carriage(item) for item in RunItem.query(self._pk, prefix, scan_index_forward=False, limit=count)]

    def _days(self, first: date, last: date) -> Iterator[RunItem]:
        days = RunItem.sk.between(f"{PREFIX}{first.isoformat()}", f"{PREFIX}{last.isoformat()}")
        return RunItem.query(self._pk, days)


def carried(tenant: str, first: date, last: date) -> int:
    """By all connections of a tenant, on these days and all between."""
    return sum(Carried(tenant, each.id).between(first, last) for each in Connections().of(tenant))


def _carriage(item: RunItem) -> Carriage:
    return Carriage(
        date.fromisoformat(item.sk.removeprefix(PREFIX)),
        int(item.came_in or 0),
        int(item.went_out or 0),
        int(item.problems or 0),
        item.in_at,
        item.out_at,
    )
