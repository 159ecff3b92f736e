"""A record of ours next to its counterparts, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from timebridge import presets
from timebridge.adoption import terms
from timebridge.changes import Where
from timebridge.context import NotOpen, opened
from timebridge.converters import UNCHANGED
from timebridge.errors import SyncError
from timebridge.flows import ABSENT, Direction, Field, Flow
from timebridge.insight.drift import Difference, Why, differences, is_pair, shown, unsent
from timebridge.links import Link, State
from timebridge.records import Record, Value, Values
from timebridge.store.every_link import EveryLink
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Status
from timebridge.workspace.kinds import kind_of


@dataclass(frozen=True, slots=True)
class Row:
    """One field. `base`: what both agreed on last. `why`: they differ, and that is why. `refers`: to which kind."""

    field: Field
    direction: Direction
    ours: Value
    theirs: Value
    base: Value
    why: Why | None
    refers: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """`read`: when theirs was read; None: it is what both agreed on last. `trouble`: why it could not be read."""

    connection: Connection
    flow: Flow
    link: Link
    rows: tuple[Row, ...]
    read: datetime | None = None
    trouble: str | None = None


def pairs(tenant: str, kind: str, ours: Record, look: bool = False) -> list[Pair]:
    """One for each link of the record. `look`: read theirs now, which costs a call for each."""
    compared = _looked_at if look else _remembered
    return [compared(*found, ours) for found in _linked(tenant, kind, ours.id)]


def _linked(tenant: str, kind: str, id: str) -> Iterator[tuple[Connection, Flow, Link]]:
    connections = [found for found in Connections().of(tenant) if found.status is not Status.CLOSED]
    flows = [(found, flow) for found in connections for flow in presets.flows_of(found).of(Where.OURS, kind)]
    links = EveryLink(tenant).of((found.id, flow.name, id) for found, flow in flows)
    for found, flow in flows:
        link = links.get((found.id, flow.name, id))
        if link is not None and link.theirs is not None and link.state is not State.TOMBSTONE:
            yield found, flow, link


def _remembered(connection: Connection, flow: Flow, link: Link, ours: Record) -> Pair:
    """What they hold, as far as it is known here: as agreed, or as it was when it fell out with ours."""
    drift = unsent(flow, link, ours)
    whys = {each.field or "": each.why for each in drift.differences} if drift else {}
    theirs = {**(link.base or {}), **{each.field: each.theirs for each in link.conflicts}}
    whys |= {each.field: Why.CONFLICT for each in link.conflicts}
    return Pair(connection, flow, link, tuple(_rows(flow, link, ours.values, theirs, whys)))


def _looked_at(connection: Connection, flow: Flow, link: Link, ours: Record) -> Pair:
    try:
        with opened(connection.tenant, connection.id) as road:
            theirs = next(iter(road.theirs.read(flow.object, [link.theirs or ""])), None)
            known = terms(road, flow, [theirs])[theirs.id] if theirs else {}
            now = road.now()
    except (NotOpen, SyncError) as error:
        return _untold(_remembered(connection, flow, link, ours), error)
    if theirs is None or theirs.gone:
        return _untold(_remembered(connection, flow, link, ours), None)
    whys = {each.field or "": each.why for each in _differences(flow, link, ours, theirs, known)}
    values = {each.ours: _told(each, link, theirs, known) for each in flow.fields}
    return Pair(connection, flow, link, tuple(_rows(flow, link, ours.values, values, whys)), now.astimezone(UTC))


def _differences(flow: Flow, link: Link, ours: Record, theirs: Record, known: Values) -> tuple[Difference, ...]:
    return differences(flow, link, ours, theirs, known) if is_pair(link) and not ours.gone else ()


def _told(each: Field, link: Link, theirs: Record, known: Values) -> Value:
    value = known[each.ours]
    return (link.base or {}).get(each.ours) if value == UNCHANGED else shown(each, theirs, value)


def _untold(pair: Pair, error: Exception | None) -> Pair:
    said = getattr(error, "for_user", str(error)) if error else "It is not there any more, or our user may not see it."
    return Pair(pair.connection, pair.flow, pair.link, pair.rows, None, said)


def _rows(flow: Flow, link: Link, ours: Values, theirs: Values, whys: Mapping[str, Why]) -> Iterator[Row]:
    references, base = kind_of(flow.kind).references, link.base or {}
    for each in flow.fields:
        if each.lines is None and not each.either:
            name = each.ours
            mine, yours, agreed = (_clear(values.get(name)) for values in (ours, theirs, base))
            yield Row(each, flow.direction_of(each), mine, yours, agreed, whys.get(name), references.get(name))


def _clear(value: Value) -> Value:
    return None if value == ABSENT else value
