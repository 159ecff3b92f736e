"""The webhook doors, by recorded events: what is believed becomes changes on the queue, all else changes nothing."""

import base64
import json
from typing import Any

import pytest

from tests.stage import Stage, event
from timebridge import context
from timebridge.postings import bookkeeping
from timebridge.tenants import Provider, Status

SECRET = "a-webhook-secret-for-recorded-events"
SALESFORCE_ORG, COMPANY, OTHER_COMPANY = "00DSBX0000000012BA", "9341450000000001", "9341450000000002"


@pytest.fixture
def live(stage: Stage) -> Stage:
    """One Salesforce org and two QuickBooks companies, the second one of another tenant."""
    live = {"status": Status.LIVE, "webhook_secret": SECRET}
    stage.new_connection(Provider.SALESFORCE, account=SALESFORCE_ORG, **live)
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, account=COMPANY, **live)
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, tenant="other", account=OTHER_COMPANY, **live)
    return stage


def changes(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(change["name"], change["id"]) for change in body["changes"]]


@pytest.mark.parametrize("case", ["opportunities", "opportunities_base64"])
def test_an_outbound_message_is_queued_and_then_acknowledged(live: Stage, case: str) -> None:
    answer = live.call("salesforce_webhook", event("salesforce_webhook", case))

    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "text/xml; charset=utf-8"
    assert "<Ack>true</Ack>" in answer["body"]
    [message] = live.bodies()
    assert (message["tenant"], message["connection"]) == ("acme", "salesforce")
    assert changes(message) == [("Opportunity", "006SBX000000001YBA"), ("Opportunity", "006SBX000000002YBA")]


@pytest.mark.parametrize(
    ("case", "status", "said"),
    [
        ("wrong_secret", 403, "Refused."),
        ("unknown_connection", 403, "Refused."),
        ("another_organisation", 403, "Refused."),
        ("truncated", 400, "not acceptable XML"),
        ("entity_bomb", 400, "not acceptable XML"),
        ("json", 415, "text/xml"),
    ],
)
def test_a_bad_outbound_message_is_refused_with_a_reason(live: Stage, case: str, status: int, said: str) -> None:
    answer = live.call("salesforce_webhook", event("salesforce_webhook", case))

    assert answer["statusCode"] == status
    assert said in answer["body"]
    assert live.bodies() == []


def test_an_outbound_message_that_is_too_large_is_refused_unread(live: Stage) -> None:
    huge = event("salesforce_webhook", "opportunities") | {"body": "<" * 1_000_001}

    assert live.call("salesforce_webhook", huge)["statusCode"] == 413
    assert live.bodies() == []


def test_a_refusal_tells_nobody_whether_the_connection_exists(live: Stage) -> None:
    known = live.call("salesforce_webhook", event("salesforce_webhook", "wrong_secret"))
    unknown = live.call("salesforce_webhook", event("salesforce_webhook", "unknown_connection"))

    assert known == unknown


def test_an_outbound_message_about_an_object_without_a_flow_is_acknowledged_and_forgotten(live: Stage) -> None:
    found = event("salesforce_webhook", "opportunities")
    found["body"] = found["body"].replace("sf:Opportunity", "sf:Task")

    assert live.call("salesforce_webhook", found)["statusCode"] == 200
    assert live.bodies() == []


def test_a_notice_for_a_paused_connection_is_acknowledged_because_the_next_pull_finds_it(stage: Stage) -> None:
    paused = {"status": Status.PAUSED, "webhook_secret": SECRET}
    stage.new_connection(Provider.SALESFORCE, account=SALESFORCE_ORG, **paused)

    assert stage.call("salesforce_webhook", event("salesforce_webhook", "opportunities"))["statusCode"] == 200
    assert stage.bodies() == []


def test_notices_can_be_switched_off(stage: Stage) -> None:
    off = {"status": Status.LIVE, "webhook_secret": SECRET, "settings": {"notices": False}}
    stage.new_connection(Provider.SALESFORCE, account=SALESFORCE_ORG, **off)

    assert stage.call("salesforce_webhook", event("salesforce_webhook", "opportunities"))["statusCode"] == 200
    assert stage.bodies() == []


@pytest.mark.parametrize("case", ["two_companies", "base64"])
def test_a_body_with_two_companies_reaches_two_tenants(live: Stage, case: str) -> None:
    assert live.call("quickbooks_webhook", event("quickbooks_webhook", case))["statusCode"] == 200

    by_tenant = {body["tenant"]: changes(body) for body in live.bodies()}
    assert by_tenant == {"acme": [("Customer", "1"), ("TimeActivity", "2")], "other": [("Customer", "7")]}


