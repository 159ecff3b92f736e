"""The road: bring the records a batch points at into agreement on both sides."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol
from uuid import uuid4

from timebridge.changes import Change, Where, chunks, unique
from timebridge.errors import MassDelete, Rejected, Stale, SyncError, Unlinked, attached
from timebridge.flows import ABSENT, Flow, Flows, look_up
from timebridge.links import Birth, Link, Links, Problem, State
from timebridge.merge import Pair, Plan, merge
from timebridge.records import Record, Values
from timebridge.runs import Tally
from timebridge.sides import Create, Delete, Side, Update, Write, Written

ATTEMPTS = 4
"""How often a batch is read afresh because somebody was faster, before its message goes back to the queue."""

FIRST_RETRY, LAST_RETRY = timedelta(minutes=5), timedelta(hours=24)
"""How long a parked record rests before it is tried again: doubled each time, up to a day."""


class Road(Protocol):
    """What the road of one connection needs; `timebridge.context` puts it together."""

    ours: Side
    theirs: Side
    links: Links
    flows: Flows
    brake: "Brake"
    now: Callable[[], datetime]
    new_id: Callable[[str], str]
    """A fresh id for a record of ours of the given kind."""


@dataclass
class Brake:
    """Refuses the impossible mass delete: more than `share` of a flow's links in one run, beyond a handful."""

    share: float = 0.2
    handful: int = 10
    released: bool = False
    buried: dict[str, int] = field(default_factory=dict)

    def check(self, flow: str, more: int, links: Links) -> None:
        """Raises MassDelete before anything is deleted."""
        count = self.buried.get(flow, 0) + more
        if not self.released and count > self.handful and count > self.share * (links.count(flow) + count - more):
            raise MassDelete(
                f"This run would delete {count} records, more than a fifth of what is linked.",
                remedy="Check whether they were really deleted. If so, confirm the deletion and run the sync again.",
                flow=flow,
            )
        self.buried[flow] = count


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes of one flow. `required`: something refers to them, so the flow's condition does not hold them back."""

    flow: Flow
    changes: Sequence[Change]
    required: bool = False

    def ids(self, where: Where) -> list[str]:
        return [change.id for change in self.changes if change.where is where]

    def seen(self, where: Where) -> dict[str, Record]:
        """The fresh reads that came along with the changes."""
        return {c.id: c.record for c in self.changes if c.where is where and c.record is not None}

    def qualifies(self, where: Where, record: Record | None) -> bool:
        when = self.flow.when_ours if where is Where.OURS else self.flow.when_theirs
        return record is not None and (self.required or when(record.values))


@dataclass(frozen=True, slots=True)
class Draft:
    """A pair whose theirs is still in their terms. `trusted`: theirs was not read, the link says what they hold."""

    link: Link | None
    ours: Record | None
    theirs: Record | None
    trusted: bool = False


@dataclass(slots=True)
class Work:
    """One pair on its way through `apply`."""

    link: Link
    pair: Pair
    plan: Plan
    error: SyncError | None = None


def sync_batch(road: Road, batch: Batch) -> Tally:
    """Bring the records a batch points at into agreement on both sides.

    Raises Transient (also when it keeps losing races), MassDelete, Disconnected, Misconfigured: the message stays.
    A record that is rejected is parked on its link, and the rest goes on.
    """
    batch = replace(batch, changes=unique(batch.changes))
    tally = Tally(seen=len(batch.changes))
    with attached(flow=batch.flow.name):
        for attempt in range(ATTEMPTS):
            settle_pending(road, batch, tally)
            drafts = read_both(road, batch, eager=attempt > 0)
            for parents in unlinked_parents(road, batch, drafts):
                tally.add(sync_batch(road, parents))
            known = known_parents(road, batch, drafts)
            works = [_planned(road, batch, draft, known) for draft in drafts]
            stale = apply(road, batch.flow, works, known, tally)
            if not stale:
                return tally
            batch = replace(batch, changes=[change for work in stale for change in _again(batch.flow, work)])
        raise Stale("The records keep changing while they are synchronised.", detail=f"{len(batch.changes)} changes")


