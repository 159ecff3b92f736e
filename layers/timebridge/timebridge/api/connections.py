"""Connections: make them, let a person consent, watch them, pause, resume and end them."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import uuid4

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge import context, lifecycle
from timebridge.api import switches
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
from timebridge.errors import Disconnected, Stale, Transient
from timebridge.gateway import Request
from timebridge.providers import provider
from timebridge.providers.provider import PROVIDERS
from timebridge.settings import settings
from timebridge.store.audit import Audit
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Provider, Rhythm, Role, Status

connections = Noun("connections")

Available = StrEnum("Available", list(PROVIDERS))  # type: ignore[misc]


class NewConnection(Asked):
    provider: Available
    rhythm: Rhythm = Rhythm.HOURLY
    settings: dict[str, Any] = Field(default_factory=dict)


class ConnectionPatch(At):
    rhythm: Rhythm | None = Field(default=None, description="How often both sides are pulled.")
    settings: dict[str, Any] | None = Field(
        default=None, description="Stages and switches of the flows; replaces all of them."
    )


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
    rhythm: Rhythm
    settings: dict[str, Any]
    run: str | None
    next_pull: datetime | None
    last_pull: datetime | None
    revision: int
    webhook_url: str | None = None


class ConsentView(View):
    authorise_url: str = Field(description="Open it in a browser within ten minutes.")


class ProbeView(View):
    """`ok`, and then latency in seconds and calls used and left; or else the cause and what to do about it."""

    ok: bool
    name: str | None = None
    latency: float | None = None
    used: int | None = None
    limit: int | None = None
    left: int | None = None
    cause: str | None = None
    reason: str | None = None
    remedy: str | None = None


@connections.get("/tenants/<tenant>/connections", EVERYBODY, "List the connections and how they are")
def list_connections(tenant: TenantId, caller: Asking) -> Page[ConnectionView]:
    return Page[ConnectionView](items=[_view(found, caller) for found in Connections().of(tenant)])


@connections.post("/tenants/<tenant>/connections", ADMINS, "Make a connection", 201)
def create_connection(tenant: TenantId, asked: Annotated[NewConnection, Body()], caller: Asking) -> ConnectionView:
    """Nothing is read or written until somebody consents at the provider: see `connect`."""
    id = f"{asked.provider}-{uuid4().hex[:8]}"
    wanted = Connection(id, tenant, Provider(asked.provider), rhythm=asked.rhythm, settings=asked.settings)
    switches.check(wanted)
    saved = Connections().save(wanted)
    _note(caller, saved, "connection.create")
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
        settings=found.settings if asked.settings is None else asked.settings,
        revision=revision,
    )
    switches.check(wanted)
    if wanted.rhythm is not found.rhythm:
        wanted = replace(wanted, next_pull=context.rescheduled(wanted))
    try:
        saved = Connections().save(wanted)
    except Stale as error:
        current = _view(connection_of(tenant, connection), caller)
        raise conflict(error, current.model_dump(mode="json")) from error
    _note(caller, saved, "connection.update", before=_chosen(found), after=_chosen(saved))
    return _view(saved, caller)


@connections.post("/tenants/<tenant>/connections/<connection>/connect", ADMINS, "Begin the consent")
def connect(tenant: TenantId, connection: ConnectionId, caller: Asking) -> ConsentView:
    """The answer's address leads to the provider's consent page; the initial sync begins when a person allowed it."""
    return _consent(_among(tenant, connection, "connect", Status.CONNECTING, Status.NEEDS_REAUTH), caller)


@connections.post("/tenants/<tenant>/connections/<connection>/reconnect", ADMINS, "Begin a new consent, keeping links")
def reconnect(tenant: TenantId, connection: ConnectionId, caller: Asking) -> ConsentView:
    """For a connection that lost its access or was disconnected. It must be the same account; all links stay."""
    among = (Status.NEEDS_REAUTH, Status.CLOSED, Status.PAUSED, Status.LIVE)
    return _consent(_among(tenant, connection, "reconnect", *among), caller)


@connections.post("/tenants/<tenant>/connections/<connection>/test", ADMINS, "Test the connection")
def test_connection(tenant: TenantId, connection: ConnectionId) -> ProbeView:
    """One small call to the provider. A failure is an answer too: it says the cause and the remedy."""
    found = connection_of(tenant, connection)
    probed = provider.load(found.provider).probe(context.app(found.provider), context.grants(found), found)
    used, limit = probed.get("used"), probed.get("limit")
    left = limit - used if used is not None and limit is not None else None
    return ProbeView(**{name: value for name, value in probed.items() if name in ProbeView.model_fields}, left=left)


@connections.post("/tenants/<tenant>/connections/<connection>/pause", ADMINS, "Pause")
def pause(tenant: TenantId, connection: ConnectionId, caller: Asking) -> ConnectionView:
    """Nothing is read or written any more. What happens meanwhile is found after `resume`."""
    paused = lifecycle.pause(_among(tenant, connection, "pause", Status.LIVE), caller.name)
    _note(caller, paused, "connection.pause")
    return _view(paused, caller)


@connections.post("/tenants/<tenant>/connections/<connection>/resume", ADMINS, "Resume")
def resume(tenant: TenantId, connection: ConnectionId, caller: Asking) -> ConnectionView:
    resumed = lifecycle.resume(_among(tenant, connection, "resume", Status.PAUSED), caller.name)
    _note(caller, resumed, "connection.resume")
    return _view(resumed, caller)


@connections.post("/tenants/<tenant>/connections/<connection>/disconnect", ADMINS, "Disconnect, keeping links")
def disconnect(tenant: TenantId, connection: ConnectionId, caller: Asking) -> ConnectionView:
    """Gives the access back and forgets the tokens. Records and links stay; `reconnect` goes on from them."""
    open_ = set(Status) - {Status.CLOSED}
    closed = _closed(_among(tenant, connection, "disconnect", *open_))
    _note(caller, closed, "connection.disconnect", {"reason": closed.reason} if closed.reason else None)
    return _view(closed, caller)


UNREACHED = "The provider did not take the access back.", "Remove timebridge there, among its connected apps."


def _closed(connection: Connection) -> Connection:
    """A provider that does not answer, or has forgotten us already, keeps nobody connected."""
    try:
        return lifecycle.disconnect(connection)
    except (Transient, Disconnected) as error:
        context.grants(connection).delete()
        reason, remedy = UNREACHED if isinstance(error, Transient) else (None, None)
        closed = context.changed(connection, status=Status.CLOSED, reason=reason, remedy=remedy, next_pull=None)
        return closed or connection


def _among(tenant: str, connection: str, verb: str, *statuses: Status) -> Connection:
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


def _consent(connection: Connection, caller: Caller) -> ConsentView:
    from timebridge.authorise import make_ticket  # consents are rare, and signing them is not light

    name = context.CALLBACKS[connection.provider]
    ticket = make_ticket(connection.tenant, connection.id, caller.name)
    _note(caller, connection, "connection.consent")
    return ConsentView(authorise_url=f"{public_url()}/api/{name}/start?{urlencode({'ticket': ticket})}")


def public_url() -> str:
    """Where browsers and providers reach us: as it is set, else where this request came in."""
    return settings().public_url or Request(connections.router.current_event.raw_event).domain


def _view(connection: Connection, caller: Caller) -> ConnectionView:
    secret = connection.webhook_secret
    shown = secret and connection.provider is Provider.SALESFORCE and Role.TENANT_ADMIN in caller.roles
    key = f"{connection.tenant}.{connection.id}"
    url = f"{public_url()}/api/salesforce/webhook/{key}/{secret}" if shown else None
    return ConnectionView.of(connection).model_copy(update={"webhook_url": url})


def _chosen(connection: Connection) -> dict[str, Any]:
    return {"rhythm": connection.rhythm.value, "settings": dict(connection.settings)}


def _note(
    caller: Caller,
    connection: Connection,
    what: str,
    detail: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    Audit(connection.tenant).write(caller.name, what, f"connection {connection.id}", detail, before, after)
