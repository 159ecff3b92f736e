"""The story: each step is somebody at work in one system, and what must then be seen in the others."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.demo.stage import Stage

PATIENCE = 30.0
"""Seconds until a step counts as not happened."""


@dataclass
class Step:
    """`seen` names what was seen and how many seconds after the deed; `missing` what was not."""

    title: str
    seen: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


@dataclass
class Story:
    """Plays on a stage whose two connections are live."""

    stage: Stage
    salesforce: str
    quickbooks: str

    def play(self) -> Iterator[Step]:
        yield self.a_seller_wins_a_deal()
        yield self.the_manager_changes_the_budget()
        yield self.hours_are_approved()
        yield self.the_hours_are_posted()
        yield self.a_customer_is_renamed_in_the_books()
        yield self.both_sides_edit_different_fields()
        yield self.the_same_webhook_comes_five_times()

    def a_seller_wins_a_deal(self) -> Step:
        deal = next(d for d in self.stage.in_salesforce("Opportunity", StageName="Prospecting") if d["AccountId"])
        self.deal, self.deal_name = deal["Id"], "Compass rollout (demo)"
        self.stage.seller("PATCH", f"Opportunity/{self.deal}", Name=self.deal_name, Amount=48000)

        def project() -> bool:
            return self._project() is not None

        return self._step(
            "A seller moves an opportunity to Closed Won",
            lambda: self.stage.seller("PATCH", f"Opportunity/{self.deal}", StageName="Closed Won"),
            {"project in the workspace": project, "job in QuickBooks": lambda: bool(self._jobs())},
        )

    def the_manager_changes_the_budget(self) -> Step:
        def edit() -> None:
            self.stage.admin.patch("projects", self._project() or {}, budget="52500.00")

        return self._step(
            "The manager raises the budget of the project",
            edit,
            {"amount of the opportunity": lambda: self._deal()["Amount"] == 52500},
        )

    def hours_are_approved(self) -> Step:
        staff = self.stage.admin.get("staff")["items"][0]
        code = self.stage.admin.get("labour-codes")["items"][0]
        values = {
            "staff": staff["id"],
            "project": (self._project() or {})["id"],
            "labour_code": code["id"],
            "work_date": "2026-11-20",
            "hours": "7.50",
            "billable": True,
            "rate": "150.00",
            "notes": "Kick-off workshop",
        }

        def approve() -> None:
            entry = self.stage.admin.post("time-entries", values)
            self.entry = entry["id"]
            self.stage.admin.post(f"time-entries/{self.entry}/submit")
            self.stage.admin.post(f"time-entries/{self.entry}/approve")

        return self._step(
            "Seven and a half hours are recorded, submitted and approved",
            approve,
            {
                "total on the opportunity": lambda: (
                    Decimal(str(self._deal()["TB_Total_Hours__c"] or 0)) == Decimal("7.5")
                ),
            },
        )

    def the_hours_are_posted(self) -> Step:
        """Nothing goes into the books before somebody posts it."""
        asked = {"type": "time", "ids": [self.entry]}
        assert not self._activities()
        return self._step(
            "The manager posts them to the books",
            lambda: self.stage.admin.post(f"connections/{self.quickbooks}/postings", asked),
            {"time activity in QuickBooks": lambda: len(self._activities()) == 1},
        )

    def a_customer_is_renamed_in_the_books(self) -> Step:
        client = self._client()
        link = self.stage.admin.link(self.quickbooks, "quickbooks_online.customer", client["id"]) or {}
        self.customer, self.customer_name = link["theirs"], f"{client['values']['name']} Group"
        return self._step(
            "A bookkeeper renames the customer in QuickBooks",
            lambda: self.stage.bookkeeper("Customer", Id=self.customer, DisplayName=self.customer_name),
            {
                "client in the workspace": lambda: self._client()["values"]["name"] == self.customer_name,
                "account in Salesforce": lambda: self._account()["Name"] == self.customer_name,
            },
        )

    def both_sides_edit_different_fields(self) -> Step:
        def edit() -> None:
            self.stage.seller("PATCH", f"Account/{self._account()['Id']}", Phone="+43 1 555 0101")
            self.stage.admin.patch("clients", self._client(), website="https://compass.example")

        def merged() -> bool:
            account, client = self._account(), self._client()["values"]
            return (
                (account["Phone"], account["Website"])
                == (client["phone"], client["website"])
                == (
                    "+43 1 555 0101",
                    "https://compass.example",
                )
            )

        return self._step("Salesforce and the workspace edit different fields at once", edit, {"both edits": merged})

    def the_same_webhook_comes_five_times(self) -> Step:
        self._wait(self._at_rest)
        before = self._everything()
        sent = self.stage.calls()

        url = self.webhook_url

        def repeat() -> None:
            for _ in range(5):
                self.stage.repeat_notice_of_customer(self.customer)
                self.stage.repeat_notice_of_opportunity(url, self.deal)

        def nothing_more() -> bool:
            read = self.stage.calls() != sent
            return read and self._at_rest() and self._everything() == before

        return self._step("The same webhooks arrive five times", repeat, {"nothing more": nothing_more})

    # --- what there is to see ----------------------------------------------------------------------------------------

    @property
    def webhook_url(self) -> str:
        url: str = self.stage.admin.get(f"connections/{self.salesforce}")["webhook_url"]
        return url

    def _project(self) -> dict[str, Any] | None:
        return self.stage.admin.named("projects", self.deal_name)

    def _deal(self) -> dict[str, Any]:
        return self.stage.in_salesforce("Opportunity", Id=self.deal)[0]

    def _account(self) -> dict[str, Any]:
        return self.stage.in_salesforce("Account", Id=self._deal()["AccountId"])[0]

    def _client(self) -> dict[str, Any]:
        id = (self._project() or {})["values"]["client"]
        client: dict[str, Any] = self.stage.admin.get(f"clients/{id}")
        return client

    def _jobs(self) -> list[dict[str, Any]]:
        return self.stage.in_quickbooks("Customer", DisplayName=self.deal_name)

    def _activities(self) -> list[dict[str, Any]]:
        jobs = {job["Id"] for job in self._jobs()}
        return [a for a in self.stage.in_quickbooks("TimeActivity") if a.get("CustomerRef", {}).get("value") in jobs]

    def _at_rest(self) -> bool:
        """Nothing waits in the queue or is under way."""
        before = self.stage.calls()
        if self.stage.waiting():
            return False
        time.sleep(0.5)
        return self.stage.calls() == before and not self.stage.waiting()

    def _everything(self) -> list[Any]:
        return [
            self._deal(),
            self._account(),
            self._project(),
            self._client(),
            self._jobs(),
            self._activities(),
            self.stage.holdings(),
        ]

    # --- steps -------------------------------------------------------------------------------------------------------

    def _step(self, title: str, deed: Callable[[], Any], signs: dict[str, Callable[[], bool]]) -> Step:
        step, began = Step(title), time.monotonic()
        deed()
        for sign, there in signs.items():
            if self._wait(there):
                step.seen[sign] = time.monotonic() - began
            else:
                step.missing.append(sign)
        return step

    @staticmethod
    def _wait(there: Callable[[], bool]) -> bool:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if there():
                return True
            time.sleep(0.05)
        return False
