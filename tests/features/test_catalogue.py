"""What a tenant can connect, step by step, and what may be done to what is connected."""

from typing import Any

import pytest

from tests.admin import Person
from tests.features.connecting import OWNER
from tests.stage import Stage, control
from timebridge.tenants import Connection, Provider


def offer(person: Person, name: str = "salesforce") -> dict[str, Any]:
    answer = person.get("providers")
    assert answer.status == 200, answer.text
    [found] = [each for each in answer.body["items"] if each["name"] == name]
    return dict(found)


def action(found: dict[str, Any], name: str) -> dict[str, Any]:
    [act] = [each for each in found["actions"] if each["name"] == name]
    return dict(act)


@pytest.fixture
def tenant(stage: Stage) -> None:
    """A tenant that has connected nothing."""
    stage.new_connection(Provider.QUICKBOOKS_ONLINE)


@pytest.fixture
def connection(stage: Stage) -> Connection:
    return stage.connect(Provider.SALESFORCE, settings={"presets": ["projects"]})


@pytest.mark.usefixtures("tenant")
def test_B28_C18_salesforce_is_in_the_list_of_integrations_and_can_be_enabled(admin: Person) -> None:
    found = offer(admin)

    assert (found["title"], found["state"], found["connections"]) == ("Salesforce", "available", [])
    assert found["summary"]
    assert {"salesforce", "quickbooks_online"} <= {each["name"] for each in admin.get("providers").body["items"]}


def test_B28_the_list_tells_the_state_of_each_connection(stage: Stage, admin: Person, connection: Connection) -> None:
    found = offer(admin)
    assert (found["state"], offer(admin, "quickbooks_online")["state"]) == ("connected", "available")
    [shown] = found["connections"]
    assert (shown["id"], shown["status"], shown["owner"]) == (connection.id, "live", OWNER)

    control("POST", f"{stage.salesforce.url}/_sandbox/tokens/revoke")
    admin.post(f"connections/{connection.id}/sync")
    stage.settle()
    found = offer(admin)
    assert found["state"] == "needs attention"
    assert found["connections"][0]["remedy"]


@pytest.mark.usefixtures("tenant")
def test_C19_the_enable_button_of_the_page_makes_a_connection_that_can_be_authorised(admin: Person) -> None:
    enable = action(offer(admin), "enable")
    assert (enable["allowed"], enable["confirm"]) == (True, None)

    made = admin.call(enable["method"], enable["path"], {"provider": "salesforce"})

    assert made.status == 201
    found = offer(admin)
    assert found["state"] == "incomplete"
    authorise = action(found["connections"][0], "enable")
    assert "authorise_url" in admin.call(authorise["method"], authorise["path"]).body


@pytest.mark.usefixtures("tenant")
def test_C19_who_is_no_administrator_sees_the_page_and_that_the_button_is_not_theirs() -> None:
    for role in ("member", "viewer"):
        assert action(offer(Person((role,))), "enable")["allowed"] is False


def test_C28_an_active_integration_has_settings_that_can_be_read_and_changed(
    admin: Person, connection: Connection
) -> None:
    before = admin.get(f"connections/{connection.id}").body
    wanted = {"settings": {"presets": ["projects"], "stages": ["Proposal/Price Quote"]}, "rhythm": "daily"}

    changed = admin.patch(f"connections/{connection.id}", {**wanted, "revision": before["revision"]})

    assert (before["status"], changed.status) == ("live", 200)
    after = admin.get(f"connections/{connection.id}").body
    assert (after["settings"], after["rhythm"], after["status"]) == (wanted["settings"], "daily", "live")


@pytest.mark.usefixtures("tenant")
def test_C34_the_page_carries_an_instruction_of_three_steps(admin: Person) -> None:
    steps = offer(admin)["steps"]

    assert [step.partition(":")[0] for step in steps] == ["Enable", "Authorise", "Choose what to synchronise"]
    assert "press Allow" in steps[1]


def test_C35_unlink_and_re_enable_are_both_there_and_say_what_stays(admin: Person, connection: Connection) -> None:
    [shown] = offer(admin)["connections"]
    unlink, re_enable = action(shown, "unlink"), action(shown, "re_enable")

    assert connection.account_name is not None
    for act in (unlink, re_enable):
        assert connection.account_name in act["confirm"]
    assert "stays as it is" in unlink["confirm"]
    assert "links" in unlink["confirm"]
    assert "synchronised at once" in re_enable["confirm"]


def test_C35_both_buttons_do_what_they_say(stage: Stage, admin: Person, connection: Connection) -> None:
    unlink = action(offer(admin)["connections"][0], "unlink")
    assert admin.call(unlink["method"], unlink["path"]).body["status"] == "closed"

    [shown] = offer(admin)["connections"]
    assert shown["status"] == "closed"
    re_enable = action(shown, "re_enable")
    assert "authorise_url" in admin.call(re_enable["method"], re_enable["path"]).body
    assert stage.consent(stage.connection(connection.id))["statusCode"] == 200
    assert offer(admin)["state"] == "connected"
