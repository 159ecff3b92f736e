"""The steps of the initial sync: what is left after a failure is done alone, and nothing is done twice."""

import re
from typing import Any

import boto3
import pytest

from tests.stage import ROOT, Stage, control, door, event
from timebridge import context
from timebridge.connecting import lifecycle
from timebridge.errors import Rejected
from timebridge.runs import RunStatus
from timebridge.store.exports import Exports
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.tenants import Provider, Status


@pytest.fixture
def loading(stage: Stage) -> Stage:
    """A connection that was just connected to an org with accounts and won opportunities."""
    for number in range(3):
        account = stage.seller("create", "Account", Name=f"Client {number}")
        values = {"AccountId": account, "StageName": "Closed Won", "CloseDate": "2026-12-31"}
        stage.seller("create", "Opportunity", Name=f"Project {number}", **values)
    stage.consent(stage.new_connection(Provider.SALESFORCE))
    return stage


def state(stage: Stage) -> dict[str, Any]:
    return {"tenant": stage.tenant, "connection": "salesforce", "run": stage.connection("salesforce").run}


def names(stage: Stage, kind: str) -> list[str]:
    return [str(record.values["name"]) for record in Workspace(stage.tenant).page(kind)[0]]


def run_of(stage: Stage, id: str) -> Any:
    found = Runs(stage.tenant, "salesforce").get(id)
    assert found is not None
    return found


def test_parents_come_before_their_children(loading: Stage) -> None:
    plan = loading.call("initial_sync", {"step": "plan", **state(loading)})

    wanted = [("theirs", "Account"), ("ours", "client"), ("theirs", "Opportunity"), ("ours", "project")]
    assert [(phase["where"], phase["name"]) for phase in plan["phases"]][:4] == wanted


def test_every_task_of_the_state_machine_is_a_step_of_the_door() -> None:
    definition = (ROOT / "statemachines/initial_sync.asl.json").read_text()
    steps = set(re.findall(r'"step": "(\w+)"', definition))

    assert steps == set(door("initial_sync").STEPS)
    assert {step.title() for step in steps} <= set(re.findall(r'"(\w+)": \{\s*"Type": "Task"', definition))


def test_a_loaded_connection_is_live_and_its_first_pull_is_queued(loading: Stage) -> None:
    run = loading.connection("salesforce").run or ""
    loading.load("salesforce")

    connection = loading.connection("salesforce")
    assert (connection.status, connection.run) == (Status.LIVE, None)
    assert connection.next_pull is not None
    assert run_of(loading, run).status is RunStatus.DONE
    assert [body["pull"]["actor"] for body in loading.bodies()] == ["initial sync"]
    assert sorted(names(loading, "project")) == ["Project 0", "Project 1", "Project 2"]


def test_loading_twice_doubles_nothing(loading: Stage) -> None:
    loading.load("salesforce")
    loading.bodies()
    lifecycle.load(loading.connection("salesforce"), "an admin")

    loading.load("salesforce")

    assert len(names(loading, "client")) == len(names(loading, "project")) == 3
    assert Exports(loading.tenant, "salesforce").left() == []


def test_progress_can_be_read_while_it_runs(loading: Stage) -> None:
    phase = loading.call("initial_sync", {"step": "plan", **state(loading)})["phases"][0]
    [part] = loading.export(state(loading), phase)
    before = run_of(loading, state(loading)["run"]).progress["Account"]
    loading.call("initial_sync", {"step": "part", **state(loading), "phase": phase, "part": part})
    after = run_of(loading, state(loading)["run"]).progress["Account"]

    assert (before["total"], before["seen"]) == (3, 0)
    assert (after["total"], after["seen"], after["parked"]) == (3, 3, 0)


def test_a_part_that_is_told_twice_is_done_once(loading: Stage) -> None:
    phase = loading.call("initial_sync", {"step": "plan", **state(loading)})["phases"][0]
    [part] = loading.export(state(loading), phase)
    step = {"step": "part", **state(loading), "phase": phase, "part": part}

    assert loading.call("initial_sync", step)["created_ours"] == 3
    assert loading.call("initial_sync", step) == {}


