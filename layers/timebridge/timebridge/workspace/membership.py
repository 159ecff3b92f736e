"""Who may book time where: a person's assignments to a project or to single tasks, the nearest one first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

USER = "user"
"""The role of whoever takes part without having been given another one."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`task` None: to the whole project, and so to every task in it. Not `active`: taken away again."""

    staff: str
    task: str | None = None
    role: str = USER
    active: bool = True

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Assignment":
        return cls(values["staff"], values.get("task"), values.get("role") or USER, values.get("active") is not False)


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's role, and the task it was given for; `task` None: for the project, or as everybody has it."""

    role: str
    task: str | None = None
    by_hand: bool = True


@dataclass(frozen=True, slots=True)
class Team:
    """`open_to_all`: everybody who works here is a member as a regular user, unless an assignment says otherwise."""

    open_to_all: bool
    assignments: Sequence[Assignment]

    def membership(self, staff: str, chain: Iterable[str] = ()) -> Membership | None:
        """Of a person in a task, given with those above it (none: in the project). None: they are no member.

        Where nobody is assigned to a project, everybody may book on it.
        """
        mine = [each for each in self.assignments if each.staff == staff]
        for task in (*chain, None):
            nearest = [each for each in mine if each.task == task]
            if nearest:
                return next((Membership(each.role, task) for each in nearest if each.active), None)
        if self.open_to_all or not self.assignments:
            return Membership(USER, by_hand=False)
        return None
