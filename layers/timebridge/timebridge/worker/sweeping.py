"""The sweep: what is linked and not there any more, in an object whose deletions no feed tells.

A sweep of every day looks at what is of the last weeks, where people still change things; the reconciliation at all.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, timedelta

from timebridge.changes import Where
from timebridge.context import Context
from timebridge.flows import Flow
from timebridge.links import Link, State
from timebridge.providers.provider import Charged
from timebridge.pull import changes_of
from timebridge.runs import Tally
from timebridge.store.links import DynamoLinks
from timebridge.sync import Batch, sync_batch

AT_ONCE = 1500
"""Links that are looked up together: as many ids as fit into one call of Salesforce."""

RECENT = timedelta(days=62)
"""Two months: what is older is billed and closed, and is looked for on Sundays."""


def sweeper(road: Context, names: Collection[str] | None, rare: bool, tally: Tally) -> Callable[[str], object]:
    """For `pull`, whose `tally` it is. `rare`: also the recent records of objects whose deletions are never told, which
    costs reads."""
    side = road.theirs

    def sweep(name: str) -> None:
        every = not (isinstance(side, Charged) and side.is_rare(name))
        since = None if every else road.now().date() - RECENT
        if every or rare:
            swept(road, name, tally, names, since)

    return sweep


def swept(road: Context, name: str, tally: Tally, names: Collection[str] | None, since: date | None) -> None:
    """Look for the counterparts of what is linked. `since`: only of records of that day or later."""
    for flow in road.flows.of(Where.THEIRS, name):
        if names is None or flow.name in names:
            for links in _pages(road, flow):
                recent = [link for link in links if since is None or (day_of(road, flow, link) or "") >= str(since)]
                look_after(road, flow, gone(road, flow, recent), tally)


def _pages(road: Context, flow: Flow) -> Iterator[list[Link]]:
    store, start = DynamoLinks(road.connection.tenant, road.connection.id), ""
    more: str | None = start
    while more is not None:
        links, more = store.page(flow.name, None, more or None, AT_ONCE)
        yield links


def gone(road: Context, flow: Flow, links: Sequence[Link]) -> list[Link]:
    """Those whose record there is not there any more."""
    linked = {link.theirs: link for link in links if link.theirs and link.state is not State.TOMBSTONE}
    if not linked:
        return []
    side = road.theirs
    if isinstance(side, Charged):
        there = side.there(flow.object, {id: day_of(road, flow, link) for id, link in linked.items()})
    else:
        there = {record.id for record in side.read(flow.object, list(linked)) if not record.gone}
    return [link for id, link in linked.items() if id not in there]


def look_after(road: Context, flow: Flow, links: Sequence[Link], tally: Tally) -> None:
    sync_batch(road, Batch(flow, [change for link in links for change in changes_of(flow, link)]), tally)


def day_of(road: Context, flow: Flow, link: Link) -> str | None:
    """The day of the transaction of theirs, as both sides agreed on it last."""
    dated = road.theirs.dated if isinstance(road.theirs, Charged) else None
    ours = next((field.ours for field in flow.fields if field.theirs == (dated,)), None)
    day = (link.base or {}).get(ours) if ours else None
    return str(day) if day else None
