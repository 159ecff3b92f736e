"""Invoices over what was worked: from a project, or from the opportunity it came from."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from pydantic import Field

from timebridge.api.access import ADMINS, EVERYBODY, Asking, Caller, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.errors import Problem, conflict, missing
from timebridge.api.kinds import RecordId
from timebridge.api.records import RecordView, view
from timebridge.api.views import Asked, At, View
from timebridge.errors import Stale
from timebridge.providers.salesforce.ids import full_id
from timebridge.records import Record
from timebridge.store.audit import Audit
from timebridge.store.billing import Billing
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace

invoices = Noun("invoices")

OPPORTUNITY = "salesforce.opportunity"
OpportunityId = Annotated[str, Path(pattern="^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$", description="Id in Salesforce.")]


class NewInvoice(Asked):
    """What a new draft gets; a draft that is there keeps what it has."""

    date: str | None = Field(default=None, description="Of the invoice; today without it.")
    due_date: str | None = None
    number: str | None = None
    notes: str | None = None
    expenses: bool = Field(default=True, description="Whether billable expenses are billed too.")


class NewCredit(Asked):
    amount: str | float | None = Field(default=None, description="What is open of the invoice without it.")
    date: str | None = Field(default=None, description="Of the credit; today without it.")
    number: str | None = None
    notes: str | None = None


class BillView(View):
    invoice: RecordView
    added: int = Field(description="Entries that were put on it now.")
    unpriced: list[str] = Field(description="Ids of approved billable entries that no rate puts a value on.")


class LinesView(View):
    items: list[RecordView]


@invoices.post("/tenants/<tenant>/projects/<id>/invoice", ADMINS, "Bill a project")
def bill_project(
    tenant: TenantId, id: RecordId, caller: Asking, asked: Annotated[NewInvoice | None, Body()] = None
) -> BillView:
    """Everything approved, billable and not billed yet, on one draft. Asked again, the answer is the same draft."""
    return _billed(tenant, id, caller, asked or NewInvoice())


@invoices.post(
    "/tenants/<tenant>/connections/<connection>/opportunities/<opportunity>/invoice", ADMINS, "Bill an opportunity"
)
def bill_opportunity(
    tenant: TenantId,
    connection: ConnectionId,
    opportunity: OpportunityId,
    caller: Asking,
    asked: Annotated[NewInvoice | None, Body()] = None,
) -> BillView:
    """The same for the project that an opportunity of Salesforce is linked to."""
    found = connection_of(tenant, connection)
    links = DynamoLinks(tenant, found.id).find(OPPORTUNITY, theirs=[full_id(opportunity) or opportunity])
    if not links or not links[0].usable:
        raise Problem(
            404,
            "This opportunity is linked to no project.",
            remedy="Synchronise it first; GET …/links says how it stands.",
            field="opportunity",
        )
    return _billed(tenant, links[0].ours, caller, asked or NewInvoice())


@invoices.get("/tenants/<tenant>/invoices/<id>/lines", EVERYBODY, "List the entries that an invoice bills")
def list_lines(tenant: TenantId, id: RecordId) -> LinesView:
    _stored(tenant, id)
    return LinesView(items=[view(kind, line) for kind, line in Billing(tenant, "").lines(id)])


@invoices.post("/tenants/<tenant>/invoices/<id>/review", ADMINS, "Mark an invoice as reviewed")
def review_invoice(
    tenant: TenantId, id: RecordId, caller: Asking, asked: Annotated[At | None, Body()] = None
) -> RecordView:
    """Somebody looked through it. It stays as it is until it is finalised, or made a draft again."""
    return _moved(tenant, id, caller, "review", asked)


@invoices.post("/tenants/<tenant>/invoices/<id>/reopen", ADMINS, "Make a reviewed invoice a draft again")
def reopen_invoice(
    tenant: TenantId, id: RecordId, caller: Asking, asked: Annotated[At | None, Body()] = None
) -> RecordView:
    return _moved(tenant, id, caller, "reopen", asked)


@invoices.post("/tenants/<tenant>/invoices/<id>/finalise", ADMINS, "Finalise an invoice")
def finalise_invoice(
    tenant: TenantId, id: RecordId, caller: Asking, asked: Annotated[At | None, Body()] = None
) -> RecordView:
    """From now on it is locked, takes payments, and is seen where a flow carries invoices."""
    return _moved(tenant, id, caller, "finalise", asked)


@invoices.post("/tenants/<tenant>/invoices/<id>/void", ADMINS, "Void an invoice")
def void_invoice(
    tenant: TenantId, id: RecordId, caller: Asking, asked: Annotated[At | None, Body()] = None
) -> RecordView:
    """What it billed may be billed again. Not while there are payments."""
    return _moved(tenant, id, caller, "void", asked)


@invoices.post("/tenants/<tenant>/invoices/<id>/credit", ADMINS, "Credit an invoice", 201)
def credit_invoice(
    tenant: TenantId, id: RecordId, caller: Asking, asked: Annotated[NewCredit | None, Body()] = None
) -> RecordView:
    """A draft that takes off what was billed too much; in the books it becomes a credit memo. For an invoice that
    cannot be void any more, because something was paid on it or its period is closed."""
    _stored(tenant, id)
    wanted = (asked or NewCredit()).model_dump(exclude_none=True)
    values = {"date": datetime.now(UTC).date().isoformat(), **wanted}
    credit = Billing(tenant, caller.name).credit(id, values)
    _note(tenant, caller, "credit", credit, credits=id)
    return view("invoice", credit)


def _billed(tenant: str, project: str, caller: Caller, asked: NewInvoice) -> BillView:
    wanted = asked.model_dump(exclude={"expenses"}, exclude_none=True)
    values = {"date": datetime.now(UTC).date().isoformat(), **wanted}
    bill = Billing(tenant, caller.name).draft(project, values, asked.expenses)
    if bill.added:
        _note(tenant, caller, "bill", bill.invoice, added=bill.added)
    return BillView(invoice=view("invoice", bill.invoice), added=bill.added, unpriced=list(bill.unpriced))


def _moved(tenant: str, id: str, caller: Caller, move: str, asked: At | None) -> RecordView:
    before, revision = _stored(tenant, id), asked.revision if asked else None
    try:
        record = _move(tenant, id, caller, move, revision)
    except Stale as error:
        raise conflict(error, view("invoice", _stored(tenant, id)).model_dump(mode="json")) from error
    if record.version != before.version:
        _note(tenant, caller, move, record)
    return view("invoice", record)


def _move(tenant: str, id: str, caller: Caller, move: str, revision: int | None) -> Record:
    space = Workspace(tenant, caller.name)
    if move == "void":
        return Billing(tenant, caller.name).void(id, revision)
    if move == "reopen":
        return space.reopen(id, revision, "invoice")
    return space.review(id, revision) if move == "review" else space.finalise(id, revision)


def _stored(tenant: str, id: str) -> Record:
    found = Workspace(tenant).get("invoice", id)
    if found is None:
        raise missing("invoice")
    return found


def _note(tenant: str, caller: Caller, verb: str, invoice: Record, **also: Any) -> None:
    facts = {"revision": invoice.version, "amount": str(invoice.values["amount"])}
    Audit(tenant).write(caller.name, f"invoice.{verb}", invoice.id, {**facts, **also})
