"""Settings as a draft, compared with the org, published, and brought back."""

from typing import Any

import pytest

from tests.admin import Answer, Person
from tests.stage import Stage, control
from timebridge.tenants import Provider

ADMIN = Person()
PATH = "connections/salesforce/settings"


def at(stage: str) -> dict[str, Any]:
    return {"presets": ["projects"], "stages": [stage]}


@pytest.fixture
def stage(stage: Stage) -> Stage:
    stage.connect(Provider.SALESFORCE, settings=at("Closed Won"))
    return stage


def drafted(settings: dict[str, Any], **headers: str) -> Answer:
    return ADMIN.post(f"{PATH}/draft", {"settings": settings, "note": "autumn"}, **headers)


def in_force() -> dict[str, Any]:
    found: dict[str, Any] = ADMIN.get(PATH).body["settings"]
    return found


@pytest.mark.usefixtures("stage")
def test_a_draft_changes_nothing_until_it_is_published() -> None:
    assert drafted(at("Closed Lost")).status == 200
    assert in_force() == at("Closed Won")

    published = ADMIN.post(f"{PATH}/draft/publish").body

    assert (published["number"], published["actor"], published["note"]) == (2, "ada@acme.example", "autumn")
    assert in_force() == at("Closed Lost")
    assert ADMIN.get(PATH).body["draft"] is None
    assert ADMIN.post(f"{PATH}/draft/publish").status == 404


@pytest.mark.usefixtures("stage")
def test_a_version_is_brought_back_in_one_call_as_the_newest() -> None:
    drafted(at("Closed Lost"))
    ADMIN.post(f"{PATH}/draft/publish")

    restored = ADMIN.post(f"{PATH}/versions/1/restore", {"note": "as before"}).body

    assert (restored["number"], restored["restores"], in_force()) == (3, 1, at("Closed Won"))
    listed = ADMIN.get(f"{PATH}/versions", limit=2).body
    assert [version["number"] for version in listed["items"]] == [3, 2]
    rest = ADMIN.get(f"{PATH}/versions", limit=2, start=listed["next"]).body
    assert [version["settings"] for version in rest["items"]] == [at("Closed Won")]
    assert ADMIN.post(f"{PATH}/versions/9/restore").status == 404


def test_what_the_org_does_not_have_is_named_before_anything_is_written(stage: Stage) -> None:
    drafted(at("Closed Wun"))
    before = control("GET", f"{stage.salesforce.url}/_sandbox/calls")

    checked = ADMIN.post(f"{PATH}/draft/check").body
    refused = ADMIN.post(f"{PATH}/draft/publish")

    assert not checked["fits"]
    [finding] = checked["findings"]
    assert (finding["flow"], finding["value"]) == ("salesforce.opportunity", "Closed Wun")
    assert "Closed Won" in finding["remedy"]
    assert (refused.status, refused.is_problem) == (422, True)
    assert "Closed Wun" in refused.body["detail"]
    assert in_force() == at("Closed Won")
    assert ADMIN.get(f"{PATH}/versions").body["items"] == []
    assert before != control("GET", f"{stage.salesforce.url}/_sandbox/calls")


@pytest.mark.usefixtures("stage")
def test_two_who_work_on_one_draft_do_not_overwrite_each_other() -> None:
    first = drafted(at("Closed Lost"))
    drafted(at("Prospecting"), if_match=first.headers["ETag"])

    late = drafted(at("Qualification"), if_match=first.headers["ETag"])

    assert late.status == 409
    assert late.body["current"]["settings"] == at("Prospecting")


@pytest.mark.usefixtures("stage")
def test_a_setting_that_is_none_is_refused_in_the_draft_already() -> None:
    refused = drafted({"stage": ["Closed Won"]})

    assert (refused.status, refused.body["field"]) == (422, "settings.stage")


@pytest.mark.usefixtures("stage")
def test_publishing_is_in_the_audit_trail_with_before_and_after() -> None:
    drafted(at("Closed Lost"))
    ADMIN.post(f"{PATH}/draft/publish")

    [line] = [line for line in ADMIN.get("audit").body["items"] if line["what"] == "settings.publish"]

    assert line["actor"] == "ada@acme.example"
    assert (line["before"], line["after"]) == (
        {"settings": at("Closed Won")},
        {"settings": at("Closed Lost")},
    )


@pytest.mark.usefixtures("stage")
def test_only_admins_work_on_settings() -> None:
    member = Person(("member",))

    assert member.get(PATH).status == 200
    assert member.post(f"{PATH}/draft", {"settings": {}}).status == 403
    assert member.post(f"{PATH}/draft/publish").status == 403
    assert Person(tenant="other").get(PATH).status == 404
