"""Staff, and what they take part in."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from timebridge.errors import Missing, Rejected
from timebridge.records import Record
from timebridge.store.records import Workspace
from timebridge.workspace.membership import USER, Assignment, Membership, Team
from timebridge.workspace.validation import name_key

MANY = 200


class Members:
    """Of one tenant. `actor`: who changes something."""

    def __init__(self, tenant: str, actor: str = "sync") -> None:
        self._space = Workspace(tenant, actor)

    def staff_of(self, email: str | None) -> Record | None:
        """Who works here under this address; of several the one who was there first."""
        return self.staff_by_email([email]).get(name_key(email)) if email else None

    def staff_by_email(self, emails: Sequence[str]) -> dict[str, Record]:
        """Who works here, by `name_key` of their address; of several the one who was there first."""
        found = self._space.read("staff", emails, by="email")
        working = [each for each in found if not each.gone and each.values.get("active") is not False]
        latest_first = sorted(working, key=lambda each: each.id, reverse=True)
        return {name_key(each.values["email"]): each for each in latest_first}

    def team(self, project: Record) -> Team:
        assignments = [Assignment.of(record.values) for record in self._assignments(project.id)]
        return Team(bool(project.values.get("open_to_all")), assignments)

    def membership(self, staff: str, project: str, task: str | None) -> Membership | None:
        """Raises Missing for a project that is not there."""
        team = self.team(self._project(project))
        return team.membership(staff, self._space.chain(task))

    def page(
        self, project: str, task: str | None, start: str | None = None, limit: int = 50
    ) -> tuple[list[tuple[Record, Membership]], str | None]:
        """Active staff with their membership, by name. A page may be short although more follow."""
        team, chain = self.team(self._project(project)), self._space.chain(task)
        found, next = self._space.page("staff", start=start, limit=limit)
        working = [each for each in found if each.values.get("active") is not False]
        members = [(each, team.membership(each.id, chain)) for each in working]
        return [(each, membership) for each, membership in members if membership is not None], next

    def assign(self, project: str, task: str | None, staff: str, role: str | None, member: bool) -> list[Record]:
        """Make somebody a member of a project or of one task, with a role, or take that away; said twice it is so once.

        Returns the assignments that say so. Raises Missing for a project that is not there, Rejected for the others.
        """
        self._project(project)
        if task is not None and not self._is_in(project, task):
            raise Rejected("This task belongs to another project.", remedy="Choose a task of it.", field="task")
        known = [each for each in self._assignments(project, staff) if each.values.get("task") == task]
        if not known:
            values = {"project": project, "task": task, "staff": staff, "role": role or USER, "active": member}
            made = self._space.create("assignment", values, _id(project, task, staff))
            if not made.gone:
                return [made]
            known = [self._space.restore("assignment", made.id, made.version or "")]
        patch = {"active": member} | ({"role": role} if role else {})
        return [self._space.update("assignment", each.id, patch, each.version or "") for each in known]

    def _assignments(self, project: str, staff: str | None = None) -> Iterator[Record]:
        start: str | None = None
        while True:
            match = {"staff": staff} if staff else None
            found, start = self._space.page("assignment", start=start, limit=MANY, parent=project, match=match)
            yield from found
            if start is None:
                return

    def _is_in(self, project: str, task: str) -> bool:
        found = self._space.get("task", task)
        return found is not None and found.values["project"] == project

    def _project(self, id: str) -> Record:
        found = self._space.get("project", id)
        if found is None:
            raise Missing("There is no such project.", remedy="Check the id.", field="project", record=id)
        return found


def _id(project: str, task: str | None, staff: str) -> str:
    return f"asg_{sha256(f'{project}#{task}#{staff}'.encode()).hexdigest()[:24]}"
