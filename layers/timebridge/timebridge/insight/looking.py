"""Find a record by whatever people know of it: a name, a number, an id of either side."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from timebridge import presets
from timebridge.context import Context, NotOpen, opened
from timebridge.errors import SyncError
from timebridge.flows import Flow
from timebridge.insight.drift import compare, is_pair
from timebridge.insight.standing import Case
from timebridge.links import Link, State
from timebridge.records import Record
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Connection
from timebridge.wording import called
from timebridge.workspace.kinds import KINDS

FEW = 5
"""How many records of one kind a name may stand for."""

NUMBERS = ("code", "number")

OURS = re.compile(r"[a-z]{3}_[0-9a-f]+$")
THEIRS = re.compile(r"[0-9]+|[0-9A-Za-z]{15}|[0-9A-Za-z]{18}")
"""What looks like an id is looked up as one first: every look at an object is a call."""


@dataclass(frozen=True, slots=True)
class Found:
    """A case, and the name by which people know the record."""

    case: Case
    name: str


def look(connection: Connection, text: str) -> list[Found]:
    """Every record that the text stands for, with every flow that could carry it. Reads the provider, if it may."""
    try:
        with opened(connection.tenant, connection.id) as road:
            return [found for flow in road.flows for found in _found(connection, flow, text, road)]
    except (NotOpen, SyncError):
        return [found for flow in presets.flows_of(connection) for found in _found(connection, flow, text, None)]


def theirs_called(connection: Connection, flow: Flow, text: str) -> list[tuple[Record, str | None, str | None]]:
    """Records of theirs under this id or name, each with its name and the id of ours that it is linked with.

    Raises NotOpen, and what the provider refuses.
    """
    with opened(connection.tenant, connection.id) as road:
        found = [record for record in _theirs(road, flow, text) if not record.gone]
        links = road.links.find(flow.name, theirs=[record.id for record in found])
    partners = {link.theirs: link.ours for link in links if link.usable and link.state is not State.TOMBSTONE}
    return [(record, called(flow.incoming(record.values, {})), partners.get(record.id)) for record in found]


def _found(connection: Connection, flow: Flow, text: str, road: Context | None) -> Iterator[Found]:
    links = DynamoLinks(connection.tenant, connection.id)
    ours = {record.id: record for record in _ours(connection.tenant, flow, text)}
    theirs = {record.id: record for record in _theirs(road, flow, text)}
    ids = [*dict.fromkeys([*theirs, *_spelt(text)])]
    linked = links.find(flow.name, ours=[*dict.fromkeys([*ours, text])], theirs=ids)
    for link in linked:
        yield _pair(connection, flow, link, ours.pop(link.ours, None), theirs.pop(link.theirs or "", None), road)
    for record in ours.values():
        yield Found(Case(connection, flow, None, record, None), _name(record))
    for record in theirs.values():
        yield Found(Case(connection, flow, None, None, record), _name(record))


def _pair(
    connection: Connection, flow: Flow, link: Link, ours: Record | None, theirs: Record | None, road: Context | None
) -> Found:
    drift = compare(road, flow, [link]) if road and is_pair(link) else []
    ours = ours or Workspace(connection.tenant).get(flow.kind, link.ours)
    if theirs is None and road and link.theirs:
        theirs = next(iter(road.theirs.read(flow.object, [link.theirs])), None)
    name = _name(ours or theirs) if ours or theirs else str((link.base or {}).get("name") or "")
    return Found(Case(connection, flow, link, ours, theirs, drift[0] if drift else None), name)


def _ours(tenant: str, flow: Flow, text: str) -> Iterator[Record]:
    kind, space = KINDS[flow.kind], Workspace(tenant)
    by_id = space.get(kind.name, text) if text.startswith(f"{kind.prefix}_") else None
    if by_id is not None:
        yield by_id
        return
    yield from space.read(kind.name, [text], by=kind.label)
    if kind.key:
        yield from space.read(kind.name, [text], by=kind.key)
    for number in NUMBERS:
        if number in kind.properties and number != kind.key:
            yield from space.page(kind.name, match={number: text}, limit=FEW)[0]


def _theirs(road: Context | None, flow: Flow, text: str) -> Iterator[Record]:
    """What the provider shows our user under this id or name; nothing where it cannot look that up."""
    if road is None or OURS.match(text):
        return
    with suppress(SyncError):
        if THEIRS.fullmatch(text):
            found = road.theirs.read(flow.object, _spelt(text))
            if found:
                yield from found
                return
        names = [field for field in flow.fields if field.ours in ("name", flow.match) and not field.parent]
        for field in names[:1]:
            yield from road.theirs.read(flow.object, [text], by=field.theirs[0])[:FEW]


def _spelt(text: str) -> list[str]:
    """An id as it is kept: Salesforce shows 15 of its 18 characters to people."""
    from timebridge.providers.salesforce.ids import full_id

    return list(dict.fromkeys(filter(None, (text, full_id(text)))))


def _name(record: Record | None) -> str:
    values = record.values if record else {}
    return str(values.get("name") or values.get("Name") or values.get("DisplayName") or "")
