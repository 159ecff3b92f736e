"""Side, links, cursors and grants in memory, for properties and benchmarks. They keep the promises of the real ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from timebridge.changes import Where
from timebridge.errors import Rejected, Stale, SyncError
from timebridge.flows import look_up
from timebridge.links import Link, State
from timebridge.records import Record, Values
from timebridge.sides import Create, Cursor, Delete, Page, Write, Written
from timebridge.tenants import Grant


@dataclass
class MemorySide:
    """Records by name and id. Ids are given out with a prefix, or taken from the key of the create (`keyed_ids`)."""

    prefix: str = ""
    keyed_ids: bool = False
    batch_limit: int = 200
    page_size: int = 1000
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    created: dict[tuple[str, str, str], str] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    writes: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _versions: Iterator[int] = field(default_factory=lambda: count(1))

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        self._called("changed")
        for name, cursor in cursors.items():
            rows = sorted(self._rows(name).values(), key=_position)
            if cursor is None:
                rows = [record for record in rows if not record.gone]
            else:
                rows = [record for record in rows if _position(record) > cursor]
            for start in range(0, len(rows), self.page_size):
                page = rows[start : start + self.page_size]
                yield Page(name, page, _position(page[-1]))

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        self._called("read")
        rows = self._rows(name)
        if by == "id":
            return [rows[key] for key in keys if key in rows]
        wanted = {_folded(key) for key in keys}
        return [record for record in rows.values() if _folded(look_up(record.values, by)) in wanted]

    def similar(self, name: str, starts: Sequence[str], by: str) -> list[Record] | None:
        self._called("read")
        beginnings = {start.casefold() for start in starts}
        lengths = {len(start) for start in beginnings}
        rows = [(_folded(look_up(row.values, by)) or "", row) for row in self.there(name).values()]
        return [row for text, row in rows if any(text[:length] in beginnings for length in lengths)]

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        self._called("write")
        return [self._write(name, write) for write in writes]

    def put(self, name: str, values: Values, id: str | None = None) -> Record:
        """A user's own edit: create a record, or replace the values of one."""
        rows = self._rows(name)
        id = id or f"{self.prefix}{next(self._ids)}"
        rows[id] = Record(id, dict(values), str(next(self._versions)), self.now())
        self.writes += 1
        return rows[id]

    def remove(self, name: str, id: str) -> None:
        """A user deletes the record."""
        rows = self._rows(name)
        rows[id] = replace(rows[id], gone=True, version=str(next(self._versions)), stamp=self.now())
        self.writes += 1

    def there(self, name: str) -> dict[str, Record]:
        return {id: record for id, record in self._rows(name).items() if not record.gone}

    def gone(self, name: str) -> set[str]:
        return set(self._rows(name)) - set(self.there(name))

    def _rows(self, name: str) -> dict[str, Record]:
        return self.records.setdefault(name, {})

    def _called(self, verb: str) -> None:
        self.calls[verb] = self.calls.get(verb, 0) + 1

    def _write(self, name: str, write: Write) -> Written | SyncError:
        rows = self._rows(name)
        if isinstance(write, Create):
            return self._create(name, write)
        record = rows.get(write.id)
        if record is None or record.gone:
            return Written(write.id, None) if isinstance(write, Delete) else Stale("The record is gone.")
        if write.version is not None and record.version != write.version:
            return Stale("The record was changed by somebody else.")
        if isinstance(write, Delete):
            self.remove(name, write.id)
            return Written(write.id, None)
        return self._written(self.put(name, merged(record.values, write.values), write.id))

    def landed(self, name: str, write: Create) -> str | None:
        """The id of the record that this create, or the same one earlier, has made."""
        return self.created.get(self._key(name, write))

    def _key(self, name: str, write: Create) -> tuple[str, str, str]:
        return (name, write.record, "") if self.keyed_ids else (name, write.request, write.item)

    def _create(self, name: str, write: Create) -> Written | SyncError:
        key, id = self._key(name, write), self.landed(name, write)
        if id is None or (self.keyed_ids and self._rows(name)[id].gone):
            id = self.put(name, write.values, write.record if self.keyed_ids else None).id
            self.created[key] = id
        if self._rows(name)[id].gone and not write.repeated:
            return Rejected("The record was deleted meanwhile.", remedy="Synchronise it again.")
        return self._written(self._rows(name)[id])

    @staticmethod
    def _written(record: Record) -> Written:
        return Written(record.id, record.version)


