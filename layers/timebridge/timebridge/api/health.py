"""How a connection does: whether its settings fit the account, how long it takes, and what goes wrong."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import ADMINS, EVERYBODY, Asking, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.drafts import FindingView
from timebridge.api.errors import Problem
from timebridge.api.views import View
from timebridge.runs import Run, RunStatus
from timebridge.store.audit import Audit
from timebridge.store.health import Report, Reports
from timebridge.store.runs import Runs
from timebridge.tenants import Status
from timebridge.worker import health as product

health = Noun("health")

CONNECTION = "/tenants/<tenant>/connections/<connection>"
OPEN = (Status.LIVE, Status.PAUSED, Status.LOADING, Status.NEEDS_REAUTH)

Days = Annotated[int, Query(ge=1, le=90, description="How many days back.")]


class HealthView(View):
    """`at` is missing when nobody looked yet. `findings`: what does not fit (any more), and what to do about it."""

    at: datetime | None
    healthy: bool
    findings: list[FindingView]


class DayView(View):
    """One day (UTC) of one kind of run. Durations are seconds."""

    day: date
    kind: str
    runs: int
    failed: int
    records: int
    written: int
    errors: int
    calls: int
    average: float
    longest: float


class MetricsView(View):
    """`errors`: records that were refused; `failed`: runs that did not end well."""

    runs: int
    failed: int
    errors: int
    longest: float
    days: list[DayView]


@health.get(f"{CONNECTION}/health", EVERYBODY, "Read the latest look at the settings and the account")
def get_health(tenant: TenantId, connection: ConnectionId) -> HealthView:
    connection_of(tenant, connection)
    return _view(Reports(tenant).get(connection))


@health.post(f"{CONNECTION}/health", ADMINS, "Look now whether the settings still fit the account")
def check_health(tenant: TenantId, connection: ConnectionId, caller: Asking) -> HealthView:
    """Compares the objects, fields and picklist values of the flows, and the rights of the user who connected, with
    what the account has today. Writes nothing there. It is done every night, too."""
    found = connection_of(tenant, connection)
    if found.status not in OPEN:
        raise Problem(409, f"The connection is {found.status}.", remedy="Connect it first.", cause="Status")
    report = product.look(found)
    detail = {"findings": len(report.findings)}
    Audit(tenant).write(caller.name, "connection.health", f"connection {connection}", detail)
    return _view(report)


@health.get(f"{CONNECTION}/metrics", EVERYBODY, "Read how long runs take, and how many errors there are")
def get_metrics(tenant: TenantId, connection: ConnectionId, days: Days = 7) -> MetricsView:
    """From the runs that have ended, day by day, the latest first."""
    connection_of(tenant, connection)
    by_day: dict[tuple[date, str], list[Run]] = defaultdict(list)
    for run in _ended(Runs(tenant, connection), datetime.now(UTC) - timedelta(days=days)):
        by_day[run.started.date(), run.kind].append(run)
    lines = [_day(*key, runs) for key, runs in by_day.items()]
    return MetricsView(
        runs=sum(line.runs for line in lines),
        failed=sum(line.failed for line in lines),
        errors=sum(line.errors for line in lines),
        longest=max((line.longest for line in lines), default=0),
        days=lines,
    )


def _ended(runs: Runs, since: datetime) -> Iterator[Run]:
    next: str | None = ""
    while next is not None:
        found, next = runs.list(1_000, next or None, since=since)
        yield from (run for run in found if run.ended is not None)


def _day(day: date, kind: str, runs: list[Run]) -> DayView:
    took = [(run.ended - run.started).total_seconds() for run in runs if run.ended]
    return DayView(
        day=day,
        kind=kind,
        runs=len(runs),
        failed=sum(run.status in (RunStatus.FAILED, RunStatus.STOPPED) for run in runs),
        records=sum(run.tally.seen for run in runs),
        written=sum(run.tally.written for run in runs),
        errors=sum(run.tally.parked for run in runs),
        calls=sum(run.tally.calls for run in runs),
        average=round(sum(took) / len(took), 3),
        longest=round(max(took), 3),
    )


def _view(report: Report | None) -> HealthView:
    if report is None:
        return HealthView(at=None, healthy=True, findings=[])
    return HealthView(
        at=report.at, healthy=not report.findings, findings=[FindingView.of(each) for each in report.findings]
    )
