"""Entries submitted, approved, rejected or reopened, one or many in a call."""

from collections.abc import Iterable
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge.api import records
from timebridge.api.access import ADMINS, EVERYBODY, WRITERS, Asking, Caller, Noun, TenantId
from timebridge.api.approvers import DECISIONS, Bench, problems, staff_id
from timebridge.api.errors import Problem, conflict, of_road
from timebridge.api.kinds import PLURALS, EntryKinds, RecordId
from timebridge.api.outcomes import OutcomesView, outcomes
from timebridge.api.own import staff_of
from timebridge.api.records import RecordView
from timebridge.api.views import Asked, At, View
from timebridge.errors import Stale, SyncError
from timebridge.records import Record
from timebridge.store.records import Workspace

moves = Noun("entries")

MOST = 200
PATH = "/tenants/<tenant>/<kinds>"
ENTRY = f"{PATH}/<id>"

Reason = Annotated[str | None, Field(max_length=1000, description="What has to be mended; the person reads it.")]


class Chosen(Asked):
    """One of those that are meant, at the revision that was looked at, if that is said."""

    id: str = Field(max_length=100)
    revision: int | None = None


class Choice(Asked):
    entries: list[Chosen] = Field(min_length=1, max_length=MOST)


class Rejection(At):
    reason: Reason = None


class Rejections(Choice):
    reason: Reason = None


class DecisionView(View):
    """`reserved`: why the caller may not approve, reject or reopen it as it stands; missing where they may. `remedy`:
    whom to ask then."""

    reserved: str | None
    remedy: str | None


# --- one -------------------------------------------------------------------------------------------------------------


@moves.get(f"{ENTRY}/decision", EVERYBODY, "Say whether the caller decides about an entry")
def get_decision(tenant: TenantId, kinds: EntryKinds, id: RecordId, caller: Asking) -> DecisionView:
    """Administrators do, and the manager of its projects or of its person; others are told who does."""
    kind, found = PLURALS[kinds], records.stored(tenant, PLURALS[kinds], id)
    refusal = Bench(tenant, caller, kind, [found], staff_id(tenant, caller)).refusal_now(found)
    return DecisionView(reserved=refusal.reason if refusal else None, remedy=refusal.remedy if refusal else None)


@moves.post(f"{ENTRY}/submit", WRITERS, "Submit an entry")
def submit_entry(
    tenant: TenantId, kinds: EntryKinds, id: RecordId, caller: Asking, asked: Annotated[At | None, Body()] = None
) -> RecordView:
    return _moved(tenant, kinds, id, caller, "submit", asked)


@moves.post(f"{ENTRY}/approve", WRITERS, "Approve an entry")
def approve_entry(
    tenant: TenantId, kinds: EntryKinds, id: RecordId, caller: Asking, asked: Annotated[At | None, Body()] = None
) -> RecordView:
    """By an administrator, or the manager of its projects or of its person. It is locked then, and may be posted."""
    return _moved(tenant, kinds, id, caller, "approve", asked)


@moves.post(f"{ENTRY}/reject", WRITERS, "Reject an entry")
def reject_entry(
    tenant: TenantId, kinds: EntryKinds, id: RecordId, caller: Asking, asked: Annotated[Rejection | None, Body()] = None
) -> RecordView:
    """By those who may approve. The reason stays on it, as `rejected_because`, until it is handed in again."""
    return _moved(tenant, kinds, id, caller, "reject", asked, reason=asked.reason if asked else None)


@moves.post(f"{ENTRY}/reopen", WRITERS, "Make an entry a draft again")
def reopen_entry(
    tenant: TenantId, kinds: EntryKinds, id: RecordId, caller: Asking, asked: Annotated[At | None, Body()] = None
) -> RecordView:
    """By those who may approve; where it was posted administrators only, and the posting is withdrawn."""
    return _moved(tenant, kinds, id, caller, "reopen", asked)


