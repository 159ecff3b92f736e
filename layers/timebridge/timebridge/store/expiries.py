"""When the grant of each connection ends, and when it is looked at next.

Beside the connection, because the grant itself lies in Secrets Manager, where nothing can be searched for.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.exceptions import DoesNotExist, PutError, UpdateError

from timebridge import expiry
from timebridge.expiry import Expiry
from timebridge.store.exact import instant
from timebridge.store.tables import TenantItem
from timebridge.tenants import Grant

DUE, PREFIX = "expiry", "expiry#"


class Expiries:
    """Those of one tenant."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def get(self, connection: str) -> Expiry | None:
        try:
            item = TenantItem.get(self._tenant, f"{PREFIX}{connection}", consistent_read=True)
        except DoesNotExist:
            return None
        return _expiry(item)

    def all(self) -> dict[str, Expiry]:
        """By connection."""
        found = TenantItem.query(self._tenant, TenantItem.sk.startswith(PREFIX), consistent_read=True)
        return {item.sk.removeprefix(PREFIX): _expiry(item) for item in found}

    def renewed(self, connection: str, grant: Grant) -> None:
        """Nothing is kept of a grant that does not say when it ends."""
        now = datetime.now(UTC)
        if grant.refresh_expires is not None or grant.ends is not None:
            kept = expiry.of(grant, now, self.get(connection))
            assert kept is not None
            self.save(connection, kept, kept.next_look(now))

    def told(self, connection: str, kept: Expiry, days: int) -> Expiry:
        said = replace(kept, told=days)
        self.save(connection, said, said.next_look(datetime.now(UTC)))
        return said

    def save(self, connection: str, kept: Expiry, look: datetime | None) -> None:
        """`look`: when it is looked at next; None: not any more."""
        moments = {"renewed": kept.renewed, "idle": kept.idle, "ends": kept.ends}
        data: dict[str, Any] = {name: instant(moment) if moment else None for name, moment in moments.items()}
        item = TenantItem(self._tenant, f"{PREFIX}{connection}", data={**data, "told": kept.told})
        item.due, item.next_pull = (DUE, look) if look else (None, None)
        item.save()

    def forget(self, connection: str) -> None:
        TenantItem(self._tenant, f"{PREFIX}{connection}").delete()

    def may_verify(self, connection: str, seconds: float) -> bool:
        """Once in so many seconds, whoever asks: what anybody may ask for must not cost much."""
        now = datetime.now(UTC)
        until = now + timedelta(seconds=seconds)
        item = TenantItem(self._tenant, f"verified#{connection}", until=until, expires=until + timedelta(days=1))
        try:
            item.save(TenantItem.sk.does_not_exist() | (TenantItem.until < now))
        except PutError:
            return False
        return True


def due(now: datetime) -> list[tuple[str, str]]:
    """Tenant and connection of the grants to look at; slightly behind recent saves."""
    return [(item.pk, item.sk.removeprefix(PREFIX)) for item in _due(now)]


def put_off(tenant: str, connection: str, until: datetime) -> None:
    """The look is on its way: not again before then. One that was forgotten meanwhile stays so."""
    item = TenantItem(tenant, f"{PREFIX}{connection}")
    with suppress(UpdateError):
        item.update([TenantItem.next_pull.set(until)], TenantItem.due.exists())


def _due(now: datetime) -> Iterator[TenantItem]:
    return TenantItem.by_due.query(DUE, TenantItem.next_pull <= now)


def _expiry(item: TenantItem) -> Expiry:
    found = item.data
    moments = {name: datetime.fromisoformat(found[name]) if found[name] else None for name in ("idle", "ends")}
    return Expiry(datetime.fromisoformat(found["renewed"]), moments["idle"], moments["ends"], found["told"])
