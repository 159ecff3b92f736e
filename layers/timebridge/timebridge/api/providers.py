"""The catalogue: what can be connected, how, what is connected already, and what may be done about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from timebridge.api.access import ADMINS, EVERYBODY, Asking, Caller, Noun, TenantId
from timebridge.api.views import Page, View
from timebridge.providers import provider
from timebridge.providers.provider import ANNOUNCED, PROVIDERS, Offer
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Status

providers = Noun("providers")

HELD = frozenset(Status) - {Status.CONNECTING, Status.CLOSED}


@dataclass(frozen=True, slots=True)
class Act:
    """Something that may be done to a connection in one of `among`. `confirm`: what to ask before doing it."""

    name: str
    title: str
    verb: str
    among: frozenset[Status]
    confirm: str = ""


ACTS = (
    Act("enable", "Enable", "connect", frozenset({Status.CONNECTING})),
    Act(
        "re_enable",
        "Re-enable",
        "reconnect",
        HELD - {Status.LOADING} | {Status.CLOSED},
        "You authorise {account} again, or somebody else of the same account does. All links and settings stay, and "
        "everything that changed meanwhile is synchronised at once.",
    ),
    Act(
        "unlink",
        "Unlink",
        "disconnect",
        HELD,
        "Synchronisation with {account} ends and our access is given back. Everything in the workspace and everything "
        "in {account} stays as it is, and so do the links between the two: Re-enable goes on from there.",
    ),
    Act(
        "switch",
        "Switch account",
        "switch",
        HELD | {Status.CLOSED},
        "A new connection is made for another account, with the same settings. When it is authorised, {account} is "
        "unlinked; its records and links stay as they are.",
    ),
    Act("pause", "Pause", "pause", frozenset({Status.LIVE})),
    Act("resume", "Resume", "resume", frozenset({Status.PAUSED, Status.NEEDS_REAUTH})),
    Act("test", "Test connection", "test", HELD),
    Act("preflight", "Check requirements", "preflight", frozenset(Status)),
)


class ActionView(View):
    name: str
    title: str
    method: str
    path: str
    allowed: bool = Field(description="Whether you may do it.")
    confirm: str | None = Field(description="What to ask before doing it.")


class ConnectedView(View):
    id: str
    status: Status
    account_name: str | None
    owner: str | None
    reason: str | None
    remedy: str | None
    actions: list[ActionView]


class ProviderView(View):
    name: str
    title: str
    summary: str
    state: str = Field(description="available, incomplete, connected, needs attention, or planned.")
    own_app: bool = Field(description="Whether a tenant may bring an app of their own.")
    steps: list[str] = Field(description="The way to a connection.")
    actions: list[ActionView]
    connections: list[ConnectedView]


@providers.get("/tenants/<tenant>/providers", EVERYBODY, "List what can be connected, and what is")
def list_offers(tenant: TenantId, caller: Asking) -> Page[ProviderView]:
    mine = Connections().of(tenant)
    announced = [_announced(name, offer) for name, offer in ANNOUNCED.items() if name not in PROVIDERS]
    return Page[ProviderView](items=[*(_view(name, tenant, mine, caller) for name in PROVIDERS), *announced])


def _announced(name: str, offer: Offer) -> ProviderView:
    return ProviderView(
        name=name,
        title=offer.title,
        summary=offer.summary,
        state="planned",
        own_app=offer.own_app,
        steps=list(offer.steps),
        actions=[],
        connections=[],
    )


def _view(name: str, tenant: str, mine: list[Connection], caller: Caller) -> ProviderView:
    offer, may = provider.load(name).offer(), caller.is_any(ADMINS)
    found = [connection for connection in mine if connection.provider.value == name]
    path = f"/v1/tenants/{tenant}/connections"
    enable = ActionView(name="enable", title="Enable", method="POST", path=path, allowed=may, confirm=None)
    return ProviderView(
        name=name,
        title=offer.title or name.replace("_", " ").capitalize(),
        summary=offer.summary,
        state=_state(found),
        own_app=offer.own_app,
        steps=list(offer.steps),
        actions=[enable],
        connections=[_connected(connection, path, may) for connection in found],
    )


def _state(found: list[Connection]) -> str:
    statuses = {connection.status for connection in found} - {Status.CLOSED}
    if statuses & {Status.NEEDS_REAUTH}:
        return "needs attention"
    if statuses & {Status.LIVE, Status.LOADING, Status.PAUSED}:
        return "connected"
    return "incomplete" if statuses else "available"


def _connected(connection: Connection, path: str, may: bool) -> ConnectedView:
    facts: dict[str, Any] = {name: getattr(connection, name) for name in ("id", "status", "account_name", "owner")}
    actions = list(_actions(connection, f"{path}/{connection.id}", may))
    return ConnectedView(**facts, reason=connection.reason, remedy=connection.remedy, actions=actions)


def _actions(connection: Connection, path: str, may: bool) -> Iterator[ActionView]:
    account = connection.account_name or "the account"
    for act in ACTS:
        if connection.status in act.among:
            confirm = act.confirm.format(account=account) or None
            yield ActionView(
                name=act.name,
                title=act.title,
                method="POST",
                path=f"{path}/{act.verb}",
                allowed=may,
                confirm=confirm,
            )
