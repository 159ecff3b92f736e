"""What a stream record of the records table says: which record was edited, and what in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from timebridge.store.exact import loads


@dataclass(frozen=True, slots=True)
class Edit:
    """`changed` names the values that differ ("archived" among them when it was archived or restored)."""

    tenant: str
    kind: str
    id: str
    changed: frozenset[str]
    actor: str | None


def edit_of(stream_record: Mapping[str, Any]) -> Edit:
    """From one record of a DynamoDB stream that carries both images."""
    images = stream_record["dynamodb"]
    tenant, _, kind = images["Keys"]["pk"]["S"].rpartition("#")
    old, new = _values(images.get("OldImage")), _values(images.get("NewImage"))
    changed = frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    actor = images.get("NewImage", {}).get("actor", {}).get("S")
    return Edit(tenant, kind, images["Keys"]["sk"]["S"], changed, actor)


def _values(image: Mapping[str, Any] | None) -> dict[str, Any]:
    if not image:
        return {}
    extra = {"archived": image.get("archived", {}).get("BOOL", False)}
    if "hours_total" in image:
        extra["hours_total"] = image["hours_total"]["N"]
    values: dict[str, Any] = loads(image["data"]["S"])
    return values | extra
