"""Every minute: a pull for each connection that is due."""

from datetime import UTC, datetime
from typing import Any

from timebridge import context, queue
from timebridge.errors import SyncError
from timebridge.queue import Pull
from timebridge.telemetry import count, facts, logger
from timebridge.tenants import Connection, Status


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _: object) -> dict[str, int]:
    due = context.due(datetime.now(UTC))
    return {"due": len(due), "queued": sum(_queued(connection) for connection in due)}


def _queued(connection: Connection) -> bool:
    """One connection that cannot be queued holds up no other; it stays due."""
    try:
        queue.send(connection.tenant, connection.id, pull=Pull())
        context.changed(connection, among=(Status.LIVE,), next_pull=context.rescheduled(connection))
    except SyncError as error:
        logger.error("not scheduled", connection=connection.id, **facts(error))
        count("PullsNotQueued", tenant=connection.tenant)
        return False
    return True
