"""The mapping as people see it: edited line by line, tried, published, and brought back."""

from typing import Any

import pytest

from tests.admin import Person
from tests.console import Browser, Shown
from tests.features.pipeline import ACCOUNT, BASE, CONTACT, OPPORTUNITY, Pipeline
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

HOSTILE = '<script>alert("x")</script>'
MAPPING, DRAFT, VERSIONS = f"{BASE}/mapping", f"{BASE}/mapping-draft", f"{BASE}/mapping-versions"
SHEET, STATUS = f"{MAPPING}/{OPPORTUNITY}", f"{MAPPING}/{OPPORTUNITY}/rows/status"


@pytest.fixture
def pipeline(stage: Stage) -> Pipeline:
    made = Pipeline(stage, Workspace(stage.tenant, "manager"))
    made.connect("push")
    return made


@pytest.fixture
def ada(pipeline: Pipeline) -> Browser:  # noqa: ARG001 (it connects)
    return Browser()


@pytest.fixture
def bo(pipeline: Pipeline) -> Browser:  # noqa: ARG001
    return Browser(name="bo@acme.example")


@pytest.fixture
def vera(pipeline: Pipeline) -> Browser:  # noqa: ARG001
    return Browser(roles=("viewer",), name="vera@acme.example")


def choices() -> dict[str, Any]:
    """What the draft chooses of the flow of projects."""
    draft = Person().get(f"{BASE}/settings").body["draft"]
    found: dict[str, Any] = draft["settings"].get("flows", {}).get(OPPORTUNITY, {})
    return found


def saved(answer: Shown) -> None:
    assert answer.status in (200, 303), answer.text


def test_the_list_names_both_sides_and_what_is_off(ada: Browser) -> None:
    page = ada.get(MAPPING)

    assert page.status == 200
    for words in ("Project", "Opportunity", "Client", "Account", "Both ways", "Kept in step"):
        assert words in page.text
    assert page.links["Contact"].endswith(f"mapping/{CONTACT}")
    assert "Draft of" not in page.text


def test_a_row_is_changed_and_is_in_the_draft_at_once(ada: Browser) -> None:
    shown = ada.get(f"{SHEET}/rows/budget", part=True)
    assert "Number" in shown.text
    assert "ExpectedRevenue" in shown.html
    assert "CloseDate" not in shown.html

    answer = ada.post(f"{SHEET}/rows/budget", {"direction": "both", "winner": "ours", "theirs": "Amount"}, part=True)

    saved(answer)
    assert choices()["fields"]["budget"] == {"winner": "ours"}
    assert answer.said == "Saved in the draft."
    assert '"draft": true' in answer.headers["HX-Trigger"]
    assert "1 change, not in force yet" in ada.get(f"{DRAFT}/bar", part=True).text
    row = ada.get(f"{SHEET}/rows/budget?shown=1", part=True)
    assert "ours wins" in row.text


def test_without_scripts_a_row_has_a_page_of_its_own(ada: Browser) -> None:
    assert "Back to all fields" in ada.get(f"{SHEET}/rows/budget").text
    answer = ada.post(f"{SHEET}/rows/budget", {"direction": "in", "theirs": "Amount"})
    assert answer.status == 303
    assert "Saved in the draft." in answer.said
    assert choices()["fields"]["budget"] == {"direction": "in"}


def test_a_field_is_added_only_among_those_that_fit(ada: Browser) -> None:
    assert "Code" in ada.get(SHEET).text
    assert ada.get(f"{SHEET}/add", ours="code").location.endswith("rows/code")
    page = ada.get(f"{SHEET}/rows/code")
    assert "NextStep" in page.html
    assert "CloseDate" not in page.html

    refused = ada.post(f"{SHEET}/rows/code", {"theirs": "CloseDate"})
    assert (refused.status, "does not fit" in refused.text) == (422, True)
    assert ada.post(f"{SHEET}/rows/code", {"theirs": ""}).status == 422

    saved(ada.post(f"{SHEET}/rows/code", {"theirs": "NextStep", "direction": "out"}))
    assert choices()["fields"]["code"] == {"theirs": "NextStep", "direction": "out"}
    assert "Added by you" in ada.get(SHEET).text


