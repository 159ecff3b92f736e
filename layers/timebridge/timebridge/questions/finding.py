"""Finding what belongs together before anything is written: doubles on one side, and matches between the two."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from timebridge.adoption import among, refs, terms
from timebridge.flows import Confirm, Flow, look_up
from timebridge.likeness import LIKELY, details_of, likeness, starts
from timebridge.links import Link, State
from timebridge.matching import NAME, SHOWN, Group, Scores, decided, groups, scores
from timebridge.records import Candidate, Record, Values
from timebridge.road import Road
from timebridge.sides import Side
from timebridge.workspace.kinds import kind_of


def doubles_of_ours(side: Side, kind: str) -> tuple[list[Group], dict[str, Values]]:
    """Groups of active records that may be one, and what is looked at of each of them."""
    known = kind_of(kind)
    found: dict[str, Values] = {
        record.id: {**details_of(record.values, known.label), **_references(record, known.references)}
        for record in _all(side, kind)
    }
    return groups(found, known.label, known.references), found


def doubles_of(side: Side, kind: str, values: Values) -> list[Candidate]:
    """Active records of ours that one with these values would be alike, the likeliest first. Few are read."""
    known = kind_of(kind)
    if known.label != NAME or not values.get(NAME):
        return []
    near = side.similar(kind, sorted(starts(values[NAME])), NAME) or ()
    named = [each.id for each in near if likeness(values, {NAME: each.values[NAME]}).score >= LIKELY]
    some = {each.id: each.values for each in side.read(kind, named) if not each.gone}
    found = {id: likeness(values, other, refs=known.references) for id, other in some.items()}
    likely = sorted((id for id in found if found[id].score >= LIKELY), key=lambda id: (-found[id].score, id))
    return [Candidate(id, _text(some[id], NAME), found[id].score, found[id].reasons) for id in likely[:SHOWN]]


def _references(record: Record, names: Iterable[str]) -> dict[str, str]:
    return {name: str(value) for name in names if (value := record.values.get(name))}


def doubles_of_theirs(road: Road, flow: Flow) -> tuple[list[Group], dict[str, Values]]:
    by = flow.match or NAME
    found: dict[str, Values] = {}
    for page in road.theirs.changed({flow.object: None}):
        news = terms(road, flow, [record for record in page.records if not record.gone])
        found |= {id: _looked_at(flow, values, by) for id, values in news.items()}
    return groups(found, by, refs(flow)), found


def _looked_at(flow: Flow, values: Values, by: str) -> Values:
    return {**details_of(values, by), **{name: values[name] for name in refs(flow) if values.get(name)}}


def _all(side: Side, name: str) -> list[Record]:
    pages = side.changed({name: None})
    return list({record.id: record for page in pages for record in page.records if not record.gone}.values())


@dataclass(frozen=True, slots=True)
class Preview:
    """What a flow would do with the strangers of both sides: their id for each sure pair, and what would be asked.

    `made_ours` and `made_theirs`: how many would be created. Those that do not qualify are not counted.
    """

    sure: Mapping[str, Candidate]
    asked: Mapping[str, tuple[Candidate, ...]]
    names: Mapping[str, str | None]
    made_ours: int
    made_theirs: int


def preview(road: Road, flow: Flow) -> Preview:
    """What would be matched, by the same rules as the road has, without writing anything."""
    rows = [record for record in _all(road.theirs, flow.object) if flow.when_theirs(record.values)]
    mine = {record.id: record for record in _all(road.ours, flow.kind)}
    taken = _linked(road.links.find(flow.name, ours=list(mine), theirs=[row.id for row in rows]))
    rows = [row for row in rows if row.id not in taken]
    free = {id: record for id, record in mine.items() if id not in taken}
    claimed = _claims(flow, rows, free)
    strange = terms(road, flow, [row for row in rows if row.id not in claimed])
    left = {id: record.values for id, record in free.items() if id not in claimed.values()}
    found = _scored(flow, strange, left)
    by = flow.match or NAME
    matches = decided(found, flow.confirm, lambda id: _text(free[id].values, by))
    by_name = {id: _candidate(found[id], other, _text(free[other].values, by)) for id, other in matches.sure.items()}
    claims = {
        id: Candidate(other, _text(free[other].values, by), 100, ("holds its id",)) for id, other in claimed.items()
    }
    asked_about = {each.id for candidates in matches.asked.values() for each in candidates}
    out = [id for id in left if id not in {*matches.sure.values(), *asked_about} and flow.when_ours(left[id])]
    return Preview(
        {**claims, **by_name},
        matches.asked,
        {row.id: _text(values, by) for row in rows for values in [flow.incoming(row.values, {})]},
        len(strange.keys() - matches.sure.keys() - matches.asked.keys()) if _makes_ours(flow) else 0,
        len(out) if flow.create_theirs and flow.direction.goes_out else 0,
    )


def _makes_ours(flow: Flow) -> bool:
    return flow.create_ours and flow.direction.comes_in


def _scored(flow: Flow, strange: Mapping[str, Values], left: Mapping[str, Values]) -> Scores:
    match = flow.match_field
    if match is None:
        return {}
    return among(scores(strange, left, match.ours, refs(flow), flow.confirm), left.keys())


def _candidate(found: Iterable[tuple[str, object]], id: str, name: str | None) -> Candidate:
    alike = dict(found)[id]
    return Candidate(id, name, alike.score, alike.reasons)  # type: ignore[attr-defined]


def _claims(flow: Flow, rows: Iterable[Record], free: Mapping[str, Record]) -> dict[str, str]:
    if flow.external is None:
        return {}
    claims = ((row.id, str(look_up(row.values, flow.external))) for row in rows)
    return {id: claim for id, claim in claims if claim in free}


def _linked(links: Iterable[Link]) -> set[str]:
    """Ids of records, on either side, that are no strangers."""
    known: set[str] = set()
    for link in links:
        if not link.is_stranger and not link.open:
            known |= {link.ours, link.theirs or ""}
        elif link.state is State.TOMBSTONE and link.kept is not None:
            known.add(link.ours)
    return known


def _text(values: Values, by: str) -> str | None:
    value = values.get(by)
    return None if value is None else str(value)


__all__ = ["Confirm", "Preview", "doubles_of_ours", "doubles_of_theirs", "preview"]
