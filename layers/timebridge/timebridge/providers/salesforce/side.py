"""Salesforce as a side: what changed, what is there, and writes sorted by kind."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from timebridge.budget import Told, Usage, reserve_of
from timebridge.errors import SyncError, Transient
from timebridge.flows import Flows
from timebridge.providers.http import TimedOut
from timebridge.providers.provider import App
from timebridge.providers.salesforce import oauth
from timebridge.providers.salesforce.client import Client
from timebridge.providers.salesforce.ids import full_id
from timebridge.providers.salesforce.pace import Pace
from timebridge.providers.salesforce.soql import STAMP, among, beginning, changed_since, columns, fitting
from timebridge.providers.salesforce.writes import WRITERS, Outcome, Writer, is_passing, of_record
from timebridge.records import Record
from timebridge.sides import Create, Cursor, Page, Write, Written
from timebridge.tenants import Connection, Grants

MERGED = "MasterRecordId"
"""On a deleted record, the one it was merged into."""

EXPIRED_LIST = "INVALID_QUERY_LOCATOR"
PART = "part"
"""On a page of our own making: how many rows it may have; a full one has another behind it."""

ROWS_A_PAGE, KEYS_A_CALL = 2000, 1500
LOCKED_ATTEMPTS = 3
"""How often records that somebody else holds locked are written, with a pause between, before they count as stale."""


def open_side(app: App, grants: Grants, connection: Connection, flows: Flows) -> "SalesforceSide":
    base_url = grants.get().base_url or connection.base_url or app.login_url
    client = Client(app, grants, lambda grant: oauth.refresh(app, grant), base_url)
    client.reserve = reserve_of(connection.settings)
    return SalesforceSide(client, flows)


class SalesforceSide:
    batch_limit = 200

    def __init__(self, client: Client, flows: Flows, sleep: Callable[[float], None] = time.sleep) -> None:
        self.client = client
        self.columns = columns(flows)
        self.watched = {flow.object for flow in flows if not flow.posting}
        self.sleep = sleep
        self.pace = Pace()

    @property
    def calls(self) -> Mapping[str, int]:
        return self.client.calls

    @property
    def usage(self) -> Usage | None:
        """The org's calls of the day, as the last answer told; None before the first."""
        return self.client.usage

    @property
    def reserve(self) -> float | None:
        return self.client.reserve

    @reserve.setter
    def reserve(self, share: float | None) -> None:
        self.client.reserve = share

    @property
    def spent(self) -> bool:
        return self.client.spent

    @property
    def told(self) -> Told:
        return Told(self.client.usage, None if self.pace.is_full else self.pace.size)

    def recall(self, told: Told) -> None:
        self.client.usage = told.usage
        self.pace.size = told.size or self.pace.size

    # --- read

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        """The first pages of all objects are one call, so a pull that finds nothing is one call.

        What is only posted there is not asked for: nothing that happens to it over there comes back.
        """
        cursors = {name: cursor for name, cursor in cursors.items() if cursor is None or name in self.watched}
        queries = [
            (changed_since(name, self.columns[name], cursor), cursor is not None) for name, cursor in cursors.items()
        ]
        for (name, cursor), first in zip(cursors.items(), self._first_pages(cursors, queries), strict=True):
            page = first or self._from(name, cursor, cursor is not None)
            yield from self._pages(name, page, deleted=cursor is not None)

    def _first_pages(
        self, cursors: Mapping[str, Cursor | None], queries: Sequence[tuple[str, bool]]
    ) -> Sequence[dict[str, Any] | None]:
        """None for each of them where together they are too much: then each is asked for by itself, and in parts."""
        if not self.pace.is_full:
            return [None] * len(cursors)
        try:
            return self.client.first_pages(queries)
        except TimedOut:
            self.pace.slower()
            return [None] * len(cursors)

    def _pages(self, name: str, first: dict[str, Any], deleted: bool) -> Iterator[Page]:
        page: dict[str, Any] | None = first
        while page is not None:
            records = [record_of(row) for row in page["records"]]
            if records:
                yield Page(name, records, position(records[-1]))
            page = self._next(name, page, records, deleted)

    def _next(self, name: str, page: dict[str, Any], records: Sequence[Record], deleted: bool) -> dict[str, Any] | None:
        """The next page by its URL; when that has expired or takes too long, by the position of the last record."""
        if PART in page:
            return self._from(name, position(records[-1]), deleted) if len(records) == page[PART] else None
        try:
            return self.client.next_page(page)
        except TimedOut:
            self.pace.slower()
        except Transient as error:
            if EXPIRED_LIST not in error.detail:
                raise
        return self._from(name, position(records[-1]), deleted)

    def _from(self, name: str, cursor: Cursor | None, deleted: bool) -> dict[str, Any]:
        """What follows a position: all of it, or as much at once as Salesforce answers in time."""
        while True:
            size = None if self.pace.is_full else self.pace.of(ROWS_A_PAGE)
            soql = changed_since(name, self.columns[name], cursor) + (f" LIMIT {size}" if size else "")
            try:
                page = self.client.first_pages([(soql, deleted)])[0]
            except TimedOut:
                if not self.pace.slower():
                    raise
            else:
                self.pace.answered()
                return page | ({PART: size} if size else {})

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        wanted = list(dict.fromkeys(keys))
        if by == "id":
            wanted = [full for key in wanted if (full := full_id(key))]
        path = "Id" if by == "id" else by
        merged = by == "id" and MERGED in self.columns[name]
        found: list[dict[str, Any]] = []
        while wanted:
            some = wanted[: self.pace.of(KEYS_A_CALL)]
            try:
                soqls = [among(name, self.columns[name], path, part) for part in fitting(some)]
                found += self.client.rows(soqls, deleted=merged)
            except TimedOut:
                if not self.pace.slower():
                    raise
            else:
                self.pace.answered()
                wanted = wanted[len(some) :]
        return [record_of(row) for row in found]

    def similar(self, name: str, starts: Sequence[str], by: str) -> list[Record] | None:
        """One call for some hundred beginnings, unless many records have them."""
        columns = self.columns[name]
        soqls = [beginning(name, columns, by, part) for part in fitting(starts, f" OR {by} LIKE '%'")]
        found = [record_of(row) for row in self.client.rows(soqls)]
        return list({record.id: record for record in found}.values())

    # --- write

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        """In calls of 200 records, or of fewer where Salesforce does not answer in time."""
        outcomes: dict[int, Outcome] = {}
        doing = list(writes)
        for kind, send in WRITERS.items():
            left = [number for number, write in enumerate(writes) if type(write) is kind]
            while left:
                some = left[: self.pace.size]
                try:
                    outcomes |= self._patiently(name, doing, some, send)
                except TimedOut:
                    if not self.pace.slower():
                        raise
                    _doubt(doing, some)
                else:
                    self.pace.answered()
                    left = left[len(some) :]
        return [of_record(outcomes[number]) for number in range(len(writes))]

    def _patiently(
        self, name: str, writes: Sequence[Write], numbers: Sequence[int], send: Writer
    ) -> dict[int, Outcome]:
        """Write what is locked again after a pause; what stays locked is stale, and so decided afresh later."""
        outcomes: dict[int, Outcome] = {}
        for attempt in range(LOCKED_ATTEMPTS):
            if attempt:
                self.sleep(random.uniform(0, 0.5 * 2**attempt))
            outcomes |= zip(numbers, send(self.client, name, [writes[number] for number in numbers]), strict=True)
            numbers = [number for number in numbers if is_passing(outcomes[number])]
            if not numbers:
                break
        return outcomes


def _doubt(writes: list[Write], numbers: Sequence[int]) -> None:
    """What was sent without an answer may have landed: a create is looked up before it is sent again."""
    for number in numbers:
        write = writes[number]
        if isinstance(write, Create):
            writes[number] = replace(write, repeated=True)


def record_of(row: dict[str, Any]) -> Record:
    """A row as it came; `attributes` is Salesforce talking about itself."""
    row.pop("attributes", None)
    stamp: str = row[STAMP]
    return Record(row["Id"], row, stamp, datetime.fromisoformat(stamp), row["IsDeleted"])


def position(record: Record) -> Cursor:
    assert record.stamp is not None
    return Cursor(record.stamp, record.id)
