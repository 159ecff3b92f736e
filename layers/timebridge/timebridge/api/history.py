"""What was done, over all connections of a tenant: runs as one list, and records day by day."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from timebridge.api.access import EVERYBODY, Noun, TenantId, connection_of, tenant_of
from timebridge.api.runs import OfKind, OfStatus, RunView, Saying, view
from timebridge.api.spans import Since, Until
from timebridge.api.views import Limit, Page, Start, View
from timebridge.runs import Run
from timebridge.store.carried import Carriage, Carried
from timebridge.store.history import history as store
from timebridge.store.tenants import Connections

history = Noun("history")

Days = Annotated[int, Query(ge=1, le=90, description="How many days, with today.")]
OfConnection = Annotated[str | None, Query(max_length=64, description="Only of this connection.")]
By = Annotated[str | None, Query(max_length=200, description="Only those that this person, or `schedule`, started.")]


class TenantRunView(RunView):
    connection: str


class ActivityView(View):
    """One day in the tenant's time zone. `came_in`: records written here; `went_out`: there, postings among them.
    `problems`: records that were refused and had not been before: one that is tried again every day counts once."""

    day: date
    came_in: int
    went_out: int
    problems: int


class ActivitiesView(View):
    """Every day of the span, the oldest first, and their sums."""

    time_zone: str
    days: list[ActivityView]
    came_in: int
    went_out: int
    problems: int = Field(description="What was refused on these days; much of it may be solved by now.")


@history.get("/tenants/<tenant>/runs", EVERYBODY, "List the runs of all connections, the latest first")
def list_all_runs(
    tenant: TenantId,
    start: Start = None,
    limit: Limit = 50,
    connection: OfConnection = None,
    status: OfStatus = None,
    kind: OfKind = None,
    actor: By = None,
    since: Since = None,
    until: Until = None,
    q: Saying = "",
) -> Page[TenantRunView]:
    """Without the progress of those that are still running: read one for that."""

    def fits(run: Run) -> bool:
        same = (status is None or run.status is status) and (kind is None or run.kind == kind)
        return same and (actor is None or run.actor == actor) and run.says(q)

    ids = [connection_of(tenant, connection).id] if connection else [each.id for each in Connections().of(tenant)]
    found, next = store(tenant, ids, limit, start, since=since, until=until, match=fits)
    items = [TenantRunView(connection=id, **view(run).model_dump()) for id, run in found]
    return Page[TenantRunView](items=items, next=next)


@history.get("/tenants/<tenant>/activity", EVERYBODY, "See what was carried and what was refused, day by day")
def get_activity(tenant: TenantId, days: Days = 14, connection: OfConnection = None) -> ActivitiesView:
    """Of all connections together, those that are disconnected by now among them, or of one."""
    zone = tenant_of(tenant).time_zone
    last = datetime.now(ZoneInfo(zone)).date()
    first = last - timedelta(days=days - 1)
    ids = [connection_of(tenant, connection).id] if connection else [each.id for each in Connections().of(tenant)]
    by_day: dict[date, list[Carriage]] = defaultdict(list)
    for id in ids:
        for each in Carried(tenant, id).days(first, last):
            by_day[each.day].append(each)
    lines = [_line(day, by_day[day]) for day in (first + timedelta(days=number) for number in range(days))]
    sums = {name: sum(getattr(line, name) for line in lines) for name in ("came_in", "went_out", "problems")}
    return ActivitiesView(time_zone=zone, days=lines, **sums)


def _line(day: date, some: list[Carriage]) -> ActivityView:
    return ActivityView(
        day=day,
        came_in=sum(each.came_in for each in some),
        went_out=sum(each.went_out for each in some),
        problems=sum(each.problems for each in some),
    )
