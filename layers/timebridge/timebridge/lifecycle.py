"""What people do to a connection: let it load, pause it, resume it, disconnect it. Its links always stay."""

from datetime import UTC, datetime, timedelta
from typing import Any

from timebridge import context
from timebridge.errors import Rejected
from timebridge.providers import provider
from timebridge.store.executions import is_running, start_initial_sync
from timebridge.tenants import Connection, Status

KNOWN_FOR = timedelta(days=25)
"""After a longer pause everything is loaded afresh: QuickBooks tells changes of the last 30 days only."""


def resume(connection: Connection, actor: str) -> Connection:
    """Put a connection (back) on the road: with a pull if it was there not long ago, else with an initial sync."""
    now = datetime.now(UTC)
    if connection.last_pull is None or connection.run is not None or now - connection.last_pull > KNOWN_FOR:
        return load(connection, actor)
    return _saved(connection, status=Status.LIVE, reason=None, remedy=None, next_pull=now)


def load(connection: Connection, actor: str) -> Connection:
    """Start an initial sync. One that broke off is taken up: only what is left is done. One that runs goes on."""
    if is_loading(connection):
        return connection
    run = context.runs(connection).start("initial sync", actor)
    loading = _saved(connection, status=Status.LOADING, run=run.id, reason=None, remedy=None)
    start_initial_sync(connection.tenant, connection.id, run.id)
    return loading


def is_loading(connection: Connection) -> bool:
    """An initial sync is at work; the status alone cannot tell, because an aborted one ends without a word."""
    return connection.status is Status.LOADING and connection.run is not None and is_running(connection.run)


def pause(connection: Connection, actor: str) -> Connection:
    """Nothing is read or written until `resume`; what happens meanwhile is found then."""
    return _saved(connection, status=Status.PAUSED, reason=f"Paused by {actor}.", remedy="Resume the connection.")


def disconnect(connection: Connection) -> Connection:
    """Give our access back and forget the tokens. Connecting the same account again finds the links as they were."""
    grants = context.grants(connection)
    provider.load(connection.provider).revoke(context.app(connection.provider), grants.get())
    grants.delete()
    return _saved(connection, status=Status.CLOSED, reason=None, remedy=None, next_pull=None)


def _saved(connection: Connection, **values: Any) -> Connection:
    saved = context.changed(connection, **values)
    if saved is None:
        raise Rejected("The connection is not there any more.", remedy="Make a new one.")
    return saved
