"""Problems: one queue, over all connections, of whatever is parked or asks; what is alike in groups; tried again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field

from timebridge.api.access import ADMINS, EVERYBODY, Asking, Caller, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import Problem
from timebridge.api.links import link_of
from timebridge.api.sending import RETRY, sent
from timebridge.api.showing import explained, groups, line, place, views
from timebridge.api.views import Asked, Limit, Queued, Start, View
from timebridge.api.waiting import AlikeView, ExplainedView, Line, WaitingView
from timebridge.pull import changes_of
from timebridge.questions import waiting
from timebridge.questions.waiting import LOOKED_AT, Sort, Waiting, Which
from timebridge.reports import to_csv
from timebridge.store.audit import Audit
from timebridge.store.waiting import Waiting as Counted
from timebridge.tenants import Status

problems = Noun("problems")

PATH = "/tenants/<tenant>/problems"
COUNTS = ("parked", "questions", "conflicts", "total", "aside", "more")


class QueueView(View):
    """`total`: how many fit; `groups`: of all that fit but for `like`, the largest first; `more`: there are more than
    were looked at."""

    items: list[WaitingView]
    next: str | None
    total: int
    groups: list[AlikeView]
    more: bool


class CountView(View):
    """How many wait. `total`: all three together. `aside`: those that wait for nobody. `more`: a flow has more than are
    counted."""

    parked: int
    questions: int
    conflicts: int
    total: int
    aside: int
    more: bool


class ConnectionCountView(CountView):
    connection: str


class CountsView(CountView):
    connections: list[ConnectionCountView]


class Among(Asked):
    """Which of them: everything that is left out fits."""

    connection: str | None = Field(default=None, max_length=100, description="Only this connection.")
    flow: str | None = Field(default=None, max_length=100, description="Only this flow.")
    kind: str | None = Field(default=None, max_length=40, description="Only this kind of record, like `client`.")
    trouble: str | None = Field(
        default=None, max_length=40, description="Only what has this trouble: mapping, format, …"
    )
    cause: str | None = Field(default=None, max_length=40, description="Only this class of error.")
    field: str | None = Field(default=None, max_length=200, description="Only what is about this field.")
    like: str | None = Field(
        default=None, max_length=20, description="Only what is alike: `like` of a problem or a group."
    )
    q: str = Field(default="", max_length=200, description="Only what holds this text: name, reason, field or an id.")


class Filters(Among):
    sort: Sort | None = Field(default=None, description="Only what is parked, asked, or in conflict.")
    aside: bool = Field(default=False, description="What is set aside, instead of what waits.")

    def found(self, tenant: str) -> list[Waiting]:
        """All that fit, whatever they are like."""
        return waiting.waiting(tenant, Which(**self.model_dump(exclude={"like"})))


class Retry(Among):
    """Which are tried again: everything that is left out fits."""


class RetriedView(Queued):
    """`records`: that are tried again; `left`: those of connections that are not live. `runs`: that do it, by
    connection."""

    records: int
    left: int
    runs: dict[str, str]


Filtering = Annotated[Filters, Query()]


@problems.get(PATH, EVERYBODY, "List what is parked or asks, over all connections")
def list_waiting(tenant: TenantId, asked: Filtering, start: Start = None, limit: Limit = 50) -> QueueView:
    """The latest first. At most 2,000 are looked at; retrying takes all."""
    found = asked.found(tenant)
    fit = alike(found, asked.like)
    rest = [each for each in fit if start is None or place(each) > start]
    shown = rest[:limit]
    return QueueView(
        items=views(tenant, shown),
        next=place(shown[-1]) if len(rest) > len(shown) else None,
        total=len(fit),
        groups=groups(found),
        more=len(found) >= LOOKED_AT,
    )


@problems.get(f"{PATH}/count", EVERYBODY, "Count what is parked or asks")
def count_waiting(tenant: TenantId) -> CountsView:
    """Without reading any of it."""
    found = {id: _count(each) for id, each in waiting.count(tenant).items()}
    together = {name: sum(count[name] for count in found.values()) for name in COUNTS}
    connections = [ConnectionCountView(connection=id, **counts) for id, counts in found.items()]
    return CountsView(**{**together, "more": bool(together["more"])}, connections=connections)


@problems.get(f"{PATH}.csv", EVERYBODY, "The same as CSV")
def list_waiting_as_csv(tenant: TenantId, caller: Asking, asked: Filtering) -> Response[str]:
    """The latest 2,000."""
    lines = [line(each) for each in views(tenant, alike(asked.found(tenant), asked.like))]
    Audit(tenant).write(caller.name, "problems.export", "problems", {"lines": len(lines)})
    headers = {"Content-Disposition": f'attachment; filename="problems-{tenant}.csv"', "Cache-Control": "no-store"}
    return Response(200, "text/csv; charset=utf-8", to_csv(lines, Line), headers)


@problems.get(f"{PATH}/<connection>/<flow>/<ours>", EVERYBODY, "Read one that is parked or asks")
def get_waiting(tenant: TenantId, connection: ConnectionId, flow: Name, ours: Name) -> ExplainedView:
    """With what was sent when it was refused. 404 as soon as it does not wait any more, and is not set aside: then it
    was solved."""
    found = connection_of(tenant, connection)
    each = waiting.of_link(found, *link_of(found, flow, ours))
    if each is None:
        raise Problem(404, "This does not wait any more.", remedy="Look at the list for what does.")
    return explained(tenant, each)


@problems.post(f"{PATH}/retry", ADMINS, "Try everything again that is alike", 202)
def retry_waiting(tenant: TenantId, asked: Annotated[Retry, Body()], caller: Asking) -> RetriedView:
    """At once, whenever it would be due. What waits for an answer or a decision is not tried before there is one."""
    fit = parked_among(tenant, asked)
    live = by_connection(each for each in fit if each.connection.status is Status.LIVE)
    done = {id: _send(tenant, some, caller, asked) for id, some in live.items()}
    records = sum(map(len, live.values()))
    runs = {id: run for id, (_, run) in done.items() if run}
    return RetriedView(
        changes=sum(changes for changes, _ in done.values()),
        pull=False,
        run=next(iter(runs.values())) if len(runs) == 1 else None,
        records=records,
        left=len(fit) - records,
        runs=runs,
    )


def alike(found: Iterable[Waiting], like: str | None) -> list[Waiting]:
    return [each for each in found if like in (None, each.like)]


def parked_among(tenant: str, asked: Among) -> list[Waiting]:
    """Whatever was refused and fits, however many they are."""
    which = Which(sort=Sort.PARKED, **asked.model_dump(include={*Among.model_fields} - {"like"}))
    return alike(waiting.waiting(tenant, which, most=None), asked.like)


def by_connection(some: Iterable[Waiting]) -> dict[str, list[Waiting]]:
    found = defaultdict[str, list[Waiting]](list)
    for each in some:
        found[each.connection.id].append(each)
    return found


def _send(tenant: str, some: Sequence[Waiting], caller: Caller, asked: Retry) -> tuple[int, str | None]:
    """How many changes, and the run."""
    connection = some[0].connection
    changes = [change for each in some for change in changes_of(each.flow, each.link)]
    run = sent(connection, caller.name, RETRY, changes)
    told = {"records": len(some), "problem": some[0].problem.reason, "run": run}
    detail = {**asked.model_dump(exclude_defaults=True), **told}
    Audit(tenant).write(caller.name, "problem.retry", f"connection {connection.id}", detail)
    return len(changes), run


def _count(found: Counted) -> dict[str, Any]:
    parked = found.behind + found.failing
    total = parked + found.questions + found.conflicts
    return dict(zip(COUNTS, (parked, found.questions, found.conflicts, total, found.aside, found.more), strict=True))
