"""Reading from QuickBooks: records by id or name, and what changed. Reads are metered, so they are few and large."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from timebridge.errors import Misconfigured
from timebridge.providers.quickbooks_online.capturing import captured
from timebridge.providers.quickbooks_online.client import PAGE, Client, instant, quoted
from timebridge.providers.quickbooks_online.completing import Completing
from timebridge.providers.quickbooks_online.shapes import PSEUDO_CODES, record_of, shape_of
from timebridge.providers.quickbooks_online.tops import Tops
from timebridge.records import Record
from timebridge.sides import Cursor, Page

CAPTURED_FOR = timedelta(days=25)
"""Change data capture looks back 30 days; older cursors are served by queries."""

KEYS, LETTERS = 100, 4000
"""Length of an IN list, in keys and in characters: Intuit names no limit, these are known to work."""

WITH_INACTIVE = "Active IN (true, false)"


class Reader:
    """`topped`: the objects whose records are completed with the customer at the top, and `branched`: whether customers
    are completed with whether they have jobs; both may cost calls.
    """

    def __init__(
        self,
        client: Client,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        topped: Collection[str] = ("Customer",),
        branched: bool = True,
    ) -> None:
        self._client = client
        self._topped = topped
        self._branched = branched
        self._now = now
        self._tops = Tops(lambda ids: self._found("Customer", "Id", ids))

    # --- by key ------------------------------------------------------------------------------------------------------

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        """Inactive records come along as gone. Raises Misconfigured for a path that QuickBooks cannot search by."""
        if by == "id":
            return self._completing().of(name, self._found(name, "Id", [key for key in keys if _is_id(key)]))
        property = shape_of(name).searchable.get(by)
        if property is None:
            raise Misconfigured("QuickBooks cannot search by this field.", detail=f"{name}.{by}")
        return self._completing().of(name, self._found(name, property, keys))

    def stored(self, name: str, ids: Sequence[str]) -> list[Record]:
        """The records alone, for one that is about to be written: nothing is looked up beside them."""
        return self._found(name, "Id", [id for id in ids if _is_id(id)])

    def dated(self, name: str, first: str, last: str) -> Iterator[list[Record]]:
        """Pages of the transactions of these days, by day."""
        return (self._tops.documents(page) for page in self._by_day(name, first, last))

    def _by_day(self, name: str, first: str, last: str) -> Iterator[list[Record]]:
        since, start, handed_over = first, 1, set[str]()
        while True:
            where = f"TxnDate >= {quoted(since)} AND TxnDate <= {quoted(last)}"
            statement = f"SELECT * FROM {name} WHERE {where} ORDERBY TxnDate {_window(start)}"  # noqa: S608
            found, _ = self._client.select(statement)
            rows = [record_of(values) for values in found.get(name, [])]
            yield [record for record in rows if record.id not in handed_over]
            if len(rows) < PAGE:
                return
            newest = str(rows[-1].values["TxnDate"])
            at_newest = {record.id for record in rows if record.values["TxnDate"] == newest}
            if newest == since:
                start, handed_over = start + len(rows), handed_over | at_newest
            else:
                since, start, handed_over = newest, 1, at_newest

    def between(self, name: str, property: str, first: str, last: str) -> Iterator[Record]:
        """The records whose property lies between two values, both included."""
        where = [f"{property} >= {quoted(first)}", f"{property} <= {quoted(last)}"]
        return self._rows(name, where)

    def there(self, name: str, days: Mapping[str, str | None]) -> set[str]:
        """Those of the ids that are there. `days`: of each id, the day of its transaction, if it is known.

        By their days where that is fewer calls than by their ids. One whose day was changed may be missing then.
        """
        calls, known = -(-len(days) // KEYS), [day for day in days.values() if day]
        if calls > 1 and len(known) == len(days) and not shape_of(name).listed:
            pages = self._by_day(name, min(known), max(known))
            found = {record.id for page in islice(pages, calls) for record in page}
            if next(pages, None) is None:
                return found
        return {record.id for record in self.stored(name, list(days)) if not record.gone}

    def _found(self, name: str, property: str, keys: Sequence[str]) -> list[Record]:
        also = [WITH_INACTIVE] if shape_of(name).listed else []
        lists = in_lists([quoted(key) for key in dict.fromkeys(keys)])
        return [record for listed in lists for record in self._rows(name, [f"{property} IN ({listed})", *also])]

    def _rows(self, name: str, where: Sequence[str]) -> Iterator[Record]:
        start = 1
        while True:
            statement = f"SELECT * FROM {name} WHERE {' AND '.join(where)} ORDERBY Id {_window(start)}"  # noqa: S608
            found, _ = self._client.select(statement)
            rows = found.get(name, [])
            yield from (record_of(values) for values in rows)
            if len(rows) < PAGE:
                return
            start += len(rows)

    def _completing(self) -> Completing:
        return Completing(
            lambda name, ids: self._found(name, "Id", ids),
            lambda statement: self._client.select(statement)[0].get("Customer", []),
            self._tops,
            self._now().date(),
            self._topped,
            self._branched,
        )

    # --- by time -----------------------------------------------------------------------------------------------------

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        """One call for all that change data capture covers, and one query for each of the rest.

        The last page of an object, which may be empty, carries the server's time: an object in which nothing happens
        must not fall out of the time that change data capture looks back. What is too much or too old for it, and what
        it does not cover (TimeActivity), is queried; a query does not show what was deleted, and the page says so.
        """
        young = {name: cursor.stamp for name, cursor in cursors.items() if cursor and self._is_young(name, cursor)}
        found, completing = captured(self._client, young), self._completing()
        for name, cursor in cursors.items():
            if name in found:
                yield self._page(completing, name, found[name].rows, young[name], found[name].time)
            else:
                yield from self._queried(completing, name, cursor)

    def _is_young(self, name: str, cursor: Cursor) -> bool:
        return shape_of(name).captured and cursor.stamp > self._now() - CAPTURED_FOR

    def _page(
        self, completing: Completing, name: str, rows: Sequence[Mapping[str, Any]], since: datetime, time: datetime
    ) -> Page:
        earliest = since.replace(microsecond=0)
        records = [record for record in map(record_of, rows) if record.stamp is None or record.stamp >= earliest]
        records.sort(key=lambda record: (record.stamp or time, record.id))
        return Page(name, completing.news(name, records), until(time))

    def _queried(self, completing: Completing, name: str, cursor: Cursor | None) -> Iterator[Page]:
        """By time, not by position alone: a record that changes while we page moves to the end and shifts the rest."""
        since, start, handed_over = cursor.stamp if cursor and not shape_of(name).whole else None, 1, set[str]()
        where = [WITH_INACTIVE] if cursor and shape_of(name).listed else []
        first = unsure = cursor is not None and shape_of(name).vanishes
        while True:
            found, time = self._client.select(_by_time(name, where, since, start))
            rows = [record_of(values) for values in found.get(name, [])]
            news = [record for record in rows if record.id not in handed_over]
            fresh = completing.news(name, news) if cursor else completing.of(name, news)
            if len(rows) < PAGE:
                yield Page(name, fresh, until(time), unsure)
                return
            newest = rows[-1].stamp
            assert newest is not None
            yield Page(name, fresh, Cursor(newest), first)
            first = False
            at_newest = {record.id for record in rows if record.stamp == newest}
            if newest == since:
                start, handed_over = start + len(rows), handed_over | at_newest
            else:
                since, start, handed_over = newest, 1, at_newest


def _is_id(key: str) -> bool:
    return key.isdecimal() or key in PSEUDO_CODES


def _by_time(name: str, where: Sequence[str], since: datetime | None, start: int) -> str:
    later = [f"MetaData.LastUpdatedTime >= {quoted(instant(since))}"] if since else []
    conditions = " AND ".join([*where, *later])
    filtered = f" WHERE {conditions}" if conditions else ""
    return f"SELECT * FROM {name}{filtered} ORDERBY MetaData.LastUpdatedTime {_window(start)}"  # noqa: S608


def _window(start: int) -> str:
    return f"STARTPOSITION {start} MAXRESULTS {PAGE}"


def until(time: datetime) -> Cursor:
    """Everything before this second was handed over; its own records may come once more."""
    return Cursor(time.replace(microsecond=0))


def in_lists(keys: Sequence[str]) -> Iterator[str]:
    """The keys joined into lists that are short enough for one statement."""
    some: list[str] = []
    for key in keys:
        if some and (len(some) == KEYS or sum(map(len, some)) + len(key) > LETTERS):
            yield ", ".join(some)
            some = []
        some.append(key)
    if some:
        yield ", ".join(some)
