"""What people ask for goes on the queue in a run of its own, whose id they have at once."""

from collections.abc import Sequence

from timebridge import context, queue
from timebridge.changes import Change
from timebridge.errors import Transient
from timebridge.messages import Pull, Share
from timebridge.runs import RunStatus
from timebridge.tenants import Connection

RETRY, REPAIR, SINGLE = "retry", "repair", "changes"
"""Kinds of runs that look at single records."""


def sent(
    connection: Connection, actor: str, kind: str, changes: Sequence[Change] = (), pull: Pull | None = None
) -> str | None:
    """The id of the run; None where there is nothing to do. Raises Transient when the queue did not take it."""
    if not changes and pull is None:
        return None
    runs = context.runs(connection)
    run = runs.start(kind, actor, status=RunStatus.WAITING)
    try:
        queue.send(connection.tenant, connection.id, changes=changes, pull=pull, share=Share(run.id))
    except Transient as error:
        runs.finish(run.id, RunStatus.FAILED, reason=error.told)
        raise
    return run.id