def test_the_format_before_2026_is_understood(live: Stage) -> None:
    assert live.call("quickbooks_webhook", event("quickbooks_webhook", "old_format"))["statusCode"] == 200

    assert [changes(body) for body in live.bodies()] == [[("Customer", "1")]]


def test_an_unknown_company_is_counted_and_answered_with_200(live: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert live.call("quickbooks_webhook", event("quickbooks_webhook", "unknown_company"))["statusCode"] == 200

    assert live.bodies() == []
    assert "NoticesOfUnknownAccounts" in capsys.readouterr().out


@pytest.mark.parametrize("case", ["forged", "truncated"])
def test_a_body_that_intuit_did_not_sign_is_refused(live: Stage, case: str) -> None:
    answer = live.call("quickbooks_webhook", event("quickbooks_webhook", case))

    assert (answer["statusCode"], answer["body"]) == (401, "The signature is not Intuit's.")
    assert live.bodies() == []


def test_a_body_without_a_signature_is_refused(live: Stage) -> None:
    found = event("quickbooks_webhook", "two_companies")
    del found["headers"]["intuit-signature"]

    assert live.call("quickbooks_webhook", found)["statusCode"] == 401
    assert live.bodies() == []


def test_a_signed_body_that_cannot_be_read_holds_no_newer_notices_back(
    live: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = live.call("quickbooks_webhook", event("quickbooks_webhook", "broken_json"))

    assert answer["statusCode"] == 200
    assert "Nothing was taken from it." in answer["body"]
    assert "NoticesUnreadable" in capsys.readouterr().out
    assert live.bodies() == []


def test_a_body_that_is_too_large_is_refused_before_it_is_verified(live: Stage) -> None:
    huge = event("quickbooks_webhook", "two_companies") | {"body": "[" * 4_000_001}

    assert live.call("quickbooks_webhook", huge)["statusCode"] == 413
    assert live.bodies() == []


def test_a_changed_byte_breaks_the_signature(live: Stage) -> None:
    found = event("quickbooks_webhook", "base64")
    body = base64.b64decode(found["body"]).replace(b'"1"', b'"9"', 1)
    found["body"] = base64.b64encode(body).decode()

    assert live.call("quickbooks_webhook", found)["statusCode"] == 401
    assert live.bodies() == []


def test_the_secret_of_a_webhook_is_never_logged(live: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    for case in ("opportunities", "truncated", "json", "another_organisation"):
        live.call("salesforce_webhook", event("salesforce_webhook", case))

    assert SECRET not in capsys.readouterr().out


def test_a_message_on_the_queue_holds_ids_only(live: Stage) -> None:
    live.call("quickbooks_webhook", event("quickbooks_webhook", "two_companies"))

    for body in live.bodies():
        assert set(body) - {"at"} == {"tenant", "connection", "changes"}
        assert all(set(change) == {"where", "name", "id"} for change in body["changes"])
        assert len(json.dumps(body)) < 1_000


def test_a_notice_that_cannot_be_queued_is_not_acknowledged(live: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both senders send it again then, so nothing is lost."""
    monkeypatch.setenv("CHANGES_QUEUE_URL", live.queue_url.replace("changes", "missing"))

    outbound = live.call("salesforce_webhook", event("salesforce_webhook", "opportunities"))
    signed = live.call("quickbooks_webhook", event("quickbooks_webhook", "two_companies"))

    assert (outbound["statusCode"], signed["statusCode"]) == (503, 503)
    assert "Ack" not in outbound["body"]


def test_a_company_that_is_set_up_differently_is_read_again_and_the_webhook_writes_nothing(stage: Stage) -> None:
    connection = stage.connect(Provider.QUICKBOOKS_ONLINE)
    stage.settle()
    fresh = {**connection.facts, bookkeeping.COMPANY: {"read": "2026-11-21T09:00:00+00:00"}}
    before = context.changed(stage.connection(connection.id), facts=fresh)

    assert stage.told(stage.cloud_event("Preferences", "1"))["statusCode"] == 200
    assert stage.connection(connection.id) == before  # its door may write no table

    stage.work()
    assert stage.connection(connection.id).facts[bookkeeping.COMPANY]["read"] == ""


def test_a_replayed_notice_only_asks_to_look_again(live: Stage) -> None:
    for _ in range(3):
        assert live.call("quickbooks_webhook", event("quickbooks_webhook", "old_format"))["statusCode"] == 200

    assert [changes(body) for body in live.bodies()] == [[("Customer", "1")]] * 3
