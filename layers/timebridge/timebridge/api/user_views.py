"""Users as they are told."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from timebridge.api.access import Caller
from timebridge.api.views import View
from timebridge.records import Record
from timebridge.store.members import Members
from timebridge.tenants import Role
from timebridge.users import Standing, User
from timebridge.workspace.validation import name_key


class Given(StrEnum):
    """The roles that people of a tenant give each other."""

    TENANT_ADMIN = Role.TENANT_ADMIN.value
    MEMBER = Role.MEMBER.value
    VIEWER = Role.VIEWER.value


class UserView(View):
    """`role` is null for who has none yet, and for who runs the platform (`operator`). `invited_until`: how long the
    temporary password is good. `staff`: their record on the list of staff, found by the address."""

    id: str
    email: str
    name: str | None
    role: Given | None
    operator: bool
    standing: Standing
    invited_until: datetime | None
    seen: datetime | None
    staff: str | None
    you: bool


def view(user: User, caller: Caller) -> UserView:
    return views(user.tenant or "", [user], caller)[0]


def views(tenant: str, shown: Sequence[User], caller: Caller) -> list[UserView]:
    staff = Members(tenant).staff_by_email([user.email for user in shown])
    return [_shown(user, staff.get(name_key(user.email)), caller) for user in shown]


def _shown(user: User, staff: Record | None, caller: Caller) -> UserView:
    return UserView(
        id=user.id,
        email=user.email,
        name=user.name,
        role=Given(user.role) if user.role else None,
        operator=user.runs_platform,
        standing=user.standing,
        invited_until=user.invited_until,
        seen=user.seen,
        staff=staff.id if staff else None,
        you=user.id == caller.id,
    )


def called(user: User) -> str:
    return user.name or user.email


def facts(user: User) -> dict[str, Any]:
    return {"name": user.name, "email": user.email, "role": user.role, "standing": user.standing}
