"""Which of several places decides a value: the entry itself, else its task, project, person, else the default."""

from collections.abc import Iterable
from dataclasses import dataclass

from timebridge.records import Value, Values


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value, and where it was said: entry, task, project, person or default. None: nowhere."""

    value: Value = None
    level: str | None = None


def effective(
    name: str,
    *,
    entry: Values | None = None,
    task: Values | Iterable[Values] | None = None,
    project: Values | None = None,
    person: Values | None = None,
    default: Value = None,
) -> Chosen:
    """The first of entry > task > project > person > default that has the value. `task`: or a chain of them, the
    nearest first."""
    tasks = [task] if task is None or hasattr(task, "get") else list(task)
    levels = [("entry", entry), *(("task", each) for each in tasks), ("project", project), ("person", person)]
    for level, values in levels:
        value = values.get(name) if values else None
        if value is not None:
            return Chosen(value, level)
    return Chosen(default, "default") if default is not None else Chosen()
