"""Record ids: 15 case-sensitive characters and a 3-character checksum."""

import re

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
INSTANCE = "SBX"


def checksum(short: str) -> str:
    groups = (short[start : start + 5] for start in (0, 5, 10))
    return "".join(CHECK[sum(1 << i for i, c in enumerate(group) if "A" <= c <= "Z")] for group in groups)


def make_id(prefix: str, number: int) -> str:
    """The 18-character id number `number` of this prefix. Later numbers sort later."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = ALPHABET[rest] + digits
    short = prefix + INSTANCE + digits.rjust(9, "0")
    return short + checksum(short)


def normalise(id: str) -> str | None:
    """The 18-character form of a 15- or 18-character id; None if it is not an id."""
    if not SHAPE.fullmatch(id):
        return None
    full = id[:15] + checksum(id[:15])
    return full if len(id) == 15 or full.lower() == id.lower() else None
