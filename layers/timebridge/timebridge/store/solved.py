"""What was refused and is not any more: kept for some days, for those who look for it among the problems."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from timebridge.links import LINKED, Link, Problem, State
from timebridge.store.exact import instant
from timebridge.store.problems import data_of, problem_of
from timebridge.store.tables import RunItem

KEPT = timedelta(days=14)

PREFIX = "solved#"


@dataclass(frozen=True, slots=True)
class Solved:
    """A problem that went away. `state`: LIVE where both sides agree now, TOMBSTONE where the pair ended. `run`, `by`:
    in which run, and who had started it; None where one of the two records was changed."""

    connection: str
    flow: str
    ours: str
    theirs: str | None
    problem: Problem
    at: datetime
    state: State
    run: str | None
    by: str | None


@dataclass(slots=True)
class Solving:
    """Writes down what is solved on one connection. `run`, `by`: the one under way, and who started it."""

    tenant: str
    connection: str
    run: str | None = None
    by: str | None = None

    def within(self, run: str, by: str) -> None:
        self.run, self.by = run, by

    def keep(self, solved: Sequence[tuple[Problem, Link]]) -> None:
        """Each problem with the link as it is now."""
        now, pk = datetime.now(UTC), f"{self.tenant}#{self.connection}"
        who = {"run": self.run, "by": self.by}
        with RunItem.batch_write() as batch:
            for problem, link in solved:
                data = {"problem": data_of(problem), "theirs": link.theirs, "state": link.state.value, **who}
                place = f"{PREFIX}{instant(now)}#{link.flow}#{link.ours}"
                batch.save(RunItem(pk, place, data=data, expires=now + KEPT))


def can_be_solved(link: Link) -> Problem | None:
    """The problem of a link that was refused. Questions are answered, and their answers stand in the audit trail."""
    problem = link.problem
    return problem if problem is not None and problem.cause != LINKED and link.question is None else None


def solved(tenant: str, connection: str, most: int) -> Iterator[Solved]:
    """The latest first."""
    since = instant(datetime.now(UTC) - KEPT)
    places = RunItem.sk.between(f"{PREFIX}{since}", f"{PREFIX}~")
    for item in RunItem.query(f"{tenant}#{connection}", places, scan_index_forward=False, limit=most):
        at, flow, ours = item.sk.removeprefix(PREFIX).split("#", 2)
        yield _solved(connection, flow, ours, datetime.fromisoformat(at), item.data)


def _solved(connection: str, flow: str, ours: str, at: datetime, data: dict[str, Any]) -> Solved:
    problem, state = problem_of(data["problem"]), State(data["state"])
    return Solved(connection, flow, ours, data["theirs"], problem, at, state, data["run"], data["by"])
