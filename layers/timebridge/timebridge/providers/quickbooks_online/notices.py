"""Intuit's webhooks: verify the raw body, then parse it. `sign` makes true ones for tests and the demo.

A notice says which record to look at, never what it holds. Both formats are read: the CloudEvents array sent since
2026 and the older `eventNotifications`. Events of one body may belong to several companies.
"""

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SIGNATURE_HEADER = "intuit-signature"

NAMES = """
    Account Bill BillPayment Budget Class CompanyCurrency CreditMemo Currency Customer Department Deposit Employee
    Estimate Invoice Item JournalCode JournalEntry Payment PaymentMethod Preferences Purchase PurchaseOrder
    RefundReceipt SalesReceipt TaxAgency Term TimeActivity Transfer Vendor VendorCredit
"""
OBJECTS = {name.lower(): name for name in NAMES.split()}
"""Objects as events spell them, and as the API does."""

OPERATIONS = {
    "created": "create",
    "create": "create",
    "updated": "update",
    "update": "update",
    "deleted": "delete",
    "delete": "delete",
    "merged": "merge",
    "merge": "merge",
    "void": "void",
    "voided": "void",
    "emailed": "email",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """`realm`: the company. `object`: as the API spells it. `event` is Intuit's id of the event, if it has one. `at`:
    when it happened (ISO, UTC), if that can be read. `into`: the record into which this one was merged.
    """

    realm: str
    object: str
    id: str
    operation: str
    event: str | None = None
    at: str = ""
    into: str | None = None


def sign(body: bytes, verifier_token: str) -> str:
    """The value of the header `intuit-signature` for these very bytes."""
    return base64.b64encode(hmac.digest(verifier_token.encode(), body, "sha256")).decode("ascii")


def verify(body: bytes, signature: str | None, verifier_token: str) -> bool:
    """Whether Intuit signed these bytes. Without a verifier token nothing is believed."""
    if not signature or not verifier_token:
        return False
    return hmac.compare_digest(sign(body, verifier_token).encode(), signature.strip().encode())


def parse(body: bytes) -> Iterator[Notice]:
    """The notices of a body; events that are unknown or incomplete are passed over.

    A merge gives two notices: the survivor changed, and the loser is gone. Raises ValueError, before the first notice,
    for a body that is no JSON or has neither of the two shapes.
    """
    try:
        found = json.loads(body)
    except RecursionError as error:
        raise ValueError("The body is nested too deeply.") from error
    if isinstance(found, Mapping) and isinstance(found.get("eventNotifications"), list):
        return _old_events(found["eventNotifications"])
    if isinstance(found, Mapping) and "specversion" in found:
        found = [found]
    if isinstance(found, list):
        return _cloud_events(found)
    raise ValueError("The body is neither an array of CloudEvents nor an eventNotifications object.")


def _cloud_events(events: list[Any]) -> Iterator[Notice]:
    for event in events:
        if isinstance(event, Mapping):
            vendor, name, operation, *_ = [*str(event.get("type", "")).split("."), "", "", ""]
            data = event.get("data")
            loser = data.get("deletedid") if isinstance(data, Mapping) else None
            if vendor == "qbo":
                ids = event.get("intuitaccountid"), event.get("intuitentityid"), loser, event.get("id")
                yield from _notices(name, operation, *ids, _instant(event.get("time")))


def _old_events(notifications: list[Any]) -> Iterator[Notice]:
    for notification in notifications:
        if isinstance(notification, Mapping) and isinstance(notification.get("dataChangeEvent"), Mapping):
            for one in notification["dataChangeEvent"].get("entities") or ():
                if isinstance(one, Mapping):
                    ids = notification.get("realmId"), one.get("id"), one.get("deletedId"), None
                    what = str(one.get("name", "")), str(one.get("operation", ""))
                    yield from _notices(*what, *ids, _instant(one.get("lastUpdated")))


def _notices(
    name: str, operation: str, realm: object, id: object, loser: object, event: object, at: str
) -> Iterator[Notice]:
    known, verb = OBJECTS.get(name.lower()), OPERATIONS.get(operation.lower())
    if known and verb and realm and id:
        told = str(event) if event else None
        yield Notice(str(realm), known, str(id), verb, told, at)
        if verb == "merge" and loser:
            yield Notice(str(realm), known, str(loser), "delete", told, at, str(id))


def _instant(told: object) -> str:
    """Empty for what is no time: nothing but a measure depends on it."""
    try:
        return datetime.fromisoformat(str(told)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return ""
