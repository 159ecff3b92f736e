"""The state machine of the initial sync, on the real engine, with a function that keeps to the contract and no more."""

from collections import Counter

from sandbox.aws import LocalAws
from sandbox.aws.stack import client
from tests.e2e.calls import execute

Outputs = dict[str, str]


def run(aws: LocalAws, probe: Outputs, name: str) -> dict[str, object]:
    return execute(aws, probe["InitialSync"], {"tenant": "t", "connection": "c", "run": name})


def steps(aws: LocalAws, probe: Outputs, name: str) -> Counter[str]:
    """How often each step was asked for."""
    found = client(aws, "dynamodb").query(
        TableName=probe["Notes"],
        KeyConditionExpression="#run = :run",
        ExpressionAttributeNames={"#run": "run"},
        ExpressionAttributeValues={":run": {"S": name}},
    )
    return Counter(item["name"]["S"] for item in found["Items"])


def test_a_part_that_fails_stops_nothing_and_one_that_is_limited_comes_again(aws: LocalAws, probe: Outputs) -> None:
    assert run(aws, probe, "whole")["status"] == "SUCCEEDED"
    asked = steps(aws, probe, "whole")
    for phase in ("parents", "children"):
        assert asked[f"export {phase}"] == 2, "asked again after waiting for the export"
        assert asked[f"part {phase} good"] == 1
        assert asked[f"part {phase} limited"] == 2
        assert asked[f"part {phase} poison"] == 1
    assert asked["export nothing"] == 1
    assert asked["close"] == 1
    assert not [name for name in asked if name.startswith("fail")]


def test_what_cannot_start_is_told_on_the_run_and_ends_in_failure(aws: LocalAws, probe: Outputs) -> None:
    ended = run(aws, probe, "broken")
    assert (ended["status"], ended["error"]) == ("FAILED", "Rejected")
    assert steps(aws, probe, "broken") == {"plan": 1, "fail Rejected": 1}
