"""The console as one app: its screens, the door to them, and its static files."""

from collections.abc import Callable, Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from timebridge.console import places, screens
from timebridge.console.answers import Answer, plain_page, refusal
from timebridge.console.front import front
from timebridge.console.sessions import NotSignedIn, SignInRefused
from timebridge.console.visits import Screens
from timebridge.errors import SyncError
from timebridge.gateway import Request
from timebridge.telemetry import facts, logger

app = APIGatewayHttpResolver()


def areas() -> Iterable[Screens]:
    """Those of every module among the screens."""
    for each in iter_modules(screens.__path__):
        module = import_module(f"{screens.__name__}.{each.name}")
        yield from (found for found in vars(module).values() if isinstance(found, Screens))


app.include_router(front, prefix=places.ROOT)
for area in dict.fromkeys(areas()):
    app.include_router(area.router, prefix=places.ROOT)


def _request() -> Request:
    return Request(app.current_event.raw_event)


def _sign_in(_: NotSignedIn) -> Answer:
    """A person is sent to sign in and comes back to where they were; what a form was to send is not kept."""
    request = _request()
    shown = request.event["requestContext"]["http"]["method"] == "GET" and not request.is_partial
    to = request.event["rawPath"] if shown else places.ROOT
    address = f"{places.home()}/sign-in?{urlencode({'to': to})}"
    if request.is_partial:
        return Response(204, body="", headers={"HX-Redirect": address})
    return Response(303, body="", headers={"Location": address, "Cache-Control": "no-store"})


def _refused(error: SignInRefused) -> Answer:
    return _problem(403, str(error), "Sign in again.")


def _failed(error: SyncError) -> Answer:
    logger.error("page failed", **facts(error))
    return _problem(503, error.for_user, error.remedy or "Try again in a moment.")


def _unexpected(error: Exception) -> Answer:
    logger.error("page failed unexpectedly", exc_info=error)
    return _problem(500, "Something went wrong on our side.", "Try again; if it stays, tell us when it happened.")


def _missing(_: NotFoundError) -> Answer:
    return _problem(404, "There is nothing at this address.", "Check the address, or begin at the home page.")


def _problem(status: int, detail: str, remedy: str) -> Answer:
    request = _request()
    if request.is_partial:
        return refusal(status, detail, remedy)
    return plain_page(request, "problem.html", status, detail=detail, remedy=remedy)


ANSWERS: dict[type[Exception], Callable[[Any], Answer]] = {
    NotSignedIn: _sign_in,
    SignInRefused: _refused,
    SyncError: _failed,
    NotFoundError: _missing,
    Exception: _unexpected,
}
for kind, answer in ANSWERS.items():
    app.exception_handler(kind)(answer)
