"""Invoices as the books see them: their lines in the format that was chosen, and what stands around them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from timebridge.flows import lines_of as parsed_lines
from timebridge.flows import lines_text
from timebridge.postings import formats
from timebridge.postings.billed import Catalogue, Code, catalogue, entries_of, entry_of
from timebridge.postings.closing import dated
from timebridge.postings.dimensions import Dimensions, dimensions_of
from timebridge.postings.explaining import Said
from timebridge.postings.formats import Entry, Line
from timebridge.postings.settings import Posting, choice, flag, record_id, text
from timebridge.postings.time import CUSTOMER, customers_of
from timebridge.records import Record, Value, Values

if TYPE_CHECKING:
    from timebridge.links import Link
    from timebridge.postings.composing import Desk

TIME, TERM, TAX_CODE = "quickbooks_online.time_activity", "quickbooks_online.term", "quickbooks_online.tax_code"
TAXED, UNTAXED = "TAX", "NON"
"""What a line of a US form says of its tax; both are tax codes over there, too."""


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
class _Around:
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


def compose_invoices(desk: "Desk", records: Sequence[Record]) -> list[Record]:
    posting: InvoicePosting = desk.posting("invoices")
    around = _look_around(desk, posting, records)
    return [replace(record, values=_composed(desk, posting, around, record)) for record in records]


def _look_around(desk: "Desk", posting: InvoicePosting, records: Sequence[Record]) -> _Around:
    invoices = [record.values for record in records]
    entries = entries_of(desk, records)
    flat = [each for some in entries.values() for each in some]
    clients = desk.values("client", [values["client"] for values in invoices])
    projects = desk.values("project", [values.get("project") for values in invoices])
    billed = [record.values for _, record in flat]
    taxes = [values.get("tax_code") or posting.tax_code for values in invoices]
    terms = [values.get("term") or clients.get(str(values["client"]), {}).get("term") for values in invoices]
    times = [record.id for kind, record in flat if kind == "time_entry"] if posting.link_time else []
    return _Around(
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


def _composed(desk: "Desk", posting: InvoicePosting, around: _Around, record: Record) -> dict[str, Any]:
    values, company = record.values, desk.company
    base = around.posted[record.id].base if record.id in around.posted else None
    when = dated(values, "date", posting, company, base, verb="of")
    customer = around.customers.get(str(values.get("project")))
    if customer is None and desk.has(CUSTOMER):
        customer = f"{CUSTOMER}/{values['client']}"
    client = around.clients.get(str(values["client"]), {})
    tax = _tax(desk, posting, around, values)
    dimensions = around.dimensions.of(values)
    lines = _lines(desk, posting, around, record, customer, base)
    if tax.line is not None or tax.code is not None:
        lines = [{**line, **_marked(tax)} for line in lines]
    return {
        **values,
        "customer": customer,
        "date": when.day,
        "closed_through": when.closed_through,
        "notes": when.said(values.get("notes"), "of"),
        "class": dimensions["class"] if _tracks(desk, "transaction") else None,
        "department": dimensions["department"],
        "term": _first_linked(around.terms, values.get("term"), client.get("term"), posting.term),
        "tax_code": tax.whole,
        "tax_missing": tax.missing,
        "automated_tax": tax.line == TAXED and desk.company is not None and desk.company.tax == "automated",
        "tax_mode": _tax_mode(desk, tax),
        "number": values.get("number") if company and company.own_numbers and posting.number == "ours" else None,
        **_currency(desk, values, client),
        **_words(posting, values),
        **_mail(posting, client),
        "document_lines": lines_text(lines),
        "linked_time": lines_text({"time": line["time"]} for line in lines if "time" in line),
        **_checks(around.entries.get(record.id, []), lines),
    }


def _tracks(desk: "Desk", level: str) -> bool:
    return desk.company is not None and desk.company.classes == level


def _first_linked(links: "Mapping[str, Link]", *ids: Value) -> Value:
    return next((id for id in ids if id is not None and str(id) in links), None)


# --- lines -----------------------------------------------------------------------------------------------------------


def _lines(
    desk: "Desk", posting: InvoicePosting, around: _Around, record: Record, customer: str | None, base: Values | None
) -> list[Line]:
    """What is in the books already keeps the format it was posted in, whatever was chosen since."""
    values, by_line = record.values, _tracks(desk, "line")
    whole = str(around.dimensions.of(values)["class"] or "") or None if by_line else None
    amount = values.get("amount") or Decimal(0)
    if not values.get("lines"):
        code = posting.defaults["invoice"]
        return [formats.single(amount, code if code in around.sold.linked else None, whole, _subject(values))]
    linked = _linked_time(around, record.id, customer, base)
    entries = [
        entry_of(
            kind, each, around.sold, _class(around, values, each) if by_line else None, around.people, each.id in linked
        )
        for kind, each in around.entries.get(record.id, [])
    ]
    made = {
        name: _formatted(name, entries, posting, around, whole)
        for name in formats.NAMES
        if base or name == posting.format
    }
    kept = (base or {}).get("document_lines")
    return next((lines for lines in made.values() if kept and _same(lines, kept)), made[posting.format])


def _formatted(
    name: str, entries: Sequence[Entry], posting: InvoicePosting, around: _Around, whole: str | None
) -> list[Line]:
    if name != formats.SUMMARY:
        return formats.lines_of(entries, name)
    code = posting.defaults["invoice"]
    return formats.summary(entries, code if code in around.sold.linked else None, whole)


def _same(lines: Sequence[Line], kept: Value) -> bool:
    """Whether what was posted says this, apart from its tax."""
    return lines_text(lines) == lines_text(
        {name: value for name, value in line.items() if name not in ("tax", "tax_code")} for line in parsed_lines(kept)
    )


def _class(around: _Around, invoice: Values, entry: Record) -> str | None:
    """Under what an entry counts; where nobody says, the invoice decides for all its lines."""
    found = around.dimensions.of({"class": invoice.get("class"), **_without_nothing(entry.values)})["class"]
    return str(found) if found else None


def _without_nothing(values: Values) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _linked_time(around: _Around, invoice: str, customer: str | None, base: Values | None) -> set[str]:
    """The entries whose time the books can mark as billed: it is there, billable, and charged to the same customer.

    What is posted already marks what it marked then.
    """
    if base is not None:
        return {str(line["time"]) for line in parsed_lines(base.get("linked_time"))}
    links = {each.id: around.times[each.id] for _, each in around.entries.get(invoice, []) if each.id in around.times}
    return {id for id, link in links.items() if _is_chargeable(link.base or {}, customer)}


def _is_chargeable(time: Values, customer: str | None) -> bool:
    return time.get("billable") is True and time.get("customer") == customer


def _checks(entries: Sequence[tuple[str, Record]], lines: Sequence[Line]) -> dict[str, Value]:
    """What is looked at before anything is sent: lines without an item, what they come to, and how many there are."""
    sold = ("labour_code", "expense_code", "item")
    times = sum(kind == "time_entry" for kind, _ in entries)
    return {
        "unsold": sum(not any(name in line for name in sold) for line in lines),
        "lines_total": sum((Decimal(line["amount"]) for line in lines), Decimal()),
        "negative": any(Decimal(line["amount"]) < 0 for line in lines),
        "line_count": len(lines),
        "time_not_linked": times - sum("time" in line for line in lines),
    }


def _subject(values: Values) -> str | None:
    return str(values.get("memo") or values.get("notes") or "") or None


# --- tax -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tax:
    """`line`: TAX or NON of each line (US). `code`: our tax code, of each line (elsewhere). `whole`: our tax code of
    the whole form. `missing`: a code is needed, or the one that was chosen is not known over there."""

    line: str | None = None
    code: str | None = None
    whole: str | None = None
    missing: bool = False


def _tax(desk: "Desk", posting: InvoicePosting, around: _Around, values: Values) -> _Tax:
    kind = desk.company.tax if desk.company else "none"
    chosen = values.get("tax_code") or posting.tax_code
    link = around.codes.get(str(chosen))
    if kind == "none":
        return _Tax()
    if chosen is not None and link is None:
        return _Tax(missing=True)
    if kind == "global":
        return _Tax(code=str(chosen)) if chosen else _Tax(missing=True)
    if link is None:
        return _Tax(line=UNTAXED if posting.tax == "ours" else None)
    if link.theirs in (TAXED, UNTAXED):
        return _Tax(line=link.theirs)
    taxable = around.taxable.get(str(chosen), {}).get("taxable") is not False
    return _Tax(line=TAXED if taxable else UNTAXED, whole=str(chosen) if taxable and kind == "manual" else None)


def _marked(tax: _Tax) -> Line:
    return {"tax_code": tax.code} if tax.code else {"tax": str(tax.line)}


def _tax_mode(desk: "Desk", tax: _Tax) -> str | None:
    """Our amounts are without tax."""
    return "TaxExcluded" if tax.code and desk.company and desk.company.tax == "global" else None


# --- around the lines ------------------------------------------------------------------------------------------------


def _currency(desk: "Desk", values: Values, client: Values) -> dict[str, Value]:
    """The currency is the client's; one that the invoice itself names has to be the same."""
    home = desk.company.currency if desk.company else None
    theirs = client.get("currency") or home
    several = desk.company is not None and desk.company.multi_currency
    foreign = several and theirs != home
    return {
        "currency": theirs if several else None,
        "exchange_rate": values.get("exchange_rate") if foreign else None,
        "wrong_currency": values["currency"] if values.get("currency") not in (None, theirs) else None,
        "currency_of_client": theirs,
    }


