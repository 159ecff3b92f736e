"""The mapping as it is edited: what there is to choose from, what a draft would do, and who changed what."""

from typing import Any

import pytest

from tests.admin import Answer, Person
from tests.features.pipeline import ACCOUNT, BASE, CONTACT, OPPORTUNITY, Pipeline
from tests.stage import Stage, control
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

SETTINGS = f"{BASE}/settings"


@pytest.fixture
def pipeline(stage: Stage, workspace: Workspace) -> Pipeline:
    return Pipeline(stage, workspace)


@pytest.fixture
def pushed(pipeline: Pipeline) -> Pipeline:
    pipeline.connect("push")
    return pipeline


def drafted(admin: Person, flows: dict[str, Any], **headers: str) -> Answer:
    return admin.post(f"{SETTINGS}/draft", {"settings": {"presets": ["push"], "flows": flows}}, **headers)


def sheet(admin: Person, flow: str = OPPORTUNITY, **query: Any) -> dict[str, Any]:
    answer = admin.get(f"{BASE}/mapping/{flow}", **query)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


def rows(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["ours"]: row for row in found["rows"]}


def tried(admin: Person, flow: str = OPPORTUNITY, **wish: Any) -> dict[str, Any]:
    answer = admin.post(f"{SETTINGS}/draft/test", {"flow": flow, **wish})
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


