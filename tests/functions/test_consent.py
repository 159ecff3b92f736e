"""The OAuth door with the providers' own consent pages behind it."""

import re
import time
from dataclasses import replace
from html import unescape
from typing import Any

import boto3
import pytest

from tests.stage import Stage, event, http
from timebridge.connecting import authorise, lifecycle
from timebridge.store.tables import TenantItem
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Provider, Status

BOTH = pytest.mark.parametrize("provider", [Provider.SALESFORCE, Provider.QUICKBOOKS_ONLINE])


def heading(answer: dict[str, Any]) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer["body"])
    assert found is not None, answer["body"]
    return found.group(1)


def nothing_stored(stage: Stage, connection: Connection) -> bool:
    """No grant, no run, and the connection as it was."""
    secrets = [secret["Name"] for secret in boto3.client("secretsmanager").list_secrets()["SecretList"]]
    return secrets == ["test/app"] and stage.connection(connection.id, connection.tenant) == connection


@BOTH
def test_consent_stores_the_grant_and_starts_the_initial_sync(stage: Stage, provider: Provider) -> None:
    connection = stage.new_connection(provider)

    answer = stage.consent(connection)

    assert answer["statusCode"] == 200
    connected = stage.connection(connection.id)
    assert connected.status is Status.LOADING
    assert unescape(heading(answer)) == f"Connected to {connected.account_name}"
    machine = boto3.client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
    [execution] = boto3.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert execution["name"] == connected.run


@BOTH
def test_deny_ends_on_a_page_that_says_what_to_do(stage: Stage, provider: Provider) -> None:
    connection = stage.new_connection(provider)

    answer = stage.consent(connection, "deny")

    assert (answer["statusCode"], heading(answer)) == (403, "Access was not allowed")
    assert "choose Connect" in answer["body"]
    assert nothing_stored(stage, connection)


def test_the_browser_gets_a_cookie_that_scripts_and_other_sites_cannot_use(stage: Stage) -> None:
    answer = stage.start(stage.new_connection(Provider.SALESFORCE))

    [cookie] = answer["cookies"]
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_a_local_stack_on_plain_http_gets_its_cookie_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:4566")

    [cookie] = stage.start(stage.new_connection(Provider.SALESFORCE))["cookies"]

    assert "Secure" not in cookie
    assert "HttpOnly" in cookie


def test_the_start_uses_pkce_and_does_not_send_the_verifier(stage: Stage) -> None:
    location = stage.start(stage.new_connection(Provider.SALESFORCE))["headers"]["location"]

    assert "code_challenge_method=S256" in location
    assert re.search(r"code_challenge=[A-Za-z0-9_-]{43}(&|$)", location)


@pytest.mark.parametrize(
    ("case", "status", "title"),
    [
        ("start_without_ticket", 400, "This link is not valid"),
        ("start_forged_ticket", 400, "This link is not valid"),
        ("start_unknown_provider", 404, "There is no such provider"),
        ("callback_forged_state", 400, "This link is not valid"),
        ("callback_without_state", 400, "This link is not valid"),
    ],
)
def test_what_was_not_made_by_us_is_refused(stage: Stage, case: str, status: int, title: str) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)

    answer = stage.call("oauth", event("oauth", case))

    assert (answer["statusCode"], heading(answer)) == (status, title)
    assert nothing_stored(stage, connection)


def test_a_ticket_is_no_state_and_a_state_is_no_ticket(stage: Stage) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    ticket = authorise.make_ticket(connection.tenant, connection.id, "an admin")

    answer = stage.callback("salesforce", {"code": "x", "state": ticket}, [])

    assert answer["statusCode"] == 400
    assert nothing_stored(stage, connection)


def test_a_ticket_older_than_ten_minutes_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    ticket = authorise.make_ticket(connection.tenant, connection.id, "an admin")
    monkeypatch.setattr("itsdangerous.timed.time.time", later(601))

    answer = stage.start(connection, ticket=ticket)

    assert (answer["statusCode"], heading(answer)) == (400, "This link is too old")


def later(seconds: float) -> Any:
    now = time.time()
    return lambda: now + seconds


def test_an_answer_older_than_ten_minutes_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    query, cookies = stage.consented(connection, "allow")
    monkeypatch.setattr("itsdangerous.timed.time.time", later(601))

    answer = stage.callback("salesforce", query, cookies)

    assert (answer["statusCode"], heading(answer)) == (400, "This link is too old")
    assert nothing_stored(stage, connection)


@BOTH
def test_an_answer_is_good_for_one_use(stage: Stage, provider: Provider) -> None:
    connection = stage.new_connection(provider)
    path = {"salesforce": "salesforce", "quickbooks_online": "quickbooks"}[provider]
    query, cookies = stage.consented(connection, "allow")
    assert stage.callback(path, query, cookies)["statusCode"] == 200
    run = stage.connection(connection.id).run

    again = stage.callback(path, query, cookies)

    assert (again["statusCode"], heading(again)) == (400, "This answer was used already")
    assert stage.connection(connection.id).run == run


