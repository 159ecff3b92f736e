"""A few records of a flow to look at, each with its counterpart, as far as there is one. Read from both sides."""

from collections.abc import Sequence
from contextlib import suppress

from timebridge.context import Context
from timebridge.errors import SyncError
from timebridge.flows import Flow
from timebridge.links import Link, State
from timebridge.pairing import Draft
from timebridge.records import Record
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace

MOST = 5
"""Records that are tried at once: each costs a read over there."""

PAGES = 4
"""How many pages of links are looked through for pairs that are alive."""


def samples(road: Context, flow: Flow, ids: Sequence[str], q: str) -> list[Draft]:
    """Those with these ids of ours, those that `q` names, or any that are linked."""
    if ids:
        return _pairs(road, flow, ids=ids[:MOST])
    if q.strip():
        named = [record.id for record in Workspace(road.connection.tenant).page(flow.kind, q=q, limit=MOST)[0]]
        return _pairs(road, flow, ids=named) or _pairs(road, flow, there=_named_there(road, flow, q))
    linked = _linked(road, flow)
    return _pairs(road, flow, links=linked) if linked else _alone(road, flow)


def _linked(road: Context, flow: Flow) -> list[Link]:
    store, found = DynamoLinks(road.connection.tenant, road.connection.id), list[Link]()
    start: str | None = None
    for _ in range(PAGES):
        links, start = store.page(flow.name, State.LIVE, start, MOST * 5)
        found += [link for link in links if link.theirs is not None]
        if start is None or len(found) >= MOST:
            break
    return found[:MOST]


def _named_there(road: Context, flow: Flow, q: str) -> list[Record]:
    names = [line for line in flow.fields if line.ours in ("name", flow.match) and not line.parent]
    with suppress(SyncError):
        found = [each for line in names[:1] for each in road.theirs.read(flow.object, [q.strip()], by=line.theirs[0])]
        return [record for record in found if not record.gone][:MOST]
    return []


def _alone(road: Context, flow: Flow) -> list[Draft]:
    """Records that have no counterpart yet: of ours where they go out, else of theirs."""
    if flow.direction.goes_out:
        found, _ = Workspace(road.connection.tenant).page(flow.kind, limit=MOST)
        if found:
            return _pairs(road, flow, ids=[record.id for record in found])
    if not flow.direction.comes_in:
        return []
    page = next(iter(road.theirs.changed({flow.object: None})), None)
    return _pairs(road, flow, there=[each for each in page.records if not each.gone][:MOST] if page else [])


def _pairs(
    road: Context, flow: Flow, ids: Sequence[str] = (), links: Sequence[Link] = (), there: Sequence[Record] = ()
) -> list[Draft]:
    known = list(links) or road.links.find(flow.name, ours=[*ids], theirs=[record.id for record in there])
    known = [link for link in known if link.state is not State.TOMBSTONE]
    mine = _found(road.ours.read(flow.kind, [*dict.fromkeys([*ids, *(link.ours for link in known)])]))
    wanted = [link.theirs for link in known if link.theirs and link.theirs not in {record.id for record in there}]
    theirs = _found([*there, *(road.theirs.read(flow.object, wanted) if wanted else ())])
    drafts = [Draft(link, mine.pop(link.ours, None), theirs.pop(link.theirs or "", None)) for link in known]
    alone = [*(Draft(None, record, None) for record in mine.values())]
    alone += [Draft(None, None, record) for record in theirs.values()]
    return [draft for draft in (*drafts, *alone) if draft.ours or draft.theirs][:MOST]


def _found(records: Sequence[Record]) -> dict[str, Record]:
    return {record.id: record for record in records if not record.gone}
