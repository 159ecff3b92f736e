"""The preflight list, against an org in every state of disrepair."""

from typing import Any

import pytest

from tests.admin import Person
from tests.features.connecting import OWNER, SELLER, change_user, switch, user
from tests.stage import Stage, control
from timebridge.tenants import Connection, Provider


@pytest.fixture
def connection(stage: Stage) -> Connection:
    return stage.connect(Provider.SALESFORCE, settings={"presets": ["projects"]})


def lines(admin: Person, connection: Connection) -> dict[str, dict[str, Any]]:
    answer = admin.post(f"connections/{connection.id}/preflight")
    assert answer.status == 200, answer.text
    return {line["name"]: line for line in answer.body["checks"]}


def ready(admin: Person, connection: Connection) -> bool:
    said: bool = admin.post(f"connections/{connection.id}/preflight").body["ready"]
    return said


def verdict(line: dict[str, Any]) -> tuple[str, bool]:
    """The outcome, and whether the line says what to do."""
    return line["outcome"], bool(line["remedy"])


def test_B15_B16_before_anybody_consented_every_line_says_what_to_prepare(stage: Stage, admin: Person) -> None:
    waiting = stage.new_connection(Provider.SALESFORCE)

    found = lines(admin, waiting)

    assert {verdict(line) for line in found.values()} == {("unknown", True)}
    assert "Professional Edition needs the API access add-on" in found["api_edition"]["remedy"]
    assert not ready(admin, waiting)


def test_B15_B16_an_administrator_has_both_rights(admin: Person, connection: Connection) -> None:
    found = lines(admin, connection)

    assert verdict(found["administrator"]) == ("pass", False)
    assert verdict(found["create_app"]) == ("pass", False)


def test_B15_B16_a_user_who_is_no_administrator_hears_who_has_to_do_it(stage: Stage, admin: Person) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    stage.consent(connection, user=user(stage, SELLER))

    found = lines(admin, connection)

    assert verdict(found["administrator"]) == ("fail", True)
    assert verdict(found["create_app"]) == ("fail", True)
    assert "Manage Connected Apps" in found["create_app"]["remedy"]
    assert ready(admin, connection), "the rights are for setting up, not for working"


