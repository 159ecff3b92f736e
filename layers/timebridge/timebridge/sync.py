"""The road: bring the records a batch points at into agreement on both sides."""

from collections.abc import Sequence
from dataclasses import replace

from timebridge.apply import Work, apply, park_rejected, send_births
from timebridge.changes import Change, Where, unique
from timebridge.errors import Stale, Unlinked, attached
from timebridge.flows import ABSENT, Flow
from timebridge.links import Link, State
from timebridge.merge import Pair, Plan, merge
from timebridge.pairing import Draft, Parents, known_parents, read_both, unlinked_parents
from timebridge.records import Record
from timebridge.road import Batch, Brake, Road
from timebridge.runs import Tally

__all__ = ["Batch", "Brake", "Road", "sync_batch"]

ATTEMPTS = 4
"""How often a batch is read afresh because somebody was faster, before its message goes back to the queue."""


def sync_batch(road: Road, batch: Batch) -> Tally:
    """Bring the records a batch points at into agreement on both sides.

    Raises Transient (also when it keeps losing races), MassDelete, Disconnected, Misconfigured: the message stays.
    A record that is rejected is parked on its link, and the rest goes on.
    """
    batch = replace(batch, changes=unique(batch.changes))
    tally = Tally(seen=len(batch.changes))
    with attached(flow=batch.flow.name):
        for attempt in range(ATTEMPTS):
            links = settle_pending(road, batch, tally)
            drafts = read_both(road, batch, links, eager=attempt > 0)
            tally.count("skipped", 0 if attempt else _left_alone(batch, drafts))
            for parents in unlinked_parents(road, batch, drafts):
                tally.add(sync_batch(road, parents))
            known = known_parents(road, batch, drafts)
            works = [_planned(road, batch, draft, known) for draft in drafts]
            stale = apply(road, batch.flow, works, known, tally)
            if not stale:
                return tally
            batch = replace(batch, changes=[change for work in stale for change in _again(batch.flow, work)])
        raise Stale("The records keep changing while they are synchronised.", detail=f"{len(batch.changes)} changes")


def _left_alone(batch: Batch, drafts: Sequence[Draft]) -> int:
    """Changes of strangers that are gone, or that the flow would not create on the other side."""
    ours = {draft.link.ours if draft.link else draft.ours and draft.ours.id for draft in drafts}
    theirs = {draft.theirs.id for draft in drafts if draft.theirs} | {d.link.theirs for d in drafts if d.link}
    return sum(id not in ours for id in batch.ids(Where.OURS)) + sum(id not in theirs for id in batch.ids(Where.THEIRS))


def _again(flow: Flow, work: Work) -> list[Change]:
    theirs = work.link.theirs or (work.pair.theirs.id if work.pair.theirs else None)
    changes = [Change(Where.OURS, flow.kind, work.link.ours)]
    return changes if theirs is None else [*changes, Change(Where.THEIRS, flow.object, theirs)]


def settle_pending(road: Road, batch: Batch, tally: Tally) -> list[Link]:
    """Finish what a crash left half born: before a stranger is adopted, and before the record is looked at again.

    Returns the links of the batch as they are after it.
    """
    flow = batch.flow
    links = links_of(road, batch)
    strangers = set(batch.ids(Where.THEIRS)) - {link.theirs for link in links}
    lonely = flow.match is not None and set(batch.ids(Where.OURS)) - {link.ours for link in links if not link.open}
    unborn = road.links.unborn(flow.name) if strangers or lonely else [link for link in links if link.unborn]
    if not unborn:
        return links
    works = [Work(link, Pair(link, None, None), Plan()) for link in unborn]
    send_births(road, flow, works, repeated=True)
    park_rejected(road, works, tally)
    return links_of(road, batch)


def links_of(road: Road, batch: Batch) -> list[Link]:
    return road.links.find(batch.flow.name, ours=batch.ids(Where.OURS), theirs=batch.ids(Where.THEIRS))


def _planned(road: Road, batch: Batch, draft: Draft, known: Parents) -> Work:
    flow = batch.flow
    theirs = draft.theirs
    if theirs is not None and not draft.trusted:
        values = flow.incoming(theirs.values, known.ours)
        theirs = Record(theirs.id, values, theirs.version, theirs.stamp, theirs.gone)
    pair = Pair(
        draft.link,
        draft.ours,
        theirs,
        batch.qualifies(Where.OURS, draft.ours),
        draft.trusted or batch.qualifies(Where.THEIRS, draft.theirs),
    )
    ours_id = draft.ours.id if draft.ours else road.new_id(flow.kind)
    link = draft.link or Link(flow.name, ours_id, theirs.id if theirs else None)
    if link.theirs is None and theirs is not None:
        link = replace(link, theirs=theirs.id)
    plan = merge(pair, flow)
    if link.state is State.TOMBSTONE and plan.theirs and theirs is None:
        link = replace(link, theirs=None)  # the id of a record that is gone for good
    error = Stale("A create is still under way.") if link.unborn else _unlinked(flow, plan, known)
    return Work(link, pair, plan, error)


def _unlinked(flow: Flow, plan: Plan, known: Parents) -> Unlinked | None:
    """A plan that would write a reference whose other end has no counterpart yet."""
    for parent in flow.parents:
        incoming = (plan.ours or {}).get(parent.ours)
        outgoing = (plan.theirs or {}).get(parent.ours)
        missing = bool(outgoing) and f"{parent.parent}/{outgoing}" not in known.theirs
        torn = any(conflict.field == parent.ours and conflict.theirs == ABSENT for conflict in plan.conflicts)
        if incoming == ABSENT or missing or torn:
            where = "the other system" if missing else "this workspace"
            return Unlinked(
                f"The {parent.ours.removesuffix('_id').replace('_', ' ')} it belongs to is not in {where} yet.",
                remedy="Link or synchronise that record first; this one follows by itself.",
                field=parent.ours,
            )
    return None
