"""The objects and fields of the org: read from `objects.toml`, less what an administrator has hidden."""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from sandbox.salesforce.errors import unknown_object

SPEC = re.compile(r"(?P<type>\w+)(?:\((?P<size>[^)]*)\))?\s*(?P<flags>[A-Z]*)(?P<options>(?:\s+\w+=\S+)*)$")
SYSTEM_FIELDS = {
    "Id": "id(18) FSLD",
    "IsDeleted": "boolean FSD label=Deleted",
    "CreatedDate": "datetime FSD",
    "CreatedById": "reference(User) FSD",
    "LastModifiedDate": "datetime FSD",
    "LastModifiedById": "reference(User) FSD",
    "SystemModstamp": "datetime FSD",
}
TEXT_TYPES = {"string", "textarea", "picklist", "combobox", "email", "phone", "url"}
NUMBER_TYPES = {"double", "currency", "percent", "int"}
ADDRESS_PARTS = ("City", "Country", "Latitude", "Longitude", "PostalCode", "State", "Street")
PACKAGE_PREFIX = "TB_"
SETUP_SUFFIX = "__mdt"


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    size: str = ""
    flags: str = ""
    options: dict[str, str] = field(default_factory=dict, hash=False)
    picklist: tuple[str, ...] = ()

    @classmethod
    def parse(cls, name: str, spec: str, picklist: list[str] | None) -> "Field":
        match = SPEC.match(spec)
        if match is None:
            raise ValueError(f"objects.toml: cannot read the field {name}: {spec}")
        options = dict(option.split("=", 1) for option in match["options"].split())
        options = {
            key: value.replace("_", " ") if key in ("label", "default") else value for key, value in options.items()
        }
        return cls(name, match["type"], match["size"] or "", match["flags"], options, tuple(picklist or ()))

    def has(self, flag: str) -> bool:
        return flag in self.flags

    @cached_property
    def label(self) -> str:
        if "label" in self.options:
            return self.options["label"]
        words = self.name.removesuffix("__c").removeprefix(PACKAGE_PREFIX).replace("_", " ")
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words)
        return f"{words[:-3]} ID" if self.name.endswith("Id") and words.endswith(" Id") else words

    @cached_property
    def length(self) -> int:
        return int(self.size) if self.type in TEXT_TYPES or self.type == "id" else 18 if self.type == "reference" else 0

    @cached_property
    def precision(self) -> int:
        return int(self.size.split(",")[0]) if self.type in NUMBER_TYPES else 0

    @cached_property
    def scale(self) -> int:
        return int(self.size.split(",")[1]) if "," in self.size and self.type in NUMBER_TYPES else 0

    @cached_property
    def refers_to(self) -> tuple[str, ...]:
        return tuple(self.size.split(",")) if self.type == "reference" else ()

    @cached_property
    def relationship(self) -> str | None:
        """`Account` for AccountId, `Opportunity__r` for Opportunity__c."""
        if self.type != "reference":
            return None
        return self.name[:-1] + "r" if self.name.endswith("__c") else self.name.removesuffix("Id")

    @property
    def required(self) -> bool:
        return self.has("R")

    @property
    def external_id(self) -> bool:
        return self.has("X")

    @property
    def is_key(self) -> bool:
        """Usable in an upsert: an external id, or a standard idLookup field."""
        return self.has("X") or self.has("L")

    @property
    def case_sensitive(self) -> bool:
        return self.type in ("id", "reference") or self.external_id

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def stored(self) -> bool:
        return self.type != "address"


@dataclass(frozen=True)
class SObject:
    name: str
    label: str
    plural: str
    prefix: str
    readonly: bool
    fields: dict[str, Field] = field(hash=False)

    @cached_property
    def by_lower_name(self) -> dict[str, Field]:
        return {name.lower(): each for name, each in self.fields.items()}

    @cached_property
    def by_relationship(self) -> dict[str, Field]:
        return {each.relationship.lower(): each for each in self.fields.values() if each.relationship}

    @cached_property
    def required(self) -> list[str]:
        return [each.name for each in self.fields.values() if each.required]

    @cached_property
    def unique(self) -> list[Field]:
        return [each for each in self.fields.values() if each.external_id]

    @cached_property
    def name_field(self) -> str:
        return next((each.name for each in self.fields.values() if each.has("M")), "Id")

    @property
    def custom(self) -> bool:
        return self.name.endswith(("__c", SETUP_SUFFIX))

    def field(self, name: str) -> Field | None:
        return self.by_lower_name.get(name.lower())


def parse_object(name: str, data: dict[str, Any]) -> SObject:
    lists = data.get("picklists", {})
    specs = {**SYSTEM_FIELDS, **data["fields"]}
    fields = {each: Field.parse(each, spec, lists.get(each)) for each, spec in specs.items()}
    label = data.get("label", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    return SObject(name, label, data["plural"], data["prefix"], data.get("readonly", False), fields)


@lru_cache(maxsize=1)
def all_objects() -> dict[str, SObject]:
    text = Path(__file__).with_name("objects.toml").read_text(encoding="utf-8")
    return {name: parse_object(name, data) for name, data in tomllib.loads(text).items()}


@dataclass(frozen=True)
class ChildRelationship:
    name: str
    child: SObject
    field: Field


class Catalog:
    """What API users see: every object and field but the hidden ones (`Account`, `Account.Phone`)."""

    def __init__(self, hidden: set[str]) -> None:
        self.objects: dict[str, SObject] = {}
        for name, each in all_objects().items():
            if name not in hidden:
                gone = {key for key in each.fields if f"{name}.{key}" in hidden} | never_shown(name)
                kept = {key: value for key, value in each.fields.items() if key not in gone}
                self.objects[name] = SObject(name, each.label, each.plural, each.prefix, each.readonly, kept)
        self._by_lower_name = {name.lower(): each for name, each in self.objects.items()}
        self._by_prefix = {each.prefix: each for each in reversed(self.objects.values())}

    def get(self, name: str) -> SObject | None:
        return self._by_lower_name.get(name.lower())

    def object(self, name: str) -> SObject:
        """As a REST path names it: 404 when there is none."""
        found = self.get(name)
        if found is None:
            raise unknown_object()
        return found

    def by_id(self, id: str) -> SObject | None:
        return self._by_prefix.get(id[:3])

    def children(self, parent: SObject) -> list[ChildRelationship]:
        return [
            ChildRelationship(each.options["child"], child, each)
            for child in self.objects.values()
            for each in child.fields.values()
            if "child" in each.options and parent.name in each.refers_to
        ]


def never_shown(name: str) -> set[str]:
    """Records of a custom metadata type are part of the org's configuration: they have no owner, author or stamp. No
    more has what a user may do."""
    of_setup = name.endswith(SETUP_SUFFIX) or name == "UserPermissionAccess"
    return SYSTEM_FIELDS.keys() - {"Id"} if of_setup else set()


def currencies() -> set[str]:
    """What an org with a single currency does not have, in the words of `Catalog`'s hidden set."""
    return {f"{name}.CurrencyIsoCode" for name, each in all_objects().items() if "CurrencyIsoCode" in each.fields}


def package_parts() -> set[str]:
    """Everything our package brings to the org, in the words of `Catalog`'s hidden set."""
    objects = all_objects()
    parts = {name for name in objects if name.startswith(PACKAGE_PREFIX)}
    return parts | {f"{n}.{f}" for n, o in objects.items() for f in o.fields if f.startswith(PACKAGE_PREFIX)}
