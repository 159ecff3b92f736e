"""The pull: what notices missed is found here. First what is parked and due, then both sides since their cursors."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from timebridge.changes import Change, Where, chunks
from timebridge.flows import Flow
from timebridge.links import Link
from timebridge.runs import Tally
from timebridge.sides import Cursor, Page
from timebridge.sync import Batch, Road, sync_batch

OVERLAP = timedelta(minutes=10)
"""The latest records are read again from this much earlier: some become visible later than they were stamped."""

UNKNOWN_CLOCK = timedelta(days=1)
"""Where nothing was there to tell the other side's time, the first cursor is set back this much."""

SETTLED = timedelta(hours=1)
"""Records that were stamped longer ago are all there: none turns up among them any more, whatever the clocks say."""

BATCH = 600
"""Fills the calls of both providers to the last place: 200 writes a call at Salesforce, 30 at QuickBooks."""


class Cursors(Protocol):
    def get(self, where: Where, name: str) -> Cursor | None: ...

    def save(self, where: Where, name: str, cursor: Cursor) -> None: ...


def pull(
    road: Road,
    cursors: Cursors,
    *,
    overlap: timedelta = OVERLAP,
    tally: Tally | None = None,
    names: Collection[str] | None = None,
    there: Collection[str] | None = None,
    sweep: Callable[[str], object] | None = None,
) -> Tally:
    """Bring both sides into agreement as far as they changed since the last pull.

    A cursor is saved only after its page was applied, so a pull that dies is taken up where it stopped. `tally` is
    added to as it goes, for the caller who wants to know how far a pull came that did not end. `names`: of the flows
    that are due, if not all of them are; a record that several flows watch is brought to those only. `there`: of the
    objects that the other side is asked for, if not for all. `sweep`: looks for what was deleted in an object whose
    page may have left it out.
    """
    tally = Tally() if tally is None else tally
    flows = [flow for flow in road.flows if names is None or flow.name in names]
    retry_parked(road, flows, tally)
    started, beside = road.now(), Beside(road, cursors)
    for where in (Where.THEIRS, Where.OURS):
        side = road.theirs if where is Where.THEIRS else road.ours
        feeds = dict.fromkeys(flow.kind if where is Where.OURS else flow.object for flow in flows)
        asked = feeds if where is Where.OURS or there is None else [name for name in feeds if name in there]
        since = {name: cursors.get(where, name) for name in asked}
        empty = {name for name, cursor in since.items() if cursor is None}
        for page in side.changed(since) if since else ():
            sync_page(road, where, page, flows, beside, tally)
            if page.unsure and sweep is not None:
                sweep(page.name)
            if page.cursor is not None:
                cursors.save(where, page.name, taken_up(page.cursor, started, overlap))
                empty.discard(page.name)
        for name in empty:
            cursors.save(where, name, Cursor(started).back(overlap + UNKNOWN_CLOCK))
    return tally


def taken_up(reached: Cursor, started: datetime, overlap: timedelta) -> Cursor:
    """Where the next pull goes on, whether this one ends well or dies behind this page.

    Exactly there, so that it gets on however many records share a stamp, and reads none of them again. But a bit
    earlier among the latest records, where others may still turn up that were stamped before.
    """
    return reached if reached.stamp < started - SETTLED else min(reached, Cursor(started)).back(overlap)


def retry_parked(road: Road, flows: Iterable[Flow] | None = None, tally: Tally | None = None) -> Tally:
    """Try again every parked pair whose time has come."""
    tally = Tally() if tally is None else tally
    for flow in road.flows if flows is None else flows:
        for links in chunks(road.links.due(flow.name, road.now()), BATCH):
            sync_batch(road, Batch(flow, [change for link in links for change in changes_of(flow, link)]), tally)
    return tally


def changes_of(flow: Flow, link: Link) -> list[Change]:
    """Both ends of a pair, to be looked at afresh."""
    ours = Change(Where.OURS, flow.kind, link.ours)
    return [ours] if link.theirs is None else [ours, Change(Where.THEIRS, flow.object, link.theirs)]


@dataclass
class Beside:
    """Edits of ours that go along with what changed there, so that both are written in the same calls.

    `taken`: flow, id and version of those that went along; they need not be looked at once more.
    """

    road: Road
    cursors: Cursors
    asked: set[str] = field(default_factory=set)
    taken: set[tuple[str, str, str | None]] = field(default_factory=set)

    def of(self, flow: Flow, room: int) -> list[Change]:
        """Those since the last pull, as many as there is room for; once for each flow."""
        since = self.cursors.get(Where.OURS, flow.kind)
        if flow.name in self.asked or since is None or not flow.direction.goes_out:
            return []
        self.asked.add(flow.name)
        page = next(iter(self.road.ours.changed({flow.kind: since})), None)
        records = page.records[:room] if page else []
        self.taken |= {(flow.name, record.id, record.version) for record in records}
        return [Change(Where.OURS, flow.kind, record.id, record) for record in records]

    def left(self, flow: Flow, changes: Sequence[Change]) -> list[Change]:
        return [c for c in changes if c.record is None or (flow.name, c.id, c.record.version) not in self.taken]


def sync_page(
    road: Road,
    where: Where,
    page: Page,
    flows: Collection[Flow] | None = None,
    beside: Beside | None = None,
    tally: Tally | None = None,
) -> Tally:
    """Bring a page of records into agreement in each flow that watches them, or those of them that are given."""
    tally = Tally() if tally is None else tally
    changes = [Change(where, page.name, record.id, record) for record in page.records]
    for flow in [flow for flow in road.flows.of(where, page.name) if flows is None or flow in flows]:
        for some in chunks(_with_those(beside, where, flow, changes), BATCH):
            sync_batch(road, Batch(flow, some), tally)
    return tally


def _with_those(beside: Beside | None, where: Where, flow: Flow, changes: Sequence[Change]) -> Sequence[Change]:
    if beside is None:
        return changes
    if where is Where.OURS:
        return beside.left(flow, changes)
    return [*changes, *beside.of(flow, -len(changes) % BATCH)]