def test_an_export_without_time_left_goes_on_where_it_stopped(loading: Stage) -> None:
    phase = loading.call("initial_sync", {"step": "plan", **state(loading)})["phases"][0]

    parts = loading.export(state(loading), phase, milliseconds=1_000)

    assert sum(part["count"] for part in parts) == 3


def test_a_part_that_is_left_keeps_the_connection_from_going_live(loading: Stage) -> None:
    phase = loading.call("initial_sync", {"step": "plan", **state(loading)})["phases"][0]
    loading.export(state(loading), phase)

    with pytest.raises(Rejected, match="1 parts"):
        loading.call("initial_sync", {"step": "close", **state(loading)})
    assert loading.connection("salesforce").status is Status.LOADING


def test_only_what_is_left_is_done_when_a_broken_sync_is_started_again(loading: Stage) -> None:
    first = state(loading)
    phases = loading.call("initial_sync", {"step": "plan", **first})["phases"]
    loading.export(first, phases[0])
    error = {"Error": "Transient", "Cause": "{}"}
    loading.call("initial_sync", {"step": "fail", **first, "error": error})
    failed = loading.connection("salesforce")
    assert (failed.status, failed.reason) == (Status.PAUSED, run_of(loading, first["run"]).reason)
    assert "start" in (failed.remedy or "").lower()

    lifecycle.resume(failed, "an admin")
    loading.salesforce.calls.clear()
    again = loading.export(state(loading), phases[0])

    assert loading.salesforce.calls.total == 0
    assert len(again) == 1
    loading.load("salesforce")
    assert loading.connection("salesforce").status is Status.LIVE
    assert len(names(loading, "project")) == 3


def test_a_failure_leaves_a_connection_that_lost_its_access_with_its_own_reason(loading: Stage) -> None:
    context.stop(loading.connection("salesforce"), Status.NEEDS_REAUTH, "Access was withdrawn.", "Connect again.")

    loading.call("initial_sync", {"step": "fail", **state(loading), "error": {"Error": "NotOpen", "Cause": "{}"}})

    assert loading.connection("salesforce").status is Status.NEEDS_REAUTH
    assert loading.connection("salesforce").reason == "Access was withdrawn."


def test_a_close_whose_answer_was_lost_is_harmless(loading: Stage) -> None:
    step = {"step": "close", **state(loading)}
    loading.load("salesforce")

    assert loading.call("initial_sync", step) == {}
    assert loading.connection("salesforce").status is Status.LIVE


def test_a_part_of_another_tenant_is_refused(loading: Stage) -> None:
    found = event("initial_sync", "part")
    found["part"]["key"] = found["part"]["key"].replace("acme/", "other/")
    boto3.client("s3").put_object(Bucket="exports", Key=found["part"]["key"], Body=b"{}")

    found["run"] = state(loading)["run"]
    with pytest.raises(ValueError, match="another connection"):
        loading.call("initial_sync", found)


@pytest.mark.parametrize("case", ["plan", "export", "part", "close", "fail"])
def test_a_recorded_event_is_understood(loading: Stage, case: str) -> None:
    found = event("initial_sync", case) | {"run": state(loading)["run"]}

    assert isinstance(loading.call("initial_sync", found), dict)


def test_starting_it_again_while_it_runs_starts_no_second_one(loading: Stage) -> None:
    before = loading.connection("salesforce")

    assert lifecycle.load(before, "an admin") == before
    assert len(Runs(loading.tenant, "salesforce").list()[0]) == 1


def test_a_large_object_is_exported_by_a_job_of_salesforce(stage: Stage) -> None:
    control(
        "POST",
        f"{stage.salesforce.url}/_sandbox/load",
        json={"Account": [{"Name": f"Client {n:04}"} for n in range(2100)]},
    )
    stage.consent(stage.new_connection(Provider.SALESFORCE))
    phase = stage.call("initial_sync", {"step": "plan", **state(stage)})["phases"][0]

    parts = stage.export(state(stage), phase)

    assert sum(part["count"] for part in parts) == 2100
    assert max(part["count"] for part in parts) <= 600
    assert any("jobs/query" in route for route in stage.salesforce.calls.by_route())
