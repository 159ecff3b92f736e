"""The life of a connection to QuickBooks: how long it is good for, how it is kept alive, how it is lost and found."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.admin import Person
from tests.features.companies import ID, connected, refreshes, shown
from tests.features.connecting import heading
from tests.features.moved_clock import MovedClock, moved_clock
from tests.stage import Stage, control
from timebridge.tenants import Connection, Status


@pytest.fixture
def connection(stage: Stage, admin: Person) -> Connection:
    return connected(stage, admin)


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


@pytest.mark.usefixtures("connection")
def test_a_whole_call_that_fails_names_intuits_id_in_the_run_and_in_the_test(stage: Stage, admin: Person) -> None:
    fault = {"Message": "Busy", "Detail": "", "code": "130", "element": ""}
    body = {"Fault": {"Error": [fault], "type": "SystemFault"}}
    wish = {"kind": "status", "match": {"path": "/v3/company"}, "status": 400, "body": body, "times": None}
    stage.quickbooks.faults.add({**wish, "headers": {"intuit_tid": "1-busy"}})

    assert admin.post(f"connections/{ID}/test").body["trace"] == "1-busy"
    admin.post(f"connections/{ID}/sync")
    stage.work()

    run, *_ = admin.get(f"connections/{ID}/runs").body["items"]
    assert run["status"] == "waiting"
    assert "(Call 1-busy.)" in run["reason"]
