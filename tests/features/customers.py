"""Clients and customers: a live QuickBooks company, what its bookkeeper does, and what people do in the workspace."""

from dataclasses import dataclass
from typing import Any

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.links import Link
from timebridge.providers.quickbooks_online.flows import flows
from timebridge.records import Record
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

CONNECTION = Provider.QUICKBOOKS_ONLINE.value
CUSTOMER, JOB = "quickbooks_online.customer", "quickbooks_online.job"
PATH = f"connections/{CONNECTION}"


@dataclass
class Crm:
    """Both sides of one live connection."""

    stage: Stage
    ours: Workspace
    admin: Person

    # --- the workspace -----------------------------------------------------------------------------------------------

    def client(self, name: str, **values: Any) -> Record:
        return self.ours.create("client", {"name": name, **values})

    def values(self, id: str, kind: str = "client") -> dict[str, Any]:
        """What is there; what is empty is left out."""
        found = self.ours.get(kind, id)
        assert found is not None
        return {name: value for name, value in found.values.items() if value is not None}

    def edit(self, id: str, kind: str = "client", **values: Any) -> None:
        found = self.ours.get(kind, id)
        assert found is not None
        self.ours.update(kind, id, values, found.version or "")

    def clients(self) -> dict[str, str]:
        """The id of each, by name."""
        return {str(record.values["name"]): record.id for record in self.ours.page("client", limit=200)[0]}

    # --- QuickBooks --------------------------------------------------------------------------------------------------

    def bookkeeper(self, id: str = "", **values: Any) -> str:
        """Makes a customer, or changes one, and Intuit tells of it. Returns its id."""
        told = "updated" if id else "created"
        done = self.stage.bookkeeper("Customer", **({"Id": id} if id else {}), **values)
        found = str(done["Id"])
        self.stage.told(self.stage.cloud_event("customer", found, told))
        return found

    def customer(self, id: str) -> dict[str, Any]:
        [found] = [each for each in self.stage.quickbooks_has("Customer") if each["Id"] == id]
        return found

    def names(self) -> list[str]:
        """Of all customers and jobs."""
        return sorted(each["DisplayName"] for each in self.stage.quickbooks_has("Customer"))

    # --- between -----------------------------------------------------------------------------------------------------

    def link(self, ours: str, flow: str = CUSTOMER) -> Link:
        [found] = DynamoLinks(self.stage.tenant, CONNECTION).find(flow, ours=[ours])
        return found

    def of(self, ours: str, flow: str = CUSTOMER) -> dict[str, Any]:
        """The customer of a client (or of a project), once everything has travelled."""
        self.stage.settle()
        found = self.link(ours, flow)
        assert found.theirs is not None, found
        return self.customer(found.theirs)

    def ours_of(self, theirs: str, flow: str = CUSTOMER) -> str:
        self.stage.settle()
        [found] = DynamoLinks(self.stage.tenant, CONNECTION).find(flow, theirs=[theirs])
        return found.ours

    def echoes(self) -> None:
        """Intuit tells of everything once more, and everything is pulled."""
        for each in self.stage.quickbooks_has("Customer"):
            self.stage.told(self.stage.cloud_event("customer", each["Id"]))
        self.pull()

    def insisted(self) -> int:
        """The queue hands out what failed until it is done with. Returns how often it did."""
        self.stage.edits()
        messages, times = self.stage.messages(), 1
        while self.stage.call("worker", {"Records": messages})["batchItemFailures"]:
            times += 1
            assert times < 5
        self.stage._delete(messages)
        return times

    def pull(self) -> None:
        answer = self.admin.post(f"{PATH}/sync")
        assert answer.status == 202, answer.text
        self.stage.settle()

    def questions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.admin.get(f"{PATH}/questions").body["items"]
        return found

    def answer(self, ours: str, flow: str = CUSTOMER, **said: Any) -> None:
        done = self.admin.post(f"{PATH}/questions/{flow}/{ours}/answer", said)
        assert done.status == 202, done.text
        self.stage.settle()

    def written(self) -> int:
        """How many writes QuickBooks has taken so far."""
        found = control("GET", f"{self.stage.quickbooks.url}/_sandbox/meter")
        return int(found["core"])

    def read(self) -> int:
        """How many metered reads there were so far."""
        found = control("GET", f"{self.stage.quickbooks.url}/_sandbox/meter")
        return int(found["coreplus"])


ON = (CUSTOMER, JOB, "quickbooks_online.term", "quickbooks_online.payment_method")


def chosen(on: tuple[str, ...] = ON, **settings: Any) -> dict[str, Any]:
    """Settings with these flows; the others would only take time."""
    off = {flow.name: {"off": True} for flow in flows({}) if flow.name not in on}
    return {**settings, "flows": {**off, **settings.get("flows", {})}}


def opened(stage: Stage, workspace: Workspace, admin: Person, on: tuple[str, ...] = ON, **settings: Any) -> Crm:
    stage.connect(Provider.QUICKBOOKS_ONLINE, settings=chosen(on, **settings))
    stage.settle()
    return Crm(stage, workspace, admin)


def at_rest(crm: Crm) -> None:
    """However often both sides are looked at: nothing is written any more."""
    crm.echoes()
    crm.echoes()
    before, clients = crm.written(), crm.clients()
    crm.echoes()
    assert (crm.written(), crm.clients()) == (before, clients)
