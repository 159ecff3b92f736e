"""The org as an ASGI application: the API with its gate, OAuth, control API and pages."""

import asyncio
import gzip
import logging
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.control import Calls, Control, CountedRoute
from sandbox.faults import Faults
from sandbox.pages import page_routes
from sandbox.salesforce import errors
from sandbox.salesforce.call import Reply, dumps
from sandbox.salesforce.dispatch import BASE, dispatch, resources, versions
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.grants import Grants
from sandbox.salesforce.oauth import OAuth
from sandbox.salesforce.org import Org
from sandbox.salesforce.shelf import OrgShelf
from sandbox.salesforce.switches import Switches

MAX_URI = 16_384
JSON = "application/json;charset=UTF-8"
BODY_METHODS = ("POST", "PATCH", "PUT")
MEDIA = {"/batches": "text/csv", "/metadata/deployRequest": "multipart/form-data"}


class Api:
    """The gate of `/services/data/`: session, API access and daily limit, then the call itself."""

    def __init__(self, org: Org, grants: Grants) -> None:
        self.org, self.grants = org, grants

    def routes(self) -> list[CountedRoute]:
        verbs = ["GET", "POST", "PATCH", "PUT", "DELETE"]
        rest = [CountedRoute(BASE + each.template, self.call, methods=verbs) for each in resources()]
        lost = CountedRoute("/services/data/{path:path}", self.call, methods=verbs)
        return [CountedRoute("/services/data", self.versions, methods=["GET"]), *rest, lost]

    async def versions(self, _: Request) -> Response:
        return Response(dumps(versions()), headers={"Content-Type": JSON})

    async def call(self, request: Request) -> Response:
        body = await request.body()
        try:
            reply = self._answer(request, body)
        except SalesforceError as error:
            reply = Reply(error.status, error.body())
        return self._response(reply)

    def _answer(self, request: Request, body: bytes) -> Reply:
        if len(request.scope["raw_path"]) + len(request.scope["query_string"]) > MAX_URI:
            raise SalesforceError("URI_TOO_LONG", "The URI is longer than 16384 bytes", status=414)
        session = self.grants.session_of(request.headers.get("authorization"))
        self._admit(session.user_id)
        self._check_media(request, body)
        if request.headers.get("content-encoding") == "gzip":
            body = unzipped(body)
        self.org.commit_late()
        path, query = request.scope["path"], dict(request.query_params)
        headers = dict(request.headers)
        return dispatch(self.org, request.method, path, query, headers, session.user_id, body)

    def _admit(self, user: str) -> None:
        settings = self.org.settings
        if not settings.api_enabled or not self.org.may(user, "ApiEnabled"):
            raise errors.api_disabled()
        if settings.api_used >= settings.daily_api_limit:
            raise errors.too_many_requests()
        settings.api_used += 1

    def _check_media(self, request: Request, body: bytes) -> None:
        kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
        wanted = next((kind for end, kind in MEDIA.items() if request.url.path.endswith(end)), "application/json")
        if body and request.method in BODY_METHODS and kind != wanted:
            message = f"Content-Type {kind} is not supported for this resource; use {wanted}"
            raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", message, status=415)

    def _response(self, reply: Reply) -> Response:
        settings = self.org.settings
        usage = f"api-usage={settings.api_used}/{settings.daily_api_limit}"
        usage += "; api-bursts=1/750" if settings.api_bursts else ""
        headers = {"Sforce-Limit-Info": usage, **reply.headers}
        if reply.text is not None:
            return Response(reply.text, reply.status, headers)
        if reply.body is None:
            return Response(status_code=reply.status, headers=headers)
        return Response(dumps(reply.body), reply.status, {"Content-Type": JSON, **headers})


def unzipped(body: bytes) -> bytes:
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        raise SalesforceError("JSON_PARSER_ERROR", "The request body is not valid gzip") from None


class PlainPaths:
    """A path means the same with and without a slash at its end, and with two at its beginning: Salesforce's own
    command line sends such."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and len(scope["path"]) > 1:
            path = "/" + scope["path"].strip("/") if scope["path"].startswith("//") else scope["path"].rstrip("/")
            scope = {**scope, "path": path or "/"}
        await self.app(scope, receive, send)


def build(org: Org, grants: Grants, calls: Calls, reset: Callable[[], None]) -> Faults:
    """The whole application, with fault injection outermost. `reset` puts everything back to the seed."""

    @asynccontextmanager
    async def deliver(_: Starlette) -> AsyncIterator[None]:
        sender = asyncio.create_task(deliver_for_ever(org))
        yield
        sender.cancel()
        with suppress(asyncio.CancelledError):
            await sender

    middleware = [Middleware(PlainPaths), Middleware(GZipMiddleware, minimum_size=2_000, compresslevel=1)]
    app = Starlette(lifespan=deliver, middleware=middleware, exception_handlers={Exception: unexpected})
    app.state.calls = calls
    faults = Faults(app)

    control = Control(org.clock, faults, calls, reset, Switches(org, grants).routes())
    routes = [*Api(org, grants).routes(), *OAuth(org, grants).routes(), control.mount(), *page_routes(OrgShelf(org))]
    app.router.routes.extend(routes)
    return faults


async def unexpected(_: Request, error: Exception) -> Response:
    """A defect of the sandbox itself: the answer names its kind, the log of the server has the rest."""
    message = f"An unexpected error occurred. ErrorId: {type(error).__name__}"
    refused = SalesforceError("UNKNOWN_EXCEPTION", message, status=500)
    return Response(dumps(refused.body()), 500, {"Content-Type": JSON})


async def deliver_for_ever(org: Org) -> None:
    """A reset gives the org a new sender: ask for it anew each round. What goes wrong in one round ends no others."""
    while True:
        try:
            org.commit_late()
            delivered = await org.outbound.deliver_due()
        except Exception:
            logging.getLogger(__name__).exception("a round of outbound messages broke off")
            delivered = False
        if not delivered:
            await asyncio.sleep(0.02)
