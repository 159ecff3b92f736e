"""From plans to writes: reserve, write theirs, write ours, save links, park refusals."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from uuid import uuid4

from timebridge.attempts import attempt
from timebridge.changes import Where, chunks
from timebridge.deeds import DONE, became
from timebridge.errors import Rejected, Stale, SyncError, Undecided
from timebridge.flows import Flow
from timebridge.links import Birth, Link, State
from timebridge.merge import Pair, Plan, moved_there
from timebridge.pairing import Parents
from timebridge.parking import introduce, parked
from timebridge.records import Candidate, Record
from timebridge.road import Road
from timebridge.runs import Tally, What
from timebridge.sides import Create, Delete, Update, Write, Written


@dataclass(slots=True)
class Work:
    """One pair on its way through `apply`. `failed`: the write that came to nothing. `stored`: its link as it was last
    saved."""

    link: Link
    pair: Pair
    plan: Plan
    error: SyncError | None = None
    failed: tuple[Where, Write] | None = None
    stored: Link | None = field(init=False)

    def __post_init__(self) -> None:
        self.stored = self.pair.link


def apply(road: Road, flow: Flow, works: Sequence[Work], known: Parents, tally: Tally) -> list[Work]:
    """Write theirs, write ours, save links, park refusals. Returns the pairs for which somebody was faster."""
    doing = [work for work in works if not work.plan.skipped and work.error is None]
    road.brake.check(flow.name, sum(_is_loss(work) for work in doing), road.links)
    dying = [(w, Where.OURS if w.plan.delete_ours else Where.THEIRS) for w in doing if w.plan.deletes]
    _save(road, [(work, work.link.condemned(where)) for work, where in dying])
    _create_theirs(road, flow, [w for w in doing if w.plan.theirs and w.pair.theirs is None], known, tally)
    _create_ours(road, flow, [w for w in doing if w.plan.ours and w.pair.ours is None], tally)
    changed = [(w, write) for w in doing if (write := _write_theirs(flow, w, known))]
    done = _write(road, Where.THEIRS, flow.object, changed, tally)
    for work, written in done:
        if work.pair.theirs is not None:
            work.pair = replace(work.pair, theirs=replace(work.pair.theirs, version=written.version))
    _write(road, Where.OURS, flow.kind, [(w, write) for w in doing if (write := _write_ours(w))], tally)
    now = road.now()
    park_rejected(road, [work for work in works if not isinstance(work.error, Stale)], tally)
    _save(road, [(work, _agreed(flow, work, now)) for work in works if work.error is None])
    for work in works:
        _count(work, tally)
    return [work for work in works if isinstance(work.error, Stale)]


def _create_theirs(road: Road, flow: Flow, works: Sequence[Work], known: Parents, tally: Tally) -> None:
    for chunk in chunks(works, road.theirs.batch_limit):
        request = uuid4().hex
        births = [_birth_of(flow, work, known, request, number) for number, work in enumerate(chunk, 1)]
        _save(road, [(work, work.link.reserved(birth)) for work, birth in zip(chunk, births, strict=True)])
        send_births(road, flow, [work for work in chunk if work.error is None], tally, repeated=False)


def _birth_of(flow: Flow, work: Work, known: Parents, request: str, number: int) -> Birth:
    values = work.plan.theirs or {}
    keys = [f"{parent}/{id}" for parent, id in flow.above(values)]
    return Birth(values, request, str(number), {key: known.theirs[key] for key in keys}, work.link.forced)


def send_births(road: Road, flow: Flow, works: Sequence[Work], tally: Tally, *, repeated: bool) -> None:
    """Send reserved creates: each batch as it was reserved, so that the far side recognises a repetition.

    What was born in an earlier attempt may have been edited since, so a repetition does not claim to know its version.
    """
    by_request = sorted(works, key=lambda work: (_birth(work).request, int(_birth(work).item)))
    for _, group in groupby(by_request, key=lambda work: _birth(work).request):
        batch = list(group)
        creates = [_create(flow, work, repeated) for work in batch]
        outcomes = road.theirs.write(flow.object, creates)
        outcomes = _not_anothers(road, flow, outcomes) if repeated else outcomes
        for work, create, outcome in zip(batch, creates, outcomes, strict=True):
            if isinstance(outcome, SyncError):
                work.error, work.failed = outcome, (Where.THEIRS, create)
        born = [
            (work, work.link.born(outcome.id, None if repeated else outcome.version))
            for work, outcome in zip(batch, outcomes, strict=True)
            if isinstance(outcome, Written)
        ]
        _save(road, born)
        for _, link in born:
            tally.did(What.CREATED_THEIRS, *link.names)


def _not_anothers(road: Road, flow: Flow, outcomes: Sequence[Written | SyncError]) -> list[Written | SyncError]:
    """A side that knows what it created by its values may take the twin of another record of ours for it."""
    ids = [outcome.id for outcome in outcomes if isinstance(outcome, Written)]
    found = road.links.find(flow.name, theirs=ids) if ids else []
    linked = {link.theirs for link in found if not link.is_stranger}
    return [_twin(out.id) if isinstance(out, Written) and out.id in linked else out for out in outcomes]


def _twin(id: str) -> Undecided:
    said = "There is a record like it, which belongs to another one here."
    remedy = "Say that it is a new one, or merge the two here."
    return Undecided(said, remedy=remedy, candidates=(Candidate(id, None, 0),), theirs=True)


def _birth(work: Work) -> Birth:
    assert work.link.birth is not None
    return work.link.birth


def _create(flow: Flow, work: Work, repeated: bool) -> Create:
    birth = _birth(work)
    values = {**(flow.on_create_theirs or {}), **flow.outgoing(birth.values, birth.parents)}
    return Create(work.link.ours, values, birth.request, birth.item, repeated, birth.forced)


def _create_ours(road: Road, flow: Flow, works: Sequence[Work], tally: Tally) -> None:
    _save(road, [(work, work.link.reserved()) for work in works])
    _make_home(road, flow, works)
    creates: list[tuple[Work, Write]] = [
        (work, Create(work.link.ours, {**(flow.on_create_ours or {}), **(work.plan.ours or {})}, work.link.ours, "1"))
        for work in works
        if work.error is None
    ]
    _write(road, Where.OURS, flow.kind, creates, tally)


def _make_home(road: Road, flow: Flow, works: Sequence[Work]) -> None:
    """The record that all of the flow's records belong to, before the first of them; one that is there stays."""
    if flow.home is None or not works:
        return
    [outcome] = road.ours.write(flow.home.kind, [Create(flow.home.id, flow.home.values, flow.home.id, "1")])
    if isinstance(outcome, SyncError) and not isinstance(outcome, Stale):  # stale: somebody else has just made it
        raise outcome


