"""Limits of a provider's API: so many calls within any so many seconds, whoever makes them.

A worker does not ask before each call: it takes a lease of a few. What was leased is counted until the lease has ended,
as if all of it were used in its last moment. So no window of time ever holds more calls than its limit, wherever in it
they were made, and however many workers there are.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

type Limits = Sequence[tuple[int, float]]
"""At most so many calls within any so many seconds, for each of the pairs."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Leave to make `calls` until the moment `until` (seconds since 1970)."""

    calls: int
    until: float


def room(leases: Sequence[Lease], limits: Limits, now: float) -> int | None:
    """How many calls may be leased now; None where nothing is limited."""
    free = [calls - sum(lease.calls for lease in _within(leases, seconds, now)) for calls, seconds in limits]
    return min(free) if free else None


def pause(leases: Sequence[Lease], limits: Limits, now: float) -> float:
    """Seconds until there is room for a call, if nobody else takes it; 0: there is."""
    return max((_pause(_within(leases, seconds, now), calls, seconds, now) for calls, seconds in limits), default=0.0)


COARSE = 2.0
"""Seconds: leases that ended longer ago are told apart no finer, and count as the latest of them."""


def kept(leases: Sequence[Lease], limits: Limits, now: float) -> list[Lease]:
    """Without those that no limit counts any more, and as few as can be."""
    counted = _within(leases, max((seconds for _, seconds in limits), default=0.0), now)
    old: Counter[float] = Counter()
    for lease in counted:
        if lease.until < now - 2 * COARSE:
            old[ceil(lease.until / COARSE) * COARSE] += lease.calls
    young = [lease for lease in counted if lease.until >= now - 2 * COARSE]
    return [*(Lease(calls, until) for until, calls in old.items()), *young]


def _within(leases: Sequence[Lease], seconds: float, now: float) -> list[Lease]:
    return [lease for lease in leases if lease.until > now - seconds]


def _pause(counted: Sequence[Lease], calls: int, seconds: float, now: float) -> float:
    """Until as many have left the window as are too many."""
    used, found = sum(lease.calls for lease in counted), 0.0
    for lease in sorted(counted, key=lambda each: each.until):
        if used < calls:
            break
        used, found = used - lease.calls, lease.until + seconds - now
    return found
