"""Account and client, Opportunity and project: which field goes where, as data."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from timebridge.flows import ALWAYS, DATE, HOURS, MONEY, Direction, Flow, field, one_of, ref, text

EXTERNAL_ID = "TB_External_Id__c"
"""The field of our package that holds our record's id: unique, and the key of every create."""

WON = ("Closed Won",)
NEVER = one_of("Id")

IN, OUT = Direction.IN, Direction.OUT


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    """The flows of a connection.

    Settings, all optional: `accounts` ("all", or "needed": only those of opportunities that come in), `create_accounts`
    and `create_opportunities` (clients and projects made elsewhere are created in Salesforce), `stages` (an opportunity
    becomes a project when it reaches one of them), `match_projects` (adopt a project of the same name), `first_stage`
    (of opportunities we create).
    """
    return account_flow(settings), opportunity_flow(settings)


def account_flow(settings: Mapping[str, Any]) -> Flow:
    return Flow(
        name="salesforce.account",
        kind="client",
        object="Account",
        fields=(
            field("name", "Name", text(255)),
            field("phone", "Phone", text(40)),
            field("fax", "Fax", text(40)),
            field("website", "Website", text(255)),
            field("address_street", "BillingStreet", text(255)),
            field("address_city", "BillingCity", text(40)),
            field("address_state", "BillingState", text(80)),
            field("address_zip", "BillingPostalCode", text(20)),
            field("address_country", "BillingCountry", text(80)),
            field("industry", "Industry", text(40)),
            field("notes", "Description", text(32000)),
        ),
        match="name",
        when_theirs=NEVER if settings.get("accounts") == "needed" else ALWAYS,
        create_theirs=bool(settings.get("create_accounts", False)),
        deletions=None,
    )


def opportunity_flow(settings: Mapping[str, Any]) -> Flow:
    """The close date stays Salesforce's own, as forecasts hang on it; a project's dates have fields of our package."""
    return Flow(
        name="salesforce.opportunity",
        kind="project",
        object="Opportunity",
        fields=(
            field("name", "Name", text(120)),
            ref("client", "AccountId", parent="salesforce.account"),
            field("budget", "Amount", MONEY),
            field("stage", "StageName", direction=IN),
            field("probability", "Probability", HOURS, IN),
            field("start_date", "TB_Start_Date__c", DATE),
            field("end_date", "TB_End_Date__c", DATE),
            field("status", "TB_Status__c", text(80), OUT),
            field("hours_total", "TB_Total_Hours__c", HOURS, OUT),
        ),
        match="name" if settings.get("match_projects") else None,
        when_theirs=one_of("StageName", *settings.get("stages", WON)),
        create_theirs=bool(settings.get("create_opportunities", False)),
        deletions=None,
        on_create_theirs={
            "StageName": settings.get("first_stage", "Prospecting"),
            "CloseDate": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
        },
    )
