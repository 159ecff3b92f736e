"""The pull: what notices missed is found here. First what is parked and due, then both sides since their cursors."""

from collections.abc import Collection, Iterable
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
) -> Tally:
    """Bring both sides into agreement as far as they changed since the last pull.

    A cursor is saved only after its page was applied, so a pull that dies is taken up where it stopped. `tally` is
    added to as it goes, for the caller who wants to know how far a pull came that did not end. `names`: of the flows
    that are due, if not all of them are; a record that several flows watch is brought to those only.
    """
    tally = Tally() if tally is None else tally
    flows = [flow for flow in road.flows if names is None or flow.name in names]
    tally.add(retry_parked(road, flows))
    started = road.now()
    for where in (Where.THEIRS, Where.OURS):
        side = road.theirs if where is Where.THEIRS else road.ours
        feeds = dict.fromkeys(flow.kind if where is Where.OURS else flow.object for flow in flows)
        since = {name: cursors.get(where, name) for name in feeds}
        empty = {name for name, cursor in since.items() if cursor is None}
        for page in side.changed(since):
            tally.add(sync_page(road, where, page, flows))
            if page.cursor is not None:
                cursors.save(where, page.name, _taken_up(page.cursor, started, overlap))
                empty.discard(page.name)
        for name in empty:
            cursors.save(where, name, Cursor(started).back(overlap + UNKNOWN_CLOCK))
    return tally


def _taken_up(reached: Cursor, started: datetime, overlap: timedelta) -> Cursor:
    """Where the next pull goes on, whether this one ends well or dies behind this page.

    Exactly there, so that it gets on however many records share a stamp, and reads none of them again. But a bit
    earlier among the latest records, where others may still turn up that were stamped before.
    """
    return reached if reached.stamp < started - SETTLED else min(reached, Cursor(started)).back(overlap)


def retry_parked(road: Road, flows: Iterable[Flow] | None = None) -> Tally:
    """Try again every parked pair whose time has come."""
    tally = Tally()
    for flow in road.flows if flows is None else flows:
        for links in chunks(road.links.due(flow.name, road.now()), BATCH):
            tally.add(sync_batch(road, Batch(flow, [change for link in links for change in changes_of(flow, link)])))
    return tally


def changes_of(flow: Flow, link: Link) -> list[Change]:
    """Both ends of a pair, to be looked at afresh."""
    ours = Change(Where.OURS, flow.kind, link.ours)
    return [ours] if link.theirs is None else [ours, Change(Where.THEIRS, flow.object, link.theirs)]


def sync_page(road: Road, where: Where, page: Page, flows: Collection[Flow] | None = None) -> Tally:
    """Bring a page of records into agreement in each flow that watches them, or those of them that are given."""
    tally = Tally()
    changes = [Change(where, page.name, record.id, record) for record in page.records]
    for flow in [flow for flow in road.flows.of(where, page.name) if flows is None or flow in flows]:
        for some in chunks(changes, BATCH):
            tally.add(sync_batch(road, Batch(flow, some)))
    return tally