def _is_loss(work: Work) -> bool:
    """A record goes because its counterpart is gone; not because that one, still there, is not wanted any more."""
    return work.plan.deletes and not (work.plan.delete_ours and work.pair.theirs is not None)


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


def _write(
    road: Road, where: Where, name: str, writes: Sequence[tuple[Work, Write]], tally: Tally
) -> list[tuple[Work, Written]]:
    """Returns what was written; the others know their error."""
    side, done = road.ours if where is Where.OURS else road.theirs, []
    for chunk in chunks(writes, side.batch_limit):
        outcomes = side.write(name, [write for _, write in chunk])
        for (work, write), outcome in zip(chunk, outcomes, strict=True):
            if isinstance(outcome, SyncError):
                work.error, work.failed = outcome, (where, write)
            else:
                done.append((work, outcome))
                tally.did(DONE[where][type(write)], *work.link.names)
    return done


def _agreed(flow: Flow, work: Work, now: datetime) -> Link:
    """The link as it is when everything planned for the pair was done."""
    link, plan, theirs = work.link, work.plan, work.pair.theirs
    if plan.skipped:
        return link.buried(None) if link.dying or (link.state is State.PARKED and link.base is None) else link
    if plan.bury:
        return link.buried(plan.kept)
    return Link(
        flow=link.flow,
        ours=link.ours,
        theirs=link.theirs,
        state=State.LIVE,
        base=plan.base,
        theirs_version=_version(flow, plan, theirs) if theirs else link.theirs_version,
        conflicts=plan.conflicts,
        decisions=link.decisions,
        revision=link.revision,
    ).decided([replace(each, at=now) for each in plan.decisions])


def _version(flow: Flow, plan: Plan, theirs: Record) -> str | None:
    """What a bookkeeper has made of a posting is read again before anything is done to it: no version is kept."""
    edited = flow.posting and not plan.theirs and plan.base and moved_there(flow, plan.base, theirs.values)
    return None if edited else theirs.version


def _save(road: Road, changed: Sequence[tuple[Work, Link]]) -> None:
    """Save what differs from what is stored; a pair whose link somebody else saved first is stale."""
    news = [(work, link) for work, link in changed if link != work.stored and not (_ghost(work, link))]
    for (work, _), saved in zip(news, road.links.save([link for _, link in news]), strict=True):
        if isinstance(saved, Stale):
            work.error = saved
        else:
            work.link = work.stored = saved


def _ghost(work: Work, link: Link) -> bool:
    """A record that was only looked at needs no link."""
    return bool(work.plan.skipped) and link.revision == 0


def park_rejected(road: Road, works: Sequence[Work], tally: Tally) -> None:
    rejected = [(work, work.error) for work in works if isinstance(work.error, Rejected)]
    introduce(road, [(work.link, work.pair.ours, error) for work, error in rejected])
    _save(road, [(work, _parked(road, work, error)) for work, error in rejected])
    for work, error in rejected:
        if work.link.is_aside:
            tally.count("skipped")
            continue
        tally.count("parked")
        tally.count("newly_parked", int(work.pair.link is None or work.pair.link.problem is None))
        tally.problem(work.link.flow, work.link.ours, work.link.theirs, error)
        tally.did(What.PARKED, *work.link.names)


def _parked(road: Road, work: Work, error: Rejected) -> Link:
    tried = attempt(*work.failed, road.now()) if work.failed else None
    return parked(road, work.link, error, work.pair.ours or work.pair.theirs, tried)


def _count(work: Work, tally: Tally) -> None:
    plan = work.plan
    if work.error is not None:
        return
    for what in became(work.pair, plan, work.link):
        tally.did(what, *work.link.names)
    if plan.skipped:
        tally.count("skipped")
    elif plan.deletes:
        tally.count("deleted")
        tally.count("deleted_theirs", int(not plan.delete_ours))
    elif plan.ours or plan.theirs:
        if plan.ours:
            tally.count("created_ours" if work.pair.ours is None else "updated_ours")
        if plan.theirs:
            tally.count("created_theirs" if work.pair.theirs is None else "updated_theirs")
    else:
        tally.count("unchanged")
    tally.count("conflicts", len(plan.conflicts))
