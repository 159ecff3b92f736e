"""The org's database: one SQLite table per object, and the tables of tokens and jobs beside them."""

import sqlite3
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.salesforce.ids import make_id
from sandbox.salesforce.schema import NUMBER_TYPES, Field, SObject, all_objects

COLUMN_TYPES = {"int": "INTEGER", "boolean": "INTEGER", **dict.fromkeys(NUMBER_TYPES - {"int"}, "REAL")}
NAMED = ("User", "Group", "Account", "Contact", "Opportunity", "Case")
SYSTEM_TABLES = """
CREATE TABLE _numbers (name TEXT PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE _settings (one INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE _purged (object TEXT NOT NULL, id TEXT NOT NULL, stamp TEXT NOT NULL);
CREATE TABLE _codes (code TEXT PRIMARY KEY, body TEXT NOT NULL, issued REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE _grants (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, scope TEXT NOT NULL, refresh_token TEXT UNIQUE,
  used REAL NOT NULL);
CREATE TABLE _old_refresh_tokens (refresh_token TEXT PRIMARY KEY, grant_id INTEGER NOT NULL);
CREATE TABLE _sessions (token TEXT PRIMARY KEY, grant_id INTEGER, user_id TEXT NOT NULL, scope TEXT NOT NULL,
  issued REAL NOT NULL, used REAL NOT NULL);
CREATE TABLE _jobs (id TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, data TEXT);
CREATE TABLE _messages (id TEXT PRIMARY KEY, action TEXT NOT NULL, object TEXT NOT NULL, record TEXT NOT NULL,
  queued REAL NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'pending');
CREATE TABLE _late (number INTEGER PRIMARY KEY, due REAL NOT NULL, body TEXT NOT NULL);
CREATE INDEX _messages_state ON _messages (state, due);
"""

type Row = dict[str, Any]


def quoted(name: str) -> str:
    return '"' + name + '"'


def column(field: Field) -> str:
    kind = COLUMN_TYPES.get(field.type, "TEXT")
    collation = (
        "" if kind != "TEXT" or field.case_sensitive or field.type in ("date", "datetime") else " COLLATE NOCASE"
    )
    key = " PRIMARY KEY" if field.name == "Id" else ""
    return f"{quoted(field.name)} {kind}{collation}{key}"


def table_statements(sobject: SObject) -> Iterator[str]:
    stored = [each for each in sobject.fields.values() if each.stored]
    yield f"CREATE TABLE {quoted(sobject.name)} ({', '.join(column(each) for each in stored)})"
    yield f'CREATE INDEX "{sobject.name}_stamp" ON {quoted(sobject.name)} ("SystemModstamp", "Id")'
    for each in stored:
        if each.external_id or "child" in each.options or each.name == "CaseNumber":
            yield f'CREATE INDEX "{sobject.name}_{each.name}" ON {quoted(sobject.name)} ({quoted(each.name)})'


def names_view() -> str:
    """What a polymorphic relationship such as Case.Owner can show of its target."""
    objects = all_objects()
    selects = []
    for name in NAMED:
        email = '"Email"' if "Email" in objects[name].fields else "NULL"
        shown = quoted(objects[name].name_field)
        selects.append(f'SELECT "Id", {shown} AS "Name", {email} AS "Email", \'{name}\' AS "Type" FROM {quoted(name)}')
    return "CREATE VIEW _names AS " + " UNION ALL ".join(selects)


class Store:
    """SQLite in memory, or in a file when `path` is given. Rows are dicts of what is stored, by field name."""

    def __init__(self, path: Path | None = None) -> None:
        self.is_new = path is None or not path.exists()
        self.db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self.db.close)
        self.db.execute("PRAGMA synchronous = OFF")
        self.db.execute("PRAGMA case_sensitive_like = OFF")
        if path:
            self.db.execute("PRAGMA journal_mode = WAL")
        self._depth = 0
        self._stored = {n: [f.name for f in o.fields.values() if f.stored] for n, o in all_objects().items()}
        self._inserts = {name: self._insert_statement(name) for name in self._stored}
        if self.is_new:
            self.create_tables()

    def create_tables(self) -> None:
        for sobject in all_objects().values():
            for statement in table_statements(sobject):
                self.db.execute(statement)
        self.db.execute(names_view())
        self.db.executescript(SYSTEM_TABLES)

    def copy_from(self, template: "Store") -> None:
        """Becomes equal to another store, in a few milliseconds."""
        template.db.backup(self.db)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested."""
        name = f"level{self._depth}"
        self.db.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self.db.execute(f"ROLLBACK TO {name}")
            raise
        finally:
            self._depth -= 1
            self.db.execute(f"RELEASE {name}")

    def next_number(self, name: str) -> int:
        sql = "INSERT INTO _numbers VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last"
        [[number]] = self.db.execute(sql, (name,)).fetchall()
        return int(number)

    def new_id(self, prefix: str) -> str:
        return make_id(prefix, self.next_number(prefix))

    def _insert_statement(self, name: str) -> str:
        columns = self._stored[name]
        marks = ", ".join("?" for _ in columns)
        return f"INSERT INTO {quoted(name)} ({', '.join(map(quoted, columns))}) VALUES ({marks})"

    def insert(self, name: str, row: Mapping[str, Any]) -> None:
        self.db.execute(self._inserts[name], [row.get(each) for each in self._stored[name]])

    def insert_many(self, name: str, rows: list[Row]) -> None:
        columns = self._stored[name]
        self.db.executemany(self._inserts[name], [[row.get(each) for each in columns] for row in rows])

    def update(self, name: str, id: str, values: Mapping[str, Any]) -> None:
        if not values:
            return
        changes = ", ".join(f"{quoted(each)} = ?" for each in values)
        self.db.execute(f'UPDATE {quoted(name)} SET {changes} WHERE "Id" = ?', [*values.values(), id])

    def purge(self, name: str, id: str, stamp: str) -> None:
        self.db.execute(f'DELETE FROM {quoted(name)} WHERE "Id" = ?', (id,))
        self.db.execute("INSERT INTO _purged VALUES (?, ?, ?)", (name, id, stamp))

    def get(self, name: str, id: str) -> Row | None:
        """One row by its 18-character id, deleted or not."""
        found = self.find(name, {"Id": id})
        return found[0] if found else None

    def find(self, name: str, where: Mapping[str, Any]) -> list[Row]:
        """Rows that equal `where` (None finds nulls), deleted or not, in the order of their ids."""
        columns = self._stored[name]
        tests = " AND ".join(f"{quoted(each)} IS ?" for each in where) or "1"
        sql = f'SELECT {", ".join(map(quoted, columns))} FROM {quoted(name)} WHERE {tests} ORDER BY "Id"'
        return [dict(zip(columns, row, strict=True)) for row in self.db.execute(sql, list(where.values()))]

    def count(self, name: str) -> int:
        return int(self.db.execute(f'SELECT COUNT(*) FROM {quoted(name)} WHERE "IsDeleted" = 0').fetchone()[0])
