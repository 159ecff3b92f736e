"""Problems as plain data, as they lie on links and beside them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from timebridge.attempts import Attempt, Step
from timebridge.changes import Where
from timebridge.links import Aside, Problem
from timebridge.store.exact import instant


def data_of(problem: Problem) -> dict[str, Any]:
    moments = {"retry_at": problem.retry_at, "since": problem.since}
    said = {name: instant(moment) if moment else None for name, moment in moments.items()}
    dated = (("aside", problem.aside), ("attempt", problem.attempt))
    return asdict(problem) | said | {name: asdict(each) | {"at": instant(each.at)} for name, each in dated if each}


def problem_of(found: dict[str, Any]) -> Problem:
    moments = {name: found.get(name) for name in ("retry_at", "since")}
    read = {name: datetime.fromisoformat(moment) if moment else None for name, moment in moments.items()}
    aside, attempt = _aside(found.get("aside")), _attempt(found.get("attempt"))
    return Problem(**found | read | {"aside": aside, "attempt": attempt})


def _aside(found: dict[str, Any] | None) -> Aside | None:
    return Aside(found["by"], found["reason"], datetime.fromisoformat(found["at"])) if found else None


def _attempt(found: dict[str, Any] | None) -> Attempt | None:
    if found is None:
        return None
    where, step, at = Where(found["where"]), Step(found["step"]), datetime.fromisoformat(found["at"])
    return Attempt(where, step, found["values"], at)
