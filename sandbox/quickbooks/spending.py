"""Arithmetic and business rules of bills, vendor credits, purchases and purchase orders."""

from decimal import Decimal
from typing import Any

from sandbox.quickbooks.currencies import transaction_currency
from sandbox.quickbooks.draft import Draft, amount, money, number
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.lists import fill
from sandbox.quickbooks.sales import due_date, keep_links, number_lines, refuse_duplicate_number

ACCOUNTS_PAYABLE = "33"
PAYERS = {
    "Check": ("Bank",),
    "CreditCard": ("Credit Card",),
    "Cash": ("Bank", "Other Current Asset"),
}

type Line = dict[str, Any]


def spend(draft: Draft) -> None:
    draft.need("Line")
    draft.doc.setdefault("TxnDate", draft.today())
    transaction_currency(draft)
    lines = draft.doc["Line"]
    for line in lines:
        expense(line)
        refuse_untracked(draft, line)
    number_lines(lines)
    for line in lines:
        line.pop("LineNum", None)
    total = sum((money(line.get("Amount")) for line in lines), Decimal())
    if total < 0:
        raise Fault("6000", "The transaction total amount must be zero or greater.")
    draft.doc["TotalAmt"] = amount(total)


def expense(line: Line) -> None:
    kind = line["DetailType"]
    if kind == "DescriptionOnly":
        return
    detail = line.get(kind)
    if detail is None:
        raise Fault("6440", element=kind)
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity is not None and price is not None:
        product = money(number(quantity) * number(price))
        if line.get("Amount") is not None and money(line["Amount"]) != product:
            raise Fault("6070", line["Amount"], element="Amount")
        line["Amount"] = amount(product)
    if line.get("Amount") is None:
        raise Fault("2020", "Amount", element="Amount")
    line["Amount"] = amount(money(line["Amount"]))
    bill_to(detail)


def refuse_untracked(draft: Draft, line: Line) -> None:
    """What is newly billable needs a company that bills its expenses on."""
    billable = line.get(line["DetailType"], {}).get("BillableStatus") == "Billable"
    if billable and draft.is_new and not draft.preference("VendorAndPurchasesPrefs", "BillableExpenseTracking"):
        raise Fault("6000", "Billable expense tracking is off in this company.")


def bill_to(detail: Line) -> None:
    status = detail.setdefault("BillableStatus", "NotBillable")
    if status == "Billable" and not detail.get("CustomerRef"):
        raise Fault("6310", element="CustomerRef")
    code = detail.setdefault("TaxCodeRef", {"value": "NON"})["value"]
    if code not in ("TAX", "NON"):
        raise Fault("6100", code, element="TaxCodeRef")
    detail["TaxCodeRef"] = {"value": code}


def bill(draft: Draft) -> None:
    spend(draft)
    draft.point("APAccountRef", "Account", ACCOUNTS_PAYABLE)
    account_of_type(draft, "APAccountRef", ("Accounts Payable",))
    vendor = draft.get("Vendor", draft.ref("VendorRef"))
    if draft.is_new and vendor and vendor.doc.get("TermRef"):
        draft.doc.setdefault("SalesTermRef", vendor.doc["TermRef"])
    due_date(draft)
    keep_links(draft)
    if draft.value("DocNumber"):
        refuse_duplicate_number(draft)


def vendor_credit(draft: Draft) -> None:
    spend(draft)
    draft.point("APAccountRef", "Account", ACCOUNTS_PAYABLE)


def purchase_order(draft: Draft) -> None:
    spend(draft)
    account_of_type(draft, "APAccountRef", ("Accounts Payable",))
    if draft.is_new and not draft.value("DocNumber"):
        draft.doc["DocNumber"] = str(draft.store.next_number(draft.realm, "number:PurchaseOrder", 1001))


def purchase(draft: Draft) -> None:
    kind = draft.doc["PaymentType"]
    account_of_type(draft, "AccountRef", PAYERS[kind])
    if draft.value("Credit") and kind != "CreditCard":
        raise Fault("6000", "Credit can be true only for the payment type CreditCard")
    spend(draft)
    fill(draft, PurchaseEx={"any": []})
    purchase_number(draft, kind)


def purchase_number(draft: Draft, kind: str) -> None:
    to_print = kind == "Check" and draft.value("PrintStatus") == "NeedToPrint"
    if draft.value("DocNumber"):
        if kind != "Check" or draft.other_preference("WarnDuplicateCheckNumber"):
            refuse_duplicate_number(draft, f"json_extract(doc, '$.PaymentType') = '{kind}'")
    elif draft.is_new and not to_print and not draft.other_preference("VendorAndPurchasesPrefs.UseCustomTxnNumbers"):
        draft.doc["DocNumber"] = str(draft.store.next_number(draft.realm, f"number:{kind}", 1))


def account_of_type(draft: Draft, name: str, types: tuple[str, ...]) -> None:
    account = draft.get("Account", draft.ref(name))
    if account and account.doc["AccountType"] not in types:
        raise Fault("6430", account.doc["Name"], ", ".join(types), element=name)
