"""Where QuickBooks sends people: the launch, disconnect and reconnect addresses. Nobody is signed in there."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.admin import Person
from tests.features.companies import ID, connected, disconnect_there, refreshes, shown, visit
from tests.features.connecting import heading, text
from tests.stage import PUBLIC_URL, Stage, http
from timebridge.store.audit import Audit
from timebridge.tenants import Connection


@pytest.fixture
def connection(stage: Stage, admin: Person) -> Connection:
    return connected(stage, admin)


@pytest.mark.usefixtures("connection")
def test_disconnected_in_quickbooks_is_verified_stops_the_connection_and_keeps_everything(
    stage: Stage, admin: Person
) -> None:
    stage.bookkeeper("Customer", DisplayName="Northwind Ltd")
    admin.post(f"connections/{ID}/sync")
    stage.settle()
    before = admin.get(f"connections/{ID}/links").body
    disconnect_there(stage)

    page = visit(stage, "disconnected", realmId=stage.realm)

    assert (page["statusCode"], heading(page)) == (200, "timebridge has no access to this company")
    assert "Nothing was deleted" in text(page)
    lost = shown(admin)
    assert (lost["status"], lost["account"]) == ("needs_reauth", stage.realm)
    assert lost["remedy"]
    assert admin.get(f"connections/{ID}/links").body == before
    assert [client["values"]["name"] for client in admin.get("clients").body["items"]] == ["Northwind Ltd"]
    [mail] = stage.mails()
    assert mail.subject == "timebridge: a connection stopped at Acme"
    assert "connection.lost" in {line["what"] for line in Audit(stage.tenant).page()[0]}


@pytest.mark.usefixtures("connection")
def test_a_paused_connection_that_is_disconnected_in_quickbooks_says_so_too(stage: Stage, admin: Person) -> None:
    admin.post(f"connections/{ID}/pause")
    disconnect_there(stage)

    visit(stage, "disconnected", realmId=stage.realm)

    assert shown(admin)["status"] == "needs_reauth"


@pytest.mark.usefixtures("connection")
def test_a_disconnect_that_nobody_did_changes_nothing(stage: Stage, admin: Person) -> None:
    page = visit(stage, "disconnected", realmId=stage.realm)

    assert heading(page) == "timebridge still has access to this company"
    assert shown(admin)["status"] == "live"
    assert stage.mails() == []


@pytest.mark.usefixtures("connection")
def test_who_knocks_often_costs_one_call(stage: Stage) -> None:
    before = refreshes(stage)

    pages = [heading(visit(stage, "disconnected", realmId=stage.realm)) for _ in range(5)]

    assert pages == ["timebridge still has access to this company", *["We are looking into it"] * 4]
    assert refreshes(stage) == before + 1


@pytest.mark.usefixtures("connection")
def test_intuit_that_does_not_answer_leaves_the_connection_as_it_is(stage: Stage, admin: Person) -> None:
    stage.quickbooks.faults.add({"kind": "status", "match": {"path": "/tokens/bearer"}, "status": 503})

    page = visit(stage, "disconnected", realmId=stage.realm)

    assert heading(page) == "We are looking into it"
    assert shown(admin)["status"] == "live"


@pytest.mark.parametrize("query", [{}, {"realmId": "4620816365999999999"}])
def test_strangers_learn_nothing_from_the_address(stage: Stage, query: dict[str, str]) -> None:
    page = visit(stage, "disconnected", **query)

    assert page["statusCode"] == 200
    assert heading(page) in ("timebridge has no access to this company", "We are looking into it")


@pytest.mark.usefixtures("connection")
def test_no_page_of_a_stranger_names_the_company(stage: Stage, connection: Connection) -> None:
    disconnect_there(stage)

    for page in ("disconnected", "launch"):
        assert str(connection.account_name) not in visit(stage, page, realmId=stage.realm)["body"]


def test_opened_from_quickbooks_it_says_where_to_go(stage: Stage) -> None:
    page = visit(stage, "launch")

    assert (page["statusCode"], heading(page)) == (200, "timebridge for QuickBooks Online")
    assert 'href="/api/quickbooks/reconnect"' in page["body"]
    assert "Sign in to timebridge" in text(page)


def reconnect(stage: Stage, realm: str) -> dict[str, Any]:
    """From Intuit's reconnect button through its consent page and back."""
    sent = visit(stage, "reconnect", realmId=realm)
    assert sent["statusCode"] == 302, sent
    wish = parse_qs(urlsplit(sent["headers"]["location"]).query)
    assert wish["redirect_uri"] == [f"{PUBLIC_URL}/api/quickbooks/callback"]
    choice = {"decision": "allow", "realm": realm}
    back = requests.post(sent["headers"]["location"], data=choice, allow_redirects=False, timeout=10)
    query = {name: values[0] for name, values in parse_qs(urlsplit(back.headers["location"]).query).items()}
    return stage.callback("quickbooks", query, [line.partition(";")[0] for line in sent["cookies"]])


@pytest.mark.usefixtures("connection")
def test_reconnect_from_quickbooks_finds_the_right_connection_by_itself(stage: Stage, admin: Person) -> None:
    disconnect_there(stage)
    visit(stage, "disconnected", realmId=stage.realm)
    runs = len(admin.get(f"connections/{ID}/runs").body["items"])

    answer = reconnect(stage, stage.realm)
    stage.settle()

    assert (answer["statusCode"], shown(admin)["status"]) == (200, "live")
    assert "was connected before" in text(answer)
    assert len(admin.get(f"connections/{ID}/runs").body["items"]) == runs + 1


@pytest.mark.usefixtures("connection")
def test_reconnect_from_quickbooks_does_not_set_off_what_a_person_paused(stage: Stage, admin: Person) -> None:
    admin.post(f"connections/{ID}/pause")

    assert reconnect(stage, stage.realm)["statusCode"] == 200

    assert shown(admin)["status"] == "paused"
    assert admin.post(f"connections/{ID}/test").body["ok"] is True


@pytest.mark.usefixtures("connection")
def test_reconnect_connects_nothing_that_was_not_connected(stage: Stage, admin: Person) -> None:
    other = list(stage.quickbooks.companies)[1]

    answer = reconnect(stage, other)

    assert (answer["statusCode"], heading(answer)) == (404, "There is nothing to reconnect")
    assert shown(admin)["account"] == stage.realm
    assert stage.quickbooks.grants.is_connected(other) is False, "it was given back"


@pytest.mark.usefixtures("connection")
def test_what_an_administrator_here_disconnected_is_not_reopened_from_quickbooks(stage: Stage, admin: Person) -> None:
    admin.post(f"connections/{ID}/disconnect")

    assert reconnect(stage, stage.realm)["statusCode"] == 404

    assert shown(admin)["status"] == "closed"


@pytest.mark.parametrize("page", ["launch", "reconnect", "disconnected"])
def test_salesforce_sends_nobody_there(stage: Stage, page: str) -> None:
    answer = stage.call("oauth", http(f"GET /api/{{provider}}/{page}", {"provider": "salesforce"}))

    assert answer["statusCode"] == 404
