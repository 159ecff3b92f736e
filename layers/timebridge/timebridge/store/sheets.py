"""Entries by day: of one person, or what waits for somebody to decide."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from pynamodb.expressions.condition import Condition

from timebridge.records import Record, Value
from timebridge.store.drafts import record_of
from timebridge.store.paging import start_key, token
from timebridge.store.rows import Rows
from timebridge.store.tables import RecordItem
from timebridge.workspace.kinds import kind_of, moves_of
from timebridge.workspace.validation import name_key

LAST = "\uffff"
"""Sorts behind every day."""

PAGE = 200
AT_ONCE = 1_000
"""Records that one request looks through for those of one person or status."""


FEW_DAYS = 14
"""Days that are looked up one by one for one person; of more of them, everybody's entries are looked through."""


def place_of(kind: str, values: Mapping[str, Value], id: str) -> str:
    """Where a record stands in the list of its kind: by its name, and what people hand in by day and then by person."""
    label = name_key(values.get(kind_of(kind).label) or id)
    return _of_person(label, str(values["staff"])) if "submit" in moves_of(kind) and values.get("staff") else label


def _of_person(day: str, staff: str) -> str:
    return f"{day}#{staff}"


class Sheets:
    """Of one tenant. `kind`: time_entry, expense or expense_report, which are all listed by their day."""

    def __init__(self, tenant: str) -> None:
        self._rows = Rows(tenant)

    def between(
        self, kind: str, first: str, last: str, staff: str | None = None, status: str | None = None
    ) -> Iterator[Record]:
        """Active records from the first to the last day, by day."""
        days = _days(first, last)
        if staff and len(days) <= FEW_DAYS:
            yield from self._on(kind, days, staff, status)
            return
        span = RecordItem.name_key.between(first, f"{last}{LAST}")
        found = RecordItem.by_name.query(self._rows.of(kind), span, _holding(staff, status), page_size=AT_ONCE)
        yield from (record for item in found if _fits(record := record_of(kind, item), staff, status))

    def _on(self, kind: str, days: list[str], staff: str, status: str | None) -> Iterator[Record]:
        """Those of one person, and nobody else's are read."""
        for day in days:
            found = RecordItem.by_name.query(self._rows.of(kind), RecordItem.name_key == _of_person(day, staff))
            yield from (record for item in found if _fits(record := record_of(kind, item), staff, status))

    def latest(
        self,
        kind: str,
        since: str,
        staff: str | None = None,
        status: str | None = None,
        start: str | None = None,
        limit: int = 50,
    ) -> tuple[list[Record], str | None]:
        """Active records, the latest day first, down to the day `since`; and where the next page starts."""
        found = RecordItem.by_name.query(
            self._rows.of(kind),
            RecordItem.name_key >= since,
            _holding(staff, status),
            scan_index_forward=False,
            page_size=AT_ONCE if staff or status else min(limit, PAGE),
            last_evaluated_key=start_key(start, {"pk": self._rows.of(kind)}, ("sk", "name_key")),
        )
        records: list[Record] = []
        for item in found:
            record = record_of(kind, item)
            if _fits(record, staff, status):
                records.append(record)
            if len(records) == limit:
                break
        return records, token(found.last_evaluated_key, ("sk", "name_key"))


def _days(first: str, last: str) -> list[str]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(begin + timedelta(days=each)).isoformat() for each in range((end - begin).days + 1)]


def _holding(*values: str | None) -> Condition | None:
    """What does not hold these texts at all is left out where it lies; what does is looked at."""
    condition: Condition | None = None
    for value in (each for each in values if each):
        held = RecordItem.data.contains(value)
        condition = held if condition is None else condition & held
    return condition


def _fits(record: Record, staff: str | None, status: str | None) -> bool:
    wanted = {"staff": staff, "status": status}
    return all(value is None or record.values.get(name) == value for name, value in wanted.items())
