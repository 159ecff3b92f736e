"""What a request may carry: one JSON object of a bearable size, readable to the end."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from timebridge.api.errors import Problem, wrong_content

LONGEST = 256 * 1024
"""Bytes. The longest text field has 32,000 characters, and no route takes more than one record."""


def readable(app: APIGatewayHttpResolver, next_middleware: Callable[..., Response[Any]]) -> Response[Any]:
    """Refuse what no route could read."""
    event = app.current_event
    if len(event.body or "") > LONGEST:
        raise Problem(413, "The body is too long.", remedy=f"Send at most {LONGEST} bytes.")
    if event.body:
        _check(event.headers.get("content-type", ""), event)
    return next_middleware(app)


def _check(content_type: str, event: Any) -> None:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise wrong_content()
    try:
        found = event.json_body
        json.dumps(found, ensure_ascii=False, default=str).encode()  # half a surrogate pair cannot be kept
    except (ValueError, RecursionError) as error:
        where = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise Problem(400, f"The body is not readable JSON{where}.", remedy="Correct it and send it again.") from error
    if not isinstance(found, dict):
        raise Problem(422, "The body must be one JSON object.", remedy="Put the values between braces.")


def loads(text: str) -> Any:
    """Numbers stay exact. NaN and Infinity, which are no JSON, are refused."""
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