def _words(posting: InvoicePosting, values: Values) -> dict[str, Value]:
    """The purchase order number has a field of its own, or is said in the memo."""
    number, memo = values.get("po_number"), values.get("memo")
    if posting.po_field is not None or number is None:
        return {"memo": memo, "po_number": number if posting.po_field is not None else None}
    said = f"PO number: {number}"
    return {"memo": f"{memo}\n{said}" if memo else said, "po_number": None}


def _mail(posting: InvoicePosting, client: Values) -> dict[str, Value]:
    if posting.email == "none":
        return {"email": None, "email_status": None}
    return {"email": client.get("email"), "email_status": "NeedToSend" if posting.email == "send" else None}


# --- why -------------------------------------------------------------------------------------------------------------


def explain_invoice(desk: "Desk", record: Record, seen: Record) -> Iterator[Said]:
    """What decided the term, the tax, the number and the lines, and which time is not marked as billed."""
    posting: InvoicePosting = desk.posting("invoices")
    client = desk.values("client", [record.values["client"]]).get(str(record.values["client"]), {})
    levels = {"invoice": record.values.get("term"), "client": client.get("term"), "default": posting.term}
    yield _first_said("term", seen.values.get("term"), levels)
    levels = {"invoice": record.values.get("tax_code"), "default": posting.tax_code}
    yield _first_said("tax_code", seen.values.get("tax_code"), levels)
    number = seen.values.get("number")
    words = "The number is ours." if number else "QuickBooks gives the number."
    yield Said("number", number, "invoice" if number else "company", words)
    yield Said("format", posting.format, "default", f"The lines are in the format “{posting.format}”.")
    yield _said_of_time(posting, seen)


def _first_said(name: str, value: Value, levels: Mapping[str, Value]) -> Said:
    level = next((level for level, said in levels.items() if said is not None and said == value), None)
    spoken = name.replace("_", " ")
    return Said(name, value, level, f"The {spoken} comes from the {level}." if level else f"No {spoken} is sent.")


def _said_of_time(posting: InvoicePosting, seen: Record) -> Said:
    linked, loose = len(parsed_lines(seen.values.get("linked_time"))), int(str(seen.values.get("time_not_linked") or 0))
    if not posting.link_time:
        return Said("link_time", False, "default", "Time is not marked as billed in QuickBooks: the settings say so.")
    words = f"{linked} of {linked + loose} entries of time are marked as billed in QuickBooks."
    if loose:
        words += " The others are not there, not billable there, on another customer, or share a line."
    return Said("link_time", bool(linked), "default", words)
