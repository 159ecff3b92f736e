"""Statements: what a client owes on a day, and how old it is, computed from the images of the provider's documents.

QuickBooks offers no statement of its own to other programs. Balances are those of now: a document that was paid since
does not come back to life on a statement of an earlier day.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from timebridge.flows import MANAGED_BY
from timebridge.records import Record, Value

NOTHING = Decimal("0.00")


class Age(StrEnum):
    """How many days an invoice is overdue."""

    CURRENT = "current"
    MONTH = "1-30"
    TWO = "31-60"
    THREE = "61-90"
    OLDER = "over 90"


SIGNS: Mapping[Value, int] = {"invoice": 1, "credit_memo": -1, "payment": -1}
"""The types of transactions that may have something open, and whether the client owes it or is owed it."""


@dataclass(frozen=True, slots=True)
class Line:
    """`open`: what is left of `amount`; below zero where the client is owed it. `overdue`: days, 0 for none."""

    id: str
    type: str
    number: str | None
    date: str
    due_date: str | None
    job: str | None
    amount: Decimal
    open: Decimal
    overdue: int
    age: Age


@dataclass(frozen=True, slots=True)
class Statement:
    """Of one connection and one currency. `ages`: the invoices, by how long they are overdue. `credits`: payments and
    credit memos that were not used up. `total`: all of it, less the credits."""

    connection: str
    currency: str | None
    day: date
    lines: tuple[Line, ...]
    ages: Mapping[Age, Decimal]
    credits: Decimal
    total: Decimal


def statements(transactions: Iterable[Record], today: date, until: date | None = None) -> list[Statement]:
    """One for each connection and currency in which something is open. `until`: only documents up to that day."""
    groups: dict[tuple[str, str | None], list[Line]] = {}
    for record in transactions:
        if until is None or str(record.values["date"]) <= until.isoformat():
            for line in _open(record, until or today):
                whose = str(record.values[MANAGED_BY]), record.values["currency"]
                groups.setdefault(whose, []).append(line)
    return [_statement(*whose, until or today, lines) for whose, lines in sorted(groups.items(), key=_by_name)]


def _by_name(group: tuple[tuple[str, str | None], list[Line]]) -> tuple[str, str]:
    (connection, currency), _ = group
    return connection, currency or ""


def _statement(connection: str, currency: str | None, day: date, lines: list[Line]) -> Statement:
    lines.sort(key=lambda line: (line.date, line.id))
    ages = {age: sum((line.open for line in lines if line.open > 0 and line.age is age), NOTHING) for age in Age}
    credits = -sum((line.open for line in lines if line.open < 0), NOTHING)
    total = sum((line.open for line in lines), NOTHING)
    return Statement(connection, currency, day, tuple(lines), ages, credits, total)


def _open(record: Record, day: date) -> Iterator[Line]:
    values = record.values
    rest = SIGNS.get(values["type"], 0) * (values["balance"] or NOTHING)
    if not rest:
        return
    late = days_late(values, day) if rest > 0 else 0
    yield Line(
        id=record.id,
        type=values["type"],
        number=values["number"],
        date=values["date"],
        due_date=values["due_date"],
        job=values["job"],
        amount=values["amount"] or NOTHING,
        open=rest,
        overdue=late,
        age=age_of(late),
    )


def days_late(values: Mapping[str, Value], day: date) -> int:
    """How many days after its due date something is still open; without one it is due at once."""
    due = date.fromisoformat(str(values["due_date"] or values["date"]))
    return max((day - due).days, 0)


def age_of(late: int) -> Age:
    limits = ((0, Age.CURRENT), (30, Age.MONTH), (60, Age.TWO), (90, Age.THREE))
    return next((age for limit, age in limits if late <= limit), Age.OLDER)


def is_overdue(values: Mapping[str, Value], day: date) -> bool:
    """Only invoices wait for a day."""
    return values["type"] == "invoice" and bool(values["balance"]) and days_late(values, day) > 0
