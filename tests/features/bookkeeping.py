"""A company whose lists are kept in QuickBooks, and the workspace that follows them."""

from dataclasses import dataclass
from typing import Any

from tests.stage import Stage, control
from timebridge import queue
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
        queue.send(self.stage.tenant, Provider.QUICKBOOKS_ONLINE.value, pull=queue.Pull("test"))
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

    @property
    def connection(self) -> Connection:
        return self.stage.connection(Provider.QUICKBOOKS_ONLINE.value)


def kept(stage: Stage, ours: Workspace, **settings: Any) -> Lists:
    """A live connection, with what the company holds by now."""
    stage.connect(Provider.QUICKBOOKS_ONLINE, settings=settings)
    return Lists(stage, ours)
