"""Sellers and managers at work on the same deals, and what each of them sees."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.admin import Person
from tests.stage import Stage
from timebridge import context
from timebridge.records import Record
from timebridge.store.records import Workspace
from timebridge.tenants import Connection, Provider

BASE = "connections/salesforce"
ACCOUNT, CONTACT, OPPORTUNITY = "salesforce.account", "salesforce.contact", "salesforce.opportunity"


@dataclass
class Pipeline:
    stage: Stage
    ours: Workspace

    def connect(self, *presets: str, flows: dict[str, Any] | None = None, **settings: Any) -> Connection:
        chosen = {"presets": list(presets), "flows": flows or {}, **settings}
        return self.stage.connect(Provider.SALESFORCE, settings=chosen)

    # --- sellers

    def account(self, name: str = "Harbour Freight", **values: Any) -> str:
        return self.stage.seller("create", "Account", Name=name, **values)

    def deal(self, account: str, stage: str = "Closed Won", name: str = "Crane controls", **values: Any) -> str:
        values = {"AccountId": account, "StageName": stage, "CloseDate": "2026-12-01", "Name": name, **values}
        return self.stage.seller("create", "Opportunity", **values)

    def edited(self, object: str, id: str, **values: Any) -> None:
        """A seller edits a record, Salesforce tells of it, and everything travels."""
        self.stage.seller("update", object, id, **values)
        self.told(object, id)

    def told(self, object: str, *ids: str) -> None:
        self.stage.noticed(object, *ids)
        self.stage.settle()

    def row(self, object: str, id: str = "") -> dict[str, Any]:
        """The record with this id, or the only one there is."""
        [found] = self.stage.salesforce_has(object, **({"Id": id} if id else {}))
        return found

    # --- managers

    def client(self, name: str = "Harbour Freight", **values: Any) -> Record:
        return self.made("client", name=name, **values)

    def project(self, client: Record, name: str = "Crane controls", **values: Any) -> Record:
        return self.made("project", client=client.id, name=name, **values)

    def made(self, kind: str, **values: Any) -> Record:
        found = self.ours.create(kind, values)
        self.stage.settle()
        return found

    def changed(self, record: Record, kind: str = "project", **values: Any) -> Record:
        """A manager edits a record, and everything travels."""
        fresh = self.ours.get(kind, record.id)
        assert fresh is not None
        found = self.ours.update(kind, record.id, values, fresh.version or "")
        self.stage.settle()
        return found

    def all(self, kind: str) -> list[Record]:
        return list(self.ours.page(kind)[0])

    def only(self, kind: str) -> Record:
        [found] = self.all(kind)
        return found

    # --- timebridge

    def hour_passed(self) -> None:
        """The schedule finds the connection due, and the pull it asks for runs."""
        connection = self.stage.connection("salesforce")
        context.changed(connection, next_pull=datetime.now(UTC) - timedelta(minutes=1))
        self.stage.call("schedule", {})
        self.stage.work()

    def counts(self, admin: Person) -> dict[str, int]:
        """What the latest run did, as its log says; what it did nothing of is left out."""
        latest = admin.get(f"{BASE}/runs").body["items"][0]["counts"]
        return {name: count for name, count in latest.items() if count and name not in ("seen", "calls")}

    def settings(self, admin: Person, **settings: Any) -> None:
        """An administrator changes the settings of the live connection."""
        revision = admin.get(BASE).body["revision"]
        answer = admin.patch(BASE, {"settings": settings, "revision": revision})
        assert answer.status == 200, answer.text

    def drift(self, admin: Person) -> set[tuple[str, str]]:
        """What the drift report finds: the fields that differ, and why."""
        run = admin.post(f"{BASE}/verify").body["run"]
        self.stage.work()
        found = admin.get(f"{BASE}/runs/{run}/differences").body["items"]
        return {(line["field"], line["why"]) for each in found for line in each["differences"]}
