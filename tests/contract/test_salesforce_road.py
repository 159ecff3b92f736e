"""The two Salesforce flows on the real road: our side in memory, theirs the sandbox over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from sandbox.salesforce import Salesforce
from tests.contract.connected_salesforce import Person, connect, running, salesforce, side_of
from timebridge.flows import Flows
from timebridge.memory import MemoryCursors, MemoryLinks, MemorySide
from timebridge.providers.salesforce.side import SalesforceSide
from timebridge.pull import pull
from timebridge.runs import Tally
from timebridge.sync import Brake

_ids = count(1)


@dataclass
class Connected:
    theirs: SalesforceSide
    flows: Flows
    now: Callable[[], datetime]
    ours: MemorySide = field(default_factory=lambda: MemorySide(keyed_ids=True))
    links: MemoryLinks = field(default_factory=MemoryLinks)
    brake: Brake = field(default_factory=Brake)
    cursors: MemoryCursors = field(default_factory=MemoryCursors)
    new_id: Callable[[str], str] = lambda kind: f"{kind}-{next(_ids)}"

    def pull(self) -> Tally:
        return pull(self, self.cursors)

    def only(self, kind: str) -> Any:
        [record] = self.ours.there(kind).values()
        return record


@pytest.fixture(scope="module")
def org() -> Iterator[Salesforce]:
    with running() as found:
        yield found


@pytest.fixture
def person(org: Salesforce) -> Person:
    org.reset()
    return Person(org)


def road(org: Salesforce, **settings: Any) -> Connected:
    app, grants, _ = connect(org)
    ours = MemorySide(keyed_ids=True, now=org.clock.now)
    return Connected(side_of(app, grants, **settings), Flows(salesforce.flows(settings)), org.clock.now, ours)


def opportunity(person: Person, account: str, **values: Any) -> str:
    return person.create(
        "Opportunity",
        **{"Name": "Audit", "StageName": "Prospecting", "CloseDate": "2026-12-31", "AccountId": account, **values},
    )


def test_an_opportunity_that_is_won_becomes_a_project_of_its_client_once(org: Salesforce, person: Person) -> None:
    connected = road(org, accounts="needed")
    account = person.create("Account", Name="Globex", BillingCity="Basel")
    person.create("Account", Name="Nobody needs it")
    id = opportunity(person, account, Amount=5000)
    connected.pull()
    assert connected.ours.there("project") == connected.ours.there("client") == {}
    person.edit("Opportunity", id, StageName="Closed Won")
    for _ in range(3):
        connected.pull()
    project, client = connected.only("project"), connected.only("client")
    assert (client.values["name"], client.values["address_city"]) == ("Globex", "Basel")
    assert project.values["client"] == client.id
    assert (project.values["budget"], project.values["probability"]) == (Decimal("5000.00"), Decimal("100.00"))


def test_what_the_manager_changes_reaches_the_opportunity_and_then_all_is_quiet(
    org: Salesforce, person: Person
) -> None:
    connected = road(org)
    id = opportunity(person, person.create("Account", Name="Globex"), StageName="Closed Won", Amount=5000)
    connected.pull()
    project = connected.only("project")
    news = {"budget": Decimal("7500.50"), "hours_total": Decimal("12.25"), "status": "active", "stage": "ours only"}
    connected.ours.put("project", {**project.values, **news}, project.id)
    org.clock.advance(5)
    connected.pull()
    [row] = person.find("Opportunity")
    assert (row["Id"], row["Amount"], row["TB_Total_Hours__c"], row["TB_Status__c"]) == (id, 7500.5, 12.25, "active")
    assert row["StageName"] == "Closed Won"
    for _ in range(2):
        connected.pull()
    org.calls.clear()
    assert connected.pull().written == 0
    assert org.calls.total == 1


def test_edits_of_different_fields_are_merged(org: Salesforce, person: Person) -> None:
    connected = road(org)
    account = person.create("Account", Name="Globex", Phone="1")
    connected.pull()
    client = connected.only("client")
    person.edit("Account", account, Phone="2")
    connected.ours.put("client", {**client.values, "website": "https://globex.example"}, client.id)
    org.clock.advance(5)
    connected.pull()
    connected.pull()
    [row] = person.find("Account")
    assert (row["Phone"], row["Website"]) == ("2", "https://globex.example")
    assert connected.only("client").values["phone"] == "2"


def test_deleting_the_opportunity_cuts_the_pair_and_keeps_the_project(org: Salesforce, person: Person) -> None:
    connected = road(org)
    id = opportunity(person, person.create("Account", Name="Globex"), StageName="Closed Won")
    connected.pull()
    person.delete("Opportunity", id)
    connected.pull()
    assert connected.only("project").values["name"] == "Audit"
    assert connected.pull().written == 0


def test_a_project_of_ours_becomes_an_opportunity_if_the_tenant_wants_it(org: Salesforce, person: Person) -> None:
    connected = road(org, presets=["projects", "push"])
    client = connected.ours.put("client", {"name": "Initech"}, "client-a")
    connected.ours.put("project", {"name": "Rollout " + "x" * 200, "client": client.id}, "project-a")
    person.control("POST", "faults", {"kind": "drop_after_commit", "match": {"path": "/composite"}, "times": 1})
    org.clock.advance(5)
    connected.pull()
    [account], [row] = person.find("Account"), person.find("Opportunity")
    assert (account["Name"], account["TB_External_Id__c"]) == ("Initech", "client-a")
    assert (row["AccountId"], row["StageName"], len(row["Name"])) == (account["Id"], "Prospecting", 120)
    org.clock.advance(5)
    connected.pull()  # stage and probability, which Salesforce filled in, come back
    assert connected.only("project").values["stage"] == "Prospecting"
    assert connected.pull().written == 0
