"""Records of ours on their way to being written: what a write makes of what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from timebridge import workspace
from timebridge.errors import Rejected, Stale, SyncError
from timebridge.records import Record, Value
from timebridge.sides import Create, Delete, Update
from timebridge.store.tables import RecordItem
from timebridge.workspace import counted_hours, kind_of


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as it shall be, next to how it is stored (None: not there)."""

    id: str
    before: RecordItem | None
    values: Mapping[str, Value]
    archived: bool = False

    @property
    def revision(self) -> int:
        return int(self.before.revision) + 1 if self.before else 1

    @property
    def hours(self) -> dict[str, Decimal]:
        """By how much it changes the hours of which project."""
        changes: dict[str, Decimal] = {}
        if self.before is not None and not self.before.archived:
            changes[str(self.before.data["project"])] = -counted_hours(self.before.data)
        if not self.archived:
            project = str(self.values["project"])
            changes[project] = changes.get(project, Decimal(0)) + counted_hours(self.values)
        return {project: change for project, change in changes.items() if change}


type Outcome = Draft | Record | SyncError


def record_of(kind: str, item: RecordItem) -> Record:
    values = {name: item.data.get(name) for name in kind_of(kind).properties}
    if kind == "project":
        values["hours_total"] = (item.hours_total or Decimal(0)).quantize(Decimal("0.01"))
    return Record(item.sk, values, str(int(item.revision)), item.stamp, bool(item.archived))


def after(kind: str, draft: Draft, now: datetime) -> Record:
    values = dict(draft.values)
    if kind == "project":
        values["hours_total"] = record_of(kind, draft.before).values["hours_total"] if draft.before else Decimal("0.00")
    return Record(draft.id, values, str(draft.revision), now, draft.archived)


def created(kind: str, write: Create, before: RecordItem | None) -> Outcome:
    if before is not None and not before.archived:
        return record_of(kind, before)
    return Draft(write.record, before, workspace.validate(kind, write.values))


def updated(kind: str, write: Update, before: RecordItem | None) -> Outcome:
    if before is None or before.archived or not _is_at(before, write.version):
        return stale(write.id)
    values = {**before.data, **workspace.validate(kind, write.values, partial=True)}
    if values != before.data:
        workspace.refuse_locked(kind, before.data)
    return Draft(write.id, before, values)


def deleted(kind: str, write: Delete, before: RecordItem | None) -> Outcome:
    if before is None:
        return Record(write.id, {}, gone=True)
    if before.archived:
        return record_of(kind, before)
    if not _is_at(before, write.version):
        return stale(write.id)
    workspace.refuse_locked(kind, before.data)
    return Draft(write.id, before, before.data, archived=True)


def _is_at(item: RecordItem, version: str | None) -> bool:
    return version is None or version == str(int(item.revision))


def settled(kind: str, draft: Outcome) -> Outcome:
    """A draft that would change nothing is the record that is there."""
    before = draft.before if isinstance(draft, Draft) else None
    if before is None or not isinstance(draft, Draft):
        return draft
    same = draft.archived == bool(before.archived) and all(
        before.data.get(name) == value for name, value in draft.values.items()
    )
    return record_of(kind, before) if same else draft


def referring(
    draft: Outcome, wanted: Mapping[str, tuple[str, str]], there: Mapping[tuple[str, str], bool], by_people: bool
) -> Outcome:
    for name, reference in wanted.items():
        spoken = reference[0].replace("_", " ")
        if reference not in there:
            shown = reference[1][: workspace.LONGEST_SHOWN]
            return Rejected(f"There is no {spoken} “{shown}”.", remedy=f"Give the id of a {spoken}.", field=name)
        if by_people and not there[reference]:
            return Rejected(f"The {spoken} is archived.", remedy="Restore it first, or choose another.", field=name)
    return draft


def stale(id: str, detail: str = "") -> Stale:
    return Stale(
        "This record was changed by somebody else meanwhile.",
        remedy="Load it again and repeat the change.",
        detail=detail,
        field="revision",
        record=id,
    )
