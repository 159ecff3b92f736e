"""What a person says about strangers, written on their links: it is this one, it is a new one, it stays where it is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from timebridge.changes import Change, Where
from timebridge.errors import Rejected, Stale
from timebridge.flows import Flow
from timebridge.links import LINKED, Link, Links, Problem, State
from timebridge.pull import changes_of

LOOK = "Look at both records, and choose ones that are free."


def joined(link: Link, ours: str, revision: int, now: datetime) -> Link:
    """A link that a person made. It is parked and due at once: the road reads both records and brings them together."""
    return Link(link.flow, ours, link.theirs, State.PARKED, problem=_due(now), revision=revision)


def _due(now: datetime) -> Problem:
    return Problem("A person has decided; it is synchronised soon.", "Nothing to do.", None, 0, now, LINKED)


def link(links: Links, flow: Flow, ours: str, theirs: str, now: datetime) -> list[Change]:
    """Link two records that are free. Returns what has to be looked at. Raises Rejected when one of them is not."""
    [*mine], [*hers] = links.find(flow.name, ours=[ours]), links.find(flow.name, theirs=[theirs])
    if mine and mine[0].theirs == theirs and mine[0].state is not State.TOMBSTONE:
        return changes_of(flow, mine[0])
    refuse_taken(flow, mine, hers)
    others = [each for each in hers if each.ours != ours]
    links.forget(others)
    saved = save(links, joined(Link(flow.name, ours, theirs), ours, mine[0].revision if mine else 0, now))
    return [*changes_of(flow, saved), *(change for other in others for change in _released(flow, other))]


def refuse_taken(flow: Flow, mine: list[Link], hers: list[Link]) -> None:
    if any(not _is_free(link) for link in mine):
        said = f"The {flow.kind.replace('_', ' ')} is linked to another record, or is just being created there."
        raise Rejected(said, remedy=f"{LOOK} Or merge the two.", field="ours")
    if any(not _is_free(link) for link in hers):
        said = f"The {flow.object} is linked to another record."
        raise Rejected(said, remedy=f"{LOOK} Or merge the two of ours.", field="theirs")


def _is_free(link: Link) -> bool:
    waits = link.state is State.PARKED and link.is_stranger
    return waits or link.state is State.TOMBSTONE or link.open


def create(links: Links, flow: Flow, link: Link, now: datetime) -> list[Change]:
    """It is none of those shown: its copy is made on the other side, whatever it looks like."""
    saved = save(links, replace(link, question=None, forced=True, problem=_due(now)))
    return [*changes_of(flow, saved), *_released(flow, link)]


def never(links: Links, flow: Flow, link: Link) -> list[Change]:
    """The record stays on its own side. It can be linked by hand later."""
    save(links, link.buried(Where.THEIRS if link.is_stranger else Where.OURS))
    return list(_released(flow, link))


def _released(flow: Flow, link: Link) -> Iterator[Change]:
    """The records of ours that were candidates of a question that has its answer now: they need not wait any more."""
    if link.is_stranger and link.question:
        for each in link.question.candidates:
            yield Change(Where.OURS, flow.kind, each.id)


def save(links: Links, link: Link) -> Link:
    """Raises Stale when somebody else was faster."""
    [outcome] = links.save([link])
    if isinstance(outcome, Stale):
        raise outcome
    return outcome
