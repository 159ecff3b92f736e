"""How what an invoice bills is put into lines: one for each entry, or one for many."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
LONGEST = 4_000
"""Of the text of a line, in characters."""

type Line = dict[str, str]
"""A line as `flows.lines_text` keeps it: ids of our records, dates, and numbers as text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry of time, or one expense, puts on an invoice.

    `code`: the name of the reference (labour_code, expense_code, item) and the id of ours behind it, which tells what
    is sold; `code_name` is how it reads. `hours` and `rate`: of time only. `class_`: under which class it counts.
    `linked`: the time is in the books and can be marked there as billed by this line.
    """

    id: str
    date: str
    amount: Decimal
    code: tuple[str, str] | None = None
    code_name: str | None = None
    person: str | None = None
    text: str | None = None
    hours: Decimal | None = None
    rate: Decimal | None = None
    class_: str | None = None
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """`by`: entries for which it says the same share a line, if they also share what is sold and the class.

    `counted`: quantity and price are shown where they give the amount. `alone`: each line is one entry.
    """

    by: Callable[[Entry], Hashable]
    text: Callable[[Sequence[Entry]], str]
    counted: bool = True
    alone: bool = False


def _own(entries: Sequence[Entry]) -> str:
    [entry] = entries
    return ": ".join(part for part in (entry.person, entry.text or entry.code_name) if part)


def _named(name: Callable[[Entry], str | None]) -> Callable[[Sequence[Entry]], str]:
    def text(entries: Sequence[Entry]) -> str:
        return ": ".join(part for part in (name(entries[0]), _said_hours(entries)) if part)

    return text


def _said_hours(entries: Sequence[Entry]) -> str | None:
    hours = [entry.hours for entry in entries if entry.hours is not None]
    return f"{sum(hours, Decimal()).normalize():f} h" if hours else entries[0].code_name


def _period(entries: Sequence[Entry]) -> str:
    first, last = min(entry.date for entry in entries), max(entry.date for entry in entries)
    return first if first == last else f"{first} to {last}"


FORMATS: Mapping[str, Format] = {
    "lines": Format(lambda entry: entry.id, _own, counted=False, alone=True),
    "entries": Format(lambda entry: entry.id, _own, alone=True),
    "days": Format(lambda entry: entry.date, _named(lambda entry: entry.date)),
    "codes": Format(lambda _: None, _named(lambda entry: entry.code_name)),
    "people": Format(lambda entry: entry.person, _named(lambda entry: entry.person)),
}
"""By name: those whose lines say what was sold each. A summary, which does not, is made by `summary`."""

SUMMARY = "summary"
NAMES = (*FORMATS, SUMMARY)


def lines_of(entries: Iterable[Entry], name: str) -> list[Line]:
    """The lines of an invoice, oldest first; their amounts come to those of the entries, to the cent."""
    found = FORMATS[name]
    groups: dict[Hashable, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.date, entry.id)):
        groups.setdefault((found.by(entry), entry.code, entry.class_, entry.hours is None), []).append(entry)
    return [_line(found, group) for group in groups.values()]


def summary(entries: Sequence[Entry], code: tuple[str, str] | None, class_: str | None) -> list[Line]:
    """One line over everything."""
    amount = sum((entry.amount for entry in entries), Decimal())
    return [single(amount, code, class_, _period(entries))] if entries else []


def single(amount: Decimal, code: tuple[str, str] | None, class_: str | None, text: str | None) -> Line:
    """The line of an amount that nothing is behind."""
    return _filled({"amount": str(amount), "class": class_, "text": (text or "")[:LONGEST]}, code)


def _line(found: Format, group: Sequence[Entry]) -> Line:
    first, amount = group[0], sum((entry.amount for entry in group), Decimal())
    line = {
        "amount": str(amount),
        "class": first.class_,
        "date": first.date if len({entry.date for entry in group}) == 1 else None,
        "text": found.text(group)[:LONGEST],
        "time": first.id if found.alone and first.linked else None,
        **(_counted(group, amount) if found.counted else {}),
    }
    return _filled(line, first.code)


def _counted(group: Sequence[Entry], amount: Decimal) -> dict[str, str | None]:
    """Quantity and price, where all have the same price and both give the amount to the cent."""
    rates = {entry.rate for entry in group}
    hours = [entry.hours for entry in group if entry.hours is not None]
    [rate] = rates if len(rates) == 1 else [None]
    quantity = sum(hours, Decimal())
    if rate is None or not hours or (quantity * rate).quantize(CENT, ROUND_HALF_UP) != amount:
        return {}
    return {"quantity": str(quantity), "rate": str(rate)}


def _filled(line: Mapping[str, str | None], code: tuple[str, str] | None) -> Line:
    """Without what is empty."""
    kept = {name: value for name, value in line.items() if value}
    return kept | ({code[0]: code[1]} if code else {})