def _again(flow: Flow, work: Work) -> list[Change]:
    theirs = work.link.theirs or (work.pair.theirs.id if work.pair.theirs else None)
    changes = [Change(Where.OURS, flow.kind, work.link.ours)]
    return changes if theirs is None else [*changes, Change(Where.THEIRS, flow.object, theirs)]


# --- settle ----------------------------------------------------------------------------------------------------------


def settle_pending(road: Road, batch: Batch, tally: Tally) -> None:
    """Finish what a crash left half born: before a stranger is adopted, and before the record is looked at again."""
    flow = batch.flow
    links = road.links.find(flow.name, ours=batch.ids(Where.OURS), theirs=batch.ids(Where.THEIRS))
    strangers = set(batch.ids(Where.THEIRS)) - {link.theirs for link in links}
    lonely = flow.match is not None and set(batch.ids(Where.OURS)) - {link.ours for link in links if not link.open}
    unborn = road.links.unborn(flow.name) if strangers or lonely else [link for link in links if link.unborn]
    works = [Work(link, Pair(link, None, None), Plan()) for link in unborn]
    if works:
        births = [link.birth.values for link in unborn if link.birth]
        _send_births(road, flow, works, _parents_of_ours(road, flow, births), repeated=True)
        _park_rejected(road, works, tally)


# --- read ------------------------------------------------------------------------------------------------------------


def read_both(road: Road, batch: Batch, eager: bool) -> list[Draft]:
    """The pairs of a batch, with one read per side whatever its size.

    Theirs is not read where the change is ours and the link says what they hold: the write is conditional on it.
    """
    flow = batch.flow
    ours_ids, theirs_ids = batch.ids(Where.OURS), batch.ids(Where.THEIRS)
    links = road.links.find(flow.name, ours=ours_ids, theirs=theirs_ids)
    trusted = set() if eager else {link.ours for link in links if link.theirs not in theirs_ids and _settled(link)}
    seen = {where: {} if eager else batch.seen(where) for where in Where}
    unread = [link.theirs for link in links if link.ours not in trusted]
    theirs = _read(road.theirs, flow.object, [*theirs_ids, *unread], seen[Where.THEIRS])
    ours = _read(road.ours, flow.kind, [*ours_ids, *(link.ours for link in links)], seen[Where.OURS])
    drafts = {
        link.ours: _trusting(link, ours.get(link.ours))
        if link.ours in trusted
        else Draft(link, ours.get(link.ours), theirs.get(link.theirs or ""))
        for link in links
    }
    linked = {link.theirs for link in links}
    strangers = [record for id, record in theirs.items() if id not in linked]
    lonely = _adopt_theirs(road, batch, strangers, ours, drafts)
    _adopt_ours(road, batch, ours, {record.id for record in lonely}, drafts)
    return [*drafts.values(), *(Draft(None, None, record) for record in lonely)]


def _settled(link: Link) -> bool:
    """What they hold is known without looking: nothing is open and the last write told its version."""
    return link.state is State.LIVE and link.theirs_version is not None and link.base is not None and not link.conflicts


def _trusting(link: Link, ours: Record | None) -> Draft:
    return Draft(link, ours, Record(link.theirs or "", link.base or {}, link.theirs_version), trusted=True)


def _read(side: Side, name: str, ids: Iterable[str | None], seen: Mapping[str, Record]) -> dict[str, Record]:
    missing = [id for id in dict.fromkeys(ids) if id is not None and id not in seen]
    found = side.read(name, missing) if missing else []
    return {record.id: record for record in (*seen.values(), *found) if not record.gone}


def _adopt_theirs(
    road: Road, batch: Batch, strangers: Sequence[Record], ours: Mapping[str, Record], drafts: dict[str, Draft]
) -> list[Record]:
    """Pair qualifying strangers of theirs with unlinked records of ours; returns those that stay alone."""
    flow = batch.flow
    strangers = [record for record in strangers if batch.qualifies(Where.THEIRS, record)]
    match = flow.match_field
    if match is None or not strangers:
        return strangers
    keys = {record.id: _match_key(flow.incoming(record.values, {})[match.ours]) for record in strangers}
    found = road.ours.read(flow.kind, [key for key in dict.fromkeys(keys.values()) if key], by=match.ours)
    links = {link.ours: link for link in road.links.find(flow.name, ours=[record.id for record in found])}
    free = {
        _match_key(record.values.get(match.ours)): record
        for record in reversed(found)
        if not record.gone and _may_adopt(links.get(record.id), drafts.get(record.id))
    }
    lonely = []
    for record in strangers:
        mine = free.pop(keys[record.id], None)
        if mine is None:
            lonely.append(record)
        else:
            drafts[mine.id] = Draft(links.get(mine.id), ours.get(mine.id, mine), record)
    return lonely


