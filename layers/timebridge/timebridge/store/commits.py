"""Drafts as they are written: the records, and with them the totals and reports that they count for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import batched
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from timebridge.errors import SyncError
from timebridge.records import Record
from timebridge.store.drafts import Draft, Outcome, after, moment, referring, settled, stale, summary_moves
from timebridge.store.exact import instant
from timebridge.store.expense_reports import is_collecting
from timebridge.store.pricing import completed
from timebridge.store.rows import Rows
from timebridge.store.sheets import place_of
from timebridge.store.tables import RecordItem
from timebridge.store.transactions import LIMIT, Step, commit, fitting
from timebridge.workspace.accounting import Totals
from timebridge.workspace.kinds import kind_of
from timebridge.workspace.validation import name_key

BATCH = 100
"""Records that are written in one call."""

AT_ONCE = {"time_entry": 33, "expense": 20, "invoice": 33, "payment": 20}
"""Of the hundred items in a transaction: an entry may touch two projects besides itself, a payment two invoices too,
and an expense two reports."""


class Commits:
    """Writes drafts of one tenant. `actor`: who writes; it is kept on the record."""

    def __init__(self, tenant: str, actor: str) -> None:
        self._tenant = tenant
        self._actor = actor
        self._rows = Rows(tenant)

    def commit(self, kind: str, drafts: Sequence[Outcome], by_people: bool) -> list[Record | SyncError]:
        """Write the drafts; what was decided already passes through, and what would change nothing is not written."""
        drafts = [settled(kind, draft) for draft in completed(self._tenant, kind, drafts)]
        checked = self.checked(kind, drafts, by_people)
        now = datetime.now(UTC)
        left = {index: draft for index, draft in enumerate(checked) if isinstance(draft, Draft)}
        steps = {index: self._step(kind, index, draft, now) for index, draft in left.items()}
        positions = list(steps)
        refused: set[int] = set()
        for group in fitting([[steps[index]] for index in positions]):
            for some in batched((positions[each] for each in group), self._at_once(kind, left.values()), strict=False):
                refused |= commit(some, lambda owners: self._steps(kind, owners, steps, left, now))
        if kind == "staff":
            self._renamed([draft for index, draft in left.items() if index not in refused])
        return [
            out if not isinstance(out, Draft) else stale(out.id) if index in refused else after(kind, out, now)
            for index, out in enumerate(checked)
        ]

    def commit_together(self, drafts: Sequence[tuple[str, Draft]]) -> bool:
        """Write records of several kinds, whose totals do not change: all of them, or none when one was changed."""
        now = datetime.now(UTC)
        steps = [self._step(kind, 0, draft, now) for kind, draft in drafts]
        return not commit((0,), lambda _: steps)

    def _renamed(self, staff: Sequence[Draft]) -> None:
        """Assignments carry the name of the person, so they follow it. Entries keep the one they were written under."""
        names = {
            draft.id: draft.values.get("name")
            for draft in staff
            if draft.before and draft.before.data.get("name") != draft.values.get("name")
        }
        if names:
            items = RecordItem.by_changed.query(self._rows.of("assignment"))
            found = [item for item in items if item.data["staff"] in names]
            wanted = [({**item.data, "staff_name": names[item.data["staff"]]}, item) for item in found]
            drafts = [Draft(item.sk, item, values, bool(item.archived)) for values, item in wanted]
            self.commit("assignment", drafts, by_people=False)

    def _at_once(self, kind: str, drafts: Iterable[Draft]) -> int:
        """A payment from the books may count for many invoices and their projects."""
        most = AT_ONCE.get(kind, BATCH)
        if kind != "payment":
            return most
        heaviest = max((1 + len(draft.totals(kind)) for draft in drafts), default=1)
        return max(1, min(most, LIMIT // heaviest))

    def _steps(
        self, kind: str, owners: Sequence[int], steps: Mapping[int, Step], drafts: Mapping[int, Draft], now: datetime
    ) -> list[Step]:
        """The records, and the totals of those they count for."""
        totals: Totals = {}
        concerned: dict[tuple[str, str], tuple[int, ...]] = {}
        members: dict[tuple[str, str], dict[str, bool]] = {}
        for owner in owners:
            for key, sums in drafts[owner].totals(kind).items():
                added = totals.setdefault(key, {})
                for name, change in sums.items():
                    added[name] = added.get(name, Decimal(0)) + change
                concerned[key] = (*concerned.get(key, ()), owner)
            for report, stays in drafts[owner].memberships(kind).items():
                key = ("expense_report", report)
                members.setdefault(key, {})[drafts[owner].id] = stays
                concerned[key] = (*concerned.get(key, ()), owner)
        sums_of = [
            self._total(*key, totals.get(key, {}), members.get(key, {}), tuple(dict.fromkeys(of)), now)
            for key, of in concerned.items()
        ]
        return [*(steps[owner] for owner in owners), *sums_of]

    def _total(
        self,
        kind: str,
        id: str,
        sums: Mapping[str, Decimal],
        members: Mapping[str, bool],
        owners: tuple[int, ...],
        now: datetime,
    ) -> Step:
        """Adds to the totals of a record. Its revision stays: nobody who edits it is disturbed."""
        actions = [getattr(RecordItem, name).add(change) for name, change in sums.items()]
        actions += [_set_or_remove(RecordItem.members[each], stays or None) for each, stays in members.items()]
        actions += [RecordItem.changed.set(f"{instant(now)}#{id}"), RecordItem.stamp.set(now)]
        if kind == "project":
            actions.append(RecordItem.summary_at.set(moment(now)))
        return Step("update", RecordItem(self._rows.of(kind), id), owners, _open_for(kind), actions)

    def _step(self, kind: str, owner: int, draft: Draft, now: datetime) -> Step:
        wanted: dict[str, Any] = {
            "changed": f"{instant(now)}#{draft.id}",
            "data": dict(draft.values),
            "archived": draft.archived,
            "stamp": now,
            "actor": self._actor,
            "revision": draft.revision,
            **self._listed(kind, draft),
        }
        if kind == "invoice":
            wanted["payable"] = True if draft.values.get("status") == "final" else None
        if kind == "expense_report":
            wanted["collecting"] = True if is_collecting(draft.values) and not draft.archived else None
        if kind == "project" and summary_moves(draft):
            wanted["summary_at"] = moment(now)
        if draft.before is None:
            item = RecordItem(self._rows.of(kind), draft.id, **wanted, **_made_over(kind, draft))
            return Step("put", item, (owner,), RecordItem.sk.does_not_exist())
        actions = [_set_or_remove(getattr(RecordItem, name), value) for name, value in wanted.items()]
        item = RecordItem(self._rows.of(kind), draft.id, data=wanted["data"])
        there = RecordItem.revision == draft.before.revision
        if kind == "invoice" and draft.values.get("status") == "void":
            there &= RecordItem.paid_total.does_not_exist() | (RecordItem.paid_total == Decimal(0))
        return Step("update", item, (owner,), there, actions)

    def _listed(self, kind: str, draft: Draft) -> dict[str, str | None]:
        """What puts a record into the lists; an archived one is in none."""
        found, values = kind_of(kind), draft.values
        if draft.archived:
            return {"name_key": None, "parent": None, "sort": None}
        label, place = name_key(values.get(found.label) or draft.id), place_of(kind, values, draft.id)
        by = found.key or found.parent
        value = values.get(by) if by else None
        if by is None or value is None:
            return {"name_key": place, "parent": None, "sort": None}
        sort = name_key(value) if found.key else label
        return {
            "name_key": place,
            "parent": self._rows.below(kind, by, None if found.key else str(value)),
            "sort": sort,
        }

    def checked(self, kind: str, drafts: Sequence[Outcome], by_people: bool) -> list[Outcome]:
        """Refuse what refers to records that are not there; and, for people, to archived ones."""
        wanted = {
            index: {
                name: (parent, str(id))
                for name, parent in kind_of(kind).references.items()
                if (id := draft.values.get(name)) is not None
                and (not draft.before or draft.before.data.get(name) != id)
            }
            for index, draft in enumerate(drafts)
            if isinstance(draft, Draft) and not draft.archived
        }
        there = self._there({found for each in wanted.values() for found in each.values()})
        return [referring(draft, wanted.get(index, {}), there, by_people) for index, draft in enumerate(drafts)]

    def _there(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bool]:
        """Those of the records that exist, and whether they are active."""
        keys = [(self._rows.of(kind), id) for kind, id in wanted]
        if not keys:
            return {}
        found = RecordItem.batch_get(keys, consistent_read=True, attributes_to_get=["pk", "sk", "archived"])
        return {(item.pk.rpartition("#")[2], item.sk): not item.archived for item in found}


def _set_or_remove(attribute: Any, value: object) -> Action:
    action: Action = attribute.remove() if value is None else attribute.set(value)
    return action


def _open_for(kind: str) -> Condition:
    """What has to be true of a record so that others count in its totals."""
    if kind == "expense_report":
        return RecordItem.collecting.exists()
    return RecordItem.payable.exists() if kind == "invoice" else RecordItem.sk.exists()


def _made_over(kind: str, draft: Draft) -> dict[str, Any]:
    """What stands beside the values of a new report from the start."""
    if kind != "expense_report":
        return {}
    members = draft.members or {}
    return {"members": dict.fromkeys(members, True), "amount": sum(members.values(), Decimal(0))}
