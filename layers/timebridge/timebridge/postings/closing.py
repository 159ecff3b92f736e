"""Closed books: on which day a record can be posted, known before anything is sent."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from timebridge.postings.settings import Posting
from timebridge.records import Values

if TYPE_CHECKING:
    from timebridge.providers.quickbooks_online.company import Company

FIRST_OPEN = "first_open"


@dataclass(frozen=True, slots=True)
class Dated:
    """`day`: the one that is sent. `original`: the record's own, where that is another. `closed_through`: the end of
    the closed period that keeps the record back."""

    day: str
    original: str | None = None
    closed_through: str | None = None

    def said(self, notes: object, verb: str = "worked on") -> str | None:
        """The text with the original day in it, where another one is sent."""
        text = str(notes) if notes else ""
        return (f"{text} {_suffix(verb, self.original)}".strip() if self.original else text) or None


def _suffix(verb: str, day: str) -> str:
    return f"({verb} {day})"


def dated(
    values: Values,
    name: str,
    posting: Posting,
    company: "Company | None",
    base: Values | None = None,
    text: str = "notes",
    verb: str = "worked on",
) -> Dated:
    """The day of a record in the books. `base`: what they hold of it already: closing a period later moves nothing.

    `values["when_closed"]`: what somebody who was asked has answered.
    """
    day = str(values[name])
    if base is not None and base.get(name) == day:
        return Dated(day)
    if base is not None and str(base.get(text) or "").endswith(_suffix(verb, day)):
        return Dated(str(base[name]), day)
    if company is None or company.closed_through is None or day > company.closed_through:
        return Dated(day)
    if FIRST_OPEN in (posting.closed, values.get("when_closed")):
        return Dated((date.fromisoformat(company.closed_through) + timedelta(days=1)).isoformat(), day)
    return Dated(day, closed_through=company.closed_through)
