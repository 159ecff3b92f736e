"""The admin API: tenants, connections, flows, runs, links and records, for people and programs."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
    OpenAPIResponseValidationMiddleware,
)

from timebridge.api import access, bodies, document, errors, views
from timebridge.api.account import account
from timebridge.api.audit import audit
from timebridge.api.blocked import blocked
from timebridge.api.charts import charts
from timebridge.api.conflicts import conflicts
from timebridge.api.connections import connections
from timebridge.api.consent import consent
from timebridge.api.duplicates import duplicates
from timebridge.api.errata import errata
from timebridge.api.expense_reports import expense_reports
from timebridge.api.flows import flows
from timebridge.api.health import health
from timebridge.api.imports import imports
from timebridge.api.invoices import invoices
from timebridge.api.items import items
from timebridge.api.links import links
from timebridge.api.members import members
from timebridge.api.notifications import notifications
from timebridge.api.package import package
from timebridge.api.people import people
from timebridge.api.postings import postings
from timebridge.api.preflight import preflight
from timebridge.api.providers import providers
from timebridge.api.questions import questions
from timebridge.api.records import records
from timebridge.api.reports import reports
from timebridge.api.runs import runs
from timebridge.api.statements import statements
from timebridge.api.summaries import summaries
from timebridge.api.sync import sync
from timebridge.api.tasks import tasks
from timebridge.api.tenants import tenants
from timebridge.api.transactions import transactions
from timebridge.api.usage import usage
from timebridge.api.verification import verification
from timebridge.api.versions import settings
from timebridge.api.webhook import webhook
from timebridge.api.why import why
from timebridge.telemetry import logger

app = APIGatewayHttpResolver(json_body_deserializer=bodies.loads)
app.use(
    [  # not `enable_validation`: that would tell what fits before asking who is there
        access.guard,
        bodies.readable,
        views.tag,
        OpenAPIRequestValidationMiddleware(),  # type: ignore[no-untyped-call]
        OpenAPIResponseValidationMiddleware(has_response_validation_error=True),
    ]
)
errors.handle(app)
document.serve(app)
for noun in (
    account,
    errata,
    tenants,
    audit,
    notifications,
    providers,
    connections,
    consent,
    preflight,
    settings,
    flows,
    package,
    webhook,
    runs,
    verification,
    health,
    items,
    blocked,
    links,
    questions,
    conflicts,
    duplicates,
    sync,
    usage,
    members,
    tasks,
    people,
    postings,
    invoices,
    expense_reports,
    reports,
    why,
    transactions,
    statements,
    charts,
    imports,
    summaries,
    records,
):  # records last: its paths fit anything
    app.include_router(noun.router, prefix="/v1")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
