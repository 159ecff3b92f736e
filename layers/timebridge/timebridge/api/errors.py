"""Every refusal as a problem document (RFC 9457): a sentence for the user, the field it is about, and the remedy."""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
    ResponseValidationError,
)

from timebridge.context import NotOpen
from timebridge.errors import (
    Disconnected,
    Locked,
    MassDelete,
    Missing,
    RateLimited,
    Rejected,
    Stale,
    SyncError,
    Transient,
    Unlinked,
)
from timebridge.telemetry import facts, logger

PROBLEM_JSON = "application/problem+json"

STATUS: dict[type[SyncError], int] = {
    Stale: 409,
    RateLimited: 429,
    Transient: 503,
    Missing: 404,
    Locked: 409,
    Unlinked: 409,
    Rejected: 422,
    MassDelete: 409,
    Disconnected: 409,
    SyncError: 500,
}
"""What an error of the road is over HTTP. The nearest class counts."""

RETRY_AFTER = 5
"""Seconds after which a client may try again what failed for a moment."""


class Problem(Exception):
    """A refusal. `more`: further members of the document, like `current` (the record as it is now) and `errors`."""

    def __init__(self, status: int, for_user: str, *, remedy: str = "", field: str | None = None, **more: Any) -> None:
        super().__init__(for_user)
        self.status, self.for_user, self.remedy, self.field, self.more = status, for_user, remedy, field, more

    def to_response(self) -> Response[str]:
        said = {"remedy": self.remedy, "field": self.field, **self.more}
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.for_user,
            **{name: value for name, value in said.items() if value},
        }
        headers = {"Retry-After": str(self.more["retry_after"])} if "retry_after" in self.more else {}
        return Response(self.status, PROBLEM_JSON, json.dumps(body, ensure_ascii=False), headers)


def missing(what: str) -> Problem:
    """The same words whether it never was, is gone, or belongs to somebody else."""
    return Problem(404, f"There is no such {what}.", remedy="Check the address, or look it up in the list.")


def conflict(error: Stale, current: Mapping[str, Any] | None = None) -> Problem:
    """Somebody else was faster; `current` is the record as it is now."""
    remedy = error.remedy or "Look at the current record, and send the change again with its revision."
    return Problem(409, error.for_user, remedy=remedy, field="revision", cause="Stale", current=current)


def handle(app: APIGatewayHttpResolver) -> None:
    """Let every exception leave the resolver as a problem document."""
    handlers: dict[type[Exception], Callable[[Any], Problem]] = {
        Problem: lambda problem: problem,
        SyncError: of_road,
        NotOpen: _not_open,
        RequestValidationError: of_request,
        RequestUnsupportedContentType: lambda _: wrong_content(),
        ResponseValidationError: _unexpected,
        Exception: _unexpected,
    }
    for kind, translate in handlers.items():
        app.exception_handler(kind)(_answering(translate))


def _answering(translate: Callable[[Any], Problem]) -> Callable[[Exception], Response[str]]:
    return lambda error: translate(error).to_response()


def of_road(error: SyncError) -> Problem:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if status >= 500:
        logger.error("request failed", **facts(error))
    more: dict[str, Any] = {"cause": type(error).__name__, "trace": error.trace}
    if isinstance(error, Transient) and not isinstance(error, Stale):
        more["retry_after"] = int(error.retry_after) if isinstance(error, RateLimited) else RETRY_AFTER
    return Problem(status, error.for_user, remedy=error.remedy, field=error.field, **more)


def _not_open(error: NotOpen) -> Problem:
    return Problem(409, str(error), remedy="Look at the connection: it says what it waits for.", cause="NotOpen")


def of_request(error: RequestValidationError) -> Problem:
    """What was sent does not fit. A crooked part of the path is an address that leads nowhere."""
    errors = [_line(found) for found in error.errors()]
    if any(found["loc"][0] == "path" for found in error.errors()):
        return Problem(404, "There is nothing at this address.", remedy="Check the address.", errors=errors)
    first = errors[0]
    said = f"{first['field']}: {first['reason']}" if first["field"] else first["reason"]
    return Problem(
        422, f"{said}.", remedy="Correct what `errors` names and send it again.", errors=errors, **_of(first)
    )


def _of(line: Mapping[str, str]) -> dict[str, Any]:
    return {"field": line["field"] or None}


def _line(found: Mapping[str, Any]) -> dict[str, str]:
    return {"field": _field(found["loc"]), "reason": str(found["msg"])}


def _field(loc: Sequence[Any]) -> str:
    return ".".join(str(step) for step in loc[1:])


def wrong_content() -> Problem:
    return Problem(415, "The body must be JSON.", remedy="Send it with the header Content-Type: application/json.")


def _unexpected(error: Exception) -> Problem:
    logger.error("request failed unexpectedly", exc_info=error)
    return Problem(500, "Something went wrong on our side.", remedy="Try again; if it stays, tell us when it happened.")
