"""What tests and people may do to the QuickBooks sandbox beyond the shared control API."""

from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control import refusal
from sandbox.quickbooks import wire
from sandbox.quickbooks.api import Api, apply, json_body
from sandbox.quickbooks.books import Books, Manner
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.grants import Grants
from sandbox.quickbooks.oauth import Authorization
from sandbox.quickbooks.schema import SCHEMA, Entity
from sandbox.quickbooks.store import Store
from sandbox.quickbooks.throttle import Throttle
from sandbox.quickbooks.webhooks import Webhooks

SWITCHES: dict[str, Any] = {
    "ignore_requestid": False,
    "requestid_hours": None,
    "cdc_lag_seconds": 0,
    "gateway_xml": False,
    "latency": 0,
    "rotation_hours": 24.0,
    "rotate_each_refresh": False,
    "rotate_next": False,
    "rotation_grace_seconds": 0,
}


class Sandbox(Protocol):
    store: Store
    books: Books
    grants: Grants
    throttle: Throttle
    webhooks: Webhooks
    authorization: Authorization
    api: Api
    redirect_uris: list[str]


class ControlRoutes:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def routes(self) -> list[Route]:
        company = "/companies/{realm}"
        return [
            Route("/switches", self.show_switches, methods=["GET"]),
            Route("/switches", self.set_switches, methods=["POST"]),
            Route("/throttle", self.show_throttle, methods=["GET"]),
            Route("/throttle", self.set_throttle, methods=["POST"]),
            Route("/webhooks", self.show_webhooks, methods=["GET"]),
            Route("/webhooks", self.set_webhooks, methods=["POST"]),
            Route("/webhooks/release", self.release_webhooks, methods=["POST"]),
            Route("/tokens", self.show_tokens, methods=["GET"]),
            Route("/tokens/expire", self.expire_tokens, methods=["POST"]),
            Route("/redirect_uris", self.add_redirect_uri, methods=["POST"]),
            Route("/meter", self.show_meter, methods=["GET"]),
            Route("/companies", self.companies, methods=["GET"]),
            Route(f"{company}/disconnect", self.disconnect, methods=["POST"]),
            Route(f"{company}/suspend", self.suspend, methods=["POST"]),
            Route(f"{company}/connect", self.connect, methods=["POST"]),
            Route(f"{company}/{{entity}}/merge", self.merge, methods=["POST"]),
            Route(f"{company}/{{entity}}/{{id}}/match", self.match, methods=["POST"]),
            Route(f"{company}/{{entity}}", self.list_records, methods=["GET"]),
            Route(f"{company}/{{entity}}", self.person_writes, methods=["POST"]),
        ]

    # ------------------------------------------------------------ switches

    async def show_switches(self, request: Request) -> Response:
        return JSONResponse({name: self.sandbox.store.setting(name, value) for name, value in SWITCHES.items()})

    async def set_switches(self, request: Request) -> Response:
        wish = await request.json()
        unknown = set(wish) - set(SWITCHES)
        if unknown:
            return refusal(f"unknown switches: {', '.join(sorted(unknown))}; there are {', '.join(SWITCHES)}")
        for name, value in wish.items():
            self.sandbox.store.set(name, value)
        return await self.show_switches(request)

    async def show_throttle(self, request: Request) -> Response:
        return JSONResponse(self.sandbox.throttle.to_json())

    async def set_throttle(self, request: Request) -> Response:
        """Any of enabled, per_minute, per_second, concurrent, batch_per_minute."""
        throttle = self.sandbox.throttle
        try:
            throttle.limits = throttle.limits.changed(await request.json())
        except (ValueError, TypeError) as error:
            return refusal(str(error))
        return await self.show_throttle(request)

    async def show_webhooks(self, request: Request) -> Response:
        return JSONResponse(self.sandbox.webhooks.to_json())

    async def set_webhooks(self, request: Request) -> Response:
        """Any of url, paused, double, reorder, legacy, window, speed, timeout, only."""
        try:
            self.sandbox.webhooks.change(await request.json())
        except ValueError as error:
            return refusal(str(error))
        return await self.show_webhooks(request)

    async def release_webhooks(self, request: Request) -> Response:
        self.sandbox.webhooks.release()
        return await self.show_webhooks(request)

    # ------------------------------------------------------------ grants and companies

    async def show_tokens(self, request: Request) -> Response:
        most = self.sandbox.authorization.most_in_flight
        return JSONResponse({**self.sandbox.grants.counts(), "most_token_calls_in_flight": most})

    async def expire_tokens(self, request: Request) -> Response:
        return JSONResponse({"expired": self.sandbox.grants.expire_access_tokens(request.query_params.get("realm"))})

    async def add_redirect_uri(self, request: Request) -> Response:
        uri = str((await request.json()).get("redirect_uri", ""))
        if not uri.startswith(("http://", "https://")) or "?" in uri or "#" in uri:
            return refusal("a redirect_uri is an absolute address without query string or fragment")
        self.sandbox.redirect_uris.append(uri)
        return JSONResponse(self.sandbox.redirect_uris, 201)

    async def show_meter(self, request: Request) -> Response:
        metered = self.sandbox.api.metered
        return JSONResponse({"core": metered["core"], "coreplus": metered["coreplus"]})

    async def companies(self, request: Request) -> Response:
        return JSONResponse(self.sandbox.authorization.companies)

    async def disconnect(self, request: Request) -> Response:
        """The user removes the app in QuickBooks; Intuit tells nobody."""
        return JSONResponse({"ended": self.sandbox.grants.disconnect(request.path_params["realm"])})

    async def suspend(self, request: Request) -> Response:
        """The subscription ends (`{"suspended": true}`, the default) or is paid again."""
        realm, suspended = request.path_params["realm"], bool((await optional_json(request)).get("suspended", True))
        self.sandbox.store.set("suspended", False, realm)
        self._tell_subscription(realm, "EXPIRED" if suspended else "PAID")
        self.sandbox.store.set("suspended", suspended, realm)
        return JSONResponse({"suspended": suspended})

    def _tell_subscription(self, realm: str, status: str) -> None:
        entity = SCHEMA.entities["CompanyInfo"]
        info = self.sandbox.books.existing(realm, entity, "1")
        pairs = [
            {**pair, "Value": status} if pair["Name"] == "SubscriptionStatus" else pair
            for pair in info.doc["NameValue"]
        ]
        body = {"Id": "1", "sparse": True, "SyncToken": str(info.sync_token), "NameValue": pairs}
        self.sandbox.books.update(realm, entity, body, Manner(by_person=True))

    async def connect(self, request: Request) -> Response:
        """A grant without the detour over the consent page: the answer of the token endpoint."""
        realm = request.path_params["realm"]
        if realm not in self.sandbox.authorization.companies:
            return refusal("there is no such company", 404)
        scope = (await optional_json(request)).get("scope", "com.intuit.quickbooks.accounting")
        grant = self.sandbox.grants.open(realm, scope)
        return JSONResponse({**self.sandbox.grants.token_answer(grant, False), "realmId": realm})

    # ------------------------------------------------------------ a person at work in QuickBooks

    async def list_records(self, request: Request) -> Response:
        """`?Field=value` compares with the record as the API shows it; a reference compares by its id."""
        entity = SCHEMA.entity(request.path_params["entity"])
        if entity is None:
            return refusal("there is no such entity", 404)
        stored = self.sandbox.store.find(request.path_params["realm"], entity.name)
        wanted = dict(request.query_params)
        records = [wire.record(one) for one in stored]
        return JSONResponse([one for one in records if all(plain(one.get(k)) == v for k, v in wanted.items())])

    async def person_writes(self, request: Request) -> Response:
        """The body of an API write. An Id without SyncToken changes the latest version, sparsely."""
        realm, entity = request.path_params["realm"], SCHEMA.entity(request.path_params["entity"])
        if entity is None:
            return refusal("there is no such entity", 404)
        wish = request.query_params
        options = frozenset(part for part in wish.get("include", "").split(",") if part)
        try:
            body = self._latest(realm, entity, await json_body(request))
            manner = Manner(options, by_person=True)
            done = apply(self.sandbox.books, realm, entity, wish.get("operation", ""), body, manner)
        except Fault as fault:
            return JSONResponse(wire.fault_body(fault, self.sandbox.store.clock.now()), fault.status)
        return JSONResponse(done)

    def _latest(self, realm: str, entity: Entity, body: dict[str, Any]) -> dict[str, Any]:
        if not body.get("Id") or "SyncToken" in body:
            return body
        token = self.sandbox.books.existing(realm, entity, str(body["Id"])).sync_token
        return {"sparse": True, **body, "SyncToken": str(token)}

    async def match(self, request: Request) -> Response:
        """A bookkeeper accepts the bank's line for this transaction: from now on it cannot be deleted."""
        realm, entity = request.path_params["realm"], SCHEMA.entity(request.path_params["entity"])
        if entity is None or not entity.is_transaction:
            return refusal("there is no such transaction", 404)
        try:
            return JSONResponse(self.sandbox.books.match(realm, entity, request.path_params["id"]))
        except Fault as fault:
            return JSONResponse(wire.fault_body(fault, self.sandbox.store.clock.now()), fault.status)

    async def merge(self, request: Request) -> Response:
        """`{"keep": id, "lose": id}`"""
        realm, entity = request.path_params["realm"], SCHEMA.entity(request.path_params["entity"])
        if entity is None:
            return refusal("there is no such entity", 404)
        wish = await request.json()
        try:
            return JSONResponse(self.sandbox.books.merge(realm, entity, str(wish["keep"]), str(wish["lose"])))
        except Fault as fault:
            return JSONResponse(wire.fault_body(fault, self.sandbox.store.clock.now()), fault.status)


async def optional_json(request: Request) -> dict[str, Any]:
    body = await request.body()
    found: dict[str, Any] = await request.json() if body else {}
    return found


def plain(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("value", value.get("Address", value.get("FreeFormNumber", value)))
    return str(value).lower() if isinstance(value, bool) else str(value)
