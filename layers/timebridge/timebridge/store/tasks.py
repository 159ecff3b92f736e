"""Tasks as people look for them: by any part of their name, with the names of what they are in."""

from collections.abc import Iterable, Mapping
from typing import Any

from timebridge.records import Record
from timebridge.store.members import Members
from timebridge.store.records import Workspace
from timebridge.workspace.membership import Team
from timebridge.workspace.validation import name_key

LOOKS = 10
"""How many pages of candidates one search reads at most; the next page goes on behind them."""


class Tasks:
    """Of one tenant. `staff`: only those on which this person may book time."""

    def __init__(self, tenant: str, staff: str | None = None) -> None:
        self._space, self._members, self._staff = Workspace(tenant), Members(tenant), staff
        self._above: dict[str, Record] = {}
        self._projects: dict[str, Record] = {}
        self._teams: dict[str, Team] = {}

    def search(
        self, q: str, project: str | None, task: str | None, start: str | None, limit: int
    ) -> tuple[list[Record], str | None]:
        """Active tasks whose name or code holds every word of `q`. A page may be short although more follow."""
        words = name_key(q).split()
        found: list[Record] = []
        for _ in range(LOOKS):
            match = {"task": task} if task else None
            page, start = self._space.page("task", "", start, limit - len(found), project, match)
            self._learn(page)
            found += [each for each in page if _says(each, words) and self._is_mine(each)]
            if start is None or len(found) >= limit:
                break
        return found, start

    def tasks(self, q: str, start: str | None, limit: int) -> tuple[list[Record], str | None]:
        return self.search(q, None, None, start, limit)

    def projects(self, q: str, start: str | None, limit: int) -> tuple[list[Record], str | None]:
        """As `search`, among the projects themselves: those on which one may book without naming a task."""
        words = name_key(q).split()
        found: list[Record] = []
        for _ in range(LOOKS):
            page, start = self._space.page("project", "", start, limit - len(found))
            self._projects |= {each.id: each for each in page}
            found += [each for each in page if _says(each, words) and self._takes(each)]
            if start is None or len(found) >= limit:
                break
        return found, start

    def paths(self, tasks: Iterable[str], projects: Iterable[str]) -> dict[str, list[str]]:
        """The names in front of each of these tasks and its own, and the name of each project, by id."""
        self._projects |= self._read("project", projects, self._projects)
        known = self._space.read("task", list(tasks))
        self._learn(known)
        names = {id: [str(record.values["name"])] for id, record in self._projects.items()}
        return names | {each.id: self.path(each) for each in known}

    def path(self, task: Record) -> list[str]:
        """The names of its project, of the tasks above it, and its own."""
        self._learn([task])
        names = [str(each.values["name"]) for each in self._chain(task)]
        project = self._projects.get(str(task.values["project"]))
        return [*([str(project.values["name"])] if project else []), *reversed(names)]

    def _is_mine(self, task: Record) -> bool:
        project = self._projects.get(str(task.values["project"]))
        return project is None or self._takes(project, [each.id for each in self._chain(task)])

    def _takes(self, project: Record, chain: Iterable[str] = ()) -> bool:
        """Whether the person may book on the project, or on the task in it that this chain leads to."""
        if self._staff is None:
            return True
        if project.id not in self._teams:
            self._teams[project.id] = self._members.team(project)
        return self._teams[project.id].membership(self._staff, chain) is not None

    def _chain(self, task: Record | None) -> list[Record]:
        found: list[Record] = []
        while task is not None and task not in found:
            found.append(task)
            task = self._above.get(str(task.values.get("task")))
        return found

    def _learn(self, tasks: Iterable[Record]) -> None:
        """Read the tasks above these, and their projects, each once."""
        some = list(tasks)
        self._projects |= self._read("project", (each.values["project"] for each in some), self._projects)
        while some:
            news = self._read("task", (each.values.get("task") for each in some), self._above)
            self._above |= news
            some = list(news.values())

    def _read(self, kind: str, ids: Iterable[object], known: Mapping[str, Any]) -> dict[str, Record]:
        missing = [str(id) for id in dict.fromkeys(ids) if id is not None and id not in known]
        return {record.id: record for record in self._space.read(kind, missing)} if missing else {}


def _says(task: Record, words: Iterable[str]) -> bool:
    text = name_key(f"{task.values.get('name')} {task.values.get('code') or ''}")
    return all(word in text for word in words)
