"""A company of which few lists are shared, so that what is asked for can be counted, and days that are played."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.features.books import CONNECTION, Books, opened
from tests.features.moved_clock import MovedClock, moved_clock
from tests.stage import Stage, control
from timebridge.messages import Pull
from timebridge.providers.provider import load
from timebridge.queue import send
from timebridge.runs import Run
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.store.tenants import Connections
from timebridge.tenants import Rhythm

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEEDED = ("customer", "job", "employee", "item", "time_activity")


def few(*more: str) -> dict[str, Any]:
    """Settings that leave only what time postings need, and these."""
    names = {flow.name for flow in load(CONNECTION).flows({})}
    kept = {f"{CONNECTION}.{name}" for name in (*NEEDED, *more)}
    return {"flows": {name: {"off": True} for name in sorted(names - kept)}}


def shared(stage: Stage, ours: Workspace, *more: str, settings: Mapping[str, Any] | None = None) -> Books:
    found = opened(stage, ours, {**few(*more), **(settings or {})})
    stage.settle()
    stage.bodies()
    stage.quickbooks.calls.clear()
    return found


def called(stage: Stage, kind: str) -> int:
    """Calls of a kind (query, cdc, batch) since they were counted anew."""
    routes = stage.quickbooks.calls.by_route()
    return sum(count for route, count in routes.items() if route.endswith(f"/{kind}"))


def charged(stage: Stage) -> int:
    """What the sandbox would put on our bill."""
    found: int = control("GET", f"{stage.quickbooks.url}/_sandbox/meter")["coreplus"]
    return found


def scheduled(stage: Stage) -> None:
    """A pull for which nobody waits, as the schedule asks for it."""
    send(stage.tenant, CONNECTION, pull=Pull())
    stage.settle()


def runs(stage: Stage) -> list[Run]:
    return Runs(stage.tenant, CONNECTION).list()[0]


@dataclass
class Played:
    """Days that pass as fast as they can be played, on both sides."""

    stage: Stage
    clock: MovedClock
    now: datetime

    def choose(self, rhythm: Rhythm, **settings: Any) -> None:
        found = self.stage.connection(CONNECTION)
        Connections().save(
            replace(
                found, rhythm=rhythm, settings={**found.settings, **settings}, next_pull=self.now, last_pull=self.now
            )
        )

    def go(self, step: timedelta) -> int:
        """Some time later the schedule looks. Returns how many messages that took."""
        self.now += step
        self.clock.set(self.now)
        self.stage.call("schedule", {"time": self.now.isoformat()})
        return self.stage.work()


@contextmanager
def played(stage: Stage) -> Iterator[Played]:
    with moved_clock(stage.quickbooks.clock) as clock:
        yield Played(stage, clock, datetime.now(UTC))
