"""What is chosen from the account's own values: the stages that count, and what is imported."""

import pytest

from tests.admin import Person
from tests.console import Browser
from tests.stage import Stage
from timebridge.store.tenants import Tenants
from timebridge.store.versions import Versions
from timebridge.tenants import Provider, Tenant

BASE = "connections/salesforce"
SELECTION = "settings/connections/salesforce/selection"


@pytest.fixture(autouse=True)
def tenant(stage: Stage) -> None:  # noqa: ARG001 (it brings AWS along)
    Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))


def options(admin: Person, name: str) -> dict[str, bool]:
    found = admin.get(f"{BASE}/rules/details").body["items"]
    [detail] = [each for each in found if each["name"] == name]
    return {each["name"]: each["chosen"] for each in detail["options"]}


def test_the_stages_of_the_account_are_offered_and_chosen(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects", "push", "tasks"]})
    assert options(admin, "stages")["Closed Won"] is True
    assert options(admin, "stages")["Qualification"] is False

    wish = {"first_stage": ["Qualification"], "archive_stages": ["Closed Lost"], "stages": ["Closed Won"]}
    saved = admin.post(f"{BASE}/rules", {"details": wish})

    assert saved.status == 200, saved.text
    assert saved.body["details"]["first_stage"] == ["Qualification"]
    settings = stage.connection("salesforce").settings
    assert (settings["first_stage"], settings["archive_stages"]) == ("Qualification", ["Closed Lost"])
    assert "stages" not in settings  # as usual
    admin.post(f"{BASE}/rules", {"details": {"first_stage": ["Prospecting"]}})
    assert "first_stage" not in stage.connection("salesforce").settings


def test_what_the_account_does_not_have_is_refused_with_what_there_is(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects"]})

    refused = admin.post(f"{BASE}/rules", {"details": {"stages": ["Signed and sealed"]}})

    assert refused.status == 422
    assert "Choose one of" in refused.body["remedy"]


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"stages": []}, "settings.stages"),
        ({"first_stage": ["Qualification", "Prospecting"]}, "settings.first_stage"),
        ({"types": ["leads"]}, "settings.types"),
        ({"moods": ["good"]}, "settings.moods"),
    ],
)
def test_a_detail_that_does_not_fit_is_refused_at_its_name(
    stage: Stage, admin: Person, details: dict[str, list[str]], field: str
) -> None:
    stage.new_connection(Provider.SALESFORCE, settings={"presets": ["projects"]})

    refused = admin.post(f"{BASE}/rules", {"details": details})

    assert (refused.status, refused.body["field"]) == (422, field)


def test_before_the_consent_what_is_chosen_shows_and_no_more(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE, settings={"presets": ["projects"], "stages": ["Signed"]})

    found = admin.get(f"{BASE}/rules/details").body["items"]

    stages = next(each for each in found if each["name"] == "stages")
    assert (stages["known"], [each["name"] for each in stages["options"]]) == (False, ["Signed"])


def test_a_draft_that_somebody_works_on_gets_the_same_rules(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["push"]})
    admin.post(f"{BASE}/settings/draft", {"settings": {"presets": ["push"], "accounts": "needed"}})

    admin.post(f"{BASE}/rules", {"details": {"first_stage": ["Qualification"]}})

    draft = Versions("acme", "salesforce").draft()
    assert draft is not None
    assert draft.settings == {"presets": ["push"], "accounts": "needed", "first_stage": "Qualification"}


def test_the_selection_page_has_a_field_for_each(stage: Stage) -> None:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["push", "tasks"]})
    ada = Browser()
    page = ada.get(SELECTION)
    assert "Stage of an opportunity that is made from here" in page.text
    assert "Stages at which the task of an opportunity is archived" in page.text
    flows = [each["flow"] for each in Person().get(f"{BASE}/rules").body["flows"] if each["on"]]

    form = {"on": flows, "preset": ["push", "tasks"], "details": ["first_stage", "archive_stages"]}
    form |= {"detail.first_stage": "Needs Analysis", "detail.archive_stages": ["Closed Won", "Id. Decision Makers"]}
    assert ada.post(SELECTION, form).status == 303

    settings = stage.connection("salesforce").settings
    assert settings["first_stage"] == "Needs Analysis"
    assert settings["archive_stages"] == ["Closed Won", "Id. Decision Makers"]
    empty = ada.post(SELECTION, form | {"detail.archive_stages": []})
    assert (empty.status, "Choose at least one." in empty.text) == (422, True)


def test_who_may_not_change_them_sees_what_is_chosen(stage: Stage) -> None:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["push"], "first_stage": "Qualification"})

    page = Browser(("member",), name="bob@acme.example").get(SELECTION)

    assert "Stage of an opportunity that is made from here: Qualification" in page.text
    assert not [field for form in page.forms for field in form["fields"] if field["name"].startswith("detail")]
