"""Intuit's limits per company, kept on our side: it names no time after which to come back, only refuses.

Several workers may call for one company at once, so what is left is known where all of them look (see `Allowance`).
Each takes a lease of a few calls when it is busy, and of one when it is not. Where there is no such place, as in a
script, each company has its own in this process.
"""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from threading import Lock

from timebridge import patience
from timebridge.errors import RateLimited
from timebridge.limits import Lease, Limits, kept, pause, room
from timebridge.providers.provider import Allowance, App

A_SECOND, A_MINUTE, BATCHES_A_MINUTE = 10, 500, 120
"""Intuit's limits. That of batches is from October 2025: it was 40 before, and still is in one of its tables. The
windows are a bit longer than they say, for calls that take different times to get there."""

AT_ONCE = 4
"""The most calls of one lease."""

BRIEFLY = 0.1
"""Seconds within which a lease that ends at once may still be used."""

LONGEST_SLEEP = 20.0

type Leasing = Callable[[Limits, int, float], Lease | float]
"""Leave for at most so many calls from a moment on, or the seconds until there may be some."""


class Ledger:
    """The leases of one process."""

    def __init__(self) -> None:
        self._leases: list[Lease] = []

    def lease(self, limits: Limits, _wish: int, now: float) -> Lease | float:
        """One call, made at once."""
        self._leases = kept(self._leases, limits, now)
        free = room(self._leases, limits, now)
        if free is not None and free < 1:
            return pause(self._leases, limits, now)
        self._leases.append(Lease(1, now))
        return self._leases[-1]


class Pace:
    """At most `calls` within any `seconds`, for each of the pairs. Short waits are slept, long ones raise."""

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        leasing: Leasing | None = None,
    ) -> None:
        self._limits, self._clock, self._sleep = limits, clock, sleep
        self._leasing = leasing or Ledger().lease
        self._left, self._until, self._wish, self._pause = 0, 0.0, 1, 0.0
        self._in_line = Lock()

    def wait(self) -> None:
        """Returns when the next call may go. Raises RateLimited when that is too far off to sleep."""
        if not self._limits:
            return
        with self._in_line:
            if self._left and self._clock() <= self._until:
                self._left -= 1
                return
            self._take()

    def _take(self) -> None:
        """One that used up its lease in time asks for more the next time, one that did not for a single call."""
        busy = self._left == 0 and self._clock() <= self._until
        self._wish, slept = min(2 * self._wish, AT_ONCE) if busy else 1, 0.0
        while not self._leased():
            slept += self._waited(min(LONGEST_SLEEP - slept, patience.for_answer()))

    def _leased(self) -> bool:
        """False: there is no room, or the lease was over before it got here."""
        asked = self._clock()
        found = self._leasing(self._limits, self._wish, asked)
        if not isinstance(found, Lease):
            self._pause = found
            return False
        self._left, self._until, self._pause = found.calls - 1, found.until, 0.0
        return self._clock() <= max(found.until, asked + BRIEFLY)

    def _waited(self, most: float) -> float:
        if self._pause > most:
            raise RateLimited(
                "QuickBooks allows no more calls at the moment.",
                retry_after=self._pause,
                remedy="Nothing to do: it goes on.",
            )
        if self._pause:
            self._sleep(self._pause)
        return self._pause


def paces(app: App | None, base_url: str, realm: str) -> tuple[Pace, Pace]:
    """The pace of all calls and of batches. `app`: where the calls of all workers are counted, if it says.

    Its `limits`, each optional, are what Intuit allows it for one company: calls a `second` and a `minute`, and of them
    `batches` a minute.
    """
    if app is None or app.allowance is None:
        return _own_paces(base_url, realm)
    calls, batches = limits_of(app.extra.get("limits") or {})
    return _shared(app.allowance, realm, "calls", calls), _shared(app.allowance, realm, "batches", batches)


def limits_of(allowed: Mapping[str, int]) -> tuple[Limits, Limits]:
    """Of all calls, and of batches, which are counted in quarters of a minute so that no wait is long."""
    second, minute = int(allowed.get("second", A_SECOND)), int(allowed.get("minute", A_MINUTE))
    batches = max(int(allowed.get("batches", BATCHES_A_MINUTE)) // 4, 1)
    return ((second, 1.05), (minute, 60.5)), ((batches, 15.0),)


def _shared(allowance: Allowance, realm: str, what: str, limits: Limits) -> Pace:
    return Pace(limits, leasing=lambda limits, wish, now: allowance.lease(realm, what, limits, wish, now))


@lru_cache(maxsize=4096)
def _own_paces(_base_url: str, _realm: str) -> tuple[Pace, Pace]:
    """One for each company, however often its side is opened."""
    calls, batches = limits_of({})
    return Pace(calls), Pace(batches)
