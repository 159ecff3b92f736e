"""Whom to tell what, what they were told of, and the alerts that nobody was told of yet.

All of it lies in the tenants table: alerts under one key, so that one query a minute finds them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pynamodb.exceptions import DoesNotExist, PutError

from timebridge.errors import Stale
from timebridge.runs import Tally
from timebridge.store.exact import instant
from timebridge.store.tables import TenantItem
from timebridge.telling.alerts import Alert, Watch, Wishes
from timebridge.tenants import Connection

WAITING, DIGEST = "alert#", "digest"
KEPT = timedelta(days=4)
TAKEN_AT_ONCE = 500
LEASE = timedelta(minutes=5)
"""How long one who died in the middle keeps the others from going on."""


class Alerts:
    """The alerts of every tenant, until their people were told."""

    def errors(self, connection: Connection, tally: Tally) -> None:
        """The errors of records, if there were any, for the next mail."""
        if tally.parked:
            more = max(tally.parked - len(tally.problems), 0)
            whose = connection.tenant, connection.id
            self.put(Alert(*whose, "errors", datetime.now(UTC), problems=tuple(tally.problems), more=more))

    def warn(self, connection: Connection, reason: str, remedy: str, what: str = "warning") -> None:
        """People are told at once that a connection needs attention. For each occasion it is called once."""
        self.put(Alert(connection.tenant, connection.id, what, datetime.now(UTC), reason, remedy))

    def put(self, alert: Alert) -> None:
        data = asdict(alert) | {"at": instant(alert.at), "problems": [dict(each) for each in alert.problems]}
        key = f"{instant(alert.at)}#{uuid4().hex[:8]}"
        TenantItem(WAITING, key, data=data, expires=alert.at + KEPT).save()

    def waiting(self) -> list[tuple[str, Alert]]:
        """The oldest first, each with its key."""
        found = TenantItem.query(WAITING, consistent_read=True, limit=TAKEN_AT_ONCE)
        return [(item.sk, _alert(item)) for item in found if item.data is not None]

    def forget(self, keys: Iterable[str]) -> None:
        with TenantItem.batch_write() as batch:
            for key in keys:
                batch.delete(TenantItem(WAITING, key))

    def taken(self, now: datetime) -> bool:
        """Whether the caller may tell people now: of several at the same moment, one may."""
        free = TenantItem.sk.does_not_exist() | (TenantItem.until < now)
        try:
            TenantItem(WAITING, "lease", until=now + LEASE, expires=now + KEPT).save(free)
        except PutError:
            return False
        return True

    def given_back(self) -> None:
        TenantItem(WAITING, "lease").delete()


class Notifications:
    """The wishes and the watch of one tenant."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def wishes(self) -> Wishes:
        item = self._read("wishes")
        if item is None:
            return Wishes()
        return Wishes(**item.data | {"recipients": tuple(item.data["recipients"])}, revision=int(item.revision or 0))

    def save(self, wishes: Wishes, digest: datetime | None) -> Wishes:
        """`digest`: when the next one is due. Raises Stale when the given revision is not the stored one."""
        saved = replace(wishes, revision=wishes.revision + 1)
        data = {name: value for name, value in asdict(saved).items() if name != "revision"}
        item = TenantItem(self._tenant, "notifications#wishes", data=data, revision=saved.revision)
        item.due, item.next_pull = (DIGEST, digest) if digest else (None, None)
        self._put(item)
        return saved

    def watch(self) -> Watch:
        item = self._read("watch")
        if item is None:
            return Watch()
        found = item.data
        known = {key: datetime.fromisoformat(at) for key, at in found["known"].items()}
        others = tuple((datetime.fromisoformat(at), count) for at, count in found["others"])
        return Watch(known, others, tuple(found["waiting"]), found["fired"], int(item.revision or 0))

    def keep(self, watch: Watch) -> Watch:
        """Raises Stale when somebody else kept one meanwhile."""
        data = {
            "known": {key: instant(at) for key, at in watch.known.items()},
            "others": [[instant(at), count] for at, count in watch.others],
            "waiting": [dict(each) for each in watch.waiting],
            "fired": watch.fired,
        }
        after = replace(watch, revision=watch.revision + 1)
        self._put(TenantItem(self._tenant, "notifications#watch", data=data, revision=after.revision))
        return after

    def _read(self, what: str) -> TenantItem | None:
        try:
            return TenantItem.get(self._tenant, f"notifications#{what}", consistent_read=True)
        except DoesNotExist:
            return None

    def _put(self, item: TenantItem) -> None:
        before = int(item.revision or 0) - 1
        try:
            item.save(TenantItem.revision == before if before else TenantItem.sk.does_not_exist())
        except PutError as error:
            raise Stale(
                "The notifications were changed by somebody else meanwhile.",
                remedy="Load them again and repeat the change.",
                field="revision",
            ) from error


def digests_due(now: datetime) -> Iterator[str]:
    """The tenants whose digest has come; slightly behind recent saves."""
    return (item.pk for item in TenantItem.by_due.query(DIGEST, TenantItem.next_pull <= now))


def _alert(item: TenantItem) -> Alert:
    return Alert(**item.data | {"at": datetime.fromisoformat(item.data["at"])})
