"""Addresses of QuickBooks' own pages: one click from a record here to the same record there.

Intuit publishes no contract for them (reference, section 7). A page opens in the company that the browser showed last:
that is why the name of the company stands beside every link. What has no page of its own opens the nearest one.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from timebridge.tenants import Connection

PRODUCTION = "https://app.qbo.intuit.com"
SANDBOX = "https://app.sandbox.qbo.intuit.com"

BY_NAME = {"Customer": "customerdetail", "Vendor": "vendordetail"}

BY_TRANSACTION = {
    "Invoice": "invoice",
    "Payment": "recvpayment",
    "Estimate": "estimate",
    "SalesReceipt": "salesreceipt",
    "CreditMemo": "creditmemo",
    "RefundReceipt": "refundreceipt",
    "Bill": "bill",
    "BillPayment": "billpayment",
    "VendorCredit": "vendorcredit",
    "Purchase": "expense",
    "JournalEntry": "journal",
    "Deposit": "deposit",
    "Transfer": "transfer",
    "PurchaseOrder": "purchaseorder",
}

PAGES = {
    "Employee": "employees",
    "TimeActivity": "timetracking",
    "Item": "items",
    "Class": "class",
    "Account": "chartofaccounts",
}
"""Records without a page of their own, and the page that lists them."""

CHECK = "Check"


def deep_link(connection: Connection, object: str, values: Mapping[str, Any]) -> str | None:
    """The page of one record. `values`: its `Id`, and of a Purchase its `PaymentType`. None: there is no page."""
    id = quote(str(values.get("Id") or ""), safe="")
    if object in PAGES:
        return f"{host(connection)}/app/{PAGES[object]}"
    if not id:
        return None
    if object in BY_NAME:
        return f"{host(connection)}/app/{BY_NAME[object]}?nameId={id}"
    if object == "Purchase" and values.get("PaymentType") == CHECK:
        return f"{host(connection)}/app/check?txnId={id}"
    if object in BY_TRANSACTION:
        return f"{host(connection)}/app/{BY_TRANSACTION[object]}?txnId={id}"
    return None


def host(connection: Connection) -> str:
    """Where the people of this company work."""
    by_address = "sandbox" in (urlsplit(connection.base_url or "").hostname or "")
    return SANDBOX if by_address or connection.facts.get("sandbox") else PRODUCTION
