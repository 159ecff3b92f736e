import os
import sys
from typing import Any

from greeting import greet


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {
        "event": event,
        "greeting": greet("layer"),
        "environment": dict(os.environ),
        "python": sys.version_info[:2],
        "request_id": context.aws_request_id,
    }
