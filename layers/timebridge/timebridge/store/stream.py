"""The stream of the records table, read back into edits."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from timebridge.edits import Edit
from timebridge.records import Values
from timebridge.store.tables import loads


def edit(record: Mapping[str, Any]) -> Edit:
    """One record of the stream event. Raises KeyError or ValueError when it is none of the records table."""
    found = record["dynamodb"]
    tenant, kind = found["Keys"]["pk"]["S"].rsplit("#", 1)
    before, after = _values(found.get("OldImage")), _values(found.get("NewImage"))
    return Edit(tenant, kind, found["Keys"]["sk"]["S"], before, after)


def _values(image: Mapping[str, Any] | None) -> Values | None:
    """The values of a record; None when it is not there or archived."""
    if not image or image.get("archived", {}).get("BOOL"):
        return None
    values: dict[str, Any] = loads(image["data"]["S"])
    total = image.get("hours_total")
    return values | {"hours_total": Decimal(total["N"])} if total else values
