"""From changes to pairs: read both sides, adopt strangers, and find the parents that have to come first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from timebridge.changes import Change, Where
from timebridge.flows import Direction, Flow, look_up
from timebridge.links import Link, State
from timebridge.records import Record
from timebridge.road import Batch, Road
from timebridge.sides import Side


@dataclass(frozen=True, slots=True)
class Draft:
    """A pair whose theirs is still in their terms. `trusted`: theirs was not read, the link says what they hold."""

    link: Link | None
    ours: Record | None
    theirs: Record | None
    trusted: bool = False


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


type _Wanted = dict[tuple[Where, str, str], None]


def _wanted_parents(batch: Batch, drafts: Sequence[Draft]) -> _Wanted:
    flow = batch.flow
    if not flow.parents:
        return {}
    live = [draft for draft in drafts if not _is_over(batch, draft)]
    theirs = [
        d.theirs.values
        for d in live
        if d.theirs and not d.trusted and (d.link or d.ours or batch.qualifies(Where.THEIRS, d.theirs))
    ]
    ours = [d.ours.values for d in live if d.ours and (d.link or d.theirs or batch.qualifies(Where.OURS, d.ours))]
    return _refs(Where.THEIRS, flow, theirs) | _refs(Where.OURS, flow, ours)


def _is_over(batch: Batch, draft: Draft) -> bool:
    """A pair that has ended and that nothing calls back to life: no record is there again, or qualifies again."""
    if draft.link is None or draft.link.state is not State.TOMBSTONE or (draft.ours and draft.theirs):
        return False
    back = batch.qualifies(Where.OURS, draft.ours) or batch.qualifies(Where.THEIRS, draft.theirs)
    return draft.link.kept is not None or not back


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
