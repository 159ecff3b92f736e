"""The reconciliation: everything is read again on both sides, whether it changed or not.

It finds what no cursor can: records whose change was never told, pairs that came apart, and records that were deleted
so long ago that they have left the other side's recycle bin. Deletions go by the brake, as in a pull.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from timebridge.changes import Where
from timebridge.context import Context
from timebridge.flows import Flow
from timebridge.links import Link
from timebridge.pull import Cursors, pull
from timebridge.runs import Tally
from timebridge.sides import Cursor
from timebridge.store.cursors import Cursors as StoredCursors
from timebridge.store.links import DynamoLinks
from timebridge.worker.sweeping import AT_ONCE, gone, look_after

type Late = Callable[[], bool]


class OutOfTime(Exception):
    """`place`: where to go on, in a run that has no cursors for it."""

    def __init__(self, place: str = "") -> None:
        super().__init__(place)
        self.place = place


class Watched:
    """Cursors that end a pull behind a page when the time is over: the next message goes on from there."""

    def __init__(self, cursors: Cursors, late: Late) -> None:
        self._cursors, self._late = cursors, late

    def get(self, where: Where, name: str) -> Cursor | None:
        return self._cursors.get(where, name)

    def save(self, where: Where, name: str, cursor: Cursor) -> None:
        self._cursors.save(where, name, cursor)
        if self._late():
            raise OutOfTime


def reconcile(road: Context, names: Collection[str] | None, place: str, late: Late, tally: Tally) -> None:
    """Read every feed from its beginning, with cursors of its own, and then look for what is linked but gone.

    `names`: of the flows, if not all. Raises OutOfTime with the place where the next message goes on.
    """
    connection = road.connection
    own = StoredCursors(connection.tenant, f"{connection.id}#reconcile", connection.since)
    if not place:
        pull(road, Watched(own, late), tally=tally, names=names)
        own.clear()
    for flow, links, next in _pages(road, names, place):
        look_after(road, flow, links, tally)
        if next is not None and late():
            raise OutOfTime(next)


def repeat(road: Context, since: str, late: Late, tally: Tally, sweep: Callable[[str], object]) -> None:
    """Read again what changed after a moment (ISO), with cursors of its own: the next pull goes on where it would have.

    What the connection leaves alone stays so. Raises OutOfTime.
    """
    connection = road.connection
    first = max((since, connection.since or since), key=datetime.fromisoformat)
    own = StoredCursors(connection.tenant, f"{connection.id}#since#{since}", first)
    pull(road, Watched(own, late), tally=tally, sweep=sweep)
    own.clear()


def _pages(road: Context, names: Collection[str] | None, place: str) -> Iterator[tuple[Flow, list[Link], str | None]]:
    """Of each flow, the links whose record there is gone; and the place behind them, None at the very end."""
    store = DynamoLinks(road.connection.tenant, road.connection.id)
    name, _, start = place.partition("~")
    flows = [flow for flow in road.flows if names is None or flow.name in names]
    first = next((number for number, flow in enumerate(flows) if flow.name == name), 0)
    for number, flow in enumerate(flows[first:], first):
        more: str | None = start if number == first else ""
        while more is not None:
            links, more = store.page(flow.name, None, more or None, AT_ONCE)
            yield flow, gone(road, flow, links), _behind(flows, number, more)


def _behind(flows: list[Flow], number: int, more: str | None) -> str | None:
    if more is not None:
        return f"{flows[number].name}~{more}"
    return f"{flows[number + 1].name}~" if number + 1 < len(flows) else None
