"""The steps of the state machine `statemachines/initial_sync.asl.json`."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from timebridge import context, initial_sync
from timebridge.initial_sync import Answer, Export, Phase
from timebridge.telemetry import logger
from timebridge.tenants import Status

SPARE = 60_000
"""Milliseconds: an export that has less time left goes on in another invocation."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], lambda_context: LambdaContext) -> Answer:
    return STEPS[event["step"]](event, lambda: lambda_context.get_remaining_time_in_millis() < SPARE)
