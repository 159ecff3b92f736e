"""Posting of expenses: reports are bills or checks, card expenses are charges and credits.

What they say is composed in `timebridge.postings.expenses`. Purchases and bills cannot be voided through the API, so
taking one out of the books deletes it.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from timebridge.converters import DATE, FLAG, text
from timebridge.errors import Rejected
from timebridge.flows import (
    All,
    Condition,
    Direction,
    Field,
    Flow,
    Lines,
    field,
    known_as,
    lines,
    maybe,
    none_of,
    one_of,
)
from timebridge.postings.booking import BOOKING
from timebridge.postings.expenses import BILL, CARD_CHARGE, CHECK, ExpensePosting
from timebridge.postings.refusals import first_of, imported, in_closed_period, leaving, not_ready, too_early
from timebridge.postings.settings import posted_here, posting_of
from timebridge.postings.spent import ACCOUNT, EXPENSE_ITEM, OTHER_ITEM
from timebridge.postings.time import CUSTOMER, EMPLOYEE, JOB, VENDOR
from timebridge.providers.quickbooks_online.converters import NOTES
from timebridge.records import Values

CLASS, DEPARTMENT, TERM = (f"quickbooks_online.{name}" for name in ("class", "department", "term"))
LONGEST_LINE = 4000
ON_ITEM, ON_ACCOUNT = "ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail"


def line_body(line: Mapping[str, Any]) -> dict[str, Any]:
    """One line of theirs: on an item where there is one, else on an account."""
    item = line.get("expense_item") or line.get("item")
    references = {
        "ItemRef" if item else "AccountRef": item or line.get("account"),
        "CustomerRef": line.get("job") or line.get("customer"),
        "ClassRef": line.get("class"),
        "TaxCodeRef": line.get("tax"),
    }
    detail: dict[str, Any] = {name: {"value": id} for name, id in references.items() if id}
    if line.get("billable") is not None:
        detail["BillableStatus"] = "Billable" if line["billable"] else "NotBillable"
    kind, said = ON_ITEM if item else ON_ACCOUNT, NOTES.outgoing(line.get("text"))
    described = {"Description": str(said)[:LONGEST_LINE]} if said else {}
    return {"DetailType": kind, "Amount": Decimal(line["amount"]), **described, kind: detail}


LINES = Lines(
    {
        "account": ACCOUNT,
        "expense_item": EXPENSE_ITEM,
        "item": OTHER_ITEM,
        "job": JOB,
        "customer": CUSTOMER,
        "class": CLASS,
    },
    line_body,
)

DOCUMENT: tuple[Field, ...] = (
    field("date", "TxnDate", DATE),
    field("notes", "PrivateNote", NOTES),
    field("currency", "CurrencyRef.value"),
    field("tax_mode", "GlobalTaxCalculation"),
    field("booking", "Booking", BOOKING),
    maybe("department", "DepartmentRef.value", parent=DEPARTMENT),
    lines("lines", "Line", LINES),
)

BILL_FIELDS = (
    known_as("staff", maybe("vendor", "VendorRef.value", parent=VENDOR)),
    maybe("account", "APAccountRef.value", parent=ACCOUNT),
    maybe("term", "SalesTermRef.value", parent=TERM),
    field("number", "DocNumber", text(21)),
    *DOCUMENT,
)

CHECK_FIELDS = (
    known_as("staff", maybe("employee", "EntityRef.value", parent=EMPLOYEE)),
    field("payee_type", "EntityRef.type"),
    maybe("account", "AccountRef.value", parent=ACCOUNT),
    *DOCUMENT,
)

CHARGE_FIELDS = (
    maybe("card", "AccountRef.value", parent=ACCOUNT),
    field("credit", "Credit", FLAG),
    *DOCUMENT,
)


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    posting: ExpensePosting = posting_of(settings, "expenses")
    report, purchase = "expense_report", "Purchase"
    as_bill, as_check = one_of("post_as", "bill", None), one_of("post_as", "check")
    return (
        _flow(posting, BILL, report, "Bill", BILL_FIELDS, as_bill),
        _flow(posting, CHECK, report, purchase, CHECK_FIELDS, as_check, {"PaymentType": "Check"}),
        _flow(
            posting,
            CARD_CHARGE,
            "expense",
            purchase,
            CHARGE_FIELDS,
            none_of("card", None),
            {"PaymentType": "CreditCard"},
        ),
    )


def _flow(
    posting: ExpensePosting,
    name: str,
    kind: str,
    object: str,
    fields: tuple[Field, ...],
    when: Condition,
    given: Values | None = None,
) -> Flow:
    return Flow(
        name,
        kind=kind,
        object=object,
        direction=Direction.OUT,
        posting=True,
        when_ours=All((posted_here(posting), when)),
        deletions=Direction.OUT,
        update_theirs=posting.update_theirs,
        on_create_theirs=given,
        fields=fields,
        refusal=first_of(
            imported,
            leaving,
            part_of_a_report,
            not_ready(posting),
            too_early(posting, "date"),
            in_closed_period("date", asked=posting.closed == "ask"),
            blocked,
        ),
    )


def part_of_a_report(values: Values) -> Rejected | None:
    report = values.get("report")
    if report is None:
        return None
    said = "It is in an expense report, and in the books with it."
    return Rejected(said, remedy=f"Post the report {report}.", field="report")


def blocked(values: Values) -> Rejected | None:
    """What the composer found."""
    said = values.get("blocked")
    if said is None:
        return None
    field = values.get("blocked_field")
    return Rejected(
        str(said), remedy=str(values["blocked_remedy"]), field=str(field) if field else None, trouble="reference"
    )
