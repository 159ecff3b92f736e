"""Class and department: applied behind the scenes, by the first of entry, task, project, person and default."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from timebridge.postings.precedence import Chosen, effective
from timebridge.postings.settings import Posting
from timebridge.records import Value, Values

if TYPE_CHECKING:
    from timebridge.postings.composing import Desk

CLASS, DEPARTMENT = "quickbooks_online.class", "quickbooks_online.department"
DEEPEST = 10
"""How many tasks above a task are asked."""


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What the records of one page refer to. `tracked`: the dimensions that the company tracks and the tenant sends,
    each with its default."""

    tracked: dict[str, Value]
    tasks: dict[str, Values] = field(default_factory=dict)
    projects: dict[str, Values] = field(default_factory=dict)
    people: dict[str, Values] = field(default_factory=dict)

    def of(self, values: Values) -> dict[str, Value]:
        """The effective class and department; None where it is not tracked, or nobody says one."""
        return {name: self.chosen(name, values).value for name in ("class", "department")}

    def chosen(self, name: str, values: Values) -> Chosen:
        if name not in self.tracked:
            return Chosen()
        return effective(
            name,
            entry=values,
            task=list(self._chain(values.get("task"))),
            project=self.projects.get(str(values.get("project"))),
            person=self.people.get(str(values.get("staff"))),
            default=self.tracked[name],
        )

    def _chain(self, task: object) -> Iterable[Values]:
        for _ in range(DEEPEST):
            found = self.tasks.get(str(task))
            if found is None:
                return
            yield found
            task = found.get("task")


def dimensions_of(
    desk: "Desk", posting: Posting, entries: Sequence[Values], projects: dict[str, Values] | None = None
) -> Dimensions:
    """With one read for each level, and none where nothing is tracked."""
    tracked = _tracked(desk, posting)
    if not tracked:
        return Dimensions({})
    known = desk.values("project", [each.get("project") for each in entries]) if projects is None else projects
    people = desk.values("staff", [each.get("staff") for each in entries])
    return Dimensions(tracked, _tasks(desk, entries), known, people)


def _tracked(desk: "Desk", posting: Posting) -> dict[str, Any]:
    company = desk.company
    tracked: dict[str, Any] = {}
    if posting.classes and company is not None and company.classes != "none" and desk.has(CLASS):
        tracked["class"] = posting.class_
    if posting.departments and company is not None and company.departments and desk.has(DEPARTMENT):
        tracked["department"] = posting.department
    return tracked


def _tasks(desk: "Desk", entries: Sequence[Values]) -> dict[str, Values]:
    """The tasks of the entries, and those above them."""
    found: dict[str, Values] = {}
    wanted = {str(task) for each in entries if (task := each.get("task")) is not None}
    for _ in range(DEEPEST):
        if not wanted:
            break
        found |= desk.values("task", wanted)
        wanted = {str(up) for id in wanted if (up := found.get(id, {}).get("task")) is not None} - set(found)
    return found
