"""A client as the books see it: terms, ways to pay, balance, and the page over there."""

from timebridge.api.access import EVERYBODY, Noun, TenantId
from timebridge.api.errors import missing
from timebridge.api.kinds import RecordId
from timebridge.api.views import Kept, Number, View
from timebridge.books.summaries import Block, blocks
from timebridge.links import State
from timebridge.store.records import Workspace

summaries = Noun("summaries")

FACTS = ("delivery_method", "balance", "balance_with_jobs", "currency", "taxable", "resale_number")


class SaidView(View):
    """A value that reads otherwise over there; `there` is null where QuickBooks cannot take it, and it is left out."""

    field: str
    ours: Kept
    there: Kept


class TroubleView(View):
    reason: str
    remedy: str


class BlockView(View):
    """`company`: a link opens in the company that the browser showed last, so its name stands beside the link.
    `term` and `payment_method` are names. `balance_with_jobs`: with everything that is below the customer."""

    connection: str
    company: str | None
    customer: str
    name: str
    url: str | None
    term: str | None
    payment_method: str | None
    delivery_method: str | None
    balance: Number | None
    balance_with_jobs: Number | None
    currency: str | None
    taxable: bool | None
    resale_number: str | None
    said: list[SaidView]
    state: State
    problem: TroubleView | None


class BlocksView(View):
    """One for each company in which the client is a customer."""

    items: list[BlockView]


@summaries.get("/tenants/<tenant>/clients/<id>/quickbooks", EVERYBODY, "What QuickBooks says of a client")
def read_client_in_books(tenant: TenantId, id: RecordId) -> BlocksView:
    """As of the last synchronisation: nobody needs a login of QuickBooks to see it, and nothing is read there."""
    client = Workspace(tenant).get("client", id)
    if client is None:
        raise missing("client")
    return BlocksView(items=[_view(block) for block in blocks(tenant, client)])


def _view(block: Block) -> BlockView:
    facts = {name: block.values.get(name) for name in ("term", "payment_method", *FACTS)}
    return BlockView.model_validate(
        {
            **facts,
            "connection": block.connection.id,
            "company": block.connection.account_name,
            "customer": block.customer,
            "name": block.name,
            "url": block.url,
            "said": [SaidView.of(each) for each in block.said],
            "state": block.link.state,
            "problem": TroubleView.of(block.link.problem) if block.link.problem else None,
        }
    )
