"""Payments that the bookkeeper applied to invoices we posted. One payment of theirs is one of ours, whatever the number
of invoices it pays: what of it pays which is in its lines, and the rest pays nothing here."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from timebridge.converters import DATE, MONEY
from timebridge.flows import HERE, Direction, Flow, applied, field, ref
from timebridge.postings.invoicing import INVOICE
from timebridge.providers.quickbooks_online.converters import CENT, NOTES
from timebridge.providers.quickbooks_online.invoices import stands


def application(line: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What one line of a payment pays of an invoice; a line that pays anything else is of no interest."""
    paid = next((link for link in line.get("LinkedTxn") or () if link.get("TxnType") == "Invoice"), None)
    if paid is None:
        return None
    return {"invoice": str(paid["TxnId"]), "amount": Decimal(str(line.get("Amount") or 0)).quantize(CENT)}


PAYMENT = Flow(
    "quickbooks_online.payment",
    kind="payment",
    object="Payment",
    direction=Direction.IN,
    mirror=True,
    when_theirs=stands,
    deletions=Direction.IN,
    on_create_ours={"from_books": HERE},
    fields=(
        ref("client", "TopRef.value", parent="quickbooks_online.customer"),
        field("date", "TxnDate", DATE),
        field("number", "PaymentRefNum"),
        field("amount", "TotalAmt", MONEY),
        field("notes", "PrivateNote", NOTES),
        applied("applied", "Line", {"invoice": INVOICE}, application),
    ),
)


def flows(_settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    return (PAYMENT,)
