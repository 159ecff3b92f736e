"""The customer at the top of each job's chain of parents. QuickBooks names only the next one up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from timebridge.flows import look_up
from timebridge.records import Record

LEVELS = 5

type Find = Callable[[Sequence[str]], Sequence[Record]]


class Tops:
    """Remembers who is below whom, and reads only the customers between a job and its top, if there are any."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._parents: dict[str, str | None] = {}

    def completed(self, records: Sequence[Record]) -> list[Record]:
        """The records, each job with `TopRef`: `{"value": id}` of the customer it belongs to in the end."""
        self._remember(records)
        self._climb([record.id for record in records])
        return [self._completed(record) for record in records]

    def documents(self, records: Sequence[Record]) -> list[Record]:
        """The records, each with the `TopRef` of the customer or job that it names."""
        named = {record.id: str(id) for record in records if (id := look_up(record.values, "CustomerRef.value"))}
        self._climb(sorted(set(named.values())))
        return [
            replace(each, values={**each.values, "TopRef": {"value": self._end(named[each.id])}})
            if each.id in named
            else each
            for each in records
        ]

    def _climb(self, ids: Iterable[str]) -> None:
        """Read what lies between these and their tops, as far as it is not known."""
        for _ in range(LEVELS):
            unknown = {end for id in ids if (end := self._end(id)) not in self._parents}
            if not unknown:
                break
            self._parents.update(dict.fromkeys(unknown))
            self._remember(self._find(sorted(unknown)))

    def _remember(self, records: Iterable[Record]) -> None:
        for record in records:
            parent = parent_of(record.values)
            self._parents[record.id] = parent
            if parent and record.values.get("Level") == 1:
                self._parents[parent] = None

    def _end(self, id: str) -> str:
        """As far up as is known."""
        for _ in range(LEVELS + 1):
            parent = self._parents.get(id)
            if parent is None:
                break
            id = parent
        return id

    def _completed(self, record: Record) -> Record:
        if parent_of(record.values) is None:
            return record
        return replace(record, values={**record.values, "TopRef": {"value": self._end(record.id)}})


def parent_of(values: Mapping[str, Any]) -> str | None:
    found = values.get("ParentRef")
    return str(found["value"]) if found and found.get("value") else None
