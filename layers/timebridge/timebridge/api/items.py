"""What of a provider's records is imported: everything of some types, or only what is ticked."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field

from timebridge import context, presets
from timebridge.api import versions
from timebridge.api.access import ADMINS, Asking, ConnectionId, Noun, TenantId
from timebridge.api.errors import Problem
from timebridge.api.runs import open_connection
from timebridge.api.views import Asked, Limit, Start, View
from timebridge.providers import provider
from timebridge.providers.provider import Selective
from timebridge.tenants import Connection

items = Noun("items")

PATH = "/tenants/<tenant>/connections/<connection>/items"
MANY = 1000
"""Ids that one can tick. Who wants more wants all of a type."""

OfType = Annotated[str, Query(max_length=40, description="What to list: opportunities or cases.")]
Words = Annotated[str, Query(max_length=200, description="Words, or parts of them, of the name or of the account.")]


class ItemView(View):
    """`chosen`: it is imported, or will be with the next look. `about`: the account it belongs to."""

    id: str
    type: str
    name: str
    number: str | None
    status: str | None
    about: str | None
    chosen: bool


class ItemsView(View):
    """`everything`: all of these types are imported, also those of the future; else `ticked` of them are."""

    items: list[ItemView]
    next: str | None
    types: list[str]
    everything: bool
    ticked: int


class Choice(Asked):
    """`items` null: everything of these types, also what is made later; else only these, with what belongs to them."""

    types: list[Annotated[str, Field(max_length=40)]] | None = Field(default=None, min_length=1)
    items: list[Annotated[str, Field(min_length=18, max_length=18)]] | None = Field(default=None, max_length=MANY)


class ChosenView(View):
    """`version`: of the settings, which hold the choice. `flows`: what is read again now."""

    types: list[str]
    everything: bool
    ticked: int
    version: int
    flows: list[str]


@items.get(PATH, ADMINS, "List what can be imported, with what is chosen")
def list_items(
    tenant: TenantId,
    connection: ConnectionId,
    type: OfType = "opportunities",
    q: Words = "",
    start: Start = None,
    limit: Limit = 50,
) -> ItemsView:
    """As the provider has it now and the owner of the connection sees it; what is completed there is left out."""
    found = open_connection(tenant, connection)
    module, app, grants = _selective(found), context.app_of(found), context.grants(found)
    records, next = module.items(app, grants, found, type, q, start, limit)
    types, ticked = _types(found), found.settings.get("items")
    marked = [
        ItemView.of(each).model_copy(update={"chosen": type in types and (ticked is None or each.id in ticked)})
        for each in records
    ]
    return ItemsView(items=marked, next=next, types=types, everything=ticked is None, ticked=len(ticked or ()))


@items.post(PATH, ADMINS, "Choose what is imported")
def choose_items(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[Choice, Body()], caller: Asking
) -> ChosenView:
    """In place of what was chosen before. What is not chosen any more is archived here; its entries stay."""
    found = open_connection(tenant, connection)
    wanted = list(dict.fromkeys(asked.items)) if asked.items is not None else None
    _refuse_unknown(found, wanted or [])
    types = asked.types or _types(found)
    settings = {**found.settings, "types": types, "items": wanted}
    version = versions.publish(found, settings, caller, "What is imported")
    return ChosenView(
        types=types,
        everything=wanted is None,
        ticked=len(wanted or ()),
        version=version.number,
        flows=[flow.name for flow in presets.flows_of(found) if flow.mirror],
    )


def _selective(connection: Connection) -> Selective:
    """Raises Problem 409 for a connection that imports no structure."""
    module = provider.selective(connection.provider)
    if module is None or not any(flow.mirror for flow in presets.flows_of(connection)):
        raise Problem(
            409,
            "This connection imports nothing that could be chosen.",
            remedy="Add “tasks” to the presets of its settings.",
            field="settings.presets",
        )
    return module


def _refuse_unknown(connection: Connection, ids: list[str]) -> None:
    module, app, grants = _selective(connection), context.app_of(connection), context.grants(connection)
    unknown = module.unknown_items(app, grants, connection, ids)
    if unknown:
        raise Problem(
            422, f"There is no {unknown[0]} to import.", remedy="Take the ids from the list of items.", field="items"
        )


def _types(connection: Connection) -> list[str]:
    return list(connection.settings.get("types", ["opportunities", "cases"]))
