"""The edits door: what an edit in the workspace means for each connection of its tenant."""

from typing import Any

import pytest

from tests.stage import Stage, event
from timebridge.tenants import Provider, Status


@pytest.fixture
def live(stage: Stage) -> Stage:
    stage.new_connection(Provider.SALESFORCE, status=Status.LIVE)
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, status=Status.LIVE)
    stage.new_connection(Provider.SALESFORCE, tenant="other", status=Status.LIVE)
    return stage


def opened(stage: Stage, case: str) -> dict[str, Any]:
    """The door's answer to a recorded event; the edits in it have waited then."""
    answer = stage.call("edits", event("edits", case))
    stage.waited()
    return answer


def targets(stage: Stage) -> list[tuple[str, str, str]]:
    return sorted(
        (body["tenant"], body["connection"], change["id"]) for body in stage.bodies() for change in body["changes"]
    )


def test_an_edit_goes_to_the_connections_whose_flows_carry_the_field(live: Stage) -> None:
    assert opened(live, "budget") == {"batchItemFailures": []}

    assert targets(live) == [("acme", "salesforce", "prj_1")]


def test_an_edit_to_an_unmapped_field_enqueues_nothing(live: Stage) -> None:
    assert opened(live, "unmapped_field") == {"batchItemFailures": []}

    assert targets(live) == []


def test_a_new_record_goes_to_every_connection_with_a_flow_for_it(live: Stage) -> None:
    opened(live, "created")

    assert targets(live) == [("acme", "quickbooks_online", "cli_9"), ("acme", "salesforce", "cli_9")]


def test_a_connection_that_is_not_live_gets_nothing(stage: Stage) -> None:
    stage.new_connection(Provider.SALESFORCE, status=Status.PAUSED)

    opened(stage, "budget")

    assert targets(stage) == []


def test_a_record_that_cannot_be_read_comes_again_and_the_ones_before_it_do_not(live: Stage) -> None:
    found = event("edits", "unreadable")

    answer = live.call("edits", found)
    live.waited()

    second = found["Records"][1]["dynamodb"]["SequenceNumber"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": second}]}
    assert {id for _, _, id in targets(live)} == {"cli_9"}


def test_edits_that_cannot_be_queued_come_again(live: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETTLING_QUEUE_URL", live.settling_url.replace("settling", "missing"))
    found = event("edits", "budget")

    answer = live.call("edits", found)

    assert answer["batchItemFailures"] == [{"itemIdentifier": found["Records"][0]["dynamodb"]["SequenceNumber"]}]


def test_edits_that_are_over_and_cannot_be_queued_come_again(live: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    live.call("edits", event("edits", "budget"))
    messages = live.messages(live.settling_url)
    monkeypatch.setenv("CHANGES_QUEUE_URL", live.queue_url.replace("changes", "missing"))

    answer = live.call("edits", {"Records": messages})

    assert answer == {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message in messages]}


def test_what_waited_and_cannot_be_read_holds_up_nothing_else(live: Stage) -> None:
    live.call("edits", event("edits", "budget"))
    [message] = live.messages(live.settling_url)
    broken = {**message, "messageId": "broken", "body": "{}"}

    answer = live.call("edits", {"Records": [broken, message]})

    assert answer == {"batchItemFailures": [{"itemIdentifier": "broken"}]}
    assert targets(live) == [("acme", "salesforce", "prj_1")]
