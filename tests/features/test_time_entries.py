"""Hours as records of Salesforce."""

import pytest

from tests.admin import Person
from tests.features.firm import DAY, Firm, opened
from tests.stage import Stage, control
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

CASEY = "casey@nimbus-oak.example"


@pytest.fixture
def firm(stage: Stage, workspace: Workspace) -> Firm:
    return opened(stage, workspace, export_time="entries")


def test_B03_hours_are_rows_below_the_opportunity_and_add_up_on_it(firm: Firm) -> None:
    casey = firm.person(rate="120")
    firm.approved(casey, "2.5", notes="Controls wired")
    firm.submitted(casey, "1.25", billable=False)
    firm.hours(casey, "8")
    rows = firm.below("TB_Time_Entry__c")

    said = {(row["Hours__c"], row["Status__c"], row["Billable__c"], row["Notes__c"]) for row in rows}
    assert said == {(2.5, "Approved", True, "Controls wired"), (1.25, "Submitted", False, None)}
    assert {(row["Rate__c"], row["Amount__c"]) for row in rows} == {(120, 300), (120, 0)}
    assert {row["Work_Date__c"] for row in rows} == {DAY}
    assert firm.opportunity()["TB_Total_Hours__c"] == sum(row["Hours__c"] for row in rows) == 3.75


def test_B03_rows_follow_edits_rejections_and_deletions(firm: Firm) -> None:
    casey = firm.person()
    entry = firm.submitted(casey, "2")
    entry = firm.ours.update("time_entry", entry.id, {"hours": "3"}, entry.version or "")
    assert [row["Hours__c"] for row in firm.below("TB_Time_Entry__c")] == [3]
    firm.ours.reject(entry.id)
    assert firm.below("TB_Time_Entry__c") == []
    entry = firm.ours.submit(entry.id)
    assert [row["Hours__c"] for row in firm.below("TB_Time_Entry__c")] == [3]
    firm.ours.archive("time_entry", entry.id, entry.version or "")
    assert firm.below("TB_Time_Entry__c") == []


def test_B09_hours_are_upserted_by_the_external_id_many_in_a_call(firm: Firm) -> None:
    casey = firm.person()
    firm.stage.settle()
    drafts = [firm.hours(casey, "0.5") for _ in range(12)]
    left_behind = firm.stage.seller("create", "TB_Time_Entry__c", TB_External_Id__c=drafts[0].id, Hours__c=9)
    control("DELETE", f"{firm.stage.salesforce.url}/_sandbox/calls")
    for draft in drafts:
        firm.ours.submit(draft.id)
    rows = firm.below("TB_Time_Entry__c")

    assert sorted(row["TB_External_Id__c"] for row in rows) == sorted(draft.id for draft in drafts)
    assert {row["Hours__c"] for row in rows} == {0.5}
    assert left_behind in {row["Id"] for row in rows}
    assert control("GET", f"{firm.stage.salesforce.url}/_sandbox/calls")["total"] <= 4


def test_B09_an_answer_that_is_lost_makes_no_second_row(firm: Firm) -> None:
    firm.stage.settle()
    fault = {"match": {"path": "composite", "body": "TB_Time_Entry__c"}, "kind": "drop_after_commit"}
    control("POST", f"{firm.stage.salesforce.url}/_sandbox/faults", json=fault)
    entry = firm.submitted(firm.person(), "2")
    firm.stage.settle()
    [fired] = control("GET", f"{firm.stage.salesforce.url}/_sandbox/faults")

    assert fired["fired"] == 1
    assert [row["TB_External_Id__c"] for row in firm.below("TB_Time_Entry__c")] == [entry.id]


def test_B09_hours_entered_before_the_opportunity_was_linked_follow_it(stage: Stage, workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Harbour Freight"})
    project = workspace.create("project", {"client": client.id, "name": "Crane controls"}).id
    alone = Firm(stage, workspace, "", project)
    stage.connect(
        Provider.SALESFORCE,
        settings={
            "presets": ["push"],
            "export_time": "entries",
            "flows": {"salesforce.opportunity": {"create_theirs": False, "match": "name", "direction": "both"}},
        },
    )
    entry = alone.approved(alone.person(), "2")
    stage.settle()
    assert stage.salesforce_has("TB_Time_Entry__c") == []

    deal = stage.seller("create", "Opportunity", Name="Crane controls", StageName="Closed Won", CloseDate="2026-12-01")
    stage.noticed("Opportunity", deal)
    stage.settle()
    rows = stage.salesforce_has("TB_Time_Entry__c")
    assert [(row["TB_External_Id__c"], row["Opportunity__c"]) for row in rows] == [(entry.id, deal)]


def test_B10_without_users_the_name_of_the_person_is_text(firm: Firm) -> None:
    firm.submitted(firm.person("Casey Brook", email=CASEY), "1")

    assert [(row["Person_Name__c"], row["User__c"]) for row in firm.below("TB_Time_Entry__c")] == [
        ("Casey Brook", None)
    ]


def test_B10_with_users_people_are_matched_by_address_and_the_others_listed(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    firm = opened(stage, workspace, export_time="entries", users=True)
    [user] = stage.salesforce_has("User", Email=CASEY)
    before = len(stage.salesforce_has("User"))
    casey = firm.person("Casey Brook", email=CASEY.upper())
    freelancer = firm.person("Robin Freelance", email="robin@freelance.example")
    former = firm.person("Alex Former", email="former@nimbus-oak.example")
    for person in (casey, freelancer, former):
        firm.submitted(person, "1")

    rows = {row["Person_Name__c"]: row["User__c"] for row in firm.below("TB_Time_Entry__c")}
    assert rows == {"Casey Brook": user["Id"], "Robin Freelance": None, "Alex Former": None}
    people = admin.get("connections/salesforce/people").body["items"]
    assert {each["name"]: each["user"] for each in people} == {
        "Casey Brook": user["Id"],
        "Robin Freelance": None,
        "Alex Former": None,
    }
    unmatched = admin.get("connections/salesforce/people", unmatched="true").body["items"]
    assert {each["name"] for each in unmatched} == {"Robin Freelance", "Alex Former"}
    assert len(stage.salesforce_has("User")) == before
    kept = workspace.get("staff", casey.id)
    assert kept is not None
    assert kept.values["email"] == CASEY.upper()
