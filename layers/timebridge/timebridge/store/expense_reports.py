"""Expense reports: what belongs to one moves with it, and what is loose can be gathered into one per person."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING, Any

from timebridge.errors import Locked, Missing, Rejected, Stale, SyncError
from timebridge.records import Record
from timebridge.store.drafts import Draft, Outcome, members_of, record_of
from timebridge.store.rows import Rows
from timebridge.store.tables import RecordItem
from timebridge.workspace import accounting, kinds, moves, validation

if TYPE_CHECKING:
    from timebridge.store.records import Workspace

KIND, EXPENSE = "expense_report", "expense"

COLLECTING = ("draft", "rejected")
"""Statuses in which a report takes expenses, and in which those that it has may be changed."""

TOGETHER = 90
"""Expenses that are gathered in one transaction, besides their report."""

ATTEMPTS = 8
"""How often expenses are read again because somebody else changed some of them."""


def is_collecting(values: Mapping[str, Any]) -> bool:
    return values.get("status") in COLLECTING


# --- what is refused -------------------------------------------------------------------------------------------------


def expenses(tenant: str, drafts: Sequence[Outcome]) -> list[Outcome]:
    """Refuses to fill a report that is closed, or somebody else's. One that is not there is refused later."""
    changed = {id(draft): _touched(draft) for draft in drafts if isinstance(draft, Draft)}
    reports = sorted({each for found in changed.values() for each in found})
    stored = {item.sk: item for item in Rows(tenant).some(KIND, reports)}
    return [_fitting(draft, changed.get(id(draft), {}), stored) for draft in drafts]


def _touched(draft: Draft) -> dict[str, bool]:
    """The reports whose contents or sum it changes; True: it comes into them."""
    sums = {id: False for kind, id in draft.totals(EXPENSE) if kind == KIND}
    return sums | draft.memberships(EXPENSE)


def _fitting(draft: Outcome, changed: Mapping[str, bool], reports: Mapping[str, RecordItem]) -> Outcome:
    if not isinstance(draft, Draft):
        return draft
    if draft.values.get("report") and draft.values.get("card"):
        remedy = "Leave the report or the card out."
        return Rejected("What was paid by card is in no report.", remedy=remedy, field="card", record=draft.id)
    for id, report in ((id, reports[id]) for id in changed if id in reports):
        if not is_collecting(report.data):
            return _closed(report, draft.id)
        if changed[id] and report.data["staff"] != draft.values["staff"]:
            remedy = "Choose a report of the person who spent it."
            return Rejected("This report is somebody else's.", remedy=remedy, field="report", record=draft.id)
    return draft


def _closed(report: RecordItem, expense: str) -> Locked:
    said = f"The expense report is {report.data['status']}, and so are its expenses."
    return Locked(said, remedy="Reject or reopen the report first.", field="report", record=expense)


def refuse_edit(space: "Workspace", kind: str, item: RecordItem, patch: Mapping[str, Any]) -> None:
    """Raises Locked for an expense in a report that is closed, Rejected for handing over a report with expenses."""
    report = item.data.get("report") if kind == EXPENSE else None
    above = space.stored(KIND, [report]).get(report) if report else None
    if above is not None and not is_collecting(above.data):
        raise _closed(above, item.sk)
    if kind == KIND and patch.get("staff", item.data["staff"]) != item.data["staff"] and members_of(item):
        remedy = "Make a report for each of the two."
        raise Rejected("The expenses in this report are somebody else's.", remedy=remedy, field="staff", record=item.sk)
    if kind == EXPENSE and report and patch.get("staff", item.data["staff"]) != item.data["staff"]:
        remedy = "Take it out of the report first."
        raise Rejected("This expense is in a report of somebody else.", remedy=remedy, field="staff", record=item.sk)


def refuse_member(kind: str, item: RecordItem) -> None:
    """Raises Locked for an expense that moves with its report only."""
    report = item.data.get("report") if kind == EXPENSE else None
    if report:
        remedy = f"Submit, approve, reject or reopen the report {report}, or take the expense out of it."
        raise Locked("This expense is in a report and moves with it.", remedy=remedy, field="report", record=item.sk)


# --- moves -----------------------------------------------------------------------------------------------------------


