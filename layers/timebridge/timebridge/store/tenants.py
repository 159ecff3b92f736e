"""Tenants, their connections, and the states of consents under way."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import DeleteError, PutError

from timebridge.errors import Stale
from timebridge.store.exact import instant
from timebridge.store.tables import TenantItem
from timebridge.tenants import Connection, Provider, Rhythm, Status, Tenant

TENANTS = "tenant"
DUE = "due"
NOT_IN_DATA = {"id", "tenant", "revision", "next_pull"}


class Tenants:
    """Every tenant."""

    def get(self, id: str) -> Tenant | None:
        item = _read(TENANTS, id)
        return _tenant(item) if item else None

    def save(self, tenant: Tenant) -> Tenant:
        """Returns it with its next revision. Raises Stale when the given revision is not the stored one."""
        data = {"name": tenant.name, "time_zone": tenant.time_zone}
        _put(TenantItem(TENANTS, tenant.id, data=data, revision=tenant.revision + 1), tenant.revision, "tenant")
        return replace(tenant, revision=tenant.revision + 1)

    def all(self) -> Iterator[Tenant]:
        return map(_tenant, TenantItem.query(TENANTS))


class Connections:
    """The connections of every tenant."""

    def get(self, tenant: str, id: str) -> Connection | None:
        item = _read(tenant, f"connection#{id}")
        return _connection(item) if item else None

    def of(self, tenant: str) -> list[Connection]:
        found = TenantItem.query(tenant, TenantItem.sk.startswith("connection#"), consistent_read=True)
        return [_connection(item) for item in found]

    def by_account(self, provider: str, account: str) -> list[Connection]:
        """Those of any tenant that are connected to one provider account: a notice names nothing else."""
        return [_connection(item) for item in TenantItem.by_account.query(f"{provider}#{account}")]

    def save(self, connection: Connection) -> Connection:
        """Returns it with its next revision. Raises Stale when the given revision is not the stored one."""
        saved = replace(connection, revision=connection.revision + 1)
        _put(_connection_item(saved), connection.revision, "connection")
        return saved

    def due(self, now: datetime) -> Iterator[Connection]:
        """Live connections whose next pull has come, and loading ones to look after, the longest waiting first;
        slightly behind recent saves."""
        return map(_connection, TenantItem.by_due.query(DUE, TenantItem.next_pull <= now))


class States:
    """What a consent under way has to remember between its start and the provider's answer."""

    def put(self, id: str, data: Mapping[str, Any], expires: datetime) -> None:
        TenantItem(f"state#{id}", "state", data=dict(data), until=expires, expires=expires).save()

    def take(self, id: str) -> dict[str, Any] | None:
        """The data, once: of all who ask, one gets it. None when it was taken, has expired, or never was."""
        item = _read(f"state#{id}", "state")
        if item is None:
            return None
        try:
            item.delete(TenantItem.sk.exists())
        except DeleteError:
            return None
        return item.data if item.until and item.until > datetime.now(UTC) else None


def _read(pk: str, sk: str) -> TenantItem | None:
    try:
        return TenantItem.get(pk, sk, consistent_read=True)
    except TenantItem.DoesNotExist:
        return None


def _put(item: TenantItem, revision: int, what: str) -> None:
    try:
        item.save(TenantItem.revision == revision if revision else TenantItem.sk.does_not_exist())
    except PutError as error:
        raise Stale(
            f"This {what} was changed by somebody else meanwhile.",
            remedy="Load it again and repeat the change.",
            field="revision",
        ) from error


def _tenant(item: TenantItem) -> Tenant:
    return Tenant(item.sk, revision=int(item.revision or 0), **item.data)


def _connection_item(connection: Connection) -> TenantItem:
    data = {name: value for name, value in _fields(connection).items() if name not in NOT_IN_DATA}
    if connection.last_pull:
        data["last_pull"] = instant(connection.last_pull)
    waits = connection.status in (Status.LIVE, Status.LOADING) and connection.next_pull is not None
    account = f"{connection.provider}#{connection.account}" if connection.account else None
    return TenantItem(
        connection.tenant,
        f"connection#{connection.id}",
        account=account,
        due=DUE if waits else None,
        next_pull=connection.next_pull,
        data=data,
        revision=connection.revision,
    )


def _fields(connection: Connection) -> dict[str, Any]:
    return {field.name: getattr(connection, field.name) for field in fields(connection)}


def _connection(item: TenantItem) -> Connection:
    found = item.data
    last_pull = found.get("last_pull")
    typed = {
        "provider": Provider(found["provider"]),
        "status": Status(found["status"]),
        "rhythm": Rhythm(found["rhythm"]),
        "last_pull": datetime.fromisoformat(last_pull) if last_pull else None,
        "absent": tuple(found.get("absent", ())),
    }
    return Connection(
        id=item.sk.removeprefix("connection#"),
        tenant=item.pk,
        next_pull=item.next_pull,
        revision=int(item.revision or 0),
        **found | typed,
    )