def _moved(
    tenant: str, kinds: str, id: str, caller: Caller, move: str, asked: At | None, **more: str | None
) -> RecordView:
    kind, revision = PLURALS[kinds], asked.revision if asked else None
    before = records.stored(tenant, kind, id)
    for problem in _refused(tenant, caller, kind, move, [before]).values():
        raise problem
    try:
        after: Record = getattr(Workspace(tenant, caller.name), move)(id, revision, kind, **more)
    except Stale as error:
        current = records.view(kind, records.stored(tenant, kind, id), caller)
        raise conflict(error, current.model_dump(mode="json")) from error
    records.note(tenant, caller, move, kind, before, after)
    return records.view(kind, after, caller)


# --- many ------------------------------------------------------------------------------------------------------------


@moves.post(f"{PATH}/submit", WRITERS, "Submit many entries")
def submit_entries(
    tenant: TenantId, kinds: EntryKinds, asked: Annotated[Choice, Body()], caller: Asking
) -> OutcomesView:
    """Each by the same rules as alone; what is refused does not keep the others from being done."""
    return _all_moved(tenant, kinds, caller, "submit", asked)


@moves.post(f"{PATH}/approve", WRITERS, "Approve many entries")
def approve_entries(
    tenant: TenantId, kinds: EntryKinds, asked: Annotated[Choice, Body()], caller: Asking
) -> OutcomesView:
    """Administrators all, managers those of their projects and people. They are locked then, and may be posted."""
    return _all_moved(tenant, kinds, caller, "approve", asked)


@moves.post(f"{PATH}/reject", WRITERS, "Reject many entries")
def reject_entries(
    tenant: TenantId, kinds: EntryKinds, asked: Annotated[Rejections, Body()], caller: Asking
) -> OutcomesView:
    """By those who may approve. The reason stays on each, as `rejected_because`, until it is handed in again."""
    return _all_moved(tenant, kinds, caller, "reject", asked, asked.reason)


@moves.post(f"{PATH}/reopen", WRITERS, "Make many entries drafts again")
def reopen_entries(
    tenant: TenantId, kinds: EntryKinds, asked: Annotated[Choice, Body()], caller: Asking
) -> OutcomesView:
    """By those who may approve; where they were posted administrators only, and the postings are withdrawn."""
    return _all_moved(tenant, kinds, caller, "reopen", asked)


def _all_moved(
    tenant: str, kinds: str, caller: Caller, move: str, asked: Choice, reason: str | None = None
) -> OutcomesView:
    kind, space = PLURALS[kinds], Workspace(tenant, caller.name)
    chosen = {each.id: each.revision for each in asked.entries}
    before = {each.id: each for each in space.read(kind, list(chosen))}
    foreign = _refused(tenant, caller, kind, move, list(before.values()))
    mine = {id: revision for id, revision in chosen.items() if id not in foreign}
    moved = dict(zip(mine, space.move_many(move, kind, mine, reason), strict=True)) if mine else {}
    for id, after in moved.items():
        if isinstance(after, Record) and after.version != before[id].version:
            records.note(tenant, caller, move, kind, before[id], after)
    return outcomes([(id, foreign.get(id) or _said(kind, moved[id], caller)) for id in chosen])


def _refused(tenant: str, caller: Caller, kind: str, move: str, found: list[Record]) -> dict[str, Problem]:
    """By id, of what the caller may not hand in, or decide about."""
    return problems(tenant, caller, kind, found, move) if move in DECISIONS else _foreign(tenant, caller, found)


def _foreign(tenant: str, caller: Caller, found: Iterable[Record]) -> dict[str, Problem]:
    """What a member may not hand in: it is not theirs."""
    if caller.is_any(ADMINS):
        return {}
    me = staff_of(tenant, caller)
    others = [each.id for each in found if each.values.get("staff") != me.id]
    return {
        id: Problem(403, "Members write their own entries.", remedy="Ask a tenant_admin.", field="staff")
        for id in others
    }


def _said(kind: str, found: Record | SyncError, caller: Caller) -> RecordView | Problem:
    return records.view(kind, found, caller) if isinstance(found, Record) else of_road(found)
