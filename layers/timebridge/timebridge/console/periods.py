"""Weeks and months as people page through them."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from timebridge.console.wording import day

WEEK, FORTNIGHT, MONTH = "week", "fortnight", "month"
SPANS = {WEEK: "Week", FORTNIGHT: "Two weeks", MONTH: "Month"}


@dataclass(frozen=True, slots=True)
class Period:
    """`first` and `last` day are both in it."""

    span: str
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return list(_days(self.first, self.last))

    @property
    def before(self) -> date:
        """A day of the period before this one."""
        return self.first - timedelta(days=14 if self.span == FORTNIGHT else 1)

    @property
    def after(self) -> date:
        return self.last + timedelta(days=1)

    @property
    def title(self) -> str:
        if self.span == MONTH:
            return f"{self.first:%B %Y}"
        return f"{self.first.day} {self.first:%b} to {day(self.last)}"


def period_of(span: str, at: date) -> Period:
    """The period that a day is in; two weeks begin with the week of that day. Weeks begin on Monday."""
    if span == MONTH:
        return Period(MONTH, at.replace(day=1), at.replace(day=monthrange(at.year, at.month)[1]))
    monday = at - timedelta(days=at.weekday())
    weeks = 2 if span == FORTNIGHT else 1
    return Period(span if span in SPANS else WEEK, monday, monday + timedelta(days=7 * weeks - 1))


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