def moved_with_expenses(space: "Workspace", move: str, report: RecordItem, reason: str | None = None) -> Record:
    """A report after one of its moves, and its expenses with it. Asked again, it goes on with what a crash left.

    What is approved is approved from the bottom up: a report counts as approved when all that it holds is. Raises what
    `moves.moved` raises, Stale, and Locked for one whose expenses are billed.
    """
    values = moves.moved(move, report.data, KIND, reason)
    _refuse_move(move, report, space.stored(EXPENSE, members_of(report)).values())
    if move == "approve":
        _follow(space, report.sk, str(values["status"]))
    [outcome] = space.write_drafts(KIND, [Draft(report.sk, report, values)])
    _follow(space, report.sk)
    if isinstance(outcome, SyncError):
        raise outcome
    return outcome


def _refuse_move(move: str, report: RecordItem, held: Iterable[RecordItem]) -> None:
    items = list(held)
    if move == "submit" and not items:
        raise Rejected("This report has no expenses.", remedy="Put expenses into it first.", record=report.sk)
    if move == "reopen":
        for item in items:
            accounting.refuse_billed(item.data)


def _follow(space: "Workspace", id: str, status: str | None = None) -> None:
    """Let the expenses of a report have its status. They are read before it: who moves it later moves them later."""
    held = members_of(space.stored(KIND, [id])[id])
    for _ in range(ATTEMPTS):
        items = space.stored(EXPENSE, held).values()
        wanted = status or space.stored(KIND, [id])[id].data["status"]
        late = [item for item in items if item.data["status"] != wanted and item.data.get("report") == id]
        outcomes = space.write_drafts(EXPENSE, [Draft(i.sk, i, {**i.data, "status": wanted}) for i in late])
        errors = [outcome for outcome in outcomes if isinstance(outcome, SyncError)]
        for error in errors:
            if not isinstance(error, Stale):
                raise error
        if not errors:
            return
    raise Stale("The expenses keep changing while they move with their report.", remedy="Try again.", record=id)


# --- gathering -------------------------------------------------------------------------------------------------------


def gather(space: "Workspace", ids: Sequence[str], values: Mapping[str, Any] | None = None) -> list[Record]:
    """The reports that these expenses are in, after those that are in none were put into new ones: one per person.

    `values`: what new reports get (date, number, notes, post_as); their date is that of the latest expense else. More
    than `TOGETHER` loose expenses of one person make several. Raises Missing, Rejected, and Stale.
    """
    found: dict[str, None] = {}
    for _ in range(ATTEMPTS):
        items = _expenses(space, ids)
        found |= {str(item.data["report"]): None for item in items if item.data.get("report")}
        loose = [item for item in items if not item.data.get("report")]
        if not loose:
            stored = space.stored(KIND, found)
            return [record_of(KIND, stored[id]) for id in found]
        for some in _by_person(loose):
            _collect(space, some, values or {})
    raise Stale("The expenses keep changing while they are gathered.", remedy="Try again.")


def _expenses(space: "Workspace", ids: Sequence[str]) -> list[RecordItem]:
    stored = space.stored(EXPENSE, ids)
    for id in ids:
        item = stored.get(id)
        if item is None or item.archived:
            raise Missing("There is no such expense.", remedy="Check the id.", field="ids", record=id)
        if item.data.get("card"):
            remedy = "Leave it out: it is posted by itself."
            raise Rejected("What was paid by card is in no report.", remedy=remedy, field="ids", record=id)
    return list(stored.values())


def _by_person(loose: Sequence[RecordItem]) -> list[Sequence[RecordItem]]:
    """Those of one person and one status, as many as go together."""
    people: defaultdict[tuple[str, str], list[RecordItem]] = defaultdict(list)
    for item in sorted(loose, key=lambda item: item.sk):
        people[item.data["staff"], item.data["status"]].append(item)
    return [some for each in people.values() for some in batched(each, TOGETHER, strict=False)]


def _collect(space: "Workspace", items: Sequence[RecordItem], values: Mapping[str, Any]) -> None:
    """Put them into a new report that is as far as they are: all of them, or none when somebody was faster."""
    first = items[0].data
    latest = max(item.data["date"] for item in items)
    wanted = validation.validate(KIND, {"date": latest, **values, "staff": first["staff"]}, by_people=True)
    amounts: dict[str, Decimal] = {item.sk: item.data["amount"] for item in items}
    report = Draft(kinds.new_id(KIND), None, {**wanted, "status": first["status"]}, members=amounts)
    held = [(EXPENSE, Draft(item.sk, item, {**item.data, "report": report.id})) for item in items]
    space.write_together([(KIND, report), *held])
