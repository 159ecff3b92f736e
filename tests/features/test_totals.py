"""What the work comes to, on the opportunity."""

from decimal import Decimal

import pytest

from tests.admin import Person
from tests.features.firm import DAY, Firm, opened
from tests.stage import Stage
from timebridge.store.records import Workspace


@pytest.fixture
def firm(stage: Stage, workspace: Workspace) -> Firm:
    return opened(stage, workspace)


def test_A11_hours_and_expenses_add_up_on_the_opportunity_and_fall_back_when_rejected(firm: Firm) -> None:
    casey = firm.person()
    before = firm.opportunity()
    entry, expense = firm.submitted(casey, "2"), firm.expense(casey, "50.00")
    row = firm.opportunity()

    assert (row["TB_Total_Hours__c"] or 0) - (before["TB_Total_Hours__c"] or 0) == 2
    assert (row["TB_Total_Expenses__c"] or 0) - (before["TB_Total_Expenses__c"] or 0) == 50

    firm.ours.reject(entry.id)
    firm.ours.reject(expense.id, kind="expense")
    row = firm.opportunity()
    assert (row["TB_Total_Hours__c"], row["TB_Total_Expenses__c"]) == (0, 0)


def test_A11_totals_follow_edits_deletions_and_moves_between_projects(firm: Firm) -> None:
    casey = firm.person()
    client = firm.ours.create("client", {"name": "Elsewhere"})
    other = firm.ours.create("project", {"client": client.id, "name": "Internal"})
    entry = firm.submitted(casey, "3")
    entry = firm.ours.update("time_entry", entry.id, {"hours": "5"}, entry.version or "")
    assert firm.opportunity()["TB_Total_Hours__c"] == 5

    entry = firm.ours.update("time_entry", entry.id, {"project": other.id}, entry.version or "")
    assert firm.opportunity()["TB_Total_Hours__c"] == 0
    entry = firm.ours.update("time_entry", entry.id, {"project": firm.project}, entry.version or "")
    assert firm.opportunity()["TB_Total_Hours__c"] == 5
    firm.ours.archive("time_entry", entry.id, entry.version or "")
    assert firm.opportunity()["TB_Total_Hours__c"] == 0


def test_A11_a_project_on_which_nothing_is_booked_is_not_written_back(firm: Firm) -> None:
    [before] = firm.stage.salesforce_has("Opportunity", Id=firm.deal)
    row = firm.opportunity()

    assert row["TB_Total_Hours__c"] is None
    assert (row["SystemModstamp"], row["LastModifiedById"]) == (before["SystemModstamp"], row["CreatedById"])


def test_A12_an_opportunity_that_is_not_linked_has_no_totals_and_nothing_below_it(
    stage: Stage, workspace: Workspace
) -> None:
    firm = opened(stage, workspace, export_time="entries")
    lead = stage.seller(
        "create", "Opportunity", Name="Only a lead", StageName="Prospecting", CloseDate="2026-12-01", Amount=1
    )
    stage.noticed("Opportunity", lead)
    client = workspace.create("client", {"name": "Elsewhere"})
    alone = workspace.create("project", {"client": client.id, "name": "Only a lead"}).id
    casey = firm.person(rate="100")
    workspace.create("assignment", {"project": alone, "staff": casey.id, "role": "Lead"})
    firm.approved(casey, "4", project=alone)
    firm.approved(casey, "1")
    invoice = workspace.create("invoice", {"client": client.id, "project": alone, "date": DAY, "amount": 5})
    workspace.finalise(invoice.id)
    stage.settle()

    [row] = stage.salesforce_has("Opportunity", Id=lead)
    assert {name: value for name, value in row.items() if name.startswith("TB_") and value is not None} == {}
    assert {each["Opportunity__c"] for each in stage.salesforce_has("TB_Time_Entry__c")} == {firm.deal}
    assert stage.salesforce_has("TB_Team_Member__c") == stage.salesforce_has("TB_Invoice__c") == []


def test_A04_what_is_added_to_the_project_later_is_on_the_opportunity(firm: Firm) -> None:
    firm.edit(budget="12500", end_date="2027-03-31", notes="Waits for the crane licence")
    row = firm.opportunity()

    assert row["Amount"] == 12500
    assert row["TB_End_Date__c"] == "2027-03-31"
    assert row["TB_Status_Notes__c"] == "Waits for the crane licence"


def test_A05_team_and_budget_are_readable_in_salesforce_and_equal(firm: Firm) -> None:
    firm.edit(budget="12500", budget_hours="120")
    casey, jules = firm.person("Casey Brook"), firm.person("Jules Harbour")
    lead = firm.ours.create(
        "assignment", {"project": firm.project, "staff": casey.id, "role": "Lead", "rate": "150.00"}
    )
    firm.ours.create("assignment", {"project": firm.project, "staff": jules.id, "role": "Engineer"})

    team = {(row["Person_Name__c"], row["Role__c"], row["Rate__c"]) for row in firm.below("TB_Team_Member__c")}
    assert team == {("Casey Brook", "Lead", 150), ("Jules Harbour", "Engineer", None)}
    row = firm.opportunity()
    assert (row["Amount"], row["TB_Budget_Hours__c"]) == (12500, 120)

    firm.ours.update("staff", casey.id, {"name": "Casey Brook-Lane"}, 1)
    jules_row = next(r for r in firm.ours.page("assignment", parent=firm.project)[0] if r.values["staff"] == jules.id)
    firm.ours.archive("assignment", jules_row.id, jules_row.version or "")
    assert [row["Person_Name__c"] for row in firm.below("TB_Team_Member__c")] == ["Casey Brook-Lane"]
    assert firm.below("TB_Team_Member__c")[0]["TB_External_Id__c"] == lead.id


def test_A07_the_opportunity_says_how_the_project_is_tracking(firm: Firm) -> None:
    firm.edit(status="On track", budget="1000", budget_hours="20")
    firm.submitted(firm.person(rate="100"), "2.5")
    row = firm.opportunity()

    assert row["TB_Status__c"] == "On track"
    assert (row["TB_Total_Hours__c"], row["TB_Budget_Used__c"], row["TB_Budget_Hours_Used__c"]) == (2.5, 25, 12.5)
    assert row["TB_Summary_At__c"][:19] == str(firm.total("summary_at"))[:19]
    assert firm.total("budget_used") == Decimal(25)


def test_C11_without_export_of_time_nothing_about_time_is_written(stage: Stage, workspace: Workspace) -> None:
    firm = opened(stage, workspace, export_time="none")
    stage.settle()
    [before] = stage.salesforce_has("Opportunity", Id=firm.deal)
    firm.approved(firm.person(rate="100"), "8")
    firm.submitted(firm.person("Jules Harbour"), "4")

    assert firm.opportunity() == before
    assert before["TB_Total_Hours__c"] is None
    assert stage.salesforce_has("TB_Time_Entry__c") == []


def test_C11_the_setting_takes_false_and_refuses_what_it_does_not_know(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    firm = opened(stage, workspace, export_time=False)
    firm.submitted(firm.person(), "8")
    assert firm.opportunity()["TB_Total_Hours__c"] is None

    now = admin.get("connections/salesforce").body
    settings = {"presets": ["projects"], "export_time": "hours"}
    refused = admin.patch("connections/salesforce", {"settings": settings, "revision": now["revision"]})
    assert (refused.status, refused.body["field"]) == (422, "settings.export_time")
    assert "none, totals, entries" in refused.body["remedy"]
