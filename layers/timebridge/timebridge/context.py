"""The one place where things are put together: stores, providers, settings, and the road of one connection.

What only the road needs is imported when a road is opened: webhook doors import this module too.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from timebridge import presets
from timebridge.budget import Told
from timebridge.connecting.apps import CALLBACKS as CALLBACKS  # put together there, and asked for here
from timebridge.connecting.apps import app as app
from timebridge.connecting.apps import app_of as app_of
from timebridge.connecting.apps import own_app as own_app
from timebridge.errors import Disconnected, Stale, attached
from timebridge.flows import Flows
from timebridge.links import Links
from timebridge.providers import provider
from timebridge.providers.provider import Limited, Metered, ProviderModule
from timebridge.road import Brake
from timebridge.sides import Side
from timebridge.store.tenants import Connections, Tenants
from timebridge.telemetry import count, logger
from timebridge.tenants import Connection, Grants, Provider, Status

if TYPE_CHECKING:
    from timebridge.runs import Tally
    from timebridge.store.carried import Carried
    from timebridge.store.cursors import Cursors
    from timebridge.store.exports import Exports
    from timebridge.store.meter import Meter
    from timebridge.store.noticed import Noticed
    from timebridge.store.runs import Runs
    from timebridge.store.solved import Solving

RESET = "reset"
"""Among the facts of a connection: its links lead nowhere any more, and it must not go on with them."""

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
    merge_ours: Callable[[str, str, str], object]
    new_id: Callable[[str], str]
    meter: "Meter"
    solving: "Solving"
    brake: Brake = field(default_factory=Brake)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def calls(self) -> int:
        """To the provider, since the road was opened."""
        return sum(self.theirs.calls.values()) if isinstance(self.theirs, Metered) else 0


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
            with _metered(_road(found)) as road:
                yield road
        except Disconnected as error:
            stop(found, Status.NEEDS_REAUTH, error.for_user, error.remedy)
            if error.links_end:
                changed(found, facts={**found.facts, RESET: True})
            raise


@contextmanager
def rehearsed(connection: Connection) -> Iterator[Context]:
    """The road as it would be with the settings of this connection, which need not be in force. For looking only."""
    keys = {"tenant": connection.tenant, "connection": connection.id}
    with logger.append_context_keys(**keys), attached(**keys), _metered(_road(connection)) as road:
        yield road


@contextmanager
def _metered(road: Context) -> Iterator[Context]:
    """A side that minds its limits knows what was learnt of them last; what was called is written down at the end."""
    side = road.theirs
    if isinstance(side, Limited):
        side.recall(road.meter.latest())
    try:
        yield road
    finally:
        if road.calls:
            told = side.told if isinstance(side, Limited) else Told()
            road.meter.add(road.calls, told, road.now())


def _road(connection: Connection) -> Context:
    from timebridge.postings import bookkeeping
    from timebridge.questions import twins
    from timebridge.store.cursors import Cursors
    from timebridge.store.links import DynamoLinks
    from timebridge.store.records import Workspace
    from timebridge.store.solved import Solving
    from timebridge.workspace import kinds

    module = provider.load(connection.provider)
    flows = presets.flows_of(connection)
    whose = connection.tenant, connection.id
    solving = Solving(*whose)
    links = DynamoLinks(*whose, solving)
    theirs = module.open_side(app_of(connection), grants(connection), connection, flows)
    return Context(
        connection=connection,
        ours=bookkeeping.composed(connection, Workspace(connection.tenant), links, flows, theirs),
        theirs=theirs,
        links=links,
        flows=flows,
        cursors=Cursors(*whose, connection.since),
        runs=runs(connection),
        provider=module,
        merge_ours=partial(twins.merge_ours, connection.tenant),
        new_id=kinds.new_id,
        meter=meter(connection),
        solving=solving,
    )


def stop(
    connection: Connection,
    status: Status,
    reason: str,
    remedy: str,
    among: Collection[Status] = (Status.LIVE, Status.LOADING),
    of_run: str = "",
) -> bool:
    """Take a connection off the road, and write down for the tenant why and what to do about it.

    One that somebody took off meanwhile, or that another initial sync than `of_run` loads, stays as it is (false).
    """
    if changed(connection, among=among, of_run=of_run, status=status, reason=reason, remedy=remedy) is None:
        return False
    from timebridge.store.alerts import Alerts

    Alerts().warn(connection, reason, remedy, "stopped")
    logger.warning("connection stopped", status=status, reason=reason, remedy=remedy)
    count("ConnectionsStopped", tenant=connection.tenant, provider=connection.provider, status=status)
    return True


def told_errors(road: Context, tally: "Tally") -> None:
    """Errors of records, for those who want to be told of them."""
    from timebridge.store.alerts import Alerts

    Alerts().errors(road.connection, tally)


def changed(
    connection: Connection, among: Collection[Status] = tuple(Status), of_run: str = "", **values: Any
) -> Connection | None:
    """Save the given values on a connection, whatever else is saved on it meanwhile.

    None: it is not there any more, its status is none of `among`, or another initial sync than `of_run` is its latest.
    Raises Stale when it keeps changing.
    """
    for _ in range(SAVES):
        fresh = Connections().get(connection.tenant, connection.id)
        if fresh is None or fresh.status not in among or of_run not in ("", fresh.run):
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


def meter(connection: Connection) -> "Meter":
    from timebridge.store.meter import Meter

    return Meter(connection.tenant, connection.id)


def zone_of(connection: Connection) -> str:
    tenant = Tenants().get(connection.tenant)
    return tenant.time_zone if tenant else "UTC"


def grants(connection: Connection) -> Grants:
    from timebridge.store.grants import SecretGrants

    return SecretGrants(connection.tenant, connection.id)


def exports(connection: Connection) -> "Exports":
    from timebridge.store.exports import Exports

    return Exports(connection.tenant, connection.id)


def carried(connection: Connection) -> "Carried":
    from timebridge.store.carried import Carried

    return Carried(connection.tenant, connection.id, lambda: zone_of(connection))


def noticed(connection: Connection) -> "Noticed":
    from timebridge.store.noticed import Noticed

    return Noticed(connection.tenant, connection.id)


def runs(connection: Connection) -> "Runs":
    from timebridge.store.runs import Runs

    return Runs(connection.tenant, connection.id)
