"""Arithmetic and business rules of invoices, estimates, sales receipts, credit memos and refund receipts."""

import calendar
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.currencies import transaction_currency
from sandbox.quickbooks.draft import Draft, amount, money, number
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.lists import addresses, fill
from sandbox.quickbooks.taxes import line_code, taxed

SERVICES_ITEM, UNDEPOSITED_FUNDS, DISCOUNTS_GIVEN = "1", "4", "86"
MADE_BY_OTHERS = (
    *("Payment", "BillPaymentCheck", "BillPaymentCreditCard"),
    *("ReimburseCharge", "ChargeCredit", "StatementCharge"),
)
SALES_SEQUENCE = {"Estimate": "number:Estimate"}

type Line = dict[str, Any]


def sale(draft: Draft) -> None:
    if draft.entity.name not in ("SalesReceipt", "RefundReceipt"):
        draft.need("CustomerRef")
    draft.need("Line")
    if draft.value("EmailStatus") == "NeedToSend" and not draft.value("BillEmail"):
        raise Fault("6420", element="BillEmail")
    draft.doc.setdefault("TxnDate", draft.today())
    from_customer(draft)
    transaction_currency(draft)
    addresses(draft, "BillAddr", "ShipAddr")
    custom_fields(draft)
    if draft.entity.name in ("Invoice", "Estimate", "SalesReceipt"):
        keep_links(draft)
    totals(draft)
    document_number(draft, SALES_SEQUENCE.get(draft.entity.name, "number:Sale"))


def keep_links(draft: Draft) -> None:
    """Links that payments make are theirs to change: what the caller sends of them does not count."""
    given = [link for link in draft.value("LinkedTxn") or [] if link["TxnType"] not in MADE_BY_OTHERS]
    made = [link for link in draft.before.get("LinkedTxn", []) if link["TxnType"] in MADE_BY_OTHERS]
    draft.doc["LinkedTxn"] = [*given, *made]


def custom_fields(draft: Draft) -> None:
    defined = {str(one["DefinitionId"]): one for one in draft.preference("SalesFormsPrefs", "CustomField", [])}
    for one in draft.doc.setdefault("CustomField", []):
        known = defined.get(one["DefinitionId"])
        if known is None:
            raise Fault("3000", one["DefinitionId"], element="CustomField")
        one.update(Name=known["Name"], Type="StringType")


def from_customer(draft: Draft) -> None:
    customer = draft.get("Customer", draft.ref("CustomerRef"))
    if customer is None or not draft.is_new:
        return
    for name in ("BillAddr", "ShipAddr"):
        if customer.doc.get(name):
            draft.doc.setdefault(name, dict(customer.doc[name]))
    if "DueDate" in draft.entity.fields and customer.doc.get("SalesTermRef"):
        draft.doc.setdefault("SalesTermRef", customer.doc["SalesTermRef"])


def due_date(draft: Draft) -> None:
    """Given, or derived from the term; without a term the day itself."""
    moved = any(draft.sent.get(name) for name in ("TxnDate", "SalesTermRef")) and not draft.sent.get("DueDate")
    if draft.value("DueDate") and not (moved and not draft.is_new):
        return
    day = date.fromisoformat(draft.doc["TxnDate"])
    term = draft.get("Term", draft.ref("SalesTermRef"))
    draft.doc["DueDate"] = (due_by(term.doc, day) if term else day).isoformat()


def due_by(term: dict[str, Any], day: date) -> date:
    if term["Type"] == "STANDARD":
        return day + timedelta(days=term.get("DueDays", 0))
    wanted = min(term["DayOfMonthDue"], calendar.monthrange(day.year, day.month)[1])
    if wanted >= day.day + term.get("DueNextMonthDays", 0):
        return day.replace(day=wanted)
    following = day.replace(day=1) + timedelta(days=32)
    return following.replace(day=min(term["DayOfMonthDue"], calendar.monthrange(following.year, following.month)[1]))


def invoice(draft: Draft) -> None:
    sale(draft)
    due_date(draft)
    fill(draft, Deposit=0)


def estimate(draft: Draft) -> None:
    sale(draft)
    draft.doc.pop("Balance", None)


def paid_sale(draft: Draft) -> None:
    """Sales receipts and refund receipts: nothing stays open."""
    if draft.entity.name == "SalesReceipt":
        draft.point("DepositToAccountRef", "Account", UNDEPOSITED_FUNDS)
    sale(draft)
    draft.doc["Balance"] = 0


# ---------------------------------------------------------------- lines and totals