def test_a_row_is_switched_off_and_on_and_removed_and_data_stays(ada: Browser) -> None:
    off = ada.post(f"{SHEET}/rows/end_date/switch", {"to": "off"})
    assert "No data is deleted" in off.said
    assert choices()["fields"]["end_date"] == {"off": True}
    assert "Switch on" in ada.get(SHEET).text
    ada.post(f"{SHEET}/rows/end_date/switch", {"to": "on"})
    assert choices() == {}

    ada.post(f"{SHEET}/rows/code", {"theirs": "NextStep"})
    ada.post(f"{SHEET}/rows/code/switch", {"to": "usual"})
    assert choices() == {}


def test_values_are_mapped_one_by_one_until_each_is_said(ada: Browser) -> None:
    page = ada.get(STATUS, part=True)
    assert "not said yet" in page.text
    said = {"tabled": "on", "theirs": "StageName", "direction": "both", "out|Active": "=Qualification"}
    saved(ada.post(STATUS, {**said, "in|Qualification": "=Active", "in|Prospecting": "nothing"}, part=True))
    line = choices()["fields"]["status"]
    assert line["values"] == {"Active": "Qualification"}
    assert line["back"] == {"Qualification": "Active", "Prospecting": None}

    review = ada.get(DRAFT)
    assert "Still to say" in review.text
    refused = ada.post(f"{DRAFT}/publish", {"note": ""})
    assert (refused.status, "nothing says what becomes of" in refused.text) == (422, True)

    saved(ada.post(f"{DRAFT}/rest"))
    assert choices()["fields"]["status"]["back"]["Closed Lost"] is None
    assert "Still to say" not in ada.get(DRAFT).text
    assert ada.post(f"{DRAFT}/publish", {"note": "spring"}).said == "Version 2 is in force."


def test_a_draft_is_tried_published_and_brought_back(ada: Browser, pipeline: Pipeline) -> None:
    pipeline.project(pipeline.client(HOSTILE), name=f"Crane {HOSTILE}", budget="100", code="A1")
    saved(ada.post(f"{SHEET}/rows/code", {"theirs": "NextStep"}))

    tried = ada.get(f"{SHEET}/test", q="Crane")
    assert "Crane" in tried.text
    assert "A1" in tried.text
    assert HOSTILE not in tried.html
    assert pipeline.row("Opportunity")["NextStep"] is None

    review = ada.get(DRAFT)
    assert "Project and Opportunity, Code: new row with NextStep, both ways." in review.text
    assert "Everything fits" in review.text
    published = ada.post(f"{DRAFT}/publish", {"note": f"spring {HOSTILE}", "revision": "1"})
    assert published.said == "Version 2 is in force."
    versions = ada.follow(published)
    assert "ada@acme.example" in versions.text
    assert HOSTILE not in versions.html

    assert "What stays" in ada.get(f"{VERSIONS}/1/restore").text
    restored = ada.post(f"{VERSIONS}/1/restore", {"note": ""})
    assert restored.said == "Version 1 is back in force, as version 3."
    assert "row removed" in ada.get(VERSIONS).text


def test_what_does_not_fit_the_account_is_said_before_it_is_published(ada: Browser) -> None:
    settings = {"presets": ["push"], "flows": {OPPORTUNITY: {"fields": {"code": {"theirs": "Nothing__c"}}}}}
    Person().post(f"{BASE}/settings/draft", {"settings": settings})
    page = ada.get(DRAFT)
    assert "has no field Nothing__c" in page.text
    assert "First put right" in page.text
    assert ada.post(f"{DRAFT}/publish", {}).status == 422


def test_the_rules_of_a_flow_are_saved_in_the_draft(ada: Browser) -> None:
    said = {"direction": "out", "winner": "ours", "confirm": "never", "update_theirs": "on", "deletions": "none"}
    saved(ada.post(f"{SHEET}/rules", {**said, "create_theirs": "on", "rhythm": "daily", "match": ""}))
    assert choices() == {
        "direction": "out",
        "winner": "ours",
        "confirm": "never",
        "update_ours": False,
        "rhythm": "daily",
    }
    saved(ada.post(f"{MAPPING}/{CONTACT}/switch", {"to": "on"}))
    assert "This is switched off" not in ada.get(f"{MAPPING}/{CONTACT}").text


