"""When a provider told last that something changed: whether its notices arrive at all."""

from datetime import datetime, timedelta

from timebridge.store.exact import instant
from timebridge.store.tables import TenantItem

SELDOM = timedelta(minutes=1)
"""Notices may come by the second; when the last one came need not be known better than this."""

_written: dict[tuple[str, str], datetime] = {}


class Noticed:
    """Of one connection."""

    def __init__(self, tenant: str, connection: str) -> None:
        self._key = tenant, f"noticed#{connection}"

    def note(self, now: datetime) -> None:
        before = _written.get(self._key)
        if before is None or not timedelta() <= now - before < SELDOM:
            TenantItem(*self._key, data={"at": instant(now)}).save()
            _written[self._key] = now

    def last(self) -> datetime | None:
        """To the minute."""
        try:
            item = TenantItem.get(*self._key)
        except TenantItem.DoesNotExist:
            return None
        return datetime.fromisoformat(item.data["at"])


def forget() -> None:
    """Write at the next notice, whatever was written before."""
    _written.clear()
