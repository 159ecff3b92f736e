"""The road: bring the records a batch points at into agreement on both sides."""

from collections.abc import Sequence
from dataclasses import replace

from timebridge.apply import Work, apply, park_rejected, send_births
from timebridge.changes import Change, Where, unique
from timebridge.errors import Locked, Stale, SyncError, Unlinked, attached
from timebridge.flows import ABSENT, Flow
from timebridge.links import Link, State
from timebridge.merge import Pair, Plan, merge, moved_there
from timebridge.merging import in_use, survivor_of, unknown
from timebridge.pairing import (
    Draft,
    Parents,
    followers,
    known_parents,
    newly_carried,
    read_both,
    refusing,
    unlinked_parents,
)
from timebridge.records import Record
from timebridge.road import Batch, Brake, Road
from timebridge.runs import Tally, What
from timebridge.wanted import has_one, is_wanted

__all__ = ["Batch", "Brake", "Road", "sync_batch"]

MERGES = 50
"""How far a link follows records that were merged into others, which were merged too."""

ATTEMPTS = 4
"""How often a batch is read afresh because somebody was faster, before its message goes back to the queue."""


def sync_batch(road: Road, batch: Batch, tally: Tally | None = None) -> Tally:
    """Bring the records a batch points at into agreement on both sides. What is done is added to `tally` as it goes.

    Raises Transient (also when it keeps losing races), MassDelete, Disconnected, Misconfigured: the message stays.
    A record that is rejected is parked on its link, and the rest goes on.
    """
    batch = replace(batch, changes=unique(batch.changes))
    tally = Tally() if tally is None else tally
    tally.count("seen", len(batch.changes))
    with attached(flow=batch.flow.name):
        for attempt in range(ATTEMPTS):
            batch, drafts = _drafted(road, batch, tally, eager=attempt > 0)
            drafts = [refusing(batch, draft) for draft in drafts]
            tally.count("skipped", 0 if attempt else _left_alone(batch, drafts))
            for parents in unlinked_parents(road, batch, drafts):
                sync_batch(road, parents, tally)
            known = known_parents(road, batch, drafts)
            works = [_planned(road, batch, draft, known) for draft in drafts]
            following = [*followers(road, batch.flow, [theirs for work in works for theirs in _comes_or_goes(work)])]
            road.links.forget([draft.instead for draft in drafts if draft.instead])
            stale = apply(road, batch.flow, works, known, tally)
            for children in (*following, *newly_carried(road, batch.flow, [w.link.ours for w in works if _is_new(w)])):
                sync_batch(road, children, tally)
            if not stale:
                return tally
            batch = replace(batch, changes=[change for work in stale for change in _again(batch.flow, work)])
        raise Stale("The records keep changing while they are synchronised.", detail=f"{len(batch.changes)} changes")


def _drafted(road: Road, batch: Batch, tally: Tally, eager: bool) -> tuple[Batch, list[Draft]]:
    """The pairs of a batch, after the links of records that were merged over there have followed, step by step."""
    for step in range(MERGES):
        links = settle_pending(road, batch, tally)
        found = read_both(road, batch, links, eager=eager or step > 0)
        drafts = [_traced(road, batch.flow, draft) if draft.lost else draft for draft in found]
        merged = [draft for draft in drafts if draft.survivor]
        if not merged:
            return batch, drafts
        batch = follow_merges(road, batch, merged, tally)
    raise Stale("Records that were merged over there lead from one to the next.", detail=f"{MERGES} steps")


def _traced(road: Road, flow: Flow, draft: Draft) -> Draft:
    """A record that was merged nobody knows where to: its survivor, or what a person has to do about it."""
    assert draft.link is not None
    if survivor := survivor_of(road, flow, draft.link):
        return replace(draft, survivor=survivor)
    asked = draft.ours is not None and in_use(road, flow, draft.ours.id)
    return replace(draft, undecided=unknown(flow)) if asked else draft


def _left_alone(batch: Batch, drafts: Sequence[Draft]) -> int:
    """Changes of strangers that are gone, or that the flow would not create on the other side."""
    ours = {draft.link.ours if draft.link else draft.ours and draft.ours.id for draft in drafts}
    theirs = {draft.theirs.id for draft in drafts if draft.theirs} | {d.link.theirs for d in drafts if d.link}
    return sum(id not in ours for id in batch.ids(Where.OURS)) + sum(id not in theirs for id in batch.ids(Where.THEIRS))


def _again(flow: Flow, work: Work) -> list[Change]:
    theirs = work.link.theirs or (work.pair.theirs.id if work.pair.theirs else None)
    changes = [Change(Where.OURS, flow.kind, work.link.ours)]
    return changes if theirs is None else [*changes, Change(Where.THEIRS, flow.object, theirs)]


