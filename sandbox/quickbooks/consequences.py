"""What a change to one record does to others: balances, links, billing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

from sandbox.quickbooks.currencies import at_home
from sandbox.quickbooks.draft import amount, money
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.payments import OPEN_FIELD, applied_by
from sandbox.quickbooks.store import Store, Stored

type Doc = dict[str, Any]

PAYERS = {"Invoice": "Payment", "CreditMemo": "Payment", "Bill": "BillPayment", "VendorCredit": "BillPayment"}


class Ledger(Protocol):
    """What consequences need of the books."""

    store: Store

    def revise(self, stored: Stored, doc: Doc, *, quietly: bool = False) -> None:
        """Saves a changed document; quietly moves neither SyncToken nor sends a notice, only LastUpdatedTime."""
        ...

    def add(self, realm: str, entity: str, doc: Doc) -> Stored: ...

    def remove(self, stored: Stored) -> None: ...


def settle(ledger: Ledger, realm: str, entity: str, id: str, before: Doc, after: Doc) -> None:
    """Runs everything that follows from record `entity` `id` having become `after` ({} when deleted)."""
    move_balances(ledger, realm, entity, before, after)
    for follow in FOLLOW.get(entity, ()):
        follow(ledger, realm, id, before, after)


# ---------------------------------------------------------------- balances of customers and vendors


def owed(entity: str, doc: Doc) -> tuple[str, str, Decimal] | None:
    """Whose balance a transaction counts in, and by how much."""
    field, sign, party = {
        "Invoice": ("Balance", 1, "Customer"),
        "CreditMemo": ("RemainingCredit", -1, "Customer"),
        "Payment": ("UnappliedAmt", -1, "Customer"),
        "Bill": ("Balance", 1, "Vendor"),
        "VendorCredit": ("Balance", -1, "Vendor"),
    }.get(entity, ("", 0, ""))
    reference = doc.get(f"{party}Ref")
    return (party, reference["value"], sign * money(doc.get(field))) if sign and reference else None


def move_balances(ledger: Ledger, realm: str, entity: str, before: Doc, after: Doc) -> None:
    moves: dict[tuple[str, str], Decimal] = {}
    for doc, sign in ((before, -1), (after, 1)):
        share = owed(entity, doc)
        if share:
            moves[share[:2]] = moves.get(share[:2], Decimal()) + sign * share[2]
    for (party, id), change in moves.items():
        if change:
            add_to_balance(ledger, realm, party, id, change)


def add_to_balance(ledger: Ledger, realm: str, party: str, id: str, change: Decimal) -> None:
    own, seen = True, set[str]()
    while id and id not in seen:
        stored = ledger.store.get(realm, party, id)
        if stored is None:
            return
        fields = (
            (("Balance", "BalanceWithJobs") if party == "Customer" else ("Balance",)) if own else ("BalanceWithJobs",)
        )
        doc = {**stored.doc, **{one: amount(money(stored.doc.get(one)) + change) for one in fields}}
        ledger.revise(stored, doc, quietly=True)
        seen.add(id)
        own, id = False, stored.doc.get("ParentRef", {}).get("value", "")


# ---------------------------------------------------------------- payments and what they pay


def targets(doc: Doc) -> set[tuple[str, str]]:
    return {
        (link["TxnType"], link["TxnId"])
        for line in doc.get("Line", [])
        for link in line.get("LinkedTxn", [])
        if link["TxnType"] in OPEN_FIELD
    }


def pay(ledger: Ledger, realm: str, id: str, before: Doc, after: Doc) -> None:
    for entity, target in sorted(targets(before) | targets(after)):
        stored = ledger.store.get(realm, entity, target)
        if stored:
            paid_anew(ledger, stored, id, before, after)


def paid_anew(ledger: Ledger, stored: Stored, payment_id: str, before: Doc, after: Doc) -> None:
    change = applied_by(after, stored) - applied_by(before, stored)
    field, payer = OPEN_FIELD[stored.entity], payer_type(stored.entity, after or before)
    doc = {**stored.doc, field: amount(money(stored.doc.get(field)) - change)}
    if stored.entity == "CreditMemo":
        doc["Balance"] = doc[field]
    links = [link for link in doc.get("LinkedTxn", []) if (link["TxnType"], link["TxnId"]) != (payer, payment_id)]
    if stored.key in targets(after):
        links.append({"TxnId": payment_id, "TxnType": payer})
    doc = at_home({**doc, "LinkedTxn": links})
    if doc != stored.doc:
        ledger.revise(stored, doc)
        move_balances(ledger, stored.realm, stored.entity, stored.doc, doc)


def payer_type(entity: str, doc: Doc) -> str:
    return "Payment" if PAYERS[entity] == "Payment" else f"BillPayment{doc['PayType']}"


def unpay(ledger: Ledger, realm: str, id: str, before: Doc, after: Doc) -> None:
    """An invoice or bill that goes away, or is voided, leaves its payments unapplied."""
    entity = "Invoice" if "CustomerRef" in before else "Bill"
    gone = [link for link in before.get("LinkedTxn", []) if link not in after.get("LinkedTxn", [])]
    for link in gone:
        payment = ledger.store.get(realm, "Payment", link["TxnId"]) if link["TxnType"] == "Payment" else None
        if payment:
            doc = without(payment.doc, entity, id)
            ledger.revise(payment, doc)
            move_balances(ledger, realm, "Payment", payment.doc, doc)


def without(payment: Doc, entity: str, id: str) -> Doc:
    lines = [
        line
        for line in payment.get("Line", [])
        if not any((link["TxnType"], link["TxnId"]) == (entity, id) for link in line.get("LinkedTxn", []))
    ]
    applied = sum((money(line["Amount"]) for line in lines), Decimal())
    return {**payment, "Line": lines, "UnappliedAmt": amount(money(payment["TotalAmt"]) - applied)}


# ---------------------------------------------------------------- billed time, estimates, expenses


def linked(doc: Doc, kind: str) -> set[str]:
    own = [link for link in doc.get("LinkedTxn", []) if link["TxnType"] == kind]
    nested = [link for line in doc.get("Line", []) for link in line.get("LinkedTxn", []) if link["TxnType"] == kind]
    return {link["TxnId"] for link in (*own, *nested)}


def bill_time(ledger: Ledger, realm: str, _: str, before: Doc, after: Doc) -> None:
    was, now = linked(before, "TimeActivity"), linked(after, "TimeActivity")
    for one in sorted(now - was):
        entry = ledger.store.get(realm, "TimeActivity", one)
        if entry is None or not billable_to(entry, after):
            raise Fault("620", one, element="TxnId")
        ledger.revise(entry, {**entry.doc, "BillableStatus": "HasBeenBilled"})
    for one in sorted(was - now):
        entry = ledger.store.get(realm, "TimeActivity", one)
        if entry:
            ledger.revise(entry, {**entry.doc, "BillableStatus": "Billable"})


def billable_to(entry: Stored, invoice: Doc) -> bool:
    customer = entry.doc.get("CustomerRef", {}).get("value")
    return entry.doc.get("BillableStatus") == "Billable" and customer == invoice["CustomerRef"]["value"]


def accept_estimate(ledger: Ledger, realm: str, id: str, before: Doc, after: Doc) -> None:
    was, now = linked(before, "Estimate"), linked(after, "Estimate")
    for one in sorted(now ^ was):
        found = ledger.store.get(realm, "Estimate", one)
        if found is None:
            raise Fault("620", one, element="TxnId")
        if one in now and found.doc.get("LinkedTxn"):
            raise Fault("620", one, element="TxnId")
        links = [{"TxnId": id, "TxnType": "Invoice"}] if one in now else []
        status = "Closed" if one in now else "Pending"
        ledger.revise(found, {**found.doc, "LinkedTxn": links, "TxnStatus": status})


def charge(ledger: Ledger, realm: str, id: str, before: Doc, after: Doc) -> None:
    """A billable expense line becomes a charge that the customer can be invoiced for."""
    for line_id in sorted(billable_lines(before)):
        for old in ledger.store.find(realm, "ReimburseCharge", "doc like ?", (f'%"_of":"{id}:{line_id}"%',)):
            ledger.remove(old)
    for line_id, (line, detail) in sorted(billable_lines(after).items()):
        ledger.add(realm, "ReimburseCharge", reimbursement(after, line, detail, f"{id}:{line_id}"))


def billable_lines(doc: Doc) -> dict[str, tuple[Doc, Doc]]:
    found = {}
    for line in doc.get("Line", []):
        detail = line.get(line["DetailType"], {})
        if detail.get("BillableStatus") == "Billable":
            found[line["Id"]] = (line, detail)
    return found


def reimbursement(doc: Doc, line: Doc, detail: Doc, origin: str) -> Doc:
    part = {
        **{"Id": "1", "LineNum": 1, "Amount": line["Amount"], "DetailType": "ReimburseLineDetail"},
        "ReimburseLineDetail": {"Qty": 1, "UnitPrice": line["Amount"], "TaxCodeRef": detail["TaxCodeRef"]},
    }
    return {
        **{"HasBeenInvoiced": False, "TxnDate": doc["TxnDate"], "Amount": line["Amount"], "LinkedTxn": []},
        **{"CustomerRef": detail["CustomerRef"], "CurrencyRef": doc["CurrencyRef"], "Line": [part], "_of": origin},
    }


FOLLOW: dict[str, tuple[Callable[[Ledger, str, str, Doc, Doc], None], ...]] = {
    "Payment": (pay,),
    "BillPayment": (pay,),
    "Invoice": (unpay, bill_time, accept_estimate),
    "Bill": (unpay, charge),
    "Purchase": (charge,),
}
