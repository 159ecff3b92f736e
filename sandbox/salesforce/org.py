"""One Salesforce org: its data, its switches, and the person who acts in it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.clock import Clock
from sandbox.salesforce import seed
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.outbound import Outbound
from sandbox.salesforce.query import Queries
from sandbox.salesforce.records import Records, Values
from sandbox.salesforce.schema import Catalog, all_objects, currencies
from sandbox.salesforce.settings import Settings
from sandbox.salesforce.sharing import PERMISSIONS
from sandbox.salesforce.store import Store

FILE = "salesforce.sqlite"


class Org:
    """`data` is demo, empty, or the path of a JSON file of records by object."""

    def __init__(self, clock: Clock, data: str = "empty", state_dir: Path | None = None) -> None:
        self.clock, self.data = clock, data
        self.defaults: dict[str, Any] = {}
        self.url = ""
        if state_dir:
            state_dir.mkdir(parents=True, exist_ok=True)
        self.store = Store(state_dir / FILE if state_dir else None)
        if self.store.is_new:
            self.store.copy_from(seed.template(data))
        self._wire()

    def _wire(self) -> None:
        self.settings = Settings.load(self.store)
        for name, value in self.defaults.items():
            setattr(self.settings, name, value)
        self.queries = Queries(self.store, self.settings)
        self.outbound = Outbound(self.store, self.settings, self.clock)
        self.show_schema()

    def show_schema(self) -> None:
        """Takes up a change of what is hidden."""
        absent = set() if self.settings.multi_currency else currencies()
        self.catalog = Catalog(set(self.settings.hidden) | absent)
        everything = Catalog(absent)
        self.schema_changed = datetime.now(UTC) if self.settings.hidden else datetime(2026, 1, 1, tzinfo=UTC)
        self.records = Records(self.store, self.catalog, self.clock, self.settings)
        self.person = Records(self.store, everything, self.clock, self.settings, shares=False)
        self.person.allows_duplicates = True
        self.records.on_change = self.person.on_change = self._changed
        self.outbound.catalog = everything

    def _changed(self, sobject: str, id: str) -> None:
        self.outbound.notice(sobject, id)
        if sobject == "PermissionSetAssignment":
            from sandbox.salesforce.deploy import assigned

            assigned(self, id)

    def add(self, name: str, values: Values) -> str:
        """A record that is no user's work."""
        [id] = seed.load(self.store, {name: [values]}, self.admin)[name]
        return id

    def reset(self) -> None:
        """Back to the seed, with fresh switches; what the constructor was given stays."""
        self.store.copy_from(seed.template(self.data))
        self._wire()
        self.save()

    def save(self) -> None:
        self.settings.save(self.store)

    @property
    def id(self) -> str:
        return str(self.store.find("Organization", {})[0]["Id"])

    @property
    def admin(self) -> str:
        return str(self.store.find("User", {"Username": seed.INTEGRATION_USER})[0]["Id"])

    @property
    def salesperson(self) -> str:
        return str(self.store.find("User", {"Username": seed.SALESPERSON})[0]["Id"])

    def may(self, user: str, permission: str) -> bool:
        found = self.store.find(PERMISSIONS, {"CreatedById": user})
        return any(row[f"Permissions{permission}"] for row in found)

    @property
    def instance_url(self) -> str:
        return self.settings.instance_url or self.url

    def act(self, verb: str, name: str, values: Values, id: str = "", after: float | None = None) -> str:
        """What a person does in the org: create, update, delete, undelete or merge. With `after`, the transaction
        begins now, stamps its records now, and becomes visible that many seconds later."""
        seconds = self.settings.late_seconds if after is None else after
        if verb == "create" and seconds:
            id = self.store.new_id(all_objects()[name].prefix)
        work = {"verb": verb, "name": name, "values": values, "id": id, "at": self.clock.now().isoformat()}
        if not seconds:
            with self.store.transaction():
                return self._perform(work)
        self._rehearse(work)
        due = (self.clock.now() + timedelta(seconds=seconds)).timestamp()
        self.store.db.execute("INSERT INTO _late (due, body) VALUES (?, ?)", (due, json.dumps(work)))
        return id

    def _perform(self, work: dict[str, Any]) -> str:
        sobject, at = self.person.catalog.object(work["name"]), datetime.fromisoformat(work["at"])
        actor, id, values = self.salesperson, work["id"], work["values"]
        if work["verb"] == "create":
            return self.person.create(sobject, values, actor, at, id)
        if work["verb"] == "update":
            self.person.update(sobject, id, values, actor, at)
        elif work["verb"] == "merge":
            self.person.merge(sobject, id, values["losers"], actor, at)
        elif work["verb"] == "delete":
            self.person.delete(sobject, id, actor, at)
        else:
            self.person.undelete(sobject, id, actor)
        return str(id)

    def _rehearse(self, work: dict[str, Any]) -> None:
        """Refuses now what could not commit later."""
        try:
            with self.store.transaction():
                self._perform(work)
                raise Rehearsed
        except Rehearsed:
            pass

    def commit_late(self) -> None:
        """Makes late transactions visible whose time has come."""
        due = self.clock.now().timestamp()
        for number, body in self.store.db.execute("SELECT number, body FROM _late WHERE due <= ?", (due,)).fetchall():
            self.store.db.execute("DELETE FROM _late WHERE number = ?", (number,))
            try:
                with self.store.transaction():
                    self._perform(json.loads(body))
            except SalesforceError:
                continue  # another transaction came first: this one rolls back, as in the real thing


class Rehearsed(Exception):
    """The rehearsal went well, and is undone."""
