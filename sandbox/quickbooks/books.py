"""The books of the companies: every way a record can come into being, change and go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sandbox.quickbooks import consequences, lists, payments, sales, spending, wire
from sandbox.quickbooks.currencies import at_home
from sandbox.quickbooks.draft import Draft, amount, total
from sandbox.quickbooks.errors import DELETED, INACTIVE, Fault
from sandbox.quickbooks.names import place, refuse_taken, retire, unique_key
from sandbox.quickbooks.references import resolve
from sandbox.quickbooks.revisions import merged, replaced, repointed, require_repeated, voided
from sandbox.quickbooks.schema import SCHEMA, Entity
from sandbox.quickbooks.shape import read, writable
from sandbox.quickbooks.store import Store, Stored
from sandbox.quickbooks.time_activity import time_activity

type Doc = dict[str, Any]

RULES: dict[str, Callable[[Draft], None]] = {
    **{"Customer": lists.customer, "Vendor": lists.vendor, "Employee": lists.employee, "Account": lists.account},
    **{"Item": lists.item, "Class": lists.tree, "Department": lists.tree, "Term": lists.term},
    **{"PaymentMethod": lists.payment_method, "TaxAgency": lists.tax_agency, "Attachable": lists.attachable},
    **{"Preferences": lists.preferences, "TimeActivity": time_activity, "Invoice": sales.invoice},
    **{"Estimate": sales.estimate, "SalesReceipt": sales.paid_sale, "RefundReceipt": sales.paid_sale},
    **{"CreditMemo": sales.sale, "Payment": payments.payment, "BillPayment": payments.bill_payment},
    **{"Bill": spending.bill, "VendorCredit": spending.vendor_credit, "Purchase": spending.purchase},
    **{"PurchaseOrder": spending.purchase_order, "JournalEntry": payments.journal_entry},
    **{"Deposit": payments.deposit, "Transfer": payments.transfer},
}
OPEN = {"Invoice": "Balance", "CreditMemo": "RemainingCredit", "Bill": "Balance", "VendorCredit": "Balance"}
VOID_BY_OPERATION, VOID_BY_UPDATE = {"Invoice", "Payment"}, {"Payment", "SalesReceipt", "BillPayment"}

IN_WEB_PAGES_ONLY = {"TaxRate", "TaxCode"}
"""What the API only reads, and a person can change."""


@dataclass(frozen=True)
class Change:
    """Something happened to a record: op is created, updated, deleted, merged, void or emailed."""

    realm: str
    entity: str
    id: str
    op: str
    at: float
    deleted_id: str = ""


@dataclass(frozen=True)
class Manner:
    """How a write comes in: its `include` options, and whether a person makes it in the web pages."""

    options: frozenset[str] = frozenset()
    by_person: bool = False


API = Manner()


class Books:
    """`changed` hears of every change after it was committed."""

    def __init__(self, store: Store, changed: Callable[[Change], None]) -> None:
        self.store = store
        self._changed = changed
        self._pending: list[Change] = []
        self._depth = 0

    # ------------------------------------------------------------ reading

    def read(self, realm: str, entity: Entity, id: str) -> Doc:
        return wire.record(self.existing(realm, entity, id))

    def existing(self, realm: str, entity: Entity, id: str) -> Stored:
        if not id.isascii() or not id.isdigit():
            stored = self.store.get(realm, entity.name, id) if entity.name == "TaxCode" else None
            if stored is None:
                raise Fault("2030", id, element="Id")
            return stored
        found = self.store.any(realm, entity.name, id)
        if found is None or found.deleted:
            raise Fault("610", DELETED if found else INACTIVE)
        return found

    # ------------------------------------------------------------ writing

    def create(self, realm: str, entity: Entity, body: Doc, manner: Manner = API) -> Doc:
        allow(entity, "c", "create")
        given = read(entity, body)
        sent = {name: value for name, value in writable(entity, given).items() if value is not None}
        if manner.by_person and given.get("IsProject"):
            sent.update(IsProject=True, Job=True)
        with self._writing(realm):
            draft = Draft(self.store, realm, entity, dict(sent), {}, sent, "", manner.options, manner.by_person)
            self._check(draft)
            stored = self.add(realm, entity.name, draft.doc)
            consequences.settle(self, realm, entity.name, stored.id, {}, stored.doc)
            if entity.name == "Customer" and body.get("Balance"):
                self._open_balance(realm, stored, body)
            return wire.record(self.existing(realm, entity, stored.id))

    def update(self, realm: str, entity: Entity, body: Doc, manner: Manner = API) -> Doc:
        if not (manner.by_person and entity.name in IN_WEB_PAGES_ONLY):
            allow(entity, "u", "update")
        sent = writable(entity, read(entity, body))
        sparse = str(body.get("sparse", "")).lower() == "true"
        with self._writing(realm):
            stored = self._current(realm, entity, body)
            self._refuse_locked(stored)
            doc = merged(stored.doc, sent) if sparse else replaced(entity, stored.doc, sent)
            if sparse:
                require_repeated(entity, sent)
            draft = Draft(self.store, realm, entity, doc, stored.doc, sent, stored.id, manner.options, manner.by_person)
            self._check(draft)
            self.revise(stored, draft.doc)
            consequences.settle(self, realm, entity.name, stored.id, stored.doc, draft.doc)
            self._rename_children(realm, entity, stored, draft.doc)
            return wire.record(self.existing(realm, entity, stored.id))

    def delete(self, realm: str, entity: Entity, body: Doc) -> Doc:
        allow(entity, "d", "delete")
        with self._writing(realm):
            stored = self._current(realm, entity, body)
            self._refuse_closed(realm, stored.doc)
            self._refuse_locked(stored)
            refuse_in_use(stored)
            self.remove(stored)
            consequences.settle(self, realm, entity.name, stored.id, stored.doc, {})
            return {"status": "Deleted", "domain": "QBO", "Id": stored.id}

    def void(self, realm: str, entity: Entity, body: Doc) -> Doc:
        allow(entity, "v", "void")
        with self._writing(realm):
            stored = self._current(realm, entity, body)
            self._refuse_closed(realm, stored.doc)
            self._refuse_locked(stored)
            doc = voided(stored.doc)
            self.revise(stored, doc, op="void")
            consequences.settle(self, realm, entity.name, stored.id, stored.doc, doc)
            return wire.record(self.existing(realm, entity, stored.id))

    def send(self, realm: str, entity: Entity, id: str, address: str | None) -> Doc:
        """E-mails a form to its customer, as far as anyone can see from the API."""
        with self._writing(realm):
            stored = self.existing(realm, entity, id)
            target = {"Address": address} if address else stored.doc.get("BillEmail")
            if not target:
                raise Fault("6420", element="BillEmail")
            delivery = {"DeliveryType": "Email", "DeliveryTime": wire.stamp(self.store.now())}
            doc = {**stored.doc, "BillEmail": target, "EmailStatus": "EmailSent", "DeliveryInfo": delivery}
            self.revise(stored, doc, op="emailed")
            return wire.record(self.existing(realm, entity, id))

    def match(self, realm: str, entity: Entity, id: str) -> Doc:
        """What only a person can do: a transaction is found to be one that the bank reports."""
        with self._writing(realm):
            stored = self.existing(realm, entity, id)
            self.revise(stored, {**stored.doc, "_matched": True}, quietly=True)
            return wire.record(self.existing(realm, entity, id))

    def merge(self, realm: str, entity: Entity, keep: str, lose: str) -> Doc:
        """What only a person can do: one record takes the place of another, everywhere it is referred to."""
        if "M" not in entity.events:
            raise Fault("500", "merge")
        with self._writing(realm):
            winner, loser = (self.existing(realm, entity, id) for id in (keep, lose))
            self._point_elsewhere(realm, loser, winner)
            loser = self.existing(realm, entity, lose)
            balances = {name: loser.doc.get(name, 0) for name in ("Balance", "BalanceWithJobs") if name in winner.doc}
            sums: Doc = {name: amount(total(winner.doc[name], value)) for name, value in balances.items()}
            self.remove(loser, quietly=True)
            self.revise(winner, {**winner.doc, **sums}, op="merged", deleted_id=lose)
            return wire.record(self.existing(realm, entity, keep))

    def plant(self, realm: str, entity: str, id: str, doc: Doc) -> Stored:
        """For seeds: a record with an id of choice ("" for the next one), past `ops` but not past the rules."""
        draft = Draft(self.store, realm, SCHEMA.entities[entity], dict(doc), {}, doc, "", by_person=True)
        self._check(draft)
        stored = self.add(realm, entity, draft.doc, id)
        self._pending.clear()
        return stored

    # ------------------------------------------------------------ the ledger (see consequences.Ledger)

    def add(self, realm: str, entity: str, doc: Doc, id: str = "") -> Stored:
        kind = SCHEMA.entities[entity]
        offset = kind.start - 1  # some ids are larger than a number in SQLite
        number = int(id) - offset if id.isdigit() else self.store.next_number(realm, kind.space)
        if id.isdigit():
            self.store.skip_numbers(realm, kind.space, number)
        now = self.store.now()
        stored = Stored(realm, entity, id or str(number + offset), 0, doc.get("Active", True), False, now, now, doc)
        self.store.insert(stored, number, kind.space, unique_key(entity, kind.space, doc))
        self._note(stored, "created")
        return stored

    def revise(
        self, stored: Stored, doc: Doc, *, quietly: bool = False, op: str = "updated", deleted_id: str = ""
    ) -> None:
        current = self.store.any(stored.realm, stored.entity, stored.id) or stored
        new = replace(
            current,
            doc=doc,
            sync_token=current.sync_token + (not quietly),
            active=doc.get("Active", True),
            updated=self.store.now(),
        )
        self.store.update(new, unique_key(stored.entity, SCHEMA.entities[stored.entity].space, doc))
        if not quietly:
            self._note(new, op, deleted_id)

    def remove(self, stored: Stored, *, quietly: bool = False) -> None:
        self.store.update(replace(stored, deleted=True, updated=self.store.now()), None)
        if not quietly:
            self._note(stored, "deleted")

    # ------------------------------------------------------------ inside

    @contextmanager
    def _writing(self, realm: str) -> Iterator[None]:
        """One transaction; the changes in it are told when the outermost block has been committed."""
        if self.store.setting("suspended", False, realm):
            raise Fault("6190")
        with self.store.lock:
            mark = len(self._pending)
            self._depth += 1
            try:
                with self.store.transaction():
                    yield
            except BaseException:
                del self._pending[mark:]
                raise
            finally:
                self._depth -= 1
            if self._depth == 0:
                told, self._pending = self._pending, []
                for change in told:
                    self._changed(change)

    def _note(self, stored: Stored, op: str, deleted_id: str = "") -> None:
        at = self.store.clock.now().timestamp()
        self._pending.append(Change(stored.realm, stored.entity, stored.id, op, at, deleted_id))

    def _check(self, draft: Draft) -> None:
        self._defaults(draft)
        refuse_other_json(draft)
        draft.need(*(field.name for field in draft.entity.fields.values() if field.has("required")))
        resolve(self.store, draft.realm, draft.entity, draft.doc, draft.before)
        self._refuse_closed(draft.realm, draft.before)
        rule = RULES.get(draft.entity.name)
        if rule:
            rule(draft)
        self._refuse_closed(draft.realm, draft.doc)
        self._rebalance(draft)
        draft.doc = at_home(draft.doc)
        retire(draft)
        refuse_taken(draft)

    def _defaults(self, draft: Draft) -> None:
        for field in draft.entity.fields.values():
            if field.default is not None and draft.doc.get(field.name) is None:
                draft.doc[field.name] = field.default == "true" if field.kind == "bool" else field.default

    def _rebalance(self, draft: Draft) -> None:
        """What is open after the change: the new total, less what had been paid before."""
        field = OPEN.get(draft.entity.name)
        if field is None:
            return
        paid = total(draft.before.get("TotalAmt"), -total(draft.before.get(field), draft.before.get("Deposit")))
        still_open = total(draft.doc["TotalAmt"], -total(paid, draft.doc.get("Deposit")))
        if still_open < 0:
            raise Fault("6000", "The total is smaller than what has already been paid.")
        draft.doc[field] = amount(still_open)
        if draft.entity.name == "CreditMemo":
            draft.doc["Balance"] = draft.doc[field]

    def _current(self, realm: str, entity: Entity, body: Doc) -> Stored:
        """The stored record that a write is about, if the caller has seen its latest version."""
        if not isinstance(body, dict):
            raise Fault("2010", "failed to parse json object; an object was expected, the value")
        if body.get("Id") in (None, ""):
            raise Fault("2020", "Id", element="Id")
        stored = self.existing(realm, entity, "1" if entity.kind == "single" else str(body["Id"]))
        token = body.get("SyncToken")
        if token in (None, ""):
            raise Fault("2020", "SyncToken", element="SyncToken")
        if str(token) != str(stored.sync_token):
            raise Fault("5010", "Dana Sample", "Dana Sample")
        return stored

    def _refuse_closed(self, realm: str, doc: Doc) -> None:
        day = doc.get("TxnDate")
        if not day:
            return
        prefs = self.store.get(realm, "Preferences", "1")
        closed = prefs.doc.get("AccountingInfoPrefs", {}).get("BookCloseDate") if prefs else None
        if closed and day <= closed:
            raise Fault("6200", closed)

    def _refuse_locked(self, stored: Stored) -> None:
        """A payment or receipt that lies in a deposit stays as it is."""
        if stored.entity not in ("Payment", "SalesReceipt"):
            return
        pattern = f'%"TxnId":"{stored.id}","TxnType":"{stored.entity}"%'
        deposits = self.store.find(stored.realm, "Deposit", "doc like ?", (pattern,))
        if deposits:
            raise Fault("6540", stored.id, deposits[0].id)

    def _rename_children(self, realm: str, entity: Entity, before: Stored, doc: Doc) -> None:
        if doc.get("FullyQualifiedName") == before.doc.get("FullyQualifiedName"):
            return
        children = self.store.find(realm, entity.name, "json_extract(doc, '$.ParentRef.value') = ?", (before.id,))
        for child in children:
            draft = Draft(self.store, realm, entity, dict(child.doc), child.doc, {}, child.id)
            place(draft)
            self.revise(child, draft.doc, quietly=True)
            self._rename_children(realm, entity, child, draft.doc)

    def _open_balance(self, realm: str, customer: Stored, body: Doc) -> None:
        """A customer created with a balance gets an invoice over it."""
        line = {"Amount": body["Balance"], "DetailType": "SalesItemLineDetail", "Description": "Opening Balance"}
        day = {"TxnDate": body["OpenBalanceDate"]} if body.get("OpenBalanceDate") else {}
        line["SalesItemLineDetail"] = {"TaxCodeRef": {"value": "NON"}}
        if float(body["Balance"]):
            self.create(
                realm, SCHEMA.entities["Invoice"], {"CustomerRef": {"value": customer.id}, "Line": [line], **day}
            )

    def _point_elsewhere(self, realm: str, loser: Stored, winner: Stored) -> None:
        name = winner.doc.get("DisplayName") or winner.doc.get("Name")
        for entity in SCHEMA.entities.values():
            if not entity.is_transaction and entity.name != loser.entity:
                continue
            for one in self.store.find(realm, entity.name, "doc like ?", (f'%Ref":{{"value":"{loser.id}"%',)):
                doc = repointed(one.doc, loser, winner.id, str(name))
                if doc != one.doc:
                    self.revise(one, doc)


def refuse_other_json(draft: Draft) -> None:
    """Free-form values keep the JSON type they had."""
    for name, value in draft.sent.items():
        before = draft.before.get(name)
        if draft.entity.fields[name].kind == "any" and None not in (before, value) and type(before) is not type(value):
            raise Fault("2010", f"{name}: the value", element=name)


def allow(entity: Entity, op: str, word: str) -> None:
    if op not in entity.ops:
        raise Fault("500", word)


def refuse_in_use(stored: Stored) -> None:
    if stored.doc.get("_matched"):
        raise Fault("6480", stored.id)
    if stored.entity == "Bill" and stored.doc.get("LinkedTxn"):
        raise Fault("800", "the bill has been paid")
    if stored.doc.get("BillableStatus") == "HasBeenBilled":
        raise Fault("6000", "This time activity has been billed and cannot be deleted.")
