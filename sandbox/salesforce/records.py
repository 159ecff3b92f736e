"""Creating, changing and deleting records, with everything Salesforce checks on the way."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.salesforce import duplicates, errors, rules, sharing
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.schema import Catalog, Field, SObject, all_objects
from sandbox.salesforce.settings import Settings
from sandbox.salesforce.store import Row, Store
from sandbox.salesforce.values import read_datetime, stamp, to_stored

type Values = dict[str, Any]


class Records:
    """`actor` is the id of the user who writes; `at` back-dates a write that commits late. With `shares` they
    reach only what is shared with them."""

    def __init__(
        self, store: Store, catalog: Catalog, clock: Clock, settings: Settings, *, shares: bool = True
    ) -> None:
        self.store, self.catalog, self.clock, self.settings, self.shares = store, catalog, clock, settings, shares
        self.allows_duplicates = False
        self.on_change: Callable[[str, str], None] = lambda _sobject, _id: None

    def create(self, sobject: SObject, values: Values, actor: str, at: datetime | None = None, id: str = "") -> str:
        self._refuse_readonly(sobject)
        row = self._converted(sobject, values, "C")
        lacking = [name for name in sobject.required if row.get(name) is None]
        if lacking:
            raise errors.missing(lacking)
        row = self._defaulted(sobject, row, actor)
        self._check(sobject, row, None)
        row["Id"] = id or self.store.new_id(sobject.prefix)
        now = stamp(at or self.clock.now())
        row |= {"CreatedDate": now, "CreatedById": actor, "IsDeleted": 0}
        row |= {"LastModifiedDate": now, "LastModifiedById": actor, "SystemModstamp": now}
        rules.derive(self.store, sobject.name, row, None, now)
        self.store.insert(sobject.name, row)
        self.on_change(sobject.name, row["Id"])
        return str(row["Id"])

    def update(self, sobject: SObject, id: str, values: Values, actor: str, at: datetime | None = None) -> None:
        self._refuse_readonly(sobject)
        before = self._reached(sobject, id, actor)
        changes = self._converted(sobject, values, "U")
        cleared = [name for name in sobject.required if name in changes and changes[name] is None]
        if cleared:
            raise errors.missing(cleared)
        after = before | changes
        self._check(sobject, after, before)
        now = stamp(at or self.clock.now())
        after |= {"LastModifiedDate": now, "LastModifiedById": actor, "SystemModstamp": now}
        rules.derive(self.store, sobject.name, after, before, now)
        self.store.update(sobject.name, before["Id"], {k: v for k, v in after.items() if v != before[k]})
        self.on_change(sobject.name, before["Id"])

    def delete(self, sobject: SObject, id: str, actor: str, at: datetime | None = None) -> None:
        self._refuse_readonly(sobject)
        row = self._reached(sobject, id, actor)
        now = stamp(at or self.clock.now())
        with self.store.transaction():
            self._bury(sobject, row["Id"], actor, now)

    def _reached(self, sobject: SObject, id: str, actor: str) -> Row:
        row = self.existing(sobject, id)
        if self.shares:
            sharing.check(sobject, row, actor, self.settings)
        return row

    def _bury(self, sobject: SObject, id: str, actor: str, now: str) -> None:
        marks = {"IsDeleted": 1, "LastModifiedDate": now, "LastModifiedById": actor, "SystemModstamp": now}
        self.store.update(sobject.name, id, marks)
        for name, child in all_objects().items():
            for field in child.fields.values():
                if sobject.name in field.refers_to and "child" in field.options:
                    self._release(name, child, field, id, actor, now)

    def _release(self, name: str, child: SObject, field: Field, id: str, actor: str, now: str) -> None:
        """Children follow their parent into the recycle bin, or lose their reference to it."""
        for row in self.store.find(name, {field.name: id, "IsDeleted": 0}):
            if field.options.get("cascade"):
                self._bury(child, row["Id"], actor, now)
            else:
                stamps = {"LastModifiedDate": now, "LastModifiedById": actor, "SystemModstamp": now}
                self.store.update(name, row["Id"], {field.name: None, **stamps})

    def undelete(self, sobject: SObject, id: str, actor: str) -> None:
        row = self.store.get(sobject.name, id)
        if row is None or not row["IsDeleted"]:
            raise errors.SalesforceError("UNDELETE_FAILED", "entity is not in the recycle bin", [])
        now = stamp(self.clock.now())
        stamps = {"LastModifiedDate": now, "LastModifiedById": actor, "SystemModstamp": now}
        self.store.update(sobject.name, id, {"IsDeleted": 0, **stamps})
        self.on_change(sobject.name, id)

    def merge(self, sobject: SObject, id: str, losers: list[str], actor: str, at: datetime | None = None) -> None:
        """What belonged to the losers belongs to the master; they go to the recycle bin and say into whom."""
        duplicates.check_merge(sobject, losers)
        master = self.existing(sobject, id)
        now = stamp(at or self.clock.now())
        marks = {"LastModifiedDate": now, "LastModifiedById": actor, "SystemModstamp": now}
        for loser in [self.existing(sobject, each) for each in losers]:
            self._hand_over(sobject, loser["Id"], master["Id"], marks)
            self.store.update(sobject.name, loser["Id"], {"IsDeleted": 1, "MasterRecordId": master["Id"], **marks})
        self.store.update(sobject.name, master["Id"], marks)
        self.on_change(sobject.name, master["Id"])

    def _hand_over(self, sobject: SObject, loser: str, master: str, marks: Row) -> None:
        for name, child in all_objects().items():
            for field in child.fields.values():
                if sobject.name in field.refers_to and field.stored and field.name != "MasterRecordId":
                    for row in self.store.find(name, {field.name: loser}):
                        self.store.update(name, row["Id"], {field.name: master, **marks})
                        self.on_change(name, row["Id"])

    def upsert(
        self, sobject: SObject, key: str, value: Any, values: Values, actor: str, update_only: bool = False
    ) -> tuple[str, bool]:
        """The id of the record that has `value` in the key field, and whether it had to be created."""
        field = self.key_field(sobject, key)
        if field.name == "Id":
            if value is None:
                return self.create(sobject, values, actor), True
            self.update(sobject, str(value), values, actor)
            return normalise(str(value)) or "", False
        found = self.by_key(sobject, field, value)
        if len(found) > 1:
            raise Ambiguous([row["Id"] for row in found])
        if found:
            self.update(sobject, found[0]["Id"], values, actor)
            return str(found[0]["Id"]), False
        if update_only:
            raise errors.not_found()
        return self.create(sobject, {**values, field.name: value}, actor), True

    def key_field(self, sobject: SObject, key: str) -> Field:
        field = sobject.field(key)
        if field is None or not field.is_key:
            raise errors.unknown_external_field(key)
        return field

    def by_key(self, sobject: SObject, field: Field, value: Any) -> list[Row]:
        stored = to_stored(field, value)
        if stored is None:
            message = f"{field.name} not specified"
            raise errors.SalesforceError("MISSING_ARGUMENT", message, [])
        return self.store.find(sobject.name, {field.name: stored, "IsDeleted": 0})

    def existing(self, sobject: SObject, id: str) -> Row:
        full = normalise(id)
        if full is None:
            raise errors.malformed_id(id)
        row = self.store.get(sobject.name, full)
        if row is None:
            raise errors.not_found()
        if row["IsDeleted"]:
            raise errors.deleted()
        return row

    def unchanged_since(self, sobject: SObject, id: str, moment: datetime) -> bool:
        changed = read_datetime(self.existing(sobject, id)["SystemModstamp"])
        return changed is not None and changed <= moment

    def _refuse_readonly(self, sobject: SObject) -> None:
        if sobject.readonly:
            message = "entity type cannot be inserted, updated or deleted"
            raise errors.SalesforceError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"{message}: {sobject.label}", [])

    def _converted(self, sobject: SObject, values: Values, flag: str) -> Row:
        row: Row = {}
        refused: list[str] = []
        for name, value in values.items():
            if name == "attributes":
                continue
            field = sobject.field(name)
            if field is None:
                row |= self._by_parent_key(sobject, name, value)
            elif not field.has(flag):
                refused.append(field.name)
            else:
                row[field.name] = to_stored(field, value)
        if refused:
            raise errors.read_only(refused)
        return row

    def _by_parent_key(self, sobject: SObject, name: str, value: Any) -> Row:
        """`"Account": {"TB_External_Id__c": "42"}` instead of AccountId."""
        field = sobject.by_relationship.get(name.lower())
        if field is None or not isinstance(value, dict):
            raise errors.unknown_column(name, sobject.name)
        attributes = value.get("attributes")
        wanted = attributes.get("type") if isinstance(attributes, dict) else field.refers_to[0]
        parent = self.catalog.get(str(wanted))
        keys = [key for key in value if key != "attributes"]
        if parent is None or wanted not in field.refers_to or len(keys) != 1:
            raise errors.unknown_column(name, sobject.name)
        key = parent.field(keys[0])
        if key is None or not key.is_key:
            raise errors.unknown_column(keys[0], parent.name)
        found = self.by_key(parent, key, value[keys[0]])
        if len(found) != 1:
            text = f"Foreign key external ID: {value[keys[0]]} not found for field {key.name} in entity {parent.name}"
            raise errors.SalesforceError("INVALID_FIELD", text, [])
        return {field.name: found[0]["Id"]}

    def _defaulted(self, sobject: SObject, row: Row, actor: str) -> Row:
        given = {name: value for name, value in row.items() if value is not None}
        return {**row, **rules.defaults(sobject, actor), **given}

    def _check(self, sobject: SObject, row: Row, before: Row | None) -> None:
        for name, value in row.items():
            if value is not None and (before is None or before.get(name) != value):
                field = sobject.fields.get(name)
                if field and field.refers_to:
                    self._check_reference(sobject, field, value)
        if self.settings.restricted_stages:
            rules.check_stage(self.store, sobject.name, row)
        for field in sobject.unique:
            self._check_unique(sobject, field, row, before)
        duplicates.check(self.settings, self.store, sobject.name, row, before, self.allows_duplicates)
        rules.refuse(self.settings, sobject.name, row, before)

    def _check_reference(self, sobject: SObject, field: Field, id: str) -> None:
        targets = (all_objects()[name] for name in field.refers_to if name in all_objects())
        target = next((each for each in targets if id.startswith(each.prefix)), None)
        if target is None:
            raise errors.wrong_id_type(field.label, field.name, id)
        row = self.store.get(target.name, id)
        if row is None:
            raise errors.invalid_reference(field.name)
        if row["IsDeleted"]:
            raise errors.deleted()
        if field.name == "OwnerId" and target.name == "User" and not row["IsActive"]:
            message = f"operation performed with inactive user [{id}] as owner of {sobject.name.lower()}"
            raise errors.SalesforceError("INACTIVE_OWNER_OR_USER", message, ["OwnerId"])

    def _check_unique(self, sobject: SObject, field: Field, row: Row, before: Row | None) -> None:
        value = row.get(field.name)
        if value is None or (before and before[field.name] == value):
            return
        for other in self.store.find(sobject.name, {field.name: value, "IsDeleted": 0}):
            if before is None or other["Id"] != before["Id"]:
                raise errors.duplicate_value(field.name, other["Id"][:15])


class Ambiguous(Exception):
    """More than one record has this key."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__(f"{len(ids)} records have this key")
        self.ids = ids
