"""Calls of the local AWS that several end-to-end tests make."""

import json
from typing import Any

from sandbox.aws import LocalAws
from sandbox.aws.local import wait_for
from sandbox.aws.stack import client


def invoke(aws: LocalAws, function: str, event: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = client(aws, "lambda").invoke(FunctionName=function, Payload=json.dumps(event or {}))
    result: dict[str, Any] = json.loads(answer["Payload"].read())
    return result


def execute(aws: LocalAws, machine: str, event: dict[str, Any]) -> dict[str, Any]:
    """The finished execution of a state machine."""
    states = client(aws, "stepfunctions")
    execution = states.start_execution(stateMachineArn=machine, input=json.dumps(event))["executionArn"]
    wait_for(lambda: describe(states, execution)["status"] != "RUNNING", 20, "the execution did not end")
    return describe(states, execution)


def describe(states: Any, execution: str) -> dict[str, Any]:
    return dict(states.describe_execution(executionArn=execution))
