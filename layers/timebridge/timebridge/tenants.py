"""Tenants, their connections, and the grants that open them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Provider(StrEnum):
    SALESFORCE = "salesforce"
    QUICKBOOKS_ONLINE = "quickbooks_online"
    QUICKBOOKS_DESKTOP = "quickbooks_desktop"


class Role(StrEnum):
    PLATFORM_ADMIN = "platform_admin"
    TENANT_ADMIN = "tenant_admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Status(StrEnum):
    """What a connection is doing. Only LOADING and LIVE connections write anything."""

    CONNECTING = "connecting"
    LOADING = "loading"
    LIVE = "live"
    PAUSED = "paused"
    NEEDS_REAUTH = "needs_reauth"
    CLOSED = "closed"


class Rhythm(StrEnum):
    """How often the pull of both sides runs, in the tenant's time zone."""

    REALTIME = "realtime"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Tenant:
    id: str
    name: str
    time_zone: str = "UTC"
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Connection:
    """One tenant's authorised access to one provider account.

    `account`: the Salesforce organisation id or the QuickBooks realm id. `webhook_secret`: the part of the Salesforce
    outbound-message URL that only the tenant's org knows. `settings`: which flows, stages and switches (plain data).
    """

    id: str
    tenant: str
    provider: Provider
    status: Status = Status.CONNECTING
    account: str | None = None
    account_name: str | None = None
    owner: str | None = None
    base_url: str | None = None
    reason: str | None = None
    remedy: str | None = None
    webhook_secret: str | None = None
    rhythm: Rhythm = Rhythm.HOURLY
    settings: Mapping[str, Any] = field(default_factory=dict)
    run: str | None = None
    next_pull: datetime | None = None
    last_pull: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """OAuth tokens of one connection. `expires` is None when the provider does not say (Salesforce)."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires: datetime | None = None
    refresh_expires: datetime | None = None
    base_url: str | None = None
    issued: datetime | None = None


class Grants(Protocol):
    """Where the grant of one connection is kept."""

    def get(self) -> Grant:
        """Raises Disconnected when there is none."""

    def renew(self, used: Grant, refresh: Callable[[Grant], Grant]) -> Grant:
        """A grant newer than `used`, whatever the number of callers: one of them refreshes, the others wait for it.

        Raises what `refresh` raises, and Transient when the one who refreshes takes too long.
        """

    def put(self, grant: Grant) -> None: ...

    def delete(self) -> None: ...
