"""Customers and jobs that are no projects here: blocked, they never come back, whatever happens over there."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field, model_validator

from timebridge import presets
from timebridge.api import versions
from timebridge.api.access import (
    ADMINS,
    EVERYBODY,
    Asking,
    Caller,
    ConnectionId,
    Name,
    Noun,
    TenantId,
    connection_of,
)
from timebridge.api.errors import Problem, missing
from timebridge.api.views import Asked, View
from timebridge.changes import Where
from timebridge.errors import Stale
from timebridge.links import Link
from timebridge.records import Record
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Connection, Provider

blocked = Noun("blocked")

PATH = "/tenants/<tenant>/connections/<connection>/blocked"
SETTING, KIND, OBJECT = "blocked", "project", "Customer"


class BlockedView(View):
    """`customer`: the id over there. The rest is what its project was here, if it ever was one."""

    customer: str
    project: str | None
    name: str | None
    path: str | None


class BlockedList(View):
    items: list[BlockedView]


class Blocking(Asked):
    """One of the two."""

    project: str | None = Field(default=None, description="Id of the project here.")
    customer: str | None = Field(default=None, pattern="^[0-9]{1,20}$", description="Id of the customer over there.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.project is None) == (self.customer is None):
            raise ValueError("Name the project or the customer, and not both.")
        return self


@blocked.get(PATH, EVERYBODY, "List the customers and jobs that are blocked")
def list_blocked(tenant: TenantId, connection: ConnectionId) -> BlockedList:
    return _listed(_books(tenant, connection))


@blocked.post(PATH, ADMINS, "Block a customer or job")
def block(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[Blocking, Body()], caller: Asking
) -> BlockedList:
    """Its project is archived, with the time that is on it, and never comes back. Nothing changes in the books."""
    found = _books(tenant, connection)
    link = _link(found, asked)
    customer = asked.customer or (link.theirs if link else None)
    if customer is None:
        remedy = "Archive it: it comes from here, and nothing brings it back."
        raise Problem(422, "This project has no customer in QuickBooks.", remedy=remedy, field="project")
    ids = dict.fromkeys([*found.settings.get(SETTING, ()), customer])
    _publish(found, list(ids), caller, f"Blocked customer {customer}")
    if link is not None:
        _archive(tenant, link.ours, caller)
    _note(caller, tenant, "project.block", link.ours if link else None, customer)
    return _listed(connection_of(tenant, connection))


@blocked.post(f"{PATH}/<customer>/lift", ADMINS, "Let a blocked customer or job come in again")
def lift_block(tenant: TenantId, connection: ConnectionId, customer: Name, caller: Asking) -> BlockedList:
    """Its project comes back as it was, if it would be one now."""
    found = _books(tenant, connection)
    ids = list(found.settings.get(SETTING, ()))
    if customer not in ids:
        raise missing("blocked customer")
    link = _link(found, Blocking(customer=customer))
    _publish(found, [id for id in ids if id != customer], caller, f"Lifted the block of customer {customer}")
    _note(caller, tenant, "project.unblock", link.ours if link else None, customer)
    return _listed(connection_of(tenant, connection))


def _books(tenant: str, connection: str) -> Connection:
    """Raises Problem 409 for a connection whose provider has no customers."""
    found = connection_of(tenant, connection)
    if found.provider is not Provider.QUICKBOOKS_ONLINE:
        remedy = "Choose what comes in with its settings."
        raise Problem(409, "Only customers of QuickBooks Online are blocked one by one.", remedy=remedy)
    return found


def _link(connection: Connection, asked: Blocking) -> Link | None:
    """The pair of a project and its customer, whichever of the two is named. Raises Problem 404."""
    if asked.project is not None and Workspace(connection.tenant).get(KIND, asked.project) is None:
        raise missing(KIND)
    whose = {"ours": [asked.project]} if asked.project else {"theirs": [asked.customer or ""]}
    return next((link for links in _found(connection, **whose) for link in links if link.theirs), None)


def _found(connection: Connection, **ids: list[str]) -> Iterator[list[Link]]:
    store = DynamoLinks(connection.tenant, connection.id)
    flows = presets.flows_of(connection).of(Where.THEIRS, OBJECT)
    return (store.find(flow.name, **ids) for flow in flows if flow.kind == KIND)


def _publish(connection: Connection, ids: list[str], caller: Caller, note: str) -> None:
    versions.publish(connection, {**connection.settings, SETTING: ids}, caller, note)


def _archive(tenant: str, project: str, caller: Caller) -> None:
    """The next look archives it as well: somebody who was faster does no harm."""
    ours = Workspace(tenant, caller.name)
    found = ours.get(KIND, project)
    with suppress(Stale):
        if found is not None and not found.gone:
            ours.archive(KIND, project, found.version or "")


def _note(caller: Caller, tenant: str, what: str, project: str | None, customer: str) -> None:
    target = f"{KIND} {project}" if project else f"customer {customer}"
    Audit(tenant).write(caller.name, what, target, {"customer": customer})


def _listed(connection: Connection) -> BlockedList:
    ids = list(connection.settings.get(SETTING, ()))
    links = {link.theirs: link.ours for some in _found(connection, theirs=ids) for link in some} if ids else {}
    projects = {record.id: record for record in Workspace(connection.tenant).read(KIND, list(links.values()))}
    return BlockedList(items=[_view(id, projects.get(links.get(id, ""))) for id in ids])


def _view(customer: str, project: Record | None) -> BlockedView:
    values = project.values if project else {}
    return BlockedView(
        customer=customer, project=project.id if project else None, name=values.get("name"), path=values.get("path")
    )