def _may_adopt(link: Link | None, draft: Draft | None) -> bool:
    return (link is None or link.open) and (draft is None or draft.theirs is None)


def _adopt_ours(
    road: Road, batch: Batch, ours: Mapping[str, Record], taken: set[str], drafts: dict[str, Draft]
) -> None:
    """Add the unlinked records of ours, each with the unlinked record of theirs that matches it, if there is one."""
    flow, match = batch.flow, batch.flow.match_field
    mine = [record for record in ours.values() if _wants_theirs(batch, record, drafts.get(record.id))]
    free: dict[str | None, Record] = {}
    if match is not None and flow.direction.comes_in and mine:
        keys = [key for key in dict.fromkeys(_match_key(record.values.get(match.ours)) for record in mine) if key]
        found = [record for record in road.theirs.read(flow.object, keys, by=match.theirs[0]) if not record.gone]
        known = {link.theirs for link in road.links.find(flow.name, theirs=[record.id for record in found])} | taken
        free = {
            _match_key(flow.incoming(record.values, {})[match.ours]): record
            for record in reversed(found)
            if record.id not in known and flow.when_theirs(record.values)
        }
    for record in mine:
        link = drafts[record.id].link if record.id in drafts else None
        theirs = free.pop(_match_key(record.values.get(match.ours)), None) if match else None
        drafts[record.id] = Draft(link, record, theirs)


def _wants_theirs(batch: Batch, record: Record, draft: Draft | None) -> bool:
    if draft is not None and (draft.theirs is not None or draft.link is None or not draft.link.open):
        return False
    flow = batch.flow
    return flow.direction.goes_out and flow.create_theirs and batch.qualifies(Where.OURS, record)


def _match_key(value: object) -> str | None:
    return " ".join(str(value).split()).casefold() if value is not None else None


# --- parents ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parents:
    """Ids of linked parents by "flow/id": ours for theirs, and theirs for ours."""

    ours: Mapping[str, str]
    theirs: Mapping[str, str]


def unlinked_parents(road: Road, batch: Batch, drafts: Sequence[Draft]) -> Iterator[Batch]:
    """Batches of the records that the drafts refer to and that have no counterpart yet: clients before projects."""
    wanted = _wanted_parents(batch, drafts)
    known = _known(road, wanted)
    for name in dict.fromkeys(flow for _, flow, _ in wanted):
        flow = road.flows[name]
        changes = [
            Change(where, flow.kind if where is Where.OURS else flow.object, id)
            for where, parent, id in wanted
            if parent == name and f"{name}/{id}" not in (known.theirs if where is Where.OURS else known.ours)
        ]
        if changes:
            yield Batch(flow, changes, required=True)


def known_parents(road: Road, batch: Batch, drafts: Sequence[Draft]) -> Parents:
    return _known(road, _wanted_parents(batch, drafts))


def _parents_of_ours(road: Road, flow: Flow, values: Sequence[Values]) -> Parents:
    return _known(road, _refs(Where.OURS, flow, values))


type _Wanted = dict[tuple[Where, str, str], None]


def _wanted_parents(batch: Batch, drafts: Sequence[Draft]) -> _Wanted:
    flow = batch.flow
    if not flow.parents:
        return {}
    live = [d for d in drafts if d.link is None or d.link.state is not State.TOMBSTONE or (d.ours and d.theirs)]
    theirs = [
        d.theirs.values
        for d in live
        if d.theirs and not d.trusted and (d.link or d.ours or batch.qualifies(Where.THEIRS, d.theirs))
    ]
    ours = [d.ours.values for d in live if d.ours and (d.link or d.theirs or batch.qualifies(Where.OURS, d.ours))]
    return _refs(Where.THEIRS, flow, theirs) | _refs(Where.OURS, flow, ours)


