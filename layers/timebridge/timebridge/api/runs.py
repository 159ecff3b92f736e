"""Runs: what was done when, by whom, how far it is, and what went wrong."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field

from timebridge import presets
from timebridge.api.access import ADMINS, EVERYBODY, Asking, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import Problem, missing
from timebridge.api.kinds import PLURALS
from timebridge.api.sending import RETRY, sent
from timebridge.api.spans import Since, Until
from timebridge.api.views import Asked, Limit, Page, Queued, Start, View
from timebridge.changes import Change
from timebridge.connecting import lifecycle
from timebridge.flows import Flow
from timebridge.links import Link, State
from timebridge.messages import Pull
from timebridge.pull import changes_of
from timebridge.runs import Run, RunStatus, Tally, What, in_order
from timebridge.schedule import RECONCILE
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.store.runs import Runs
from timebridge.tenants import Connection, Status

runs = Noun("runs")

MANY = 200
"""Links that are read at once."""

PATH = "/tenants/<tenant>/connections/<connection>/runs"

OfStatus = Annotated[RunStatus | None, Query(description="Only those that are, or ended, like this.")]
OfKind = Annotated[str | None, Query(max_length=40, description="Only these: pull, initial sync, verify, ...")]
Saying = Annotated[str, Query(max_length=200, description="Only those whose reason or problems hold this text.")]


class ProgressView(View):
    """Of one object. `rate`: records per second; `seconds_left` and `total` are missing until they are known."""

    total: int | None = None
    seen: int = 0
    done: int = 0
    parked: int = 0
    rate: float | None = None
    seconds_left: float | None = None


class RunView(View):
    """`percent` is missing while the total is not known. `problems`: how many records are parked.

    `records`: how many it names (see `…/records`), by what was done and by flow. `kinds`: what an initial sync was
    asked for, empty for everything; `outcome`: what a check found.
    """

    id: str
    kind: str
    status: RunStatus
    started: datetime
    ended: datetime | None
    actor: str
    reason: str | None
    kinds: list[str]
    outcome: dict[str, Any]
    percent: float | None
    counts: dict[str, int]
    problems: int
    records: dict[What, dict[str, int]]
    progress: dict[str, ProgressView]


class NewRun(Asked):
    kinds: list[str] | None = Field(
        default=None,
        max_length=20,
        description="Only these, like `projects`; what they refer to comes along. Left out: everything.",
    )


class StartedView(View):
    run: str = Field(description="Id of the run, to follow its progress.")


@runs.get(PATH, EVERYBODY, "List the runs, the latest first")
def list_runs(
    tenant: TenantId,
    connection: ConnectionId,
    start: Start = None,
    limit: Limit = 50,
    status: OfStatus = None,
    kind: OfKind = None,
    since: Since = None,
    until: Until = None,
    q: Saying = "",
) -> Page[RunView]:
    """Without the progress of those that are still running: read one for that."""
    connection_of(tenant, connection)

    def fits(run: Run) -> bool:
        return (status is None or run.status is status) and (kind is None or run.kind == kind) and run.says(q)

    found, next = Runs(tenant, connection).list(limit, start, since=since, until=until, match=fits)
    return Page[RunView](items=[view(run) for run in found], next=next)


@runs.post(PATH, ADMINS, "Start the initial sync", 202)
def start_initial_sync(
    tenant: TenantId, connection: ConnectionId, caller: Asking, asked: Annotated[NewRun | None, Body()] = None
) -> StartedView:
    """Goes through what was chosen, or everything, on both sides, parents first. One that broke off is taken up;
    nothing is doubled."""
    found = connection_of(tenant, connection)
    kinds = _chosen(found, asked.kinds) if asked and asked.kinds is not None else ()
    if found.status not in (Status.LIVE, Status.PAUSED, Status.LOADING) or lifecycle.is_loading(found):
        raise Problem(
            409,
            f"The connection is {found.status}.",
            remedy="Wait for the run that is under way." if found.status is Status.LOADING else "Connect it first.",
            cause="Status",
        )
    run = lifecycle.load(found, caller.name, kinds).run or ""
    Audit(tenant).write(caller.name, "run.start", f"connection {connection}", {"run": run, "kinds": list(kinds)})
    return StartedView(run=run)


@runs.get(f"{PATH}/<run>", EVERYBODY, "Read a run and its progress")
def get_run(tenant: TenantId, connection: ConnectionId, run: Name) -> RunView:
    return view(run_of(tenant, connection, run))


@runs.post(f"{PATH}/<run>/retry", ADMINS, "Try the parked records of a run again", 202)
def retry_run(tenant: TenantId, connection: ConnectionId, run: Name, caller: Asking) -> Queued:
    found = open_connection(tenant, connection)
    tally = run_of(tenant, connection, run).tally
    all_known = len(tally.problems) >= tally.parked
    changes = list(_named(found, tally) if all_known else linked(found, State.PARKED))
    doing = sent(found, caller.name, RETRY, changes)
    Audit(tenant).write(caller.name, "run.retry", f"connection {connection}", {"run": run, "changes": len(changes)})
    return Queued(changes=len(changes), pull=False, run=doing)


@runs.post(f"{PATH}/<run>/confirm-deletions", ADMINS, "Confirm the deletions a run stopped before", 202)
def confirm_deletions(tenant: TenantId, connection: ConnectionId, run: Name, caller: Asking) -> Queued:
    """A run that would delete more than a fifth of what is linked stops and asks. This is the answer yes."""
    found = open_connection(tenant, connection)
    stopped = run_of(tenant, connection, run)
    if stopped.status is not RunStatus.STOPPED:
        raise Problem(409, "This run did not stop before deletions.", remedy="Nothing needs to be confirmed.")
    again = RECONCILE if stopped.kind == RECONCILE else "pull"
    doing = sent(found, caller.name, again, pull=Pull(caller.name, released=True, reconcile=again == RECONCILE))
    Audit(tenant).write(caller.name, "run.confirm_deletions", f"connection {connection}", {"run": run})
    return Queued(changes=0, pull=True, run=doing)


def _chosen(connection: Connection, plurals: Sequence[str]) -> tuple[str, ...]:
    """Raises Problem 422, naming what there is to choose from."""
    known = list(dict.fromkeys(flow.kind for flow in presets.flows_of(connection)))
    kinds = {plural: kind for plural, kind in PLURALS.items() if kind in known}
    wrong = [plural for plural in plurals if plural not in kinds]
    if wrong or not plurals:
        said = f"No flow of this connection carries {wrong[0]}." if wrong else "Nothing was chosen."
        raise Problem(422, said, remedy=f"Choose among: {', '.join(kinds)}.", field="kinds")
    return tuple(dict.fromkeys(kinds[plural] for plural in plurals))


def open_connection(tenant: str, connection: str) -> Connection:
    """One on whose road something can be done now. Raises Problem 404 or 409."""
    found = connection_of(tenant, connection)
    if found.status is not Status.LIVE:
        raise Problem(
            409,
            f"The connection is {found.status}: nothing is synchronised now.",
            remedy=found.remedy or "Wait until it is live, or resume it.",
            cause="Status",
        )
    return found


def linked(connection: Connection, state: State | None, *names: str) -> Iterator[Change]:
    """Both ends of every pair in this state, or of all that are not tombstones."""
    for flow in presets.flows_of(connection):
        if not names or flow.name in names:
            for link in _links(connection, flow, state):
                yield from changes_of(flow, link)


def _links(connection: Connection, flow: Flow, state: State | None) -> Iterator[Link]:
    store = DynamoLinks(connection.tenant, connection.id)
    next: str | None = ""
    while next is not None:
        found, next = store.page(flow.name, state, next or None, MANY)
        yield from (link for link in found if state or link.state is not State.TOMBSTONE)


def _named(connection: Connection, tally: Tally) -> Iterable[Change]:
    flows, links = presets.flows_of(connection), DynamoLinks(connection.tenant, connection.id)
    known = {flow.name: flow for flow in flows}
    for name in dict.fromkeys(problem["flow"] for problem in tally.problems):
        ours = [problem["ours"] for problem in tally.problems if problem["flow"] == name]
        if name in known:
            for link in links.find(name, ours=ours):
                yield from changes_of(known[name], link)


def run_of(tenant: str, connection: str, run: str) -> Run:
    """Raises Problem 404."""
    connection_of(tenant, connection)
    found = Runs(tenant, connection).get(run)
    if found is None:
        raise missing("run")
    return found


def view(run: Run) -> RunView:
    return RunView(
        id=run.id,
        kind=run.kind,
        status=run.status,
        started=run.started,
        ended=run.ended,
        actor=run.actor,
        reason=run.reason,
        kinds=list(run.kinds),
        outcome=dict(run.outcome),
        percent=_percent(run),
        counts=run.tally.counts(),
        problems=run.tally.parked,
        records=_records(run.tally),
        progress={name: ProgressView.model_validate(dict(counts)) for name, counts in run.progress.items()},
    )


def _records(tally: Tally) -> dict[What, dict[str, int]]:
    """In the order in which they are listed."""
    named: dict[What, dict[str, int]] = {}
    for (what, flow), count in in_order(tally.records):
        named.setdefault(what, {})[flow] = count
    return named


def _percent(run: Run) -> float | None:
    if run.status is RunStatus.DONE:
        return 100.0
    totals = [counts.get("total") for counts in run.progress.values()]
    known = [total for total in totals if total is not None]
    if not known or len(known) < len(totals) or not sum(known):
        return None
    seen = sum(counts.get("seen") or 0 for counts in run.progress.values())
    return round(min(100 * seen / sum(known), 100.0), 1)
