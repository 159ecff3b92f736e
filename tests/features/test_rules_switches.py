"""What a tenant chooses of each flow: direction, what is created, what is changed, where it begins."""

from typing import Any

import pytest

from tests.admin import Person
from tests.features.pipeline import ACCOUNT, BASE, OPPORTUNITY, Pipeline
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.tenants import Provider


@pytest.fixture
def pipeline(stage: Stage, workspace: Workspace) -> Pipeline:
    return Pipeline(stage, workspace)


def why(admin: Person, kinds: str, id: str, flow: str) -> str:
    """What the API answers to "why is this record not synchronised?"."""
    [found] = [each for each in admin.get(f"{kinds}/{id}/sync").body["items"] if each["flow"] == flow]
    words: str = found["words"]
    return words


# --- direction -------------------------------------------------------------------------------------------------------


def test_B11_one_way_an_edit_in_salesforce_is_not_pulled_and_is_reported_as_drift(
    pipeline: Pipeline, admin: Person
) -> None:
    pipeline.connect("push", flows={OPPORTUNITY: {"direction": "out"}, ACCOUNT: {"direction": "out"}})
    project = pipeline.project(pipeline.client(phone="1"), budget="100", status="Active")
    deal, account = pipeline.row("Opportunity"), pipeline.row("Account")

    pipeline.edited("Opportunity", deal["Id"], Amount=999, Name="Renamed there", StageName="Closed Won")
    pipeline.edited("Account", account["Id"], Phone="2")
    pipeline.hour_passed()

    ours = pipeline.only("project").values
    assert (ours["name"], ours["budget"], ours["status"]) == ("Crane controls", 100, "Active")
    assert pipeline.only("client").values["phone"] == "1"
    row = pipeline.row("Opportunity")
    assert (row["Amount"], row["Name"], row["StageName"]) == (999, "Renamed there", "Closed Won")
    assert pipeline.drift(admin) == {(name, "one_way") for name in ("name", "budget", "status", "phone")}

    pipeline.changed(project, budget="150")
    assert pipeline.row("Opportunity")["Amount"] == 150


def test_B11_one_way_an_opportunity_made_in_salesforce_stays_there(pipeline: Pipeline) -> None:
    pipeline.connect("projects", "push", flows={OPPORTUNITY: {"direction": "out"}})
    pipeline.told("Opportunity", pipeline.deal(pipeline.account()))
    pipeline.hour_passed()
    assert pipeline.all("project") == []


