"""Which records a run wrote, linked or parked, and what it did to each: all of them, some hundred to an item."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, islice
from uuid import uuid4

from timebridge.runs import LINES, OPEN, Deed, What
from timebridge.store.paging import start_key, token
from timebridge.store.runs import KEPT
from timebridge.store.tables import RunItem

type Group = tuple[What, str]
"""What was done, and the flow."""


class RunRecords:
    """They are kept by what was done and by flow, so that a page of either reads no others."""

    def __init__(self, tenant: str, connection: str, run: str) -> None:
        self._pk, self._run = f"{tenant}#{connection}", run

    def keep(self, deeds: Sequence[Deed]) -> None:
        now = datetime.now(UTC)
        with RunItem.batch_write() as batch:
            for group, some in _grouped(deeds):
                sk = f"{self._prefix(group)}{now:%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}"
                lines = [[deed.ours, deed.theirs] for deed in some]
                batch.save(RunItem(self._pk, sk, data={"lines": lines}, expires=now + KEPT))

    def page(self, groups: Iterable[Group], start: str | None = None, limit: int = 50) -> tuple[list[Deed], str | None]:
        """Those of these groups, in their order; and where the next page starts. Raises Rejected for a wrong start."""
        found = list(islice(self._places(list(groups), start), limit + 1))
        more = len(found) > limit
        return [deed for deed, _ in found[:limit]], found[limit][1] if more else None

    def open(self, groups: Iterable[Group]) -> set[Deed]:
        """Of these groups, what is found again as long as nobody does anything about it."""
        return {deed for deed, _ in self._places([group for group in groups if group[0] in OPEN], None)}

    def _places(self, groups: Sequence[Group], start: str | None) -> Iterator[tuple[Deed, str]]:
        """Each with the token of the page that begins with it."""
        first, offset = self._start(start)
        prefixes = [self._prefix(group) for group in groups]
        skipped = next((at for at, prefix in enumerate(prefixes) if first.startswith(prefix)), 0)
        for group, prefix in list(zip(groups, prefixes, strict=True))[skipped:]:
            since = first if first.startswith(prefix) else prefix
            for item in RunItem.query(self._pk, RunItem.sk.between(since, f"{prefix}~"), consistent_read=True):
                begin = offset if item.sk == first else 0
                for number, (ours, theirs) in enumerate(item.data["lines"][begin:], begin):
                    yield Deed(*group, ours, theirs), _token(item.sk, number)

    def _start(self, start: str | None) -> tuple[str, int]:
        key = start_key(start, {"pk": self._pk}, ("sk", "line"))
        if key is None:
            return "", 0
        line = key["line"]["S"]
        return key["sk"]["S"], min(int(line), LINES) if line.isdecimal() else 0

    def _prefix(self, group: Group) -> str:
        what, flow = group
        return f"did#{self._run}#{what}#{flow}#"


def _token(sk: str, line: int) -> str:
    return token({"sk": {"S": sk}, "line": {"S": str(line)}}, ("sk", "line")) or ""


def _grouped(deeds: Sequence[Deed]) -> Iterator[tuple[Group, list[Deed]]]:
    """In the order in which they were done, within each group."""
    in_order = sorted(deeds, key=lambda deed: deed[:2])
    for group, some in groupby(in_order, key=lambda deed: deed[:2]):
        yield group, list(some)
