"""Executions of the state machine that runs initial syncs."""

import json
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from timebridge.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def start_initial_sync(tenant: str, connection: str, run: str) -> None:
    """Start the state machine for a run; once, however often it is asked for."""
    asked = {"tenant": tenant, "connection": connection, "run": run}
    try:
        client().start_execution(stateMachineArn=settings().state_machine_arn, name=run, input=json.dumps(asked))
    except client().exceptions.ExecutionAlreadyExists:
        return


def is_running(run: str) -> bool:
    """Whether the state machine is at work on a run. One that was aborted or timed out told nobody."""
    try:
        return client().describe_execution(executionArn=_execution(run))["status"] == "RUNNING"
    except client().exceptions.ExecutionDoesNotExist:
        return False


def _execution(run: str) -> str:
    return f"{settings().state_machine_arn.replace(':stateMachine:', ':execution:')}:{run}"


@cache
def client() -> "SFNClient":
    patience = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client("stepfunctions", config=patience)
