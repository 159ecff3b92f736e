"""The schedule door: who is due gets one pull, and a next time."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from tests.stage import Stage, event
from timebridge.connecting import lifecycle
from timebridge.runs import RunStatus
from timebridge.store.runs import Runs
from timebridge.store.tenants import Tenants
from timebridge.tenants import Provider, Rhythm, Status, Tenant

NOW = datetime.now(UTC)
DUE = {"status": Status.LIVE, "next_pull": NOW - timedelta(minutes=1)}


def test_a_connection_that_is_due_is_pulled_once_and_gets_its_next_time(stage: Stage) -> None:
    stage.new_connection(Provider.SALESFORCE, **DUE)
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, status=Status.LIVE, next_pull=NOW + timedelta(hours=1))

    minute = {**event("schedule", "minute"), "time": NOW.isoformat()}
    assert stage.call("schedule", minute) == {"due": 1, "queued": 1}
    assert stage.call("schedule", minute) == {"due": 0, "queued": 0}

    assert [(body["connection"], "pull" in body) for body in stage.bodies()] == [("salesforce", True)]
    following = stage.connection("salesforce").next_pull
    assert following is not None
    assert NOW < following <= NOW + timedelta(hours=1, minutes=1)


def test_a_connection_whose_rhythm_is_off_is_pulled_no_more(stage: Stage) -> None:
    stage.new_connection(Provider.SALESFORCE, rhythm=Rhythm.OFF, **DUE)

    stage.call("schedule", {})

    assert stage.connection("salesforce").next_pull is None


def test_a_paused_connection_is_never_due(stage: Stage) -> None:
    stage.new_connection(Provider.SALESFORCE, **{**DUE, "status": Status.PAUSED})

    assert stage.call("schedule", {}) == {"due": 0, "queued": 0}


def test_a_load_that_somebody_ended_in_aws_is_found_and_told(stage: Stage) -> None:
    """Neither alarm nor person: its execution is gone, and nobody was told."""
    stage.consent(stage.new_connection(Provider.SALESFORCE))
    loading = stage.connection("salesforce")
    assert (loading.status, loading.run is not None) == (Status.LOADING, True)
    later = {"time": (datetime.now(UTC) + timedelta(minutes=6)).isoformat()}

    stage.call("schedule", later)
    watched = stage.connection("salesforce")
    assert watched.status is Status.LOADING
    assert watched.next_pull is not None
    assert watched.next_pull > datetime.fromisoformat(later["time"])

    client = boto3.client("stepfunctions")
    [machine] = client.list_state_machines()["stateMachines"]
    execution = machine["stateMachineArn"].replace(":stateMachine:", ":execution:")
    client.stop_execution(executionArn=f"{execution}:{loading.run}")
    stage.call("schedule", {"time": (datetime.now(UTC) + timedelta(minutes=12)).isoformat()})

    paused = stage.connection("salesforce")
    assert (paused.status, paused.reason) == (Status.PAUSED, lifecycle.BROKEN_OFF)
    [run] = Runs(stage.tenant, "salesforce").list(1)[0]
    assert (run.id, run.status) == (loading.run, RunStatus.FAILED)
    again = lifecycle.resume(paused, "an admin")
    assert again.run != loading.run
    stage.load("salesforce")
    assert stage.connection("salesforce").status is Status.LIVE


def test_a_tenant_with_a_broken_time_zone_holds_up_nobody_else(stage: Stage) -> None:
    Tenants().save(Tenant("broken", "Broken", "Mars/Olympus"))
    stage.new_connection(Provider.SALESFORCE, tenant="broken", rhythm=Rhythm.DAILY, **DUE)
    stage.new_connection(Provider.SALESFORCE, rhythm=Rhythm.DAILY, **DUE)

    assert stage.call("schedule", {}) == {"due": 2, "queued": 1}
    assert {body["tenant"] for body in stage.bodies()} >= {"acme"}


def test_a_connection_whose_pull_cannot_be_queued_stays_due(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.new_connection(Provider.SALESFORCE, **DUE)
    monkeypatch.setenv("CHANGES_QUEUE_URL", stage.queue_url.replace("changes", "missing"))

    assert stage.call("schedule", {}) == {"due": 1, "queued": 0}
    assert stage.call("schedule", {}) == {"due": 1, "queued": 0}
