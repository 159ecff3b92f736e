"""The package that a customer's org installs: which version we need, and what of it an org has.

Its source is `salesforce/force-app`, and travels with this package (`source` is a link to it), so that administrators
get it from the API. An org tells its version in the custom metadata record `TB_Package.Installed`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from timebridge.errors import Disconnected
from timebridge.providers.provider import App
from timebridge.tenants import Connection, Grants

if TYPE_CHECKING:
    from timebridge.providers.salesforce.client import Answer
    from timebridge.providers.salesforce.schema import ObjectFacts

VERSION = "1.0.0"
SOURCE = Path(__file__).with_name("source")
PERMISSION_SET = "timebridge_integration"
CONFIGURATION = "__mdt"
VERSION_QUERY = "SELECT Version__c FROM TB_Package__mdt WHERE DeveloperName = 'Installed'"

INSTALL = "Install it as the guide of this connection says (GET …/guide), assign its permission set, then resume."
UPGRADE = "Install the version of this connection's guide (GET …/guide) over it; what is recorded stays."
ASSIGN = f"Assign the permission set {PERMISSION_SET} to the user who connected."


class State(StrEnum):
    CURRENT = "current"
    OLDER = "older"
    HIDDEN = "hidden"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Package:
    """What an org has of it. `version`: None when it does not say. `lacking`: objects and fields ("Account.X__c") that
    are not there, or that our user may not see or write."""

    state: State
    version: str | None
    lacking: tuple[str, ...] = ()

    @property
    def reason(self) -> str | None:
        if self.state is State.MISSING:
            return "The timebridge package is not installed in your Salesforce org."
        if self.state is State.OLDER:
            return f"Version {self.version} of the timebridge package is installed; {VERSION} is needed."
        if self.state is State.HIDDEN:
            return f"Our Salesforce user may not use these parts of the timebridge package: {', '.join(self.lacking)}."
        return None

    @property
    def remedy(self) -> str | None:
        return {State.MISSING: INSTALL, State.OLDER: UPGRADE, State.HIDDEN: ASSIGN}.get(self.state)


@cache
def parts() -> Mapping[str, tuple[str, ...]]:
    """The fields that the package brings, by object; its configuration is left out."""
    found = sorted(SOURCE.glob("main/default/objects/*/fields/*.field-meta.xml"))
    names = sorted({file.parts[-3] for file in found if not file.parts[-3].endswith(CONFIGURATION)})
    return {name: tuple(file.name.partition(".")[0] for file in found if file.parts[-3] == name) for name in names}


def installed(app: App, grants: Grants, connection: Connection) -> Package:
    """Ask the org, in two calls. Raises what the client raises."""
    from timebridge.flows import Flows
    from timebridge.providers.salesforce import schema
    from timebridge.providers.salesforce.client import query
    from timebridge.providers.salesforce.side import open_side

    client = open_side(app, grants, connection, Flows(())).client
    [answer] = client.composite([query(VERSION_QUERY)], repeatable=True)
    lacking = [
        part for name, found in schema.objects(client, parts(), fresh=True).items() for part in gone(name, found)
    ]
    return judged(_version(answer), lacking)


def gone(name: str, found: "ObjectFacts | None") -> list[str]:
    """What our user cannot use of an object; its name alone when they cannot see the object at all."""
    if found is None:
        return [name]
    usable = {each.name for each in found.fields.values() if each.createable or each.updateable}
    return [f"{name}.{field}" for field in parts()[name] if field not in usable]


def judged(version: str | None, lacking: Collection[str]) -> Package:
    ours = {name for name in parts() if name.endswith("__c")} | {
        f"{name}.{field}" for name, fields in parts().items() if not name.endswith("__c") for field in fields
    }
    if version is None and ours <= {*lacking}:
        state = State.MISSING
    elif version is not None and _number(version) < _number(VERSION):
        state = State.OLDER
    else:
        state = State.HIDDEN if lacking else State.CURRENT
    return Package(state, version, tuple(lacking))


def _version(answer: "Answer") -> str | None:
    from timebridge.providers.salesforce.client import page_of

    try:
        records = page_of(answer)["records"]
    except Disconnected:
        return None  # there is no such type, or our user may not see it: the parts themselves will tell
    return str(records[0]["Version__c"]) if records else None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))