@pytest.mark.parametrize("cookies", [[], ["timebridge_consent=guessed"]])
def test_an_answer_in_another_browser_is_refused(stage: Stage, cookies: list[str]) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    query, _ = stage.consented(connection, "allow")

    answer = stage.callback("salesforce", query, cookies)

    assert (answer["statusCode"], heading(answer)) == (403, "This is another browser")
    assert nothing_stored(stage, connection)


def test_an_answer_for_one_provider_is_refused_at_the_callback_of_another(stage: Stage) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    query, cookies = stage.consented(connection, "allow")

    answer = stage.callback("quickbooks", query, cookies)

    assert (answer["statusCode"], heading(answer)) == (400, "This answer belongs elsewhere")
    assert nothing_stored(stage, connection)


def test_a_connection_that_is_gone_meanwhile_is_refused(stage: Stage) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    query, cookies = stage.consented(connection, "allow")
    TenantItem.get(connection.tenant, f"connection#{connection.id}").delete()

    answer = stage.callback("salesforce", query, cookies)

    assert (answer["statusCode"], heading(answer)) == (404, "There is no such connection")


def test_an_error_of_the_provider_ends_on_a_page_that_quotes_it_safely(stage: Stage) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    query, cookies = stage.consented(connection, "allow")
    said = "<script>alert(1)</script>" + "x" * 1000
    query = {"state": query["state"], "error": "invalid_scope", "error_description": said}

    answer = stage.callback("salesforce", query, cookies)

    assert (answer["statusCode"], heading(answer)) == (400, "The provider refused")
    assert "<script>" not in answer["body"]
    assert "x" * 300 not in answer["body"]
    assert nothing_stored(stage, connection)


@BOTH
def test_a_code_the_provider_does_not_know_ends_on_a_page(stage: Stage, provider: Provider) -> None:
    connection = stage.new_connection(provider)
    query, cookies = stage.consented(connection, "allow")
    path = {"salesforce": "salesforce", "quickbooks_online": "quickbooks"}[provider]

    answer = stage.callback(path, {**query, "code": "made-up"}, cookies)

    assert (answer["statusCode"], heading(answer)) == (400, "The connection was not made")
    assert nothing_stored(stage, connection)


def test_a_provider_that_does_not_answer_ends_on_a_page(stage: Stage) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    query, cookies = stage.consented(connection, "allow")
    stage.salesforce.faults.add({"kind": "status", "match": {"path": "/services/oauth2/token"}, "status": 503})

    answer = stage.callback("salesforce", query, cookies)

    assert (answer["statusCode"], heading(answer)) == (503, "The provider does not answer")
    assert nothing_stored(stage, connection)


def test_an_account_belongs_to_one_connection_only(stage: Stage) -> None:
    assert stage.consent(stage.new_connection(Provider.QUICKBOOKS_ONLINE))["statusCode"] == 200
    second = stage.new_connection(Provider.QUICKBOOKS_ONLINE, tenant="other")

    answer = stage.consent(second)

    assert (answer["statusCode"], heading(answer)) == (409, "This account is connected already")
    assert stage.connection(second.id, "other") == second


def test_a_connection_keeps_its_account(stage: Stage) -> None:
    first, other = stage.quickbooks.companies
    connection = stage.new_connection(Provider.QUICKBOOKS_ONLINE)
    assert stage.consent(connection, realm=first)["statusCode"] == 200
    before = stage.connection(connection.id)

    answer = stage.consent(before, realm=other)

    assert (answer["statusCode"], heading(answer)) == (409, "This is another account")
    assert stage.connection(connection.id) == before


def test_connecting_again_goes_on_where_the_connection_stopped(stage: Stage) -> None:
    connection = stage.connect(Provider.SALESFORCE)
    lost = Connections().save(lost_access(connection))

    answer = stage.consent(lost)

    assert answer["statusCode"] == 200
    again = stage.connection(connection.id)
    assert (again.status, again.reason, again.run) == (Status.LIVE, None, None)
    assert "goes on where it stopped" in answer["body"]


def lost_access(connection: Connection) -> Connection:
    return replace(connection, status=Status.NEEDS_REAUTH, reason="Access was withdrawn.", remedy="Connect again.")


@BOTH
def test_disconnecting_gives_the_access_back_and_forgets_the_tokens(stage: Stage, provider: Provider) -> None:
    connection = stage.connect(provider)

    closed = lifecycle.disconnect(connection)

    assert closed.status is Status.CLOSED
    secrets = [secret["Name"] for secret in boto3.client("secretsmanager").list_secrets()["SecretList"]]
    assert secrets == ["test/app"]


@BOTH
def test_no_token_is_ever_logged(stage: Stage, provider: Provider, capsys: pytest.CaptureFixture[str]) -> None:
    connection = stage.connect(provider)
    grant = authorise.context.grants(connection).get()

    printed = capsys.readouterr()

    for token in (grant.access_token, grant.refresh_token, stage.salesforce.client_secret):
        assert token not in printed.out + printed.err


def test_the_callback_page_allows_no_script_and_no_frame(stage: Stage) -> None:
    headers = stage.call("oauth", http("GET /api/{provider}/start", {"provider": "salesforce"}))["headers"]

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
