"""Running SOQL: pages of records as JSON, and the cursors behind `nextRecordsUrl`."""

import json
from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.schema import Catalog
from sandbox.salesforce.settings import Settings
from sandbox.salesforce.sharing import owner_field
from sandbox.salesforce.soql.compile import Compiled, Compiler, Shape
from sandbox.salesforce.soql.parse import parse
from sandbox.salesforce.store import Store

DEFAULT_PAGE, SMALLEST_PAGE, LARGEST_PAGE = 2_000, 200, 2_000
CURSOR_DAYS = 2

type Answer = dict[str, Any]


@dataclass
class Cursor:
    compiled: Compiled
    rowids: array[int]
    created: datetime
    page: int


class Builder:
    """Makes records of rows. Urls carry the API version of the request."""

    def __init__(self, version: str) -> None:
        self.version = version

    def records(self, compiled: Compiled, rows: Iterable[tuple[Any, ...]]) -> list[Answer]:
        shape = compiled.shape
        if shape.id_at >= 0 and not shape.parents:
            return self._flat(shape, rows)
        return [self.record(shape, row) for row in rows]

    def _flat(self, shape: Shape, rows: Iterable[tuple[Any, ...]]) -> list[Answer]:
        prefix = f"/services/data/v{self.version}/sobjects/{shape.sobject}/"
        names, kind = list(shape.fields), shape.sobject
        start = next(iter(shape.fields.values()), 0)
        converted = [(shape_name, at) for shape_name, at in shape.fields.items() if needs_conversion(shape, at)]
        consecutive = list(shape.fields.values()) == list(range(start, start + len(names)))
        found = []
        for row in rows:
            record: Answer = {"attributes": {"type": kind, "url": prefix + row[shape.id_at]}}
            if consecutive:
                record.update(zip(names, row[start:], strict=False))
            else:
                record.update((name, row[at]) for name, at in shape.fields.items())
            for name, at in converted:
                record[name] = convert(shape, at, row[at])
            found.append(record)
        return found

    def record(self, shape: Shape, row: tuple[Any, ...]) -> Answer:
        attributes = {"type": shape.sobject}
        if shape.id_at >= 0:
            attributes["url"] = f"/services/data/v{self.version}/sobjects/{shape.sobject}/{row[shape.id_at]}"
        record: Answer = {"attributes": attributes}
        record |= {name: convert(shape, at, row[at]) for name, at in shape.fields.items()}
        for name, parent in shape.parents.items():
            record[name] = None if row[parent.id_at] is None else self.record(parent, row)
        return record


def needs_conversion(shape: Shape, at: int) -> bool:
    return at in shape.types and shape.types[at].type in ("boolean", "address")


def convert(shape: Shape, at: int, value: Any) -> Any:
    if value is None or not needs_conversion(shape, at):
        return value
    return bool(value) if shape.types[at].type == "boolean" else json.loads(value)


