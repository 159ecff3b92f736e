"""Business rules of payments, bill payments, deposits, transfers and journal entries."""

from decimal import Decimal
from typing import Any

from sandbox.quickbooks.currencies import transaction_currency
from sandbox.quickbooks.draft import Draft, amount, money
from sandbox.quickbooks.errors import INACTIVE, Fault
from sandbox.quickbooks.lists import fill, home_currency
from sandbox.quickbooks.sales import UNDEPOSITED_FUNDS, number_lines, refuse_duplicate_number
from sandbox.quickbooks.spending import account_of_type
from sandbox.quickbooks.store import Stored

RECEIVED_FOR = {"Invoice": 1, "CreditMemo": -1, "JournalEntry": 1}
PAID_FOR = {"Bill": 1, "VendorCredit": -1, "JournalEntry": 1, "Deposit": 1}
OPEN_FIELD = {"Invoice": "Balance", "Bill": "Balance", "CreditMemo": "RemainingCredit", "VendorCredit": "Balance"}
PARTY = {"Invoice": "CustomerRef", "CreditMemo": "CustomerRef", "Bill": "VendorRef", "VendorCredit": "VendorRef"}
NAME_NEEDED = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}


def payment(draft: Draft) -> None:
    start(draft)
    draft.point("DepositToAccountRef", "Account", UNDEPOSITED_FUNDS)
    fill(draft, Line=[], LinkedTxn=[])
    applied = apply_lines(draft, RECEIVED_FOR)
    rest = money(draft.doc["TotalAmt"]) - applied
    if rest < 0:
        raise Fault("6000", "The amount applied is greater than the amount received.")
    draft.doc["UnappliedAmt"] = amount(rest)


def bill_payment(draft: Draft) -> None:
    start(draft)
    draft.need("Line")
    part, account, types = {
        "Check": ("CheckPayment", "BankAccountRef", ("Bank",)),
        "CreditCard": ("CreditCardPayment", "CCAccountRef", ("Credit Card",)),
    }[draft.doc["PayType"]]
    draft.need(part)
    source = draft.doc[part].get(account)
    if not source:
        raise Fault("2020", account, element=account)
    stored = draft.get("Account", source["value"])
    if stored and stored.doc["AccountType"] not in types:
        raise Fault("6430", stored.doc["Name"], ", ".join(types), element=account)
    if apply_lines(draft, PAID_FOR) != money(draft.doc["TotalAmt"]):
        raise Fault("6000", "The total of the bill payment differs from the amounts of its lines.")


def start(draft: Draft) -> None:
    if money(draft.doc["TotalAmt"]) < 0:
        raise Fault("2290", draft.doc["TotalAmt"], element="TotalAmt")
    draft.doc["TotalAmt"] = amount(money(draft.doc["TotalAmt"]))
    draft.doc.setdefault("TxnDate", draft.today())
    transaction_currency(draft)


def apply_lines(draft: Draft, allowed: dict[str, int]) -> Decimal:
    """Checks each application against what is open, and gives the sum: credits count against charges."""
    total = Decimal()
    for line in draft.doc["Line"]:
        if line.get("Amount") is None:
            raise Fault("2020", "Amount", element="Amount")
        for link in line.get("LinkedTxn", []):
            if link["TxnType"] not in allowed:
                raise Fault("2170", f"{link['TxnType']} cannot be paid", element="TxnType")
            refuse_over_application(draft, link, money(line["Amount"]))
            total += allowed[link["TxnType"]] * money(line["Amount"])
    return total


def refuse_over_application(draft: Draft, link: dict[str, Any], wanted: Decimal) -> None:
    target = draft.get(link["TxnType"], link["TxnId"])
    if target is None:
        raise Fault("610", INACTIVE, element="TxnId")
    if link["TxnType"] not in OPEN_FIELD:
        return
    party = PARTY[link["TxnType"]]
    if target.doc[party]["value"] != draft.ref(party):
        raise Fault("6000", f"The linked {link['TxnType']} belongs to another {party.removesuffix('Ref').lower()}.")
    already = applied_by(draft.before, target)
    if wanted > money(target.doc.get(OPEN_FIELD[link["TxnType"]])) + already:
        raise Fault("6000", f"The amount applied is greater than what is open on {link['TxnType']} {link['TxnId']}.")


