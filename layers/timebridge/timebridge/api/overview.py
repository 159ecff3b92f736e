"""Whether it is working: of each connection a verdict, the last good sync each way, what waits, and what it costs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field

from timebridge import budget, context, presets, timing
from timebridge.api.access import EVERYBODY, Noun, TenantId, tenant_of
from timebridge.api.runs import RunView, run_of, view
from timebridge.api.usage import ForecastView, ReadsView
from timebridge.api.views import View
from timebridge.budget import Spending
from timebridge.flows import Flows
from timebridge.insight.overview import Act, Facts, Standing, Verdict, held, tells, together, verdict
from timebridge.providers import provider
from timebridge.runs import Run, RunStatus
from timebridge.store.carried import Carriage
from timebridge.store.tenants import Connections
from timebridge.store.waiting import Waiting, waiting
from timebridge.tenants import Connection, Provider, Rhythm, Status

overview = Noun("overview")

MONTH = 31
"""Days on which something moved: how far back the last record of a direction is looked for."""

RUNS = 3
AMONG = 100
"""The latest runs that say how it is going, and among how many they are looked for."""


class DirectionView(View):
    """One way. `good`: when it was last seen to work: both sides were looked at to the end, or a record was written.
    `moved`: when the last record was written that way; missing if none was in a long time. `today`: how many were, on
    this day in the tenant's time zone."""

    good: datetime | None
    moved: datetime | None
    today: int


class BudgetView(View):
    """Calls to the provider, as it told last; nobody is asked now. `used` and `limit`: of all the account's apps in 24
    hours, missing where there is no such limit. `budget`: the limit without what is left to other apps."""

    calls_today: int
    forecast: ForecastView
    used: int | None = None
    limit: int | None = None
    budget: int | None = None
    at: datetime | None = None
    share: float | None = Field(default=None, description="Of the budget that is used.")
    spending: Spending
    reads: ReadsView | None = None


class OverviewView(View):
    """`waiting`: pairs that go on by themselves, as soon as a record they refer to is linked.
    `failing`: refused, tried again by themselves, and mended by people. `questions` and `conflicts` wait for a person.
    `parked`: all that are parked, whatever for: waiting for a record, failing, or a question. Edits and notices that
    are still on the queue are in none of these: nobody has looked at them yet. `more`: there are more than are counted.
    """

    id: str
    provider: Provider
    title: str
    account_name: str | None
    status: Status
    standing: Standing
    said: str
    remedy: str
    act: Act
    incoming: DirectionView | None = Field(description="Missing where nothing comes in by the settings.")
    outgoing: DirectionView | None = Field(description="Missing where nothing goes out by the settings.")
    waiting: int
    failing: int
    questions: int
    conflicts: int
    parked: int
    more: bool
    budget: BudgetView
    rhythm: Rhythm
    last_pull: datetime | None
    next_pull: datetime | None
    running: RunView | None = Field(description="What is under way now; of an initial sync with its progress.")
    held: str | None = Field(description="The run that stopped before many deletions, and waits for a yes.")


class WholeView(View):
    """`standing`: the worst of all connections that are not disconnected; missing where there is none. `for_people`:
    records that are failing or wait for an answer or a decision, of all of them."""

    standing: Standing | None
    said: str
    for_people: int
    waiting: int
    more: bool
    at: datetime
    connections: list[OverviewView]


