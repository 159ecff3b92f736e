"""The webhook of a Salesforce connection: its address, a new one, and what an administrator deploys to use it."""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field

from timebridge import context
from timebridge.api.access import EVERYBODY, Asking, Caller, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.connections import public_url
from timebridge.api.errors import Problem, missing
from timebridge.api.views import Asked, View
from timebridge.store.audit import Audit
from timebridge.tenants import Connection, Provider, Role

webhook = Noun("webhook")

INSIDERS = frozenset({Role.TENANT_ADMIN})
"""An address is a key to the tenant's door: the platform's own administrators are not shown it."""

GRACE = 72

SIGNED = "Intuit signs every notice with a key that only Intuit and the operator know; others are refused."
ADDRESSED = "The address of this connection holds a secret that only your org knows; other addresses are refused."


class WebhookView(View):
    """`accepted`: whether notices are acted on (setting `notices`). `old_until`: how long the address before this one
    still works."""

    url: str
    accepted: bool
    objects: list[str]
    old_until: datetime | None


class NoticesView(View):
    """Whether the provider tells at once what changed there. `last`: when it told last, to the minute. `url`: where it
    sends notices of all connections to, if that is one address; `verified`: how we know that they are genuine."""

    accepted: bool
    last: datetime | None
    url: str | None
    verified: str


class NewAddress(Asked):
    grace_hours: int = Field(
        default=GRACE, ge=0, le=336, description="How long the old address still works; 0 if somebody else knows it."
    )


SkipOwn = Annotated[bool, Query(description="Leave out changes made by the user who connected: they are ours.")]


@webhook.get("/tenants/<tenant>/connections/<connection>/notices", EVERYBODY, "See whether notices arrive")
def get_notices(tenant: TenantId, connection: ConnectionId) -> NoticesView:
    """What a notice did not tell, the next pull finds."""
    found = connection_of(tenant, connection)
    common = found.provider is Provider.QUICKBOOKS_ONLINE
    return NoticesView(
        accepted=found.settings.get("notices", True),
        last=context.noticed(found).last(),
        url=f"{public_url()}/api/quickbooks/webhook" if common else None,
        verified=SIGNED if common else ADDRESSED,
    )


@webhook.get("/tenants/<tenant>/connections/<connection>/webhook", INSIDERS, "Show where notices are sent")
def get_webhook(tenant: TenantId, connection: ConnectionId) -> WebhookView:
    """The address holds a secret of its own for each connection. What changed while it is not used, a pull finds."""
    return _view(_connected(tenant, connection))


@webhook.post("/tenants/<tenant>/connections/<connection>/webhook/rotate", INSIDERS, "Make a new address for notices")
def rotate_webhook(
    tenant: TenantId, connection: ConnectionId, caller: Asking, asked: Annotated[NewAddress | None, Body()] = None
) -> WebhookView:
    """Deploy `webhook/source` again afterwards. Until the grace is over both addresses work; one is enough."""
    found, grace = _connected(tenant, connection), asked.grace_hours if asked else GRACE
    until = datetime.now(UTC) + timedelta(hours=grace)
    saved = context.changed(
        found,
        webhook_secret=secrets.token_urlsafe(32),
        old_webhook={"secret": found.webhook_secret, "until": until.isoformat()} if grace else {},
    )
    if saved is None:
        raise missing("connection")
    _note(caller, saved, "webhook.rotate", {"grace_hours": grace})
    return _view(saved)


@webhook.get("/tenants/<tenant>/connections/<connection>/webhook/source", INSIDERS, "Download the notices")
def download_notices(
    tenant: TenantId, connection: ConnectionId, caller: Asking, skip_own: SkipOwn = True
) -> Response[Any]:
    """A zip: flows and outbound messages with this connection's address, for Salesforce's command line to deploy."""
    from timebridge.providers.salesforce.package import deployment

    found = _connected(tenant, connection)
    files = deployment.notice_files(_address(found), found.owner or "", skip_own)
    _note(caller, found, "webhook.download", {"skip_own": skip_own})
    return zipped(deployment.archive(files))


def zipped(archive: bytes) -> Response[Any]:
    """Encoded here, because the validation of answers takes bytes for text."""
    made = Response(200, "application/zip", base64.b64encode(archive).decode())
    made.base64_encoded = True
    return made


def _connected(tenant: str, connection: str) -> Connection:
    found = connection_of(tenant, connection)
    if found.provider is not Provider.SALESFORCE:
        raise Problem(
            404, f"{found.provider} has one webhook for all connections.", remedy="The operator's guide names it."
        )
    if found.webhook_secret is None:
        raise Problem(
            409,
            "The connection has no webhook yet.",
            remedy="Connect it first; the address is made then.",
            cause="Status",
        )
    return found


def _address(connection: Connection) -> str:
    key = f"{connection.tenant}.{connection.id}"
    return f"{public_url()}/api/salesforce/webhook/{key}/{connection.webhook_secret}"


def _view(connection: Connection) -> WebhookView:
    from timebridge.providers.salesforce.package.deployment import OBJECTS

    old = datetime.fromisoformat(connection.old_webhook["until"]) if connection.old_webhook else None
    return WebhookView(
        url=_address(connection),
        accepted=connection.settings.get("notices", True),
        objects=list(OBJECTS),
        old_until=old if old and old > datetime.now(UTC) else None,
    )


def _note(caller: Caller, connection: Connection, what: str, detail: dict[str, Any]) -> None:
    Audit(connection.tenant).write(caller.name, what, f"connection {connection.id}", detail)
