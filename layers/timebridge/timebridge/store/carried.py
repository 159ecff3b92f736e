"""What the sync carried, day by day: records that nobody had to type a second time."""

from datetime import UTC, date, datetime, timedelta

from timebridge.runs import Tally
from timebridge.store.tables import RunItem
from timebridge.store.tenants import Connections

KEPT = timedelta(days=1200)
COUNTED = ("created_ours", "created_theirs", "updated_ours", "updated_theirs")
"""What a person would have typed."""


class Carried:
    """How many records the sync of one connection carried, by day."""

    def __init__(self, tenant: str, connection: str) -> None:
        self._pk = f"{tenant}#{connection}"

    def add(self, tally: Tally, now: datetime) -> None:
        count = sum(getattr(tally, name) for name in COUNTED)
        if count:
            item = RunItem(self._pk, f"carried#{now.astimezone(UTC).date().isoformat()}")
            expires = RunItem.expires.set(now + KEPT)
            item.update(actions=[RunItem.carried.add(count), RunItem.data.set({}), expires])

    def between(self, first: date, last: date) -> int:
        days = RunItem.sk.between(f"carried#{first.isoformat()}", f"carried#{last.isoformat()}")
        return sum(int(item.carried or 0) for item in RunItem.query(self._pk, days))


def carried(tenant: str, first: date, last: date) -> int:
    """By all connections of a tenant, on these days and all between."""
    return sum(Carried(tenant, each.id).between(first, last) for each in Connections().of(tenant))
