"""The admin API as one app: its routes, who may use them, and how it refuses."""

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
    OpenAPIResponseValidationMiddleware,
)

from timebridge.api import access, bodies, document, errors, views
from timebridge.api.account import account
from timebridge.api.approvals import approvals
from timebridge.api.aside import aside
from timebridge.api.audit import audit
from timebridge.api.blocked import blocked
from timebridge.api.cancelling import cancelling
from timebridge.api.charts import charts
from timebridge.api.comparisons import comparisons
from timebridge.api.conflicts import conflicts
from timebridge.api.connections import connections
from timebridge.api.consent import consent
from timebridge.api.definitions import definitions
from timebridge.api.drafts import drafts
from timebridge.api.duplicates import duplicates
from timebridge.api.endings import endings
from timebridge.api.errata import errata
from timebridge.api.expense_reports import expense_reports
from timebridge.api.fields import fields
from timebridge.api.flows import flows
from timebridge.api.health import health
from timebridge.api.history import history
from timebridge.api.imports import imports
from timebridge.api.invoices import invoices
from timebridge.api.items import items
from timebridge.api.links import links
from timebridge.api.listings import listings
from timebridge.api.mapping import mapping
from timebridge.api.members import members
from timebridge.api.moves import moves
from timebridge.api.notifications import notifications
from timebridge.api.order import order
from timebridge.api.overview import overview
from timebridge.api.package import package
from timebridge.api.people import people
from timebridge.api.posting_grid import posting_grid
from timebridge.api.posting_orders import posting_orders
from timebridge.api.posting_previews import posting_previews
from timebridge.api.posting_rules import posting_rules
from timebridge.api.postings import postings
from timebridge.api.preflight import preflight
from timebridge.api.problems import problems
from timebridge.api.providers import providers
from timebridge.api.questions import questions
from timebridge.api.records import records
from timebridge.api.reports import reports
from timebridge.api.rules import rules
from timebridge.api.run_problems import run_problems
from timebridge.api.run_records import run_records
from timebridge.api.runs import runs
from timebridge.api.search import search
from timebridge.api.setup import setup
from timebridge.api.solved import solved
from timebridge.api.spending import spending
from timebridge.api.statements import statements
from timebridge.api.summaries import summaries
from timebridge.api.sync import sync
from timebridge.api.tasks import tasks
from timebridge.api.tenants import tenants
from timebridge.api.time_changes import time_changes
from timebridge.api.time_sheets import time_sheets
from timebridge.api.timeline import timeline
from timebridge.api.timetable import timetable
from timebridge.api.transactions import transactions
from timebridge.api.usage import usage
from timebridge.api.users import users
from timebridge.api.verification import verification
from timebridge.api.versions import settings
from timebridge.api.webhook import webhook
from timebridge.api.why import why

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
    order,
    users,
    providers,
    connections,
    endings,
    timetable,
    consent,
    preflight,
    setup,
    rules,
    cancelling,
    settings,
    drafts,
    mapping,
    fields,
    flows,
    package,
    webhook,
    overview,
    history,
    runs,
    run_problems,
    run_records,
    verification,
    health,
    items,
    blocked,
    links,
    questions,
    problems,
    aside,
    solved,
    conflicts,
    duplicates,
    sync,
    usage,
    members,
    tasks,
    people,
    posting_grid,
    posting_rules,
    posting_previews,
    posting_orders,
    postings,
    invoices,
    expense_reports,
    reports,
    definitions,
    listings,
    search,
    comparisons,
    timeline,
    why,
    transactions,
    statements,
    charts,
    imports,
    summaries,
    time_sheets,
    time_changes,
    approvals,
    spending,
    moves,
    records,
):  # records last: its paths fit anything
    app.include_router(noun.router, prefix="/v1")
