"""A plainly invented consulting firm, the same on every run, built through the same rules as every other record."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sandbox.clock import Clock
from sandbox.quickbooks.books import Books, Manner
from sandbox.quickbooks.schema import SCHEMA

SOURCE = Path(__file__).parent.parent / "data" / "quickbooks_demo.json"
BETWEEN_RECORDS = 1800.0
FIRST_DAY = date(2026, 8, 3)
CITIES = ("Sampleton", "Mockham", "Testbury", "Fixture Falls")
PERSON = Manner(by_person=True)

type Doc = dict[str, Any]


class Demo:
    def __init__(self, books: Books, clock: Clock, realm: str) -> None:
        self.books, self.clock, self.realm = books, clock, realm
        self.source = json.loads(SOURCE.read_text(encoding="utf-8"))

    def build(self, customers: int = 40, jobs: bool = True) -> None:
        self.lists()
        clients = [self.customer(*one) for one in self.source["customers"][:customers]]
        places = list(self.jobs(clients)) if jobs else clients
        employees = [self.employee(*one) for one in self.source["employees"]]
        vendors = [self.vendor(*one) for one in self.source["vendors"]]
        self.time(employees, places)
        self.expenses(vendors, places)
        self.sales(clients)

    def create(self, entity: str, body: Doc) -> Doc:
        self.clock.advance(BETWEEN_RECORDS)
        return self.books.create(self.realm, SCHEMA.entities[entity], body, PERSON)

    # ------------------------------------------------------------ lists

    def lists(self) -> None:
        for name in self.source["classes"]:
            self.create("Class", {"Name": name})
        for name in self.source["departments"]:
            self.create("Department", {"Name": name})
        for name in self.source["customer_types"]:
            self.books.plant(self.realm, "CustomerType", "", {"Name": name, "Active": True})
        self.items = [self.item(*one) for one in self.source["items"]]

    def item(self, name: str, price: int, taxable: bool) -> Doc:
        body = {
            **{"Name": name, "Description": name, "UnitPrice": price, "Taxable": taxable},
            **{"Type": "NonInventory" if taxable else "Service"},
            "IncomeAccountRef": {"value": "79" if taxable else "45"},
        }
        return self.create("Item", body)

    def customer(self, name: str, term: str, jobs: list[str]) -> Doc:
        terms = self.books.store.named(self.realm, "Term", term.casefold())
        place = len(name)
        body = {
            **{"DisplayName": name, "CompanyName": name, "Taxable": True, "Notes": "Invented for demonstrations."},
            "BillAddr": {
                **{"Line1": f"{place * 7} Example Street", "City": CITIES[place % len(CITIES)]},
                **{"CountrySubDivisionCode": "CA", "PostalCode": f"94{place:03}", "Country": "USA"},
            },
            "PrimaryPhone": {"FreeFormNumber": f"(555) 555-01{place:02}"},
            "PrimaryEmailAddr": {"Address": f"{slug(name)}@example.test"},
            "SalesTermRef": {"value": terms[0].id},
        }
        return {**self.create("Customer", body), "jobs": jobs}

    def jobs(self, clients: list[Doc]) -> Iterator[Doc]:
        """The places work is done for: each job, or the client itself when there is none."""
        for number, client in enumerate(clients):
            if not client["jobs"]:
                yield client
            for name in client["jobs"]:
                body = {"DisplayName": name, "Job": True, "ParentRef": {"value": client["Id"]}, "BillWithParent": True}
                yield self.create("Customer", {**body, "IsProject": True} if number % 5 == 0 else body)

    def employee(self, given: str, family: str) -> Doc:
        body = {
            **{"GivenName": given, "FamilyName": family, "BillableTime": True, "BillRate": 100 + 5 * len(family)},
            **{"HiredDate": "2026-01-05", "PrimaryEmailAddr": {"Address": f"{slug(given)}@example.test"}},
            "EmployeeNumber": f"E{len(given)}{len(family):02}",
        }
        return self.create("Employee", body)

    def vendor(self, name: str, contractor: bool) -> Doc:
        mail = {"Address": f"{slug(name)}@example.test"}
        body = {"DisplayName": name, "CompanyName": name, "Vendor1099": contractor, "PrimaryEmailAddr": mail}
        return self.create("Vendor", body)

    # ------------------------------------------------------------ work

    def time(self, employees: list[Doc], places: list[Doc], entries: int = 120) -> None:
        services = [item for item in self.items if item["Type"] == "Service"]
        parts = zip(cycle(employees), cycle(places), cycle(services), strict=False)
        for number, (employee, place, item) in enumerate(islice(parts, entries)):
            billable = number % 4 != 3
            body = {
                **{"NameOf": "Employee", "EmployeeRef": {"value": employee["Id"]}, "TxnDate": workday(number // 6)},
                **{"CustomerRef": {"value": place["Id"]}, "ItemRef": {"value": item["Id"]}},
                **{"Hours": 1 + number % 7, "Minutes": 15 * (number % 4)},
                **{"BillableStatus": "Billable" if billable else "NotBillable"},
                **({"HourlyRate": item["UnitPrice"]} if billable else {}),
                "Description": f"{item['Name']} for {place['FullyQualifiedName']}",
            }
            self.create("TimeActivity", body)

    def expenses(self, vendors: list[Doc], places: list[Doc]) -> None:
        accounts = ("15", "19", "20", "21", "24")
        for number, vendor in enumerate(vendors * 2):
            line = expense_line(accounts[number % len(accounts)], 40 + 35 * number)
            if number % 4 == 0:
                place = places[number % len(places)]
                detail = {"CustomerRef": {"value": place["Id"]}, "BillableStatus": "Billable"}
                line["AccountBasedExpenseLineDetail"] |= detail
            if number < len(vendors):
                terms = {"SalesTermRef": {"value": "3"}, "DocNumber": f"V-{1000 + number}"}
                body = {"VendorRef": {"value": vendor["Id"]}, "TxnDate": workday(number), "Line": [line], **terms}
                self.create("Bill", body)
            else:
                paid = {"PaymentType": "CreditCard", "AccountRef": {"value": "42"}}
                entity = {"value": vendor["Id"], "type": "Vendor"}
                self.create("Purchase", {**paid, "EntityRef": entity, "TxnDate": workday(number), "Line": [line]})

    def sales(self, clients: list[Doc]) -> None:
        for number, client in enumerate(clients[:20]):
            item = self.items[number % len(self.items)]
            made = self.create(
                "Invoice",
                {
                    **{"CustomerRef": {"value": client["Id"]}, "TxnDate": workday(number + 5)},
                    "Line": [sale_line(item, 4 + number), sale_line(self.items[-1], 1 + number % 3)],
                },
            )
            if number % 3 == 0:
                self.receive(client, made)
        for client in clients[20:24]:
            body = {"CustomerRef": {"value": client["Id"]}, "Line": [sale_line(self.items[0], 12)]}
            self.create("Estimate", {**body, "TxnDate": workday(30)})

    def receive(self, client: Doc, invoice: Doc) -> None:
        link = {"TxnId": invoice["Id"], "TxnType": "Invoice"}
        body = {
            **{"CustomerRef": {"value": client["Id"]}, "TotalAmt": invoice["TotalAmt"], "TxnDate": workday(40)},
            **{"PaymentMethodRef": {"value": "2"}, "PaymentRefNum": f"C{invoice['DocNumber']}"},
            "Line": [{"Amount": invoice["TotalAmt"], "LinkedTxn": [link]}],
        }
        self.create("Payment", body)


def sale_line(item: Doc, quantity: int) -> Doc:
    detail = {"ItemRef": {"value": item["Id"]}, "Qty": quantity, "UnitPrice": item["UnitPrice"]}
    return {"DetailType": "SalesItemLineDetail", "Description": item["Name"], "SalesItemLineDetail": detail}


def expense_line(account: str, amount: int) -> Doc:
    detail: Doc = {"AccountRef": {"value": account}}
    kind = "AccountBasedExpenseLineDetail"
    return {"DetailType": kind, "Amount": amount, "Description": "Invented expense", kind: detail}


def workday(number: int) -> str:
    weeks, day = divmod(number, 5)
    return (FIRST_DAY + timedelta(weeks=weeks, days=day)).isoformat()


def slug(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
