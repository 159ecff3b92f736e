"""How long a consent is good for: when to use it lest it ends for want of use, and when to tell people that it ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from timebridge.tenants import Grant

WARNED = (30, 7, 1)
"""Days before the end at which people are told."""

UNUSED = timedelta(days=6)
"""A grant that was not used for so long is renewed: no company is left alone for a week."""

AGAIN = timedelta(hours=1)
"""How long after a look that came to nothing there is another."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Expiry:
    """`idle`: when the grant is over unless it is used before; `ends`: when it is over whatever we do (None: unknown).

    `renewed`: when it was used last. `told`: the smallest of WARNED that people were told of.
    """

    renewed: datetime
    idle: datetime | None = None
    ends: datetime | None = None
    told: int | None = None

    @property
    def over(self) -> datetime | None:
        return min((moment for moment in (self.idle, self.ends) if moment is not None), default=None)

    def days_left(self, now: datetime) -> int | None:
        """Begun days count; 0 when it is over."""
        return None if self.over is None else max(ceil((self.over - now) / DAY), 0)

    def is_unused(self, now: datetime) -> bool:
        return now - self.renewed >= UNUSED

    def warning(self, now: datetime) -> int | None:
        """The mark of WARNED that was passed and that nobody was told of."""
        over = self.over
        passed = [days for days in WARNED if over is not None and over - now <= days * DAY]
        mark = min(passed, default=None)
        return mark if mark is not None and (self.told is None or mark < self.told) else None

    def next_look(self, now: datetime) -> datetime:
        return min((moment for moment in self._moments() if moment > now), default=now + AGAIN)

    def _moments(self) -> Iterator[datetime]:
        yield self.renewed + UNUSED
        if self.over is not None:
            yield from (self.over - days * DAY for days in WARNED)


def of(grant: Grant, now: datetime, before: Expiry | None = None) -> Expiry | None:
    """None for a grant that is good for ever. What people were told stays told while it is still true."""
    if grant.refresh_expires is None and grant.ends is None:
        return None
    fresh = Expiry(grant.issued or now, grant.refresh_expires, grant.ends)
    left = fresh.days_left(now)
    told = before.told if before and left is not None and left <= max(WARNED) else None
    return Expiry(fresh.renewed, fresh.idle, fresh.ends, told)
