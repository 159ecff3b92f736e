"""Strangers: which unlinked record of the other side each of them is, or may be."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from timebridge.errors import Awaiting, Rejected, Undecided
from timebridge.flows import MANAGED_BY, Field, Flow, look_up
from timebridge.likeness import starts
from timebridge.matching import Scores, decided, is_fuzzy, scores
from timebridge.records import Candidate, Record, Values
from timebridge.road import Road
from timebridge.sides import Side

REMEDY = "Say which record it is, or that it is a new one."


@dataclass(frozen=True, slots=True)
class Counterparts:
    """By the id of a stranger: the record it is paired with, or why it has to wait."""

    pairs: dict[str, Record] = field(default_factory=dict)
    waiting: dict[str, Rejected] = field(default_factory=dict)


def of_theirs(road: Road, flow: Flow, strangers: Sequence[Record], taken: Collection[str]) -> Counterparts:
    """What strangers of theirs are among ours. `taken`: ids of ours that have their counterpart already."""
    found = _of_theirs(road, flow, strangers, taken)
    left = [each for each in strangers if each.id not in found.pairs and each.id not in found.waiting]
    if flow.match is not None and flow.otherwise is not None and left:
        adopted = {record.id for record in found.pairs.values()}
        second = replace(flow, match=flow.otherwise, otherwise=None, external=None)
        found.pairs.update(_of_theirs(road, second, left, {*taken} | adopted).pairs)
    return found


def _of_theirs(road: Road, flow: Flow, strangers: Sequence[Record], taken: Collection[str]) -> Counterparts:
    found = Counterparts(_claimed(road, flow, strangers, taken))
    left = [record for record in strangers if record.id not in found.pairs]
    match = flow.match_field
    if match is None or not left:
        return found
    strange = terms(road, flow, left)
    adopted = {record.id for record in found.pairs.values()}
    mine = _full(road.ours, flow.kind, match.ours, flow, strange)
    scored = scores(strange, {id: each.values for id, each in mine.items()}, match.ours, refs(flow), flow.confirm)
    free = _free(road, flow, {other for some in scored.values() for other, _ in some} - adopted - {*taken})
    matches = decided(among(scored, free), flow.confirm, lambda id: _name(mine[id].values, match))
    found.pairs.update({id: mine[other] for id, other in matches.sure.items()})
    for id, candidates in matches.asked.items():
        found.waiting[id] = _undecided(candidates, _name(strange[id], match), theirs=False)
    return found


def _claimed(road: Road, flow: Flow, strangers: Sequence[Record], taken: Collection[str]) -> dict[str, Record]:
    """Those that hold the id of an unlinked record of ours."""
    claims = {record.id: str(look_up(record.values, flow.external or "") or "") for record in strangers}
    wanted = [id for id in dict.fromkeys(claims.values()) if id]
    if flow.external is None or not wanted:
        return {}
    there = {record.id: record for record in road.ours.read(flow.kind, wanted) if not record.gone}
    free = _unlinked(road, flow, there) - {*taken}
    return {id: there[claim] for id, claim in claims.items() if claim in free}


def _free(road: Road, flow: Flow, candidates: set[str]) -> set[str]:
    """Those of ours that nothing of theirs belongs to, by link or by the id it holds."""
    free = _unlinked(road, flow, candidates) if candidates else set()
    if flow.external is None or not free:
        return free
    holders = road.theirs.read(flow.object, sorted(free), by=flow.external)
    return free - {str(look_up(record.values, flow.external)) for record in holders if not record.gone}


def _unlinked(road: Road, flow: Flow, ours: Iterable[str]) -> set[str]:
    links = {link.ours: link for link in road.links.find(flow.name, ours=list(ours))}
    return {id for id in ours if id not in links or (links[id].open and not links[id].forced)}


def of_ours(
    road: Road,
    flow: Flow,
    strangers: Sequence[Record],
    taken: Collection[str],
    asked: Collection[str],
    named: Collection[str] = (),
) -> Counterparts:
    """What strangers of ours are among theirs. `taken`: ids of theirs that get records of their own in the same batch;
    `asked`: those about which a person is asked, and `named`: those of ours that may be one of them."""
    found, match = Counterparts(), flow.match_field
    if match is None or not flow.direction.comes_in or not strangers:
        return found
    mine = {record.id: record.values for record in strangers}
    said = {id: {**values, match.ours: match.image(values.get(match.ours))} for id, values in mine.items()}
    rows = _search(road.theirs, flow.object, match.theirs[0], flow, said)
    hers = {row.id: row for row in rows if not row.gone and flow.when_theirs(row.values)}
    there = terms(road, flow, hers.values())
    scored = scores(said, there, match.ours, refs(flow), flow.confirm)
    links = road.links.find(flow.name, theirs=list({other for some in scored.values() for other, _ in some}))
    strange = {link.theirs for link in links if link.is_stranger and link.theirs} | {*asked}
    linked = {link.theirs for link in links if not link.is_stranger} | {*taken}
    free = _not_claimed(road, flow, hers, {id for id in there if id not in linked})
    matches = decided(among(scored, free - strange), flow.confirm, lambda id: _name(there[id], match))
    found.pairs.update({id: hers[other] for id, other in matches.sure.items()})
    for id, candidates in matches.asked.items():
        found.waiting[id] = _undecided(candidates, _name(mine[id], match), theirs=True)
    if is_fuzzy(match.ours, flow.confirm):
        unsure = {*among(scored, free & strange)} | (_named(road, flow) | {*named}) & mine.keys()
        found.waiting.update({id: _follows() for id in unsure - found.pairs.keys()})
    return found


def _follows() -> Awaiting:
    said = "It may be a record about which somebody is asked already."
    return Awaiting(said, remedy="Answer that question; this one follows by itself.")


def _named(road: Road, flow: Flow) -> set[str]:
    """Records of ours that an open question is about: made there meanwhile, they would be there twice. Not every side
    can be searched for what is only similar."""
    return {each.id for link in road.links.asking(flow.name) if link.question for each in link.question.candidates}


def _not_claimed(road: Road, flow: Flow, hers: Mapping[str, Record], free: set[str]) -> set[str]:
    """Without those that hold the id of another record of ours."""
    claims = {id: str(look_up(hers[id].values, flow.external or "") or "") for id in free}
    wanted = [claim for claim in dict.fromkeys(claims.values()) if claim]
    there = {record.id for record in road.ours.read(flow.kind, wanted) if not record.gone} if wanted else set()
    return {id for id in free if claims[id] not in there}


# --- what both have in common ----------------------------------------------------------------------------------------


def among(found: Scores, free: Collection[str]) -> Scores:
    left = {id: [each for each in some if each[0] in free] for id, some in found.items()}
    return {id: some for id, some in left.items() if some}


def refs(flow: Flow) -> list[str]:
    """What a record belongs to; what it may do without does not tell it from another."""
    return [parent.ours for parent in flow.parents if not parent.optional]


def terms(road: Road, flow: Flow, records: Iterable[Record]) -> dict[str, Values]:
    """Records of theirs in workspace terms, their parents too where those are linked."""
    records = list(records)
    known: dict[str, str] = {}
    for parent in flow.parents:
        ids = {str(id) for record in records if (id := look_up(record.values, parent.theirs[0]))}
        for link in road.links.find(parent.parent or "", theirs=sorted(ids)) if ids else ():
            if link.usable:
                known[f"{parent.parent}/{link.theirs}"] = link.ours
    return {record.id: flow.incoming(record.values, known) for record in records}


def _full(side: Side, name: str, by: str, flow: Flow, strange: Mapping[str, Values]) -> dict[str, Record]:
    """Records of ours that some of the strangers may be. A search tells names only: those that fit are read.

    An image belongs to the connection it comes from.
    """
    found = {record.id: record for record in _search(side, name, by, flow, strange)}
    if is_fuzzy(by, flow.confirm) and found:
        named = scores(strange, {id: each.values for id, each in found.items()}, by, (), flow.confirm)
        near = sorted({other for some in named.values() for other, _ in some})
        found = {record.id: record for record in side.read(name, near)} if near else {}
    return {id: each for id, each in found.items() if not each.gone and each.values.get(MANAGED_BY) is None}


def _search(side: Side, name: str, by: str, flow: Flow, strange: Mapping[str, Values]) -> list[Record]:
    """Records that some of the strangers may be: more than are alike, as the side searches by beginnings."""
    ours = flow.match or ""
    values = [value for each in strange.values() if (value := each.get(ours))]
    if is_fuzzy(ours, flow.confirm):
        found = side.similar(name, sorted({*_starts(values)}), by) if values else []
        if found is not None:
            return found
    return side.read(name, list(dict.fromkeys(map(str, values))), by=by) if values else []


def _starts(values: Iterable[object]) -> Iterable[str]:
    return (start for value in values for start in starts(str(value)))


def _name(values: Values, match: Field) -> str | None:
    value = values.get(match.ours)
    return None if value is None else str(value)


def _undecided(candidates: Sequence[Candidate], about: str | None, *, theirs: bool) -> Undecided:
    said = f"It may be the same as “{candidates[0].name}”."
    return Undecided(said, remedy=REMEDY, candidates=candidates, theirs=theirs, about=about)
