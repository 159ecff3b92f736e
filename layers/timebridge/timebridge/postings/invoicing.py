"""What a tenant decides about the posting of invoices, and what a page of them refers to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from timebridge.postings import formats
from timebridge.postings.billed import Catalogue, Code, catalogue, entries_of
from timebridge.postings.dimensions import Dimensions, dimensions_of
from timebridge.postings.settings import Posting, choice, flag, record_id, text
from timebridge.postings.time import customers_of
from timebridge.records import Record, Values

if TYPE_CHECKING:
    from timebridge.links import Link
    from timebridge.postings.composing import Desk

INVOICE, CREDIT = "quickbooks_online.invoice", "quickbooks_online.credit_memo"
TIME, TERM, TAX_CODE = "quickbooks_online.time_activity", "quickbooks_online.term", "quickbooks_online.tax_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePosting(Posting):
    """`format`: how entries become lines (see `formats`). `labour_code`, `expense_code`: what is sold where an entry
    names nothing that has an item over there; `item`: for both, and for amounts without entries. `term`, `tax_code`:
    where neither the invoice nor its client says one. `tax`: lines without a tax code are not taxed ("ours"), or as
    QuickBooks has it of their items ("item"). `number`: ours, where the company lets us, or theirs. `email`: nothing,
    the client's address, or the address and the wish that QuickBooks sends it. `link_time`: lines mark the time they
    bill as billed there. `po_field`: the id of the custom field that takes our purchase order number; without one it is
    said in the memo. `undo`: what is taken back is voided, or deleted.
    """

    format: str = choice("lines", *formats.NAMES)
    labour_code: str | None = record_id()
    expense_code: str | None = record_id()
    item: str | None = record_id()
    term: str | None = record_id()
    tax_code: str | None = record_id()
    tax: str = choice("ours", "ours", "item")
    number: str = choice("ours", "ours", "theirs")
    email: str = choice("none", "none", "address", "send")
    link_time: bool = flag(False)
    po_field: str | None = text()
    undo: str = choice("void", "void", "delete")

    @property
    def ready(self) -> tuple[str, ...]:
        return ("final",) if self.approved_only else ("reviewed", "final")

    @property
    def may_stay(self) -> tuple[str, ...]:
        return "reviewed", "final"

    @property
    def defaults(self) -> dict[str, Code | None]:
        """What is sold where an entry of the kind says nothing; under "invoice", by an amount without entries."""
        labour = ("labour_code", self.labour_code) if self.labour_code else None
        expense = ("expense_code", self.expense_code) if self.expense_code else None
        item = ("item", self.item) if self.item else None
        return {"time_entry": labour or item, "expense": expense or item or labour, "invoice": item or labour}


@dataclass(frozen=True, slots=True)
class Around:
    """What a page of invoices refers to, and how that is linked."""

    entries: dict[str, list[tuple[str, Record]]]
    clients: dict[str, Values]
    customers: dict[str, str]
    people: dict[str, Values]
    sold: Catalogue
    dimensions: Dimensions
    terms: "dict[str, Link]"
    codes: "dict[str, Link]"
    taxable: dict[str, Values]
    times: "dict[str, Link]"
    posted: "dict[str, Link]"


def look_around(desk: "Desk", posting: InvoicePosting, records: Sequence[Record]) -> Around:
    invoices = [record.values for record in records]
    entries = entries_of(desk, records)
    flat = [each for some in entries.values() for each in some]
    clients = desk.values("client", [values["client"] for values in invoices])
    projects = desk.values("project", [values.get("project") for values in invoices])
    billed = [record.values for _, record in flat]
    taxes = [values.get("tax_code") or posting.tax_code for values in invoices]
    terms = [values.get("term") or clients.get(str(values["client"]), {}).get("term") for values in invoices]
    times = [record.id for kind, record in flat if kind == "time_entry"] if posting.link_time else []
    return Around(
        entries=entries,
        clients=clients,
        customers=customers_of(desk, projects),
        people=desk.values("staff", [values.get("staff") for values in billed]),
        sold=catalogue(desk, flat, posting.defaults),
        dimensions=dimensions_of(desk, posting, [*billed, *invoices], projects),
        terms=desk.linked(TERM, [*terms, posting.term]),
        codes=desk.linked(TAX_CODE, taxes),
        taxable=desk.values("tax_code", taxes),
        times=desk.linked(TIME, times),
        posted=desk.posted("invoice", [record.id for record in records]),
    )


def tracks(desk: "Desk", level: str) -> bool:
    return desk.company is not None and desk.company.classes == level
