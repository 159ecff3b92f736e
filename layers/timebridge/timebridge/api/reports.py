"""Reports: projects next to what was sold, and what nobody had to type."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import ADMINS, Noun, TenantId, tenant_of
from timebridge.api.errors import Problem
from timebridge.api.views import Limit, Number, Page, Start, View, page
from timebridge.reports import SECONDS, savings, to_csv
from timebridge.store.carried import carried
from timebridge.store.reports import project_page, project_rows

reports = Noun("reports")

MOST_ROWS = 20_000
"""Of a CSV; more would not fit into one answer."""

PERIOD = timedelta(days=30)

Linked = Annotated[bool, Query(description="Only projects that are linked to an opportunity.")]
Prefix = Annotated[str, Query(max_length=200, description="Beginning of the project's name.")]
Day = Annotated[date | None, Query(description="A date like 2026-11-21.")]
Seconds = Annotated[int, Query(ge=1, le=3600, description="What typing one entry by hand takes.")]
Value = Annotated[Decimal | None, Query(ge=0, le=10_000, description="What an hour of the people who type is worth.")]


class ProjectReportView(View):
    """`amount`: of the opportunity. `revenue`: billable hours at their rates, and recharged expenses. `cost`: hours at
    cost rates, and all expenses. `profit`: revenue less cost. `margin`: amount less cost."""

    project: str
    name: str
    client: str | None
    opportunity: str | None
    stage: str | None
    status: str | None
    amount: Number | None
    hours: Number
    fees: Number
    expenses: Number
    revenue: Number
    cost: Number
    profit: Number
    margin: Number | None
    margin_percent: Number | None
    invoiced: Number
    paid: Number


class SavingsView(View):
    """`carried`: records that the sync created or changed, and so nobody typed."""

    first: date
    last: date
    carried: int
    seconds: int
    hours: Number
    value: Number | None


@reports.get("/tenants/<tenant>/reports/projects", ADMINS, "Projects next to their opportunities")
def report_projects(
    tenant: TenantId, q: Prefix = "", linked: Linked = False, start: Start = None, limit: Limit = 50
) -> Page[ProjectReportView]:
    """By name. A page may be short although more follow."""
    return Page[ProjectReportView](**page(ProjectReportView, project_page(tenant, start, limit, linked, q)))


@reports.get("/tenants/<tenant>/reports/projects.csv", ADMINS, "The same as CSV")
def report_projects_as_csv(tenant: TenantId, linked: Linked = False) -> Response[str]:
    """All of them, in one file."""
    rows = list(islice(project_rows(tenant, linked), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise Problem(422, "There are more projects than one file takes.", remedy="Read the report page by page.")
    headers = {"Content-Disposition": 'attachment; filename="projects.csv"'}
    return Response(200, "text/csv; charset=utf-8", to_csv(rows), headers)


@reports.get("/tenants/<tenant>/reports/savings", ADMINS, "What nobody had to type")
def report_savings(
    tenant: TenantId, first: Day = None, last: Day = None, seconds: Seconds = SECONDS, hourly_value: Value = None
) -> SavingsView:
    """Of the last thirty days, unless the period is given: records carried, the hours that saved, and their value."""
    last = last or datetime.now(ZoneInfo(tenant_of(tenant).time_zone)).date()
    first = first or last - PERIOD
    if first > last:
        raise Problem(422, "The period ends before it begins.", remedy="Exchange first and last.", field="first")
    found = savings(carried(tenant, first, last), seconds, hourly_value)
    return SavingsView(
        first=first, last=last, carried=found.carried, seconds=found.seconds, hours=found.hours, value=found.value
    )
