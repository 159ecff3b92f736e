"""Tenants, their connections, and the grants that open them."""

from collections.abc import Callable, Mapping, Sequence
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
    outbound-message URL that only the tenant's org knows; `old_webhook`: the `secret` it replaced, and `until` when
    (ISO) that is still believed. `settings`: which flows, stages and switches (plain data);
    `version`: the number under which they were published, 0 before the first. `app`: the tenant's own way in, where
    they gave one: `login_url`; `client_id` and `saved` (ISO) of an app of their own; `full_access`. `facts`: what the
    provider said of the account at the last consent (edition, sandbox, user). `replaces`: the connection that ends when
    this one is connected. `pulled`: when each flow was pulled last, and under "reconcile" when everything was (ISO).
    `since`: what did not change after that moment (ISO) is left alone; None: everything is kept in step. `absent`: the
    lines of flows ("flow.value of ours") that are left out, because the account does not have their field. `setup`:
    while it is being set up, the `step` a person is at; it stays off then until it is switched on. `refusal`: why the
    consent that was begun in the console last did not come about (title, reason, remedy).
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
    webhook_secret: str | None = field(default=None, repr=False)
    old_webhook: Mapping[str, str] = field(default_factory=dict, repr=False)
    rhythm: Rhythm = Rhythm.HOURLY
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    app: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    replaces: str | None = None
    run: str | None = None
    next_pull: datetime | None = None
    last_pull: datetime | None = None
    pulled: Mapping[str, str] = field(default_factory=dict)
    since: str | None = None
    absent: Sequence[str] = ()
    setup: Mapping[str, Any] = field(default_factory=dict)
    refusal: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0

    def webhook_secrets(self, now: datetime) -> tuple[str, ...]:
        """Those that are believed: the one in force, and for a while the one that it replaced."""
        old = self.old_webhook
        before = old["secret"] if old and now < datetime.fromisoformat(old["until"]) else None
        return tuple(secret for secret in (self.webhook_secret, before) if secret)


@dataclass(frozen=True, slots=True)
class Version:
    """Settings of a connection as they were published. `restores`: the version that this one brought back."""

    number: int
    settings: Mapping[str, Any]
    actor: str
    published: datetime
    note: str = ""
    restores: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Settings of a connection that are worked on and not yet in force."""

    settings: Mapping[str, Any]
    actor: str
    saved: datetime
    note: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """OAuth tokens of one connection. `expires` is None when the provider does not say (Salesforce).

    `refresh_expires`: when it is over unless it is renewed before; `ends`: when it is over whatever we do.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires: datetime | None = None
    refresh_expires: datetime | None = None
    base_url: str | None = None
    issued: datetime | None = None
    ends: datetime | None = None


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
