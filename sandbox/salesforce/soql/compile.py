"""From a SOQL tree to one SQL statement, and the shape in which its rows become JSON."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sandbox.salesforce.errors import HINT, SalesforceError
from sandbox.salesforce.schema import ADDRESS_PARTS, Catalog, Field, SObject
from sandbox.salesforce.soql.conditions import Conditions
from sandbox.salesforce.soql.parse import located
from sandbox.salesforce.soql.tree import AllFields, Call, Column, Path, Query

MAX_OFFSET = 2_000
POLYMORPHIC = {"id": "Id", "name": "Name", "type": "Type", "email": "Email"}


@dataclass
class Shape:
    """One record of the answer: where its id and its fields stand in the row, and its parents."""

    sobject: str
    id_at: int = -1
    fields: dict[str, int] = field(default_factory=dict)
    parents: dict[str, "Shape"] = field(default_factory=dict)
    types: dict[int, Field] = field(default_factory=dict)
    children: list["Children"] = field(default_factory=list)


@dataclass
class Children:
    """A child sub-query: its rows hang on the parent through `field`."""

    key: str
    compiled: "Compiled"
    foreign_key_at: int
    limit: int | None


@dataclass
class Compiled:
    sobject: SObject
    columns: list[str]
    joins: list[str]
    where: str
    params: list[Any]
    tail: str
    shape: Shape
    query: Query
    limit: int | None = None
    offset: int = 0
    headers: list[str] = field(default_factory=list)

    def sql(self, columns: str | None = None) -> str:
        source = f'FROM "{self.sobject.name}" t0 ' + " ".join(self.joins)
        return f"SELECT {columns or ', '.join(self.columns)} {source} WHERE {self.where} {self.tail}"

    def page_sql(self, limit: int, offset: int) -> str:
        return f"{self.sql()} LIMIT {limit} OFFSET {offset}"

    def by_rowid_sql(self, count: int) -> str:
        marks = ", ".join("?" * count)
        source = f'FROM "{self.sobject.name}" t0 ' + " ".join(self.joins)
        return f"SELECT t0.rowid, {', '.join(self.columns)} {source} WHERE t0.rowid IN ({marks})"


class Compiler:
    """Compiles one query; sub-queries get a compiler of their own."""

    def __init__(self, catalog: Catalog, text: str, include_deleted: bool, now: datetime) -> None:
        self.catalog, self.text, self.include_deleted, self.now = catalog, text, include_deleted, now
        self.joins: dict[tuple[str, ...], str] = {}
        self.targets: dict[tuple[str, ...], str] = {}
        self.join_sql: list[str] = []
        self.columns: list[str] = []
        self.headers: list[str] = []

    def compile(self, query: Query, sobject: SObject | None = None, foreign_key: Field | None = None) -> Compiled:
        self.query = query
        self.sobject = sobject or self._source(query)
        self._refuse_impossible(query)
        shape = self._aggregates(query) if query.is_aggregate else self._records(query, foreign_key)
        tests = Conditions(self)
        where = tests.sql(query.where) if query.where else "1"
        if not self.include_deleted:
            where = f'({where}) AND t0."IsDeleted" = 0'
        params = list(tests.params)
        tail, more = self._tail(query)
        return Compiled(
            self.sobject, self.columns, self.join_sql, where, params + more, tail, shape, query, query.limit,
            query.offset or 0, self.headers,
        )  # fmt: skip

    def _source(self, query: Query) -> SObject:
        found = self.catalog.get(query.source)
        if found is None:
            message = (
                f"sObject type '{query.source}' is not supported. If you are attempting to use a custom object, be "
                f"sure to append the '__c' after the entity name. {HINT}"
            )
            raise located(self.text, query.source_at, "INVALID_TYPE", message)
        return found

    def _refuse_impossible(self, query: Query) -> None:
        if (query.offset or 0) > MAX_OFFSET:
            message = "Maximum SOQL offset allowed is 2000"
            raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", message)
        if query.calls and query.limit is not None and not query.group and not query.is_bare_count:
            raise self.malformed("Non-grouped query that uses overall aggregate functions cannot also use LIMIT", 0)
        if any(call.argument is None for call in query.calls) and len(query.columns) > 1:
            raise self.malformed("COUNT() must be the only element in the SELECT list", 0)
        if query.is_bare_count and (query.order or query.group):
            raise self.malformed("COUNT() cannot be used with ORDER BY or GROUP BY", 0)

    def _records(self, query: Query, foreign_key: Field | None) -> Shape:
        shape = Shape(self.sobject.name, self.add('t0."Id"'))
        if foreign_key:
            self.add(f't0."{foreign_key.name}"')
        for each in query.columns:
            if isinstance(each, AllFields):
                self._all_fields(each, shape)
            elif isinstance(each, Query):
                shape.children.append(self._children(each))
            elif each.alias:
                raise self.malformed("only aggregate expressions use field aliasing", 0)
            elif isinstance(each.source, Path):
                self._column(each.source, shape)
        return shape

    def add(self, sql: str) -> int:
        self.columns.append(sql)
        return len(self.columns) - 1

    def _column(self, path: Path, shape: Shape) -> None:
        parts = self._unaliased(path)
        alias, found, canonical = self.resolve(path)
        for depth, name in enumerate(canonical[:-1]):
            if name not in shape.parents:
                target = self.targets[tuple(p.lower() for p in parts[: depth + 1])]
                parent_alias = self.joins[tuple(p.lower() for p in parts[: depth + 1])]
                shape.parents[name] = Shape(target, self.add(f'{parent_alias}."Id"'))
            shape = shape.parents[name]
        if canonical[-1] in shape.fields:
            raise self.malformed(f"duplicate field selected: {canonical[-1]}", path.at, "INVALID_FIELD")
        at = self.add(field_sql(alias, found))
        shape.fields[canonical[-1]] = at
        shape.types[at] = found
        self.headers.append(".".join(canonical))

    def _all_fields(self, each: AllFields, shape: Shape) -> None:
        if each.group != "STANDARD" and (self.query.limit is None or self.query.limit > 200):
            message = "The SOQL FIELDS function must have a LIMIT of at most 200"
            raise SalesforceError("MALFORMED_QUERY", message)
        for name, found in self.sobject.fields.items():
            if name not in shape.fields and (each.group == "ALL" or (each.group == "CUSTOM") == found.custom):
                self._column(Path((name,), each.at), shape)

    def _children(self, query: Query) -> Children:
        for each in self.catalog.children(self.sobject):
            if each.name.lower() == query.source.lower():
                if query.is_aggregate or query.offset is not None or any(isinstance(c, Query) for c in query.columns):
                    raise self.malformed("A child query holds fields of the child only, and no OFFSET", query.source_at)
                inner = Compiler(self.catalog, self.text, self.include_deleted, self.now)
                bare = Query(**{**query.__dict__, "limit": None})
                return Children(each.name, inner.compile(bare, each.child, each.field), 1, query.limit)
        message = (
            f"Didn't understand relationship '{query.source}' in FROM part of query call. If you are attempting to use "
            f"a custom relationship, be sure to append the '__r' after the custom relationship name. {HINT}"
        )
        raise located(self.text, query.source_at, "INVALID_TYPE", message)

    def _aggregates(self, query: Query) -> Shape:
        shape = Shape("AggregateResult")
        grouped = {str(path).lower() for path in query.group}
        unnamed = 0
        for each in query.columns:
            if not isinstance(each, Column):
                raise self.malformed("Grouped query cannot use child relationships or FIELDS()", 0)
            if isinstance(each.source, Call):
                name, found = each.alias or f"expr{unnamed}", None
                unnamed += each.alias is None
                sql = self.call_sql(each.source)
            else:
                if str(each.source).lower() not in grouped:
                    message = f"Field must be grouped or aggregated: {each.source}"
                    raise self.malformed(message, each.source.at)
                alias, found, canonical = self.resolve(each.source)
                name, sql = each.alias or canonical[-1], field_sql(alias, found)
            shape.fields[name] = self.add(sql)
            if found:
                shape.types[shape.fields[name]] = found
        return shape

    def call_sql(self, call: Call) -> str:
        if call.argument is None:
            if call.function != "COUNT":
                raise self.malformed(f"unexpected token: '{call.function}'", call.at)
            return "COUNT(*)"
        alias, found, _ = self.resolve(call.argument)
        if call.function in ("SUM", "AVG") and found.type not in ("double", "currency", "percent", "int"):
            message = f"field {call.argument} does not support aggregate operator {call.function}"
            raise self.malformed(message, call.at)
        if call.function == "COUNT_DISTINCT":
            return f'COUNT(DISTINCT {alias}."{found.name}")'
        return f'{call.function}({alias}."{found.name}")'

    def _tail(self, query: Query) -> tuple[str, list[Any]]:
        parts, params = [], []
        if query.group:
            parts.append("GROUP BY " + ", ".join(field_sql(*self.resolve(path)[:2]) for path in query.group))
        if query.having:
            tests = Conditions(self, grouped=True)
            parts.append("HAVING " + tests.sql(query.having))
            params = tests.params
        sorts = []
        for each in query.order:
            if isinstance(each.by, Call) and not query.is_aggregate:
                raise self.malformed("Ordered field must be grouped or aggregated", each.by.at)
            sql = self.call_sql(each.by) if isinstance(each.by, Call) else self._sortable(each.by)
            place = "LAST" if each.nulls_last else "FIRST"
            sorts.append(f"{sql} {'DESC' if each.descending else 'ASC'} NULLS {place}")
        if sorts:
            parts.append("ORDER BY " + ", ".join(sorts))
        elif not query.is_aggregate:
            parts.append("ORDER BY t0.rowid")
        return " ".join(parts), params

    def _sortable(self, path: Path) -> str:
        alias, found, _ = self.resolve(path)
        if self.query.is_aggregate and str(path).lower() not in {str(each).lower() for each in self.query.group}:
            raise self.malformed(f"Ordered field must be grouped or aggregated: {path}", path.at)
        if not found.has("S"):
            raise self.malformed(f"field '{path}' can not be sorted in a query call", path.at)
        return field_sql(alias, found)

    def _unaliased(self, path: Path) -> tuple[str, ...]:
        first = path.parts[0].lower()
        own = {(self.query.alias or "").lower()} | ({self.sobject.name.lower()} - self.sobject.by_relationship.keys())
        if len(path.parts) > 1 and first in own:
            return path.parts[1:]
        return path.parts

    def resolve(self, path: Path) -> tuple[str, Field, tuple[str, ...]]:
        """SQL alias, field and canonical names of a path; joins the parents that it goes through."""
        parts = self._unaliased(path)
        here, alias, canonical = self.sobject, "t0", []
        for depth, name in enumerate(parts[:-1]):
            found = here.by_relationship.get(name.lower())
            if found is None or depth >= 5:
                raise self.no_relationship(name, path)
            alias, target = self._join(tuple(p.lower() for p in parts[: depth + 1]), alias, found)
            canonical.append(found.relationship or "")
            if target is None:
                return self._polymorphic(alias, parts, depth, canonical, path)
            here = target
        last = here.field(parts[-1])
        if last is None:
            raise self.no_column(parts[-1], here, path)
        return alias, last, (*canonical, last.name)

    def _join(self, key: tuple[str, ...], parent: str, found: Field) -> tuple[str, SObject | None]:
        polymorphic = len(found.refers_to) > 1
        target = None if polymorphic else self.catalog.get(found.refers_to[0])
        if not polymorphic and target is None:
            raise self.no_relationship(found.relationship or "", Path((found.name,)))
        if key not in self.joins:
            alias = f"t{len(self.joins) + 1}"
            self.joins[key] = alias
            table = target.name if target else "_names"
            self.join_sql.append(f'LEFT JOIN "{table}" {alias} ON {alias}."Id" = {parent}."{found.name}"')
            self.targets[key] = target.name if target else "Name"
        return self.joins[key], target

    def _polymorphic(
        self, alias: str, parts: tuple[str, ...], depth: int, canonical: list[str], path: Path
    ) -> tuple[str, Field, tuple[str, ...]]:
        name = POLYMORPHIC.get(parts[-1].lower())
        if name is None or depth != len(parts) - 2:
            message = f"No such column '{parts[-1]}' on entity 'Name'. {HINT}"
            raise self.malformed(message, path.at, "INVALID_FIELD")
        return alias, Field(name, "string", "255", "FSN"), (*canonical, name)

    def malformed(self, message: str, at: int, code: str = "MALFORMED_QUERY") -> SalesforceError:
        return located(self.text, at, code, message)

    def no_column(self, name: str, sobject: SObject, path: Path) -> SalesforceError:
        message = (
            f"No such column '{name}' on entity '{sobject.name}'. If you are attempting to use a custom field, be sure "
            f"to append the '__c' after the custom field name. {HINT}"
        )
        return located(self.text, path.at, "INVALID_FIELD", message)

    def no_relationship(self, name: str, path: Path) -> SalesforceError:
        message = (
            f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
            f"relationship, be sure to append the '__r' after the custom relationship name. {HINT}"
        )
        return located(self.text, path.at, "INVALID_FIELD", message)

    def today(self) -> date:
        return self.now.astimezone(UTC).date()


def field_sql(alias: str, found: Field) -> str:
    if found.type != "address":
        return f'{alias}."{found.name}"'
    prefix = found.name.removesuffix("Address")
    parts = [f'{alias}."{prefix}{part}"' for part in ADDRESS_PARTS]
    pairs = ", ".join(f"'{part[0].lower()}{part[1:]}', {sql}" for part, sql in zip(ADDRESS_PARTS, parts, strict=True))
    return f"CASE WHEN COALESCE({', '.join(parts)}) IS NOT NULL THEN json_object({pairs}, 'geocodeAccuracy', NULL) END"
