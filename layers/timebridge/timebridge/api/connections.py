"""Connections: make them, watch them, pause, resume and end them."""

from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge import timing
from timebridge.api import switches, versions
from timebridge.api.access import (
    ADMINS,
    EVERYBODY,
    Asking,
    Caller,
    ConnectionId,
    Noun,
    TenantId,
    connection_of,
)
from timebridge.api.errors import Problem, conflict
from timebridge.api.views import Asked, At, IfMatch, Page, View, revision_of
from timebridge.connecting import lifecycle
from timebridge.errors import Stale
from timebridge.expiry import Expiry
from timebridge.gateway import Request
from timebridge.mapping.refresh import refresh
from timebridge.providers.provider import PROVIDERS
from timebridge.settings import settings
from timebridge.store.audit import Audit
from timebridge.store.expiries import Expiries
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Provider, Rhythm, Role, Status

connections = Noun("connections")

Available = StrEnum("Available", list(PROVIDERS))  # type: ignore[misc]


class NewConnection(Asked):
    provider: Available
    rhythm: Rhythm = Rhythm.HOURLY
    settings: dict[str, Any] = Field(default_factory=dict)
    setup: bool = Field(default=False, description="It stays off after the consent, until `resume` switches it on.")


class ConnectionPatch(At):
    rhythm: Rhythm | None = Field(default=None, description="How often both sides are pulled.")
    settings: dict[str, Any] | None = Field(
        default=None, description="Stages and switches of the flows; published at once, in place of all of them."
    )


class AccessView(View):
    """How long our access is good for. It is used at least once a week, so `unless_used` moves on by itself; `ends`
    does not: somebody has to consent again before then. Mails tell 30, 7 and 1 days before."""

    renewed: datetime
    unless_used: datetime | None
    ends: datetime | None
    days_left: int | None


class RefusalView(View):
    """Of a consent that was begun in the console."""

    title: str
    reason: str
    remedy: str


class ConnectionView(View):
    """`webhook_url` is for the outbound messages of Salesforce, and shown to tenant_admin only."""

    id: str
    provider: Provider
    status: Status
    reason: str | None
    remedy: str | None
    account: str | None
    account_name: str | None
    owner: str | None
    base_url: str | None
    login_url: str | None = Field(default=None, description="Where the tenant logs in, if not at the usual address.")
    own_app: bool = Field(default=False, description="Whether the tenant brought an app of their own.")
    facts: dict[str, Any] = Field(description="What the provider says of the account: edition, sandbox, user.")
    access: AccessView | None = Field(default=None, description="How long our access is good for, where it ends.")
    replaces: str | None = Field(description="The connection that ends when this one is connected.")
    rhythm: Rhythm
    settings: dict[str, Any]
    run: str | None
    next_pull: datetime | None
    last_pull: datetime | None
    setup: str | None = Field(default=None, description="While it is being set up: the step that somebody is at.")
    refusal: RefusalView | None = Field(default=None, description="Why the last consent did not come about.")
    revision: int
    webhook_url: str | None = None


@connections.get("/tenants/<tenant>/connections", EVERYBODY, "List the connections and how they are")
def list_connections(tenant: TenantId, caller: Asking) -> Page[ConnectionView]:
    kept = Expiries(tenant).all()
    return Page[ConnectionView](items=[_shown(found, caller, kept.get(found.id)) for found in Connections().of(tenant)])


@connections.post("/tenants/<tenant>/connections", ADMINS, "Make a connection", 201)
def create_connection(tenant: TenantId, asked: Annotated[NewConnection, Body()], caller: Asking) -> ConnectionView:
    """Nothing is read or written until somebody consents at the provider: see `connect`."""
    id = f"{asked.provider}-{uuid4().hex[:8]}"
    wanted = Connection(id, tenant, Provider(asked.provider), rhythm=asked.rhythm, settings=asked.settings)
    wanted = replace(wanted, setup={"step": "account"} if asked.setup else {})
    switches.check(wanted)
    saved = Connections().save(wanted)
    note(caller, saved, "connection.create")
    return _view(saved, caller)


@connections.get("/tenants/<tenant>/connections/<connection>", EVERYBODY, "Read a connection")
def get_connection(tenant: TenantId, connection: ConnectionId, caller: Asking) -> ConnectionView:
    return _view(connection_of(tenant, connection), caller)


