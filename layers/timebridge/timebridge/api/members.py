"""Who takes part in a project or in one of its tasks."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field

from timebridge.api.access import ADMINS, EVERYBODY, Asking, Noun, TenantId
from timebridge.api.kinds import RecordId
from timebridge.api.views import Asked, Limit, Page, Start, View
from timebridge.records import Record
from timebridge.store.audit import Audit
from timebridge.store.members import Members
from timebridge.workspace.membership import Membership

members = Noun("members")

PATH = "/tenants/<tenant>/projects/<id>/members"
OfTask = Annotated[str | None, Query(max_length=100, description="Of this task, with who is in the whole project.")]


class MemberView(View):
    """`by_hand`: assigned, with this `role`, to the whole project (`task` missing) or to a task; else everybody is."""

    staff: str
    name: str | None
    email: str | None
    role: str
    task: str | None
    by_hand: bool


class Seat(Asked):
    """Somebody's part in a project, or in one task and what is below it."""

    staff: str = Field(max_length=100)
    task: str | None = Field(default=None, max_length=100)
    role: str | None = Field(default=None, max_length=80, description="Theirs; “user” unless it says otherwise.")
    member: bool = Field(default=True, description="False: no longer, whatever holds for everybody.")


class SeatView(Seat):
    assignments: list[str] = Field(description="Ids of the assignments that say so.")


@members.get(PATH, EVERYBODY, "List who takes part in a project or task")
def list_members(
    tenant: TenantId, id: RecordId, task: OfTask = None, start: Start = None, limit: Limit = 50
) -> Page[MemberView]:
    """Those who may book time there, by name. A project that is open to all has everybody who works here."""
    found, next = Members(tenant).page(id, task, start, limit)
    return Page[MemberView](items=[_view(staff, membership) for staff, membership in found], next=next)


@members.post(PATH, ADMINS, "Change somebody's part in a project or task")
def set_member(tenant: TenantId, id: RecordId, asked: Annotated[Seat, Body()], caller: Asking) -> SeatView:
    """Add, give another role, or take out. It stays like that, whatever is synchronised; said twice it is so once."""
    made = Members(tenant, caller.name).assign(id, asked.task, asked.staff, asked.role, asked.member)
    Audit(tenant).write(caller.name, "member.set", id, asked.model_dump())
    return SeatView(**asked.model_dump(), assignments=[record.id for record in made])


def _view(staff: Record, membership: Membership) -> MemberView:
    return MemberView(
        staff=staff.id,
        name=staff.values.get("name"),
        email=staff.values.get("email"),
        role=membership.role,
        task=membership.task,
        by_hand=membership.by_hand,
    )
