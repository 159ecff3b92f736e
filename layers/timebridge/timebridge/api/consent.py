"""Consent: begin it, renew it, move to another account; and the app of their own that a tenant may bring for it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import uuid4

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge import context
from timebridge.api.access import ADMINS, Asking, Caller, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.connections import among, note, public_url
from timebridge.api.errors import Problem
from timebridge.api.views import Asked, View
from timebridge.errors import Disconnected, Misconfigured
from timebridge.providers import provider
from timebridge.settings import settings
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Provider, Status

consent = Noun("consent")

UNUSED = (Status.CONNECTING, Status.CLOSED, Status.NEEDS_REAUTH)
"""Statuses in which no grant is in use that another app could not go on with."""

TRY_AGAIN = 60
"""Seconds until a provider is asked again whether it knows a new app."""


class ConsentView(View):
    connection: str = Field(description="The connection that the consent is for.")
    authorise_url: str = Field(description="Open it in a browser within ten minutes.")


class Coming(Asked):
    """Who goes to the provider from a page of the console comes back to it; `setup`: and the connection stays off until
    `resume` switches it on."""

    console: bool = False
    setup: bool = False


From = Annotated[Coming | None, Body()]


class OwnAppForm(Asked):
    """The three fields of the form, and whether the app's full access is insisted on."""

    consumer_key: str | None = Field(default=None, min_length=1, max_length=300)
    consumer_secret: str | None = Field(default=None, min_length=1, max_length=300, description="Never shown again.")
    instance_url: str | None = Field(
        default=None, max_length=300, description="Where to log in: production, sandbox, or the address of any page."
    )
    full_access: bool = Field(default=False, description="Ask for the scope `full` instead of the least there is.")


class OwnAppView(View):
    """The secret can be written and replaced, and is never read."""

    consumer_key: str | None
    has_secret: bool
    instance_url: str | None
    full_access: bool
    saved: datetime | None


class AppCheckView(View):
    ok: bool
    reason: str | None = None
    remedy: str | None = None
    retry_after: int | None = Field(default=None, description="Seconds; waiting helps with an app that is new.")


@consent.post("/tenants/<tenant>/connections/<connection>/connect", ADMINS, "Begin the consent")
def connect(tenant: TenantId, connection: ConnectionId, caller: Asking, asked: From = None) -> ConsentView:
    """The answer's address leads to the provider's consent page; the initial sync begins when a person allowed it."""
    return _consent(among(tenant, connection, "connect", Status.CONNECTING, Status.NEEDS_REAUTH), caller, asked)


@consent.post("/tenants/<tenant>/connections/<connection>/reconnect", ADMINS, "Begin a new consent, keeping links")
def reconnect(tenant: TenantId, connection: ConnectionId, caller: Asking, asked: From = None) -> ConsentView:
    """For a connection that lost its access, was disconnected, or is handed over to another user of the same account.
    All links stay, and it synchronises at once."""
    statuses = (Status.NEEDS_REAUTH, Status.CLOSED, Status.PAUSED, Status.LIVE)
    return _consent(among(tenant, connection, "reconnect", *statuses), caller, asked)


@consent.post("/tenants/<tenant>/connections/<connection>/switch", ADMINS, "Begin to move to another account", 201)
def switch(tenant: TenantId, connection: ConnectionId, caller: Asking, asked: From = None) -> ConsentView:
    """Makes a connection with the same settings for the other account. When somebody has consented there, this one is
    disconnected; its links stay as they are, because they point into the old account."""
    former = among(tenant, connection, "switch", *set(Status) - {Status.CONNECTING})
    fresh = Connection(
        f"{former.provider}-{uuid4().hex[:8]}",
        tenant,
        former.provider,
        rhythm=former.rhythm,
        settings=former.settings,
        replaces=former.id,
        setup={"step": "account"} if asked and asked.setup else {},
    )
    saved = Connections().save(fresh)
    note(caller, former, "connection.switch", {"to": saved.id})
    return _consent(saved, caller, asked)


@consent.get("/tenants/<tenant>/connections/<connection>/app", ADMINS, "Read how the tenant logs in")
def get_app(tenant: TenantId, connection: ConnectionId) -> OwnAppView:
    return _app_view(connection_of(tenant, connection))


