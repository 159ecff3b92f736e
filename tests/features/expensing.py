"""A firm whose people spend money: reports of employees and contractors, cards, and the accounts to book it on."""

from dataclasses import dataclass
from typing import Any

from tests.features.books import CONNECTION, DAY, PATH, Books, opened
from tests.stage import Stage, control
from timebridge.links import Link
from timebridge.records import Record
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace

CHECKING, SAVINGS, VISA, TRAVEL, MEALS, PAYABLE, INCOME = "35", "36", "42", "20", "21", "33", "1"
"""Accounts of a fresh company of the sandbox."""

ON_ACCOUNT, ON_ITEM = "AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"


@dataclass
class Spending(Books):
    """`contractor`: one of the staff who is a vendor over there; `vendor`: their id there."""

    vendor: str = ""
    contractor: str = ""

    # --- the workspace -----------------------------------------------------------------------------------------------

    def account(self, theirs: str) -> str:
        """Our id of an account of theirs."""
        [link] = self.links("account", theirs)
        return link.ours

    def links(self, flow: str, *theirs: str) -> list[Link]:
        return DynamoLinks(self.stage.tenant, CONNECTION).find(f"quickbooks_online.{flow}", theirs=list(theirs))

    def linked(self, flow: str, ours: str, theirs: str) -> None:
        """A person links a record of ours with one of theirs."""
        answer = self.admin.post(f"{PATH}/links", {"flow": f"quickbooks_online.{flow}", "ours": ours, "theirs": theirs})
        assert answer.status < 300, answer.text
        self.stage.settle()

    def kind_of_expense(self, name: str = "Travel", account: str | None = TRAVEL) -> str:
        """An expense code that is booked on this account of theirs."""
        booked = {"account": self.account(account)} if account else {}
        return self.ours.create("expense_code", {"name": name, **booked}).id

    def expense(self, amount: str = "20", **values: Any) -> Record:
        expense = {"project": self.project, "staff": self.person, "date": DAY, "amount": amount, "billable": False}
        return self.ours.create("expense", {**expense, **values})

    def approved_expense(self, amount: str = "20", **values: Any) -> Record:
        made = self.expense(amount, **values)
        self.ours.submit(made.id, kind="expense")
        return self.ours.approve(made.id, kind="expense")

    def report(self, *amounts: str, staff: str = "", approved: bool = True, **values: Any) -> Record:
        """A report of a person with these expenses, approved."""
        person = staff or self.person
        made = self.ours.create("expense_report", {"staff": person, "date": DAY, **values})
        code = self.coded
        for amount in amounts:
            self.expense(amount, staff=person, report=made.id, expense_code=code)
        return self.through(made) if approved and amounts else made

    def through(self, report: Record) -> Record:
        """Submitted and approved, with all its expenses."""
        self.ours.submit(report.id, kind="expense_report")
        return self.ours.approve(report.id, kind="expense_report")

    @property
    def coded(self) -> str:
        found, _ = self.ours.page("expense_code", "Travel")
        return found[0].id if found else self.kind_of_expense()

    def listed(self, type: str = "expenses", **query: Any) -> dict[str, dict[str, Any]]:
        """Page by page: reports first, then single expenses."""
        found: dict[str, dict[str, Any]] = {}
        start: str | None = None
        while True:
            answer = self.admin.get(f"{PATH}/postings", type=type, **query, **({"start": start} if start else {}))
            assert answer.status == 200, answer.text
            found |= {item["id"]: item for item in answer.body["items"]}
            start = answer.body["next"]
            if start is None:
                return found

    def refused(self, run: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """What a run could not post: reason and field at fault, by our id."""
        items = self.admin.get(f"{PATH}/runs/{run['id']}/problems").body["items"]
        return {item["ours"]: (item["reason"], item["field"]) for item in items}

    # --- the books ---------------------------------------------------------------------------------------------------

    def documents(self, record: Record | str, entity: str = "Purchase") -> list[dict[str, Any]]:
        """The live documents of one of our records."""
        return self.of(record if isinstance(record, str) else record.id, entity, "PrivateNote")

    def everywhere(self, record: Record) -> list[tuple[str, dict[str, Any]]]:
        return [(entity, each) for entity in ("Bill", "Purchase") for each in self.documents(record, entity)]

    def pays(self, bill: dict[str, Any]) -> None:
        """The bookkeeper pays a bill by check."""
        linked = {"Amount": bill["TotalAmt"], "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
        paid = {"PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": CHECKING}}}
        self.bookkeeper("BillPayment", VendorRef=bill["VendorRef"], TotalAmt=bill["TotalAmt"], **paid, Line=[linked])

    def matched(self, purchase: dict[str, Any]) -> None:
        """The bookkeeper finds a purchase in what the bank reports."""
        url = f"{self.stage.quickbooks.url}/_sandbox/companies/{self.stage.realm}/Purchase/{purchase['Id']}/match"
        control("POST", url)


def spending(stage: Stage, ours: Workspace, **choices: Any) -> Spending:
    """A live connection with an employee, Casey, and a contractor, Jules; checks are paid from the checking account."""
    vendor = stage.bookkeeper("Vendor", DisplayName="Jules Harbour", Vendor1099=True)["Id"]
    contractor = ours.create("staff", {"name": "Jules Harbour"}).id
    books = opened(stage, ours)
    firm = Spending(**vars(books), vendor=vendor, contractor=contractor)
    firm.posting("expenses", checking_account=firm.account(CHECKING), **choices)
    return firm