def merged(values: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The values with a patch laid over them, into nested dictionaries."""
    result = dict(values)
    for name, value in patch.items():
        inner = result.get(name)
        result[name] = merged(inner, value) if isinstance(inner, Mapping) and isinstance(value, Mapping) else value
    return result


def _position(record: Record) -> Cursor:
    assert record.stamp is not None
    return Cursor(record.stamp, record.id)


def _folded(value: object) -> str | None:
    return " ".join(str(value).split()).casefold() if value is not None else None


@dataclass
class MemoryLinks:
    by_ours: dict[str, dict[str, Link]] = field(default_factory=dict)
    by_theirs: dict[str, dict[str, str]] = field(default_factory=dict)
    saves: int = 0
    _unborn: dict[str, dict[str, Link]] = field(default_factory=dict)
    _live: dict[str, int] = field(default_factory=dict)

    def find(self, flow: str, *, ours: Sequence[str] = (), theirs: Sequence[str] = ()) -> list[Link]:
        rows, pointers = self.by_ours.setdefault(flow, {}), self.by_theirs.setdefault(flow, {})
        ids = dict.fromkeys([*ours, *(pointers[id] for id in theirs if id in pointers)])
        return [rows[id] for id in ids if id in rows]

    def save(self, links: Sequence[Link]) -> list[Link | Stale]:
        return [self._save(link) for link in links]

    def forget(self, links: Sequence[Link]) -> None:
        for link in links:
            rows = self.by_ours.setdefault(link.flow, {})
            if link.ours not in rows or rows[link.ours].revision != link.revision:
                raise Stale("The link was saved by somebody else.")
            stored = rows.pop(link.ours)
            if stored.theirs is not None:
                self.by_theirs[link.flow].pop(stored.theirs, None)
            self._unborn.get(link.flow, {}).pop(link.ours, None)
            self._live[link.flow] -= stored.state is not State.TOMBSTONE

    def unborn(self, flow: str) -> list[Link]:
        return list(self._unborn.get(flow, {}).values())

    def asking(self, flow: str) -> list[Link]:
        return [link for link in self.by_ours.get(flow, {}).values() if link.is_stranger]

    def due(self, flow: str, now: datetime) -> list[Link]:
        parked = (link for link in self.by_ours.get(flow, {}).values() if link.state is State.PARKED and link.problem)
        return [link for link in parked if link.problem and link.problem.retry_at and link.problem.retry_at <= now]

    def count(self, flow: str) -> int:
        return self._live.get(flow, 0)

    def _save(self, link: Link) -> Link | Stale:
        rows, pointers = self.by_ours.setdefault(link.flow, {}), self.by_theirs.setdefault(link.flow, {})
        stored = rows.get(link.ours)
        if (stored.revision if stored else 0) != link.revision:
            return Stale("The link was saved by somebody else.")
        if link.theirs is not None and pointers.get(link.theirs, link.ours) != link.ours:
            return Stale("The record is linked to another one already.")
        if stored and stored.theirs and stored.theirs != link.theirs:
            del pointers[stored.theirs]
        if link.theirs is not None:
            pointers[link.theirs] = link.ours
        saved = rows[link.ours] = replace(link, revision=link.revision + 1)
        self.saves += 1
        self._index(stored, saved)
        return saved

    def _index(self, stored: Link | None, saved: Link) -> None:
        unborn = self._unborn.setdefault(saved.flow, {})
        if saved.unborn:
            unborn[saved.ours] = saved
        else:
            unborn.pop(saved.ours, None)
        was, now = stored is not None and stored.state is not State.TOMBSTONE, saved.state is not State.TOMBSTONE
        self._live[saved.flow] = self._live.get(saved.flow, 0) + now - was


@dataclass
class MemoryCursors:
    positions: dict[tuple[Where, str], Cursor] = field(default_factory=dict)

    def get(self, where: Where, name: str) -> Cursor | None:
        return self.positions.get((where, name))

    def save(self, where: Where, name: str, cursor: Cursor) -> None:
        self.positions[where, name] = cursor


@dataclass
class MemoryGrants:
    """The grant of one connection, without a lease: for one worker."""

    grant: Grant
    renewals: int = 0

    def get(self) -> Grant:
        return self.grant

    def renew(self, used: Grant, refresh: Callable[[Grant], Grant]) -> Grant:
        if self.grant.access_token == used.access_token:
            self.grant = refresh(used)
            self.renewals += 1
        return self.grant

    def put(self, grant: Grant) -> None:
        self.grant = grant

    def delete(self) -> None:
        self.grant = Grant("", "")
