"""Where the sandbox keeps companies, records, replies to request ids, and grants: one SQLite database."""

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.clock import Clock

TABLES = """
create table records (
  realm text not null, entity text not null, id text not null, number integer not null, space text not null,
  sync_token integer not null, active integer not null, deleted integer not null default 0, name text,
  created integer not null, updated integer not null, doc text not null,
  primary key (realm, entity, id)) without rowid;
create index by_time on records (realm, entity, updated, number);
create index by_name on records (realm, space, name);
create table counters (realm text, space text, last integer not null, primary key (realm, space)) without rowid;
create table replies (
  realm text, request_id text, item text, at integer, status integer, body text,
  primary key (realm, request_id, item)) without rowid;
create table grants (
  id integer primary key, realm text, scope text, consented real, refresh_token text unique, issued real,
  revoked integer default 0, code text unique);
create table old_refresh_tokens (token text primary key, grant_id integer, until real);
create table access_tokens (token text primary key, grant_id integer, expires real);
create table codes (
  code text primary key, realm text, scope text, redirect_uri text, expires real, used integer default 0);
create table settings (realm text, name text, value text, primary key (realm, name)) without rowid;
"""


COLUMNS = "realm, entity, id, sync_token, active, deleted, created, updated, doc"


@dataclass
class Stored:
    """A record as it lies in the store. `doc` holds everything but Id, SyncToken, MetaData, domain and sparse."""

    realm: str
    entity: str
    id: str
    sync_token: int
    active: bool
    deleted: bool
    created: int
    updated: int
    doc: dict[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        return self.entity, self.id


class Store:
    """`path` None keeps everything in memory. Every method may be called from any thread."""

    def __init__(self, clock: Clock, path: Path | None = None) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self._database.close)
        self._depth = 0
        self._database.create_function("fold", 1, fold, deterministic=True)
        if path:
            self._database.executescript("pragma journal_mode=wal; pragma synchronous=off;")
        if not self._database.execute("select 1 from sqlite_master where name = 'records'").fetchone():
            self._database.executescript(TABLES)

    @property
    def is_empty(self) -> bool:
        return self.execute("select 1 from records limit 1").fetchone() is None

    def close(self) -> None:
        with self.lock:
            self._database.close()

    def image(self) -> bytes:
        """The whole database, to be given to `restore`."""
        with self.lock:
            return self._database.serialize()

    def restore(self, image: bytes) -> None:
        with self.lock:
            seed = sqlite3.connect(":memory:")
            seed.deserialize(image)
            seed.backup(self._database)
            seed.close()

    def execute(self, sql: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        with self.lock:
            return self._database.execute(sql, tuple(values))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nests, and an error undoes only the innermost block."""
        with self.lock:
            name = f"s{self._depth}"
            self._depth += 1
            self._database.execute(f"savepoint {name}")
            try:
                yield
            except BaseException:
                self._database.execute(f"rollback to {name}")
                raise
            finally:
                self._database.execute(f"release {name}")
                self._depth -= 1

    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def today(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    # ------------------------------------------------------------ records

    def next_number(self, realm: str, space: str, start: int = 1) -> int:
        row = self.execute(
            "insert into counters values (?, ?, ?) on conflict do update set last = last + 1 returning last",
            (realm, space, start),
        ).fetchone()
        return int(row[0])

    def skip_numbers(self, realm: str, space: str, used: int) -> None:
        """Sees to it that numbers go on after `used`."""
        sql = "insert into counters values (?, ?, ?) on conflict do update set last = max(last, excluded.last)"
        self.execute(sql, (realm, space, used))

    def get(self, realm: str, entity: str, id: str) -> Stored | None:
        """The record, also when inactive; None when there is none or it was deleted."""
        found = self.any(realm, entity, id)
        return None if found is None or found.deleted else found

    def any(self, realm: str, entity: str, id: str) -> Stored | None:
        rows = self._select("realm = ? and entity = ? and id = ?", (realm, entity, id))
        return next(rows, None)

    def find(self, realm: str, entity: str, where: str = "1", values: Iterable[Any] = ()) -> list[Stored]:
        """Records that are not deleted, in the order of their numbers. `where` is SQL over the columns of `records`."""
        condition = f"realm = ? and entity = ? and deleted = 0 and ({where}) order by number"
        return list(self._select(condition, (realm, entity, *values)))

    def named(self, realm: str, space: str, name: str) -> list[Stored]:
        condition = "realm = ? and space = ? and name = ? and deleted = 0"
        return list(self._select(condition, (realm, space, name)))

    def _select(self, condition: str, values: Iterable[Any]) -> Iterator[Stored]:
        for row in self.execute(f"select {COLUMNS} from records where {condition}", values).fetchall():
            yield unpack(row)

    def insert(self, stored: Stored, number: int, space: str, name: str | None) -> None:
        self.execute(
            "insert into records values (?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(stored.realm, stored.entity, stored.id, number, space, stored.sync_token),
                *(stored.active, stored.deleted, name, stored.created, stored.updated, pack(stored.doc)),
            ),
        )

    def update(self, stored: Stored, name: str | None) -> None:
        self.execute(
            "update records set sync_token = ?, active = ?, deleted = ?, name = ?, updated = ?, doc = ? "
            "where realm = ? and entity = ? and id = ?",
            (
                *(stored.sync_token, stored.active, stored.deleted, name, stored.updated, pack(stored.doc)),
                *(stored.realm, stored.entity, stored.id),
            ),
        )

    def count(self, realm: str, entity: str) -> int:
        sql = "select count(*) from records where realm = ? and entity = ? and deleted = 0"
        return int(self.execute(sql, (realm, entity)).fetchone()[0])

    # ------------------------------------------------------------ settings

    def setting(self, name: str, default: Any = None, realm: str = "") -> Any:
        row = self.execute("select value from settings where realm = ? and name = ?", (realm, name)).fetchone()
        return json.loads(row[0]) if row else default

    def set(self, name: str, value: Any, realm: str = "") -> None:
        self.execute("insert or replace into settings values (?, ?, ?)", (realm, name, json.dumps(value)))


def unpack(row: tuple[Any, ...]) -> Stored:
    realm, entity, id, sync_token, active, deleted, created, updated, doc = row
    return Stored(realm, entity, id, sync_token, bool(active), bool(deleted), created, updated, json.loads(doc))


def fold(value: Any) -> Any:
    """Text without regard to case, also beyond ASCII."""
    return value.casefold() if isinstance(value, str) else value


def pack(doc: dict[str, Any]) -> str:
    text = json.dumps(doc, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()
