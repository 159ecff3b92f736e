"""The workspace as the books see it: a side around ours, through which records of postings come with effective values.

What is composed decides what is sent, and what counts as changed since: a class that follows from the project, the day
that is open, the person as the employee or the vendor they are over there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from timebridge.flows import Flows
from timebridge.links import Link, Links, State
from timebridge.postings.settings import Posting, posting_of
from timebridge.records import Record, Values
from timebridge.sides import Cursor, Page, Side, Write, Written
from timebridge.workspace.kinds import kind_of

if TYPE_CHECKING:
    from timebridge.errors import SyncError
    from timebridge.providers.quickbooks_online.company import Company

HELD = "held"
"""`posted_to` of a record that a person took out of the books: it stays out until somebody posts it again."""

AGAIN = "again"
"""`posted_to` of a record whose document is being replaced: out of the books, on its way into them as a new one."""


@dataclass
class Desk:
    """What composers work with. `space`: our records as they are; `look`: how the company is set up, as of
    not longer ago than that."""

    space: Side
    links: Links
    flows: Flows
    settings: Mapping[str, Any]
    connection: str
    look: Callable[[timedelta], "Company | None"] = field(default=lambda _: None)

    @cached_property
    def company(self) -> "Company | None":
        return self.look(timedelta(days=1))

    def refresh(self, age: timedelta) -> None:
        """What is known of the company is not older than this."""
        self.company = self.look(age)

    def posting(self, type: str) -> Any:
        return posting_of(self.settings, type)

    def has(self, flow: str) -> bool:
        return any(each.name == flow for each in self.flows)

    def values(self, kind: str, ids: Iterable[object]) -> dict[str, Values]:
        """The values of these records by id, archived ones too; what is None is left out."""
        wanted = list(dict.fromkeys(str(id) for id in ids if id is not None))
        return {record.id: record.values for record in self.space.read(kind, wanted)} if wanted else {}

    def linked(self, flow: str, ids: Iterable[object]) -> dict[str, Link]:
        """By our id, the links of those that have a counterpart over there which is not known to be gone."""
        wanted = list(dict.fromkeys(str(id) for id in ids if id is not None))
        found = self.links.find(flow, ours=wanted) if wanted and self.has(flow) else []
        return {link.ours: link for link in found if link.usable and link.state is not State.TOMBSTONE}

    def carried(self, flow: str, ids: Iterable[str]) -> dict[str, Link]:
        """By our id, the links of this flow of those that are in the books, or on their way."""
        wanted = list(ids)
        found = self.links.find(flow, ours=wanted) if wanted and self.has(flow) else []
        return {link.ours: link for link in found if is_posted(link)}

    def posted(self, kind: str, ids: Iterable[str]) -> dict[str, Link]:
        """By our id, the links of those that are in the books, or on their way."""
        wanted = list(ids)
        return {id: link for name in flows_of(kind) for id, link in self.carried(name, wanted).items()}


type Composer = Callable[[Desk, Sequence[Record]], list[Record]]
"""Gives records of one kind the values that the books are to see, with few reads for all of them."""


def is_posted(link: Link) -> bool:
    return link.state is not State.TOMBSTONE and (link.base is not None or link.birth is not None)


def flows_of(kind: str) -> tuple[str, ...]:
    from timebridge.postings import TYPES  # built from the composers, which are built from this module

    return next((type.flows[kind] for type in TYPES.values() if kind in type.flows), ())


def compose(desk: Desk, kind: str, records: Sequence[Record]) -> list[Record]:
    """The records as the books would see them, whether they are to be posted or not."""
    from timebridge.postings import TYPES

    composer = next((type.composers[kind] for type in TYPES.values() if kind in type.composers), None)
    return composer(desk, records) if composer and records else list(records)


def where_posted(desk: Desk, kind: str, records: Sequence[Record]) -> list[Record]:
    """The records with what `posted_to` comes to.

    A record that is in the books stays there while nobody takes it back, whatever the settings say by now. One of which
    nobody decided anything goes there by itself where that is chosen. What came from the books is never posted.
    """
    from timebridge.postings import type_of

    posting: Posting = desk.posting(type_of(kind) or "")
    open = [record for record in records if _is_open(posting, record)]
    due = {record.id for record in open if posting.auto and is_due(posting, kind, record.values)}
    posted = desk.posted(kind, [record.id for record in open if record.id not in due])
    return [_placed(record, desk.connection if record.id in due or record.id in posted else None) for record in records]


def _is_open(posting: Posting, record: Record) -> bool:
    """Nobody has decided about it, and it could be in the books."""
    values = record.values
    undecided = values.get("posted_to") is None and values.get("from_books") is None
    return undecided and not record.gone and values.get("status") in posting.may_stay


def is_due(posting: Posting, kind: str, values: Values) -> bool:
    """Whether it may be posted by its status and day."""
    day = values.get(kind_of(kind).label)
    return values.get("status") in posting.ready and (posting.start_date is None or str(day) >= posting.start_date)


def _placed(record: Record, connection: str | None) -> Record:
    values = record.values
    if values.get("from_books") is not None and values.get("posted_to") is not None:
        return replace(record, values={**values, "posted_to": None})
    return replace(record, values={**values, "posted_to": connection}) if connection else record


@dataclass
class Composed:
    """Our side, through which records of posting kinds come as the books see them."""

    side: Side
    desk: Desk

    @property
    def batch_limit(self) -> int:
        return self.side.batch_limit

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        for page in self.side.changed(cursors):
            yield replace(page, records=self._seen(page.name, page.records))

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        return self._seen(name, self.side.read(name, keys, by))

    def similar(self, name: str, starts: Sequence[str], by: str) -> list[Record] | None:
        return self.side.similar(name, starts, by)

    def write(self, name: str, writes: Sequence[Write]) -> "list[Written | SyncError]":
        return self.side.write(name, writes)

    def _seen(self, kind: str, records: Sequence[Record]) -> list[Record]:
        if not any(self.desk.has(name) for name in flows_of(kind)):
            return list(records)
        placed = where_posted(self.desk, kind, records)
        wanted = [record for record in placed if record.values.get("posted_to") == self.desk.connection]
        found = {record.id: record for record in compose(self.desk, kind, [each for each in wanted if not each.gone])}
        return [found.get(record.id, record) for record in placed]