def test_a_flow_is_switched_off_unless_others_need_it(ada: Browser) -> None:
    refused = ada.post(f"{SHEET}/switch", {"to": "off"})
    assert refused.status == 422
    assert "“Time entry and Time Entry” belongs to its records." in refused.text

    saved(ada.post(f"{MAPPING}/salesforce.invoice/switch", {"to": "off"}))
    assert "Invoice and" in ada.get(DRAFT).text
    assert "This is switched off" in ada.get(f"{MAPPING}/salesforce.invoice").text


def test_a_rule_that_cannot_be_is_said_where_it_was_chosen(ada: Browser) -> None:
    saved(ada.post(f"{MAPPING}/{ACCOUNT}/switch", {"to": "on"}))
    refused = ada.post(f"{MAPPING}/{ACCOUNT}/rules", {"direction": "sideways"})
    assert (refused.status, "does not fit" in refused.text) == (422, True)


def test_a_draft_that_somebody_else_changed_is_shown_and_not_overwritten(ada: Browser, bo: Browser) -> None:
    saved(ada.post(f"{SHEET}/rows/budget", {"direction": "in", "theirs": "Amount", "revision": "0"}))
    saved(bo.post(f"{SHEET}/rows/end_date/switch", {"to": "off", "revision": "1"}))

    late = ada.post(f"{SHEET}/rows/budget", {"direction": "out", "theirs": "Amount", "revision": "1"}, part=True)

    assert late.status == 409
    assert "bo@acme.example changed this draft meanwhile" in late.text
    assert choices()["fields"] == {"budget": {"direction": "in"}, "end_date": {"off": True}}
    assert 'value="out" selected' in late.html
    assert "bo@acme.example" in ada.get(SHEET).text
    saved(ada.post(f"{SHEET}/rows/budget", {"direction": "out", "theirs": "Amount", "revision": "2"}, part=True))
    assert choices()["fields"]["end_date"] == {"off": True}

    stale = bo.post(f"{DRAFT}/publish", {"revision": "2"})
    assert (stale.status, "ada@acme.example changed this draft" in stale.text) == (409, True)
    assert bo.post(f"{DRAFT}/discard", {"revision": "2"}).status == 409
    assert "is gone" in bo.post(f"{DRAFT}/discard", {"revision": "3"}).said


def test_who_is_no_administrator_reads_the_chart_and_changes_nothing(vera: Browser, ada: Browser) -> None:
    saved(ada.post(f"{SHEET}/rows/budget", {"direction": "in", "theirs": "Amount"}))
    for path in (MAPPING, SHEET, DRAFT, VERSIONS, STATUS, f"{SHEET}/test"):
        page = vera.get(path)
        assert page.status == 200, (path, page.text)
        assert all(form["action"].endswith(("appearance", "sign-out", "records")) for form in page.forms), path
    assert vera.get(f"{MAPPING}/chart.csv").headers["Content-Type"].startswith("text/csv")
    assert vera.post(f"{SHEET}/rows/budget", {"direction": "out"}).status == 403
    assert vera.post(f"{DRAFT}/publish").status == 403


def test_a_connection_to_quickbooks_has_its_own_mapping(stage: Stage) -> None:
    stage.connect(Provider.QUICKBOOKS_ONLINE)
    ada, path = Browser(), "connections/quickbooks_online/mapping"
    page = ada.get(path)
    for words in ("Customer", "Goes out", "What the books hold", "Comes in"):
        assert words in page.text
    for flow in ("customer", "time_activity", "time_history", "invoice", "client_invoice"):
        assert ada.get(f"{path}/quickbooks_online.{flow}").status == 200
    row = ada.get(f"{path}/quickbooks_online.customer/rows/website", part=True)
    assert "WebAddr.URI" in row.html
    assert "It is spread over 5 fields" in ada.get(f"{path}/quickbooks_online.customer/rows/address_street").text
