"""Many entries submitted, approved, rejected or reopened in one call."""

from collections.abc import Iterable
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge.api import records
from timebridge.api.access import ADMINS, WRITERS, Asking, Caller, Noun, TenantId
from timebridge.api.errors import Problem, of_road
from timebridge.api.kinds import PLURALS, EntryKinds
from timebridge.api.outcomes import OutcomesView, outcomes
from timebridge.api.own import staff_of
from timebridge.api.records import RecordView
from timebridge.api.views import Asked
from timebridge.errors import SyncError
from timebridge.records import Record
from timebridge.store.records import Workspace

moves = Noun("entries")

MOST = 200
PATH = "/tenants/<tenant>/<kinds>"


class Chosen(Asked):
    """One of those that are meant, at the revision that was looked at, if that is said."""

    id: str = Field(max_length=100)
    revision: int | None = None


class Choice(Asked):
    entries: list[Chosen] = Field(min_length=1, max_length=MOST)


class Rejections(Choice):
    reason: str | None = Field(default=None, max_length=1000, description="What has to be mended; the person reads it.")


@moves.post(f"{PATH}/submit", WRITERS, "Submit many entries")
def submit_entries(
    tenant: TenantId, kinds: EntryKinds, asked: Annotated[Choice, Body()], caller: Asking
) -> OutcomesView:
    """Each by the same rules as alone; what is refused does not keep the others from being done."""
    return _moved(tenant, kinds, caller, "submit", asked)


@moves.post(f"{PATH}/approve", ADMINS, "Approve many entries")
def approve_entries(
    tenant: TenantId, kinds: EntryKinds, asked: Annotated[Choice, Body()], caller: Asking
) -> OutcomesView:
    """From now on they are locked, and may be posted to the books."""
    return _moved(tenant, kinds, caller, "approve", asked)


@moves.post(f"{PATH}/reject", ADMINS, "Reject many entries")
def reject_entries(
    tenant: TenantId, kinds: EntryKinds, asked: Annotated[Rejections, Body()], caller: Asking
) -> OutcomesView:
    """The reason stays on each, as `rejected_because`, until it is handed in again."""
    return _moved(tenant, kinds, caller, "reject", asked, asked.reason)


@moves.post(f"{PATH}/reopen", ADMINS, "Make many entries drafts again")
def reopen_entries(
    tenant: TenantId, kinds: EntryKinds, asked: Annotated[Choice, Body()], caller: Asking
) -> OutcomesView:
    """Where they were posted, the postings are withdrawn."""
    return _moved(tenant, kinds, caller, "reopen", asked)


def _moved(
    tenant: str, kinds: str, caller: Caller, move: str, asked: Choice, reason: str | None = None
) -> OutcomesView:
    kind, space = PLURALS[kinds], Workspace(tenant, caller.name)
    chosen = {each.id: each.revision for each in asked.entries}
    before = {each.id: each for each in space.read(kind, list(chosen))}
    foreign = _foreign(tenant, caller, before.values())
    mine = {id: revision for id, revision in chosen.items() if id not in foreign}
    moved = dict(zip(mine, space.move_many(move, kind, mine, reason), strict=True)) if mine else {}
    for id, after in moved.items():
        if isinstance(after, Record) and after.version != before[id].version:
            records.note(tenant, caller, move, kind, before[id], after)
    return outcomes([(id, foreign.get(id) or _said(kind, moved[id], caller)) for id in chosen])


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
