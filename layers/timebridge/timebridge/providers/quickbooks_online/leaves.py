"""Which customers have jobs below them. QuickBooks says only which one is above."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from timebridge.providers.quickbooks_online.tops import parent_of
from timebridge.records import Record

FEW = 3
"""Customers whose jobs are asked for one by one; for more of them, all that have jobs are listed in one go."""


class Leaves:
    """`below`: whether one customer has active jobs; `listed`: the ids of all that do. Both cost calls."""

    def __init__(self, below: Callable[[Record], bool], listed: Callable[[], Iterable[str]]) -> None:
        self._below = below
        self._listed = listed
        self._all: set[str] | None = None

    def completed(self, records: Sequence[Record]) -> list[Record]:
        """The records that are there, each with `HasJobs`; the others as they are."""
        parents = {parent for record in records if not record.gone and (parent := parent_of(record.values))}
        asked = [each for each in records if _may_have_jobs(each) and each.id not in parents]
        if self._all is None and len(asked) > FEW:
            self._all = {*self._listed()}
        known = self._all if self._all is not None else {record.id for record in asked if self._below(record)}
        return [each if each.gone else _told(each, each.id in parents or each.id in known) for each in records]


def _may_have_jobs(record: Record) -> bool:
    return not record.gone and not record.values.get("IsProject")


def _told(record: Record, has_jobs: bool) -> Record:
    return replace(record, values={**record.values, "HasJobs": has_jobs})
