"""What members may write: entries of their own, where they take part."""

from collections.abc import Mapping
from typing import Any

from timebridge.api.access import ADMINS, Caller
from timebridge.api.errors import Problem
from timebridge.records import Record
from timebridge.store.members import Members
from timebridge.store.records import Workspace

PLACE = ("project", "task", "staff")
"""What decides whose an entry is, and where."""


def own(tenant: str, caller: Caller, values: Mapping[str, Any], before: Record | None = None) -> dict[str, Any]:
    """The values of an entry as the caller may write them: a member's are their own, and say so by themselves.

    Raises Problem 403.
    """
    if caller.is_any(ADMINS):
        return dict(values)
    me = staff_of(tenant, caller)
    given = dict(values) if before else {"staff": me.id, **values}
    if (before and before.values.get("staff") != me.id) or given.get("staff", me.id) != me.id:
        raise Problem(403, "Members write their own entries.", remedy="Ask a tenant_admin.", field="staff")
    if not given.keys().isdisjoint(PLACE):
        refuse_strangers(tenant, me, {**(before.values if before else {}), **given})
    return given


def staff_of(tenant: str, caller: Caller) -> Record:
    """Raises Problem 403 for somebody who is not on the list of staff."""
    me = Members(tenant).staff_of(caller.email)
    if me is None:
        raise Problem(
            403,
            "You are not on the list of staff.",
            remedy=f"Ask a tenant_admin to put {caller.email or 'your e-mail address'} on your record there.",
            field="staff",
        )
    return me


def refuse_strangers(tenant: str, me: Record, values: Mapping[str, Any]) -> None:
    """Raises Problem 403 where this person does not take part. What is not there at all is for others to refuse."""
    task = values.get("task") if isinstance(values.get("task"), str) else None
    place = Workspace(tenant).get("task", task) if task else None
    project = place.values["project"] if place else values.get("project")
    if not isinstance(project, str) or Workspace(tenant).get("project", project) is None:
        return
    if Members(tenant).membership(me.id, project, task) is None:
        field, what = ("task", "task") if task else ("project", "project")
        raise Problem(
            403, f"You are not assigned to this {what}.", remedy="Ask a tenant_admin to assign you.", field=field
        )
