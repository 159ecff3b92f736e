"""The one place where things are put together: stores, providers, settings, and the road of one connection.

What only the road needs is imported when a road is opened: webhook doors import this module too.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from timebridge import edits, presets
from timebridge.changes import Change
from timebridge.edits import Edit
from timebridge.errors import Disconnected, Misconfigured, Stale, attached
from timebridge.flows import Flows
from timebridge.links import Links
from timebridge.providers import provider
from timebridge.providers.provider import App, ProviderModule
from timebridge.queue import Message
from timebridge.road import Brake
from timebridge.schedule import next_pull
from timebridge.settings import settings
from timebridge.sides import Side
from timebridge.store.tenants import Connections, Tenants
from timebridge.telemetry import count, logger
from timebridge.tenants import Connection, Grants, Provider, Status

if TYPE_CHECKING:
    from timebridge.store.cursors import Cursors
    from timebridge.store.exports import Exports
    from timebridge.store.runs import Runs

SAVES = 5
"""How often a connection is read again because somebody else saved it first."""


class NotOpen(Exception):
    """The connection is not in a state in which its road may be used; nothing is wrong with that."""

    def __init__(self, status: Status | None) -> None:
        super().__init__(f"The connection is {status or 'not there'}.")
        self.status = status


@dataclass
class Context:
    """The road of one connection (see `sync.Road`), and what belongs to it."""

    connection: Connection
    ours: Side
    theirs: Side
    links: Links
    flows: Flows
    cursors: "Cursors"
    runs: "Runs"
    provider: ProviderModule
    new_id: Callable[[str], str]
    brake: Brake = field(default_factory=Brake)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@contextmanager
def opened(tenant: str, connection: str, *among: Status) -> Iterator[Context]:
    """The road of a connection whose status is one of `among` (LIVE if none is given).

    Every SyncError that leaves the block says where it happened, and so does every line logged inside. A Disconnected
    one also stops the connection and tells the tenant why. Raises NotOpen.
    """
    keys = {"tenant": tenant, "connection": connection}
    with logger.append_context_keys(**keys), attached(**keys):
        found = Connections().get(tenant, connection)
        if found is None or found.status not in (among or (Status.LIVE,)):
            raise NotOpen(found.status if found else None)
        try:
            yield _road(found)
        except Disconnected as error:
            stop(found, Status.NEEDS_REAUTH, error.for_user, error.remedy)
            raise


def _road(connection: Connection) -> Context:
    from timebridge import workspace
    from timebridge.store.cursors import Cursors
    from timebridge.store.links import DynamoLinks
    from timebridge.store.records import Workspace

    module = provider.load(connection.provider)
    flows = presets.flows_of(connection)
    whose = connection.tenant, connection.id
    return Context(
        connection=connection,
        ours=Workspace(connection.tenant),
        theirs=module.open_side(app(connection.provider), grants(connection), connection, flows),
        links=DynamoLinks(*whose),
        flows=flows,
        cursors=Cursors(*whose),
        runs=runs(connection),
        provider=module,
        new_id=workspace.new_id,
    )


def stop(connection: Connection, status: Status, reason: str, remedy: str) -> None:
    """Take a connection off the road, and write down for the tenant why and what to do about it.

    One that somebody took off meanwhile stays as they left it.
    """
    if changed(connection, among=(Status.LIVE, Status.LOADING), status=status, reason=reason, remedy=remedy) is None:
        return
    logger.warning("connection stopped", status=status, reason=reason, remedy=remedy)
    count("ConnectionsStopped", tenant=connection.tenant, provider=connection.provider, status=status)


def changed(connection: Connection, among: Collection[Status] = tuple(Status), **values: Any) -> Connection | None:
    """Save the given values on a connection, whatever else is saved on it meanwhile.

    None: it is not there any more, or its status is none of `among`. Raises Stale when it keeps changing.
    """
    for _ in range(SAVES):
        fresh = Connections().get(connection.tenant, connection.id)
        if fresh is None or fresh.status not in among:
            return None
        try:
            return Connections().save(replace(fresh, **values))
        except Stale:
            continue
    raise Stale("The connection keeps changing.", tenant=connection.tenant, connection=connection.id)


def connection(tenant: str, id: str) -> Connection | None:
    return Connections().get(tenant, id)


def connected(name: Provider, account: str) -> list[Connection]:
    """The connections of any tenant to a provider's account, closed ones left out."""
    return [found for found in Connections().by_account(name, account) if found.status is not Status.CLOSED]


def due(now: datetime) -> list[Connection]:
    return list(Connections().due(now))


def messages(connection: Connection, changes: Iterable[Change]) -> list[Message]:
    """What a provider's notice means for a connection: nothing for objects no flow has, or while it is not live.

    A tenant may switch notices off; then, too, the next pull finds what changed.
    """
    if connection.status is not Status.LIVE or not connection.settings.get("notices", True):
        count("NoticesIgnored", tenant=connection.tenant, provider=connection.provider)
        return []
    flows = presets.flows_of(connection)
    known = tuple(change for change in changes if flows.of(change.where, change.name))
    return [Message(connection.tenant, connection.id, known)] if known else []


def messages_of_edits(tenant: str, some: Sequence[Edit]) -> list[Message]:
    """What edits in a tenant's workspace mean for each of its live connections."""
    live = [found for found in Connections().of(tenant) if found.status is Status.LIVE]
    meant = [(found, tuple(edits.changes(some, presets.flows_of(found)))) for found in live]
    return [Message(tenant, found.id, changes) for found, changes in meant if changes]


def rescheduled(connection: Connection) -> datetime | None:
    """When a connection is pulled next, by its rhythm and the tenant's time zone."""
    tenant = Tenants().get(connection.tenant)
    zone = tenant.time_zone if tenant else "UTC"
    return next_pull(connection.rhythm, zone, f"{connection.tenant}#{connection.id}", datetime.now(UTC))


def grants(connection: Connection) -> Grants:
    from timebridge.store.grants import SecretGrants

    return SecretGrants(connection.tenant, connection.id)


def exports(connection: Connection) -> "Exports":
    from timebridge.store.exports import Exports

    return Exports(connection.tenant, connection.id)


def runs(connection: Connection) -> "Runs":
    from timebridge.store.runs import Runs

    return Runs(connection.tenant, connection.id)


CALLBACKS = {name: name.value for name in Provider} | {Provider.QUICKBOOKS_ONLINE: "quickbooks"}
"""What a provider is called in the paths of the HTTP API."""


def app(name: Provider, public_url: str = "") -> App:
    """Our registration at a provider. Raises Misconfigured when the operator has not filled it in.

    `public_url` is where this request came in; it is used only where the settings do not say.
    A provider that has no settings of its own keeps its addresses in the app secret.
    """
    from timebridge.store.app_secrets import app_secret

    found = settings()
    secret = dict(app_secret(name))
    client_id, client_secret = secret.pop("client_id", ""), secret.pop("client_secret", "")
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
        redirect_uri=f"{found.public_url or public_url}/api/{CALLBACKS[name]}/callback",
        login_url=login_url,
        api_url=api_url,
        extra=secret,
    )
