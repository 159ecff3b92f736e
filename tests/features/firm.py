"""A firm at work: a client with a deal that has become a project, people, and what they enter."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.stage import Stage
from timebridge.records import Record
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

DAY = "2026-11-20"


@dataclass
class Firm:
    """`deal`: the opportunity; `project`: what it became."""

    stage: Stage
    ours: Workspace
    deal: str
    project: str

    def person(self, name: str = "Casey Brook", **values: Any) -> Record:
        return self.ours.create("staff", {"name": name, **values})

    def hours(self, person: Record, hours: str, **values: Any) -> Record:
        entry = {"project": self.project, "staff": person.id, "work_date": DAY, "hours": hours}
        return self.ours.create("time_entry", entry | values)

    def submitted(self, person: Record, hours: str, **values: Any) -> Record:
        return self.ours.submit(self.hours(person, hours, **values).id)

    def approved(self, person: Record, hours: str, **values: Any) -> Record:
        return self.ours.approve(self.submitted(person, hours, **values).id)

    def expense(self, person: Record, amount: str, **values: Any) -> Record:
        expense = {"project": self.project, "staff": person.id, "date": DAY, "amount": amount}
        return self.ours.submit(self.ours.create("expense", expense | values).id, kind="expense")

    def edit(self, **values: Any) -> Record:
        found = self.ours.get("project", self.project)
        assert found is not None
        return self.ours.update("project", self.project, values, found.version or "")

    def total(self, name: str, project: str = "") -> Decimal:
        found = self.ours.get("project", project or self.project)
        assert found is not None
        value: Decimal = found.values[name]
        return value

    def opportunity(self) -> dict[str, Any]:
        """As a seller sees it, once everything has travelled."""
        self.stage.settle()
        [row] = self.stage.salesforce_has("Opportunity", Id=self.deal)
        return row

    def below(self, name: str) -> list[dict[str, Any]]:
        """The records of this kind below the opportunity."""
        self.stage.settle()
        return self.stage.salesforce_has(name, Opportunity__c=self.deal)


def opened(stage: Stage, ours: Workspace, **settings: Any) -> Firm:
    """A live Salesforce connection, with one deal that is won and a project for it."""
    account = stage.seller("create", "Account", Name="Harbour Freight")
    deal = stage.seller(
        "create",
        "Opportunity",
        Name="Crane controls",
        AccountId=account,
        StageName="Closed Won",
        CloseDate="2026-12-01",
        Amount=10000,
    )
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects"], **settings})
    [project] = ours.page("project", "Crane")[0]
    return Firm(stage, ours, deal, project.id)
