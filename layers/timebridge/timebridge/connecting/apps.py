"""The app that a connection is opened with: our registration at its provider, or one that the tenant brought."""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from timebridge.errors import Misconfigured
from timebridge.providers.provider import App
from timebridge.settings import settings
from timebridge.tenants import Connection, Provider

if TYPE_CHECKING:
    from timebridge.store.allowance import SharedAllowance
    from timebridge.store.own_apps import OwnApp

CALLBACKS = {name: name.value for name in Provider} | {Provider.QUICKBOOKS_ONLINE: "quickbooks"}
"""What a provider is called in the paths of the HTTP API."""

SHARED = (Provider.QUICKBOOKS_ONLINE,)
"""Providers that allow so many calls a minute, whichever of our workers makes them."""

CALLS_A_MINUTE = 3_000
"""Of all accounts of an app together, unless the app secret says otherwise (`all` in its `limits`, 0: as many as they
like). Nobody publishes such a limit; it keeps one tenant's load from taking all there is."""

LOOPBACK = ("127.0.0.1", "::1")


def app(name: Provider, public_url: str = "", own: tuple[str, str] | None = None) -> App:
    """Our registration at a provider, or with `own` (client id and secret) that of a tenant.

    Raises Misconfigured when the operator has not filled ours in. `public_url` is where this request came in; it is
    used only where the settings do not say. A provider that has no settings of its own keeps its addresses in the app
    secret.
    """
    from timebridge.store.app_secrets import app_secret

    found = settings()
    secret = dict(app_secret(name))
    ours = secret.pop("client_id", ""), secret.pop("client_secret", "")
    client_id, client_secret = own or ours
    if not client_id or not client_secret:
        raise Misconfigured(f"timebridge is not registered at {name} yet.", detail="client id or secret is empty")
    addresses = {
        Provider.SALESFORCE: (found.salesforce_login_url, ""),
        Provider.QUICKBOOKS_ONLINE: (found.quickbooks_discovery_url, found.quickbooks_api_url),
    }
    login_url, api_url = addresses.get(name) or (secret.pop("login_url", ""), secret.pop("api_url", ""))
    return App(
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=f"{_safe(found.public_url or public_url)}/api/{CALLBACKS[name]}/callback",
        login_url=login_url,
        api_url=api_url,
        extra=secret,
    )


def app_of(connection: Connection, public_url: str = "") -> App:
    """The app a connection is opened with: the tenant's own where they brought one, and at the address they gave."""
    chosen = connection.app
    own = own_app(connection).pair(chosen["saved"]) if chosen.get("client_id") else None
    found = app(connection.provider, public_url, own)
    extra = {**found.extra, "own": own is not None, "full_access": chosen.get("full_access", False)}
    found = replace(found, login_url=chosen.get("login_url") or found.login_url, extra=extra)
    return replace(found, allowance=_allowance(connection, found)) if connection.provider in SHARED else found


def _allowance(connection: Connection, app: App) -> "SharedAllowance":
    from timebridge.store.allowance import SharedAllowance
    from timebridge.store.meter import Meter

    most = int((app.extra.get("limits") or {}).get("all", CALLS_A_MINUTE))
    return SharedAllowance(Meter(connection.tenant, connection.id), app.client_id, most or None)


def own_app(connection: Connection) -> "OwnApp":
    from timebridge.store.own_apps import OwnApp

    return OwnApp(connection.tenant, connection.id)


def _safe(public_url: str) -> str:
    """A code that travels in the clear is a code that is stolen: only this machine may be called back over http."""
    parts = urlsplit(public_url)
    local = (parts.hostname or "").rpartition(".")[2] == "localhost" or parts.hostname in LOOPBACK
    if not public_url or parts.scheme == "https" or local:
        return public_url
    raise Misconfigured(
        "timebridge may not be called back over plain http.",
        remedy="Set PUBLIC_URL to an address that begins with https://.",
        detail="PUBLIC_URL is not https",
    )
