"""Losing access, handing over, unlinking, enabling again, and moving to another org: links stay what they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.admin import Person
from tests.features.connecting import (
    OWNER,
    SELLER,
    become_another_org,
    change_user,
    heading,
    secrets,
    switch,
    text,
    user,
)
from tests.stage import Stage, control
from timebridge.store.audit import Audit
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Provider, Status

WON = {"StageName": "Closed Won", "CloseDate": "2026-12-01"}
CASEY = "casey@nimbus-oak.example"
SETTINGS = {"presets": ["projects"], "stages": ["Closed Won"]}


@pytest.fixture
def connection(stage: Stage) -> Connection:
    """Live, with a client and a project that are linked."""
    stage.seller("create", "Account", Name="Northwind Ltd")
    win(stage, "Roll-out")
    return stage.connect(Provider.SALESFORCE, settings=SETTINGS)


def win(stage: Stage, name: str) -> None:
    """A person closes a deal with the client there is."""
    [account] = stage.salesforce_has("Account", Name="Northwind Ltd")
    stage.seller("create", "Opportunity", Name=name, AccountId=account["Id"], **WON)


def links(admin: Person, connection: Connection) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = admin.get(f"connections/{connection.id}/links").body["items"]
    return found


def pairs(admin: Person, connection: Connection) -> set[tuple[str, str, str]]:
    return {(link["flow"], link["ours"], link["theirs"]) for link in links(admin, connection)}


def names(admin: Person, kinds: str) -> list[str]:
    return sorted(found["values"]["name"] for found in admin.get(kinds).body["items"])


def one_cycle(stage: Stage, connection: Connection) -> None:
    """The pull that the schedule would have brought by now."""
    found = stage.connection(connection.id)
    Connections().save(replace(found, next_pull=datetime.now(UTC) - timedelta(seconds=1)))
    stage.call("schedule", {})
    stage.settle()


def audited(*what: str) -> list[dict[str, Any]]:
    return [line for line in Audit("acme").page()[0] if line["what"] in what]


# --- whose eyes we see with ------------------------------------------------------------------------------------------


def test_C02_the_connection_shows_its_owner_and_sees_what_the_owner_sees(stage: Stage, admin: Person) -> None:
    switch(stage, private=["Account", "Opportunity"])
    mine, theirs = user(stage, SELLER), user(stage, CASEY)
    stage.seller("create", "Account", Name="Mine", OwnerId=mine)
    stage.seller("create", "Account", Name="Of somebody else", OwnerId=theirs)
    connection = stage.new_connection(Provider.SALESFORCE, settings=SETTINGS)
    stage.consent(connection, user=mine)
    stage.load(connection.id)

    assert admin.get(f"connections/{connection.id}").body["owner"] == SELLER
    assert names(admin, "clients") == ["Mine"]

    stage.seller("create", "Account", Name="Also mine", OwnerId=mine)
    stage.seller("create", "Account", Name="Still of somebody else", OwnerId=theirs)
    one_cycle(stage, connection)
    assert names(admin, "clients") == ["Also mine", "Mine"]


def test_C16_an_owner_who_leaves_is_told_within_one_cycle_and_a_colleague_takes_over_with_all_links(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    before = pairs(admin, connection)
    change_user(stage, OWNER, active=False)
    control("POST", f"{stage.salesforce.url}/_sandbox/tokens/expire")

    one_cycle(stage, connection)

    warned = admin.get(f"connections/{connection.id}").body
    assert (warned["status"], warned["owner"]) == ("needs_reauth", OWNER)
    assert "user who connected is no longer active" in warned["reason"]
    assert "another user" in warned["remedy"]

    assert admin.post(f"connections/{connection.id}/reconnect").status == 200
    assert stage.consent(connection, user=user(stage, CASEY))["statusCode"] == 200
    win(stage, "Second")
    stage.settle()
    one_cycle(stage, connection)

    taken = admin.get(f"connections/{connection.id}").body
    assert (taken["status"], taken["owner"], taken["reason"]) == ("live", CASEY, None)
    assert pairs(admin, connection) > before
    assert names(admin, "projects") == ["Roll-out", "Second"]
    assert names(admin, "clients") == ["Northwind Ltd"]
    [line] = audited("handed over")
    assert (line["before"], line["after"]) == ({"owner": OWNER}, {"owner": CASEY})


# --- who may do it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_C17_others_than_administrators_are_refused_and_stand_in_the_audit_trail(
    stage: Stage, admin: Person, connection: Connection, role: str
) -> None:
    person = Person((role,), name="max@acme.example")
    before = stage.connection(connection.id)
    verbs = ("connect", "reconnect", "disconnect", "switch", "app", "test", "preflight")

    answers = [person.post(f"connections/{connection.id}/{verb}") for verb in verbs]
    answers.append(person.post("connections", {"provider": "salesforce"}))

    assert {answer.status for answer in answers} == {403}
    assert stage.connection(connection.id) == before
    lines = audited("refused")
    assert {line["actor"] for line in lines} == {"max@acme.example"}
    paths = {line["target"].rpartition("/")[2] for line in lines}
    assert paths == {*verbs, "connections"}
    assert next(line["detail"] for line in admin.get("audit").body["items"] if line["what"] == "refused") == {
        "roles": [role]
    }


def test_C17_somebody_of_another_tenant_leaves_no_line_in_this_ones_trail(stage: Stage, connection: Connection) -> None:
    stranger = Person(("member",), "globex")

    assert stranger.call("POST", f"/v1/tenants/acme/connections/{connection.id}/disconnect").status == 403

    assert audited("refused") == []
    assert stage.connection(connection.id).status is Status.LIVE


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_B87_an_expired_token_says_reconnect_and_reconnecting_keeps_mappings_and_links(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    before = pairs(admin, connection)
    control("POST", f"{stage.salesforce.url}/_sandbox/tokens/revoke")
    one_cycle(stage, connection)

    lost = admin.get(f"connections/{connection.id}").body
    assert (lost["status"], lost["reason"]) == ("needs_reauth", "Access to Salesforce was revoked or has expired.")
    assert lost["remedy"].startswith("Reconnect Salesforce.")
    assert "valid until revoked" in lost["remedy"]

    assert stage.consent(stage.connection(connection.id))["statusCode"] == 200
    stage.settle()
    again = admin.get(f"connections/{connection.id}").body
    assert (again["status"], again["settings"]) == ("live", SETTINGS)
    assert pairs(admin, connection) == before


def test_B87_invalid_credentials_of_an_own_app_say_what_to_copy_again(stage: Stage, admin: Person) -> None:
    waiting = stage.new_connection(Provider.SALESFORCE)
    known = {"consumer_key": stage.salesforce.client_id, "consumer_secret": "mistyped"}
    admin.post(f"connections/{waiting.id}/app", known)

    answer = stage.start(waiting)

    assert "refuses the consumer secret of your own app" in text(answer)
    assert "Copy consumer key and secret from the app again" in text(answer)


# --- unlink and enable again -----------------------------------------------------------------------------------------


def test_C29_unlinking_ends_the_access_at_the_provider_and_keeps_records_and_links(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    before, tokens = links(admin, connection), grants_at_salesforce(stage)
    assert tokens == 1

    unlinked = admin.post(f"connections/{connection.id}/disconnect").body

    assert unlinked["status"] == "closed"
    assert grants_at_salesforce(stage) == 0
    assert secrets() == ["test/app"]
    assert names(admin, "projects") == ["Roll-out"]
    [project] = admin.get("projects").body["items"]
    patch = {"values": {"budget": 500}, "revision": project["revision"]}
    assert admin.patch(f"projects/{project['id']}", patch).status == 200
    win(stage, "Meanwhile")
    stage.settle()
    assert links(admin, connection) == before
    assert names(admin, "projects") == ["Roll-out"]
    assert [found["Amount"] for found in stage.salesforce_has("Opportunity", Name="Roll-out")] == [None]


def grants_at_salesforce(stage: Stage) -> int:
    [[count]] = stage.salesforce.org.store.db.execute("SELECT COUNT(*) FROM _grants").fetchall()
    return int(count)


def test_C30_enabling_again_starts_a_run_by_itself_that_catches_up_without_duplicates(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    before = pairs(admin, connection)
    one_cycle(stage, connection)
    admin.post(f"connections/{connection.id}/disconnect")
    win(stage, "Meanwhile")
    runs = len(admin.get(f"connections/{connection.id}/runs").body["items"])

    assert admin.post(f"connections/{connection.id}/reconnect").status == 200
    assert stage.consent(stage.connection(connection.id))["statusCode"] == 200
    stage.settle()  # no schedule: what is at work now was started by the consent

    assert len(admin.get(f"connections/{connection.id}/runs").body["items"]) == runs + 1
    assert names(admin, "projects") == ["Meanwhile", "Roll-out"]
    assert names(admin, "clients") == ["Northwind Ltd"]
    assert pairs(admin, connection) > before
    assert len(stage.salesforce_has("Opportunity")) == 2
    assert len(stage.salesforce_has("Account")) == 1


# --- another org -----------------------------------------------------------------------------------------------------


def test_C16_reconnecting_another_org_is_refused_and_changes_nothing(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    before, held = links(admin, connection), stage.connection(connection.id)
    become_another_org(stage)

    answer = stage.consent(connection)

    assert (answer["statusCode"], heading(answer)) == (409, "This is another account")
    assert "Switch account" in text(answer)
    assert stage.connection(connection.id) == held
    assert links(admin, connection) == before


def test_C16_a_switch_that_is_meant_starts_afresh_and_leaves_the_old_links_as_they_are(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    before = links(admin, connection)
    fresh = admin.post(f"connections/{connection.id}/switch")
    assert fresh.status == 201
    assert stage.connection(connection.id).status is Status.LIVE, "until somebody has consented there"
    become_another_org(stage)

    assert stage.consent(stage.connection(fresh.body["connection"]))["statusCode"] == 200

    old, new = stage.connection(connection.id), stage.connection(fresh.body["connection"])
    assert (old.status, new.status) == (Status.CLOSED, Status.LOADING)
    assert (new.account_name, new.settings) == ("Harbour & Vale (demo)", SETTINGS)
    assert links(admin, connection) == before
    assert links(admin, new) == []
    [line] = audited("connection.replaced")
    assert line["detail"]["by"] == new.id


def test_C30_a_queue_that_does_not_answer_leaves_the_first_run_to_the_schedule(
    stage: Stage, admin: Person, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_cycle(stage, connection)
    admin.post(f"connections/{connection.id}/disconnect")
    queue_url = stage.queue_url
    monkeypatch.setenv("CHANGES_QUEUE_URL", f"{queue_url}-gone")

    assert stage.consent(stage.connection(connection.id))["statusCode"] == 200

    monkeypatch.setenv("CHANGES_QUEUE_URL", queue_url)
    found = stage.connection(connection.id)
    assert found.status is Status.LIVE
    assert found.next_pull is not None
    assert found.next_pull <= datetime.now(UTC)


def test_C16_a_switch_to_the_same_org_is_no_switch(stage: Stage, admin: Person, connection: Connection) -> None:
    fresh = admin.post(f"connections/{connection.id}/switch").body["connection"]

    answer = stage.consent(stage.connection(fresh))

    assert (answer["statusCode"], heading(answer)) == (409, "This account is connected already")
    assert stage.connection(connection.id).status is Status.LIVE