def totals(draft: Draft) -> None:
    lines = [one for one in draft.doc["Line"] if one["DetailType"] != "SubTotalLineDetail"]
    if not lines:
        raise Fault("2020", "Line", element="Line")
    exempt = is_exempt(draft)
    items = [priced(draft, one, exempt) for one in lines if one["DetailType"] != "DiscountLineDetail"]
    number_lines(items)
    subtotal = sum((money(one.get("Amount")) for one in items), Decimal())
    discounts = [discounted(draft, one, subtotal) for one in lines if one["DetailType"] == "DiscountLineDetail"]
    discount = sum((money(one["Amount"]) for one in discounts), Decimal())
    tax = taxed(draft, items, subtotal, discount)
    if subtotal - discount + tax < 0:
        raise Fault("6000", "The transaction total amount must be zero or greater.")
    closing: Line = {"Amount": amount(subtotal), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    draft.doc["Line"] = [*items, closing, *discounts]
    draft.doc["TotalAmt"] = amount(subtotal - discount + tax)


def number_lines(lines: list[Line]) -> None:
    taken = [int(one["Id"]) for one in lines if str(one.get("Id", "")).isdigit()]
    free = max(taken, default=0)
    for position, line in enumerate(lines, start=1):
        if not str(line.get("Id", "")).isdigit():
            free += 1
            line["Id"] = str(free)
        line["LineNum"] = position


def priced(draft: Draft, line: Line, exempt: bool) -> Line:
    kind = line["DetailType"]
    if kind == "DescriptionOnly":
        return line
    if kind == "GroupLineDetail":
        return grouped(draft, line, exempt)
    detail = line.setdefault("SalesItemLineDetail", {})
    complete(draft, detail, exempt)
    calculated(line, detail)
    if money(line["Amount"]) < 0:
        raise Fault("2290", line["Amount"], element="Amount")
    return line


def grouped(draft: Draft, line: Line, exempt: bool) -> Line:
    members = [priced(draft, one, exempt) for one in line.get("GroupLineDetail", {}).get("Line", [])]
    line["Amount"] = amount(sum((money(one.get("Amount")) for one in members), Decimal()))
    return line


def complete(draft: Draft, detail: Line, exempt: bool) -> None:
    """The default item, its account, and a tax code when the caller left them out."""
    if "ItemRef" not in detail:
        services = draft.get("Item", SERVICES_ITEM)
        if services:
            detail["ItemRef"] = {"value": services.id, "name": services.doc["Name"]}
    item = draft.get("Item", detail.get("ItemRef", {}).get("value"))
    if item and item.doc["Type"] == "Category":
        raise Fault("6000", "A category cannot be used on a transaction")
    if item and item.doc.get("IncomeAccountRef"):
        detail["ItemAccountRef"] = item.doc["IncomeAccountRef"]
    taxable = bool(item and item.doc.get("Taxable")) and not exempt
    line_code(draft, detail, taxable)


def calculated(line: Line, detail: Line) -> None:
    """Amount is quantity times price, rounded half up to the cent."""
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity is not None and price is not None:
        product = money(number(quantity) * number(price))
        if line.get("Amount") is not None and money(line["Amount"]) != product:
            raise Fault("6070", line["Amount"], element="Amount")
        line["Amount"] = amount(product)
    elif line.get("Amount") is None:
        raise Fault("2020", "Amount", element="Amount")
    else:
        line["Amount"] = amount(money(line["Amount"]))


def discounted(draft: Draft, line: Line, subtotal: Decimal) -> Line:
    detail = line.setdefault("DiscountLineDetail", {})
    if detail.get("PercentBased"):
        line["Amount"] = amount(subtotal * number(detail.get("DiscountPercent")) / 100)
    elif line.get("Amount") is None:
        raise Fault("2020", "Amount", element="Amount")
    if "DiscountAccountRef" not in detail:
        account = draft.get("Account", DISCOUNTS_GIVEN)
        if account:
            detail["DiscountAccountRef"] = {"value": account.id, "name": account.doc["Name"]}
    line.pop("Id", None)
    return line


# ---------------------------------------------------------------- tax


def is_exempt(draft: Draft) -> bool:
    customer = draft.get("Customer", draft.ref("CustomerRef"))
    return bool(customer and customer.doc.get("TaxExemptionReasonId"))


# ---------------------------------------------------------------- numbers


def document_number(draft: Draft, sequence: str) -> None:
    """Assigned by the company unless it numbers its forms itself; then a number may occur once."""
    custom = draft.preference("SalesFormsPrefs", "CustomTxnNumbers")
    if draft.value("DocNumber"):
        if custom:
            refuse_duplicate_number(draft)
    elif draft.is_new and not custom:
        draft.doc["DocNumber"] = str(draft.store.next_number(draft.realm, sequence, 1001))


def refuse_duplicate_number(draft: Draft, where: str = "1") -> None:
    if "allowduplicatedocnum" in draft.options:
        return
    number_sent = draft.doc["DocNumber"]
    condition = f"json_extract(doc, '$.DocNumber') = ? and id <> ? and {where}"
    taken = draft.store.find(draft.realm, draft.entity.name, condition, (number_sent, draft.id))
    if taken:
        raise Fault("6140", number_sent, draft.entity.name, taken[0].id, element="DocNumber")
