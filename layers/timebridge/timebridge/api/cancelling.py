"""Ending what is under way: nothing more is done, and what was done stays."""

from timebridge.api.access import ADMINS, Asking, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import Problem
from timebridge.api.runs import PATH, RunView, run_of, view
from timebridge.connecting import lifecycle
from timebridge.runs import RunStatus
from timebridge.store.audit import Audit
from timebridge.store.runs import Runs

cancelling = Noun("runs")

INITIAL = "initial sync"
CANCELLABLE = (INITIAL, "preview")


@cancelling.post(f"{PATH}/<run>/cancel", ADMINS, "Cancel a run that is under way")
def cancel_run(tenant: TenantId, connection: ConnectionId, run: Name, caller: Asking) -> RunView:
    """An initial sync: nothing is written any more, what was done stays, and `resume` does what is left. A preview just
    ends."""
    found, known = connection_of(tenant, connection), run_of(tenant, connection, run)
    if known.status.is_over or known.kind not in CANCELLABLE:
        said = "This run has ended already." if known.status.is_over else "This run ends by itself."
        raise Problem(409, said, remedy="Look at what it does.", cause="Status")
    if known.kind == INITIAL:
        lifecycle.cancel(found, run, caller.name)
    else:
        Runs(tenant, connection).finish(run, RunStatus.CANCELLED, reason=f"Cancelled by {caller.name}.")
    Audit(tenant).write(caller.name, "run.cancel", f"connection {connection}", {"run": run})
    return view(run_of(tenant, connection, run))
