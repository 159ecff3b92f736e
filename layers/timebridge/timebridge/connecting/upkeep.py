"""Keeping our access alive.

It is used before it ends for want of use, people hear in time that it ends, and a hint that it was taken away is looked
into. What ends it is told to the tenant; records, links and settings stay.
"""

from datetime import UTC, datetime
from enum import StrEnum

from timebridge import context, queue
from timebridge.errors import Disconnected, SyncError, Transient
from timebridge.expiry import AGAIN, Expiry
from timebridge.messages import Message
from timebridge.providers import provider
from timebridge.store import expiries
from timebridge.store.alerts import Alerts
from timebridge.store.audit import Audit
from timebridge.store.expiries import Expiries
from timebridge.telemetry import facts, logger
from timebridge.tenants import Connection, Grant, Provider, Status

HELD = (Status.LIVE, Status.LOADING, Status.PAUSED)
"""Statuses in which our access is wanted, used or not."""

OFTEN = 30.0
"""Seconds between two looks that strangers may cause."""


def send_due(now: datetime) -> None:
    """Queue a look for every grant that is due. It comes again when the worker has not looked within the hour."""
    for tenant, connection in expiries.due(now):
        try:
            queue.send_all([Message(tenant, connection, upkeep=True)])
            expiries.put_off(tenant, connection, now + AGAIN)
        except SyncError as error:
            logger.error("not looked after", connection=connection, **facts(error))


def keep(tenant: str, id: str) -> None:
    """What a grant that is due needs: to be used, or somebody to be told. Raises Transient when it cannot be known."""
    found, mine = context.connection(tenant, id), Expiries(tenant)
    kept = mine.get(id)
    if kept is None:
        return
    if found is None or found.status not in HELD:
        mine.save(id, kept, None)
        return
    now = datetime.now(UTC)
    if kept.is_unused(now):
        if not is_alive(found):
            return
        kept = mine.get(id) or kept
    days = kept.warning(now)
    if days is None:
        mine.save(id, kept, kept.next_look(now))
    else:
        _warn(found, kept, now)
        mine.told(id, kept, days)


def is_alive(connection: Connection) -> bool:
    """Whether the grant is still good, by using it. One that is not takes the connection off the road."""
    try:
        renewed(connection)
    except Disconnected as error:
        logger.warning("access lost", **facts(error))
        context.stop(connection, Status.NEEDS_REAUTH, error.for_user, error.remedy, HELD)
        mine = Expiries(connection.tenant)
        if kept := mine.get(connection.id):
            mine.save(connection.id, kept, None)
        return False
    return True


class Said(StrEnum):
    """What became of a hint that our access to an account was taken away. `UNKNOWN`: nobody is connected to it."""

    ENDED = "ended"
    CONNECTED = "connected"
    UNANSWERED = "unanswered"
    UNKNOWN = "unknown"


def look_into(name: Provider, account: str) -> Said:
    """Somebody says that our access to an account was taken away: believed when the provider says so, too."""
    held = [found for found in context.connected(name, account) if found.status in HELD]
    said = [_looked_into(found) for found in held]
    if not held:
        lost = any(found.status is Status.NEEDS_REAUTH for found in context.connected(name, account))
        return Said.ENDED if lost else Said.UNKNOWN
    return next(word for word in (Said.UNANSWERED, Said.ENDED, Said.CONNECTED) if word in said)


def _looked_into(connection: Connection) -> Said:
    """Anybody may give such a hint, so one that follows another is answered without asking the provider again."""
    if not Expiries(connection.tenant).may_verify(connection.id, OFTEN):
        return Said.UNANSWERED
    try:
        if is_alive(connection):
            return Said.CONNECTED
    except Transient as error:
        logger.warning("hint not looked into", **facts(error))
        return Said.UNANSWERED
    Audit(connection.tenant).write(connection.provider, "connection.lost", f"connection {connection.id}")
    return Said.ENDED


def renewed(connection: Connection) -> Grant:
    """Renew the grant although its token may be good for a while: that is how one knows that the consent still is."""
    module, app, grants = provider.load(connection.provider), context.app_of(connection), context.grants(connection)
    used: list[Grant] = []

    def refresh(grant: Grant) -> Grant:
        used.append(grant)
        return module.refresh(app, grant)

    grant = grants.renew(grants.get(), refresh)
    return grant if used else grants.renew(grant, refresh)  # what we knew of it was outdated, and not asked for now


def _warn(connection: Connection, kept: Expiry, now: datetime) -> None:
    left, over = kept.days_left(now), kept.over
    assert over is not None
    name = connection.account_name or connection.id
    days = "day" if left == 1 else "days"
    said = f"The access to {name} ends in {left} {days}, on {over:%d %B %Y}."
    remedy = "Reconnect it before then: links and settings stay, and nothing is interrupted."
    Alerts().warn(connection, said, remedy)
