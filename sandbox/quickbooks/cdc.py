"""Change data capture, with what it leaves out: some entities, and all beyond a thousand records."""

from typing import Any

from sandbox.quickbooks import wire
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.query import parse_moment
from sandbox.quickbooks.schema import SCHEMA, Entity
from sandbox.quickbooks.store import COLUMNS, Store, Stored, unpack

MOST = 1000
LOOK_BACK_DAYS = 30


def run(store: Store, realm: str, names: str, since: str) -> list[dict[str, Any]]:
    """The value of `QueryResponse`: one element per entity asked for, in that order."""
    entities = [supported(name.strip()) for name in names.split(",") if name.strip()]
    if not entities:
        raise Fault("2020", "entities", element="entities")
    start = moment(store, since)
    room, found = MOST, list[dict[str, Any]]()
    for entity in entities:
        changed = changes(store, realm, entity, start, room)
        room -= len(changed)
        found.append(shown(entity, changed))
    return found


def supported(name: str) -> Entity:
    entity = SCHEMA.entity(name)
    if entity is None or not entity.cdc:
        raise Fault("2000", name)
    return entity


def moment(store: Store, since: str) -> int:
    if not since:
        raise Fault("2020", "changedSince", element="changedSince")
    try:
        start = int(parse_moment(since).timestamp())
    except ValueError:
        raise Fault("2060", since, element="changedSince") from None
    if start < store.now() - LOOK_BACK_DAYS * 86_400:
        raise Fault("6000", f"changedSince must lie within the last {LOOK_BACK_DAYS} days")
    return start


def changes(store: Store, realm: str, entity: Entity, start: int, room: int) -> list[Stored]:
    """Live records first, then the deleted ones, each by the time of their change."""
    until = store.now() - store.setting("cdc_lag_seconds", 0)
    sql = (
        f"select {COLUMNS} from records "
        "where realm = ? and entity = ? and updated >= ? and updated <= ? order by deleted, updated, number limit ?"
    )
    rows = store.execute(sql, (realm, entity.name, start, until, room)).fetchall()
    return [unpack(row) for row in rows]


def shown(entity: Entity, changed: list[Stored]) -> dict[str, Any]:
    if not changed:
        return {}
    records = [wire.deleted_stub(one) if one.deleted else wire.record(one) for one in changed]
    return {entity.name: records, "startPosition": 1, "maxResults": len(records), "totalCount": len(records)}