def follow_merges(road: Road, batch: Batch, merged: Sequence[Draft], tally: Tally) -> Batch:
    """Where records of theirs were merged over there, let their links follow; returns the batch to look at instead.

    A survivor that has a record of ours already gets no second one: then the two of ours become one as well. A record
    that waits for an answer goes first, so that no link follows to a question that follows somewhere else.
    """
    flow, again, forgotten = batch.flow, list(batch.changes), set[str]()
    for draft in sorted(merged, key=lambda each: each.link is None or not each.link.is_stranger):
        assert draft.link is not None
        assert draft.survivor is not None
        if draft.link.ours in forgotten:
            continue
        [*others] = road.links.find(flow.name, theirs=[draft.survivor])
        if others and not others[0].is_stranger and draft.link.is_stranger:
            road.links.forget([draft.link])  # what it asked is answered: there is nothing of ours to merge
        elif others and not others[0].is_stranger:
            _merge_ours(road, flow, draft.link, others[0])
        else:
            road.links.forget(others)
            forgotten |= {other.ours for other in others}
            _saved(road, replace(draft.link, theirs=draft.survivor, theirs_version=None))
        tally.did(What.MERGED, flow.name, draft.link.ours, draft.survivor)
        again.append(Change(Where.THEIRS, flow.object, draft.survivor))
    gone = {draft.link.theirs for draft in merged if draft.link} - {draft.survivor for draft in merged}
    return replace(batch, changes=unique(c for c in again if c.where is Where.OURS or c.id not in gone))


def _merge_ours(road: Road, flow: Flow, link: Link, survivor: Link) -> None:
    road.merge_ours(flow.kind, link.ours, survivor.ours)
    [left] = road.links.find(flow.name, ours=[link.ours])
    _saved(road, left.buried(None))


def _saved(road: Road, link: Link) -> None:
    for outcome in road.links.save([link]):
        if isinstance(outcome, Stale):
            raise outcome


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
    send_births(road, flow, works, tally, repeated=True)
    park_rejected(road, works, tally)
    return links_of(road, batch)


def links_of(road: Road, batch: Batch) -> list[Link]:
    return road.links.find(batch.flow.name, ours=batch.ids(Where.OURS), theirs=batch.ids(Where.THEIRS))


def _planned(road: Road, batch: Batch, draft: Draft, known: Parents) -> Work:
    flow = batch.flow
    theirs, wanted = draft.theirs, draft.trusted or is_wanted(road, batch, draft, known)
    if theirs is not None and not draft.trusted:
        values = flow.incoming(theirs.values, known.ours)
        theirs = Record(theirs.id, values, theirs.version, theirs.stamp, theirs.gone)
    pair = Pair(
        draft.link,
        known.seen_from_there(flow, draft.ours),
        theirs,
        draft.ours is not None and batch.qualifies(Where.OURS, draft.ours) and known.carry(flow, draft.ours),
        wanted,
    )
    ours_id = draft.ours.id if draft.ours else road.new_id(flow.kind)
    link = draft.link or Link(flow.name, ours_id, theirs.id if theirs else None)
    if link.theirs is None and theirs is not None:
        link = replace(link, theirs=theirs.id)
    plan = merge(pair, flow)
    if flow.single and plan.ours and pair.ours is None and has_one(road, flow, plan.ours):
        plan = Plan(skipped="The workspace has one already.")
    if link.state is State.TOMBSTONE and plan.theirs and theirs is None:
        link = replace(link, theirs=None)  # the id of a record that is gone for good
    return Work(link, pair, plan, _trouble(flow, draft, link, pair, plan, known))


def _trouble(flow: Flow, draft: Draft, link: Link, pair: Pair, plan: Plan, known: Parents) -> SyncError | None:
    """Why the plan cannot be carried out."""
    if draft.undecided is not None or link.unborn:
        return draft.undecided or Stale("A create is still under way.")
    return draft.refused or _unlinked(flow, plan, known) or _edited(flow, pair, plan)


def _edited(flow: Flow, pair: Pair, plan: Plan) -> Locked | None:
    """What a bookkeeper made of a posting is theirs: it is neither overwritten nor taken out of the books."""
    base = pair.link.base if pair.link else None
    if not flow.posting or base is None or pair.theirs is None or not (plan.theirs or plan.delete_theirs):
        return None
    moved = moved_there(flow, base, pair.theirs.values)
    if not moved:
        return None
    return Locked(
        f"It was changed in the books since it was posted: {', '.join(moved).replace('_', ' ')}.",
        remedy="Undo the change there, or delete it there and post it again.",
        field=moved[0],
    )


def _comes_or_goes(work: Work) -> list[str]:
    """Their id, if the copy of ours is made or given up: what follows it is read before anything is written."""
    if work.error is not None or work.plan.skipped or work.link.theirs is None:
        return []
    return [work.link.theirs] if work.plan.bury or (work.plan.ours and work.pair.ours is None) else []


def _is_new(work: Work) -> bool:
    """A record of ours that was there already has got its counterpart."""
    was = work.pair.link is not None and work.pair.link.base is not None
    return work.error is None and work.pair.ours is not None and not was and work.link.state is State.LIVE


def _unlinked(flow: Flow, plan: Plan, known: Parents) -> Unlinked | None:
    """A plan that would write a reference whose other end has no counterpart yet."""
    for line in (field for field in flow.fields if field.refers):
        above = line.above((plan.theirs or {}).get(line.ours))
        missing = next((flow for flow, id in above if f"{flow}/{id}" not in known.theirs), None)
        torn = any(conflict.field == line.ours and conflict.theirs == ABSENT for conflict in plan.conflicts)
        if (plan.ours or {}).get(line.ours) == ABSENT or missing or torn:
            where = "the other system" if missing else "this workspace"
            name = line.shown if line.parent else str(missing).rpartition(".")[2]
            return Unlinked(
                f"The {name.removesuffix('_id').replace('_', ' ')} it belongs to is not in {where} yet.",
                remedy="Link or synchronise that record first; this one follows by itself.",
                field=line.shown,
            )
    return None
