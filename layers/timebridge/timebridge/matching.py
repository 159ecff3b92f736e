"""Which of many records are the same: sure pairs, and those that only a person can tell."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from timebridge.flows import Confirm
from timebridge.likeness import LIKELY, SURE, Likeness, blocks, likeness, torn
from timebridge.records import Candidate, Value, Values

NAME = "name"
"""The value by which likeness is measured; by any other, records are the same or they are not."""

CROWD = 400
"""Records that share a block: in a larger crowd only those of equal name are looked at."""

CROWDED = 100
"""Records whose names have a beginning or an end in common: where there are more, it tells nothing."""

SHOWN = 5
"""Candidates that a person is shown."""

type Scores = Mapping[str, Sequence[tuple[str, Likeness]]]
"""By the id of a stranger: the ids of those it may be, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Matches:
    """`sure`: the id of its counterpart for each stranger that has one; `asked`: what a person is shown for others."""

    sure: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, tuple[Candidate, ...]] = field(default_factory=dict)


def key_of(value: object) -> str | None:
    """How values are compared: without regard to case and spacing."""
    return " ".join(str(value).split()).casefold() if value is not None else None


def is_fuzzy(by: str, confirm: Confirm) -> bool:
    return by == NAME and confirm is not Confirm.NEVER


def scores(
    strangers: Mapping[str, Values], among: Mapping[str, Values], by: str, refs: Collection[str], confirm: Confirm
) -> Scores:
    """What each stranger may be, among records in the same terms."""
    return _alike(strangers, among, by, refs) if is_fuzzy(by, confirm) else _same(strangers, among, by, refs)


def _same(strangers: Mapping[str, Values], among: Mapping[str, Values], by: str, refs: Collection[str]) -> Scores:
    known: dict[str, list[str]] = defaultdict(list)
    for id, values in among.items():
        if (key := key_of(values.get(by))) is not None:
            known[key].append(id)
    same = Likeness(100, (f"same {by.replace('_', ' ')}",))
    named = {id: known.get(key_of(values.get(by)) or "", ()) for id, values in strangers.items()}
    found = {id: [each for each in some if not torn(strangers[id], among[each], refs)] for id, some in named.items()}
    return {id: [(other, same) for other in others] for id, others in found.items() if others}


def _alike(strangers: Mapping[str, Values], among: Mapping[str, Values], by: str, refs: Collection[str]) -> Scores:
    shelves: dict[str, list[str]] = defaultdict(list)
    for id, values in among.items():
        for block in blocks(values.get(by)):
            shelves[block].append(id)
    found: dict[str, list[tuple[str, Likeness]]] = {}
    full = {block for block, some in shelves.items() if len(some) > CROWDED and not block.startswith("=")}
    for id, values in strangers.items():
        near = sorted(blocks(values.get(by)) - full)
        others = dict.fromkeys(other for block in near for other in shelves.get(block, ()))
        measured = [(other, likeness(values, among[other], by, refs)) for other in others]
        likely = sorted((each for each in measured if each[1].score >= LIKELY), key=lambda each: -each[1].score)
        if likely:
            found[id] = likely
    return found


def decided(found: Scores, confirm: Confirm, name: Callable[[str], str | None]) -> Matches:
    """Which pairs are sure, and which a person is asked about. No record is the counterpart of two.

    Two counterparts that are equally good are no sure thing, unless nothing is to be asked. `name`: of a record, to
    show it.
    """
    sure: dict[str, str] = {}
    taken: set[str] = set()
    for id in sorted(found, key=lambda id: -found[id][0][1].score):
        best = [each for each in found[id] if each[0] not in taken]
        if best and _is_sure(best, confirm):
            sure[id] = best[0][0]
            taken.add(best[0][0])
    if confirm is Confirm.NEVER:
        return Matches(sure)
    asked = {
        id: tuple(Candidate(other, name(other), each.score, each.reasons) for other, each in some[:SHOWN])
        for id, found_ in found.items()
        if id not in sure and (some := [each for each in found_ if each[0] not in taken])
    }
    return Matches(sure, asked)


def _is_sure(best: Sequence[tuple[str, Likeness]], confirm: Confirm) -> bool:
    if confirm is Confirm.ALWAYS:
        return False
    score = best[0][1].score
    alone = len(best) == 1 or best[1][1].score < score
    return score >= SURE and (alone or confirm is Confirm.NEVER)


# --- groups of records of one side -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Records that may be one. `score` and `reasons`: of the least likely tie that holds it together."""

    ids: tuple[str, ...]
    score: int
    reasons: tuple[str, ...]


def groups(records: Mapping[str, Mapping[str, Value]], by: str = NAME, refs: Collection[str] = ()) -> list[Group]:
    """Records that are alike, in groups, the likeliest first."""
    ties: list[tuple[Likeness, str, str]] = []
    for one, other in _neighbours(records, by):
        found = likeness(records[one], records[other], by, refs)
        if found.score >= LIKELY:
            ties.append((found, one, other))
    return sorted(_tied(ties), key=lambda group: (-group.score, group.ids))


def _neighbours(records: Mapping[str, Mapping[str, Value]], by: str) -> Iterator[tuple[str, str]]:
    """Pairs of records that share a block, each once."""
    shelves: dict[str, list[str]] = defaultdict(list)
    for id, values in records.items():
        for block in sorted(blocks(values.get(by))):
            shelves[block].append(id)
    seen: set[tuple[str, str]] = set()
    for some in shelves.values():
        for crowd in [some] if len(some) <= CROWD else _namesakes(some, records, by):
            for pair in _pairs(crowd):
                if pair not in seen:
                    seen.add(pair)
                    yield pair


def _namesakes(ids: Iterable[str], records: Mapping[str, Mapping[str, Value]], by: str) -> Iterable[list[str]]:
    same: dict[str | None, list[str]] = defaultdict(list)
    for id in ids:
        same[key_of(records[id].get(by))].append(id)
    return same.values()


def _pairs(ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    for index, one in enumerate(ids):
        for other in ids[index + 1 :]:
            yield (one, other) if one < other else (other, one)


def _tied(ties: Iterable[tuple[Likeness, str, str]]) -> list[Group]:
    members: dict[str, set[str]] = {}
    weakest: dict[int, Likeness] = {}
    for tie, one, other in sorted(ties, key=lambda each: -each[0].score):
        mine, hers = members.setdefault(one, {one}), members.setdefault(other, {other})
        if mine is not hers:
            mine |= hers
            for id in hers:
                members[id] = mine
            weakest[id_of(mine)] = tie
    unique = {id_of(some): some for some in members.values()}
    return [Group(tuple(sorted(some)), weakest[key].score, weakest[key].reasons) for key, some in unique.items()]


def id_of(some: set[str]) -> int:
    return id(some)
