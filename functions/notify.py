"""Every minute: people are told what went wrong, if they want to be; and in the morning, what waits."""

from datetime import UTC, datetime
from typing import Any

from timebridge.telemetry import logger
from timebridge.telling import digest


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _: object) -> dict[str, int]:
    return digest.tell(datetime.now(UTC))
