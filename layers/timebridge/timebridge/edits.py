"""Edits in the workspace: which of them a flow cares about."""

from collections.abc import Iterable
from dataclasses import dataclass

from timebridge.changes import Change, Where
from timebridge.flows import All, Condition, Flow, Flows, Is
from timebridge.records import Values


@dataclass(frozen=True, slots=True)
class Edit:
    """A record of ours as it was and as it is; None: not there, or archived."""

    tenant: str
    kind: str
    id: str
    before: Values | None
    after: Values | None

    @property
    def changed(self) -> set[str]:
        """The fields whose value is another one now."""
        before, after = self.before or {}, self.after or {}
        return {name for name in {*before, *after} if before.get(name) != after.get(name)}

    @property
    def existence_changed(self) -> bool:
        return (self.before is None) is not (self.after is None)


def changes(edits: Iterable[Edit], flows: Flows) -> list[Change]:
    """What the edits mean for one connection: one to a field that no flow carries means nothing."""
    return [
        Change(Where.OURS, edit.kind, edit.id)
        for edit in edits
        if any(_matters(edit, flow) for flow in flows.of(Where.OURS, edit.kind))
    ]


def _matters(edit: Edit, flow: Flow) -> bool:
    watched = {field.ours for field in flow.fields}
    named = _names(flow.when_ours)
    return edit.existence_changed or (bool(edit.changed) if named is None else not edit.changed.isdisjoint(watched | named))


def _names(condition: Condition) -> set[str] | None:
    """The fields a condition looks at; None when it does not tell."""
    if isinstance(condition, Is):
        return {condition.path.partition(".")[0]}
    if isinstance(condition, All):
        found = [_names(each) for each in condition.conditions]
        return None if None in found else {name for names in found if names for name in names}
    return None


