"""Who asks, what they may do, and in which tenant. A route says who may use it; nothing else decides.

| role           | tenant    | may                                                       |
|----------------|-----------|-----------------------------------------------------------|
| platform_admin | any       | everything but reading the secret part of webhook URLs    |
| tenant_admin   | their own | everything in it                                          |
| member         | their own | read; write drafts of time entries and expenses, submit;  |
|                |           | decide about those of projects and people they manage     |
| viewer         | their own | read                                                      |
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import getdoc
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.request import Request
from aws_lambda_powertools.shared.json_encoder import Encoder

from timebridge.api.errors import Problem, missing
from timebridge.store.audit import Audit, through
from timebridge.store.tenants import Connections, Tenants
from timebridge.telemetry import logger
from timebridge.tenants import Connection, Role, Tenant

SCHEME = "users"
"""The name of the security scheme in the OpenAPI document."""

PUBLIC = "/openapi.json"

MOST = 6_000_000
"""Bytes of an answer: what Lambda hands over, less its head."""

CONSOLE = "console"
"""The host that the console names when it asks in process: no host that API Gateway serves is called like this."""

EVERYBODY = frozenset(Role)
WRITERS = EVERYBODY - {Role.VIEWER}
ADMINS = frozenset({Role.PLATFORM_ADMIN, Role.TENANT_ADMIN})
PLATFORM = frozenset({Role.PLATFORM_ADMIN})

TenantId = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{1,39}$", description="Id of the tenant.")]
Name = Annotated[str, Path(max_length=200)]
ConnectionId = Annotated[str, Path(pattern="^[a-z0-9_-]{1,64}$", description="Id of the connection.")]


@dataclass(frozen=True, slots=True)
class Caller:
    """The person or program that asks. `name` is what the audit trail says; `email` is theirs beyond doubt."""

    id: str
    name: str
    roles: frozenset[Role]
    tenant: str | None
    email: str | None = None

    def is_any(self, roles: Iterable[Role]) -> bool:
        return not self.roles.isdisjoint(roles)


def caller_of(event: Mapping[str, Any]) -> Caller:
    """Raises Problem 401 when API Gateway vouched for nobody."""
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    claims = (authorizer.get("jwt") or {}).get("claims") or {}
    if not claims.get("sub"):
        raise Problem(401, "Nobody is signed in.", remedy="Sign in, and send the ID token as a bearer token.")
    id, tenant = str(claims["sub"]), claims.get("custom:tenant_id") or None
    is_theirs = str(claims.get("email_verified")).lower() == "true"
    email = str(claims["email"]) if is_theirs and claims.get("email") else None
    return Caller(id, email or id, _roles(claims.get("cognito:groups")), tenant, email)


def _roles(groups: object) -> frozenset[Role]:
    """HTTP APIs hand the groups over as text: "[tenant_admin member]". Those that are no roles of ours do not count."""
    names = groups if isinstance(groups, list) else str(groups or "").strip("[]").replace(",", " ").split()
    return frozenset(Role(name) for name in names if name in set(Role))


def check(caller: Caller, roles: frozenset[Role], tenant: str | None) -> None:
    """Raises Problem 403. A foreign tenant is refused in the same words whether it exists or not."""
    if not caller.is_any(roles):
        allowed = " or ".join(sorted(roles))
        raise Problem(403, "Your role does not allow this.", remedy=f"Ask somebody who is {allowed}.")
    if tenant is None or Role.PLATFORM_ADMIN in caller.roles:
        return
    if caller.tenant is None:
        raise Problem(
            403, "Your token names no tenant.", remedy="Send the ID token, or ask for a tenant to be assigned."
        )
    if tenant != caller.tenant:
        raise Problem(403, "You have no access to this tenant.", remedy="Use the tenant that /v1/me names.")


def guard(app: APIGatewayHttpResolver, next_middleware: Callable[..., Response[Any]]) -> Response[Any]:
    """Stands before validation: who may not enter learns nothing. A route that names no roles does not exist."""
    route = app.context["_route"]
    if route.path == PUBLIC:
        return next_middleware(app)
    if not route.security:
        raise Problem(404, "There is nothing at this address.", remedy="See /openapi.json for what there is.")
    event = app.current_event.raw_event
    caller = caller_of(event)
    tenant = app.context["_route_args"].get("tenant")
    via = "console" if event["requestContext"].get("domainName") == CONSOLE else "api"
    try:
        check(caller, frozenset(Role(name) for name in route.security[0][SCHEME]), tenant)
    except Problem:
        with through(via):
            _note_refusal(caller, tenant, route)
        raise
    if tenant is not None:
        tenant_of(tenant)
    app.context["caller"] = caller
    where = f"{route.method} {route.openapi_path}"
    with through(via), logger.append_context_keys(tenant=tenant, route=where, actor=caller.id):
        return _carried(next_middleware(app))


def _carried(answer: Response[Any]) -> Response[Any]:
    """Raises Problem for more than Lambda can hand over: nobody could be told any more after that."""
    if answer.is_json() and not isinstance(answer.body, str):
        answer.body = json.dumps(answer.body, separators=(",", ":"), cls=Encoder)
    if _size(answer.body or "") > MOST:
        raise Problem(
            413, "This is more than one answer can carry.", remedy="Ask for less: a shorter time, or a filter."
        )
    return answer


def _size(body: str | bytes) -> int:
    """Bytes that Lambda hands over, which quotes text, and takes bytes in base64."""
    if isinstance(body, bytes):
        return len(base64.b64encode(body))
    return len(body) if len(body) <= MOST // 6 else len(json.dumps(body, ensure_ascii=False).encode())


def _note_refusal(caller: Caller, tenant: str | None, route: Any) -> None:
    """Whoever tried to change something in their own tenant, and may not, stands in its audit trail."""
    if route.method != "GET" and tenant is not None and tenant == caller.tenant and Tenants().get(tenant):
        target = f"{route.method} {route.openapi_path}"
        Audit(tenant).write(caller.name, "refused", target, {"roles": sorted(caller.roles)})


def _asking(request: Request) -> Caller:
    found: Caller = request.context["caller"]
    return found


Asking = Annotated[Caller, Depends(_asking)]
"""A parameter of a route that receives the caller."""


class Noun:
    """The routes about one thing. Each says who may use it: that is documented and enforced from the same words."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.router = Router()  # type: ignore[no-untyped-call]

    def get(self, rule: str, roles: frozenset[Role], summary: str) -> Callable[[Any], Any]:
        return self._route("GET", rule, roles, summary, 200)

    def post(self, rule: str, roles: frozenset[Role], summary: str, status: int = 200) -> Callable[[Any], Any]:
        return self._route("POST", rule, roles, summary, status)

    def patch(self, rule: str, roles: frozenset[Role], summary: str) -> Callable[[Any], Any]:
        return self._route("PATCH", rule, roles, summary, 200)

    def _route(self, method: str, rule: str, roles: frozenset[Role], summary: str, status: int) -> Callable[[Any], Any]:
        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            return self.router.route(
                rule,
                method,
                summary=summary,
                description=getdoc(function),
                operation_id=function.__name__,
                security=[{SCHEME: sorted(roles)}],
                tags=[self.name],
                status_code=status,
            )(function)

        return register


def tenant_of(id: str) -> Tenant:
    """Raises Problem 404."""
    found = Tenants().get(id)
    if found is None:
        raise missing("tenant")
    return found


def connection_of(tenant: str, id: str) -> Connection:
    """Raises Problem 404."""
    found = Connections().get(tenant, id)
    if found is None:
        raise missing("connection")
    return found
