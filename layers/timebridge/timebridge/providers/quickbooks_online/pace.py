"""Intuit's limits per company, kept on our side: it names no time after which to come back, only refuses."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache

from timebridge.errors import RateLimited

ALL_CALLS = ((10, 1.25), (500, 62.0))
"""Ten a second and 500 a minute, with some room for calls that take different times to get there."""

BATCHES = ((30, 15.0),)
"""Intuit allows 120 batches a minute since October 2025 (40 before); in quarters, no wait is long."""

LONGEST_SLEEP = 20.0


class Pace:
    """At most `calls` within any `seconds`, for each of the pairs. Short waits are slept, long ones raise."""

    def __init__(
        self,
        limits: Sequence[tuple[int, float]],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._windows = [(seconds, deque[float](maxlen=calls)) for calls, seconds in limits]
        self._clock = clock
        self._sleep = sleep

    def wait(self) -> None:
        """Returns when the next call may go. Raises RateLimited when that is too far off to sleep."""
        now = self._clock()
        pause = max(
            (calls[0] + seconds - now for seconds, calls in self._windows if len(calls) == calls.maxlen), default=0.0
        )
        if pause > LONGEST_SLEEP:
            raise RateLimited(
                "QuickBooks allows no more calls at the moment.", retry_after=pause, remedy="Nothing to do: it goes on."
            )
        if pause > 0:
            self._sleep(pause)
        for _, calls in self._windows:
            calls.append(now + max(pause, 0.0))


@lru_cache(maxsize=4096)
def paces(_base_url: str, _realm: str) -> tuple[Pace, Pace]:
    """The pace of all calls and of batches: one for each company, however often its side is opened."""
    return Pace(ALL_CALLS), Pace(BATCHES)
