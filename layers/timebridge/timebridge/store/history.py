"""The runs of several connections as one list."""

from collections.abc import Callable, Iterable
from datetime import datetime

from timebridge.runs import Run
from timebridge.store.paging import start_key
from timebridge.store.runs import Runs


def history(
    tenant: str,
    connections: Iterable[str],
    limit: int = 50,
    before: str | None = None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    match: Callable[[Run], bool] = lambda _: True,
) -> tuple[list[tuple[str, Run]], str | None]:
    """The latest first, each with its connection; and what `before` is for the next page, which may be short.

    Runs are ordered by their ids, which begin with the moment at which they were started.
    """
    found: list[tuple[str, Run]] = []
    floor, more = "", False
    for connection in connections:
        some, next = Runs(tenant, connection).list(limit, since=since, until=until, match=match, before=before)
        found += [(connection, run) for run in some]
        if next is not None:
            floor, more = max(floor, _reached(next)), True
    found.sort(key=lambda each: each[1].id, reverse=True)
    known = [each for each in found if each[1].id >= floor]
    if len(known) > limit:
        return known[:limit], known[limit - 1][1].id
    return known, floor if more else None


def _reached(next: str) -> str:
    """The id of the last run that was looked at: of what comes behind it nothing is known yet."""
    key = start_key(next, {}, ("sk",))
    return str(key["sk"]["S"]).removeprefix("run#") if key else ""
