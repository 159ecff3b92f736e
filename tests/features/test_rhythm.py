"""When data moves: by itself at the rate that was set, or when somebody asks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from tests.admin import Person
from tests.features.rhythm import DAY, HOUR, Days, days
from tests.stage import Stage, control
from timebridge import context
from timebridge.memory import MemoryCursors, MemoryLinks, MemorySide
from timebridge.messages import Message, Pull
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Rhythm, Tenant
from timebridge.worker.handling import handle

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""Noon; the days that are played follow it."""

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def played(stage: Stage, workspace: Workspace) -> Days:
    return days(stage, workspace)


def project(played: Days, name: str) -> object:
    found = played.firm.ours.get("project", played.firm.project)
    assert found is not None
    return found.values[name]


def in_tokyo() -> None:
    found = Tenants().get("acme")
    assert found is not None
    Tenants().save(Tenant("acme", "Acme", "Asia/Tokyo", found.revision))


# --- by itself -------------------------------------------------------------------------------------------------------


def test_A09_data_moves_by_itself_at_the_rate_that_was_set(played: Days) -> None:
    played.stage.seller("update", "Opportunity", played.firm.deal, Name="Crane controls II")
    played.firm.edit(budget="12000.00")
    now = datetime.now(UTC)

    assert played.go(now + HOUR) > 0

    assert project(played, "name") == "Crane controls II"
    assert played.firm.opportunity()["Amount"] == 12000
    assert played.runs()[0].actor == "schedule"


@pytest.mark.parametrize(("rhythm", "span"), [(Rhythm.REALTIME, timedelta(minutes=5)), (Rhythm.HOURLY, HOUR)])
def test_B59_a_connection_is_pulled_every_five_minutes_or_every_hour(
    played: Days, rhythm: Rhythm, span: timedelta
) -> None:
    played.choose(rhythm, FRIDAY)

    moments = [at for at, _ in played.pulls(FRIDAY, FRIDAY + 6 * span)]

    assert [later - earlier for earlier, later in pairwise(moments)] == [span] * 5
    assert moments[0] - FRIDAY <= span


def test_B59_an_object_has_a_rhythm_of_its_own(played: Days, admin: Person) -> None:
    flow = {"salesforce.account": {"rhythm": "daily"}}
    found = admin.get("connections/salesforce").body
    settings = {**found["settings"], "flows": flow}
    assert admin.patch("connections/salesforce", {"settings": settings, "revision": found["revision"]}).status == 200
    played.choose(Rhythm.HOURLY, FRIDAY)

    asked = played.pulls(FRIDAY, FRIDAY + DAY)

    of_accounts = [at for at, pull in asked if "salesforce.account" in pull.get("flows", ["salesforce.account"])]
    of_deals = [at for at, pull in asked if "salesforce.opportunity" in pull.get("flows", ["salesforce.opportunity"])]
    assert len(of_accounts) == 1
    assert of_accounts[0].astimezone(ZoneInfo("Europe/Berlin")).hour in (1, 2, 3, 4, 5)
    assert len(of_deals) == 24


def test_B40_an_object_that_is_scheduled_waits_and_one_in_real_time_does_not(
    stage: Stage, workspace: Workspace
) -> None:
    played = days(stage, workspace, flows={"salesforce.account": {"rhythm": "hourly"}})
    [account] = stage.salesforce_has("Account")
    stage.seller("update", "Account", account["Id"], Name="Harbour Freight II")
    stage.seller("update", "Opportunity", played.firm.deal, Name="Crane controls II")

    stage.noticed("Account", account["Id"])
    stage.noticed("Opportunity", played.firm.deal)
    stage.settle()

    assert project(played, "name") == "Crane controls II"
    [client] = workspace.page("client")[0]
    assert client.values["name"] == "Harbour Freight"
    played.go(datetime.now(UTC) + HOUR)
    [client] = workspace.page("client")[0]
    assert client.values["name"] == "Harbour Freight II"


