"""Posting: hours in every stage, card charges and reports, and invoices from draft to posted."""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.browser.firm import Firm

WEEK = ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12", "2026-11-13")
PATIENCE = 60
"""Seconds until a posting should have ended."""

SPENT = ("Taxi to the quay", "Train and ferry", "Charts and maps", "Lunch with the pilots")
NOTES = ("Planning workshop", "Review of the plans", "Site visit", "Reporting", "Preparing the offer")


@dataclass
class Work:
    """People of QuickBooks who enter hours on a project of their own."""

    firm: Firm
    project: str
    staff: list[str]
    code: str

    def hours(self, day: str, hours: str, status: str = "approved", who: int = 0, **values: Any) -> str:
        entry = {"project": self.project, "staff": self.staff[who], "labour_code": self.code, "rate": "110"}
        made = self.firm.api.post("time-entries", {**entry, "work_date": day, "hours": hours, **values})
        return self.moved("time-entries", str(made["id"]), status)

    def moved(self, kinds: str, id: str, status: str) -> str:
        steps = {"draft": (), "submitted": ("submit",), "approved": ("submit", "approve")}
        for step in steps.get(status, ("submit", "reject")):
            self.firm.api.post(f"{kinds}/{id}/{step}")
        return id

    def charge(self, day: str, amount: str, status: str = "approved", who: int = 0, **values: Any) -> str:
        """Paid with the company's card."""
        spent = {"project": self.project, "staff": self.staff[who], "expense_code": self._kind_of_expense()}
        charge = {**spent, "card": self._account("Credit Card"), "date": day, "amount": amount, **values}
        return self.moved("expenses", str(self.firm.api.post("expenses", charge)["id"]), status)

    def _kind_of_expense(self) -> str:
        api = self.firm.api
        found = api.get("expense-codes", q="Travel")["items"]
        made = found[0] if found else api.post("expense-codes", {"name": "Travel", "account": self._account("Expense")})
        return str(made["id"])

    def _account(self, type: str) -> str:
        accounts = self.firm.api.get("accounts", limit=200)["items"]
        return next(str(each["id"]) for each in accounts if each["values"]["type"] == type)

    def posted(self, type: str, *ids: str) -> None:
        """Somebody posted these a while ago."""
        base = f"connections/{self.firm.quickbooks}"
        run = self.firm.api.post(f"{base}/postings", {"type": type, "ids": list(ids)})["run"]
        end = time.monotonic() + PATIENCE
        while self.firm.api.get(f"{base}/runs/{run}")["status"] == "running" and time.monotonic() < end:
            time.sleep(0.3)

    def invoice(self, *steps: str) -> str:
        made = self.firm.api.post(f"projects/{self.project}/invoice")["invoice"]["id"]
        for step in steps:
            self.firm.api.post(f"invoices/{made}/{step}")
        return str(made)


def work(firm: Firm, name: str) -> Work:
    """A new project of a client that QuickBooks knows."""
    api, base = firm.api, f"connections/{firm.quickbooks}/links"
    client = api.get(base, flow="quickbooks_online.customer", limit=1)["items"][0]["ours"]
    people = [each["ours"] for each in api.get(base, flow="quickbooks_online.employee", limit=4)["items"]]
    code = api.get(base, flow="quickbooks_online.item", limit=1)["items"][0]["ours"]
    project = api.post("projects", {"name": name, "client": client})["id"]
    return Work(firm, str(project), [str(each) for each in people], str(code))


def prepare(firm: Firm) -> None:
    mine = work(firm, "Quayside programme")
    for number, day in enumerate(WEEK):
        for who in range(len(mine.staff)):
            status = ("approved", "submitted", "approved", "draft", "rejected")[(number + 2 * who) % 5]
            mine.hours(day, ("7.5", "4", "6.25", "8", "2")[(number + who) % 5], status, who, notes=NOTES[number])
    mine.posted("time", *[mine.hours(day, "3", notes="Kick-off") for day in WEEK[:3]])
    mine.invoice("review", "finalise")
    for number, day in enumerate(WEEK[:4]):
        status = ("approved", "approved", "submitted", "rejected")[number]
        mine.charge(day, ("18.20", "240", "64.50", "9.80")[number], status, number, notes=SPENT[number], billable=False)
    mine.posted("expenses", mine.charge(WEEK[4], "31.40", notes="Parking", billable=False))


def time_of(firm: Firm) -> str:
    return f"post/time?{urlencode({'at': WEEK[0], 'connection': firm.quickbooks})}"


def preview_of(firm: Firm) -> str:
    asked = {"connection": firm.quickbooks, "all": 1, "from": WEEK[0], "to": WEEK[-1]}
    return f"post/time/preview?{urlencode(asked)}"


PAGES = {
    "post-time": time_of,
    "post-preview": preview_of,
    "post-expenses": lambda _: "post/expenses?pool=cards",
    "post-invoices": lambda _: "post/invoices",
    "post-invoice": lambda firm: f"post/invoice/{firm.first('invoices', status='final')}",
    "post-bill": lambda _: "post/bill",
}
