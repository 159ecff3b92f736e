"""Records: what a side holds, as plain values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

type Value = bool | int | str | Decimal | None
"""Dates are ISO strings, money and hours are Decimal."""

type Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of one side, in that side's own field names.

    `version` is what a conditional write compares (revision, SyncToken, SystemModstamp); None if the side cannot say.
    `stamp` is when the side last changed it (UTC). `gone`: deleted, archived or made inactive.
    """

    id: str
    values: Mapping[str, Any]
    version: str | None = None
    stamp: datetime | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may be the one meant. `score`: how likely, of 100, and `reasons`: what speaks for and against."""

    id: str
    name: str | None
    score: int
    reasons: tuple[str, ...] = ()


def to_json(record: Record) -> str:
    """One line of an export: decimals as JSON numbers, the stamp in ISO 8601."""
    return json.dumps(
        {
            "id": record.id,
            "values": record.values,
            "version": record.version,
            "stamp": record.stamp.isoformat() if record.stamp else None,
            "gone": record.gone,
        },
        default=_number,
        separators=(",", ":"),
    )


def from_json(line: str) -> Record:
    found = json.loads(line, parse_float=Decimal)
    stamp = datetime.fromisoformat(found["stamp"]) if found["stamp"] else None
    return Record(found["id"], found["values"], found["version"], stamp, found["gone"])


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"Not a record value: {type(value).__name__}")
    return int(value) if value == value.to_integral_value() else float(value)