class Queries:
    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        self.cursors: dict[str, Cursor] = {}
        self.bulk: dict[str, tuple[Compiled, array[int]]] = {}

    def compile(self, catalog: Catalog, text: str, include_deleted: bool, now: datetime, actor: str = "") -> Compiled:
        """`actor`: the user who asks, who sees what is shared with them."""
        compiled = Compiler(catalog, text, include_deleted, now).compile(parse(text))
        field = owner_field(compiled.sobject, self.settings)
        if actor and field:
            compiled.where = f't0."{field}" = ? AND ({compiled.where})'
            compiled.params = [actor, *compiled.params]
        return compiled

    def run(self, compiled: Compiled, version: str, page: int, now: datetime) -> Answer:
        """The first page of a query. `page` is the most records that it may hold."""
        if compiled.query.is_bare_count:
            return {"totalSize": self.total(compiled), "done": True, "records": []}
        wanted = page + 1 if compiled.limit is None else min(page + 1, compiled.limit)
        if compiled.query.is_aggregate:
            wanted = -1 if compiled.limit is None else compiled.limit
        sql = compiled.page_sql(wanted, compiled.offset)
        rows = self.store.db.execute(sql, compiled.params).fetchall()
        if compiled.query.is_aggregate or len(rows) <= page:
            return {"totalSize": len(rows), "done": True, "records": self._records(compiled, rows, version)}
        cursor = Cursor(compiled, self.snapshot(compiled), now, page)
        id = self.store.new_id("01g")
        self.cursors[id] = cursor
        answer = {"totalSize": len(cursor.rowids), "done": False, "nextRecordsUrl": locator_url(version, id, page)}
        return answer | {"records": self._records(compiled, rows[:page], version)}

    def total(self, compiled: Compiled) -> int:
        [[count]] = self.store.db.execute(compiled.sql("COUNT(*)"), compiled.params).fetchall()
        return min(count, compiled.limit) if compiled.limit is not None else int(count)

    def snapshot(self, compiled: Compiled) -> array[int]:
        limit = -1 if compiled.limit is None else compiled.limit
        sql = f"{compiled.sql('t0.rowid')} LIMIT {limit} OFFSET {compiled.offset}"
        return array("q", (row[0] for row in self.store.db.execute(sql, compiled.params)))

    def more(self, locator: str, version: str, now: datetime) -> Answer:
        """A later page: the records that matched when the query began, with the values they have now."""
        id, _, offset = locator.partition("-")
        cursor = self.cursors.get(normalise(id) or "")
        if cursor is None or not offset.isdigit() or (now - cursor.created).days >= CURSOR_DAYS:
            raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
        start, end = int(offset), int(offset) + cursor.page
        rows = self.rows_by_rowid(cursor.compiled, cursor.rowids[start:end])
        done = end >= len(cursor.rowids)
        answer: Answer = {"totalSize": len(cursor.rowids), "done": done}
        if not done:
            answer["nextRecordsUrl"] = locator_url(version, normalise(id) or "", end)
        return answer | {"records": self._records(cursor.compiled, rows, version)}

    def rows_by_rowid(self, compiled: Compiled, rowids: array[int]) -> list[tuple[Any, ...]]:
        found = {}
        for row in self.store.db.execute(compiled.by_rowid_sql(len(rowids)), rowids.tolist()):
            found[row[0]] = row[1:]
        return [found[each] for each in rowids if each in found]

    def _records(self, compiled: Compiled, rows: list[tuple[Any, ...]], version: str) -> list[Answer]:
        builder = Builder(version)
        records = builder.records(compiled, rows)
        for children in compiled.shape.children:
            by_parent = self._children(children.compiled, children.foreign_key_at, [row[0] for row in rows], builder)
            for row, record in zip(rows, records, strict=True):
                found = by_parent.get(row[0], [])[: children.limit]
                record[children.key] = {"totalSize": len(found), "done": True, "records": found} if found else None
        return records

    def _children(
        self, compiled: Compiled, key_at: int, parents: list[str], builder: Builder
    ) -> dict[str, list[Answer]]:
        key = compiled.columns[key_at]
        marks = ", ".join("?" * len(parents))
        source = f'FROM "{compiled.sobject.name}" t0 ' + " ".join(compiled.joins)
        test = f"{key} IN ({marks}) AND {compiled.where}"
        sql = f"SELECT {', '.join(compiled.columns)} {source} WHERE {test} {compiled.tail}"
        rows = self.store.db.execute(sql, [*parents, *compiled.params]).fetchall()
        found: dict[str, list[Answer]] = defaultdict(list)
        for row, record in zip(rows, builder.records(compiled, rows), strict=True):
            found[row[key_at]].append(record)
        return found


def locator_url(version: str, id: str, offset: int) -> str:
    return f"/services/data/v{version}/query/{id}-{offset}"


def page_size(options: str | None) -> int:
    """From the header `Sforce-Query-Options: batchSize=500`."""
    for option in (options or "").split(","):
        name, _, value = option.strip().partition("=")
        if name.lower() == "batchsize" and value.strip().isdigit():
            return min(max(int(value), SMALLEST_PAGE), LARGEST_PAGE)
    return DEFAULT_PAGE
