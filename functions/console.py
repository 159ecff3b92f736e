"""The console: the pages that people work in, served from the package, over the admin API."""

from typing import Any

from timebridge.console.app import app
from timebridge.patience import awaited
from timebridge.telemetry import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with awaited():
        return app.resolve(event, context)
