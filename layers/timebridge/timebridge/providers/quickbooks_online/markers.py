"""The marker of our record in a text of theirs: how a create whose answer was lost is found again.

A marker is the last bracket of the text, `[timebridge:te_01H...]`. It stays in QuickBooks and never comes in.
"""

import re

MARKER = re.compile(r"\s*\[timebridge:([^\]\s]+)\]\s*$")


def marked(text: object, record: str, limit: int) -> str:
    """The text with the marker of our record at its end, cut before it to fit the limit."""
    marker = f"[timebridge:{record}]"
    kept = unmarked(text)[: limit - len(marker) - 1].rstrip()
    return f"{kept} {marker}" if kept else marker


def unmarked(text: object) -> str:
    return MARKER.sub("", str(text)) if text is not None else ""


def marker_of(text: object) -> str | None:
    """The id of our record that the text was marked with."""
    found = MARKER.search(str(text)) if text is not None else None
    return found[1] if found else None