def applied_by(doc: dict[str, Any], target: Stored) -> Decimal:
    """What a payment (its document) puts against one transaction."""
    return sum(
        (
            money(line["Amount"])
            for line in doc.get("Line", [])
            for link in line.get("LinkedTxn", [])
            if (link["TxnType"], link["TxnId"]) == target.key
        ),
        Decimal(),
    )


def deposit(draft: Draft) -> None:
    draft.need("Line")
    account_of_type(draft, "DepositToAccountRef", ("Bank", "Other Current Asset"))
    draft.doc.setdefault("TxnDate", draft.today())
    home_currency(draft)
    for line in draft.doc["Line"]:
        check_deposit_line(draft, line)
    number_lines(draft.doc["Line"])
    total = sum((money(line["Amount"]) for line in draft.doc["Line"]), Decimal())
    draft.doc["TotalAmt"] = amount(total - money((draft.value("CashBack") or {}).get("Amount")))
    draft.doc.pop("DocNumber", None)


def check_deposit_line(draft: Draft, line: dict[str, Any]) -> None:
    if line.get("Amount") is None:
        raise Fault("2020", "Amount", element="Amount")
    links = line.get("LinkedTxn", [])
    if not links and not line.get("DepositLineDetail", {}).get("AccountRef"):
        raise Fault("6440")
    for link in links:
        if link.get("TxnLineId") is None:
            raise Fault("2020", "TxnLineId", element="TxnLineId")
        if draft.get(link["TxnType"], link["TxnId"]) is None:
            raise Fault("610", INACTIVE, element="TxnId")


def transfer(draft: Draft) -> None:
    if draft.ref("FromAccountRef") == draft.ref("ToAccountRef"):
        raise Fault("6000", "You cannot transfer funds from an account to itself.")
    if money(draft.doc["Amount"]) <= 0:
        raise Fault("2290", draft.doc["Amount"], element="Amount")
    draft.doc.setdefault("TxnDate", draft.today())
    home_currency(draft)
    draft.doc.pop("DocNumber", None)


def journal_entry(draft: Draft) -> None:
    draft.need("Line")
    lines = [line for line in draft.doc["Line"] if line["DetailType"] == "JournalEntryLineDetail"]
    if len(lines) < 2:
        raise Fault("2250")
    sums = {"Debit": Decimal(), "Credit": Decimal()}
    for line in lines:
        sums[posting(draft, line)] += money(line.get("Amount"))
    if sums["Debit"] != sums["Credit"]:
        raise Fault("2300", sums["Debit"], sums["Credit"])
    draft.doc.setdefault("TxnDate", draft.today())
    home_currency(draft)
    fill(draft, TxnTaxDetail={}, TotalAmt=0)
    for position, line in enumerate(draft.doc["Line"]):
        line.setdefault("Id", str(position))
    if draft.value("DocNumber") and draft.other_preference("WarnDuplicateJournalNumber"):
        refuse_duplicate_number(draft)


def posting(draft: Draft, line: dict[str, Any]) -> str:
    detail = line.get("JournalEntryLineDetail") or {}
    if not detail.get("PostingType"):
        raise Fault("2260", element="PostingType")
    if line.get("Amount") is None:
        raise Fault("2020", "Amount", element="Amount")
    if money(line["Amount"]) < 0:
        raise Fault("2290", line["Amount"], element="Amount")
    account = draft.get("Account", detail["AccountRef"]["value"])
    party = NAME_NEEDED.get(account.doc["AccountType"]) if account else None
    if party and detail.get("Entity", {}).get("Type") != party:
        raise Fault("6000", f"When you use {party} accounts, you must choose a {party.lower()} in the Name field.")
    return str(detail["PostingType"])
