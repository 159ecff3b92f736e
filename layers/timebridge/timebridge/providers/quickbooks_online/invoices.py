"""Posting of invoices. What they say is composed in `timebridge.postings.invoices`; what the books make of them, their
number, tax and balance, comes back."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from timebridge.converters import DATE, MONEY, UNCHANGED, Converter
from timebridge.errors import Rejected
from timebridge.flows import All, Direction, Field, Flow, Lines, either, field, known_as, lines, maybe, none_of, one_of
from timebridge.postings.billed import SOLD
from timebridge.postings.invoicing import CREDIT, INVOICE, TAX_CODE, TERM, TIME, InvoicePosting
from timebridge.postings.refusals import Reason, first_of, imported, in_closed_period, too_early
from timebridge.postings.settings import posted_here, posting_of
from timebridge.providers.quickbooks_online.converters import BEYOND_BASIC_PLANE, NOTES
from timebridge.providers.quickbooks_online.transactions import RATE, is_void
from timebridge.records import Value, Values

OUT, IN = Direction.OUT, Direction.IN
NOT_ON_CREDITS = ("due_date", "posted_due_date", "linked_time")
"""What a credit memo does not have; it cannot be voided by way of the API either."""

MOST_LINES, MOST_TAXED = 10_000, 750
"""Lines of a form; of one whose tax QuickBooks works out by itself."""

LONGEST_NUMBER = 21
CENTLESS = frozenset({"JPY", "KRW", "CLP", "VND", "ISK", "XAF", "XOF", "PYG"})
"""Currencies that have no cents."""


def line_body(line: Mapping[str, Any]) -> dict[str, Any]:
    """One of ours, whose references are their ids by now, as a line of theirs. Amounts stay exact."""
    detail = {
        "ItemRef": _ref(next((line[kind] for kind in SOLD if line.get(kind)), None)),
        "Qty": _number(line.get("quantity")),
        "UnitPrice": _number(line.get("rate")),
        "ServiceDate": line.get("date"),
        "ClassRef": _ref(line.get("class")),
        "TaxCodeRef": _ref(line.get("tax_code") or line.get("tax")),
    }
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": _number(line["amount"]),
        "SalesItemLineDetail": {name: value for name, value in detail.items() if value is not None},
        **({"Description": BEYOND_BASIC_PLANE.sub("", line["text"])} if line.get("text") else {}),
        **({"LinkedTxn": [{**time_body(line), "TxnLineId": "1"}]} if line.get("time") else {}),
    }


def time_body(line: Mapping[str, Any]) -> dict[str, Any]:
    return {"TxnId": line["time"], "TxnType": "TimeActivity"}


def _ref(id: object) -> dict[str, str] | None:
    return None if id is None else {"value": str(id)}


def _number(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _custom_field(definition: str) -> Converter:
    def out(value: Value) -> object:
        return UNCHANGED if value is None else [{"DefinitionId": definition, "StringValue": str(value)}]

    return Converter(lambda _: UNCHANGED, out)


def _fields(posting: InvoicePosting) -> tuple[Field, ...]:
    document = Lines({**SOLD, "class": "quickbooks_online.class", "tax_code": TAX_CODE, "time": TIME}, line_body)
    custom = (field("po_number", "CustomField", _custom_field(posting.po_field), OUT),) if posting.po_field else ()
    return (
        known_as(
            "client", either("customer", "CustomerRef.value", "quickbooks_online.job", "quickbooks_online.customer")
        ),
        field("date", "TxnDate", DATE, OUT),
        field("due_date", "DueDate", DATE, OUT),
        field("number", "DocNumber", direction=OUT),
        maybe("term", "SalesTermRef.value", parent=TERM),
        maybe("class", "ClassRef.value", parent="quickbooks_online.class"),
        maybe("department", "DepartmentRef.value", parent="quickbooks_online.department"),
        maybe("tax_code", "TxnTaxDetail.TxnTaxCodeRef.value", parent=TAX_CODE),
        field("tax_mode", "GlobalTaxCalculation", direction=OUT),
        field("currency", "CurrencyRef.value", direction=OUT),
        field("exchange_rate", "ExchangeRate", direction=OUT),
        field("memo", "CustomerMemo.value", NOTES, OUT),
        field("email", "BillEmail.Address", direction=OUT),
        field("email_status", "EmailStatus", direction=OUT),
        field("notes", "PrivateNote", NOTES, OUT),
        lines("document_lines", "Line", document),
        lines("linked_time", "LinkedTxn", Lines({"time": TIME}, time_body)),
        *custom,
        field("posted_number", "DocNumber", direction=IN),
        field("posted_due_date", "DueDate", DATE, IN),
        field("posted_tax", "TxnTaxDetail.TotalTax", MONEY, IN),
        field("posted_total", "TotalAmt", MONEY, IN),
        field("posted_balance", "Balance", MONEY, IN),
        field("posted_rate", "ExchangeRate", RATE, IN),
        field("posted_home_total", "HomeTotalAmt", MONEY, IN),
    )


def stands(values: Mapping[str, Any]) -> bool:
    """A form that was voided is still there, and bills nothing any more."""
    return not is_void(values.get("TotalAmt"), values.get("PrivateNote"))


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    posting: InvoicePosting = posting_of(settings, "invoices")
    invoice = Flow(
        INVOICE,
        kind="invoice",
        object="Invoice",
        posting=True,
        create_ours=False,
        when_ours=All((posted_here(posting), one_of("credits", None))),
        when_theirs=stands,
        deletions=OUT,
        update_theirs=posting.update_theirs,
        voids=posting.undo == "void",
        fields=_fields(posting),
        refusal=_refusal(posting),
    )
    credit = replace(
        invoice,
        name=CREDIT,
        object="CreditMemo",
        when_ours=All((posted_here(posting), none_of("credits", None))),
        voids=False,
        fields=tuple(line for line in invoice.fields if line.ours not in NOT_ON_CREDITS),
    )
    return invoice, credit


def _refusal(posting: InvoicePosting) -> Reason:
    return first_of(
        imported,
        not_out(posting),
        too_early(posting, "date"),
        in_closed_period("date", asked=posting.closed == "ask"),
        nobody_to_bill,
        no_item,
        odd_lines,
        too_many_lines,
        wrong_currency,
        no_tax_code,
        no_address,
        long_number,
    )


# --- why an invoice cannot be posted ---------------------------------------------------------------------------------


def not_out(posting: InvoicePosting) -> Reason:
    """Still worked on, or void."""

    def reason(values: Values) -> Rejected | None:
        status = values.get("status")
        if status in posting.ready:
            return None
        remedy = "Review and finalise it first." if posting.approved_only else "Review it first."
        if status == "void":
            remedy = "Bill again."
        return Rejected(f"The invoice is {'a draft' if status == 'draft' else status}.", remedy=remedy, field="status")

    return reason


def nobody_to_bill(values: Values) -> Rejected | None:
    if values.get("customer") is not None:
        return None
    remedy = "Link the project to a job, or the client to a customer."
    return Rejected("Nobody in QuickBooks can be billed for it.", remedy=remedy, field="client", trouble="reference")


def no_item(values: Values) -> Rejected | None:
    count = values.get("unsold")
    if not count:
        return None
    return Rejected(
        f"{count} of its lines have no item in QuickBooks.",
        remedy="Link the labour and expense codes to items, or choose default ones in the settings of posting.",
        field="lines",
        trouble="reference",
    )


def odd_lines(values: Values) -> Rejected | None:
    """What it bills does not come to its amount, or QuickBooks would refuse an amount."""
    if values.get("lines_total") != values.get("amount"):
        remedy = "Try again in a minute; if it stays, void it and bill again."
        return Rejected("What it bills does not come to its amount.", remedy=remedy, field="amount")
    if values.get("negative"):
        remedy = "Choose the format “summary”, or take the negative expense off."
        return Rejected("QuickBooks takes no line with a negative amount.", remedy=remedy, field="lines")
    amount = values.get("amount")
    if values.get("currency_of_client") in CENTLESS and isinstance(amount, Decimal) and amount % 1:
        return Rejected("This currency has no cents.", remedy="Bill whole amounts.", field="amount")
    return None


def too_many_lines(values: Values) -> Rejected | None:
    count, most = int(str(values.get("line_count") or 0)), MOST_LINES
    if values.get("automated_tax"):
        most = MOST_TAXED
    if count <= most:
        return None
    remedy = "Choose a format with fewer lines, like “codes” or “summary”, or bill in several invoices."
    return Rejected(f"It has {count} lines; QuickBooks takes {most}.", remedy=remedy, field="lines")


def wrong_currency(values: Values) -> Rejected | None:
    wrong = values.get("wrong_currency")
    if wrong is None:
        return None
    return Rejected(
        f"The invoice is in {wrong}, and its client is billed in {values.get('currency_of_client')}.",
        remedy="Bill in the currency of the client: in QuickBooks it cannot be changed.",
        field="currency",
    )


def no_tax_code(values: Values) -> Rejected | None:
    if not values.get("tax_missing"):
        return None
    return Rejected(
        "It has no tax code that QuickBooks knows.",
        remedy="Give the invoice a tax code, or choose one in the settings of posting.",
        field="tax_code",
        trouble="reference",
    )


def no_address(values: Values) -> Rejected | None:
    if values.get("email_status") is None or values.get("email") is not None:
        return None
    remedy = "Give the client an e-mail address, or let QuickBooks send nothing."
    return Rejected("QuickBooks is to send it, and the client has no e-mail address.", remedy=remedy, field="email")


def long_number(values: Values) -> Rejected | None:
    if len(str(values.get("number") or "")) <= LONGEST_NUMBER:
        return None
    remedy = "Shorten it, or let QuickBooks give the number."
    return Rejected(f"Its number is longer than {LONGEST_NUMBER} characters.", remedy=remedy, field="number")
