"""Where records of the workspace belong: an entry to a task and its project, a subtask to its task, an image to its
original elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from timebridge.errors import Rejected
from timebridge.records import Value
from timebridge.store.tables import RecordItem
from timebridge.store.tenants import Connections
from timebridge.tenants import Status
from timebridge.workspace import locks

DEEPEST = 10
"""Tasks below each other."""

BELOW = ("task", "time_entry", "assignment")
"""Kinds that may belong to a task."""


class Places:
    """`item` finds a stored record by kind and id."""

    def __init__(self, tenant: str, item: Callable[[str, str], RecordItem | None]) -> None:
        self._tenant = tenant
        self._item = item

    def of(
        self, kind: str, id: str | None, values: Mapping[str, Any], before: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """The values with the project of the task. Raises Rejected where the two do not fit, Locked in an image."""
        if kind not in BELOW or values.keys().isdisjoint({"task", "project"}):
            return values
        whole = {**(before or {}), **values}
        if kind == "task":
            self._refuse_move(id, whole, before)
            self._refuse_image_above(whole)
        task = self._task(whole.get("task"))
        if task is None:
            return values
        if values.get("project") not in (None, task["project"]):
            raise Rejected(
                "This task belongs to another project.",
                remedy="Choose a task of the project, or leave the project out.",
                field="task",
            )
        return {**values, "project": task["project"]}

    def origin(self, kind: str, values: Mapping[str, Any]) -> dict[str, Value]:
        """What an entry keeps of where its task comes from: the object there and its id, of the topmost task."""
        if kind != "time_entry":
            return {}
        top = next(iter([*self._upwards(values.get("task"))][-1:]), {})
        return {name: top.get(name) for name in ("origin", "origin_id")}

    def refuse_image(self, kind: str, values: Mapping[str, Any], patch: Mapping[str, Any] | None = None) -> None:
        """Raises Locked, unless the connection that keeps the record in step has ended."""
        keeper = locks.keeper_of(kind, values)
        found = Connections().get(self._tenant, keeper) if keeper else None
        if found is not None and found.status is not Status.CLOSED:
            locks.refuse_managed(kind, values, patch)

    def chain(self, task: object) -> list[str]:
        """The ids of a task and of those above it."""
        return [str(found["id"]) for found in self._upwards(task)]

    def _upwards(self, task: object) -> Iterator[Mapping[str, Any]]:
        for _ in range(DEEPEST):
            found = self._task(task)
            if found is None:
                return
            yield {"id": task, **found}
            task = found.get("task")

    def _refuse_move(self, id: str | None, whole: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
        if before and whole.get("project") != before.get("project"):
            raise Rejected("A task stays in its project.", remedy="Make a new task there.", field="project")
        above = self.chain(whole.get("task"))
        if id in above or len(above) == DEEPEST:
            raise Rejected("A task cannot be below itself.", remedy="Choose another task.", field="task")

    def _refuse_image_above(self, whole: Mapping[str, Any]) -> None:
        """What comes from elsewhere gets no tasks of ours among its own."""
        project = whole.get("project")
        for kind, found in (("task", self._task(whole.get("task"))), ("project", self._values("project", project))):
            if found is not None:
                self.refuse_image(kind, found)

    def _task(self, id: object) -> Mapping[str, Any] | None:
        return self._values("task", id)

    def _values(self, kind: str, id: object) -> Mapping[str, Any] | None:
        item = self._item(kind, id) if isinstance(id, str) and id else None
        return item.data if item else None
