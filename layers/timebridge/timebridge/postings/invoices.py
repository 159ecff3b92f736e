"""Invoices as the books see them: their lines in the format that was chosen, and what stands around them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from timebridge.flows import lines_of as parsed_lines
from timebridge.flows import lines_text
from timebridge.postings.closing import dated
from timebridge.postings.explaining import Said
from timebridge.postings.invoice_lines import checks, lines_for
from timebridge.postings.invoice_taxes import TAXED, marked, tax_mode, tax_of
from timebridge.postings.invoicing import Around, InvoicePosting, look_around, tracks
from timebridge.postings.time import CUSTOMER
from timebridge.records import Record, Value, Values

if TYPE_CHECKING:
    from timebridge.links import Link
    from timebridge.postings.composing import Desk

LONGEST_MEMO = 1_000


def compose_invoices(desk: "Desk", records: Sequence[Record]) -> list[Record]:
    posting: InvoicePosting = desk.posting("invoices")
    around = look_around(desk, posting, records)
    return [replace(record, values=_composed(desk, posting, around, record)) for record in records]


def _composed(desk: "Desk", posting: InvoicePosting, around: Around, record: Record) -> dict[str, Any]:
    values, company = record.values, desk.company
    base = around.posted[record.id].base if record.id in around.posted else None
    when = dated(values, "date", posting, company, base, verb="of")
    customer = around.customers.get(str(values.get("project")))
    if customer is None and desk.has(CUSTOMER):
        customer = f"{CUSTOMER}/{values['client']}"
    client = around.clients.get(str(values["client"]), {})
    tax = tax_of(desk, posting, around, values)
    dimensions = around.dimensions.of(values)
    lines = lines_for(desk, posting, around, record, customer, base)
    if tax.line is not None or tax.code is not None:
        lines = [{**line, **marked(tax)} for line in lines]
    return {
        **values,
        "customer": customer,
        "date": when.day,
        "closed_through": when.closed_through,
        "notes": when.said(values.get("notes"), "of"),
        "class": dimensions["class"] if tracks(desk, "transaction") else None,
        "department": dimensions["department"],
        "term": _first_linked(around.terms, values.get("term"), client.get("term"), posting.term),
        "tax_code": tax.whole,
        "tax_missing": tax.missing,
        "automated_tax": tax.line == TAXED and desk.company is not None and desk.company.tax == "automated",
        "tax_mode": tax_mode(desk, tax),
        "number": values.get("number") if company and company.own_numbers and posting.number == "ours" else None,
        **_currency(desk, values, client),
        **_words(posting, values),
        **_mail(posting, client),
        "document_lines": lines_text(lines),
        "linked_time": lines_text({"time": line["time"]} for line in lines if "time" in line),
        **checks(around.entries.get(record.id, []), lines),
    }


def _first_linked(links: "Mapping[str, Link]", *ids: Value) -> Value:
    return next((id for id in ids if id is not None and str(id) in links), None)


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
    room = LONGEST_MEMO - len(said) - 1
    return {"memo": f"{str(memo)[:room]}\n{said}" if memo else said, "po_number": None}


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