def test_B40_edits_of_an_object_that_is_scheduled_wait_for_its_pull_too(stage: Stage, workspace: Workspace) -> None:
    played = days(stage, workspace, flows={"salesforce.opportunity": {"rhythm": "hourly"}})
    played.firm.edit(budget="12000.00")

    assert played.firm.opportunity()["Amount"] == 10000
    played.go(datetime.now(UTC) + HOUR)
    assert played.firm.opportunity()["Amount"] == 12000


def test_B40_what_nobody_pulls_is_not_pulled_with_the_others(stage: Stage, workspace: Workspace) -> None:
    played = days(stage, workspace, flows={"salesforce.account": {"rhythm": "off"}})
    played.choose(Rhythm.HOURLY, FRIDAY)

    asked = played.pulls(FRIDAY, FRIDAY + 3 * HOUR)

    assert ["salesforce.opportunity" in pull["flows"] for _, pull in asked] == [True] * 3
    assert not any("salesforce.account" in pull["flows"] for _, pull in asked)


def test_B60_daily_is_every_night_of_the_tenant(played: Days) -> None:
    in_tokyo()
    played.choose(Rhythm.DAILY, FRIDAY)

    moments = [at.astimezone(TOKYO) for at, _ in played.pulls(FRIDAY, FRIDAY + 4 * DAY)]

    assert [moment.date() for moment in moments] == [(FRIDAY + n * DAY).date() for n in (1, 2, 3, 4)]
    assert all(1 <= moment.hour < 5 for moment in moments)


def test_B60_between_the_nights_nothing_moves(played: Days) -> None:
    played.choose(Rhythm.DAILY)
    played.firm.edit(budget="12000.00")
    played.stage.seller("update", "Opportunity", played.firm.deal, Name="Crane controls II")

    played.stage.noticed("Opportunity", played.firm.deal)
    played.stage.settle()

    assert project(played, "name") == "Crane controls"
    assert played.firm.opportunity()["Amount"] == 10000
    played.go(datetime.now(UTC) + DAY)
    assert project(played, "name") == "Crane controls II"
    assert played.firm.opportunity()["Amount"] == 12000


def test_B61_weekly_is_the_night_of_sunday_where_the_tenant_is(played: Days) -> None:
    in_tokyo()
    played.choose(Rhythm.WEEKLY, FRIDAY)

    moments = [at.astimezone(TOKYO) for at, _ in played.pulls(FRIDAY, FRIDAY + 15 * DAY)]

    assert [moment.strftime("%A %d") for moment in moments] == ["Sunday 22", "Sunday 29"]
    assert all(1 <= moment.hour < 5 for moment in moments)


def test_B14_the_schedule_of_each_tenant_fires_at_its_own_moment(played: Days) -> None:
    played.choose(Rhythm.HOURLY, FRIDAY)
    first = played.next(FRIDAY)
    assert first is not None

    assert played.minute(first - timedelta(seconds=1)) == []
    assert len(played.minute(first)) == 1
    assert played.minute(first + timedelta(minutes=1)) == []
    assert len(played.minute(first + HOUR)) == 1


def test_C14_without_webhooks_a_new_deal_is_there_after_an_hour_at_the_latest(played: Days) -> None:
    """Whenever it is made: the pull that finds it is never more than an hour away."""
    played.choose(Rhythm.HOURLY, FRIDAY, notices=False)
    moments = [FRIDAY, *(at for at, _ in played.pulls(FRIDAY, FRIDAY + DAY))]
    assert max(later - earlier for earlier, later in pairwise(moments)) <= HOUR

    made = datetime.now(UTC)
    played.choose(Rhythm.HOURLY, made, notices=False)
    [account] = played.stage.salesforce_has("Account")
    won = {"AccountId": account["Id"], "StageName": "Closed Won", "CloseDate": "2026-12-01", "Amount": 1}
    deal = played.stage.seller("create", "Opportunity", Name="New pier", **won)
    played.stage.noticed("Opportunity", deal)
    played.stage.settle()
    assert played.firm.ours.page("project", "New pier")[0] == []
    due = played.next(made)
    assert due is not None
    assert due - made <= HOUR
    played.go(due)
    assert len(played.firm.ours.page("project", "New pier")[0]) == 1


