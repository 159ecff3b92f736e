"""Taking documents out of the books again: what stands in the way of it, and voiding, after which a document stays
with its number and comes to nothing."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from timebridge.errors import Locked, Rejected, Stale
from timebridge.providers.quickbooks_online.bodies import Change
from timebridge.providers.quickbooks_online.client import Client
from timebridge.providers.quickbooks_online.transactions import is_void
from timebridge.sides import Delete, Written

BILLED = "HasBeenBilled"

PAID_BY = {"Invoice": ("Payment",), "Bill": ("BillPaymentCheck", "BillPaymentCreditCard")}
"""What, linked to a document, has settled some of it."""


def obstacle(name: str, change: Change) -> Written | Locked | None:
    """Why a document is not taken out, if it is to be: something was paid on it. One that is void is out already."""
    if not isinstance(change.write, Delete) or change.now is None:
        return None
    now = change.now.values
    if name in PAID_BY and is_void(now.get("TotalAmt"), now.get("PrivateNote")):
        return Written(change.write.id, None)
    if not is_paid(name, now):
        return None
    return Locked(
        f"A payment is applied to the {name.lower()} in QuickBooks.",
        remedy="Take the payment off it in QuickBooks first"
        + (", or correct it with a credit memo." if name == "Invoice" else "."),
        field="status",
    )


def billed(values: Mapping[str, Any]) -> str | None:
    """What of a record was put on an invoice over there: it stays as it is."""
    if values.get("BillableStatus") == BILLED:
        return "The time"
    details = (line.get(line.get("DetailType")) or {} for line in values.get("Line") or ())
    return "An expense in it" if any(detail.get("BillableStatus") == BILLED for detail in details) else None


def is_paid(name: str, values: Mapping[str, Any]) -> bool:
    return any(link.get("TxnType") in PAID_BY.get(name, ()) for link in values.get("LinkedTxn") or ())


def voided(client: Client, name: str, change: Change) -> Written | Stale | Rejected:
    """Void one document, if it still has the version that is known."""
    try:
        client.void(name, {"Id": change.write.id, "SyncToken": change.version}, uuid4().hex)
    except (Stale, Rejected) as error:
        return error
    return Written(change.write.id, None)
