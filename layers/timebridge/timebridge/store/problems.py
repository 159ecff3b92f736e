"""Problems as plain data, as they lie on links and beside them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from timebridge.links import Aside, Problem
from timebridge.store.exact import instant


def data_of(problem: Problem) -> dict[str, Any]:
    moments = {"retry_at": problem.retry_at, "since": problem.since}
    said = {name: instant(moment) if moment else None for name, moment in moments.items()}
    aside = problem.aside
    return asdict(problem) | said | {"aside": asdict(aside) | {"at": instant(aside.at)} if aside else None}


def problem_of(found: dict[str, Any]) -> Problem:
    moments = {name: found.get(name) for name in ("retry_at", "since")}
    read = {name: datetime.fromisoformat(moment) if moment else None for name, moment in moments.items()}
    return Problem(**found | read | {"aside": _aside(found.get("aside"))})


def _aside(found: dict[str, Any] | None) -> Aside | None:
    return Aside(found["by"], found["reason"], datetime.fromisoformat(found["at"])) if found else None
