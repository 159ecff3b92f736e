"""The test of a connection: how it is, where to look when it is not well, and a record that goes there and back."""

from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.tenants import Connection, Provider


@pytest.fixture
def connection(stage: Stage) -> Connection:
    return stage.connect(Provider.SALESFORCE, settings={"presets": ["projects"]})


def test_B31_a_test_that_succeeds_shows_latency_and_the_calls_left(admin: Person, connection: Connection) -> None:
    found = admin.post(f"connections/{connection.id}/test").body

    assert (found["ok"], found["cause"]) == (True, None)
    assert found["latency"] > 0
    assert found["left"] == found["limit"] - found["used"] > 0


def api_answers(code: str, status: int = 403) -> dict[str, Any]:
    body = f'[{{"message":"The app is not permitted","errorCode":"{code}"}}]'
    return {"kind": "status", "match": {"path": "/composite"}, "status": status, "body": body}


def revoke(stage: Stage) -> None:
    control("POST", f"{stage.salesforce.url}/_sandbox/tokens/revoke")


def lose_permission(stage: Stage) -> None:
    control("POST", f"{stage.salesforce.url}/_sandbox/fields", json={"hide": ["Opportunity.Amount"]})


def cut_the_line(stage: Stage) -> None:
    stage.salesforce.faults.add({"kind": "status", "match": {"path": "/composite"}, "status": 503, "times": 9})


def disable_the_app(stage: Stage) -> None:
    stage.salesforce.faults.add(api_answers("CLIENT_NOT_ACCESSIBLE_FOR_USER"))


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (revoke, "credentials"),
        (lose_permission, "permission"),
        (cut_the_line, "network"),
        (disable_the_app, "app disabled"),
    ],
)
def test_B31_a_test_that_fails_says_where_to_look(
    stage: Stage, admin: Person, connection: Connection, trouble: Any, cause: str
) -> None:
    trouble(stage)

    found = admin.post(f"connections/{connection.id}/test").body

    assert (found["ok"], found["cause"]) == (False, cause)
    assert found["reason"]
    assert found["remedy"]


def test_A17_both_directions_are_proven_by_a_record_that_is_written_read_back_and_removed(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    before = [admin.get(kind).body["items"] for kind in ("clients", "projects", "tasks")]
    stage.salesforce.calls.clear()

    found = admin.call("POST", f"connections/{connection.id}/test", query={"write": "true"}).body

    assert (found["ok"], found["written"], found["read_back"], found["removed"]) == (True, True, True, True)
    assert stage.salesforce_has("Task") == []
    [gone] = stage.salesforce_has("Task", IsDeleted="true")
    assert gone["Subject"] == "timebridge connection test"
    stage.settle()
    assert [admin.get(kind).body["items"] for kind in ("clients", "projects", "tasks")] == before


def test_A17_the_ping_is_no_task_of_anybody_where_tasks_are_synchronised(stage: Stage, admin: Person) -> None:
    connection = stage.connect(Provider.SALESFORCE, settings={"presets": ["projects", "tasks"]})
    before = admin.get("tasks").body["items"]

    assert admin.call("POST", f"connections/{connection.id}/test", query={"write": "true"}).body["removed"] is True

    assert admin.post(f"connections/{connection.id}/sync").status == 202
    stage.settle()
    assert admin.get("tasks").body["items"] == before
    assert admin.get(f"connections/{connection.id}/links", state="parked").body["items"] == []


def test_A17_a_user_who_may_not_write_fails_the_ping_and_is_told(
    stage: Stage, admin: Person, connection: Connection
) -> None:
    order = {"object": "Task", "code": "INSUFFICIENT_ACCESS_OR_READONLY", "message": "insufficient access rights"}
    control("POST", f"{stage.salesforce.url}/_sandbox/refusals", json=order)

    found = admin.call("POST", f"connections/{connection.id}/test", query={"write": "true"}).body

    assert (found["ok"], found["cause"], found["written"]) == (False, "permission", None)
    assert found["remedy"]
    assert stage.salesforce_has("Task") == []
