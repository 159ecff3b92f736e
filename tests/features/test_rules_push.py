"""The preset `push`: projects become opportunities, clients accounts, hours time entries; field by field."""

from decimal import Decimal
from typing import Any

import pytest

from tests.admin import Person
from tests.features.pipeline import ACCOUNT, BASE, CONTACT, OPPORTUNITY, Pipeline
from tests.stage import Stage, control
from timebridge.store.records import Workspace


@pytest.fixture
def pipeline(stage: Stage, workspace: Workspace) -> Pipeline:
    return Pipeline(stage, workspace)


def line(name: str, **choices: Any) -> dict[str, Any]:
    return {OPPORTUNITY: {"fields": {name: choices}}}


def test_B01_projects_clients_and_hours_appear_in_salesforce_unattended(pipeline: Pipeline) -> None:
    pipeline.connect("push")
    project = pipeline.project(pipeline.client())
    casey = pipeline.made("staff", name="Casey Brook")
    entry = pipeline.ours.create(
        "time_entry", {"project": project.id, "staff": casey.id, "work_date": "2026-11-20", "hours": "2.5"}
    )
    pipeline.ours.submit(entry.id)
    pipeline.stage.settle()

    account, deal, time = (pipeline.row(name) for name in ("Account", "Opportunity", "TB_Time_Entry__c"))
    assert (account["Name"], deal["Name"], deal["AccountId"]) == ("Harbour Freight", "Crane controls", account["Id"])
    assert (time["Opportunity__c"], time["Hours__c"]) == (deal["Id"], 2.5)