@dataclass
class Look:
    """What the stores know of one connection, each asked once."""

    connection: Connection
    now: datetime

    @cached_property
    def flows(self) -> Flows:
        return presets.flows_of(self.connection)

    @cached_property
    def waiting(self) -> Waiting:
        return waiting(self.connection.tenant, self.connection.id, [flow.name for flow in self.flows])

    @cached_property
    def pulls(self) -> list[Run]:
        return context.runs(self.connection).list(RUNS, match=tells, among=AMONG)[0]

    @cached_property
    def carried(self) -> list[Carriage]:
        return context.carried(self.connection).latest(MONTH)

    @cached_property
    def title(self) -> str:
        return provider.load(self.connection.provider).offer().title or self.connection.provider.value

    @cached_property
    def budget(self) -> BudgetView:
        latest, days = context.meter(self.connection).history(MONTH)
        told, reserve = latest.usage, budget.reserve_of(self.connection.settings)
        reads = timing.reads(self.connection, self.now, days)
        limits: dict[str, Any] = {} if told is None else {"used": told.used, "limit": told.limit, "at": told.at}
        if told is not None:
            limits |= {"budget": int(told.limit * (1 - reserve)), "share": told.share(reserve)}
        return BudgetView(
            calls_today=next((day.calls for day in days if day.date == self.now.date()), 0),
            forecast=ForecastView.of(budget.forecast(days, self.now)),
            spending=budget.spending(told, reserve, self.now),
            reads=ReadsView.of(reads) if reads else None,
            **limits,
        )

    @cached_property
    def verdict(self) -> Verdict:
        counts = self.waiting.behind, self.waiting.for_people
        return verdict(Facts(self.connection, self.title, self.pulls, *counts, self.budget.spending, self.now))

    def direction(self, goes: bool, zone: str, at: str, count: str) -> DirectionView | None:
        """`at` and `count`: where a day says when the last record was written this way, and how many were."""
        if not goes:
            return None
        moved = next((moment for day in self.carried if (moment := getattr(day, at))), None)
        good = max((moment for moment in (moved, self.connection.last_pull) if moment), default=None)
        today = self.now.astimezone(ZoneInfo(zone)).date()
        return DirectionView(
            good=good, moved=moved, today=sum(getattr(day, count) for day in self.carried if day.day == today)
        )


@overview.get("/tenants/<tenant>/overview", EVERYBODY, "See whether everything is working")
def get_overview(tenant: TenantId) -> WholeView:
    """In one call, from what is known here: no provider is asked, and no list of records is read. Connections that were
    disconnected are left out."""
    now = datetime.now(UTC)
    mine = [found for found in Connections().of(tenant) if found.status is not Status.CLOSED]
    looks = [Look(found, now) for found in mine]
    people, more = sum(look.waiting.for_people for look in looks), any(look.waiting.more for look in looks)
    standing, said = together([(look.title, look.verdict) for look in looks], people)
    zone = tenant_of(tenant).time_zone
    return WholeView(
        standing=standing,
        said=said,
        for_people=people,
        waiting=sum(look.waiting.behind for look in looks),
        more=more,
        at=now,
        connections=[_view(look, zone) for look in looks],
    )


def _view(look: Look, zone: str) -> OverviewView:
    connection, found, waits = look.connection, look.verdict, look.waiting
    last = held(look.pulls)
    return OverviewView(
        **{name: getattr(connection, name) for name in KEPT},
        title=look.title,
        standing=found.standing,
        said=found.said,
        remedy=found.remedy,
        act=found.act,
        incoming=look.direction(any(flow.direction.comes_in for flow in look.flows), zone, "in_at", "came_in"),
        outgoing=look.direction(any(flow.direction.goes_out for flow in look.flows), zone, "out_at", "went_out"),
        waiting=waits.behind,
        failing=waits.failing,
        questions=waits.questions,
        conflicts=waits.conflicts,
        parked=waits.behind + waits.failing + waits.questions,
        more=waits.more,
        budget=look.budget,
        running=_running(look),
        held=last.id if last else None,
    )


KEPT = ("id", "provider", "account_name", "status", "rhythm", "last_pull", "next_pull")


def _running(look: Look) -> RunView | None:
    connection = look.connection
    if connection.status is Status.LOADING and connection.run:
        return view(run_of(connection.tenant, connection.id, connection.run))
    return next((view(run) for run in look.pulls if run.status is RunStatus.RUNNING), None)
