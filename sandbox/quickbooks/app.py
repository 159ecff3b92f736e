"""Puts the QuickBooks sandbox together."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.control import Calls, Control
from sandbox.faults import Faults
from sandbox.pages import page_routes
from sandbox.quickbooks import seed, wire
from sandbox.quickbooks.api import Api
from sandbox.quickbooks.books import Books
from sandbox.quickbooks.control_routes import ControlRoutes
from sandbox.quickbooks.grants import Grants
from sandbox.quickbooks.oauth import Authorization
from sandbox.quickbooks.pages import Shelf
from sandbox.quickbooks.store import Store
from sandbox.quickbooks.throttle import Limits, Throttle
from sandbox.quickbooks.webhooks import Webhooks
from sandbox.server import Server

CLIENT_ID = "ABSandboxQuickBooksClient"
CLIENT_SECRET = "sandbox-quickbooks-secret"
VERIFIER_TOKEN = "sandbox-quickbooks-verifier"


class QuickBooks:
    """`data` is demo, empty or the path of a JSON file. `state_dir` keeps records and tokens across restarts.

    `limits` are those of the real API unless others are given; `Limits(enabled=False)` switches them off.
    """

    def __init__(
        self,
        data: str = "empty",
        state_dir: Path | None = None,
        *,
        redirect_uris: Iterable[str] = (),
        webhook_url: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.client_id, self.client_secret, self.verifier_token = CLIENT_ID, CLIENT_SECRET, VERIFIER_TOKEN
        self.redirect_uris = list(redirect_uris)
        self.companies = dict(seed.COMPANIES)
        self._data = data
        self.clock = Clock()
        if state_dir:
            state_dir.mkdir(parents=True, exist_ok=True)
        self.store = Store(self.clock, state_dir / "quickbooks.sqlite" if state_dir else None)
        if self.store.is_empty:
            self.store.restore(seed.image(data))
        self.grants = Grants(self.store)
        self.webhooks = Webhooks(self.verifier_token, self.grants.is_connected, webhook_url)
        self.books = Books(self.store, self.webhooks.tell)
        self.throttle = Throttle(self.clock, limits or Limits())
        self.api = Api(self.books, self.grants, self.throttle)
        client = (self.client_id, self.client_secret)
        self.authorization = Authorization(self.grants, client, self.redirect_uris, self.companies)
        self.calls = Calls()
        self._server: Server | None = None
        self.app: ASGIApp = self._assembled()

    def _assembled(self) -> ASGIApp:
        shelf = Shelf(self.store, self.companies)
        inner = Starlette(middleware=[Middleware(TransactionId)])
        inner.state.calls = self.calls
        self.faults = Faults(inner)
        control = Control(self.clock, self.faults, self.calls, self.reset, ControlRoutes(self).routes())
        routes = [*self.authorization.routes(), *self.api.routes(), control.mount(), shelf.deep_links()]
        inner.router.routes.extend([*routes, *page_routes(shelf)])
        return self.faults

    # ------------------------------------------------------------ running

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("the QuickBooks sandbox has not been started")
        return self._server.url

    def start(self, port: int = 0) -> Self:
        self._server = Server(self.app, port).start()
        self.webhooks.start()
        return self

    def stop(self) -> None:
        self.webhooks.stop()
        if self._server:
            self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def reset(self) -> None:
        """Back to the seed: records, tokens, switches, clock, faults, counts, limits, and notices not yet sent."""
        self.store.restore(seed.image(self._data))
        for part in (self.faults, self.calls, self.throttle, self.webhooks):
            part.clear()
        self.clock.reset()
        self.api.metered.clear()
        self.authorization.most_in_flight = 0

    def facts(self) -> dict[str, Any]:
        """What a caller must know to use the sandbox."""
        return {
            "url": self.url,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "verifier_token": self.verifier_token,
            "discovery_document": f"{self.url}/.well-known/openid_sandbox_configuration",
            "authorize_url": f"{self.url}/connect/oauth2",
            "token_url": f"{self.url}/oauth2/v1/tokens/bearer",
            "api_url": f"{self.url}/v3",
            "control_url": f"{self.url}/_sandbox",
            "redirect_uris": self.redirect_uris,
            "companies": self.companies,
        }


class TransactionId:
    """Puts the headers on every answer that Intuit puts there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(b"intuit_tid", wire.transaction_id().encode()), (b"qbo-version", b"1990.100")]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self.app(scope, receive, signed)
