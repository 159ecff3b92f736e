"""The accounting API under `/v3/company/{realm}/`: who may call, what is answered, in JSON or XML."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.control import CountedRoute
from sandbox.quickbooks import batch, cdc, queries, wire
from sandbox.quickbooks.attachments import attach_upload, pdf_of
from sandbox.quickbooks.books import VOID_BY_OPERATION, VOID_BY_UPDATE, Books, Manner
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.grants import ACCOUNTING, Grants
from sandbox.quickbooks.replies import Replies
from sandbox.quickbooks.schema import SCHEMA, Entity
from sandbox.quickbooks.tax_service import create_tax_code
from sandbox.quickbooks.throttle import Throttle, TooMany

BASE = "/v3/company/{realm}"
PRINTED = {"Invoice", "Estimate", "SalesReceipt", "CreditMemo", "RefundReceipt", "Payment", "PurchaseOrder"}

type Work = Callable[[Request, str], Awaitable[Any]]


class EntityRoute(CountedRoute):
    """Counts itself under the name of the entity: `POST /v3/company/{realm}/timeactivity`."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        entity = scope["path_params"].get("entity", "")
        scope["app"].state.calls.add(f"{scope['method']} {self.path.replace('{entity}', entity)}")
        await Route.handle(self, scope, receive, send)


