"""Import of what the books held before we came: time and invoices, once, marked, and never posted."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field, model_validator

from timebridge import context, presets, queue
from timebridge.api.access import ADMINS, EVERYBODY, Asking, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import Problem, missing
from timebridge.api.runs import PATH, StartedView, open_connection
from timebridge.api.views import Asked, Limit, Page, Start, View
from timebridge.books import folders
from timebridge.messages import Check
from timebridge.providers import provider
from timebridge.store.audit import Audit
from timebridge.store.runs import Runs
from timebridge.worker import importing

imports = Noun("imports")


class Type(StrEnum):
    TIME = "time"
    INVOICES = "invoices"


class Span(Asked):
    type: Type
    first: date = Field(alias="from", description="The first day, like 2026-01-01.")
    last: date = Field(alias="to", description="The last day.")

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.first > self.last:
            raise ValueError("the days end before they begin")
        return self


class LeftView(View):
    """`theirs`: its id over there; `url`: its page."""

    theirs: str
    name: str
    reason: str
    remedy: str
    url: str | None = None


@imports.post("/tenants/<tenant>/connections/<connection>/import", ADMINS, "Import time or invoices", 202)
def start_import(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[Span, Body()], caller: Asking
) -> StartedView:
    """Everything of these days whose person and project (or client) are linked. What we posted ourselves stays out, and
    nothing is imported twice. The run's `outcome` holds how many were imported, were here already, and were left."""
    found = open_connection(tenant, connection)
    if asked.type not in provider.histories(found.provider):
        raise Problem(
            422, "Nothing can be imported from this connection.", remedy="Choose one of QuickBooks.", field="type"
        )
    days = {"from": asked.first.isoformat(), "to": asked.last.isoformat()}
    run = context.runs(found).start(importing.KIND, caller.name, kinds=[asked.type])
    queue.send(tenant, connection, checks=[Check(importing.KIND, run.id, importing.begin(asked.type, *days.values()))])
    detail = {"run": run.id, "type": asked.type.value, **days}
    Audit(tenant).write(caller.name, "run.import", f"connection {connection}", detail)
    return StartedView(run=run.id)


@imports.get(f"{PATH}/<run>/not-imported", EVERYBODY, "List what an import left out")
def list_not_imported(
    tenant: TenantId, connection: ConnectionId, run: Name, start: Start = None, limit: Limit = 50
) -> Page[LeftView]:
    """Each with the reason, and what to do about it."""
    found, runs = connection_of(tenant, connection), Runs(tenant, connection)
    known = runs.get(run)
    if known is None or known.kind != importing.KIND:
        raise missing("import")
    flow = presets.flows_of(found)[provider.histories(found.provider)[known.kinds[0]].flow.name]
    lefts, next = runs.found(run, start, limit)
    return Page[LeftView](
        items=[LeftView(**each, url=folders.url_of(found, flow, each["theirs"])) for each in lefts], next=next
    )
