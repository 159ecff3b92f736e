"""Change data capture: one call for many objects, which is cut at a thousand records without a word.

An answer that is full may have been cut, so its objects are asked for in halves. One that fills an answer alone is left
to queries, page by page. Those show everything but what was deleted, so the page says that deletions may be missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from timebridge.providers.quickbooks_online.client import PAGE, Client


@dataclass(frozen=True, slots=True)
class Captured:
    """What changed in one object, and the server's time when it was asked."""

    rows: Sequence[Mapping[str, Any]]
    time: datetime


def captured(client: Client, since: Mapping[str, datetime]) -> dict[str, Captured]:
    """By object; those in which too much changed are left out."""
    if not since:
        return {}
    answers, time = client.changes(list(since), min(since.values()))
    rows = {name: [values for answer in answers for values in answer.get(name, ())] for name in since}
    if sum(map(len, rows.values())) < PAGE:
        return {name: Captured(found, time) for name, found in rows.items()}
    if len(since) == 1:
        return {}
    names = list(since)
    halves = names[: len(names) // 2], names[len(names) // 2 :]
    first, second = ({name: since[name] for name in half} for half in halves)
    return {**captured(client, first), **captured(client, second)}
