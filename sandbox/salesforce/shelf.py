"""What the web pages of the sandbox show of the org."""

from typing import Any

from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import SObject, all_objects
from sandbox.salesforce.store import quoted
from sandbox.salesforce.values import to_json

COLUMNS = {
    "Account": ["Name", "Type", "Industry", "BillingCity", "TB_External_Id__c"],
    "Contact": ["Name", "Email", "AccountId"],
    "Opportunity": [
        "Name",
        "StageName",
        "Amount",
        "CloseDate",
        "TB_Total_Hours__c",
        "TB_Status__c",
        "TB_External_Id__c",
    ],
    "Case": ["CaseNumber", "Subject", "Status", "Priority", "AccountId"],
    "User": ["Name", "Username", "IsActive"],
    "TB_Time_Entry__c": ["Name", "Person_Name__c", "Work_Date__c", "Hours__c", "Status__c", "Opportunity__c"],
    "TB_Team_Member__c": ["Name", "Person_Name__c", "Role__c", "Rate__c", "Opportunity__c"],
    "TB_Invoice__c": ["Name", "Number__c", "Date__c", "Amount__c", "Balance__c", "Status__c", "Opportunity__c"],
    "TB_Payment__c": ["Name", "Number__c", "Date__c", "Amount__c", "Balance__c", "Opportunity__c"],
}


class OrgShelf:
    title = "Salesforce (sandbox)"

    def __init__(self, org: Org) -> None:
        self.org = org

    def facts(self) -> dict[str, str]:
        row = self.org.store.find("Organization", {})[0]
        used = f"{self.org.settings.api_used} of {self.org.settings.daily_api_limit}"
        return {
            "Company": row["Name"],
            "Organisation id": row["Id"],
            "Edition": row["OrganizationType"],
            "API calls": used,
        }

    def tables(self) -> dict[str, int]:
        return {name: self.org.store.count(name) for name in all_objects()}

    def rows(self, table: str, search: str, offset: int, limit: int) -> tuple[list[tuple[str, dict[str, Any]]], int]:
        sobject = all_objects()[table]
        names = [*COLUMNS.get(table, [sobject.name_field]), "SystemModstamp", "IsDeleted"]
        test = f'{quoted(sobject.name_field)} LIKE ? OR "Id" = ?'
        params = [f"%{search}%", search]
        db = self.org.store.db
        [[total]] = db.execute(f"SELECT COUNT(*) FROM {quoted(table)} WHERE {test}", params).fetchall()
        columns = ", ".join(quoted(name) for name in ["Id", *names])
        sql = (
            f'SELECT {columns} FROM {quoted(table)} WHERE {test} ORDER BY "SystemModstamp" DESC, "Id" LIMIT ? OFFSET ?'
        )
        found = db.execute(sql, [*params, limit, offset]).fetchall()
        return [(row[0], shown(sobject, dict(zip(names, row[1:], strict=True)))) for row in found], total

    def row(self, table: str, id: str) -> dict[str, Any]:
        sobject = all_objects()[table]
        found = self.org.store.get(table, id)
        if found is None:
            raise KeyError(id)
        return shown(sobject, found)


def shown(sobject: SObject, row: dict[str, Any]) -> dict[str, Any]:
    return {name: to_json(sobject.fields[name], value) for name, value in row.items()}
