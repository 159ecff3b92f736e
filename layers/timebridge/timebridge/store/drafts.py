"""Records of ours on their way to being written: what a write makes of what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from timebridge.errors import Rejected, Stale, SyncError
from timebridge.records import Record, Value
from timebridge.sides import Create, Delete, Update
from timebridge.store.tables import RecordItem
from timebridge.workspace import accounting, locks, validation, wording
from timebridge.workspace.accounting import Totals
from timebridge.workspace.kinds import kind_of


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as it shall be, next to how it is stored (None: not there).

    `members`: the expenses over which a new report is made, with their amounts.
    """

    id: str
    before: RecordItem | None
    values: Mapping[str, Value]
    archived: bool = False
    members: Mapping[str, Decimal] | None = None

    @property
    def revision(self) -> int:
        return int(self.before.revision) + 1 if self.before else 1

    def totals(self, kind: str) -> Totals:
        """By how much it changes which totals of which other records."""
        before = self.before.data if self.before is not None and not self.before.archived else None
        return accounting.difference(
            accounting.totals_of(kind, before) if before is not None else {},
            {} if self.archived else accounting.totals_of(kind, self.values),
        )

    def memberships(self, kind: str) -> dict[str, bool]:
        """The expense reports that an expense comes into (True), or leaves (False)."""
        if kind != "expense":
            return {}
        before = self.before.data if self.before is not None and not self.before.archived else {}
        values = {} if self.archived else self.values
        was, now = before.get("report"), values.get("report")
        return {str(report): report == now for report in (was, now) if report and was != now}


type Outcome = Draft | Record | SyncError


def record_of(kind: str, item: RecordItem) -> Record:
    values = _whole(kind, item.data, item)
    return Record(item.sk, values, str(int(item.revision)), item.stamp, bool(item.archived))


def after(kind: str, draft: Draft, now: datetime) -> Record:
    values = _whole(kind, draft.values, draft.before)
    if kind == "project" and summary_moves(draft):
        values["summary_at"] = moment(now)
    return Record(draft.id, values, str(draft.revision), now, draft.archived)


def _whole(kind: str, data: Mapping[str, Value], item: RecordItem | None) -> dict[str, Value]:
    """What is kept, the totals that stand beside it, and what follows from both."""
    values = {name: data.get(name) for name in kind_of(kind).properties}
    for name in accounting.TOTALS.get(kind, ()):
        values[name] = (getattr(item, name, None) or Decimal(0)).quantize(accounting.CENT)
    if kind == "project":
        values["summary_at"] = item.summary_at if item else None
    return values | accounting.derived(kind, values)


def summary_moves(draft: Draft) -> bool:
    """Whether an edit of a project changes what its summary says, besides the totals."""
    return draft.before is not None and draft.before.data.get("status") != draft.values.get("status")


def moment(now: datetime) -> str:
    """As other systems keep it: whole seconds."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def created(kind: str, write: Create, before: RecordItem | None) -> Outcome:
    if before is not None and not before.archived:
        return record_of(kind, before)
    return Draft(write.record, before, validation.validate(kind, write.values))


def updated(kind: str, write: Update, before: RecordItem | None) -> Outcome:
    if before is None or before.archived or not _is_at(before, write.version):
        return stale(write.id)
    values = {**before.data, **validation.validate(kind, write.values, partial=True)}
    if not _only_synced(kind, before.data, values):
        locks.refuse_locked(kind, before.data)
    return Draft(write.id, before, values)


def _only_synced(kind: str, before: Mapping[str, Value], values: Mapping[str, Value]) -> bool:
    """What is locked still shows what other systems say of it: values that nobody here sets."""
    properties = kind_of(kind).properties
    return all(properties[name].synced or before.get(name) == value for name, value in values.items())


def deleted(kind: str, write: Delete, before: RecordItem | None) -> Outcome:
    if before is None:
        return Record(write.id, {}, gone=True)
    if before.archived:
        return record_of(kind, before)
    if not _is_at(before, write.version):
        return stale(write.id)
    refuse_removal(kind, before)
    return Draft(write.id, before, before.data, archived=True)


def refuse_removal(kind: str, item: RecordItem) -> None:
    """Raises Locked for what may be in the books. A void invoice may go; one that bills something has to be voided."""
    if kind == "invoice" and item.data.get("status") == "void":
        return
    locks.refuse_locked(kind, item.data)
    if kind == "invoice":
        accounting.refuse_lines(item.data, {"amount": None})
    if kind == "expense_report" and members_of(item):
        raise Rejected("There are expenses in this report.", remedy="Take them out of it first.", record=item.sk)


def members_of(item: RecordItem) -> list[str]:
    """The ids of the expenses of a report."""
    return sorted(item.members.attribute_values) if item.members else []


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
            shown = reference[1][: wording.LONGEST_SHOWN]
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
