"""Consent: what stands in its way is told with its remedy, and what is refused leaves nothing behind."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.admin import Person
from tests.features.connecting import OWNER, Human, change_user, heading, secrets, started, switch, text
from tests.stage import PUBLIC_URL, Stage, control
from timebridge import context
from timebridge.errors import Misconfigured
from timebridge.store.audit import Audit
from timebridge.tenants import Connection, Provider

BARE_SECRETS = ["test/app"]


def nothing_made(stage: Stage, connection: Connection) -> bool:
    """No grant, no run, no account: the connection waits as it did."""
    return secrets() == BARE_SECRETS and stage.connection(connection.id, connection.tenant) == connection


def test_A14_an_org_without_api_access_stops_the_wizard_with_that_reason_and_nothing_is_half_made(stage: Stage) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    query, cookies = stage.consented(connection, "allow")
    switch(stage, api_enabled=False)

    answer = stage.callback("salesforce", query, cookies)

    assert (answer["statusCode"], heading(answer)) == (400, "The connection was not made")
    assert "API access is switched off" in text(answer)
    assert "nothing was stored" in text(answer)
    assert nothing_made(stage, connection)
    assert "POST /services/oauth2/revoke" in stage.salesforce.calls.by_route()
    [line] = [line for line in Audit(stage.tenant).page()[0] if line["what"] == "consent.refused"]
    assert "API access is switched off" in line["detail"]["reason"]


def test_A15_a_professional_edition_without_api_is_told_which_add_on_to_buy(stage: Stage) -> None:
    edition = 'UPDATE "Organization" SET "OrganizationType" = ?'
    stage.salesforce.org.store.db.execute(edition, ("Professional Edition",))
    switch(stage, api_enabled=False)
    connection = stage.new_connection(Provider.SALESFORCE)

    answer = stage.consent(connection)

    assert "Professional Edition needs the API access add-on" in text(answer)
    assert nothing_made(stage, connection)


def test_B18_C20_a_user_without_api_enabled_cannot_connect_and_hears_which_box_to_tick(stage: Stage) -> None:
    change_user(stage, OWNER, permissions={"ApiEnabled": False})
    connection = stage.new_connection(Provider.SALESFORCE)

    answer = stage.consent(connection)

    assert (answer["statusCode"], heading(answer)) == (400, "The connection was not made")
    assert "tick 'API Enabled' on the user's profile" in text(answer)
    assert nothing_made(stage, connection)


@pytest.mark.parametrize(("state", "status"), [({}, 400), ({"state": "made-up"}, 400), ({"state": ""}, 400)])
def test_B22_the_callback_refuses_a_missing_or_wrong_state_and_stores_nothing(
    stage: Stage, state: dict[str, str], status: int
) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    query, cookies = stage.consented(connection, "allow")

    answer = stage.callback("salesforce", {"code": query["code"], **state}, cookies)

    assert answer["statusCode"] == status
    assert nothing_made(stage, connection)


def test_B22_salesforce_calls_back_at_the_path_of_the_guide(stage: Stage) -> None:
    sent = stage.start(stage.new_connection(Provider.SALESFORCE))["headers"]["location"]

    assert parse_qs(urlsplit(sent).query)["redirect_uri"] == [f"{PUBLIC_URL}/api/salesforce/callback"]


def scope(stage: Stage, connection: Connection) -> list[str]:
    sent = stage.start(connection)["headers"]["location"]
    return sorted(parse_qs(urlsplit(sent).query)["scope"][0].split())


def test_B23_B77_exactly_the_least_scopes_are_asked_for(stage: Stage) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)

    assert scope(stage, connection) == ["api", "openid", "refresh_token"]


def test_B23_full_access_is_asked_for_only_when_the_tenant_insists(stage: Stage, admin: Person) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    saved = admin.post(f"connections/{connection.id}/app", {"full_access": True})

    assert (saved.status, saved.body["full_access"]) == (200, True)
    assert scope(stage, connection) == ["full", "openid", "refresh_token"]


def test_B30_the_way_to_salesforce_and_back_ends_with_org_user_and_edition(stage: Stage, admin: Person) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    url = admin.post(f"connections/{connection.id}/connect").body["authorise_url"]
    sent = parse_qs(urlsplit(started(stage, url)["headers"]["location"]).query)

    answer = stage.consent(connection)

    assert sent["code_challenge_method"] == ["S256"]
    assert len(sent["code_challenge"][0]) == 43
    assert (answer["statusCode"], heading(answer)) == (200, "Connected to Nimbus & Oak Consulting (demo)")
    for told in ("Nimbus & Oak Consulting (demo)", "Enterprise Edition", "sandbox", OWNER):
        assert told in text(answer), told
    shown = admin.get(f"connections/{connection.id}").body
    assert (shown["owner"], shown["facts"]["edition"], shown["facts"]["sandbox"]) == (OWNER, "Enterprise Edition", True)


def test_C21_allow_connects_and_deny_changes_nothing_and_says_how_to_start_again(stage: Stage) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)

    denied = stage.consent(connection, "deny")

    assert (denied["statusCode"], heading(denied)) == (403, "Access was not allowed")
    assert "choose Connect" in text(denied)
    assert nothing_made(stage, connection)
    assert stage.consent(connection)["statusCode"] == 200
    assert stage.connection(connection.id).account is not None


def test_B25_an_app_that_is_not_installed_in_the_org_names_the_place_to_install_it(stage: Stage) -> None:
    switch(stage, app_installed=False)
    connection = stage.new_connection(Provider.SALESFORCE)

    answer = stage.consent(connection)

    assert (answer["statusCode"], heading(answer)) == (403, "The connection was not made")
    assert "External Client App Manager" in text(answer)
    assert "Connected Apps OAuth Usage" in text(answer)
    assert nothing_made(stage, connection)


ADDRESSES = {
    "production": "https://login.salesforce.com",
    "https://login.salesforce.com/": "https://login.salesforce.com",
    "sandbox": "https://test.salesforce.com",
    "test.salesforce.com": "https://test.salesforce.com",
    "https://Acme.my.salesforce.com": "https://acme.my.salesforce.com",
    "acme--uat.sandbox.my.salesforce.com": "https://acme--uat.sandbox.my.salesforce.com",
    "https://acme.lightning.force.com/lightning/page/home": "https://acme.my.salesforce.com",
    "https://acme--uat.sandbox.lightning.force.com/lightning/setup/SetupOneHome/home": (
        "https://acme--uat.sandbox.my.salesforce.com"
    ),
    "https://acme.my.salesforce-setup.com/lightning/setup/ManageUsers/home": "https://acme.my.salesforce.com",
}
NOT_SALESFORCE = (
    "http://acme.my.salesforce.com",
    "https://acme.my.salesforce.com.thief.example",
    "https://thief.example/?.my.salesforce.com",
    "https://acme.my.salesforce.com@thief.example",
    "https://169.254.169.254",
    "https://acme.my.salesforce.com:8443",
    "https://[acme",
    "na1.salesforce.com",
)


@pytest.mark.parametrize(("typed", "origin"), ADDRESSES.items())
def test_B26_any_address_of_the_org_becomes_the_one_to_log_in_at(
    stage: Stage, admin: Person, typed: str, origin: str
) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)

    saved = admin.post(f"connections/{connection.id}/app", {"instance_url": typed})

    assert (saved.status, saved.body["instance_url"]) == (200, origin)
    sent = stage.start(connection)["headers"]["location"]
    assert sent.startswith(f"{origin}/services/oauth2/authorize?")


@pytest.mark.parametrize("typed", NOT_SALESFORCE)
def test_B26_an_address_that_is_not_salesforces_is_refused_with_the_field_and_a_remedy(
    stage: Stage, admin: Person, typed: str
) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)

    refused = admin.post(f"connections/{connection.id}/app", {"instance_url": typed})

    assert (refused.status, refused.body["field"]) == (422, "instance_url")
    assert "My Domain" in refused.body["remedy"]
    assert stage.connection(connection.id) == connection


def test_B76_a_callback_over_plain_http_is_refused_before_anybody_is_sent_anywhere(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    monkeypatch.setenv("PUBLIC_URL", "http://timebridge.example")

    answer = stage.start(connection)

    assert answer["statusCode"] == 500
    assert "plain http" in text(answer)
    with pytest.raises(Misconfigured, match="plain http"):
        context.app(Provider.SALESFORCE)


def test_B94_from_nothing_to_live_takes_four_human_acts_and_seconds(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE)  # the tenant is there
    account = stage.seller("create", "Account", Name="Northwind Ltd")
    won = {"StageName": "Closed Won", "CloseDate": "2026-12-01"}
    stage.seller("create", "Opportunity", Name="Roll-out", AccountId=account, **won)
    package = f"{stage.salesforce.url}/_sandbox/package"
    control("POST", package, json={"installed": False})

    human = Human()
    human.does("install the package", lambda: control("POST", package, json={"installed": True}))
    asked = {"provider": "salesforce", "settings": {"presets": ["projects"]}}
    id = human.does("press Enable", lambda: admin.post("connections", asked)).body["id"]
    url = admin.post(f"connections/{id}/connect").body["authorise_url"]
    assert human.does("log in to Salesforce", lambda: started(stage, url))["statusCode"] == 302
    assert human.does("press Allow", lambda: stage.consent(stage.connection(id)))["statusCode"] == 200
    stage.load(id)  # by itself

    assert admin.get(f"connections/{id}").body["status"] == "live"
    assert admin.post(f"connections/{id}/preflight").body["ready"] is True
    assert [project["values"]["name"] for project in admin.get("projects").body["items"]] == ["Roll-out"]
    assert len(human.acts) == 4
    assert time.monotonic() - human.began < 60, "the guide allows four to eight hours"
