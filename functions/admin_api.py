"""The admin API: tenants, connections, flows, runs, links and records, for people and programs."""

from typing import Any

from timebridge.api.resolver import app
from timebridge.patience import awaited
from timebridge.telemetry import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with awaited():
        return app.resolve(event, context)
