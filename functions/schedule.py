"""Every minute: a pull for each connection that is due, of those of its flows that are; and a look after those that
load, and after our access."""

from datetime import UTC, datetime
from typing import Any

from timebridge import context, queue, timing
from timebridge.connecting import upkeep
from timebridge.errors import SyncError
from timebridge.telemetry import count, facts, logger
from timebridge.tenants import Connection, Status


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _: object) -> dict[str, int]:
    now = _minute(event)
    found = timing.due(now)
    due = [connection for connection in found if connection.status is Status.LIVE]
    for connection in (each for each in found if each.status is Status.LOADING):
        _watch(connection, now)
    upkeep.send_due(now)
    return {"due": len(due), "queued": sum(_queued(connection, now) for connection in due)}


def _minute(event: dict[str, Any]) -> datetime:
    """The one this was scheduled for; now, if it does not say."""
    return datetime.fromisoformat(event["time"]) if "time" in event else datetime.now(UTC)


def _watch(connection: Connection, now: datetime) -> None:
    """One that cannot be looked after holds up no other; the next minute is the retry."""
    from timebridge.connecting import lifecycle  # it brings boto3 along, and few minutes find a connection that loads

    try:
        lifecycle.watch(connection, now)
    except SyncError as error:
        logger.error("not looked after", connection=connection.id, **facts(error))


def _queued(connection: Connection, now: datetime) -> bool:
    """One connection that cannot be queued holds up no other; it stays due."""
    try:
        queue.send(connection.tenant, connection.id, pull=timing.pull_due(connection, now))
        context.changed(connection, among=(Status.LIVE,), next_pull=timing.rescheduled(connection, now))
    except SyncError as error:
        logger.error("not scheduled", connection=connection.id, **facts(error))
        count("PullsNotQueued", tenant=connection.tenant)
        return False
    return True
