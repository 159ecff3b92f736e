"""Leaving a problem as it is: it is not tried again and waits for nobody, until somebody takes it up again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from timebridge.errors import Rejected, Stale
from timebridge.links import LINKED, Aside, Link, Links, Problem, State
from timebridge.questions.answers import save


def set_aside(links: Links, some: Sequence[Link], aside: Aside) -> int:
    """How many were; what changed meanwhile is left alone."""
    left = [
        replace(link, problem=replace(problem, aside=aside, retry_at=None)) for link in some if (problem := _of(link))
    ]
    return sum(not isinstance(outcome, Stale) for outcome in links.save(left))


def take_up(links: Links, link: Link, now: datetime) -> Link:
    """It waits again, and is due. Raises Rejected where it was not set aside, and Stale."""
    if not link.is_aside or link.problem is None:
        raise Rejected("This is not set aside.", remedy="Look at the list for what is.")
    return save(links, replace(link, problem=replace(link.problem, aside=None, retry_at=now)))


def refuse_unfit(link: Link) -> None:
    """Raises Rejected where there is something to answer, or nothing to leave."""
    if link.question is not None:
        remedy = "Answer that it stays on its own side."
        raise Rejected("A question is answered, not set aside.", remedy=remedy)
    if _of(link) is None:
        raise Rejected("This does not wait any more.", remedy="Look at the list for what does.")


def _of(link: Link) -> Problem | None:
    """The problem that can be left: it was refused, and nobody is asked."""
    fits = link.state is State.PARKED and link.question is None and not link.is_aside
    return link.problem if fits and link.problem and link.problem.cause != LINKED else None
