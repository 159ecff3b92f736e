"""The worker door: what becomes of a message when the road ends well, and when it does not."""

import json
from typing import Any

import pytest

from tests.stage import Stage, control, door, event
from timebridge import context, queue
from timebridge.changes import Change, Where
from timebridge.errors import Disconnected, RateLimited, Transient
from timebridge.messages import Pull
from timebridge.runs import RunStatus
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.tenants import Provider, Status

QUERIES = "/services/data/v"


@pytest.fixture
def live(stage: Stage) -> Stage:
    stage.connect(Provider.SALESFORCE)
    stage.settle()
    stage.bodies()
    return stage


def fault(stage: Stage, **rule: Any) -> None:
    stage.salesforce.faults.add(rule)


def opportunity(stage: Stage, name: str = "Quay wall") -> str:
    account = stage.seller("create", "Account", Name=f"{name} Ltd")
    values = {"Name": name, "AccountId": account, "StageName": "Closed Won", "CloseDate": "2026-12-31"}
    return stage.seller("create", "Opportunity", **values)


def changed(stage: Stage, id: str) -> None:
    queue.send(stage.tenant, "salesforce", changes=[Change(Where.THEIRS, "Opportunity", id)])


def projects(stage: Stage) -> list[str]:
    return [str(record.values["name"]) for record in Workspace(stage.tenant).page("project")[0]]


def runs(stage: Stage) -> list[Any]:
    return Runs(stage.tenant, "salesforce").list()[0]


def test_a_provider_that_fails_for_a_moment_loses_nothing(live: Stage) -> None:
    fault(live, kind="status", match={"path": QUERIES}, status=503, times=None)
    changed(live, opportunity(live))
    [message] = live.messages()

    answer = live.call("worker", {"Records": [message]})

    assert answer == {"batchItemFailures": [{"itemIdentifier": message["messageId"]}]}
    assert projects(live) == []
    live.salesforce.faults.clear()
    queue.hold_back(message["receiptHandle"], 0)
    assert live.work() == 1
    assert projects(live) == ["Quay wall"]


def test_messages_of_one_connection_are_handled_together(live: Stage) -> None:
    ids = [opportunity(live, f"Plot {number}") for number in range(5)]
    for id in [*ids, *ids]:
        changed(live, id)
    live.salesforce.calls.clear()

    assert live.work() == 10

    assert len(projects(live)) == 5
    assert live.salesforce.calls.total <= 4


def test_a_message_that_failed_rests_longer_each_time_or_as_long_as_the_provider_says() -> None:
    pause = door("worker")._pause

    assert [pause(Transient("Later."), tries) for tries in (1, 2, 3, 4)] == [5, 15, 45, 135]
    assert pause(RateLimited("Later.", retry_after=60), 1) == 60


def test_access_that_was_withdrawn_stops_the_connection_and_tells_the_tenant(live: Stage) -> None:
    id = opportunity(live)
    control("POST", f"{live.salesforce.url}/_sandbox/tokens/revoke", json={})
    changed(live, id)

    assert live.work() == 1

    connection = live.connection("salesforce")
    assert connection.status is Status.NEEDS_REAUTH
    assert connection.reason
    assert "onnect" in (connection.remedy or "")


def test_a_connection_that_somebody_closed_meanwhile_stays_closed(live: Stage) -> None:
    with pytest.raises(Disconnected):
        closed_on_the_way(live)

    assert live.connection("salesforce").status is Status.CLOSED


def closed_on_the_way(stage: Stage) -> None:
    with context.opened(stage.tenant, "salesforce") as road:
        context.changed(road.connection, status=Status.CLOSED, reason=None)
        raise Disconnected("Access was withdrawn.")


