"""Tenants: make them, read them, change them."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge.api.access import ADMINS, EVERYBODY, PLATFORM, Asking, Noun, TenantId, tenant_of
from timebridge.api.errors import Problem, conflict
from timebridge.api.views import Asked, At, IfMatch, Page, View, revision_of
from timebridge.errors import Stale
from timebridge.store.audit import Audit
from timebridge.store.tenants import TENANTS
from timebridge.store.tenants import Tenants as Stored
from timebridge.tenants import Tenant

tenants = Noun("tenants")

TAKEN = frozenset({TENANTS, "appearance", "sign-in", "sign-out", "signed-in", "signed-out", "static"})
"""The key of the list of tenants, and what lies beside their pages."""

Name = Annotated[str, Field(min_length=1, max_length=255)]
Zone = Annotated[str, Field(max_length=64, description="Name of a time zone, like Europe/Vienna.")]


class NewTenant(Asked):
    id: str | None = Field(
        default=None, pattern="^[a-z0-9][a-z0-9-]{1,39}$", description="Given out if it is left out."
    )
    name: Name
    time_zone: Zone = "UTC"


class TenantPatch(At):
    name: Name | None = None
    time_zone: Zone | None = None


class TenantView(View):
    id: str
    name: str
    time_zone: str
    revision: int


@tenants.get("/tenants", PLATFORM, "List all tenants")
def list_tenants() -> Page[TenantView]:
    return Page[TenantView](items=[TenantView.of(tenant) for tenant in Stored().all()])


@tenants.post("/tenants", PLATFORM, "Create a tenant", 201)
def create_tenant(asked: Annotated[NewTenant, Body()], caller: Asking) -> TenantView:
    id = asked.id or f"t-{uuid4().hex[:12]}"
    if id in TAKEN:
        raise Problem(422, f"A tenant cannot be called {id}.", remedy="Choose another id.", field="id")
    check_zone(asked.time_zone)
    try:
        saved = Stored().save(Tenant(id, asked.name, asked.time_zone))
    except Stale as error:
        raise Problem(409, f"There is a tenant {id} already.", remedy="Choose another id.", field="id") from error
    Audit(id).write(caller.name, "tenant.create", id, after=_facts(saved))
    return TenantView.of(saved)


@tenants.get("/tenants/<tenant>", EVERYBODY, "Read a tenant")
def get_tenant(tenant: TenantId) -> TenantView:
    return TenantView.of(tenant_of(tenant))


@tenants.patch("/tenants/<tenant>", ADMINS, "Change a tenant's name or time zone")
def update_tenant(
    tenant: TenantId, asked: Annotated[TenantPatch, Body()], caller: Asking, if_match: IfMatch = None
) -> TenantView:
    """Daily and weekly pulls run at night in the tenant's time zone."""
    revision, found = revision_of(if_match, asked), tenant_of(tenant)
    if asked.time_zone:
        check_zone(asked.time_zone)
    wanted = replace(
        found, name=asked.name or found.name, time_zone=asked.time_zone or found.time_zone, revision=revision
    )
    try:
        saved = Stored().save(wanted)
    except Stale as error:
        raise conflict(error, _facts(tenant_of(tenant))) from error
    Audit(tenant).write(caller.name, "tenant.update", tenant, before=_facts(found), after=_facts(saved))
    return TenantView.of(saved)


def _facts(tenant: Tenant) -> dict[str, Any]:
    return {"name": tenant.name, "time_zone": tenant.time_zone, "revision": tenant.revision}


def check_zone(name: str) -> None:
    """Raises Problem 422."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Problem(
            422, f"There is no time zone {name}.", remedy="Use a name like Europe/Vienna.", field="time_zone"
        ) from error