@connections.patch("/tenants/<tenant>/connections/<connection>", ADMINS, "Change rhythm or settings")
def update_connection(
    tenant: TenantId,
    connection: ConnectionId,
    asked: Annotated[ConnectionPatch, Body()],
    caller: Asking,
    if_match: IfMatch = None,
) -> ConnectionView:
    revision, found = revision_of(if_match, asked), connection_of(tenant, connection)
    wanted = replace(
        found,
        rhythm=asked.rhythm or found.rhythm,
        revision=revision,
    )
    if asked.settings is not None:
        wanted = versions.fitting(wanted, asked.settings)
    if wanted.rhythm is not found.rhythm:
        wanted = replace(wanted, next_pull=timing.rescheduled(wanted))
    try:
        saved = Connections().save(wanted)
    except Stale as error:
        current = _view(connection_of(tenant, connection), caller)
        raise conflict(error, current.model_dump(mode="json")) from error
    if asked.settings is not None:
        versions.keep(found, saved, caller)
        refresh(found, saved, caller.name)
    note(caller, saved, "connection.update", before=_chosen(found), after=_chosen(saved))
    return _view(saved, caller)


@connections.post("/tenants/<tenant>/connections/<connection>/pause", ADMINS, "Pause")
def pause(tenant: TenantId, connection: ConnectionId, caller: Asking) -> ConnectionView:
    """Nothing is read or written any more. What happens meanwhile is found after `resume`."""
    paused = lifecycle.pause(among(tenant, connection, "pause", Status.LIVE), caller.name)
    note(caller, paused, "connection.pause")
    return _view(paused, caller)


@connections.post("/tenants/<tenant>/connections/<connection>/resume", ADMINS, "Resume")
def resume(tenant: TenantId, connection: ConnectionId, caller: Asking) -> ConnectionView:
    """A connection that stopped goes on as well, where our access is still good: the package came meanwhile."""
    stopped = among(tenant, connection, "resume", Status.PAUSED, Status.NEEDS_REAUTH)
    resumed = lifecycle.resume(stopped, caller.name)
    note(caller, resumed, "connection.resume")
    return _view(resumed, caller)


@connections.post("/tenants/<tenant>/connections/<connection>/disconnect", ADMINS, "Disconnect, keeping links")
def disconnect(tenant: TenantId, connection: ConnectionId, caller: Asking) -> ConnectionView:
    """Gives the access back and forgets the tokens. Records and links stay; `reconnect` goes on from them."""
    open_ = set(Status) - {Status.CLOSED}
    closed = lifecycle.close(among(tenant, connection, "disconnect", *open_))
    note(caller, closed, "connection.disconnect", {"reason": closed.reason} if closed.reason else None)
    return _view(closed, caller)


def among(tenant: str, connection: str, verb: str, *statuses: Status) -> Connection:
    found = connection_of(tenant, connection)
    if found.status not in statuses:
        may = ", ".join(sorted(statuses))
        raise Problem(
            409,
            f"The connection is {found.status}; {verb} is for one that is {may}.",
            remedy=found.remedy or "Look at its status first.",
            cause="Status",
        )
    return found


def public_url() -> str:
    """Where browsers and providers reach us: as it is set, else where this request came in."""
    return settings().public_url or Request(connections.router.current_event.raw_event).domain


def _view(connection: Connection, caller: Caller) -> ConnectionView:
    return _shown(connection, caller, Expiries(connection.tenant).get(connection.id))


def shown(connection: Connection, caller: Caller) -> ConnectionView:
    return _view(connection, caller)


def _shown(connection: Connection, caller: Caller, kept: Expiry | None) -> ConnectionView:
    secret = connection.webhook_secret
    shown = secret and connection.provider is Provider.SALESFORCE and Role.TENANT_ADMIN in caller.roles
    key = f"{connection.tenant}.{connection.id}"
    url = f"{public_url()}/api/salesforce/webhook/{key}/{secret}" if shown else None
    app = {"login_url": connection.app.get("login_url"), "own_app": "client_id" in connection.app}
    access = _access(kept) if kept and connection.status not in (Status.CLOSED, Status.NEEDS_REAUTH) else None
    at: dict[str, Any] = {"setup": connection.setup.get("step"), "refusal": connection.refusal or None}
    view = ConnectionView.of(replace(connection, **at))
    return view.model_copy(update={"webhook_url": url, "access": access, **app})


def _access(kept: Expiry) -> AccessView:
    left = kept.days_left(datetime.now(UTC))
    return AccessView(renewed=kept.renewed, unless_used=kept.idle, ends=kept.ends, days_left=left)


def _chosen(connection: Connection) -> dict[str, Any]:
    return {"rhythm": connection.rhythm.value, "settings": dict(connection.settings)}


def note(
    caller: Caller,
    connection: Connection,
    what: str,
    detail: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    Audit(connection.tenant).write(caller.name, what, f"connection {connection.id}", detail, before, after)