def test_B16_managing_connected_apps_is_enough_to_create_the_app(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    change_user(stage, OWNER, permissions={"ModifyAllData": False})
    found = lines(admin, connection)
    assert (found["administrator"]["outcome"], found["create_app"]["outcome"]) == ("fail", "pass")

    change_user(stage, OWNER, permissions={"ManageRemoteAccess": False})
    assert lines(admin, connection)["create_app"]["outcome"] == "fail"


def test_B17_each_object_shows_what_our_user_may_do(admin: Person, connection: Connection) -> None:
    found = lines(admin, connection)

    for name in ("Account", "Opportunity", "User", "TB_Time_Entry__c"):
        line = found[f"object.{name}"]
        assert line["outcome"] == "pass", line
        assert line["facts"]["missing_fields"] == []
    assert flags(found["object.Opportunity"]) == (True, True, True)
    assert flags(found["object.User"]) == (True, False, False)
    assert ready(admin, connection)


def flags(line: dict[str, Any]) -> tuple[bool, bool, bool]:
    facts = line["facts"]
    return facts["read"], facts["create"], facts["update"]


def test_B17_fields_that_field_level_security_hides_are_listed_by_name(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    hide(stage, "Opportunity.Amount", "Opportunity.Probability", "Account.Phone", "User.Email")

    found = lines(admin, connection)

    assert found["object.Opportunity"]["facts"]["missing_fields"] == ["Amount", "Probability"]
    assert "Amount, Probability" in found["object.Opportunity"]["said"]
    assert found["object.Account"]["facts"]["missing_fields"] == ["Phone"]
    assert found["object.User"]["facts"]["missing_fields"] == ["Email"]
    for name in ("Opportunity", "Account", "User"):
        assert verdict(found[f"object.{name}"]) == ("fail", True)
    assert not ready(admin, connection)


def test_B17_an_object_that_our_user_cannot_see_is_named(stage: Stage, admin: Person, connection: Connection) -> None:
    hide(stage, "Opportunity")

    line = lines(admin, connection)["object.Opportunity"]

    assert verdict(line) == ("fail", True)
    assert "Opportunity" in line["said"]


def hide(stage: Stage, *names: str) -> None:
    control("POST", f"{stage.salesforce.url}/_sandbox/fields", json={"hide": list(names)})


def test_B17_a_missing_package_is_told_with_what_to_install(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    assert lines(admin, connection)["package"]["facts"]["version"]
    control("POST", f"{stage.salesforce.url}/_sandbox/package", json={"installed": False})

    line = lines(admin, connection)["package"]

    assert verdict(line) == ("fail", True)
    assert "package is not installed" in line["said"]
    assert not ready(admin, connection)


def test_B18_C20_an_edition_with_the_api_but_a_profile_without_it_blames_the_profile(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    change_user(stage, OWNER, permissions={"ApiEnabled": False})

    found = lines(admin, connection)

    assert found["api_edition"]["outcome"] == "pass"
    assert verdict(found["api_user"]) == ("fail", True)
    assert "'API Enabled'" in found["api_user"]["remedy"]
    assert found["object.Account"]["outcome"] == "unknown"
    assert not ready(admin, connection)


def test_A15_a_professional_edition_that_loses_the_api_names_the_add_on(stage: Stage, admin: Person) -> None:
    edition = 'UPDATE "Organization" SET "OrganizationType" = ?'
    stage.salesforce.org.store.db.execute(edition, ("Professional Edition",))
    connection = stage.connect(Provider.SALESFORCE, settings={"presets": ["projects"]})
    assert "with the API add-on" in lines(admin, connection)["api_edition"]["said"]
    switch(stage, api_enabled=False)

    line = lines(admin, connection)["api_edition"]

    assert verdict(line) == ("fail", True)
    assert "Professional Edition needs the API access add-on" in line["remedy"]


def test_B25_policies_that_let_us_in_pass(admin: Person, connection: Connection) -> None:
    found = lines(admin, connection)

    for name in ("permitted_users", "ip_relaxation", "refresh_policy", "app_installed"):
        assert verdict(found[name]) == ("pass", False), name


def test_B25_a_refresh_token_that_ends_too_early_names_the_setting(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    switch(stage, idle_refresh_days=0)

    line = lines(admin, connection)["refresh_policy"]

    assert verdict(line) == ("fail", True)
    assert "still takes our session" in line["said"]
    assert "Refresh Token Policy to 'Refresh token is valid until revoked'" in line["remedy"]
    assert not ready(admin, connection)


def test_B25_a_grant_that_somebody_revoked_is_not_blamed_on_the_policy_alone(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    control("POST", f"{stage.salesforce.url}/_sandbox/tokens/revoke")

    line = lines(admin, connection)["refresh_policy"]

    assert verdict(line) == ("fail", True)
    assert "revoked" in line["said"]


def test_B25_permitted_users_and_ip_relaxation_are_told_apart(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    switch(stage, unapproved_users=[stage.salesforce.org.admin])
    found = lines(admin, connection)
    assert verdict(found["permitted_users"]) == ("fail", True)
    assert "Permitted Users" in found["permitted_users"]["remedy"]
    assert found["ip_relaxation"]["outcome"] == "unknown"

    switch(stage, unapproved_users=[], ip_allowed=False)
    found = lines(admin, connection)
    assert verdict(found["ip_relaxation"]) == ("fail", True)
    assert "IP Relaxation" in found["ip_relaxation"]["remedy"]


def test_B25_an_app_that_is_not_installed_is_a_line_of_its_own(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    switch(stage, app_installed=False)

    assert verdict(lines(admin, connection)["app_installed"]) == ("fail", True)


def test_B31_the_calls_that_are_left_are_in_the_list(stage: Stage, admin: Person, connection: Connection) -> None:
    switch(stage, daily_api_limit=1000, api_used=990)

    line = lines(admin, connection)["calls"]

    assert line["facts"]["limit"] == 1000
    assert verdict(line) == ("fail", True)
