"""The life of a connection to QuickBooks: how long it is good for, how it is kept alive, how it is lost and found."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.admin import Person
from tests.features.connecting import heading, text
from tests.features.moved_clock import MovedClock, moved_clock
from tests.stage import PUBLIC_URL, Stage, control, http
from timebridge.store.audit import Audit
from timebridge.tenants import Connection, Provider, Status

QUICKBOOKS = Provider.QUICKBOOKS_ONLINE
ID = "quickbooks_online"


@pytest.fixture
def connection(stage: Stage, admin: Person) -> Connection:
    """A live connection, and somebody who wants to be told."""
    found = stage.connect(QUICKBOOKS)
    wishes = admin.get("notifications").body
    told = {"recipients": ["ada@acme.example"], "errors": 0, "minutes": 60, "digest": False}
    assert admin.call("PATCH", "notifications", {**told, "revision": wishes["revision"]}).status == 200
    return found


@pytest.fixture
def clock(stage: Stage) -> Iterator[MovedClock]:
    with moved_clock(stage.quickbooks.clock) as moved:
        yield moved


def later(clock: MovedClock, days: float) -> None:
    clock.set(datetime.now(UTC) + timedelta(days=days))


def minute(stage: Stage) -> None:
    """What happens every minute: the schedule looks who is due, and the worker does it."""
    stage.call("schedule", {})
    stage.work()


def shown(admin: Person, id: str = ID) -> dict[str, Any]:
    found: dict[str, Any] = admin.get(f"connections/{id}").body
    return found


def visit(stage: Stage, page: str, **query: str) -> dict[str, Any]:
    """A browser that Intuit sends to one of our addresses."""
    return stage.call("oauth", http(f"GET /api/{{provider}}/{page}", {"provider": "quickbooks"}, query=query))


def disconnect_there(stage: Stage) -> None:
    control("POST", f"{stage.quickbooks.url}/_sandbox/companies/{stage.realm}/disconnect")


def refreshes(stage: Stage) -> int:
    return int(control("GET", f"{stage.quickbooks.url}/_sandbox/tokens")["refreshes"])


# --- how long it is good for -----------------------------------------------------------------------------------------


def test_a_connection_shows_how_long_its_access_is_good_for(admin: Person, connection: Connection) -> None:
    access = shown(admin, connection.id)["access"]

    unused = datetime.fromisoformat(access["unless_used"]) - datetime.now(UTC)
    ends = datetime.fromisoformat(access["ends"]) - datetime.now(UTC)
    assert timedelta(days=100) < unused <= timedelta(days=101)
    assert timedelta(days=1824) < ends <= timedelta(days=1825)
    assert access["days_left"] == 101
    assert admin.get("connections").body["items"][0]["access"] == access


@pytest.mark.usefixtures("connection")
def test_a_paused_company_is_kept_alive_at_least_once_a_week(stage: Stage, admin: Person, clock: MovedClock) -> None:
    admin.post(f"connections/{ID}/pause")
    for week in range(1, 17):
        later(clock, 7 * week)
        minute(stage)

    assert stage.connection(ID).status is Status.PAUSED
    assert shown(admin)["access"]["days_left"] >= 99, "sixteen weeks are more than the hundred days"
    assert admin.post(f"connections/{ID}/test").body["ok"] is True


@pytest.mark.usefixtures("connection")
def test_a_company_that_is_used_is_not_renewed_for_nothing(stage: Stage, clock: MovedClock) -> None:
    later(clock, 5)
    stage.call("schedule", {})
    stage.bodies()  # whatever the pull was
    before = refreshes(stage)

    minute(stage)

    assert refreshes(stage) == before


def test_people_are_told_thirty_seven_and_one_day_before_the_consent_ends_and_once_each(
    stage: Stage, admin: Person, connection: Connection, clock: MovedClock
) -> None:
    admin.post(f"connections/{ID}/pause")
    told = []
    for days in (1700, 1794, 1796, 1800, 1817, 1819, 1823.5, 1824.5):
        later(clock, days)
        renew_through(stage)
        minute(stage)
        minute(stage)
        told.append(len(stage.mails()))

    assert told == [0, 0, 1, 1, 1, 2, 2, 3]
    words = [mail.text for mail in stage.mails()]
    assert "ends in 29 days" in words[0]
    assert "Reconnect it before then" in words[0]
    assert connection.account_name is not None
    assert connection.account_name in words[0]


def renew_through(stage: Stage) -> None:
    """Months passed in which it was used as always: only the five years count."""
    stage.quickbooks.store.execute("update grants set issued = ?", (stage.quickbooks.clock.now().timestamp(),))


def test_when_the_five_years_are_over_the_connection_says_so_and_a_reconnect_starts_them_anew(
    stage: Stage, admin: Person, connection: Connection, clock: MovedClock
) -> None:
    admin.post(f"connections/{ID}/pause")
    later(clock, 1826)
    minute(stage)

    lost = shown(admin)
    assert (lost["status"], lost["access"]) == ("needs_reauth", None)
    assert "Connect QuickBooks again" in lost["remedy"]
    assert len(stage.mails()) == 1
    assert stage.consent(stage.connection(connection.id))["statusCode"] == 200
    assert shown(admin)["access"]["days_left"] == 101


# --- what QuickBooks sends people here for ---------------------------------------------------------------------------


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


# --- a company that cannot go on -------------------------------------------------------------------------------------


def suspend(stage: Stage, suspended: bool) -> None:
    url = f"{stage.quickbooks.url}/_sandbox/companies/{stage.realm}/suspend"
    control("POST", url, json={"suspended": suspended})


@pytest.mark.usefixtures("connection")
def test_a_subscription_that_lapses_stops_the_connection_and_goes_on_when_it_is_renewed(
    stage: Stage, admin: Person
) -> None:
    suspend(stage, True)
    client = admin.post("clients", {"name": "Northwind Ltd"})
    assert client.status == 201, client.text
    stage.settle()

    lost = shown(admin)
    assert lost["status"] == "needs_reauth"
    assert "subscription" in lost["reason"]
    assert "Renew" in lost["remedy"]
    lines = {line["name"]: line for line in admin.post(f"connections/{ID}/preflight").body["checks"]}
    assert (lines["access"]["outcome"], lines["subscription"]["outcome"]) == ("pass", "fail")

    suspend(stage, False)
    admin.post(f"connections/{ID}/resume")
    stage.settle()

    assert shown(admin)["status"] == "live"
    assert [customer["DisplayName"] for customer in stage.quickbooks_has("Customer")] == ["Northwind Ltd"]


@pytest.mark.usefixtures("connection")
def test_a_company_that_was_reset_stops_at_once_and_buries_nothing(stage: Stage, admin: Person) -> None:
    stage.bookkeeper("Customer", DisplayName="Northwind Ltd")
    admin.post(f"connections/{ID}/sync")
    stage.settle()
    fault = {"Message": "The company was reset", "Detail": "all ids are invalid", "code": "10200", "element": ""}
    body = {"Fault": {"Error": [fault], "type": "ValidationFault"}}
    stage.quickbooks.faults.add(
        {"kind": "status", "match": {"path": "/v3/company"}, "status": 400, "body": body, "times": None}
    )

    admin.post(f"connections/{ID}/sync")
    stage.settle()

    lost = shown(admin)
    assert lost["status"] == "needs_reauth"
    assert "was reset" in lost["reason"]
    assert [client["values"]["name"] for client in admin.get("clients").body["items"]] == ["Northwind Ltd"]

    stage.quickbooks.faults.clear()
    assert admin.post(f"connections/{ID}/resume").status == 422, "the ids mean other records now"
    assert heading(stage.consent(stage.connection(ID))) == "The company was reset"
    fresh = admin.post(f"connections/{ID}/switch").body["connection"]
    assert stage.consent(stage.connection(fresh))["statusCode"] == 200
    stage.load(fresh)
    assert (shown(admin)["status"], shown(admin, fresh)["status"]) == ("closed", "live")
    assert [client["values"]["name"] for client in admin.get("clients").body["items"]] == ["Northwind Ltd"]
    assert len(stage.quickbooks_has("Customer")) == 1


# --- Intuit's id of a call -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("connection")
def test_every_refusal_carries_intuits_id_of_the_call(
    stage: Stage, admin: Person, caplog: pytest.LogCaptureFixture
) -> None:
    client = admin.post("clients", {"name": "Northwind Ltd", "currency": "EUR"}).body["id"]  # the company has one only
    stage.settle()

    [link] = admin.get(f"connections/{ID}/links", ours=client).body["items"]
    trace = link["problem"]["trace"]
    assert trace.startswith("1-")
    run, *_ = [run for run in admin.get(f"connections/{ID}/runs").body["items"] if run["problems"]]
    [problem] = admin.get(f"connections/{ID}/runs/{run['id']}/problems").body["items"]
    assert problem["trace"] == trace
    assert trace in [each for record in caplog.records for each in getattr(record, "traces", [])]
