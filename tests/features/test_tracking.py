"""Time tracked on imported tasks, by entry or by timer, from any client."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.admin import Person
from tests.features.tasks import PROJECT, everything, hired, imported, names, opportunity, synced, task
from tests.stage import Stage
from timebridge.store.records import Workspace


def test_C23_one_read_api_serves_every_client_with_paging_and_search(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    for number in range(23):
        opportunity(stage, f"Deal {number:02d}")
    stage.seller("create", "Task", Subject="Call Deal people", WhatId=opportunity(stage, "Renewal"))
    imported(stage)
    _, member = hired(workspace, "Max")
    expected = sorted([*(f"Deal {number:02d}" for number in range(23)), "Renewal", "Call Deal people"])
    for client in (member, Person(("member",), name=member.name), Person(("viewer",), name="vera@acme.example"), admin):
        for limit in (1, 7, 200):
            assert names(client, limit=limit) == expected
        assert names(client, q="deal", limit=4) == ["Call Deal people", *expected[1:24]]
        assert names(client, q="1 eal", limit=4) == [
            name for name in expected if name.startswith("Deal") and "1" in name
        ]
        assert names(client, q="PEOPLE call") == ["Call Deal people"]
        assert names(client, q="nothing like it") == []
        assert names(client, parent=PROJECT, q="renew") == ["Renewal"]
        assert names(client, parent="prj_other") == []
    assert task(member, "Call Deal people")["path"] == ["Salesforce", "Renewal", "Call Deal people"]


def test_C23_a_search_looks_at_every_word_of_the_name_and_at_the_number(stage: Stage, admin: Person) -> None:
    case = stage.seller("create", "Case", Subject="Login fails on Mondays")
    [number] = [found["CaseNumber"] for found in stage.salesforce_has("Case") if found["Id"] == case]
    imported(stage)
    for words in ("login", "fails", "monday", "mon log", number, number[-4:]):
        assert names(admin, q=words) == ["Login fails on Mondays"], words


def test_C24_a_search_finds_the_task_and_the_timer_makes_an_entry_on_it(stage: Stage, workspace: Workspace) -> None:
    opportunity(stage, "Renewal")
    opportunity(stage, "Expansion")
    imported(stage)
    staff, member = hired(workspace, "Max")
    [found] = member.get("tasks", q="renew").body["items"]
    began = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    started = member.post("timer/start", {"task": found["id"], "notes": "Prepared", "started": began.isoformat()})
    assert started.status == 200, started.text
    ended = began + timedelta(hours=1, minutes=20)
    stopped = member.post("timer/stop", {"ended": ended.isoformat()}).body
    [entry] = stopped["entries"]
    assert stopped["running"] is None
    assert everything(member, "time-entries") == [entry]
    wanted = {"task": found["id"], "project": PROJECT, "staff": staff, "hours": 1.33, "work_date": "2026-11-20"}
    assert {name: entry["values"][name] for name in wanted} == wanted
    assert (entry["values"]["notes"], entry["values"]["status"], entry["values"]["billable"]) == (
        "Prepared",
        "draft",
        True,
    )


def test_C24_a_timer_over_midnight_makes_an_entry_for_each_local_day(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    """In Vienna it is midnight at 23 hours UTC; the tenant is in Berlin, the person may be elsewhere."""
    opportunity(stage, "Renewal")
    imported(stage)
    _, member = hired(workspace, "Max")
    began, ended = "2026-11-19T22:10:00+00:00", "2026-11-20T00:30:00+00:00"
    expected = {
        None: [("2026-11-19", 0.83), ("2026-11-20", 1.5)],
        "America/New_York": [("2026-11-19", 2.33)],
    }
    for zone, days in expected.items():
        member.post("timer/start", {"task": task(admin, "Renewal")["id"], "started": began, "time_zone": zone})
        made = member.post("timer/stop", {"ended": ended}).body["entries"]
        assert [(each["values"]["work_date"], each["values"]["hours"]) for each in made] == days


def test_C24_time_that_was_worked_is_kept_when_the_task_is_archived_meanwhile(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    renewal = opportunity(stage, "Renewal")
    imported(stage)
    _, member = hired(workspace, "Max")
    found = task(member, "Renewal")["id"]
    member.post("timer/start", {"task": found})
    stage.seller("update", "Opportunity", renewal, StageName="Closed Won")
    synced(stage, admin)
    assert names(member) == []
    [entry] = member.post("timer/stop").body["entries"]
    assert (entry["values"]["task"], entry["values"]["hours"]) == (found, 0.01)
    refused = member.post("timer/start", {"task": found})
    assert (refused.status, refused.body["field"]) == (422, "task")


def test_C25_a_timer_started_in_one_client_is_seen_changed_and_stopped_in_another(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    opportunity(stage, "Renewal")
    opportunity(stage, "Expansion")
    imported(stage)
    staff, web = hired(workspace, "Max")
    desktop, somebody = Person(("member",), name=web.name), hired(workspace, "Other")[1]
    renewal, expansion = (task(admin, name)["id"] for name in ("Renewal", "Expansion"))
    assert desktop.get("timer").body["running"] is None
    running = web.post("timer/start", {"task": renewal}).body["running"]
    assert desktop.get("timer").body["running"] == running
    assert (running["staff"], running["values"]["task"]) == (staff, renewal)
    assert somebody.get("timer").body["running"] is None
    again = desktop.post("timer/start", {"task": renewal}).body
    assert (again["running"]["id"], again["entries"]) == (running["id"], [])
    changed = desktop.patch("timer", {"task": expansion, "notes": "Rather this"}).body["running"]
    assert web.get("timer").body["running"] == changed
    assert (changed["id"], changed["values"]["task"]) == (running["id"], expansion)
    [entry] = desktop.post("timer/stop").body["entries"]
    assert web.get("timer").body["running"] is None
    assert entry["values"]["task"] == expansion
    late = web.post("timer/stop")
    assert (late.status, late.body["field"]) == (422, "timer")
    assert len(everything(admin, "time-entries")) == 1


def test_C25_starting_another_timer_stops_the_one_that_runs(stage: Stage, admin: Person, workspace: Workspace) -> None:
    opportunity(stage, "Renewal")
    opportunity(stage, "Expansion")
    imported(stage)
    _, member = hired(workspace, "Max")
    began = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    member.post("timer/start", {"task": task(admin, "Renewal")["id"], "started": began, "time_zone": "UTC"})
    second = member.post("timer/start", {"task": task(admin, "Expansion")["id"]}).body
    assert sum(entry["values"]["hours"] for entry in second["entries"]) == pytest.approx(0.5, abs=0.011)
    assert member.get("timer").body["running"] == second["running"]
    assert member.post("timer/discard").body["running"] is None
    assert len(everything(admin, "time-entries")) == len(second["entries"])


def test_C26_an_entry_is_added_by_hand_changed_and_handed_in(stage: Stage, admin: Person, workspace: Workspace) -> None:
    opportunity(stage, "Renewal")
    imported(stage)
    staff, mobile = hired(workspace, "Max")
    renewal = task(mobile, "Renewal")["id"]
    entry = mobile.post(
        "time-entries", {"task": renewal, "work_date": "2026-11-19", "hours": 2.25, "notes": "On the train"}
    )
    assert (entry.status, entry.body["values"]["staff"], entry.body["values"]["project"]) == (201, staff, PROJECT)
    path = f"time-entries/{entry.body['id']}"
    assert mobile.patch(path, {"values": {"hours": 2.5}, "revision": 1}).body["values"]["hours"] == 2.5
    assert mobile.post(f"{path}/submit").body["values"]["status"] == "submitted"
    assert admin.get(f"projects/{PROJECT}").body["values"]["hours_total"] == 2.5
    assert mobile.post("timer/start", {"task": renewal}).body["running"]["values"]["task"] == renewal


def test_C27_what_a_plugin_tracks_is_in_every_client_at_once(stage: Stage, workspace: Workspace) -> None:
    opportunity(stage, "Renewal")
    imported(stage)
    staff, plugin = hired(workspace, "Max")
    web = Person(("member",), name=plugin.name)
    plugin.post("timer/start", {"task": task(plugin, "Renewal")["id"]})
    assert web.get("timer").body["running"]["staff"] == staff
    [entry] = plugin.post("timer/stop").body["entries"]
    assert everything(web, "time-entries", staff=staff) == [entry]
    assert web.patch(f"time-entries/{entry['id']}", {"values": {"hours": 1}, "revision": 1}).status == 200


REFUSED: dict[str, tuple[Callable[[str], dict[str, Any]], int, str]] = {
    "nothing": (lambda _: {}, 422, "task"),
    "a task that is not there": (lambda _: {"task": "tsk_never_was"}, 422, "task"),
    "no time zone": (lambda id: {"task": id, "time_zone": "Mars/Olympus"}, 422, "time_zone"),
    "the future": (lambda id: {"task": id, "started": "2099-01-01T00:00:00+00:00"}, 422, "ended"),
    "long ago": (lambda id: {"task": id, "started": "2020-01-01T00:00:00+00:00"}, 422, "ended"),
    "a time without an offset": (lambda id: {"task": id, "started": "2026-11-20T09:00:00"}, 422, "started"),
}


def test_C24_a_timer_that_could_make_no_entry_is_not_started(stage: Stage, admin: Person, workspace: Workspace) -> None:
    opportunity(stage, "Renewal")
    imported(stage)
    _, member = hired(workspace, "Max")
    renewal = task(admin, "Renewal")["id"]
    for wish, (body, status, field) in REFUSED.items():
        answer = member.post("timer/start", body(renewal))
        assert (answer.status, answer.body["field"]) == (status, field), wish
        assert member.get("timer").body["running"] is None
    nobody = Person(("tenant_admin",), name="guest@acme.example").post("timer/start", {"task": renewal})
    assert (nobody.status, nobody.body["field"]) == (409, "staff")