def _refs(where: Where, flow: Flow, records: Sequence[Mapping[str, object]]) -> _Wanted:
    wanted: _Wanted = {}
    for parent in flow.parents:
        path = parent.ours if where is Where.OURS else parent.theirs[0]
        direction = flow.direction_of(parent)
        if direction.goes_out if where is Where.OURS else direction.comes_in:
            for values in records:
                id = look_up(values, path)
                if id:
                    wanted[where, parent.parent or "", str(id)] = None
    return wanted


def _known(road: Road, wanted: _Wanted) -> Parents:
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    for name in dict.fromkeys(flow for _, flow, _ in wanted):
        ids = {where: [id for w, flow, id in wanted if w is where and flow == name] for where in Where}
        for link in road.links.find(name, ours=ids[Where.OURS], theirs=ids[Where.THEIRS]):
            if link.usable and link.theirs is not None:
                ours[f"{name}/{link.theirs}"] = link.ours
                theirs[f"{name}/{link.ours}"] = link.theirs
    return Parents(ours, theirs)


# --- decide ----------------------------------------------------------------------------------------------------------


def _planned(road: Road, batch: Batch, draft: Draft, known: Parents) -> Work:
    flow = batch.flow
    theirs = draft.theirs
    if theirs is not None and not draft.trusted:
        theirs = replace(theirs, values=flow.incoming(theirs.values, known.ours))
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


# --- act -------------------------------------------------------------------------------------------------------------


def apply(road: Road, flow: Flow, works: Sequence[Work], known: Parents, tally: Tally) -> list[Work]:
    """Write theirs, write ours, save links, park refusals. Returns the pairs for which somebody was faster."""
    doing = [work for work in works if not work.plan.skipped and work.error is None]
    road.brake.check(flow.name, sum(work.plan.deletes for work in doing), road.links)
    _create_theirs(road, flow, [w for w in doing if w.plan.theirs and w.pair.theirs is None], known)
    _create_ours(road, flow, [w for w in doing if w.plan.ours and w.pair.ours is None])
    _write(road.theirs, flow.object, [(w, write) for w in doing if (write := _write_theirs(flow, w, known))])
    _write(road.ours, flow.kind, [(w, write) for w in doing if (write := _write_ours(w))])
    _park_rejected(road, [work for work in works if not isinstance(work.error, Stale)], tally)
    _save(road, [(work, _agreed(work)) for work in works if work.error is None])
    for work in works:
        _count(work, tally)
    return [work for work in works if isinstance(work.error, Stale)]


def _create_theirs(road: Road, flow: Flow, works: Sequence[Work], known: Parents) -> None:
    for chunk in chunks(works, road.theirs.batch_limit):
        request = uuid4().hex
        births = [
            (work, work.link.reserved(Birth(work.plan.theirs or {}, request, str(number))))
            for number, work in enumerate(chunk, 1)
        ]
        _save(road, births)
        _send_births(road, flow, [work for work in chunk if work.error is None], known, repeated=False)


def _send_births(road: Road, flow: Flow, works: Sequence[Work], known: Parents, repeated: bool) -> None:
    """Send reserved creates: each batch as it was reserved, so that the far side recognises a repetition.

    What was born in an earlier attempt may have been edited since, so a repetition does not claim to know its version.
    """
    by_request = sorted(works, key=lambda work: (_birth(work).request, int(_birth(work).item)))
    for _, group in groupby(by_request, key=lambda work: _birth(work).request):
        batch = list(group)
        outcomes = road.theirs.write(flow.object, [_create(flow, work, known, repeated) for work in batch])
        for work, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, SyncError):
                work.error = outcome
        _save(
            road,
            [
                (work, work.link.born(outcome.id, None if repeated else outcome.version))
                for work, outcome in zip(batch, outcomes, strict=True)
                if isinstance(outcome, Written)
            ],
        )


def _birth(work: Work) -> Birth:
    assert work.link.birth is not None
    return work.link.birth


def _create(flow: Flow, work: Work, known: Parents, repeated: bool) -> Create:
    birth = _birth(work)
    values = {**(flow.on_create_theirs or {}), **flow.outgoing(birth.values, known.theirs)}
    return Create(work.link.ours, values, birth.request, birth.item, repeated)


