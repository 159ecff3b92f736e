"""What a connection costs its account: calls used and left, by day, where they will end, and which edition fits."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from timebridge import budget, context, timing
from timebridge.api.access import EVERYBODY, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.views import View
from timebridge.budget import Day, Quota, Spending, Usage
from timebridge.errors import SyncError
from timebridge.providers import provider
from timebridge.store.tenants import Connections
from timebridge.telemetry import facts, logger
from timebridge.tenants import Connection, Status

usage = Noun("usage")

DAYS = 30

Licences = Annotated[int | None, Query(ge=1, le=1_000_000, description="Users of the account, if it is to be said.")]


class DayView(View):
    """`calls`: ours. `peak`: the most of all apps in 24 hours that the provider told that day. `reads`: those of our
    calls for which it charges."""

    date: date
    calls: int
    peak: int
    reads: int


class ForecastView(View):
    day: int = Field(description="Our calls by the end of this day (UTC), if it goes on like this.")
    month: int


class EditionView(View):
    """What the provider publishes, worked out for so many licences. The account's own limit is what counts."""

    name: str
    calls: int
    base: int
    per_licence: int
    needs: str


class AdviceView(View):
    need: int = Field(description="Calls a day that would let everything run at its rhythm.")
    fits: bool
    edition: str | None = Field(description="The smallest one that has them.")
    more: int
    said: str


class ReadsView(View):
    """Calls of this month (UTC) for which the provider charges its apps. `exceeds`: the forecast is over the budget."""

    used: int
    budget: int
    left: int
    forecast: int = Field(description="By the end of the month, if it goes on like this.")
    exceeds: bool


class ConnectionReadsView(View):
    connection: str
    account_name: str | None
    reads: ReadsView


class TenantUsageView(View):
    """`reads`: of all connections together; None where no provider charges for reading."""

    reads: ReadsView | None
    connections: list[ConnectionReadsView]


class UsageView(View):
    """`used`, `limit` and `left`: of all the account's apps in 24 hours; missing where the provider has no such limit.

    `live`: asked just now; else as it was told last, at `at`. `budget`: the limit without the share `reserve`.
    """

    used: int | None = None
    limit: int | None = None
    left: int | None = None
    at: datetime | None = None
    live: bool
    reserve: float
    budget: int | None = None
    share: float | None = Field(default=None, description="Of the budget that is used.")
    spending: Spending
    calls_today: int
    days: list[DayView]
    forecast: ForecastView
    reads: ReadsView | None = None
    edition: str | None = None
    licences: int | None = None
    published: list[EditionView] = Field(default_factory=list)
    advice: AdviceView | None = None


@usage.get("/tenants/<tenant>/connections/<connection>/usage", EVERYBODY, "See what calls are used and left")
def get_usage(tenant: TenantId, connection: ConnectionId, licences: Licences = None) -> UsageView:
    """Asks the provider, which costs two calls; where it does not answer, says what was told last."""
    found, now = connection_of(tenant, connection), datetime.now(UTC)
    meter, quota = context.meter(found), _asked(found)
    told, days = quota.usage if quota else meter.latest().usage, meter.days(DAYS)
    reserve = budget.reserve_of(found.settings)
    return UsageView(
        **_of_limit(told, reserve),
        live=quota is not None,
        reserve=reserve,
        spending=budget.spending(told, reserve, now),
        calls_today=next((day.calls for day in days if day.date == now.date()), 0),
        days=[DayView.of(day) for day in days],
        forecast=ForecastView.of(budget.forecast(days, now)),
        reads=ReadsView.of(found_reads) if (found_reads := timing.reads(found, now)) else None,
        **(_of_editions(quota, days, reserve, licences) if quota else {}),
    )


@usage.get("/tenants/<tenant>/usage", EVERYBODY, "See what reads the tenant is charged for")
def get_tenant_usage(tenant: TenantId) -> TenantUsageView:
    """Of this month, with budget and forecast. Asks no provider."""
    now = datetime.now(UTC)
    found = [(each, reads) for each in Connections().of(tenant) if (reads := timing.reads(each, now)) is not None]
    return TenantUsageView(
        reads=ReadsView.of(budget.together(reads for _, reads in found)) if found else None,
        connections=[
            ConnectionReadsView(connection=each.id, account_name=each.account_name, reads=ReadsView.of(reads))
            for each, reads in found
        ],
    )


def _asked(connection: Connection) -> Quota | None:
    """What the provider says now; None if it cannot be asked, or has no such thing."""
    ask: Callable[..., Quota] | None = getattr(provider.load(connection.provider), "quota", None)
    if ask is None or connection.status not in (Status.LIVE, Status.LOADING, Status.PAUSED):
        return None
    try:
        return ask(context.app_of(connection), context.grants(connection), connection)
    except SyncError as error:
        logger.warning("limits not told", **facts(error))
        return None


def _of_limit(told: Usage | None, reserve: float) -> dict[str, Any]:
    if told is None:
        return {}
    left, ours = max(told.limit - told.used, 0), int(told.limit * (1 - reserve))
    share = round(told.share(reserve), 4)
    return {"used": told.used, "limit": told.limit, "left": left, "at": told.at, "budget": ours, "share": share}


def _of_editions(quota: Quota, days: list[Day], reserve: float, licences: int | None) -> dict[str, Any]:
    many = licences or (quota.edition.licences(quota.usage.limit) if quota.edition else None) or 1
    peak = max([quota.usage.used, *(day.peak for day in days)])
    published = [
        EditionView(
            name=each.name, calls=each.calls(many), base=each.base, per_licence=each.per_licence, needs=each.needs
        )
        for each in quota.editions
    ]
    return {
        "edition": quota.edition.name if quota.edition else None,
        "licences": many,
        "published": published,
        "advice": AdviceView.of(budget.advice(peak, reserve, many, quota)),
    }