def test_B12_two_way_an_edit_on_either_side_reaches_the_other(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("push")
    project = pipeline.project(pipeline.client(), budget="100")
    deal = pipeline.row("Opportunity")

    pipeline.edited("Opportunity", deal["Id"], Amount=999, Name="Renamed there")
    ours = pipeline.only("project").values
    assert (ours["name"], ours["budget"]) == ("Renamed there", 999)

    pipeline.changed(project, name="Renamed here", budget="5")
    row = pipeline.row("Opportunity")
    assert (row["Name"], row["Amount"]) == ("Renamed here", 5)
    assert pipeline.drift(admin) == set()


def test_B39_each_object_has_a_direction_of_its_own(pipeline: Pipeline) -> None:
    account = pipeline.account(Phone="1")
    deal = pipeline.deal(account, Amount=100)
    pipeline.connect("projects", flows={ACCOUNT: {"direction": "in"}, OPPORTUNITY: {"direction": "both"}})
    client, project = pipeline.only("client"), pipeline.only("project")

    pipeline.changed(client, "client", phone="2")
    pipeline.changed(project, budget="200")
    assert (pipeline.row("Account", account)["Phone"], pipeline.row("Opportunity", deal)["Amount"]) == ("1", 200)

    pipeline.edited("Account", account, Phone="3")
    pipeline.edited("Opportunity", deal, Amount=300)
    assert pipeline.only("client").values["phone"] == "3"
    assert pipeline.only("project").values["budget"] == 300


def test_B39_one_line_may_go_another_way_than_its_flow(pipeline: Pipeline) -> None:
    deal = pipeline.deal(pipeline.account(), Amount=100)
    pipeline.connect("projects", flows={OPPORTUNITY: {"fields": {"budget": {"direction": "in"}}}})

    pipeline.changed(pipeline.only("project"), budget="1", end_date="2027-01-31")
    row = pipeline.row("Opportunity", deal)
    assert (row["Amount"], row["TB_End_Date__c"]) == (100, "2027-01-31")


# --- create and update -----------------------------------------------------------------------------------------------


def test_B41_a_project_waits_while_creating_opportunities_is_switched_off(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("push", flows={OPPORTUNITY: {"create_theirs": False}})
    project = pipeline.project(pipeline.client())
    pipeline.hour_passed()

    assert pipeline.stage.salesforce_has("Opportunity") == []
    assert why(admin, "projects", project.id, OPPORTUNITY).startswith("Waiting: create disabled.")

    pipeline.settings(admin, presets=["push"])
    pipeline.hour_passed()
    assert pipeline.row("Opportunity")["TB_External_Id__c"] == project.id


def test_B42_a_change_is_reported_and_not_written_while_updating_is_switched_off(
    pipeline: Pipeline, admin: Person
) -> None:
    off = {OPPORTUNITY: {"update_theirs": False}}
    pipeline.connect("push", flows=off)
    project = pipeline.project(pipeline.client(), budget="100")
    pipeline.changed(project, budget="200")
    pipeline.hour_passed()

    assert pipeline.row("Opportunity")["Amount"] == 100
    assert pipeline.drift(admin) == {("budget", "switched_off")}

    pipeline.settings(admin, presets=["push"])
    pipeline.hour_passed()
    assert pipeline.row("Opportunity")["Amount"] == 200
    assert pipeline.drift(admin) == set()


def test_B42_what_was_switched_on_during_a_pause_is_made_good_when_it_ends(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("push", flows={OPPORTUNITY: {"update_theirs": False}})
    pipeline.hour_passed()
    pipeline.changed(pipeline.project(pipeline.client(), budget="100"), budget="200")
    admin.post(f"{BASE}/pause")
    pipeline.settings(admin, presets=["push"])

    assert admin.post(f"{BASE}/resume").body["status"] == "live"
    [message] = pipeline.stage.bodies()
    assert message["pull"]["reconcile"]


def test_B42_the_other_way_too(pipeline: Pipeline, admin: Person) -> None:
    deal = pipeline.deal(pipeline.account(), Amount=100)
    pipeline.connect("projects", flows={OPPORTUNITY: {"update_ours": False}})
    pipeline.edited("Opportunity", deal, Amount=200)

    assert pipeline.only("project").values["budget"] == 100
    assert ("budget", "switched_off") in pipeline.drift(admin)
    pipeline.changed(pipeline.only("project"), end_date="2027-01-31")
    assert pipeline.row("Opportunity", deal)["TB_End_Date__c"] == "2027-01-31"


@pytest.mark.parametrize("created", [True, False])
def test_B49_an_account_is_created_with_its_client_only_where_that_is_on(pipeline: Pipeline, created: bool) -> None:
    pipeline.connect("push", flows={ACCOUNT: {"create_theirs": created}})
    pipeline.client()
    assert len(pipeline.stage.salesforce_has("Account")) == created


@pytest.mark.parametrize("updated", [True, False])
def test_B50_an_account_is_changed_with_its_client_only_where_that_is_on(
    pipeline: Pipeline, updated: bool, admin: Person
) -> None:
    pipeline.connect("push", flows={ACCOUNT: {"update_theirs": updated}})
    client = pipeline.client(phone="1")
    pipeline.changed(client, "client", phone="2")

    assert pipeline.row("Account")["Phone"] == ("2" if updated else "1")
    assert pipeline.drift(admin) == (set() if updated else {("phone", "switched_off")})


# --- presets together, and where they begin --------------------------------------------------------------------------


def test_B12_all_presets_together_come_to_rest_without_loops(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("projects", "push", "tasks")
    deal = pipeline.deal(pipeline.account("Globex"), Amount=100)
    pipeline.told("Opportunity", deal)
    pipeline.project(pipeline.client(), "Made here", status="Active", budget="50")
    pipeline.hour_passed()
    pipeline.stage.settle()

    names = {"Crane controls", "Made here"}
    assert {row["Name"] for row in pipeline.stage.salesforce_has("Opportunity")} == names
    projects = [each for each in pipeline.all("project") if each.values["managed_by"] is None]
    assert {each.values["name"] for each in projects} == names
    stamps = {row["Id"]: row["SystemModstamp"] for row in pipeline.stage.salesforce_has("Opportunity")}
    revisions = {each.id: each.version for kind in ("project", "client", "task") for each in pipeline.all(kind)}
    for _ in range(3):
        pipeline.hour_passed()
        pipeline.stage.settle()
        assert set(pipeline.counts(admin)) <= {"unchanged", "skipped"}
    assert stamps == {row["Id"]: row["SystemModstamp"] for row in pipeline.stage.salesforce_has("Opportunity")}
    assert revisions == {each.id: each.version for kind in ("project", "client", "task") for each in pipeline.all(kind)}
    assert pipeline.stage.salesforce_has("Opportunity", Id=deal)[0]["StageName"] == "Closed Won"


def test_A19_on_change_nothing_is_read_or_linked_until_it_changes(pipeline: Pipeline, admin: Person) -> None:
    stage = pipeline.stage
    stage.salesforce.clock.advance(-7200)
    account = pipeline.account("Globex")
    old, touched = pipeline.deal(account, name="Old"), pipeline.deal(account, name="Touched later")
    stage.salesforce.clock.reset()
    connection = stage.new_connection(
        Provider.SALESFORCE, settings={"presets": ["projects"], "start_mode": "on_change"}
    )
    stage.consent(connection)
    stage.settle()
    pipeline.hour_passed()

    assert stage.connection("salesforce").status == "live"
    assert pipeline.all("project") == pipeline.all("client") == []
    assert admin.get(f"{BASE}/links").body["items"] == []

    stage.seller("update", "Opportunity", touched, Amount=5)
    for _ in range(2):
        pipeline.hour_passed()
    assert pipeline.only("project").values["name"] == "Touched later"
    assert pipeline.only("client").values["name"] == "Globex"
    pipeline.told("Opportunity", old)
    assert len(pipeline.all("project")) == 2


def test_A01_from_a_date_only_what_changed_since_is_loaded(pipeline: Pipeline) -> None:
    stage = pipeline.stage
    stage.salesforce.clock.advance(-20 * 86400)
    pipeline.deal(pipeline.account("Globex"), name="Old")
    stage.salesforce.clock.reset()
    pipeline.deal(pipeline.account("Initech"), name="Recent")
    start = stage.salesforce.clock.now().date().isoformat()

    pipeline.connect("projects", start_mode="from_date", start_date=start)
    for _ in range(2):
        pipeline.hour_passed()

    assert pipeline.only("project").values["name"] == "Recent"
    assert pipeline.only("client").values["name"] == "Initech"


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"presets": ["project"]}, "presets", "push"),
    ({"presets": []}, "presets", "projects"),
    ({"start_mode": "later"}, "start_mode", "from_date"),
    ({"start_mode": "from_date"}, "start_date", "2026-01-01"),
    ({"accounts": "some"}, "accounts", "needed"),
    ({"flows": {"salesforce.lead": {}}}, "flows", OPPORTUNITY),
    ({"flows": {OPPORTUNITY: {"direction": "sideways"}}}, f"flows.{OPPORTUNITY}.direction", "in, out or both"),
    ({"flows": {OPPORTUNITY: {"winer": "ours"}}}, f"flows.{OPPORTUNITY}.winer", "winner"),
    ({"flows": {OPPORTUNITY: {"create_ours": "yes"}}}, f"flows.{OPPORTUNITY}.create_ours", "true or false"),
    ({"flows": {OPPORTUNITY: {"match": "color"}}}, f"flows.{OPPORTUNITY}.match", "none"),
    (
        {"flows": {OPPORTUNITY: {"fields": {"color": {"theirs": "Color__c"}}}}},
        f"flows.{OPPORTUNITY}.fields.color",
        "budget",
    ),
    (
        {"flows": {OPPORTUNITY: {"fields": {"status": {"theirs": "Name FROM User"}}}}},
        f"flows.{OPPORTUNITY}.fields.status.theirs",
        "API name",
    ),
    (
        {"flows": {OPPORTUNITY: {"fields": {"code": {"theirs": "Amount"}}}}},
        f"flows.{OPPORTUNITY}.fields.code.theirs",
        "only come in",
    ),
    (
        {"presets": ["push"], "flows": {OPPORTUNITY: {"fields": {"status": {"values": {"Active": 5}}}}}},
        f"flows.{OPPORTUNITY}.fields.status.values.Active",
        "null",
    ),
]


@pytest.mark.parametrize(("settings", "field", "remedy"), REFUSED, ids=[field for _, field, _ in REFUSED])
def test_B32_choices_that_cannot_be_are_refused_with_field_value_and_remedy(
    pipeline: Pipeline, admin: Person, settings: dict[str, Any], field: str, remedy: str
) -> None:
    pipeline.stage.new_connection(Provider.SALESFORCE)
    revision = admin.get(BASE).body["revision"]
    answer = admin.patch(BASE, {"settings": {"presets": ["projects"], **settings}, "revision": revision})

    assert (answer.status, answer.body["field"]) == (422, f"settings.{field}")
    assert remedy in answer.body["remedy"]
