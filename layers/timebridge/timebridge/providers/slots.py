"""What may be mapped over there: the fields of an object, in words that every provider shares."""

from dataclasses import dataclass
from enum import StrEnum


class Holds(StrEnum):
    """What a field holds, as people say it."""

    TEXT = "text"
    PROSE = "long text"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    LINK = "web address"
    CHOICE = "choice"
    CHOICES = "several choices"
    NUMBER = "number"
    WHOLE = "whole number"
    DAY = "date"
    MOMENT = "date and time"
    FLAG = "yes or no"
    REFERENCE = "reference"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of theirs. `path`: as a line of a flow names it. `length`: of texts, 0 where nobody says.

    `writable`: our user may set it. `required`: no record can be made without it. `restricted`: of choices, no other
    value is taken than one of `values`.
    """

    path: str
    label: str
    holds: Holds
    length: int = 0
    writable: bool = True
    required: bool = False
    restricted: bool = False
    values: tuple[str, ...] = ()
