"""Edits in the workspace: which of them a flow cares about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from timebridge.changes import Change, Where
from timebridge.flows import All, Condition, Flow, Flows, Is
from timebridge.store.exact import loads

EXISTENCE = "archived"
"""Changed when a record is created, archived or restored: every flow of its kind cares."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One record of ours, and the names of its values that changed ("archived" among them)."""

    tenant: str
    kind: str
    id: str
    changed: frozenset[str]


def edit_of(record: Mapping[str, Any]) -> Edit:
    """One record of the records table's stream. Raises KeyError or ValueError when it is something else."""
    images = record["dynamodb"]
    tenant, kind = images["Keys"]["pk"]["S"].rsplit("#", 1)
    old, new = _values(images.get("OldImage")), _values(images.get("NewImage"))
    changed = frozenset(name for name in {*old, *new} if old.get(name) != new.get(name))
    return Edit(tenant, kind, images["Keys"]["sk"]["S"], changed)


def _values(image: Mapping[str, Any] | None) -> dict[str, Any]:
    if not image:
        return {}
    total = {"hours_total": image["hours_total"]["N"]} if "hours_total" in image else {}
    return {**loads(image["data"]["S"]), **total, EXISTENCE: image.get("archived", {}).get("BOOL", False)}


def changes(edits: Iterable[Edit], flows: Flows) -> list[Change]:
    """What the edits mean for one connection: one to a field that no flow carries means nothing."""
    return [
        Change(Where.OURS, edit.kind, edit.id)
        for edit in edits
        if any(_matters(edit, flow) for flow in flows.of(Where.OURS, edit.kind))
    ]


def _matters(edit: Edit, flow: Flow) -> bool:
    named = _names(flow.when_ours)
    if named is None:
        return bool(edit.changed)
    return not edit.changed.isdisjoint({EXISTENCE, *named, *(field.ours for field in flow.fields)})


def _names(condition: Condition) -> set[str] | None:
    """The fields a condition looks at; None when it does not tell."""
    if isinstance(condition, Is):
        return {condition.path.partition(".")[0]}
    if not isinstance(condition, All):
        return None
    names: set[str] = set()
    for each in map(_names, condition.conditions):
        if each is None:
            return None
        names |= each
    return names