class Api:
    """The switch `latency` is how many seconds each call keeps its place among the concurrent ones."""

    def __init__(self, books: Books, grants: Grants, throttle: Throttle) -> None:
        self.books, self.grants, self.throttle = books, grants, throttle
        self.store = books.store
        self.replies = Replies(books.store)
        self.metered: Counter[str] = Counter()

    def routes(self) -> list[Route]:
        return [
            CountedRoute(f"{BASE}/query", self._endpoint(self.query), methods=["GET", "POST"]),
            CountedRoute(f"{BASE}/cdc", self._endpoint(self.changes), methods=["GET"]),
            CountedRoute(f"{BASE}/batch", self._endpoint(self.batch), methods=["POST"]),
            CountedRoute(f"{BASE}/upload", self._endpoint(self.upload), methods=["POST"]),
            CountedRoute(f"{BASE}/download/{{id}}", self._endpoint(self.download), methods=["GET"]),
            CountedRoute(f"{BASE}/taxservice/taxcode", self._endpoint(self.tax_code), methods=["POST"]),
            EntityRoute(f"{BASE}/{{entity}}/{{id}}/pdf", self._endpoint(self.pdf), methods=["GET"]),
            EntityRoute(f"{BASE}/{{entity}}/{{id}}/send", self._endpoint(self.send), methods=["POST"]),
            EntityRoute(f"{BASE}/{{entity}}/{{id}}", self._endpoint(self.read), methods=["GET"]),
            EntityRoute(f"{BASE}/{{entity}}", self._endpoint(self.read_single), methods=["GET"]),
            EntityRoute(f"{BASE}/{{entity}}", self._endpoint(self.write), methods=["POST"]),
        ]

    # ------------------------------------------------------------ the gate

    def _endpoint(self, work: Work) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            realm = request.path_params["realm"]
            refused = self._stopped_at_gate(request, realm)
            if refused is not None:
                return refused
            try:
                with self.throttle.admitted(realm, request.url.path.endswith("/batch")):
                    latency = self.store.setting("latency", 0)
                    if latency:
                        await asyncio.sleep(latency)
                    return await self._answer(request, realm, work)
            except TooMany:
                sentence = "The request limit was reached.  Try again later"
                return self._gateway(request, 429, "ThrottleExceeded", "003001", sentence, "SERVICE")

        return endpoint

    def _stopped_at_gate(self, request: Request, realm: str) -> Response | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return self._unauthorized(request, "EmptyField", "003202", "Bearer token is missing")
        grant, expired = self.grants.of_access_token(token.strip())
        if grant is None:
            sentence = "Malformed bearer token: too short or too long"
            return self._unauthorized(request, "AuthenticationFailed", "003200", sentence)
        if grant.revoked or expired:
            sentence = f"Token {'revoked' if grant.revoked else 'expired'}: {token[:8]}"
            return self._unauthorized(request, "AuthenticationFailed", "003200", sentence)
        if grant.realm != realm or ACCOUNTING not in grant.scope.split():
            sentence = "Application is not authorized for this company"
            return self._gateway(request, 403, "ApplicationAuthorizationFailed", "003100", sentence, "AUTHORIZATION")
        return None

    def _unauthorized(self, request: Request, name: str, code: str, detail: str) -> Response:
        response = self._gateway(request, 401, name, code, detail, "AUTHENTICATION")
        response.headers["www-authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
        return response

    def _gateway(self, request: Request, status: int, name: str, code: str, detail: str, kind: str) -> Response:
        """The gateway may answer XML even to those who asked for JSON."""
        message = f"message={name}; errorCode={code}; statusCode={status}"
        body = wire.gateway_fault(message, detail, str(int(code)), kind, self.store.clock.now())
        if wants_json(request) and not self.store.setting("gateway_xml", False):
            return JSONResponse(body, status)
        time = wire.envelope_time(self.store.clock.now())
        return xml({"Fault": body["fault"], "time": time}, status)

    async def _answer(self, request: Request, realm: str, work: Work) -> Response:
        try:
            body = await work(request, realm)
        except Fault as fault:
            return self._show(request, wire.fault_body(fault, self.store.clock.now()), fault.status)
        if isinstance(body, Response):
            return body
        return self._show(request, body, 200)

    def _show(self, request: Request, body: dict[str, Any], status: int) -> Response:
        if wants_json(request):
            media = "application/json;charset=UTF-8"
            return Response(json.dumps(body, ensure_ascii=False, separators=(",", ":")), status, media_type=media)
        return xml(body, status)

    def _enveloped(self, **body: Any) -> dict[str, Any]:
        return {**body, "time": wire.envelope_time(self.store.clock.now())}

    # ------------------------------------------------------------ reading

    async def query(self, request: Request, realm: str) -> Any:
        text = request.query_params.get("query", "")
        if request.method == "POST":
            kind = request.headers.get("content-type", "").split(";")[0]
            if kind not in ("application/text", "text/plain"):
                raise Fault("500", f"query with the content type {kind}")
            text = (await request.body()).decode("utf-8", "replace")
        if not text.strip():
            body = wire.fault_body(Fault("10000", "The query statement is missing"), self.store.clock.now())
            return self._show(request, body, 200)
        found = queries.run(self.store, realm, text)
        self.metered["coreplus"] += 1
        return self._enveloped(QueryResponse=found)

    async def changes(self, request: Request, realm: str) -> Any:
        wish = request.query_params
        found = cdc.run(self.store, realm, wish.get("entities", ""), wish.get("changedSince", ""))
        self.metered["coreplus"] += 1
        return self._enveloped(CDCResponse=[{"QueryResponse": found}])

    async def read(self, request: Request, realm: str) -> Any:
        entity, id = entity_of(request), request.path_params["id"]
        if entity.kind == "single":
            id = "1" if id in (realm, "1") else id
        found = self.books.read(realm, entity, id)
        self.metered["coreplus"] += 1
        return self._enveloped(**{entity.name: found})

    async def read_single(self, request: Request, realm: str) -> Any:
        entity = entity_of(request)
        if entity.kind != "single":
            raise Fault("500", f"GET {entity.name.lower()}")
        self.metered["coreplus"] += 1
        return self._enveloped(**{entity.name: self.books.read(realm, entity, "1")})

    async def pdf(self, request: Request, realm: str) -> Any:
        entity = entity_of(request)
        if entity.name not in PRINTED:
            raise Fault("500", "pdf")
        record = self.books.read(realm, entity, request.path_params["id"])
        self.metered["coreplus"] += 1
        return Response(pdf_of(entity.name, record), media_type="application/pdf")

    async def download(self, request: Request, realm: str) -> Any:
        record = self.books.read(realm, SCHEMA.entities["Attachable"], request.path_params["id"])
        return PlainTextResponse(f"{str(request.base_url).rstrip('/')}{record.get('FileAccessUri', '')}")

    # ------------------------------------------------------------ writing

    async def write(self, request: Request, realm: str) -> Any:
        entity, wish = entity_of(request), request.query_params
        request_id = wish.get("requestid")
        before = self.replies.find(realm, request_id)
        if before is not None:
            return before
        body = await json_body(request)
        options = frozenset(part.strip().lower() for part in wish.get("include", "").split(",") if part.strip())
        with self.store.transaction():
            found = apply(self.books, realm, entity, wish.get("operation", ""), body, Manner(options))
            answer = self._enveloped(**{entity.name: found})
            self.replies.keep(realm, request_id, answer)
        self.metered["core"] += 1
        return answer

    async def batch(self, request: Request, realm: str) -> Any:
        body = await json_body(request)
        found = batch.run(self.books, self.replies, realm, body, request.query_params.get("requestid"))
        self.metered["core"] += 1
        self.metered["coreplus"] += sum("QueryResponse" in item for item in found)
        return self._enveloped(BatchItemResponse=found)

    async def send(self, request: Request, realm: str) -> Any:
        entity = entity_of(request)
        if entity.name not in PRINTED:
            raise Fault("500", "send")
        found = self.books.send(realm, entity, request.path_params["id"], request.query_params.get("sendTo"))
        self.metered["core"] += 1
        return self._enveloped(**{entity.name: found})

    async def upload(self, request: Request, realm: str) -> Any:
        async with request.form() as form:
            found = attach_upload(self.books, realm, form)
        return self._enveloped(AttachableResponse=[{"Attachable": found}])

    async def tax_code(self, request: Request, realm: str) -> Any:
        return create_tax_code(self.books, realm, await json_body(request))


def apply(
    books: Books, realm: str, entity: Entity, operation: str, body: dict[str, Any], manner: Manner
) -> dict[str, Any]:
    """What `?operation=` and the body together ask for."""
    if operation == "delete":
        return books.delete(realm, entity, body)
    if operation == "void" and entity.name in VOID_BY_OPERATION:
        return books.void(realm, entity, body)
    if operation == "update" and "void" in manner.options and entity.name in VOID_BY_UPDATE:
        return books.void(realm, entity, body)
    if operation not in ("", "create", "update"):
        raise Fault("500", operation)
    if operation == "update" or body.get("Id") not in (None, ""):
        return books.update(realm, entity, body, manner)
    return books.create(realm, entity, body, manner)


def entity_of(request: Request) -> Entity:
    name = request.path_params["entity"]
    entity = SCHEMA.entity(name)
    if entity is None or name != name.lower():
        raise Fault("500", f"{request.method} {name}")
    return entity


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object in the body. Raises Fault for anything else."""
    try:
        raw = await request.body()
        body = json.loads(raw)
        if b"\\ud" in raw.lower():
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no character
    except ValueError:
        raise Fault("2010", "failed to parse json object; a property") from None
    if not isinstance(body, dict):
        raise Fault("2010", "failed to parse json object; an object was expected, the value")
    return body


def wants_json(request: Request) -> bool:
    return "json" in request.headers.get("accept", "") or request.query_params.get("format") == "json"


def xml(body: dict[str, Any], status: int) -> Response:
    return Response(wire.to_xml(body), status, media_type="application/xml;charset=UTF-8")