def _create_ours(road: Road, flow: Flow, works: Sequence[Work]) -> None:
    _save(road, [(work, work.link.reserved()) for work in works])
    creates: list[tuple[Work, Write]] = [
        (work, Create(work.link.ours, {**(flow.on_create_ours or {}), **(work.plan.ours or {})}, work.link.ours, "1"))
        for work in works
        if work.error is None
    ]
    _write(road.ours, flow.kind, creates)


def _write_theirs(flow: Flow, work: Work, known: Parents) -> Write | None:
    theirs, plan = work.pair.theirs, work.plan
    if theirs is None or work.error is not None:
        return None
    if plan.delete_theirs:
        return Delete(theirs.id, theirs.version)
    return Update(theirs.id, flow.outgoing(plan.theirs, known.theirs), theirs.version) if plan.theirs else None


def _write_ours(work: Work) -> Write | None:
    ours, plan = work.pair.ours, work.plan
    if ours is None or work.error is not None:
        return None
    if plan.delete_ours:
        return Delete(ours.id, ours.version)
    return Update(ours.id, plan.ours, ours.version) if plan.ours else None


def _write(side: Side, name: str, writes: Sequence[tuple[Work, Write]]) -> None:
    for chunk in chunks(writes, side.batch_limit):
        outcomes = side.write(name, [write for _, write in chunk])
        for (work, write), outcome in zip(chunk, outcomes, strict=True):
            if isinstance(outcome, SyncError):
                work.error = outcome
            elif isinstance(write, Update) and work.pair.theirs is not None and write.id == work.pair.theirs.id:
                work.pair = replace(work.pair, theirs=replace(work.pair.theirs, version=outcome.version))


def _agreed(work: Work) -> Link:
    """The link as it is when everything planned for the pair was done."""
    link, plan, theirs = work.link, work.plan, work.pair.theirs
    if plan.skipped:
        return link.buried(None) if link.state is State.PARKED and link.base is None else link
    if plan.bury:
        return link.buried(plan.kept)
    return Link(
        flow=link.flow,
        ours=link.ours,
        theirs=link.theirs,
        state=State.LIVE,
        base=plan.base,
        theirs_version=theirs.version if theirs else link.theirs_version,
        conflicts=plan.conflicts,
        revision=link.revision,
    )


def _save(road: Road, changed: Sequence[tuple[Work, Link]]) -> None:
    """Save what differs from what is stored; a pair whose link somebody else saved first is stale."""
    news = [(work, link) for work, link in changed if link != work.pair.link and not (_ghost(work, link))]
    for (work, _), saved in zip(news, road.links.save([link for _, link in news]), strict=True):
        if isinstance(saved, Stale):
            work.error = saved
        else:
            work.link = saved
            work.pair = replace(work.pair, link=saved)


def _ghost(work: Work, link: Link) -> bool:
    """A record that was only looked at needs no link."""
    return bool(work.plan.skipped) and link.revision == 0


def _park_rejected(road: Road, works: Sequence[Work], tally: Tally) -> None:
    rejected = [(work, work.error) for work in works if isinstance(work.error, Rejected)]
    _save(road, [(work, work.link.parked(_problem(road, work.link, error))) for work, error in rejected])
    for work, error in rejected:
        tally.count("parked")
        tally.problem(work.link.flow, work.link.ours, work.link.theirs, error)


def _problem(road: Road, link: Link, error: SyncError) -> Problem:
    tries = (link.problem.tries if link.problem else 0) + 1
    pause = min(FIRST_RETRY * 2 ** min(tries - 1, 12), LAST_RETRY)
    return Problem(error.for_user, error.remedy, error.field, tries, road.now() + pause, type(error).__name__)


def _count(work: Work, tally: Tally) -> None:
    plan = work.plan
    if work.error is not None:
        return
    if plan.skipped:
        tally.count("skipped")
    elif plan.deletes:
        tally.count("deleted")
    elif plan.ours or plan.theirs:
        if plan.ours:
            tally.count("created_ours" if work.pair.ours is None else "updated_ours")
        if plan.theirs:
            tally.count("created_theirs" if work.pair.theirs is None else "updated_theirs")
    else:
        tally.count("unchanged")
    tally.count("conflicts", len(plan.conflicts))
