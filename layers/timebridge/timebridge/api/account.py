"""Who am I, and what could be connected."""

from pydantic import Field

from timebridge.api.access import EVERYBODY, Asking, Noun
from timebridge.api.views import Page, View
from timebridge.providers.provider import PROVIDERS
from timebridge.store.members import Members
from timebridge.store.tenants import Tenants
from timebridge.tenants import Role

account = Noun("account")


class MeView(View):
    id: str
    name: str
    roles: list[Role]
    tenant: str | None
    tenant_name: str | None
    staff: str | None = Field(description="Id of the caller's own record among the staff, found by their e-mail.")


class ProviderView(View):
    name: str


@account.get("/me", EVERYBODY, "Who am I")
def me(caller: Asking) -> MeView:
    """The person or program that the token stands for, the one tenant it may reach, and who they are there."""
    tenant = Tenants().get(caller.tenant) if caller.tenant else None
    staff = Members(tenant.id).staff_of(caller.email) if tenant else None
    return MeView(
        id=caller.id,
        name=caller.name,
        roles=sorted(caller.roles),
        tenant=caller.tenant,
        tenant_name=tenant.name if tenant else None,
        staff=staff.id if staff else None,
    )


@account.get("/providers", EVERYBODY, "List what can be connected")
def list_providers() -> Page[ProviderView]:
    return Page[ProviderView](items=[ProviderView(name=name) for name in PROVIDERS])