def test_B07_a_new_project_is_an_opportunity_with_a_link(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("push")
    project = pipeline.project(pipeline.client())

    deal = pipeline.row("Opportunity")
    assert deal["TB_External_Id__c"] == project.id
    [link] = admin.get(f"{BASE}/links", ours=project.id).body["items"]
    assert (link["flow"], link["theirs"], link["state"]) == (OPPORTUNITY, deal["Id"], "live")


def test_B08_a_new_client_is_an_account_with_a_link(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("push")
    client = pipeline.client()

    account = pipeline.row("Account")
    assert account["TB_External_Id__c"] == client.id
    [link] = admin.get(f"{BASE}/links", ours=client.id).body["items"]
    assert (link["flow"], link["theirs"], link["state"]) == (ACCOUNT, account["Id"], "live")


def test_B32_a_field_that_is_not_chosen_is_not_written_any_more(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("push")
    project = pipeline.project(pipeline.client(), budget="100")
    assert pipeline.row("Opportunity")["Amount"] == 100

    pipeline.settings(admin, presets=["push"], flows=line("budget", off=True))
    pipeline.changed(project, budget="200", name="Crane controls II")

    row = pipeline.row("Opportunity")
    assert (row["Amount"], row["Name"]) == (100, "Crane controls II")
    other = pipeline.project(pipeline.client("Globex"), "Other", budget="300")
    assert pipeline.stage.salesforce_has("Opportunity", TB_External_Id__c=other.id)[0]["Amount"] is None


def test_B33_the_name_of_the_project_is_the_name_of_the_opportunity(pipeline: Pipeline) -> None:
    pipeline.connect("push")
    project = pipeline.project(pipeline.client(), "Crane controls")
    assert pipeline.row("Opportunity")["Name"] == "Crane controls"
    pipeline.changed(project, name="Cranes & more")
    assert pipeline.row("Opportunity")["Name"] == "Cranes & more"


def test_B34_the_account_comes_first_where_the_client_is_not_there_yet(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("push")
    client = pipeline.ours.create("client", {"name": "Harbour Freight"})
    project = pipeline.ours.create("project", {"client": client.id, "name": "Crane controls"})
    admin.post(f"{BASE}/sync", {"kind": "project", "id": project.id})
    pipeline.stage.work()  # the project alone: what it belongs to has to be found by itself

    account, deal = pipeline.row("Account"), pipeline.row("Opportunity")
    assert deal["AccountId"] == account["Id"]
    assert account["TB_External_Id__c"] == client.id


def test_B34_the_account_of_a_linked_client_is_set_and_no_second_one_made(pipeline: Pipeline) -> None:
    account = pipeline.account()
    pipeline.connect("push")
    pipeline.project(pipeline.client())

    assert pipeline.row("Account")["Id"] == account == pipeline.row("Opportunity")["AccountId"]


def test_B35_the_start_date_goes_to_a_field_of_its_own(pipeline: Pipeline) -> None:
    pipeline.connect("push")
    pipeline.project(pipeline.client(), start_date="2027-02-01")

    row = pipeline.row("Opportunity")
    assert row["TB_Start_Date__c"] == "2027-02-01"
    assert row["CloseDate"] not in (None, "2027-02-01")


def test_B35_the_start_date_goes_to_the_close_date_where_that_is_chosen(pipeline: Pipeline) -> None:
    pipeline.connect("push", flows=line("start_date", theirs="CloseDate"))
    project = pipeline.project(pipeline.client(), start_date="2027-02-01")
    assert pipeline.row("Opportunity")["CloseDate"] == "2027-02-01"
    assert pipeline.row("Opportunity")["TB_Start_Date__c"] is None

    pipeline.changed(project, start_date="2027-03-01")
    assert pipeline.row("Opportunity")["CloseDate"] == "2027-03-01"
    pipeline.edited("Opportunity", pipeline.row("Opportunity")["Id"], CloseDate="2027-04-01")
    assert pipeline.only("project").values["start_date"] == "2027-04-01"


def test_B35_a_project_without_a_start_date_still_becomes_an_opportunity(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("push", flows=line("start_date", theirs="CloseDate"))
    project = pipeline.project(pipeline.client())
    assert pipeline.row("Opportunity")["CloseDate"]

    pipeline.changed(project, start_date="2027-02-01")
    pipeline.changed(project, start_date=None)
    assert pipeline.row("Opportunity")["CloseDate"] == "2027-02-01"
    assert admin.get(f"{BASE}/links", state="parked").body["items"] == []


def test_B36_the_end_date_goes_to_a_field_of_its_own(pipeline: Pipeline) -> None:
    pipeline.connect("push")
    project = pipeline.project(pipeline.client(), end_date="2027-06-30")
    assert pipeline.row("Opportunity")["TB_End_Date__c"] == "2027-06-30"
    pipeline.changed(project, end_date=None)
    assert pipeline.row("Opportunity")["TB_End_Date__c"] is None


def test_B37_the_budget_is_the_amount(pipeline: Pipeline) -> None:
    pipeline.connect("push")
    project = pipeline.project(pipeline.client(), budget="12500.50")
    assert pipeline.row("Opportunity")["Amount"] == 12500.5
    pipeline.changed(project, budget="9999.99")
    assert pipeline.row("Opportunity")["Amount"] == 9999.99


TABLE = [
    pytest.param("Active", "Negotiation/Review", id="B43 Active"),
    pytest.param("On Hold", "Closed Lost", id="B44 On Hold"),
    pytest.param("Completed", "Closed Won", id="B45 Completed"),
    pytest.param("Cancelled", "Closed Lost", id="B46 Cancelled"),
]


def test_B38_the_status_of_the_project_is_the_stage_of_the_opportunity(pipeline: Pipeline) -> None:
    pipeline.connect("push")
    project = pipeline.project(pipeline.client(), status="Active")
    assert pipeline.row("Opportunity")["StageName"] == "Negotiation/Review"
    pipeline.changed(project, status="Completed")
    row = pipeline.row("Opportunity")
    assert (row["StageName"], row["IsWon"]) == ("Closed Won", True)
    pipeline.edited("Opportunity", row["Id"], StageName="Closed Lost")
    assert pipeline.only("project").values["status"] == "Cancelled"


@pytest.mark.parametrize(("status", "stage_name"), TABLE)
def test_B43_B44_B45_B46_each_status_has_its_stage(pipeline: Pipeline, status: str, stage_name: str) -> None:
    pipeline.connect("push")
    new = pipeline.project(pipeline.client(), "New", status=status)
    old = pipeline.project(pipeline.only("client"), "Old")
    pipeline.changed(old, status=status)

    stages = {row["TB_External_Id__c"]: row["StageName"] for row in pipeline.stage.salesforce_has("Opportunity")}
    assert stages == {new.id: stage_name, old.id: stage_name}
    for _ in range(2):
        pipeline.hour_passed()
    assert {each.values["status"] for each in pipeline.all("project")} == {status}


def test_B44_a_project_on_hold_leaves_the_stage_alone_where_that_is_chosen(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("push", flows=line("status", values="safe"))
    project = pipeline.project(pipeline.client(), status="Active")

    pipeline.changed(project, status="On Hold")
    for _ in range(2):
        pipeline.hour_passed()
    assert pipeline.row("Opportunity")["StageName"] == "Negotiation/Review"
    assert pipeline.only("project").values["status"] == "On Hold"
    assert pipeline.drift(admin) == set()

    pipeline.changed(project, status="Completed")
    assert pipeline.row("Opportunity")["StageName"] == "Closed Won"


def test_B44_a_project_that_begins_on_hold_has_the_first_stage(pipeline: Pipeline) -> None:
    pipeline.connect("push", flows=line("status", values="safe"), first_stage="Qualification")
    pipeline.project(pipeline.client(), status="On Hold")
    pipeline.hour_passed()

    assert pipeline.row("Opportunity")["StageName"] == "Qualification"
    assert pipeline.only("project").values["status"] == "On Hold"


def test_B44_rows_that_do_not_lead_back_are_warned_of(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("push")
    [warning] = admin.get(f"{BASE}/flows/{OPPORTUNITY}").body["warnings"]
    assert all(word in warning for word in ("On Hold", "Closed Lost", "Cancelled"))

    pipeline.settings(admin, presets=["push"], flows=line("status", direction="out"))
    assert admin.get(f"{BASE}/flows/{OPPORTUNITY}").body["warnings"] == []


ADDRESS = {
    "address_street": ("BillingStreet", "Rheinweg 1"),
    "address_city": ("BillingCity", "Basel"),
    "address_state": ("BillingState", "BS"),
    "address_zip": ("BillingPostalCode", "4051"),
    "address_country": ("BillingCountry", "Switzerland"),
}
DETAILS = {
    "name": ("Name", "Globex"),
    "email": ("TB_Email__c", "office@globex.example"),
    "phone": ("Phone", "+41 61 555 0100"),
    "industry": ("Industry", "Energy"),
    **ADDRESS,
}


@pytest.mark.parametrize("ours", DETAILS)
def test_B47_each_detail_of_a_client_is_on_its_account(pipeline: Pipeline, ours: str) -> None:
    theirs, value = DETAILS[ours]
    pipeline.connect("push")
    client = pipeline.client()
    pipeline.changed(client, "client", **{ours: value})
    assert pipeline.row("Account")[theirs] == value


def test_B47_a_new_account_has_all_details_at_once(pipeline: Pipeline) -> None:
    pipeline.connect("push")
    pipeline.client(**{ours: value for ours, (_, value) in DETAILS.items()})

    row = pipeline.row("Account")
    assert {theirs: row[theirs] for theirs, _ in DETAILS.values()} == dict(DETAILS.values())


def test_B47_the_address_of_a_person_is_that_of_their_contact(pipeline: Pipeline) -> None:
    pipeline.connect("push", flows={CONTACT: {"off": False}})
    client = pipeline.client()
    contact = pipeline.made(
        "contact", client=client.id, name="Robin van der Berg", email="robin@harbour.example", mobile="079"
    )

    row = pipeline.row("Contact")
    assert (row["FirstName"], row["LastName"], row["Email"]) == ("Robin van der", "Berg", "robin@harbour.example")
    assert (row["AccountId"], row["MobilePhone"]) == (pipeline.row("Account")["Id"], "079")
    pipeline.edited("Contact", row["Id"], Email="berg@harbour.example")
    found = pipeline.ours.get("contact", contact.id)
    assert found is not None
    assert (found.values["email"], found.values["family_name"]) == ("berg@harbour.example", "Berg")


def test_B47_an_org_that_hides_the_industry_gets_everything_else(pipeline: Pipeline, admin: Person) -> None:
    stage = pipeline.stage
    control("POST", f"{stage.salesforce.url}/_sandbox/fields", json={"hide": ["Account.Industry"]})
    pipeline.connect("push")

    client = pipeline.client(industry="Energy", phone="1")
    pipeline.changed(client, "client", phone="2")
    pipeline.edited("Account", pipeline.row("Account")["Id"], Fax="3")
    pipeline.hour_passed()

    assert pipeline.row("Account")["Phone"] == "2"
    ours = pipeline.only("client").values
    assert (ours["industry"], ours["fax"]) == ("Energy", "3")
    [warning] = admin.get(f"{BASE}/flows/{ACCOUNT}").body["warnings"]
    assert warning.startswith("industry: left out")


def test_B37_the_currency_goes_along_where_the_org_has_several(pipeline: Pipeline) -> None:
    stage = pipeline.stage
    control("PATCH", f"{stage.salesforce.url}/_sandbox/settings", json={"multi_currency": True})
    pipeline.connect("push", flows=line("currency", theirs="CurrencyIsoCode"))
    project = pipeline.project(pipeline.client(), budget="100", currency="EUR")

    row = pipeline.row("Opportunity")
    assert (row["Amount"], row["CurrencyIsoCode"]) == (100, "EUR")
    pipeline.edited("Opportunity", row["Id"], CurrencyIsoCode="USD", Amount=120)
    ours = pipeline.ours.get("project", project.id)
    assert ours is not None
    assert (ours.values["currency"], ours.values["budget"]) == ("USD", Decimal(120))
