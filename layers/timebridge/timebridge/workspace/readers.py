"""How a value of a record is read: what is taken, how it is kept, and what is asked for where it does not fit."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Protocol

from timebridge.records import Value

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Reader(Protocol):
    """Turns what was sent into what is kept. ValueError says what it should be."""

    def __call__(self, value: Any, /) -> Value: ...


@dataclass(frozen=True, slots=True)
class Text:
    """`longest`: in characters. Empty text is nothing."""

    longest: int = 255

    def __call__(self, value: Any) -> Value:
        if not isinstance(value, str):
            raise ValueError("text")
        if len(value.strip()) > self.longest:
            raise ValueError(f"text of at most {self.longest} characters")
        return value.strip() or None


@dataclass(frozen=True, slots=True)
class Number:
    """`places`: the smallest step, like 0.01."""

    places: str
    least: Decimal | None = None
    most: Decimal | None = None

    def __call__(self, value: Any) -> Value:
        if isinstance(value, bool):
            raise ValueError(self.expected)
        try:
            number = Decimal(str(value)).quantize(Decimal(self.places), ROUND_HALF_UP)
        except InvalidOperation:
            raise ValueError(self.expected) from None
        if not number.is_finite() or not self._fits(number):
            raise ValueError(self.expected)
        return number

    def _fits(self, number: Decimal) -> bool:
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    @property
    def expected(self) -> str:
        least = f" from {self.least}" if self.least is not None else ""
        return f"a number{least}" + (f" to {self.most}" if self.most else "")


@dataclass(frozen=True, slots=True)
class Flag:
    def __call__(self, value: Any) -> Value:
        if not isinstance(value, bool):
            raise ValueError("true or false")
        return value


@dataclass(frozen=True, slots=True)
class Day:
    def __call__(self, value: Any) -> Value:
        try:
            return date.fromisoformat(value).isoformat()
        except (TypeError, ValueError):
            raise ValueError("a date like 2026-11-21") from None


@dataclass(frozen=True, slots=True)
class Email:
    def __call__(self, value: Any) -> Value:
        text = Text()(value)
        if text is not None and not EMAIL.fullmatch(str(text)):
            raise ValueError("an e-mail address")
        return text


@dataclass(frozen=True, slots=True)
class Choice:
    names: tuple[str, ...]

    def __call__(self, value: Any) -> Value:
        if value not in self.names:
            raise ValueError(f"one of {', '.join(self.names)}")
        return str(value)
