"""Parking: a pair that has to wait, with the reason, the remedy, and the question where there is one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from timebridge.adoption import refs, terms
from timebridge.attempts import Attempt
from timebridge.changes import Where
from timebridge.errors import Rejected, Undecided
from timebridge.flows import Flow
from timebridge.likeness import likeness
from timebridge.links import Link, Problem, Question, State
from timebridge.matching import key_of
from timebridge.records import Candidate, Record, Values
from timebridge.road import Road
from timebridge.wording import called

FIRST_RETRY, LAST_RETRY = timedelta(minutes=5), timedelta(hours=24)
"""How long a parked record rests before it is tried again: doubled each time, up to a day."""


def parked(
    road: Road, link: Link, error: Rejected, record: Record | None = None, attempt: Attempt | None = None
) -> Link:
    """The link as it waits. What waits for a person is not tried again before they have answered.

    `record`: the one of the two that is there, in workspace terms. `attempt`: the write that was refused.
    """
    problem = replace(_problem(road, link, error, called(record.values) if record else None), attempt=attempt)
    if link.problem and link.problem.aside and link.problem.is_as(problem):
        return link.parked(link.problem)
    if not isinstance(error, Undecided) or not error.candidates:
        return link.parked(problem)
    question = Question(Where.THEIRS if error.theirs else Where.OURS, error.candidates, error.about)
    if link.state is State.PARKED and link.question == question:
        return link
    return link.parked(replace(problem, retry_at=None), question)


def _problem(road: Road, link: Link, error: Rejected, about: str | None) -> Problem:
    before, now = link.problem, road.now()
    tries = (before.tries if before else 0) + 1
    pause = min(FIRST_RETRY * 2 ** min(tries - 1, 12), LAST_RETRY)
    kind = type(error).__name__, error.trouble, error.trace
    since = (before.since if before else None) or now
    about = about or (before.about if before else None)
    return Problem(error.for_user, error.remedy, error.field, tries, now + pause, *kind, since, about)


def introduce(road: Road, refused: Sequence[tuple[Link, Record | None, Rejected]]) -> None:
    """Look up whom the other side means, where it says no more than an id, or less: a person must see who it is."""
    wanted: dict[str, list[tuple[Record, Undecided]]] = defaultdict(list)
    for link, ours, error in refused:
        if (
            isinstance(error, Undecided)
            and ours is not None
            and not all(each.name for each in error.candidates or [NOBODY])
        ):
            wanted[link.flow].append((ours, error))
    for name, asked in wanted.items():
        flow = road.flows[name]
        there = terms(road, flow, [row for row in _meant(road, flow, asked) if not row.gone])
        for ours, error in asked:
            error.about = error.about or _name(ours.values, flow)
            named = error.candidates or [Candidate(id, None, 0) for id in _namesakes(flow, ours, there)]
            error.candidates = tuple(_introduced(flow, ours, each, there.get(each.id)) for each in named)


NOBODY = Candidate("", None, 0)


def _meant(road: Road, flow: Flow, asked: Sequence[tuple[Record, Undecided]]) -> list[Record]:
    """By their ids; where there is none, by the name that is taken."""
    ids = list(dict.fromkeys(each.id for _, error in asked for each in error.candidates))
    found = road.theirs.read(flow.object, ids) if ids else []
    names = [name for ours, error in asked if not error.candidates and (name := _name(ours.values, flow))]
    if names and flow.match_field is not None:
        found += road.theirs.read(flow.object, names, by=flow.match_field.theirs[0])
    return found


def _namesakes(flow: Flow, ours: Record, there: Mapping[str, Values]) -> list[str]:
    name = key_of(_name(ours.values, flow))
    return [id for id, values in there.items() if name is not None and key_of(_name(values, flow)) == name]


def _introduced(flow: Flow, ours: Record, candidate: Candidate, theirs: Values | None) -> Candidate:
    if theirs is None:
        return candidate
    by = flow.match or "name"
    found = likeness(ours.values, theirs, by, refs(flow))
    return replace(
        candidate,
        name=_name(theirs, flow),
        score=max(candidate.score, found.score),
        reasons=(*candidate.reasons, *found.reasons),
    )


def _name(values: Values, flow: Flow) -> str | None:
    name = values.get(flow.match or "name")
    return None if name is None else str(name)
