"""The data an org begins with. Seeded stores are kept as templates: a reset copies one."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.salesforce import rules
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.schema import all_objects
from sandbox.salesforce.store import Row, Store

BIRTH = "2026-01-05T09:00:00.000+0000"
INTEGRATION_USER = "integration@nimbus-oak.example"
SALESPERSON = "seller@nimbus-oak.example"
PACKAGE_VERSION = "1.0.0"
STAGES = [
    ("Prospecting", 10, 0, 0, "Pipeline"),
    ("Qualification", 10, 0, 0, "Pipeline"),
    ("Needs Analysis", 20, 0, 0, "Pipeline"),
    ("Value Proposition", 50, 0, 0, "Pipeline"),
    ("Id. Decision Makers", 60, 0, 0, "Pipeline"),
    ("Perception Analysis", 70, 0, 0, "Pipeline"),
    ("Proposal/Price Quote", 75, 0, 0, "Pipeline"),
    ("Negotiation/Review", 90, 0, 0, "Pipeline"),
    ("Closed Won", 100, 1, 1, "Closed"),
    ("Closed Lost", 0, 1, 0, "Omitted"),
]
USERS = [
    ("Timesheet", "Integration", INTEGRATION_USER, 1),
    ("Robin", "Vale", SALESPERSON, 1),
    ("Casey", "Brook", "casey@nimbus-oak.example", 1),
    ("Jules", "Harbour", "jules@nimbus-oak.example", 1),
    ("Sam", "Meadow", "sam@nimbus-oak.example", 1),
    ("Alex", "Former", "former@nimbus-oak.example", 0),
]
ADMIN_RIGHTS = (
    "PermissionsCustomizeApplication",
    "PermissionsManageRemoteAccess",
    "PermissionsModifyAllData",
    "PermissionsViewAllData",
)
ORGANIZATION = {
    "Name": "Nimbus & Oak Consulting (demo)",
    "OrganizationType": "Enterprise Edition",
    "IsSandbox": 1,
    "InstanceName": "SBX1",
    "TimeZoneSidKey": "Europe/London",
    "DefaultLocaleSidKey": "en_GB",
    "LanguageLocaleKey": "en_US",
    "FiscalYearStartMonth": 1,
    "DefaultOpportunityAccess": "Edit",
    "DefaultCaseAccess": "Edit",
    "DefaultAccountAccess": "Edit",
    "PreferencesRequireOpportunityProducts": 0,
    "IsReadOnly": 0,
    "Country": "GB",
}


@lru_cache(maxsize=8)
def template(data: str) -> Store:
    """The seeded store that `demo`, `empty` or a file stands for."""
    store = Store()
    seed_organisation(store)
    if data == "demo":
        from sandbox.salesforce.demo import demo

        load(store, demo())
    elif data != "empty":
        load(store, json.loads(Path(data).read_text(encoding="utf-8")))
    return store


def seed_organisation(store: Store) -> None:
    admin = make_id("005", 1)
    load(store, {"Organization": [ORGANIZATION]}, admin)
    load(store, {"User": [user_row(*user) for user in USERS]}, admin)
    for user in store.find("User", {}):
        rights = {"PermissionsApiEnabled": 1, **dict.fromkeys(ADMIN_RIGHTS, int(user["Id"] == admin))}
        load(store, {"UserPermissionAccess": [rights]}, user["Id"])
    load(store, {"OpportunityStage": [stage_row(n, *stage) for n, stage in enumerate(STAGES, 1)]}, admin)
    statuses = [("New", 1, 0), ("Working", 0, 0), ("Escalated", 0, 0), ("Closed", 0, 1)]
    load(store, {"CaseStatus": [status_row(n, *status) for n, status in enumerate(statuses, 1)]}, admin)
    load(store, {"TB_Package__mdt": [package_row(PACKAGE_VERSION)]}, admin)
    load(store, {"Group": [{"Name": "Support queue", "DeveloperName": "Support_queue", "Type": "Queue"}]}, admin)


def user_row(first: str, last: str, username: str, active: int) -> Row:
    return {
        "FirstName": first,
        "LastName": last,
        "Name": f"{first} {last}",
        "Username": username,
        "Email": username,
        "Alias": (first[:1] + last[:4]).lower(),
        "CommunityNickname": first.lower(),
        "IsActive": active,
        "UserType": "Standard",
        "TimeZoneSidKey": "Europe/London",
        "LocaleSidKey": "en_GB",
        "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
    }


def stage_row(number: int, label: str, probability: int, closed: int, won: int, category: str) -> Row:
    return {
        "MasterLabel": label,
        "ApiName": label,
        "IsActive": 1,
        "SortOrder": number,
        "IsClosed": closed,
        "IsWon": won,
        "ForecastCategory": category,
        "ForecastCategoryName": category,
        "DefaultProbability": float(probability),
    }


def status_row(number: int, label: str, default: int, closed: int) -> Row:
    return {"MasterLabel": label, "ApiName": label, "SortOrder": number, "IsDefault": default, "IsClosed": closed}


def package_row(version: str) -> Row:
    name = {"MasterLabel": "Installed", "DeveloperName": "Installed", "QualifiedApiName": "Installed"}
    return {**name, "Language": "en_US", "Version__c": version}


def load(store: Store, data: dict[str, list[dict[str, Any]]], owner: str = "") -> dict[str, list[str]]:
    """Puts records in without asking: no validation, no messages. System fields may be given; ids are made where they
    are missing. Returns the ids by object."""
    owner = owner or make_id("005", 1)
    return {name: _load_object(store, name, rows, owner) for name, rows in data.items()}


def _load_object(store: Store, name: str, rows: list[dict[str, Any]], owner: str) -> list[str]:
    sobject = all_objects()[name]
    defaults = rules.defaults(sobject, owner)
    loaded = []
    with store.transaction():
        for given in rows:
            row = {**dict.fromkeys(sobject.fields), **defaults, **given}
            row["Id"] = row["Id"] or store.new_id(sobject.prefix)
            row["CreatedDate"] = row["CreatedDate"] or row["SystemModstamp"] or BIRTH
            row["LastModifiedDate"] = row["SystemModstamp"] = row["SystemModstamp"] or row["CreatedDate"]
            row["CreatedById"] = row["LastModifiedById"] = row["LastModifiedById"] or owner
            rules.derive(store, name, row, None, row["CreatedDate"])
            loaded.append(row)
        store.insert_many(name, loaded)
    return [row["Id"] for row in loaded]
