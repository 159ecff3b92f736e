"""Entries by day: of one person, or what waits for somebody to decide."""

from collections.abc import Iterator

from pynamodb.expressions.condition import Condition

from timebridge.records import Record
from timebridge.store.drafts import record_of
from timebridge.store.paging import start_key, token
from timebridge.store.tables import RecordItem

LAST = "\uffff"
"""Sorts behind every day."""

PAGE = 200
AT_ONCE = 1_000
"""Records that one request looks through for those of one person or status."""


class Sheets:
    """Of one tenant. `kind`: time_entry, expense or expense_report, which are all listed by their day."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def between(
        self, kind: str, first: str, last: str, staff: str | None = None, status: str | None = None
    ) -> Iterator[Record]:
        """Active records from the first to the last day, by day."""
        span = RecordItem.name_key.between(first, f"{last}{LAST}")
        found = RecordItem.by_name.query(self._pk(kind), span, _holding(staff, status), page_size=AT_ONCE)
        return (record for item in found if _fits(record := record_of(kind, item), staff, status))

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
            self._pk(kind),
            RecordItem.name_key >= since,
            _holding(staff, status),
            scan_index_forward=False,
            page_size=AT_ONCE if staff or status else min(limit, PAGE),
            last_evaluated_key=start_key(start, {"pk": self._pk(kind)}, ("sk", "name_key")),
        )
        records: list[Record] = []
        for item in found:
            record = record_of(kind, item)
            if _fits(record, staff, status):
                records.append(record)
            if len(records) == limit:
                break
        return records, token(found.last_evaluated_key, ("sk", "name_key"))

    def _pk(self, kind: str) -> str:
        return f"{self._tenant}#{kind}"


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
