"""The workspace: our records, as a side of the sync and as what people work with."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from timebridge.errors import Misconfigured, Missing, Rejected, SyncError
from timebridge.records import Record, Value
from timebridge.sides import Create, Cursor, Page, Update, Write, Written
from timebridge.store.commits import BATCH, Commits
from timebridge.store.drafts import (
    Draft,
    Outcome,
    created,
    deleted,
    members_of,
    record_of,
    refuse_removal,
    stale,
    updated,
)
from timebridge.store.exact import instant
from timebridge.store.expense_reports import EXPENSE, moved_with_expenses, refuse_edit, refuse_member
from timebridge.store.expense_reports import KIND as REPORT
from timebridge.store.paging import start_key, token
from timebridge.store.places import Places
from timebridge.store.rows import Rows
from timebridge.store.sheets import place_of
from timebridge.store.tables import RecordItem
from timebridge.workspace import accounting, kinds, locks, moves, validation
from timebridge.workspace.kinds import kind_of
from timebridge.workspace.properties import Kind
from timebridge.workspace.validation import name_key

PAGE = 200
SKIM = 200
"""How many names one query reads while many are looked up; gaps between wanted names are jumped over."""

SEARCHES = 12
"""Beginnings of names that are searched one by one; for more of them it is quicker to go through all names."""

TWICE = "the same record twice in one call"
LOOKED_AT = 1_000
"""How many records one page looks at, at most, for those that match."""


class Workspace:
    """The records of one tenant. Every write moves the record's revision; `version` is that revision as text.

    `actor`: who writes; it is kept on the record. Archived records stay readable by id, with `gone`.
    """

    batch_limit = BATCH

    def __init__(self, tenant: str, actor: str = "sync") -> None:
        self._rows = Rows(tenant)
        self._commits = Commits(tenant, actor)
        self._places = Places(tenant, self._rows.get)

    # --- a side of the sync ------------------------------------------------------------------------------------------

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        """Pages of what changed after each cursor; a kind without news yields none. Archived ones come with `gone`."""
        for kind, cursor in cursors.items():
            later = RecordItem.changed > f"{instant(cursor.stamp)}#{cursor.id}" if cursor else None
            found = RecordItem.by_changed.query(self._rows.of(kind), later, page_size=PAGE)
            for items in batched(found, PAGE, strict=False):
                records = [record_of(kind, item) for item in items if cursor or not item.archived]
                yield Page(kind, records, Cursor(items[-1].stamp, items[-1].sk))

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        """By id (archived ones come with `gone`), by the kind's label (mostly its name) or its key (code, email)."""
        kind = kind_of(name)
        if by == "id":
            return [record_of(name, item) for item in self._rows.some(name, keys)]
        if by == kind.label:
            items = _skimmed(RecordItem.by_name, self._rows.of(name), RecordItem.name_key, "name_key", keys)
        elif by == kind.key:
            parent = self._rows.below(name, by, None)
            items = _skimmed(RecordItem.by_parent, parent, RecordItem.sort, "sort", keys)
        elif by in kind.references:
            return self._belonging(kind, by, keys)
        else:
            known = ", ".join(name for name in ("id", kind.label, kind.key, *kind.references) if name)
            raise Misconfigured("Records cannot be looked up that way.", detail=f"{name} by {by}; known: {known}")
        return [record_of(name, item) for item in items]

    def _belonging(self, kind: Kind, by: str, keys: Sequence[str]) -> list[Record]:
        """The active records that refer to any of these: by the index where there is one, else by looking at all.

        The expenses of a report are known to the report, and exactly.
        """
        if (kind.name, by) == (EXPENSE, "report"):
            held = [id for report in self._rows.some(REPORT, keys) for id in members_of(report)]
            return [record_of(EXPENSE, item) for item in self._rows.some(EXPENSE, held) if not item.archived]
        if by == kind.parent and kind.key is None:
            items = (item for key in dict.fromkeys(keys) for item in self._children(kind, key))
            return [record_of(kind.name, item) for item in items]
        wanted = set(keys)
        found = RecordItem.by_changed.query(self._rows.of(kind.name), page_size=PAGE)
        return [record_of(kind.name, item) for item in found if not item.archived and item.data.get(by) in wanted]

    def _children(self, kind: Kind, key: str) -> Iterable[RecordItem]:
        return RecordItem.by_parent.query(self._rows.below(kind.name, kind.parent, key), page_size=PAGE)

    def similar(self, name: str, starts: Sequence[str], by: str) -> list[Record] | None:
        """By the kind's label, which comes alone and folded: of a few beginnings one by one, else the whole list."""
        if by != kind_of(name).label:
            return None
        wanted = [RecordItem.name_key.startswith(key) for start in starts if (key := name_key(start))]
        asked = wanted if len(wanted) <= SEARCHES else [None]
        names = ["sk", "name_key"]
        found = {
            item.sk: item.name_key
            for each in asked
            for item in RecordItem.by_name.query(self._rows.of(name), each, attributes_to_get=names)
        }
        return [Record(id, {by: text}) for id, text in found.items()]

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        """Create is idempotent by `record`, our id, and revives an archived record. Approved entries are Locked."""
        ids = [write.record if isinstance(write, Create) else write.id for write in writes]
        stored = {item.sk: item for item in self._rows.some(name, ids)}
        drafts = [
            stale(id, TWICE) if id in ids[:index] else self._drafted(name, write, stored.get(id))
            for index, (id, write) in enumerate(zip(ids, writes, strict=True))
        ]
        outcomes = self._commits.commit(name, drafts, by_people=False)
        return [out if isinstance(out, SyncError) else Written(out.id, out.version) for out in outcomes]

    def _drafted(self, kind: str, write: Write, before: RecordItem | None) -> Outcome:
        try:
            if isinstance(write, Create):
                return created(kind, write, before)
            if isinstance(write, Update):
                return updated(kind, write, before)
            return deleted(kind, write, before)
        except SyncError as error:
            return error

    # --- what people work with ---------------------------------------------------------------------------------------

    def create(self, kind: str, values: Mapping[str, Any], id: str | None = None) -> Record:
        """Raises Rejected, naming the field. Given an id that exists, returns the record that is there."""
        return self._made(kind, values, id or kinds.new_id(kind), by_people=True)

    def keep(self, kind: str, values: Mapping[str, Any], id: str) -> Record:
        """As `create`, though what it refers to may have been archived meanwhile: what was done was done."""
        return self._made(kind, values, id, by_people=False)

    def _made(self, kind: str, values: Mapping[str, Any], id: str, by_people: bool) -> Record:
        before = self._rows.get(kind, id)
        if before is not None:
            return record_of(kind, before)
        placed = self._places.of(kind, id, values)
        clean = {**validation.validate(kind, placed, by_people=True), **self._places.origin(kind, placed)}
        return self._commit_one(kind, Draft(id, None, clean), by_people)

    def proper(self, kind: str, values: Mapping[str, Any]) -> dict[str, Value]:
        """What a record could hold of these values, for one that is not made yet. Raises what `create` raises."""
        placed = self._places.of(kind, None, values)
        clean = validation.validate(kind, placed, partial=True, by_people=True)
        [outcome] = self._commits.checked(kind, [Draft("", None, clean)], by_people=True)
        if isinstance(outcome, SyncError):
            raise outcome
        return clean

    def get(self, kind: str, id: str) -> Record | None:
        item = self._rows.get(kind, id)
        return record_of(kind, item) if item else None

    def written_by(self, kind: str, id: str) -> str | None:
        """Who wrote a record last."""
        item = self._rows.get(kind, id)
        return item.actor if item else None

    def update(self, kind: str, id: str, patch: Mapping[str, Any], revision: int | str) -> Record:
        """Raises Missing, Stale when `revision` is not the stored one, Locked for an approved entry, Rejected."""
        before = self._at(kind, id, revision)
        locks.refuse_locked(kind, before.data)
        refuse_edit(self, kind, before, patch)
        self._places.refuse_image(kind, before.data, patch)
        placed = self._places.of(kind, id, patch, before.data)
        clean = validation.validate(kind, placed, partial=True, by_people=True)
        accounting.refuse_lines(before.data, clean)
        clean |= self._places.origin(kind, {**before.data, **clean})
        return self._commit_one(kind, Draft(id, before, {**before.data, **clean}))

    def archive(self, kind: str, id: str, revision: int | str) -> Record:
        before = self._at(kind, id, revision, archived=None)
        refuse_removal(kind, before)
        self._places.refuse_image(kind, before.data)
        return self._commit_one(kind, Draft(id, before, before.data, archived=True))

    def restore(self, kind: str, id: str, revision: int | str) -> Record:
        before = self._at(kind, id, revision, archived=None)
        self._places.refuse_image(kind, before.data)
        return self._commit_one(kind, Draft(id, before, before.data))

    def chain(self, task: str | None) -> list[str]:
        """The ids of a task and of those above it."""
        return self._places.chain(task)

    def submit(self, id: str, revision: int | str | None = None, kind: str = "time_entry") -> Record:
        return self._move("submit", kind, id, revision)

    def approve(self, id: str, revision: int | str | None = None, kind: str = "time_entry") -> Record:
        return self._move("approve", kind, id, revision)

    def reject(
        self, id: str, revision: int | str | None = None, kind: str = "time_entry", reason: str | None = None
    ) -> Record:
        return self._move("reject", kind, id, revision, reason)

    def reopen(self, id: str, revision: int | str | None = None, kind: str = "time_entry") -> Record:
        """Back to draft; where it was posted, the flow's condition then withdraws the posting."""
        return self._move("reopen", kind, id, revision)

    def review(self, id: str, revision: int | str | None = None) -> Record:
        """An invoice that somebody looked through: it goes out next, and stays as it is until then."""
        return self._worth("review", id, revision)

    def finalise(self, id: str, revision: int | str | None = None) -> Record:
        """An invoice that is out: it counts, takes payments, and may not be changed any more."""
        return self._worth("finalise", id, revision)

    def _worth(self, move: str, id: str, revision: int | str | None) -> Record:
        """A move that only an invoice with an amount makes."""
        if self._at("invoice", id, revision).data.get("amount") is None:
            raise Rejected("This invoice has no amount.", remedy="Give it one, or bill entries.", field="amount")
        return self._move(move, "invoice", id, revision)

    def void(self, id: str, revision: int | str | None = None) -> Record:
        """Raises Locked while there are payments. What it billed is released by `store.billing`."""
        accounting.refuse_paid(record_of("invoice", self._at("invoice", id, revision)).values)
        return self._move("void", "invoice", id, revision)

    def page(
        self,
        kind: str,
        q: str = "",
        start: str | None = None,
        limit: int = 50,
        parent: str | None = None,
        match: Mapping[str, Value] | None = None,
        fits: Callable[[Record], bool] | None = None,
        latest: bool = False,
    ) -> tuple[list[Record], str | None]:
        """Active records by label (name, or date), and where the next page starts.

        `q`: the beginning of the label; `parent`: only the records of that client (of a project) or project (of an
        entry); `match`: only those with these values; `fits`: only those for which it holds; `latest`: from the end.
        A page may be short although more follow.
        """
        index: Any = RecordItem.by_name if parent is None else RecordItem.by_parent
        name = "name_key" if parent is None else "sort"
        pk = self._rows.of(kind) if parent is None else self._rows.below(kind, kind_of(kind).parent, parent)
        partition = {"pk": self._rows.of(kind)} | ({} if parent is None else {"parent": pk})
        key = start_key(start, partition, ("sk", name))
        attribute = getattr(RecordItem, name)
        prefix = attribute.startswith(name_key(q)) if q.strip() else None
        size = LOOKED_AT if match or fits else limit
        more = {"page_size": min(size, PAGE), "last_evaluated_key": key, "scan_index_forward": not latest}
        records: list[Record] = []
        found = index.query(pk, prefix, limit=size, **more)
        for item in found:
            record = record_of(kind, item)
            same = all(record.values.get(field) == wanted for field, wanted in (match or {}).items())
            if same and (fits is None or fits(record)):
                records.append(record)
            if len(records) == limit:
                break
        return records, token(found.last_evaluated_key, ("sk", name))

    def refer(self, kind: str, name: str, old: str, new: str) -> int:
        """Let what refers to one record refer to another; also what is locked, as nothing else of it changes.

        `name`: the reference. Returns how many records were changed. Raises Stale when somebody was faster.
        """
        items = self._rows.some(kind, [record.id for record in self.read(kind, [old], by=name)])
        drafts = [Draft(item.sk, item, {**item.data, name: new}) for item in items]
        for outcome in self._commits.commit(kind, drafts, by_people=False):
            if isinstance(outcome, SyncError):
                raise outcome
        return len(items)

    def move_many(
        self, move: str, kind: str, revisions: Mapping[str, int | None], reason: str | None = None
    ) -> list[Record | SyncError]:
        """One outcome for each of these ids, at the revision that the caller knows. Reports move one by one."""
        if kind == REPORT:
            return [self._outcome(move, kind, id, revision, reason) for id, revision in revisions.items()]
        stored = self.stored(kind, revisions)
        drafts = [self._moving(move, kind, id, stored.get(id), at, reason) for id, at in revisions.items()]
        return self._commits.commit(kind, drafts, by_people=True)

    def _outcome(
        self, move: str, kind: str, id: str, revision: int | str | None, reason: str | None
    ) -> Record | SyncError:
        try:
            return self._move(move, kind, id, revision, reason)
        except SyncError as error:
            return error

    def _moving(
        self, move: str, kind: str, id: str, item: RecordItem | None, revision: int | None, reason: str | None
    ) -> Outcome:
        try:
            before = self._proven(kind, id, item, revision)
            refuse_member(kind, before)
            return Draft(id, before, moves.moved(move, before.data, kind, reason))
        except SyncError as error:
            return error

    def _move(self, move: str, kind: str, id: str, revision: int | str | None, reason: str | None = None) -> Record:
        before = self._at(kind, id, revision)
        if kind == REPORT:
            return moved_with_expenses(self, move, before, reason)
        refuse_member(kind, before)
        return self._commit_one(kind, Draft(id, before, moves.moved(move, before.data, kind, reason)))

    def _at(self, kind: str, id: str, revision: int | str | None, archived: bool | None = False) -> RecordItem:
        """The stored record, at the revision that the caller knows. `archived` None: it may be archived or not."""
        return self._proven(kind, id, self._rows.get(kind, id), revision, archived)

    def _proven(
        self, kind: str, id: str, item: RecordItem | None, revision: int | str | None, archived: bool | None = False
    ) -> RecordItem:
        if item is None:
            raise Missing(f"There is no such {kind.replace('_', ' ')}.", remedy="Check the id.", field="id", record=id)
        if archived is False and item.archived:
            raise Rejected(f"This {kind.replace('_', ' ')} is archived.", remedy="Restore it first.", record=id)
        if revision is not None and str(revision) != str(int(item.revision)):
            raise stale(id)
        return item

    # --- writing -----------------------------------------------------------------------------------------------------

    def _commit_one(self, kind: str, draft: Draft, by_people: bool = True) -> Record:
        [outcome] = self._commits.commit(kind, [draft], by_people)
        if isinstance(outcome, SyncError):
            raise outcome
        return outcome

    def write_drafts(self, kind: str, drafts: Sequence[Draft]) -> list[Record | SyncError]:
        """Write records as they shall be, also what people may not change; one outcome each."""
        return self._commits.commit(kind, drafts, by_people=False)

    def write_together(self, drafts: Sequence[tuple[str, Draft]]) -> bool:
        """Write records of several kinds, whose totals do not change: all of them, or none when one was changed."""
        return self._commits.commit_together(drafts)

    def stored(self, kind: str, ids: Iterable[str]) -> dict[str, RecordItem]:
        """The items as they are, to be written together with others."""
        return {item.sk: item for item in self._rows.some(kind, ids)}


def start_after(kind: str, record: Record, among_its_own: bool = False) -> str:
    """Where the page after this record starts. `among_its_own`: on a page of what belongs to its parent."""
    name = "sort" if among_its_own else "name_key"
    label = name_key(record.values.get(kind_of(kind).label) or record.id)
    place = label if among_its_own else place_of(kind, record.values, record.id)
    return token({"sk": {"S": record.id}, name: {"S": place}}, ("sk", name)) or ""


def _skimmed(index: Any, partition: str, attribute: Any, name: str, keys: Iterable[str]) -> Iterator[RecordItem]:
    """The records whose text is among the keys: one query where they lie close together, a jump where they do not."""
    wanted = sorted({name_key(key) for key in keys} - {""})
    found: dict[str, RecordItem] = {}
    while wanted:
        rows = list(index.query(partition, attribute.between(wanted[0], wanted[-1]), limit=SKIM, page_size=SKIM))
        known = set(wanted)
        found |= {row.sk: row for row in rows if getattr(row, name) in known}
        if len(rows) < SKIM:
            break
        last = getattr(rows[-1], name)
        cut = bisect_left if last != wanted[0] else bisect_right  # as many of one name as one query reads
        wanted = wanted[cut(wanted, last) :]
    return iter(found.values())
