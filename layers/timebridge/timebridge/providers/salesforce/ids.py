"""Record ids: 15 case-sensitive characters, and 3 more that make them safe where case is lost."""

import re

SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def full_id(id: str) -> str | None:
    """The 18-character form of a 15- or 18-character id; None for what cannot be an id."""
    if not SHAPE.fullmatch(id):
        return None
    return id if len(id) == 18 else id + _suffix(id)


def _suffix(id: str) -> str:
    groups = (id[start : start + 5] for start in (0, 5, 10))
    return "".join(ALPHABET[sum(1 << i for i, c in enumerate(group) if "A" <= c <= "Z")] for group in groups)
