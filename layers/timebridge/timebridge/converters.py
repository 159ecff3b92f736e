"""How single values of ours read on the other side, and theirs here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from timebridge.records import Value

UNCHANGED = "\0unchanged"
"""A value that has no counterpart on the other side: what is there stays as it is."""


@dataclass(frozen=True, slots=True)
class Converter:
    """How one value (or a group of them, when a field names several) reads on the other side.

    `written`: the values of theirs that a table of values writes. `forward` (ours to theirs) and `back` (theirs to
    ours): that table, where a person chose it row by row. `reads_as`: whether a value of theirs (the second) is what
    one of ours may have become over there, beyond what `outgoing` makes of it. `note`: how it reads, for people.
    """

    incoming: Callable[..., Value]
    outgoing: Callable[[Value], object]
    written: tuple[Value, ...] = ()
    forward: Mapping[Value, Value] | None = None
    back: Mapping[Value, Value] | None = None
    reads_as: Callable[[Value, Value], bool] | None = None
    note: str = ""


def _clean(value: object) -> Value:
    if value is None:
        return None
    return str(value).strip() or None


def _same(value: Value) -> Any:
    return value


def _decimal(places: str) -> Callable[[object], Value]:
    def convert(value: object) -> Value:
        return None if value is None else Decimal(str(value)).quantize(Decimal(places), ROUND_HALF_UP)

    return convert


TEXT = Converter(_clean, _same)
MONEY = Converter(_decimal("0.01"), _decimal("0.01"), note="rounded to two places")
HOURS = Converter(_decimal("0.01"), _decimal("0.01"), note="rounded to two places")
FLAG = Converter(lambda value: bool(value), _same, note="yes or no")
DATE = Converter(lambda value: str(value)[:10] if value else None, _same, note="the day alone")


def text(limit: int) -> Converter:
    """Text that fits the other side: what is too long for it is cut there."""
    note = f"cut to {limit} characters over there"
    return Converter(_clean, lambda value: None if value is None else str(value)[:limit], note=note)


def choice(names: Mapping[str, Value], back: Mapping[Value, str] | None = None) -> Converter:
    """A table of their values and ours. Values outside the tables pass unchanged."""
    reverse = back if back is not None else {ours: theirs for theirs, ours in names.items()}
    return Converter(
        lambda value: names.get(value, value),
        lambda value: reverse.get(value, value),
        tuple(dict.fromkeys(reverse.values())),
        note="; ".join(f"{theirs} is {_spoken(ours)}" for theirs, ours in names.items()),
    )


def _spoken(value: Value) -> str:
    return {True: "yes", False: "no", None: "empty"}.get(value, str(value))  # type: ignore[arg-type]


def table(forward: Mapping[Value, Value], back: Mapping[Value, Value], plain: Converter = TEXT) -> Converter:
    """Two tables of values: ours to theirs, and theirs to ours; they need not be each other's inverse.

    A value that is not in its table, or stands beside UNCHANGED there, changes nothing on the other side. An empty
    value empties the other side, unless the table says otherwise.
    """
    there, here = {None: None, **forward}, {None: None, **back}
    return Converter(
        lambda value: here.get(plain.incoming(value), UNCHANGED),
        lambda value: there.get(value, UNCHANGED),
        tuple(dict.fromkeys(value for value in forward.values() if value not in (None, UNCHANGED))),
        forward,
        back,
    )


def filled(plain: Converter) -> Converter:
    """For a field that may not be empty over there: an empty value of ours leaves it as it is."""
    return replace(plain, outgoing=lambda value: UNCHANGED if value is None else plain.outgoing(value))
