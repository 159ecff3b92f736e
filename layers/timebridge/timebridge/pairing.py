"""From changes to pairs: read both sides, adopt strangers, and find the parents that have to come first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from timebridge.adoption import of_ours, of_theirs
from timebridge.changes import Change, Where, chunks
from timebridge.errors import Rejected, Undecided
from timebridge.flows import Direction, Flow, Lines, look_up
from timebridge.links import Link, State
from timebridge.merging import is_lost
from timebridge.records import Record
from timebridge.road import Batch, Road
from timebridge.sides import Side

MOST_CHILDREN = 600
"""Records in one batch of what follows others."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A pair whose theirs is still in their terms. `trusted`: theirs was not read, the link says what they hold.

    `undecided`: a person has to be asked first. `instead`: the link under which theirs waited for an answer until now.
    `survivor`: the id of the record of theirs into which this one was merged over there. `refused`: why ours cannot be
    created there (see `Flow.refusal`). `lost`: it was merged over there, and nothing says into which.
    """

    link: Link | None
    ours: Record | None
    theirs: Record | None
    trusted: bool = False
    undecided: Rejected | None = None
    instead: Link | None = None
    survivor: str | None = None
    refused: Rejected | None = None
    lost: bool = False


def read_both(road: Road, batch: Batch, links: Sequence[Link], eager: bool) -> list[Draft]:
    """The pairs of a batch, with one read per side whatever its size.

    Theirs is not read where the change is ours and the link says what they hold: the write is conditional on it.
    """
    flow = batch.flow
    ours_ids, theirs_ids = batch.ids(Where.OURS), batch.ids(Where.THEIRS)
    ours_only = [link for link in links if link.theirs not in theirs_ids and not eager]
    trusted = {link.ours for link in ours_only if _settled(flow, link)}
    seen = {where: {} if eager else batch.seen(where) for where in Where}
    unread = [link.theirs for link in links if link.ours not in trusted]
    rows = _read(road.theirs, flow.object, [*theirs_ids, *unread], seen[Where.THEIRS])
    merged = {id: str(survivor) for id, row in rows.items() if row.gone and (survivor := _survivor(flow, row))}
    theirs = {id: row for id, row in rows.items() if not row.gone and _stands(flow, row)}
    merged |= {c.id: c.into for c in batch.changes if c.into and c.id not in theirs and flow.merged}
    mine = _read(road.ours, flow.kind, [*ours_ids, *(link.ours for link in links)], seen[Where.OURS])
    ours = {id: record for id, record in mine.items() if not record.gone}
    asking = {link.theirs: link for link in links if link.is_stranger and link.theirs in theirs}
    drafts = {
        link.ours: _trusting(link, ours.get(link.ours))
        if link.ours in trusted
        else Draft(
            link,
            ours.get(link.ours),
            theirs.get(link.theirs or ""),
            survivor=_followed(link, merged),
            lost=link.theirs not in merged and is_lost(flow, link, rows.get(link.theirs or "")),
        )
        for link in links
        if link.theirs not in asking
    }
    strangers = [record for id, record in theirs.items() if id in asking or id not in {link.theirs for link in links}]
    alone = _adopt_theirs(road, batch, strangers, asking, drafts)
    _adopt_ours(road, batch, ours, alone, drafts)
    return [*drafts.values(), *alone]


def _stands(flow: Flow, row: Record) -> bool:
    """What was posted may be there still and count for nothing: then it is gone (see `Flow.voids`)."""
    return not flow.posting or flow.when_theirs(row.values)


def _settled(flow: Flow, link: Link) -> bool:
    """What they hold is known without looking: nothing is open, and the last write told its version.

    A field that was added to the flow since has never been seen over there, so the pair has to be read once.
    """
    if link.state is not State.LIVE or link.theirs_version is None or link.base is None or link.conflicts:
        return False
    return all(field.ours in link.base for field in flow.fields if flow.direction_of(field) is Direction.BOTH)


def _trusting(link: Link, ours: Record | None) -> Draft:
    return Draft(link, ours, Record(link.theirs or "", link.base or {}, link.theirs_version), trusted=True)


def _read(side: Side, name: str, ids: Iterable[str | None], seen: Mapping[str, Record]) -> dict[str, Record]:
    missing = [id for id in dict.fromkeys(ids) if id is not None and id not in seen]
    found = side.read(name, missing) if missing else []
    return {record.id: record for record in (*seen.values(), *found)}


def _followed(link: Link, merged: Mapping[str, str]) -> str | None:
    """The record of theirs that the link goes over to; one that has ended goes nowhere."""
    return None if link.state is State.TOMBSTONE else merged.get(link.theirs or "")


def _survivor(flow: Flow, row: Record) -> object:
    """The record of theirs into which a deleted one was merged."""
    return look_up(row.values, flow.survivor) if flow.survivor else None


def _adopt_theirs(
    road: Road, batch: Batch, strangers: Sequence[Record], asking: Mapping[str, Link], drafts: dict[str, Draft]
) -> list[Draft]:
    """Pair qualifying strangers of theirs with unlinked records of ours; returns those that stay alone."""
    wanted = [record for record in strangers if batch.qualifies(Where.THEIRS, record)]
    taken = {id for id, draft in drafts.items() if draft.theirs is not None}
    found = of_theirs(road, batch.flow, wanted, taken)
    for id, mine in found.pairs.items():
        theirs = next(record for record in wanted if record.id == id)
        link = drafts[mine.id].link if mine.id in drafts else None
        links = [link] if link else road.links.find(batch.flow.name, ours=[mine.id])
        drafts[mine.id] = Draft(links[0] if links else None, mine, theirs, instead=asking.get(id))
    alone = [record for record in strangers if record.id not in found.pairs]
    return [Draft(asking.get(each.id), None, each, undecided=found.waiting.get(each.id)) for each in alone]


def _adopt_ours(
    road: Road, batch: Batch, ours: Mapping[str, Record], alone: Sequence[Draft], drafts: dict[str, Draft]
) -> None:
    """Add the unlinked records of ours, each with the unlinked record of theirs that matches it, if there is one."""
    mine = [record for record in ours.values() if _wants_theirs(batch, record, drafts.get(record.id))]
    strangers = [record for record in mine if not _is_forced(drafts.get(record.id))]
    asked = {draft.theirs.id for draft in alone if draft.theirs and draft.undecided}
    taken = {draft.theirs.id for draft in alone if draft.theirs} - asked
    questions = [draft.undecided for draft in alone if isinstance(draft.undecided, Undecided)]
    named = {each.id for question in questions for each in question.candidates}
    found = of_ours(road, batch.flow, strangers, taken, asked, named)
    theirs = [record.id for record in found.pairs.values()]
    waiting = {link.theirs: link for link in road.links.find(batch.flow.name, theirs=theirs)} if theirs else {}
    for record in mine:
        link = drafts[record.id].link if record.id in drafts else None
        other = found.pairs.get(record.id)
        instead = waiting.get(other.id) if other else None
        drafts[record.id] = Draft(link, record, other, undecided=found.waiting.get(record.id), instead=instead)


def _is_forced(draft: Draft | None) -> bool:
    return draft is not None and draft.link is not None and draft.link.forced


def _wants_theirs(batch: Batch, record: Record, draft: Draft | None) -> bool:
    if draft is not None and (draft.theirs is not None or draft.link is None or not draft.link.open):
        return False
    flow = batch.flow
    looked_for = flow.create_theirs or not flow.create_ours  # a flow that creates nothing is there to match
    return flow.direction.goes_out and looked_for and batch.qualifies(Where.OURS, record)


def refusing(batch: Batch, draft: Draft) -> Draft:
    """The draft with the reason why its record of ours cannot be created over there, if there is one."""
    ours, refusal = draft.ours, batch.flow.refusal
    if refusal is None or ours is None or draft.theirs is not None or not _would_create(batch.flow, draft.link):
        return draft
    return replace(draft, refused=refusal(ours.values)) if batch.qualifies(Where.OURS, ours) else draft


def _would_create(flow: Flow, link: Link | None) -> bool:
    if link is None or not flow.create_theirs:
        return flow.create_theirs
    ended = link.state is State.TOMBSTONE and link.kept is None
    return ended or (link.base is None and not link.unborn and link.kept is None)


# --- parents ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parents:
    """Ids of linked parents by "flow/id": ours for theirs, and theirs for ours. `live`: theirs that are there."""

    ours: Mapping[str, str]
    theirs: Mapping[str, str]
    live: Set[str] = frozenset()

    def hold(self, flow: Flow, theirs: Record) -> bool:
        """Every parent that a record of theirs follows is here."""
        return all(
            f"{parent.parent}/{look_up(theirs.values, parent.theirs[0])}" in self.live
            for parent in flow.parents
            if parent.follows and flow.direction_of(parent).comes_in
        ) and all(self._hold_any(lines, look_up(theirs.values, path)) for path, lines in flow.lines_in)

    def _hold_any(self, lines: Lines, value: object) -> bool:
        return any(f"{flow}/{id}" in self.live for flow, id in lines.below(value))

    def carry(self, flow: Flow, ours: Record) -> bool:
        """Every parent that a record of ours follows is there."""
        return all(
            f"{parent.parent}/{self.theirs.get(f'{parent.parent}/{ours.values.get(parent.ours)}')}" in self.live
            for parent in flow.parents
            if parent.follows and flow.direction_of(parent).goes_out
        )

    def seen_from_there(self, flow: Flow, ours: Record | None) -> Record | None:
        """Ours without the references that may be left empty, where their other end is not linked."""
        if ours is None:
            return None
        loose = [parent for parent in flow.parents if parent.optional and flow.direction_of(parent).goes_out]
        empty = {p.ours: None for p in loose if f"{p.parent}/{ours.values.get(p.ours)}" not in self.theirs}
        return replace(ours, values={**ours.values, **empty}) if empty else ours


def unlinked_parents(road: Road, batch: Batch, drafts: Sequence[Draft]) -> Iterator[Batch]:
    """Batches of the records that the drafts refer to and that have no counterpart yet: clients before projects."""
    wanted = _wanted_parents(batch, drafts)
    known = _known(road, wanted)
    followed = {parent.parent for parent in batch.flow.parents if parent.follows}
    if batch.flow.lines_in:  # what none of ours is on brings nobody along
        followed |= {name for _, lines in batch.flow.lines_in for name in lines.parents.values()}
        wanted = _wanted_parents(batch, [d for d in drafts if d.theirs is None or known.hold(batch.flow, d.theirs)])
    for name in dict.fromkeys(flow for _, flow, _ in wanted if flow not in followed):
        flow = road.flows[name]
        changes = [
            Change(where, flow.kind if where is Where.OURS else flow.object, id)
            for where, parent, id in wanted
            if parent == name and f"{name}/{id}" not in (known.theirs if where is Where.OURS else known.ours)
        ]
        if changes:
            yield Batch(flow, changes, required=True)


def known_parents(road: Road, batch: Batch, drafts: Sequence[Draft]) -> Parents:
    return _known(road, _wanted_parents(batch, drafts) | _said_before(batch.flow, drafts))


type _Wanted = dict[tuple[Where, str, str], None]


def _wanted_parents(batch: Batch, drafts: Sequence[Draft]) -> _Wanted:
    flow = batch.flow
    if not flow.parent_flows:
        return {}
    live = [draft for draft in drafts if draft.refused is None and not _is_over(batch, draft)]
    theirs = [
        d.theirs.values
        for d in live
        if d.theirs and not d.trusted and (d.link or d.ours or batch.qualifies(Where.THEIRS, d.theirs))
    ]
    ours = [d.ours.values for d in live if d.ours and (d.link or d.theirs or batch.qualifies(Where.OURS, d.ours))]
    referring = flow.referring
    pairs = (pair for values in ours for field in referring for pair in field.above(values.get(field.ours)))
    above = {(Where.OURS, *pair): None for pair in pairs}
    return _theirs_above(flow, theirs) | above


def _said_before(flow: Flow, drafts: Sequence[Draft]) -> _Wanted:
    """What postings were said to refer to: who reads them over there must know it, whatever ours refers to by now."""
    bases = [draft.link.base for draft in drafts if flow.posting and draft.link and draft.link.base]
    return {(Where.OURS, *pair): None for base in bases for pair in flow.above(base)}


def _is_over(batch: Batch, draft: Draft) -> bool:
    """A pair that has ended and that nothing calls back to life: no record is there again, or qualifies again."""
    if draft.link is None or draft.link.state is not State.TOMBSTONE or (draft.ours and draft.theirs):
        return False
    back = batch.qualifies(Where.OURS, draft.ours) or batch.qualifies(Where.THEIRS, draft.theirs)
    return draft.link.kept is not None or not back


def _theirs_above(flow: Flow, records: Sequence[Mapping[str, object]]) -> _Wanted:
    """The records of theirs that these refer to."""
    incoming = [(parent, parent.parent or "") for parent in flow.parents if flow.direction_of(parent).comes_in]
    ids = [(name, look_up(values, parent.theirs[0])) for parent, name in incoming for values in records]
    for path, lines in flow.lines_in:
        ids += [pair for values in records for pair in lines.below(look_up(values, path))]
    return {(Where.THEIRS, name, str(id)): None for name, id in ids if id}


def _known(road: Road, wanted: _Wanted) -> Parents:
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    live: set[str] = set()
    for name in dict.fromkeys(flow for _, flow, _ in wanted):
        ids = {where: [id for w, flow, id in wanted if w is where and flow == name] for where in Where}
        for link in road.links.find(name, ours=ids[Where.OURS], theirs=ids[Where.THEIRS]):
            if link.usable and link.theirs is not None:
                ours[f"{name}/{link.theirs}"] = link.ours
                theirs[f"{name}/{link.ours}"] = link.theirs
                live |= {f"{name}/{link.theirs}"} if link.state is not State.TOMBSTONE else set()
    return Parents(ours, theirs, live)


def followers(road: Road, flow: Flow, theirs: Sequence[str]) -> Iterator[Batch]:
    """Batches of what follows these records of theirs, whose copies are about to come or go."""
    for child in road.flows if theirs else ():
        for parent in child.parents:
            if parent.follows and parent.parent == flow.name and child.direction_of(parent).comes_in:
                found = road.theirs.read(child.object, theirs, by=parent.theirs[0])
                changes = [Change(Where.THEIRS, child.object, record.id, record) for record in found if not record.gone]
                yield from (Batch(child, some) for some in chunks(changes, MOST_CHILDREN))


def newly_carried(road: Road, flow: Flow, ours: Sequence[str]) -> Iterator[Batch]:
    """Batches of what follows these records of ours, which have just got their counterpart."""
    for child in road.flows if ours else ():
        for parent in child.parents:
            if parent.follows and parent.parent == flow.name and child.direction_of(parent).goes_out:
                found = road.ours.read(child.kind, ours, by=parent.ours)
                changes = [Change(Where.OURS, child.kind, record.id, record) for record in found if not record.gone]
                yield from (Batch(child, some) for some in chunks(changes, MOST_CHILDREN))