@consent.post("/tenants/<tenant>/connections/<connection>/app", ADMINS, "Bring an app of one's own, or an address")
def save_app(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[OwnAppForm, Body()], caller: Asking
) -> OwnAppView:
    """All fields replace what was there. Without a key our app is used, at the given address. A new secret for the
    same key can be given at any time; another key or address only while no consent is in use."""
    found = connection_of(tenant, connection)
    _check_supported(found)
    chosen = _chosen(found, asked)
    if _way_in(chosen) != _way_in(found.app):
        among(tenant, connection, "changing key or address", *UNUSED)
    _keep_secret(found, asked)
    saved = context.changed(found, app=chosen) or found
    note(caller, saved, "connection.app", before=_said(found.app), after=_said(saved.app))
    return _app_view(saved)


@consent.post("/tenants/<tenant>/connections/<connection>/app/check", ADMINS, "Ask whether the app is known")
def check_app(tenant: TenantId, connection: ConnectionId) -> AppCheckView:
    """A new app takes some minutes to become known; `retry_after` says when to ask again."""
    from timebridge.connecting.authorise import UNKNOWN_APP, is_new_app

    found = connection_of(tenant, connection)
    try:
        provider.load(found.provider).check_app(context.app_of(found, public_url()))
    except (Disconnected, Misconfigured) as error:
        wait = TRY_AGAIN if is_new_app(found) and UNKNOWN_APP in error.detail else None
        return AppCheckView(ok=False, reason=error.for_user, remedy=error.remedy, retry_after=wait)
    return AppCheckView(ok=True)


def _consent(connection: Connection, caller: Caller, asked: Coming | None) -> ConsentView:
    from timebridge.connecting.authorise import make_ticket  # consents are rare, and signing them is not light

    name = context.CALLBACKS[connection.provider]
    console = asked is not None and asked.console
    if connection.refusal:
        connection = context.changed(connection, refusal={}) or connection
    ticket = make_ticket(connection.tenant, connection.id, caller.name, console=console)
    note(caller, connection, "connection.consent")
    url = f"{public_url()}/api/{name}/start?{urlencode({'ticket': ticket})}"
    return ConsentView(connection=connection.id, authorise_url=url)


def _check_supported(connection: Connection) -> None:
    if not provider.load(connection.provider).offer().own_app:
        raise Problem(
            409, "This provider is always reached through our app.", remedy="Connect without one of your own."
        )


def _chosen(connection: Connection, asked: OwnAppForm) -> dict[str, Any]:
    """What is kept on the connection: everything but the secret."""
    chosen: dict[str, Any] = {"full_access": True} if asked.full_access else {}
    if asked.instance_url:
        configured = settings().salesforce_login_url if connection.provider is Provider.SALESFORCE else ""
        chosen["login_url"] = provider.load(connection.provider).login_address(asked.instance_url, configured)
    if asked.consumer_key:
        same = connection.app.get("client_id") == asked.consumer_key
        if not asked.consumer_secret and not same:
            said = "A consumer key needs its consumer secret."
            raise Problem(422, said, remedy="Copy both from the app's settings.", field="consumer_secret")
        now = datetime.now(UTC).isoformat()
        chosen |= {"client_id": asked.consumer_key, "saved": now if asked.consumer_secret else connection.app["saved"]}
    elif asked.consumer_secret:
        said = "A consumer secret needs its consumer key."
        raise Problem(422, said, remedy="Copy both from the app's settings.", field="consumer_key")
    return chosen


def _keep_secret(connection: Connection, asked: OwnAppForm) -> None:
    own = context.own_app(connection)
    if asked.consumer_key and asked.consumer_secret:
        own.put(asked.consumer_key, asked.consumer_secret)
    elif not asked.consumer_key and connection.app.get("client_id"):
        own.delete()


def _way_in(app: Mapping[str, Any]) -> tuple[Any, Any]:
    return app.get("client_id"), app.get("login_url")


def _said(app: Mapping[str, Any]) -> dict[str, Any]:
    return {name: app[name] for name in ("client_id", "login_url", "full_access", "saved") if name in app}


def _app_view(connection: Connection) -> OwnAppView:
    app = connection.app
    return OwnAppView(
        consumer_key=app.get("client_id"),
        has_secret="client_id" in app,
        instance_url=app.get("login_url"),
        full_access=app.get("full_access", False),
        saved=app.get("saved"),
    )