@pytest.mark.parametrize("status", [Status.PAUSED, Status.LOADING, Status.NEEDS_REAUTH, Status.CLOSED])
def test_messages_for_a_connection_that_is_not_live_are_dropped(live: Stage, status: Status) -> None:
    context.changed(live.connection("salesforce"), status=status)
    changed(live, opportunity(live))

    assert live.work() == 1
    assert projects(live) == []


def test_a_message_for_a_connection_that_is_gone_is_dropped(live: Stage) -> None:
    queue.send("nobody", "nothing", pull=Pull())

    assert live.work() == 1


def test_a_pull_is_written_down_as_a_run(live: Stage) -> None:
    opportunity(live)
    before = len(runs(live))
    queue.send(live.tenant, "salesforce", pull=Pull("an admin"))

    live.work()

    assert len(runs(live)) == before + 1
    run = runs(live)[0]
    assert (run.kind, run.actor, run.status) == ("pull", "an admin", RunStatus.DONE)
    assert run.tally.created_ours >= 2
    assert live.connection("salesforce").last_pull is not None


def test_a_pull_that_fails_says_why_on_its_run(live: Stage) -> None:
    fault(live, kind="status", match={"path": QUERIES}, status=503, times=None)
    queue.send(live.tenant, "salesforce", pull=Pull())

    assert live.work() == 0

    assert runs(live)[0].status is RunStatus.FAILED
    assert "Salesforce" in (runs(live)[0].reason or "")


def test_a_pull_without_time_left_goes_on_in_the_next_message(live: Stage) -> None:
    opportunity(live)
    queue.send(live.tenant, "salesforce", pull=Pull("an admin"))
    messages = live.messages()

    live.call("worker", {"Records": messages}, milliseconds=1_000)
    live._delete(messages)

    assert "another pull" in (runs(live)[0].reason or "")
    assert [body["pull"] for body in live.bodies()] == [{"actor": "an admin", "released": False}]


def test_a_mass_delete_is_not_carried_out_but_asked_about(stage: Stage) -> None:
    stage.connect(Provider.QUICKBOOKS_ONLINE)
    customers = [stage.bookkeeper("Customer", DisplayName=f"Plot {number}") for number in range(12)]
    queue.send(stage.tenant, "quickbooks_online", pull=Pull())
    stage.settle()
    assert len(clients(stage)) == 12

    for customer in customers:
        stage.bookkeeper("Customer", Id=customer["Id"], Active=False)
    queue.send(stage.tenant, "quickbooks_online", pull=Pull())
    assert stage.work() == 1

    stopped = Runs(stage.tenant, "quickbooks_online").list()[0][0]
    assert stopped.status is RunStatus.STOPPED
    assert "confirm the deletion" in (stopped.reason or "")
    assert len(clients(stage)) == 12

    queue.send(stage.tenant, "quickbooks_online", pull=Pull("an admin", released=True))
    assert stage.work() == 1
    assert clients(stage) == []


def clients(stage: Stage) -> list[str]:
    return [str(record.values["name"]) for record in Workspace(stage.tenant).page("client")[0]]


def test_what_cannot_be_read_holds_up_its_own_group_only(live: Stage) -> None:
    answer = live.call("worker", event("worker", "unreadable"))

    failed = [failure["itemIdentifier"][-1] for failure in answer["batchItemFailures"]]
    assert failed == ["1", "2"]


def test_a_message_of_changes_reaches_the_other_side(live: Stage) -> None:
    found = event("worker", "changes")
    body = {"tenant": "acme", "connection": "salesforce"}
    id = opportunity(live)
    found["Records"][0]["body"] = json.dumps(
        {**body, "changes": [{"where": "theirs", "name": "Opportunity", "id": id}]}
    )

    assert live.call("worker", found) == {"batchItemFailures": []}
    assert projects(live) == ["Quay wall"]


@pytest.mark.parametrize("case", ["changes", "pull"])
def test_a_recorded_message_is_understood(live: Stage, case: str) -> None:
    assert live.call("worker", event("worker", case)) == {"batchItemFailures": []}