# --- when somebody asks ----------------------------------------------------------------------------------------------


def test_A10_with_autosync_off_only_sync_now_moves_a_project_and_it_does_so_at_once(
    played: Days, admin: Person
) -> None:
    played.choose(Rhythm.OFF)
    assert played.stage.connection("salesforce").next_pull is None
    seconds = []
    for number in range(10):
        played.firm.edit(budget=f"{12000 + number}.00")
        before = 10000 if number == 0 else 12000 + number - 1
        assert played.firm.opportunity()["Amount"] == before, "off means off"
        began = perf_counter()
        asked = admin.post("connections/salesforce/sync", {"kind": "project", "id": played.firm.project})
        assert asked.status == 202
        played.stage.work()
        [row] = played.stage.salesforce_has("Opportunity", Id=played.firm.deal)
        seconds.append(perf_counter() - began)
        assert row["Amount"] == 12000 + number
    assert sorted(seconds)[9] <= 5


def test_A10_sync_now_of_one_flow_or_of_everything_works_with_autosync_off(played: Days, admin: Person) -> None:
    played.choose(Rhythm.OFF)
    for asked, name in (({"flow": "salesforce.opportunity"}, "Crane II"), (None, "Crane III")):
        played.stage.seller("update", "Opportunity", played.firm.deal, Name=name)
        played.stage.noticed("Opportunity", played.firm.deal)
        played.stage.settle()
        assert project(played, "name") != name
        assert admin.post("connections/salesforce/sync", asked).status == 202
        played.stage.settle()
        assert project(played, "name") == name


def test_C15_force_synchronization_brings_what_is_new_at_once(played: Days, admin: Person) -> None:
    [account] = played.stage.salesforce_has("Account")
    won = {"AccountId": account["Id"], "StageName": "Closed Won", "CloseDate": "2026-12-01", "Amount": 1}
    for number in range(3):
        played.stage.seller("create", "Opportunity", Name=f"Berth {number}", **won)

    assert admin.post("connections/salesforce/sync").status == 202
    played.stage.work()

    assert len(played.firm.ours.page("project", "Berth")[0]) == 3
    assert played.runs()[0].actor == admin.name


def test_C15_500_items_take_a_few_seconds(played: Days) -> None:
    """From the message to the last record, with the real calls to Salesforce; only the tables are in memory."""
    account = played.stage.salesforce_has("Account")[0]["Id"]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    deal = {"AccountId": account, "StageName": "Closed Won", "CloseDate": "2026-12-01", "SystemModstamp": now}
    made = {"Opportunity": [{"Name": f"Berth {number}", **deal} for number in range(500)]}
    control("POST", f"{played.stage.salesforce.url}/_sandbox/load", json=made)
    seconds = []
    for _ in range(5):
        with context.opened("acme", "salesforce") as road:
            ours = MemorySide(keyed_ids=True)
            fast = replace(road, ours=ours, links=MemoryLinks(), cursors=MemoryCursors())
            began = perf_counter()
            handle(fast, Message("acme", "salesforce", pull=Pull("ada")), lambda: False)
            seconds.append(perf_counter() - began)
        assert len(ours.there("project")) == 501
    assert max(seconds) <= 5


def test_B13_what_a_webhook_tells_is_visible_at_once(played: Days) -> None:
    seconds = []
    for number in range(10):
        played.stage.seller("update", "Opportunity", played.firm.deal, Amount=20000 + number)
        began = perf_counter()
        played.stage.noticed("Opportunity", played.firm.deal)
        played.stage.work()
        assert project(played, "budget") == 20000 + number
        seconds.append(perf_counter() - began)
    assert sorted(seconds)[9] < 10
