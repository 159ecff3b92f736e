"""What the books say of a client: one block for each company in which it is a customer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from timebridge import presets
from timebridge.flows import Direction, Flow
from timebridge.links import Link, State
from timebridge.providers.quickbooks_online.deep_links import deep_link
from timebridge.records import Record, Value, Values
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Provider, Status

CUSTOMER = "quickbooks_online.customer"
NAMED = {"term": "term", "payment_method": "payment_method"}
"""Values that refer to an entry of a list, and its kind: people read its name."""


@dataclass(frozen=True, slots=True)
class Said:
    """A value of ours that reads otherwise in the books. `there` None: it cannot be said there and is left out."""

    field: str
    ours: Value
    there: Value


@dataclass(frozen=True, slots=True)
class Block:
    """`values`: as both sides agreed last, with the names of term and payment method. `link`: the pair."""

    connection: Connection
    customer: str
    url: str | None
    name: str
    values: Values
    said: tuple[Said, ...]
    link: Link


def blocks(tenant: str, client: Record) -> list[Block]:
    """One for each company that is connected, in the order of the connections."""
    return [block for connection in _books(tenant) for block in _of(connection, client)]


def _books(tenant: str) -> Iterator[Connection]:
    for found in sorted(Connections().of(tenant), key=lambda each: each.id):
        if found.provider is Provider.QUICKBOOKS_ONLINE and found.status is not Status.CLOSED:
            yield found


def _of(connection: Connection, client: Record) -> Iterator[Block]:
    flow = next((flow for flow in presets.flows_of(connection) if flow.name == CUSTOMER), None)
    links = DynamoLinks(connection.tenant, connection.id).find(CUSTOMER, ours=[client.id]) if flow else []
    for link in links:
        if flow is not None and link.theirs and link.base is not None and link.state is not State.TOMBSTONE:
            yield _block(connection, flow, client, link, link.base)


def _block(connection: Connection, flow: Flow, client: Record, link: Link, base: Values) -> Block:
    name = base.get("name_in_books") or client.values.get("name")
    url = deep_link(connection, flow.object, {"Id": link.theirs})
    said = tuple(_said(flow, client.values, base))
    return Block(connection, link.theirs or "", url, str(name), _spoken(connection.tenant, base), said, link)


def _spoken(tenant: str, base: Values) -> dict[str, Value]:
    space, values = Workspace(tenant), dict(base)
    for name, kind in NAMED.items():
        found = space.get(kind, str(values[name])) if values.get(name) else None
        values[name] = str(found.values["name"]) if found else None
    return values


def _said(flow: Flow, ours: Mapping[str, Value], base: Values) -> Iterator[Said]:
    for line in flow.fields:
        value = ours.get(line.ours)
        if value is None or line.parent or flow.direction_of(line) is not Direction.BOTH:
            continue
        there = line.image(value) if line.carries(value) else None
        if line.ours == flow.match and base.get("name_in_books"):
            there = base["name_in_books"]
        if there != value:
            yield Said(line.ours, value, there)
