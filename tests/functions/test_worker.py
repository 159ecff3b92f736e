"""The worker door: what becomes of a message when the road ends well, and when it does not."""

from typing import Any

import boto3
import pytest

from tests.stage import Stage, event
from timebridge import queue
from timebridge.changes import Change, Where
from timebridge.queue import Pull
from timebridge.runs import RunStatus
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.tenants import Provider, Status

TOKEN, QUERIES = "/services/oauth2/token", "/services/data/v"


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
    id = opportunity(live)
    fault(live, kind="status", match={"path": QUERIES}, status=503, times=None)
    changed(live, id)
    assert live.work() == 0
    assert projects(live) == []

    live.salesforce.faults.clear()
    queue.client().change_message_visibility  # noqa: B018  (the message comes back by itself; here it is fetched)
    changed(live, id)
    make_visible(live)
    live.work()

    assert projects(live) == ["Quay wall"]


def make_visible(stage: Stage) -> None:
    """What waiting would do: messages held back are there again."""
    from moto.sqs.models import sqs_backends

    for account in sqs_backends.values():
        for region in account.values():
            for held in region.queues.values():
                for message in [*held._messages]:
                    message.change_visibility(0)
                held.pending_messages.clear()
                held.pending_message_groups.clear()


def test_a_message_that_failed_comes_back_soon_and_then_later_and_later(live: Stage) -> None:
    fault(live, kind="status", match={"path": QUERIES}, status=503, times=None)
    changed(live, opportunity(live))
    [message] = live.messages()

    answer = live.call("worker", {"Records": [message]})

    assert answer == {"batchItemFailures": [{"itemIdentifier": message["messageId"]}]}
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=live.queue_url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_access_that_was_withdrawn_stops_the_connection_and_tells_the_tenant(live: Stage) -> None:
    id = opportunity(live)
    live.salesforce.grants.revoke_all() if hasattr(live.salesforce.grants, "revoke_all") else revoke(live)
    changed(live, id)

    assert live.work() == 1

    connection = live.connection("salesforce")
    assert connection.status is Status.NEEDS_REAUTH
    assert connection.reason
    assert "onnect" in (connection.remedy or "")


def revoke(stage: Stage) -> None:
    import requests

    answer = requests.post(f"{stage.salesforce.url}/_sandbox/tokens/revoke", json={})
    assert answer.ok, answer.text


@pytest.mark.parametrize("status", [Status.PAUSED, Status.LOADING, Status.NEEDS_REAUTH, Status.CLOSED])
def test_messages_for_a_connection_that_is_not_live_are_dropped(live: Stage, status: Status) -> None:
    from timebridge import context

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


def test_a_mass_delete_is_not_carried_out_but_asked_about(live: Stage) -> None:
    ids = [opportunity(live, f"Plot {number}") for number in range(12)]
    for id in ids:
        changed(live, id)
    live.work()
    link_count = DynamoLinks(live.tenant, "salesforce").count("salesforce.opportunity")
    assert link_count == 12

    for id in ids:
        live.seller("delete", "Opportunity", id)
    queue.send(live.tenant, "salesforce", pull=Pull())
    assert live.work() == 1

    stopped = runs(live)[0]
    assert stopped.status is RunStatus.STOPPED
    assert "confirm the deletion" in (stopped.reason or "")
    assert len(projects(live)) == 12


def test_what_cannot_be_read_holds_up_its_own_group_only(live: Stage) -> None:
    answer = live.call("worker", event("worker", "unreadable"))

    failed = [failure["itemIdentifier"][-1] for failure in answer["batchItemFailures"]]
    assert failed == ["1", "2"]
