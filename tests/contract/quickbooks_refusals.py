"""How to make a QuickBooks company refuse a record, one way for each code: what a person or a program did wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.quickbooks import QuickBooks
from tests.contract.connected_quickbooks_online import Bookkeeper
from timebridge.providers.quickbooks_online.faults import Fault, read_fault
from timebridge.providers.quickbooks_online.side import QuickBooksOnline

type Body = dict[str, Any]

NOBODY = "99999"


@dataclass
class World:
    sandbox: QuickBooks
    side: QuickBooksOnline
    books: Bookkeeper

    def item(self, name: str, body: Any, operation: str = "create") -> Fault:
        """The fault of one item of a batch: everything the product writes goes this way."""
        sent = {"bId": "1", "operation": operation, name: body}
        answer = self.side.client.batch([sent], f"r{self.sandbox.calls.total}")["1"]
        assert "Fault" in answer, answer
        return read_fault(answer["Fault"])

    def first(self, name: str, **where: str) -> Body:
        return self.books.find(name, **where)[0]

    @cached_property
    def customer(self) -> Body:
        return ref(self.books.create("Customer", DisplayName="Refused Ltd"))

    @cached_property
    def employee(self) -> Body:
        return ref(self.first("Employee")["Id"])

    @cached_property
    def invoice(self) -> str:
        return self.books.create("Invoice", **self.sale())

    def account(self, kind: str) -> Body:
        return ref(self.first("Account", AccountType=kind)["Id"])

    def sale(self, *more: Body, **values: Any) -> Body:
        lines = [*more] or [sold(100)]
        return {"CustomerRef": self.customer, "Line": lines, **values}

    def time(self, **values: Any) -> Body:
        return {"NameOf": "Employee", "EmployeeRef": self.employee, "Hours": 1, "TxnDate": "2026-11-20", **values}

    def clocked(self, **values: Any) -> Body:
        return {name: value for name, value in self.time(**values).items() if name != "Hours"}

    def bill(self, *lines: Body, **values: Any) -> Body:
        return {"VendorRef": ref(self.first("Vendor")["Id"]), "Line": [*lines], **values}

    def spent(self, amount: float, **detail: Any) -> Body:
        kind = "AccountBasedExpenseLineDetail"
        return {"Amount": amount, "DetailType": kind, kind: {"AccountRef": self.account("Expense"), **detail}}

    def posted(self, amount: float, side: str | None) -> Body:
        kind = "JournalEntryLineDetail"
        detail = {"AccountRef": self.account("Expense"), **({"PostingType": side} if side else {})}
        return {"Amount": amount, "DetailType": kind, kind: detail}

    def prefer(self, group: str, **values: Any) -> None:
        self.books.edit("Preferences", "1", **{group: values})

    def latest(self, name: str, id: str) -> Body:
        found = self.books.one(name, Id=id)
        return {"Id": id, "SyncToken": found["SyncToken"]}


def ref(id: str) -> Body:
    return {"value": id}


def sold(amount: object, **detail: Any) -> Body:
    kind = "SalesItemLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"ItemRef": ref("1"), **detail}}


# --- of one record ---------------------------------------------------------------------------------------------------


def stale(world: World) -> Fault:
    id = world.books.create("Customer", DisplayName="Twice")
    world.books.edit("Customer", id, Notes="somebody was faster")
    return world.item("Customer", {"Id": id, "SyncToken": "0", "sparse": True, "Notes": "late"}, "update")


def deleted(world: World) -> Fault:
    known = world.latest("Invoice", world.invoice)
    world.books.delete("Invoice", world.invoice)
    return world.item("Invoice", known, "delete")


def billed_twice(world: World) -> Fault:
    link = {"LinkedTxn": [{"TxnId": NOBODY, "TxnType": "TimeActivity"}]}
    return world.item("Invoice", world.sale({**sold(10), **link}))


def paid_bill(world: World) -> Fault:
    bill = world.bill(world.spent(50))
    id = world.books.create("Bill", **bill)
    linked = {"Amount": 50, "LinkedTxn": [{"TxnId": id, "TxnType": "Bill"}]}
    paid = {"PayType": "Check", "CheckPayment": {"BankAccountRef": world.account("Bank")}, "TotalAmt": 50}
    world.books.create("BillPayment", VendorRef=bill["VendorRef"], Line=[linked], **paid)
    return world.item("Bill", world.latest("Bill", id), "delete")


def simple_start(world: World) -> Fault:
    info = world.first("CompanyInfo")
    pairs = [p | {"Value": "QuickBooks Simple Start"} if p["Name"] == "OfferingSku" else p for p in info["NameValue"]]
    world.books.edit("CompanyInfo", "1", NameValue=pairs)
    return world.item("TimeActivity", world.time())


def billed_with_parent(world: World) -> Fault:
    job = world.books.create("Customer", DisplayName="A job", Job=True, ParentRef=world.customer, BillWithParent=True)
    world.books.create("Invoice", CustomerRef=ref(job), Line=[sold(10)])
    changed = {**world.latest("Customer", job), "sparse": True, "BillWithParent": False}
    return world.item("Customer", changed, "update")


def same_number(world: World) -> Fault:
    world.prefer("SalesFormsPrefs", CustomTxnNumbers=True)
    world.books.create("Invoice", **world.sale(DocNumber="R-1"))
    return world.item("Invoice", world.sale(DocNumber="R-1"))


def too_deep(world: World) -> Fault:
    parent = world.customer
    for level in range(4):
        name = f"Level {level}"
        parent = ref(world.books.create("Customer", DisplayName=name, Job=True, ParentRef=parent))
    return world.item("Customer", {"DisplayName": "Too deep", "Job": True, "ParentRef": parent})


def suspended(world: World) -> Fault:
    world.books.control(f"companies/{world.books.realm}/suspend", {"suspended": True})
    return world.item("Customer", {"DisplayName": "Unpaid"})


def closed_books(world: World) -> Fault:
    world.prefer("AccountingInfoPrefs", BookCloseDate="2026-10-31")
    return world.item("TimeActivity", world.time(TxnDate="2026-10-31"))


def owing(world: World) -> Fault:
    assert world.invoice
    return retired(world, world.customer["value"])


def unbilled(world: World) -> Fault:
    values = world.time(BillableStatus="Billable", HourlyRate=100, CustomerRef=world.customer)
    world.books.create("TimeActivity", **values)
    return retired(world, world.customer["value"])


def retired(world: World, id: str) -> Fault:
    return world.item("Customer", {**world.latest("Customer", id), "sparse": True, "Active": False}, "update")


def matched(world: World) -> Fault:
    bought = {"PaymentType": "Cash", "AccountRef": world.account("Bank"), "Line": [world.spent(5)]}
    id = world.books.create("Purchase", **bought)
    world.books.control(f"companies/{world.books.realm}/Purchase/{id}/match")
    return world.item("Purchase", world.latest("Purchase", id), "delete")


def deposited(world: World) -> Fault:
    id = world.books.create("Payment", CustomerRef=world.customer, TotalAmt=20)
    link = {"TxnId": id, "TxnType": "Payment", "TxnLineId": "0"}
    line = {"Amount": 20, "LinkedTxn": [link], "DetailType": "DepositLineDetail"}
    world.books.create("Deposit", DepositToAccountRef=world.account("Bank"), Line=[line])
    return world.item("Payment", world.latest("Payment", id), "delete")


OF_A_RECORD: Mapping[str, Callable[[World], Fault]] = {
    "500": lambda w: w.item("Customer", {"DisplayName": "x"}, "transmogrify"),
    "610": deleted,
    "620": billed_twice,
    "800": paid_bill,
    "2000": lambda w: w.item("Customr", {}),
    "2010": lambda w: w.item("Customer", {"DisplayName": "x", "Nonsense": 1}),
    "2020": lambda w: w.item("Invoice", {"CustomerRef": w.customer}),
    "2030": lambda w: w.item("Customer", {"Id": "abc", "SyncToken": "0"}, "update"),
    "2040": lambda w: w.item("Customer", {"DisplayName": "Acme: Vienna"}),
    "2050": lambda w: w.item("Customer", {"DisplayName": "x" * 501}),
    "2060": lambda w: w.item("Invoice", w.sale(TxnDate="tomorrow")),
    "2080": lambda w: w.item("Invoice", w.sale(sold("much"))),
    "2090": lambda w: w.item("Invoice", w.sale(sold(1e16))),
    "2170": lambda w: w.item("TimeActivity", w.time(NameOf="Robot")),
    "2210": lambda w: w.item("Customer", {"DisplayName": "x", "PrimaryEmailAddr": {"Address": "nobody"}}),
    "2250": lambda w: w.item("JournalEntry", {"Line": [w.posted(5, "Debit")]}),
    "2260": lambda w: w.item("JournalEntry", {"Line": [w.posted(5, "Debit"), w.posted(5, None)]}),
    "2290": lambda w: w.item("Payment", {"CustomerRef": w.customer, "TotalAmt": -5}),
    "2300": lambda w: w.item("JournalEntry", {"Line": [w.posted(5, "Debit"), w.posted(4, "Credit")]}),
    "2500": lambda w: w.item("Invoice", w.sale(CustomerRef=ref(NOBODY))),
    "3000": lambda w: w.item("Invoice", w.sale(CustomField=[{"DefinitionId": "77", "StringValue": "x"}])),
    "5010": stale,
    "5030": simple_start,
    "6000": lambda w: w.item("Customer", {"DisplayName": "x", "CurrencyRef": ref("EUR")}),
    "6010": lambda w: w.item("Account", {"Name": "Neither"}),
    "6070": lambda w: w.item("Invoice", w.sale(sold(10, Qty=2, UnitPrice=7))),
    "6080": lambda w: w.item("Customer", {"Notes": "nobody"}),
    "6100": lambda w: w.item("Invoice", w.sale(sold(10, TaxCodeRef=ref("2")))),
    "6130": billed_with_parent,
    "6140": same_number,
    "6150": lambda w: w.item("Customer", {"DisplayName": "x", "Job": True}),
    "6180": too_deep,
    "6190": suspended,
    "6200": closed_books,
    "6220": owing,
    "6240": lambda w: w.item("Customer", {"DisplayName": w.first("Vendor")["DisplayName"]}),
    "6280": unbilled,
    "6290": lambda w: w.item("TimeActivity", w.time(VendorRef=ref(w.first("Vendor")["Id"]))),
    "6300": lambda w: w.item("TimeActivity", {"NameOf": "Employee", "Hours": 1}),
    "6310": lambda w: w.item("TimeActivity", w.time(BillableStatus="Billable", HourlyRate=5)),
    "6320": lambda w: w.item("TimeActivity", w.time(BillableStatus="HasBeenBilled", CustomerRef=w.customer)),
    "6330": lambda w: w.item("TimeActivity", w.time(BillableStatus="Billable", CustomerRef=w.customer)),
    "6340": lambda w: w.item("TimeActivity", w.time(Minutes=75)),
    "6350": lambda w: w.item("TimeActivity", w.time(Hours=0)),
    "6360": lambda w: w.item("TimeActivity", w.clocked(StartTime="08:00", EndTime="09:00", BreakHours=2)),
    "6370": lambda w: w.item("TimeActivity", w.clocked(StartTime="09:00", EndTime="08:00")),
    "6380": lambda w: w.item("TimeActivity", w.time(Hours=9000)),
    "6390": lambda w: w.item("TimeActivity", w.time(StartTime="08:00", EndTime="09:00")),
    "6420": lambda w: w.item("Invoice", w.sale(EmailStatus="NeedToSend")),
    "6430": lambda w: w.item("Bill", w.bill(w.spent(5), APAccountRef=w.account("Bank"))),
    "6440": lambda w: w.item("Bill", w.bill({"Amount": 5, "DetailType": "AccountBasedExpenseLineDetail"})),
    "6480": matched,
    "6540": deposited,
}
