"""Names as QuickBooks takes them: without what it refuses, not too long, and unlike every other name in the company.

Customers, vendors and employees share one space of names. Our name stays as it is, whatever becomes of it over there:
what our name is spelt like, with or without a tail that tells it apart, is our name when it is read again.
"""

from collections.abc import Iterator
from hashlib import sha256
from re import compile

from timebridge.converters import Converter
from timebridge.providers.quickbooks_online.converters import DELETED
from timebridge.providers.quickbooks_online.texts import COLON, UNREADABLE, one_line, within_plane
from timebridge.records import Value

LONGEST = 500
"""Of a DisplayName."""

TAIL = compile(r" \(C[2-9]?\)$")
TAILS = (" (C)", *(f" (C{number})" for number in range(2, 10)))
"""What tells a customer from whoever else has its name, in the order in which they are tried."""


def spelt(name: str) -> str:
    """A name without what QuickBooks refuses: a colon is a dash, every kind of white space is a space."""
    dashed = COLON.sub(lambda found: "-" if found[0] == ":" else " - ", within_plane(name))
    return one_line(dashed) or UNREADABLE


def fitted(text: str, limit: int = LONGEST) -> str:
    """Cut where it is too long, with an end that tells it from other names with the same beginning."""
    if len(text) <= limit:
        return text
    end = "~" + sha256(text.encode()).hexdigest()[:7]
    return text[: limit - len(end)].rstrip() + end


def tailed(name: str, tail: str) -> str:
    return fitted(name, LONGEST - len(tail)) + tail


def others(name: str) -> Iterator[str]:
    """The names to try one after the other, when somebody else has this one."""
    return (tailed(name, tail) for tail in TAILS)


def _incoming(value: object) -> Value:
    return DELETED.sub("", str(value or "")).strip() or None


def _outgoing(value: Value) -> object:
    return None if value is None else fitted(spelt(str(value)))


def _reads_as(ours: Value, theirs: Value) -> bool:
    """Whether theirs is what our name became over there."""
    if ours is None or theirs is None:
        return False
    name, found = spelt(str(ours)), one_line(str(theirs))
    tail = TAIL.search(found)
    return found == fitted(name) or (tail is not None and found == tailed(fitted(name), tail[0]))


NAME = Converter(
    _incoming,
    _outgoing,
    reads_as=_reads_as,
    note="without colons, tabs and pictures, and with a tail like (C) where a vendor or employee has the name",
)
"""The name of a customer or job."""
