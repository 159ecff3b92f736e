"""Whether a connection is working, in one word, one sentence and one remedy: what people want to know first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from timebridge.budget import Spending
from timebridge.runs import Run, RunStatus
from timebridge.schedule import RECONCILE
from timebridge.tenants import Connection, Rhythm, Status

PULLS = ("pull", RECONCILE)
"""Kinds of runs that look at both sides."""

LATE = timedelta(minutes=20)
"""A pull that has not begun so long after its moment does not come by itself any more."""


class Standing(StrEnum):
    """How a connection is, the worst first."""

    STOPPED = "stopped"
    ASKS = "asks"
    LATE = "late"
    INTERRUPTED = "interrupted"
    SPENT = "spent"
    NEEDS_YOU = "needs_you"
    PAUSED = "paused"
    SETTING_UP = "setting_up"
    LOADING = "loading"
    CATCHING_UP = "catching_up"
    OFF = "off"
    IN_STEP = "in_step"


class Act(StrEnum):
    """What a person can do about it."""

    RECONNECT = "reconnect"
    CONFIRM_DELETIONS = "confirm_deletions"
    SYNC = "sync"
    LOOK = "look"
    RESUME = "resume"
    SET_UP = "set_up"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    standing: Standing
    said: str
    remedy: str = ""
    act: Act = Act.NONE


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a connection. `name`: of its provider. `pulls`: its latest runs that looked at both sides, or
    that stopped, the last first."""

    connection: Connection
    name: str
    pulls: Sequence[Run]
    by_itself: int
    for_people: int
    spending: Spending
    now: datetime


def verdict(facts: Facts) -> Verdict:
    return _off_the_road(facts.connection, facts.name) or _troubled(facts) or _well(facts)


def tells(run: Run) -> bool:
    """Whether a run says how the connection is doing."""
    return run.kind in PULLS or run.status is RunStatus.STOPPED


def held(pulls: Sequence[Run]) -> Run | None:
    """The run that stopped before it would have deleted too much, until one after it was let through."""
    settled = (run for run in pulls if run.status in (RunStatus.STOPPED, RunStatus.DONE))
    last = next(settled, None)
    return last if last is not None and last.status is RunStatus.STOPPED else None


def _last(pulls: Sequence[Run]) -> Run | None:
    return next((run for run in pulls if run.status.is_over), None)


def _off_the_road(connection: Connection, name: str) -> Verdict | None:
    said, remedy = connection.reason or "", connection.remedy or ""
    if connection.setup and connection.status in (Status.PAUSED, Status.CONNECTING):
        return Verdict(Standing.SETTING_UP, f"{name} is being set up, and is off until then.", remedy, Act.SET_UP)
    match connection.status:
        case Status.NEEDS_REAUTH:
            return Verdict(Standing.STOPPED, said or f"{name} needs a new sign-in.", remedy, Act.RECONNECT)
        case Status.CLOSED:
            return Verdict(Standing.STOPPED, f"{name} is disconnected. Records and links stay.", remedy, Act.RECONNECT)
        case Status.PAUSED:
            return Verdict(Standing.PAUSED, said or "It is paused.", remedy or "Resume it.", Act.RESUME)
        case Status.CONNECTING:
            return Verdict(Standing.SETTING_UP, f"{name} is not connected yet.", "Go on connecting it.", Act.SET_UP)
        case Status.LOADING:
            return Verdict(Standing.LOADING, "The initial sync is under way.")
    return None


def _troubled(facts: Facts) -> Verdict | None:
    last = _last(facts.pulls)
    if run := held(facts.pulls):
        remedy = "Look at the run, and confirm the deletions if they are meant."
        return Verdict(Standing.ASKS, run.reason or "It stopped before many deletions.", remedy, Act.CONFIRM_DELETIONS)
    if _is_late(facts):
        return Verdict(
            Standing.LATE, "The next sync is overdue.", "Start it; if it does not begin, tell the operator.", Act.SYNC
        )
    if last is not None and last.status is RunStatus.FAILED:
        said = f"The last sync broke off: {last.reason}" if last.reason else "The last sync broke off."
        return Verdict(Standing.INTERRUPTED, said, "It is tried again by itself; or start it now.", Act.SYNC)
    if facts.spending is Spending.STOPPED:
        said = "The calls of the day are used up: only what a person asks for is done."
        return Verdict(Standing.SPENT, said, "Choose a slower rhythm, or a smaller reserve.", Act.NONE)
    if facts.for_people:
        verb = "record needs" if facts.for_people == 1 else "records need"
        return Verdict(
            Standing.NEEDS_YOU, f"{facts.for_people} {verb} you.", "Each says what to do about it.", Act.LOOK
        )
    return None


def _is_late(facts: Facts) -> bool:
    next_pull = facts.connection.next_pull
    under_way = any(run.status is RunStatus.RUNNING for run in facts.pulls)
    return next_pull is not None and facts.now - next_pull > LATE and not under_way


def _well(facts: Facts) -> Verdict:
    if facts.connection.last_pull is None:
        return Verdict(Standing.CATCHING_UP, "The first sync is about to begin.")
    if facts.by_itself:
        many = "1 record waits" if facts.by_itself == 1 else f"{facts.by_itself} records wait"
        return Verdict(Standing.CATCHING_UP, f"{many}, and go{'es' * (facts.by_itself == 1)} by themselves.")
    if facts.connection.rhythm is Rhythm.OFF:
        return Verdict(Standing.OFF, "It syncs only when somebody asks for it.", "", Act.SYNC)
    return Verdict(Standing.IN_STEP, "Everything is in step.")


def together(verdicts: Iterable[tuple[str, Verdict]], for_people: int) -> tuple[Standing | None, str]:
    """Of all connections: the worst standing, and the sentence for the top of the page. None without connections."""
    order = list(Standing)
    ranked = sorted(verdicts, key=lambda each: order.index(each[1].standing))
    if not ranked:
        return None, "Nothing is connected yet."
    name, worst = ranked[0]
    if worst.standing is Standing.NEEDS_YOU:
        return worst.standing, f"{for_people} {'record needs' if for_people == 1 else 'records need'} you."
    return worst.standing, SAID.get(worst.standing, "{name}: {said}").format(name=name, said=worst.said)


SAID = {
    Standing.STOPPED: "{name} needs a new sign-in.",
    Standing.ASKS: "{name} stopped before many deletions, and asks.",
    Standing.LATE: "{name} is late: its sync is overdue.",
    Standing.INTERRUPTED: "The last sync of {name} broke off.",
    Standing.SPENT: "{name} has used up its calls of the day.",
    Standing.PAUSED: "{name} is paused.",
    Standing.SETTING_UP: "{name} is being set up.",
    Standing.LOADING: "{name} is being loaded for the first time.",
    Standing.CATCHING_UP: "Everything is in step but for what is on its way.",
    Standing.OFF: "Everything was in step when it was last looked at.",
    Standing.IN_STEP: "Everything is in step.",
}
