"""What the standard objects do by themselves: defaults, stages, numbers, names; and refusals a test has ordered."""

from collections.abc import Callable
from typing import Any

from sandbox.salesforce import errors
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.settings import Settings
from sandbox.salesforce.store import Row, Store

CATEGORY_NAMES = {
    "Pipeline": "Pipeline",
    "BestCase": "Best Case",
    "Forecast": "Commit",
    "Closed": "Closed",
    "Omitted": "Omitted",
}


def defaults(sobject: SObject, actor: str) -> Row:
    """Values a new record gets for what its creator left out."""
    row: Row = {each.name: 0 for each in sobject.fields.values() if each.type == "boolean"}
    row |= {each.name: each.options["default"] for each in sobject.fields.values() if "default" in each.options}
    if "OwnerId" in sobject.fields:
        row["OwnerId"] = actor
    return row


def derive(store: Store, name: str, row: Row, before: Row | None, now: str) -> None:
    """Fills the fields of `row` that follow from others. `before` is None when the record is new."""
    rule = DERIVED.get(name)
    if rule:
        rule(store, row, before, now)


def opportunity(store: Store, row: Row, before: Row | None, now: str) -> None:
    if before is None or row["StageName"] != before["StageName"]:
        enter_stage(store, row, before, now)
    row["ExpectedRevenue"] = expected_revenue(row)
    year, month = int(row["CloseDate"][:4]), int(row["CloseDate"][5:7])
    quarter = (month - 1) // 3 + 1
    row |= {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}
    row["ContactId"] = None


def expected_revenue(row: Row) -> float | None:
    if row.get("Amount") is None or row.get("Probability") is None:
        return None
    return float(round(row["Amount"] * row["Probability"] / 100, 2))


def enter_stage(store: Store, row: Row, before: Row | None, now: str) -> None:
    """A stage decides about closed, won, probability and forecast, unless the same write sets the latter two itself."""
    found = store.find("OpportunityStage", {"MasterLabel": row["StageName"], "IsDeleted": 0})
    stage: Row = (
        found[0] if found else {"IsClosed": 0, "IsWon": 0, "DefaultProbability": 0.0, "ForecastCategory": "Pipeline"}
    )
    row |= {"IsClosed": stage["IsClosed"], "IsWon": stage["IsWon"], "ForecastCategory": stage["ForecastCategory"]}
    old = before or {}
    if row.get("Probability") is None or (before and row["Probability"] == old["Probability"]):
        row["Probability"] = stage["DefaultProbability"]
    if row.get("ForecastCategoryName") is None or (
        before and row["ForecastCategoryName"] == old["ForecastCategoryName"]
    ):
        row["ForecastCategoryName"] = CATEGORY_NAMES[stage["ForecastCategory"]]
    if before:
        row["LastStageChangeDate"] = now


def check_stage(store: Store, name: str, row: Row) -> None:
    if name == "Opportunity" and not store.find("OpportunityStage", {"MasterLabel": row["StageName"], "IsDeleted": 0}):
        raise errors.bad_picklist("StageName", row["StageName"])


def case(store: Store, row: Row, before: Row | None, now: str) -> None:
    if before is None:
        row["CaseNumber"] = f"{store.next_number('CaseNumber') + 1000:08d}"
    contact = store.get("Contact", row["ContactId"]) if row.get("ContactId") else None
    if contact and row.get("AccountId") is None:
        row["AccountId"] = contact["AccountId"]
    copies = {"ContactPhone": "Phone", "ContactMobile": "MobilePhone", "ContactEmail": "Email", "ContactFax": "Fax"}
    row |= {copy: contact[source] if contact else None for copy, source in copies.items()}
    found = store.find("CaseStatus", {"MasterLabel": row["Status"], "IsDeleted": 0})
    row["IsClosed"] = found[0]["IsClosed"] if found else 0
    if row["IsClosed"] and not (before and before["IsClosed"]):
        row["ClosedDate"] = now
    elif not row["IsClosed"]:
        row["ClosedDate"] = None


def contact(_store: Store, row: Row, _before: Row | None, _now: str) -> None:
    row["Name"] = " ".join(part for part in (row.get("FirstName"), row["LastName"]) if part)


def task(_store: Store, row: Row, _before: Row | None, _now: str) -> None:
    row["IsClosed"] = int(row["Status"] == "Completed")
    row["IsHighPriority"] = int(row["Priority"] == "High")


def numbered(name: str, prefix: str) -> Callable[[Store, Row, Row | None, str], None]:
    """An auto-number as the record's name."""

    def rule(store: Store, row: Row, before: Row | None, _now: str) -> None:
        if before is None:
            row["Name"] = f"{prefix}-{store.next_number(name):06d}"

    return rule


DERIVED = {
    "Opportunity": opportunity,
    "Case": case,
    "Contact": contact,
    "Task": task,
    "TB_Time_Entry__c": numbered("TB_Time_Entry__c", "TE"),
    "TB_Team_Member__c": numbered("TB_Team_Member__c", "TM"),
    "TB_Invoice__c": numbered("TB_Invoice__c", "TI"),
    "TB_Payment__c": numbered("TB_Payment__c", "TP"),
}


def refuse(settings: Settings, name: str, row: Row, before: Row | None) -> None:
    """Raises what a test has ordered: a validation rule, a locked row, a failed flow, a duplicate rule."""
    for order in settings.refusals:
        if order["object"] == name and order.get("times", 1) and fits(order, row, before):
            if "times" in order:
                order["times"] -= 1
            raise errors.SalesforceError(
                order["code"], order["message"], order.get("fields", []), order.get("status", 400), order.get("extra")
            )


def fits(order: dict[str, Any], row: Row, before: Row | None) -> bool:
    if order.get("id") and (before is None or before["Id"] != order["id"]):
        return False
    return all(row.get(name) == value for name, value in order.get("where", {}).items())
