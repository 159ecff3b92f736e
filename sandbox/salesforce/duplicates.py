"""Duplicate rules: which records an org takes for one, and merging those that are."""

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.settings import Settings
from sandbox.salesforce.store import Row, Store

HEADER = "sforce-duplicate-rule-header"
MESSAGE = "You're creating a duplicate record. We recommend you use an existing record instead."
MERGED = ("Account", "Contact", "Case")
MOST = 2
"""Losers of one merge."""


def allows(headers: Mapping[str, str]) -> bool:
    """Whether the caller wants what is saved although a rule finds a duplicate."""
    return "allowsave=true" in headers.get(HEADER, "").lower().replace(" ", "").split(";")


def check(settings: Settings, store: Store, name: str, row: Row, before: Row | None, allowed: bool) -> None:
    """Raises DUPLICATES_DETECTED. A rule: `{"name", "object", "fields", "action"}`, the action `alert` or `block`."""
    for rule in settings.duplicate_rules:
        if rule["object"] != name or (allowed and rule.get("action", "alert") == "alert"):
            continue
        if before is not None and all(before[field] == row[field] for field in rule["fields"]):
            continue
        found = [each for each in store.find(name, {"IsDeleted": 0}) if same(rule["fields"], each, row)]
        if found:
            raise detected(rule, name, [each["Id"] for each in found])


def same(fields: list[str], one: Row, other: Row) -> bool:
    keys = [(folded(one[field]), folded(other.get(field))) for field in fields]
    return one["Id"] != other.get("Id") and all(mine and mine == hers for mine, hers in keys)


def folded(value: Any) -> str:
    return " ".join(str(value or "").split()).casefold()


def detected(rule: dict[str, Any], name: str, ids: list[str]) -> SalesforceError:
    result = {
        "entityType": name,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "matchRecords": [match(name, id) for id in ids],
        "rule": f"{rule['name']}_MR",
        "size": len(ids),
        "success": True,
    }
    body = {
        "allowSave": rule.get("action", "alert") == "alert",
        "duplicateRule": rule["name"],
        "duplicateRuleEntityType": name,
        "errorMessage": MESSAGE,
        "matchResults": [result],
    }
    return SalesforceError("DUPLICATES_DETECTED", MESSAGE, extra={"duplicateResut": body})


def match(name: str, id: str) -> dict[str, Any]:
    record = {"attributes": {"type": name, "url": f"/services/data/v67.0/sobjects/{name}/{id}"}, "Id": id}
    return {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": record}


def check_merge(sobject: SObject, losers: list[str]) -> None:
    if sobject.name not in MERGED:
        raise SalesforceError("INVALID_TYPE", f"{sobject.name} records cannot be merged")
    if not 1 <= len(losers) <= MOST:
        raise SalesforceError("EXCEEDED_ID_LIMIT", f"merge takes one master and at most {MOST} other records")
