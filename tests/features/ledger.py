"""A company in QuickBooks with documents of every type for one client, some of them on its jobs."""

from dataclasses import dataclass
from typing import Any

import requests

from tests.stage import Stage, control
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

NAMES = {
    "invoice": "Invoice",
    "payment": "Payment",
    "estimate": "Estimate",
    "sales_receipt": "SalesReceipt",
    "credit_memo": "CreditMemo",
    "refund_receipt": "RefundReceipt",
    "time": "TimeActivity",
}
DAY = "2026-11-20"


@dataclass
class Ledger:
    """`customer`, `job` (of it) and `deep` (a job of the job): ids in QuickBooks. `client`: id of ours."""

    stage: Stage
    customer: str
    job: str
    deep: str
    client: str = ""

    def write(self, entity: str, customer: str = "", **values: Any) -> dict[str, Any]:
        """A person writes a document. What is billed: `amount`, if given."""
        amount = values.pop("amount", None)
        line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
        lines = {} if amount is None else {"Line": [line]}
        dated = {"TxnDate": DAY, "CustomerRef": {"value": customer or self.customer}}
        return self.stage.bookkeeper(entity, **(dated | lines | values))

    def one_of_each(self) -> dict[str, dict[str, Any]]:
        employee = self.stage.bookkeeper("Employee", GivenName="Casey", FamilyName="Brook")["Id"]
        [bank, *_] = [each["Id"] for each in self.stage.quickbooks_has("Account") if each["AccountType"] == "Bank"]
        return {
            "invoice": self.write(
                "Invoice", amount=120, PrivateNote="Second reminder", CustomerMemo={"value": "Thanks"}
            ),
            "payment": self.write("Payment", TotalAmt=20, PaymentRefNum="4711"),
            "estimate": self.write("Estimate", self.job, amount=900, TxnStatus="Accepted"),
            "sales_receipt": self.write("SalesReceipt", self.job, amount=15),
            "credit_memo": self.write("CreditMemo", self.deep, amount=30),
            "refund_receipt": self.write("RefundReceipt", amount=7, DepositToAccountRef={"value": bank}),
            "time": self.time(employee, self.deep),
        }

    def time(self, employee: str, customer: str, **values: Any) -> dict[str, Any]:
        spent = {"NameOf": "Employee", "EmployeeRef": {"value": employee}, "Hours": 2, "Minutes": 30}
        billed = {"BillableStatus": "Billable", "HourlyRate": 80, "Description": "Workshop"}
        return self.write("TimeActivity", customer, **(spent | billed | values))

    def connect(self, **settings: Any) -> "Ledger":
        self.stage.connect(Provider.QUICKBOOKS_ONLINE, settings=settings)
        [client] = Workspace(self.stage.tenant).page("client", "Harbour")[0]
        self.client = client.id
        return self

    def told(self, entity: str, id: str, what: str = "updated") -> None:
        self.stage.told(self.stage.cloud_event(entity, id, what))
        self.stage.settle()

    def undo(self, entity: str, id: str, how: str) -> None:
        """A person voids or deletes a document, and Intuit tells."""
        url = f"{self.stage.quickbooks.url}/_sandbox/companies/{self.stage.realm}/{entity}"
        control("POST", url, params={"operation": how}, json={"Id": id})
        self.told(entity, id, "voided" if how == "void" else "deleted")

    def counted(self, entity: str, where: str) -> int:
        """What anybody is told who asks QuickBooks itself."""
        statement = f"SELECT COUNT(*) FROM {entity} WHERE {where}"  # noqa: S608
        url, realm = self.stage.quickbooks.url, self.stage.realm
        token = control("POST", f"{url}/_sandbox/companies/{realm}/connect", json={})["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        address = f"{url}/v3/company/{realm}/query"
        answer = requests.get(address, params={"query": statement}, headers=headers, timeout=10)
        assert answer.ok, answer.text
        found: int = answer.json()["QueryResponse"]["totalCount"]
        return found


def opened(stage: Stage) -> Ledger:
    customer = stage.bookkeeper("Customer", DisplayName="Harbour Freight")["Id"]
    job = stage.bookkeeper("Customer", DisplayName="Cranes", Job=True, ParentRef={"value": customer})["Id"]
    deep = stage.bookkeeper("Customer", DisplayName="Hook", Job=True, ParentRef={"value": job})["Id"]
    return Ledger(stage, customer, job, deep)
