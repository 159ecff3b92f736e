"""How long somebody waits: what is asked of a far side for a page is answered in time, or given up while there is time
to say so."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WAIT = 20.0
"""Seconds that a person waits for all that is asked for one page; after 29 the gateway has nobody left to answer."""

ANSWER = 8.0
"""Seconds that they wait for one answer."""

_until = ContextVar("until", default=float("inf"))


@contextmanager
def awaited(seconds: float = WAIT) -> Iterator[None]:
    """Somebody waits for what is done in the block, so many seconds at most."""
    before = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(before)


def left() -> float:
    """Seconds; without end where nobody waits."""
    return _until.get() - time.monotonic()


def for_answer() -> float:
    """Seconds that one answer may take: none, when what there was is used up."""
    return max(0.0, min(ANSWER, left())) if is_awaited() else float("inf")


def is_awaited() -> bool:
    return _until.get() < float("inf")