def cells(trial: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {cell["field"]: cell for cell in trial["cells"]}


# --- the sheet -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("pushed")
def test_the_mapping_shows_the_draft_and_what_is_off(admin: Person) -> None:
    before = admin.get(f"{BASE}/mapping").body
    assert before["draft"] is None
    assert {item["name"]: item["off"] for item in before["items"]}[CONTACT] is True

    drafted(admin, {OPPORTUNITY: {"direction": "out"}, ACCOUNT: {"fields": {"fax": {"off": True}}}})
    now = admin.get(f"{BASE}/mapping").body

    assert now["draft"]["actor"] == "ada@acme.example"
    assert now["draft"]["changes"] == [
        "Client and Account, Fax: switched off.",
        "Project and Opportunity: goes out, was: both ways.",
    ]
    changed = {item["name"] for item in now["items"] if item["changed"]}
    assert changed == {ACCOUNT, OPPORTUNITY}
    in_force = admin.get(f"{BASE}/mapping", in_force="true").body
    assert not any(item["changed"] for item in in_force["items"])


@pytest.mark.usefixtures("pushed")
def test_a_sheet_has_lines_that_are_off_that_are_narrowed_and_that_were_added(admin: Person) -> None:
    fields = {"code": {"theirs": "Order_No__c"}, "end_date": {"off": True}}
    drafted(admin, {OPPORTUNITY: {"direction": "out", "fields": fields}})

    found = sheet(admin)
    lines = rows(found)

    assert found["revision"] == 1
    assert (lines["code"]["standing"], lines["code"]["added"]) == ("on", True)
    assert (lines["end_date"]["standing"], lines["amount"]["standing"]) == ("off", "narrowed")
    assert lines["client"]["fixed"]
    assert lines["status"]["values"][0] == {"ours": "Active", "theirs": "Negotiation/Review", "changes": True}
    assert rows(sheet(admin, in_force="true"))["end_date"]["standing"] == "on"
    assert admin.get(f"{BASE}/mapping/salesforce.nothing").status == 404


@pytest.mark.usefixtures("pushed")
def test_a_name_that_is_needed_cannot_be_switched_off_where_records_are_made(pipeline: Pipeline, admin: Person) -> None:
    pipeline.settings(admin, presets=["projects", "push"])
    assert rows(sheet(admin))["name"]["needed"] is True
    assert rows(sheet(admin))["budget"]["needed"] is False


# --- both sides' fields ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("pushed")
def test_only_fields_that_fit_are_offered(admin: Person) -> None:
    answer = admin.get(f"{BASE}/flows/{OPPORTUNITY}/fields", ours="budget")
    [mine] = answer.body["ours"]
    there = {slot["path"]: slot for slot in answer.body["theirs"]}

    assert (mine["holds"], mine["mapped"]) == ("number", True)
    assert {slot["holds"] for slot in there.values()} <= {"number", "whole number"}
    assert there["Amount"]["ways"] == ["both", "in", "out"]
    assert there["ExpectedRevenue"]["ways"] == ["in"]
    assert "only comes in" in there["ExpectedRevenue"]["notes"][0]
    assert "StageName" not in there


@pytest.mark.usefixtures("pushed")
def test_a_choice_tells_its_values_and_ours_that_occur(pushed: Pipeline, admin: Person) -> None:
    pushed.project(pushed.client(), status="Active")

    answer = admin.get(f"{BASE}/flows/{OPPORTUNITY}/fields", ours="status").body

    assert answer["ours"][0]["seen"] == ["Active"]
    [stage] = [slot for slot in answer["theirs"] if slot["path"] == "StageName"]
    assert "Closed Won" in stage["values"]
    assert "say of each value" in " ".join(stage["notes"])


@pytest.mark.usefixtures("pushed")
def test_a_field_that_is_written_already_can_only_come_in(admin: Person) -> None:
    drafted(admin, {OPPORTUNITY: {"fields": {"code": {"theirs": "NextStep"}}}})
    there = admin.get(f"{BASE}/flows/{OPPORTUNITY}/fields", ours="status").body["theirs"]
    [taken] = [slot for slot in there if slot["path"] == "NextStep"]
    assert taken["ways"] == ["in"]
    assert "code is written there already" in taken["notes"][0]


def test_references_cannot_be_mapped_by_hand(pushed: Pipeline, admin: Person) -> None:
    answer = admin.get(f"{BASE}/flows/{OPPORTUNITY}/fields")
    [client] = [each for each in answer.body["ours"] if each["name"] == "client"]
    assert client["why_not"]
    assert pushed.stage.connection("salesforce").account
    assert Person(("member",)).get(f"{BASE}/flows/{OPPORTUNITY}/fields").status == 403


def test_quickbooks_knows_its_fields_by_itself(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.QUICKBOOKS_ONLINE)
    path = "connections/quickbooks_online/flows/quickbooks_online.customer/fields"
    before = control("GET", f"{stage.quickbooks.url}/_sandbox/calls")

    there = {slot["path"]: slot for slot in admin.get(path, ours="website").body["theirs"]}

    assert (there["WebAddr.URI"]["length"], there["WebAddr.URI"]["ways"]) == (1000, ["both", "in", "out"])
    assert there["Notes"]["holds"] == "long text"
    assert control("GET", f"{stage.quickbooks.url}/_sandbox/calls") == before


def test_before_anybody_consented_there_is_nothing_to_look_up(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE)
    refused = admin.get(f"{BASE}/flows/{OPPORTUNITY}/fields")
    assert (refused.status, refused.is_problem) == (409, True)


# --- trying ----------------------------------------------------------------------------------------------------------


def test_a_draft_is_tried_on_records_and_writes_nothing(pushed: Pipeline, admin: Person) -> None:
    project = pushed.project(pushed.client(), budget="100", status="Active", code="A" * 60)
    deal = pushed.row("Opportunity")
    drafted(admin, {OPPORTUNITY: {"fields": {"code": {"theirs": "NextStep"}, "status": {"values": {"Active": None}}}}})

    found = tried(admin)

    assert found["draft"] is True
    [trial] = found["items"]
    assert (trial["name"], trial["linked"], trial["ours"]) == ("Crane controls", True, project.id)
    assert trial["said"] == "It would be changed there and here."  # the stage has not come in yet
    line = cells(trial)
    assert line["code"]["to_theirs"]
    assert line["code"]["new_theirs"] == "A" * 60
    assert line["client"]["ours"] == line["client"]["theirs"] == "Harbour Freight"
    assert not line["budget"]["to_theirs"]
    assert "no counterpart there" in line["status"]["doubts"][0]
    pushed.stage.settle()
    assert pushed.row("Opportunity", deal["Id"])["NextStep"] is None


def test_a_value_that_would_be_lost_is_said_before(pushed: Pipeline, admin: Person) -> None:
    client = pushed.client(phone="1")
    drafted(admin, {ACCOUNT: {"fields": {"phone": {"theirs": "Site"}}}})
    [trial] = tried(admin, ACCOUNT, records=[client.id])["items"]
    assert cells(trial)["phone"]["to_ours"]
    assert cells(trial)["phone"]["doubts"] == ["It would be emptied here."]


def test_a_text_that_is_too_long_is_said_before(pushed: Pipeline, admin: Person) -> None:
    pushed.project(pushed.client(), notes="x" * 300)
    drafted(admin, {OPPORTUNITY: {"fields": {"notes": {"theirs": "NextStep", "direction": "out"}}}})
    [trial] = tried(admin)["items"]
    assert any("255" in said for said in cells(trial)["notes"]["doubts"])


def test_records_without_counterpart_are_tried_too(pushed: Pipeline, admin: Person) -> None:
    pushed.ours.create("project", {"name": "Quay", "client": pushed.client().id})
    [trial] = tried(admin, q="qu")["items"]
    assert (trial["name"], trial["linked"], trial["said"]) == ("Quay", False, "It would be created there.")
    assert cells(trial)["name"]["new_theirs"] == "Quay"


def test_a_record_over_there_is_found_by_its_name(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("projects")
    pipeline.stage.seller("create", "Account", Name="Northern Ferries", Phone="1")
    [trial] = tried(admin, ACCOUNT, q="Northern Ferries")["items"]
    assert trial["said"] == "It would be created here."
    assert cells(trial)["phone"]["new_ours"] == "1"
    assert pipeline.all("client") == []


@pytest.mark.usefixtures("pushed")
def test_a_flow_that_is_off_is_not_tried(admin: Person) -> None:
    refused = admin.post(f"{SETTINGS}/draft/test", {"flow": CONTACT})
    assert (refused.status, refused.body["remedy"]) == (409, "Switch it on in the draft, then test it.")
    assert Person(("member",)).post(f"{SETTINGS}/draft/test", {"flow": OPPORTUNITY}).status == 403


# --- drafts and versions ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("pushed")
def test_choices_without_a_row_are_named_when_the_draft_is_checked(admin: Person) -> None:
    drafted(admin, {})
    found = admin.post(f"{SETTINGS}/draft/check").body
    [said] = [each for each in found["warnings"] if "no row says" in each]
    assert said.startswith("status: Prospecting")


@pytest.mark.usefixtures("pushed")
def test_a_table_that_leaves_values_unsaid_is_not_published(admin: Person) -> None:
    table = {"theirs": "StageName", "values": {"Active": "Qualification"}, "back": {"Qualification": "Active"}}
    drafted(admin, {OPPORTUNITY: {"fields": {"status": table}}})

    checked = admin.post(f"{SETTINGS}/draft/check").body
    refused = admin.post(f"{SETTINGS}/draft/publish")

    [left] = checked["unsaid"]
    assert (checked["fits"], left["field"], "Closed Won" in left["back"]) == (False, "status", True)
    assert (refused.status, refused.body["field"]) == (422, f"settings.flows.{OPPORTUNITY}.fields.status")
    assert "nothing says what becomes of" in refused.body["detail"]

    said = {name: {**table[name], **dict.fromkeys(left[name])} for name in ("values", "back")}  # type: ignore[dict-item]
    drafted(admin, {OPPORTUNITY: {"fields": {"status": {**table, **said}}}})
    assert admin.post(f"{SETTINGS}/draft/check").body["unsaid"] == []
    assert admin.post(f"{SETTINGS}/draft/publish").status == 200


@pytest.mark.usefixtures("pushed")
def test_a_table_that_leaves_values_unsaid_is_not_put_in_force_at_once_either(admin: Person) -> None:
    table = {"theirs": "StageName", "values": {"Active": "Qualification"}, "back": {"Qualification": "Active"}}
    found = admin.get(BASE).body
    settings = {**found["settings"], "flows": {OPPORTUNITY: {"fields": {"status": table}}}}

    refused = admin.patch(BASE, {"settings": settings, "revision": found["revision"]})

    assert (refused.status, refused.body["field"]) == (422, f"settings.flows.{OPPORTUNITY}.fields.status")
    assert admin.get(BASE).body["settings"] == found["settings"]


def test_a_table_in_force_holds_up_no_other_change(pipeline: Pipeline, admin: Person) -> None:
    """The account may have got a choice since; only who changes the table has to say it, too."""
    table = {"theirs": "StageName", "values": {"Active": "Qualification"}, "back": {"Qualification": "Active"}}
    pipeline.connect("push", flows={OPPORTUNITY: {"fields": {"status": table}}})
    drafted(admin, {OPPORTUNITY: {"fields": {"status": table}, "winner": "ours"}})

    assert admin.post(f"{SETTINGS}/draft/publish").status == 200


@pytest.mark.usefixtures("pushed")
def test_a_draft_that_somebody_changed_meanwhile_is_neither_published_nor_given_up(admin: Person) -> None:
    first = drafted(admin, {OPPORTUNITY: {"winner": "ours"}})
    drafted(Person(name="bo@acme.example"), {OPPORTUNITY: {"winner": "nobody"}}, if_match=first.headers["ETag"])

    published = admin.post(f"{SETTINGS}/draft/publish", if_match=first.headers["ETag"])
    discarded = admin.post(f"{SETTINGS}/draft/discard", if_match=first.headers["ETag"])

    assert (published.status, discarded.status) == (409, 409)
    assert "bo@acme.example" in discarded.body["detail"]
    assert published.body["current"]["revision"] == 2


@pytest.mark.usefixtures("pushed")
def test_a_draft_is_given_up(admin: Person) -> None:
    drafted(admin, {OPPORTUNITY: {"winner": "ours"}})
    assert admin.post(f"{SETTINGS}/draft/discard").body["draft"] is None
    assert admin.post(f"{SETTINGS}/draft/discard").status == 404
    assert sheet(admin)["winner"] == "theirs"
    assert any(line["what"] == "settings.discard" for line in admin.get("audit").body["items"])


@pytest.mark.usefixtures("pushed")
def test_versions_say_in_words_what_they_changed(admin: Person) -> None:
    line = {"direction": "in", "winner": "ours"}
    drafted(admin, {OPPORTUNITY: {"winner": "nobody", "fields": {"budget": line}}})
    admin.post(f"{SETTINGS}/draft/publish", {"note": "spring"})
    drafted(admin, {})
    admin.post(f"{SETTINGS}/draft/publish")

    latest, before, first = admin.get(f"{SETTINGS}/versions").body["items"]

    assert before["changes"] == [
        "Project and Opportunity: a person wins, was: theirs.",
        "Project and Opportunity, Budget: comes in, was: both ways.",
    ]
    assert latest["changes"][0] == "Project and Opportunity: theirs wins, was: a person."
    assert first["changes"] == []
    assert admin.get(f"{SETTINGS}/versions/2").body["changes"] == before["changes"]


def test_one_line_may_have_a_winner_of_its_own(pushed: Pipeline, admin: Person) -> None:
    project = pushed.project(pushed.client(), budget="100")
    pushed.settings(admin, presets=["push"], flows={OPPORTUNITY: {"fields": {"budget": {"winner": "ours"}}}})
    deal = pushed.row("Opportunity")

    pushed.stage.seller("update", "Opportunity", deal["Id"], Amount=300, Name="Renamed there")
    pushed.changed(project, budget="200", name="Renamed here")
    pushed.told("Opportunity", deal["Id"])

    assert pushed.row("Opportunity")["Amount"] == 200
    assert pushed.row("Opportunity")["Name"] == "Renamed there"
    chart = {
        row["ours"]: row["winner"] for row in admin.get(f"{BASE}/chart").body["items"] if row["flow"] == OPPORTUNITY
    }
    assert (chart["budget"], chart["name"]) == ("ours", "theirs")
