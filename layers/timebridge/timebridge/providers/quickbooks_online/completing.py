"""What records are completed with because QuickBooks does not say it: tops, jobs below, and what taxes come to."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from typing import Any

from timebridge.providers.quickbooks_online.client import PAGE, quoted
from timebridge.providers.quickbooks_online.leaves import Leaves
from timebridge.providers.quickbooks_online.taxes import Taxes
from timebridge.providers.quickbooks_online.tops import Tops, parent_of
from timebridge.records import Record

BELOW = "SELECT Id, ParentRef, FullyQualifiedName FROM Customer"

type Find = Callable[[str, Sequence[str]], list[Record]]
type Select = Callable[[str], list[dict[str, Any]]]


class Completing:
    """For records that are read at one time; what it has to read beside them it reads once.

    `find`: records of an object by their ids; `select`: the rows of a query for customers. `topped`: the objects that
    are completed with the customer at the top; `branched`: whether it matters which customers have jobs.
    """

    def __init__(
        self, find: Find, select: Select, tops: Tops, today: date, topped: Collection[str], branched: bool
    ) -> None:
        self._find = find
        self._select = select
        self._tops = tops
        self._topped = topped
        self._taxes = Taxes(lambda ids: find("TaxRate", ids), today)
        self._leaves = Leaves(self._has_jobs, self._with_jobs) if branched else None

    def of(self, name: str, records: Sequence[Record]) -> list[Record]:
        if name == "TaxRate":
            return self._taxes.rates(records)
        if name == "TaxCode":
            return self._taxes.codes(records)
        if name == "Customer":
            return self._tops.completed(self._leaves.completed(records) if self._leaves else records)
        return self._tops.documents(records) if name in self._topped else list(records)

    def news(self, name: str, records: Sequence[Record]) -> list[Record]:
        """What changed. A customer that gets its first job, or loses its last, does not change itself: it comes along.

        Where a job was before it was moved is not told; the reconciliation finds that one.
        """
        if name != "Customer" or self._leaves is None:
            return self.of(name, records)
        there = {record.id for record in records}
        above = dict.fromkeys(id for record in records if (id := parent_of(record.values)) and id not in there)
        return self.of(name, [*records, *(self._find(name, list(above)) if above else ())])

    def _has_jobs(self, record: Record) -> bool:
        """Whether there are active ones. Those below a customer cannot be asked for, but those below its name can."""
        path = f"{record.values.get('FullyQualifiedName') or record.values.get('DisplayName')}:"
        rows = self._select(f"{BELOW} WHERE FullyQualifiedName LIKE {quoted(f'{path}%')} MAXRESULTS {PAGE}")
        return any(parent_of(row) == record.id for row in rows)

    def _with_jobs(self) -> Iterator[str]:
        start = 1
        while True:
            rows = self._select(f"{BELOW} ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE}")
            yield from (parent for row in rows if (parent := parent_of(row)))
            if len(rows) < PAGE:
                return
            start += len(rows)
