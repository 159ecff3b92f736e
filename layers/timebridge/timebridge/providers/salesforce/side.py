"""Salesforce as a side: what changed, what is there, and writes sorted by kind."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from timebridge.changes import chunks
from timebridge.errors import SyncError, Transient
from timebridge.flows import Flows
from timebridge.providers.provider import App
from timebridge.providers.salesforce import oauth
from timebridge.providers.salesforce.client import Client, Usage
from timebridge.providers.salesforce.ids import full_id
from timebridge.providers.salesforce.soql import STAMP, among, changed_since, columns, fitting
from timebridge.providers.salesforce.writes import WRITERS, Outcome, Writer, is_passing, of_record
from timebridge.records import Record
from timebridge.sides import Cursor, Page, Write, Written
from timebridge.tenants import Connection, Grants

EXPIRED_LIST = "INVALID_QUERY_LOCATOR"
LOCKED_ATTEMPTS = 3
"""How often records that somebody else holds locked are written, with a pause between, before they count as stale."""


def open_side(app: App, grants: Grants, connection: Connection, flows: Flows) -> "SalesforceSide":
    base_url = grants.get().base_url or connection.base_url or app.login_url
    client = Client(app, grants, lambda grant: oauth.refresh(app, grant), base_url)
    return SalesforceSide(client, flows)


class SalesforceSide:
    batch_limit = 200

    def __init__(self, client: Client, flows: Flows, sleep: Callable[[float], None] = time.sleep) -> None:
        self.client = client
        self.columns = columns(flows)
        self.sleep = sleep

    @property
    def calls(self) -> Mapping[str, int]:
        return self.client.calls

    @property
    def usage(self) -> Usage | None:
        """The org's calls of the day, as the last answer told; None before the first."""
        return self.client.usage

    # --- read

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        """The first pages of all objects are one call, so a pull that finds nothing is one call."""
        queries = [
            (changed_since(name, self.columns[name], cursor), cursor is not None) for name, cursor in cursors.items()
        ]
        for name, first in zip(cursors, self.client.first_pages(queries), strict=True):
            yield from self._pages(name, first, deleted=cursors[name] is not None)

    def _pages(self, name: str, first: dict[str, Any], deleted: bool) -> Iterator[Page]:
        page: dict[str, Any] | None = first
        while page is not None:
            records = [record_of(row) for row in page["records"]]
            if records:
                yield Page(name, records, position(records[-1]))
            page = self._next(name, page, records, deleted)

    def _next(self, name: str, page: dict[str, Any], records: Sequence[Record], deleted: bool) -> dict[str, Any] | None:
        """The next page by its URL; when that has expired, by the position of the last record."""
        try:
            return self.client.next_page(page)
        except Transient as error:
            if EXPIRED_LIST not in error.detail:
                raise
        soql = changed_since(name, self.columns[name], position(records[-1]))
        return self.client.first_pages([(soql, deleted)])[0]

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        wanted = list(dict.fromkeys(keys))
        if by == "id":
            wanted = [full for key in wanted if (full := full_id(key))]
        path = "Id" if by == "id" else by
        soqls = [among(name, self.columns[name], path, part) for part in fitting(wanted)]
        return [record_of(row) for row in self.client.rows(soqls)]

    # --- write

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        outcomes: dict[int, Outcome] = {}
        for kind, send in WRITERS.items():
            numbers = [number for number, write in enumerate(writes) if type(write) is kind]
            for some in chunks(numbers, self.batch_limit):
                outcomes |= self._patiently(name, writes, some, send)
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


def record_of(row: dict[str, Any]) -> Record:
    """A row as it came; `attributes` is Salesforce talking about itself."""
    row.pop("attributes", None)
    stamp: str = row[STAMP]
    return Record(row["Id"], row, stamp, datetime.fromisoformat(stamp), row["IsDeleted"])


def position(record: Record) -> Cursor:
    assert record.stamp is not None
    return Cursor(record.stamp, record.id)
