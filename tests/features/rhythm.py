"""A tenant whose days are played faster than they pass: the minutes of the schedule, and what is done in them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.features.firm import Firm, opened
from tests.stage import Stage
from timebridge import context, timing
from timebridge.runs import Run
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.store.tenants import Connections
from timebridge.tenants import Rhythm

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Days:
    firm: Firm

    @property
    def stage(self) -> Stage:
        return self.firm.stage

    def choose(self, rhythm: Rhythm, since: datetime | None = None, **settings: Any) -> None:
        """From `since` on the connection has this rhythm; everything was pulled and read last at that moment."""
        since = since or datetime.now(UTC)
        found = self.stage.connection("salesforce")
        found = replace(found, rhythm=rhythm, settings={**found.settings, **settings}, last_pull=since, pulled={})
        Connections().save(replace(found, next_pull=timing.rescheduled(found, since)))

    def minute(self, at: datetime) -> list[dict[str, Any]]:
        """Play one minute of the schedule. Returns the pulls it asked for, which are not carried out."""
        self.stage.call("schedule", {"time": at.isoformat()})
        pulls: list[dict[str, Any]] = [body["pull"] for body in self.stage.bodies() if "pull" in body]
        for pull in pulls:
            self._noted(pull, at)
        return pulls

    def _noted(self, pull: dict[str, Any], at: datetime) -> None:
        """As the worker would, had it pulled at that moment."""
        found = self.stage.connection("salesforce")
        names = pull.get("flows") or [flow.name for flow in context.presets.flows_of(found)]
        pulled = dict.fromkeys([*names, *(["reconcile"] if pull.get("reconcile") else [])], at.isoformat())
        Connections().save(replace(found, last_pull=at, pulled={**found.pulled, **pulled}))

    def pulls(
        self, since: datetime, until: datetime, step: timedelta = MINUTE
    ) -> list[tuple[datetime, dict[str, Any]]]:
        """When pulls are asked for between two moments; where nothing is due, the schedule looks every `step`."""
        found, at = [], since
        while at < until:
            at = self.next(at) or at + step
            found += [(at, pull) for pull in self.minute(at) if at <= until]
        return found

    def next(self, after: datetime) -> datetime | None:
        """The schedule has nothing to do before the next pull: those minutes are left out."""
        found = self.stage.connection("salesforce").next_pull
        return found if found and found > after else None

    def go(self, at: datetime) -> int:
        """Play one minute, and carry out what it asks for. Returns how many messages that took."""
        self.stage.call("schedule", {"time": at.isoformat()})
        return self.stage.settle()

    def runs(self) -> list[Run]:
        return Runs(self.stage.tenant, "salesforce").list()[0]


def days(stage: Stage, workspace: Workspace, **settings: Any) -> Days:
    found = Days(opened(stage, workspace, **settings))
    stage.settle()
    stage.bodies()
    return found
