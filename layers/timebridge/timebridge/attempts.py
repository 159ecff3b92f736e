"""Attempts: the write that a side refused, kept beside the refusal for those who have to find out why."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from timebridge.changes import Where
from timebridge.sides import Create, Delete, Update, Write

LONGEST = 4_000
"""Characters of all values together: a list of what waits reads thousands of links."""


class Step(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


STEPS: Mapping[type, Step] = {Create: Step.CREATE, Update: Step.UPDATE, Delete: Step.DELETE}


@dataclass(frozen=True, slots=True)
class Attempt:
    """`where`: the side that was written to. `values`: what was sent, by that side's dotted paths, as text; None: the
    field was to be emptied. Long ones end in "…"."""

    where: Where
    step: Step
    values: Mapping[str, str | None]
    at: datetime


def attempt(where: Where, write: Write, at: datetime) -> Attempt:
    values = {} if isinstance(write, Delete) else dict(_flat(write.values))
    return Attempt(where, STEPS[type(write)], _cut(values), at)


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str | None]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", _text(value)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, bool | list) else str(value)


def _cut(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """The short ones whole, and of the long ones as much as there is room for."""
    left, cut = LONGEST, dict[str, str | None]()
    for name, value in sorted(values.items(), key=lambda each: len(each[1] or "")):
        cut[name] = value if value is None or len(value) <= left else f"{value[:left]}…"
        left = max(left - len(value or ""), 0)
    return {name: cut[name] for name in values}
