"""Values as text: decimals stay exact, and the order of instants is the order of their texts."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


def dumps(value: object) -> str:
    """JSON in which a Decimal stays exact and stays a Decimal."""
    return json.dumps(value, default=_tagged, separators=(",", ":"), ensure_ascii=False)


def loads(text: str) -> Any:
    return json.loads(text, object_hook=_untagged)


def _tagged(value: object) -> object:
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"Cannot be stored: {type(value).__name__}")


def _untagged(found: dict[str, Any]) -> Any:
    return Decimal(found["$decimal"]) if "$decimal" in found else found


def instant(moment: datetime) -> str:
    """UTC text of one width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
