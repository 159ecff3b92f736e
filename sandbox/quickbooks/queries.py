"""Runs statements of the query language over one company."""

from typing import Any

from sandbox.quickbooks import query, wire
from sandbox.quickbooks.store import COLUMNS, Store, Stored, unpack


def run(store: Store, realm: str, text: str) -> dict[str, Any]:
    """The value of `QueryResponse`."""
    statement = query.parse(text)
    compiled = query.compile(statement, store.clock.now())
    where = f"realm = ? and entity = ? and deleted = 0 and {compiled.where}"
    values = [realm, compiled.entity.name, *compiled.values]
    if statement.is_count:
        return {"totalCount": int(store.execute(f"select count(*) from records where {where}", values).fetchone()[0])}
    found = page(store, f"{where} order by {compiled.order}", values, statement)
    if not found:
        return {}
    records = [chosen(wire.record(one), statement.columns) for one in found]
    return {compiled.entity.name: records, "startPosition": statement.start, "maxResults": len(records)}


def page(store: Store, condition: str, values: list[Any], statement: query.Statement) -> list[Stored]:
    sql = f"select {COLUMNS} from records where {condition} limit ? offset ?"
    rows = store.execute(sql, [*values, statement.limit, statement.start - 1]).fetchall()
    return [unpack(row) for row in rows]


def chosen(record: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    """Some columns make a sparse object, which always has its Id."""
    if not columns:
        return record
    wanted = {name.split(".")[0].lower() for name in columns} | {"id", "domain", "sparse"}
    return {**{name: value for name, value in record.items() if name.lower() in wanted}, "sparse": True}
