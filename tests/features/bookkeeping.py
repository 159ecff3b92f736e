"""A company whose lists are kept in QuickBooks, and the workspace that follows them."""

from dataclasses import dataclass
from typing import Any

from tests.stage import Stage, control
from timebridge import queue
from timebridge.messages import Pull
from timebridge.providers.quickbooks_online.flows import flows
from timebridge.records import Record
from timebridge.store.records import Workspace
from timebridge.tenants import Connection, Provider


@dataclass
class Lists:
    stage: Stage
    ours: Workspace

    def pulled(self) -> None:
        """The next pull of everything, after a while."""
        self.stage.quickbooks.clock.advance(2)
        queue.send(self.stage.tenant, Provider.QUICKBOOKS_ONLINE.value, pull=Pull("test"))
        self.stage.settle()

    def changed(self, entity: str, **values: Any) -> str:
        """Somebody changes a list in QuickBooks, and the pull finds it."""
        self.stage.quickbooks.clock.advance(2)
        id = str(self.stage.bookkeeper(entity, **values)["Id"])
        self.pulled()
        return id

    def all(self, kind: str) -> dict[str, Record]:
        """What the workspace has of a kind, by name."""
        return {str(record.values["name"]): record for record in self.ours.page(kind, limit=200)[0]}

    def names(self, kind: str) -> set[str]:
        return {*self.all(kind)}

    def one(self, kind: str, name: str) -> dict[str, Any]:
        return dict(self.all(kind)[name].values)

    def merged(self, entity: str, keep: str, lose: str) -> None:
        self.stage.quickbooks.clock.advance(2)
        url = f"{self.stage.quickbooks.url}/_sandbox/companies/{self.stage.realm}/{entity}/merge"
        control("POST", url, json={"keep": keep, "lose": lose})

    def customer(self, name: str, below: str = "", **values: Any) -> str:
        return customer(self.stage, name, below, **values)

    @property
    def connection(self) -> Connection:
        return self.stage.connection(Provider.QUICKBOOKS_ONLINE.value)


def customer(stage: Stage, name: str, below: str = "", **values: Any) -> str:
    """Somebody makes a customer, or a job below one."""
    job = {"Job": True, "ParentRef": {"value": below}} if below else {}
    return str(stage.bookkeeper("Customer", DisplayName=name, **job, **values)["Id"])


def kept(stage: Stage, ours: Workspace, only: tuple[str, ...] = (), **settings: Any) -> Lists:
    """A live connection, with what the company holds by now. `only`: the flows that are on, if not all of them are."""
    if only:
        off = {flow.name: {"off": True} for flow in flows({}) if flow.name.partition(".")[2] not in only}
        settings["flows"] = {**off, **settings.get("flows", {})}
    stage.connect(Provider.QUICKBOOKS_ONLINE, settings=settings)
    return Lists(stage, ours)
