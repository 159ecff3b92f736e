"""What an account's daily calls allow: how much of them may be spent, when to slow down, and where they will end.

The provider's calls are one pool for all the apps of an organisation. We leave a share of them to the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import ceil
from typing import Any, TypeGuard

RESERVE = 0.05
"""Share of the account's daily calls that we leave to its other integrations, unless a setting says otherwise."""

MOST_RESERVED = 0.95

STRETCHED_FROM = 0.8
"""Share of what we may spend from which on the schedule asks less often."""

GOOD_FOR = timedelta(hours=24)
"""An older look says nothing: limits are counted over the last 24 hours."""


class Spending(StrEnum):
    """`stretched`: rhythms of less than a day are slower. `stopped`: only what a person asks for is done."""

    FREE = "free"
    STRETCHED = "stretched"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Usage:
    """The account's calls of the last 24 hours, all its apps together, as told `at`. `used` can exceed `limit`."""

    used: int
    limit: int
    at: datetime

    def share(self, reserve: float) -> float:
        """Of what we may spend: 1.0 when only the reserve is left."""
        budget = self.limit * (1 - reserve)
        return self.used / budget if budget > 0 else 1.0

    @property
    def spent(self) -> bool:
        """Only what is usually left to others is left."""
        return self.share(RESERVE) >= 1


@dataclass(frozen=True, slots=True)
class Told:
    """What one look at a provider teaches the next. `size`: records a call that it answers in time, if it was slow."""

    usage: Usage | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """`calls`: our own on that day (UTC). `peak`: the most calls of all apps in 24 hours that we were told of. `reads`:
    those of our calls for which the provider charges.
    """

    date: date
    calls: int
    peak: int = 0
    reads: int = 0


def reserve_of(settings: Mapping[str, Any]) -> float:
    """The setting `reserve`, a share from 0 to `MOST_RESERVED`; what is none counts as not set."""
    found = settings.get("reserve")
    if isinstance(found, int | float | Decimal) and not isinstance(found, bool) and 0 <= found <= MOST_RESERVED:
        return float(found)
    return RESERVE


def spending(usage: Usage | None, reserve: float, now: datetime) -> Spending:
    if usage is None or now - usage.at > GOOD_FOR:
        return Spending.FREE
    share = usage.share(reserve)
    return Spending.STOPPED if share >= 1 else Spending.STRETCHED if share >= STRETCHED_FROM else Spending.FREE


READ_BUDGET = 5_000
"""Reads of a connection in a month from which on people are warned, where neither they nor the operator say."""


def read_budget_of(settings: Mapping[str, Any], usual: object = None) -> int:
    """The setting `read_budget`; else the operator's `usual` one, else `READ_BUDGET`."""
    fits = (found for found in (settings.get("read_budget"), usual) if is_count(found))
    return int(next(fits, READ_BUDGET))


def is_count(value: object) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and value > 0 and value == int(value)


@dataclass(frozen=True, slots=True)
class Reads:
    """Of this month (UTC). `forecast`: by its end, if it goes on like this."""

    used: int
    budget: int
    forecast: int

    @property
    def left(self) -> int:
        return max(self.budget - self.used, 0)

    @property
    def exceeds(self) -> bool:
        return self.forecast > self.budget


def reads(days: Sequence[Day], budget: int, now: datetime) -> Reads:
    counted = [replace(day, calls=day.reads) for day in days]
    used = sum(day.reads for day in days if (day.date.year, day.date.month) == (now.year, now.month))
    return Reads(used, budget, forecast(counted, now).month)


def together(some: Iterable[Reads]) -> Reads:
    """Those of several connections as one."""
    found = list(some)
    return Reads(*(sum(getattr(each, name) for each in found) for name in ("used", "budget", "forecast")))


@dataclass(frozen=True, slots=True)
class Forecast:
    """Our own calls, if it goes on like this: by the end of this day, and of this month (UTC)."""

    day: int
    month: int


def forecast(days: Sequence[Day], now: datetime) -> Forecast:
    """Today goes on at its own pace, or at that of the last week while it is young; the month at the week's."""
    today = next((day.calls for day in days if day.date == now.date()), 0)
    past = [day.calls for day in days if now.date() - timedelta(days=7) <= day.date < now.date()]
    passed = (now.hour * 60 + now.minute) / 1440
    usual = sum(past) / len(past) if past else today / max(passed, 1 / 24)
    by_tonight = round(today + usual * (1 - passed))
    this_month = sum(day.calls for day in days if day.date.month == now.month and day.date.year == now.year)
    left = (_first_of_next(now.date()) - now.date()).days - 1
    return Forecast(by_tonight, round(this_month - today + by_tonight + usual * left))


def _first_of_next(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


# --- what an account has, and what it would need ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edition:
    """What a provider publishes: calls a day, and how many more with each licence. `needs`: what must be bought too."""

    name: str
    base: int
    per_licence: int
    needs: str = ""
    for_sale: bool = True

    def calls(self, licences: int) -> int:
        return self.base + self.per_licence * licences

    def licences(self, limit: int) -> int | None:
        """How many there seem to be behind a limit; None when it does not depend on them."""
        return max((limit - self.base) // self.per_licence, 1) if self.per_licence else None


@dataclass(frozen=True, slots=True)
class Quota:
    """What the provider says now. `edition`: the account's, if it is known; `editions`: all that are published."""

    usage: Usage
    edition: Edition | None
    editions: tuple[Edition, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """`need`: calls a day that would let everything run at its rhythm. `edition`: the smallest that has them.

    `more`: calls to buy beyond the largest edition, or beyond this account's own limit if that is not enough.
    """

    need: int
    fits: bool
    edition: str | None
    more: int
    said: str


def advice(peak: int, reserve: float, licences: int, quota: Quota) -> Advice:
    """From what was measured: the most calls of all apps in 24 hours, kept below where the schedule slows down."""
    need = ceil(peak / ((1 - reserve) * STRETCHED_FROM))
    limit, sold = quota.usage.limit, [each for each in quota.editions if each.for_sale]
    smallest = next((each for each in sold if each.calls(licences) >= need), None)
    fits, more = need <= limit, max(need - limit, 0)
    measured = f"At most {peak:,} calls were used in a day, which needs a limit of {need:,}."
    if fits:
        said = f"{measured} Yours is {limit:,}: it is enough."
    elif smallest is None or (quota.edition and smallest.name == quota.edition.name):
        said = f"{measured} Yours is {limit:,}: buy {more:,} calls a day more, or choose a slower rhythm."
    else:
        beside = f" with {smallest.needs}" if smallest.needs else ""
        said = f"{measured} Yours is {limit:,}: {smallest.name}{beside} has {smallest.calls(licences):,}."
    return Advice(need, fits, smallest.name if smallest else None, more, said)
