"""What QuickBooks holds of each client: an image of every document, and of the time that is billable. Read only.

`TopRef` is not a field of QuickBooks: it is the customer at the top of the one that the document names, which may be a
job; the Side finds it. Amounts are in the currency of the document.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from timebridge.converters import DATE, MONEY, UNCHANGED, Converter
from timebridge.flows import HERE, MANAGED_BY, All, Direction, Field, Flow, field, none_of, one_of, ref
from timebridge.providers.quickbooks_online.converters import CENT, NOTES
from timebridge.records import Value

CUSTOMER = "quickbooks_online.customer"
VOIDED = "Voided"
MILLIONTH = Decimal("0.000001")


def _read(incoming: Callable[..., Value], note: str = "") -> Converter:
    return Converter(incoming, lambda _: UNCHANGED, note=note)


def _number(value: object) -> Decimal:
    return Decimal(str(value or 0))


def is_void(total: object, note: object) -> bool:
    """QuickBooks has no flag: what is void amounts to nothing, and says so at the beginning of its note."""
    return not _number(total) and str(note or "").startswith(VOIDED)


def _settled(nothing: str, some: str, all_of_it: str) -> Converter:
    """From total, open rest and note: how much of a document is settled."""

    def status(total: object, rest: object, note: object) -> Value:
        if is_void(total, note):
            return "void"
        if not _number(rest):
            return all_of_it
        return some if _number(rest) < _number(total) else nothing

    return _read(status, f"{nothing}, {some}, {all_of_it} or void, as it follows from the amounts")


def _closed(word: str) -> Converter:
    return _read(lambda total, note: "void" if is_void(total, note) else word, f"{word} or void")


SHOWN = _read(lambda value: NOTES.incoming(value))
WORD = _read(lambda value: str(value).lower() if value else None)
RATE = _read(lambda value: Decimal(str(value)).quantize(MILLIONTH) if value else None)
SENT = _read(lambda value: value == "EmailSent")
ELSEWHERE = _read(
    lambda customer, name, top: name if name and str(customer) != str(top) else None, "only where it is on a job"
)
"""The name of the job that a document is on, where it is not on the client itself."""

ABOUT = ("CustomerRef.value", "CustomerRef.name", "TopRef.value")


def _image(object: str, type: str, *fields: Field, when: tuple[Any, ...] = ()) -> Flow:
    return Flow(
        f"quickbooks_online.client_{type}",
        kind="transaction",
        object=object,
        direction=Direction.IN,
        mirror=True,
        when_theirs=All((none_of("CustomerRef.value", None), *when)),
        deletions=Direction.IN,
        on_create_ours={"type": type, MANAGED_BY: HERE},
        fields=(
            ref("client", "TopRef.value", parent=CUSTOMER),
            field("date", "TxnDate", DATE),
            field("job", ABOUT, ELSEWHERE),
            *fields,
        ),
    )


MONEY_FIELDS = (
    field("amount", "TotalAmt", MONEY),
    field("currency", "CurrencyRef.value"),
    field("exchange_rate", "ExchangeRate", RATE),
    field("notes", "PrivateNote", SHOWN),
)
DOCUMENT = (field("number", "DocNumber"), *MONEY_FIELDS, field("memo", "CustomerMemo.value"))
OUTGOING = (*DOCUMENT, field("sent", "EmailStatus", SENT))

INVOICE = _image(
    "Invoice",
    "invoice",
    *OUTGOING,
    field("due_date", "DueDate", DATE),
    field("balance", "Balance", MONEY),
    field("status", ("TotalAmt", "Balance", "PrivateNote"), _settled("open", "partly paid", "paid")),
)
PAYMENT = _image(
    "Payment",
    "payment",
    field("number", "PaymentRefNum"),
    *MONEY_FIELDS,
    field("balance", "UnappliedAmt", MONEY),
    field("status", ("TotalAmt", "UnappliedAmt", "PrivateNote"), _settled("unapplied", "partly applied", "applied")),
)
ESTIMATE = _image(
    "Estimate", "estimate", *OUTGOING, field("due_date", "ExpirationDate", DATE), field("status", "TxnStatus", WORD)
)
SALES_RECEIPT = _image(
    "SalesReceipt",
    "sales_receipt",
    *OUTGOING,
    field("balance", "Balance", MONEY),
    field("status", ("TotalAmt", "PrivateNote"), _closed("paid")),
)
CREDIT_MEMO = _image(
    "CreditMemo",
    "credit_memo",
    *OUTGOING,
    field("balance", "RemainingCredit", MONEY),
    field("status", ("TotalAmt", "RemainingCredit", "PrivateNote"), _settled("unapplied", "partly applied", "applied")),
)
REFUND_RECEIPT = _image(
    "RefundReceipt",
    "refund_receipt",
    *DOCUMENT,
    field("balance", "Balance", MONEY),
    field("status", ("TotalAmt", "PrivateNote"), _closed("paid")),
)


# --- time ------------------------------------------------------------------------------------------------------------

CLOCK = ("Hours", "Minutes", "StartTime", "EndTime", "BreakHours", "BreakMinutes")


def elapsed(hours: Any, minutes: Any, start: Any, end: Any, break_hours: Any, break_minutes: Any) -> Decimal:
    """Decimal hours, unrounded: QuickBooks holds either hours and minutes, or a start and an end."""
    if start and end:
        between = datetime.fromisoformat(str(end)) - datetime.fromisoformat(str(start))
        return Decimal(str(between.total_seconds())) / 3600 - _number(break_hours) - _number(break_minutes) / 60
    return _number(hours) + _number(minutes) / 60


def rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def _worth(rate: object, *clock: Any) -> Decimal:
    return rounded(_number(rate) * elapsed(*clock))


TIME = _image(
    "TimeActivity",
    "time",
    field("hours", CLOCK, _read(lambda *clock: rounded(elapsed(*clock)), "decimal hours")),
    field("rate", "HourlyRate", MONEY),
    field("amount", ("HourlyRate", *CLOCK), _read(_worth, "hours times rate")),
    field("status", "BillableStatus", _read(lambda value: "billed" if value == "HasBeenBilled" else "unbilled")),
    field("person", ("EmployeeRef.name", "VendorRef.name"), _read(lambda employee, vendor: employee or vendor)),
    field("memo", "Description", SHOWN),
    when=(one_of("BillableStatus", "Billable", "HasBeenBilled"),),
)
TRANSACTIONS = (INVOICE, PAYMENT, ESTIMATE, SALES_RECEIPT, CREDIT_MEMO, REFUND_RECEIPT, TIME)


def flows(_settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    return TRANSACTIONS
