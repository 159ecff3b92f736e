"""Runs: what was done when and by whom, how far it is, and every record that it could not do."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from timebridge.console import wording
from timebridge.console.screens import Answer, Screens, Visit, part

screens = Screens("runs")

KINDS = {
    "pull": "Sync",
    "changes": "Single changes",
    "reconcile": "Full re-read",
    "initial sync": "Initial sync",
    "preview": "Preview",
    "verify": "Check",
    "self test": "Self-test",
    "import": "Import",
    "post": "Posting",
    "repost": "Posting again",
    "withdraw": "Taking out of the books",
}
STATUSES = {
    "running": ("Running", "info"),
    "done": ("Done", "good"),
    "failed": ("Failed", "bad"),
    "stopped": ("Stopped", "wait"),
    "cancelled": ("Cancelled", "none"),
}
ACTORS = {
    "schedule": "the schedule",
    "notice": "a notice or an edit",
    "nudge": "a look between two syncs",
    "initial sync": "the initial sync",
}
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def spoken(name: str) -> str:
    """The objects of both sides alike: `TimeActivity` and `time_entry` are time activity and time entry."""
    return wording.plain(CAPITAL.sub(" ", name).lower())


WORDS: dict[str, Any] = {"kinds": KINDS, "statuses": STATUSES, "actors": ACTORS, "spoken": spoken}

AGAIN = "They are tried again now. What is solved says so here."
REPAIRED = "They are brought into step now. A new check tells whether they agree."

SIZE = 25
FILTERS = ("connection", "kind", "status", "actor", "since", "until", "q")


@screens.get("/<tenant>/runs")
def list_runs(visit: Visit, tenant: str) -> Answer:
    asked = {name: visit.query.get(name) for name in FILTERS}
    zone = ZoneInfo(visit.tenant["time_zone"])
    wanted = asked | {"since": _midnight(asked["since"], zone), "until": _midnight(asked["until"], zone, days=1)}
    given = {name: value for name, value in wanted.items() if value}
    page = visit.api.get("runs", limit=SIZE, start=visit.query.get("start") or None, **given)
    connections = visit.api.get("connections")["items"]
    options = [("", "All"), *((each["id"], _called(each)) for each in connections)]
    names = {each["id"]: wording.provider(each["provider"]) for each in connections}
    shown = {"runs": page, "options": options, "names": names, "asked": asked}
    return visit.page("runs/list.html", title="Runs", **shown, **WORDS)


def _called(connection: dict[str, Any]) -> str:
    name = wording.provider(connection["provider"])
    return f"{name}, {connection['account_name']}" if connection["account_name"] else name


def _midnight(day: str, zone: ZoneInfo, days: int = 0) -> str | None:
    """The beginning of a day in the tenant's zone, so many days later; None for what is no day."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone).isoformat()
    except (ValueError, OverflowError):
        return None


@screens.get("/<tenant>/runs/<connection>/<run>")
def show_run(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    shown = _shown(visit, connection, run)
    if visit.is_partial:
        return visit.fragment("runs/_run.html", **shown, **WORDS)
    title = f"{KINDS.get(shown['run']['kind'], shown['run']['kind'])}, {shown['called']}"
    return visit.page("runs/run.html", title=title, **shown, **WORDS)


def _shown(visit: Visit, connection: str, run: str) -> dict[str, Any]:
    path = f"connections/{part(connection)}"
    found, whole = visit.api.get(path), visit.api.get(f"{path}/runs/{part(run)}")
    lists: dict[str, Any] = {"problems": None, "differences": None, "left": None}
    if whole["problems"]:
        lists["problems"] = _list(visit, f"{path}/runs/{part(run)}/problems")
    start = visit.query.get("start") or None
    if whole["kind"] == "verify":
        lists["differences"] = _list(visit, f"{path}/runs/{part(run)}/differences", start=start, limit=SIZE)
    if whole["kind"] == "import":
        lists["left"] = _list(visit, f"{path}/runs/{part(run)}/not-imported", start=start, limit=SIZE)
    shown = {"connection": found, "called": _called(found), "run": whole, "took": _took(whole)}
    return shown | lists


def _took(run: dict[str, Any]) -> float | None:
    """Seconds, once it has ended."""
    if not run["ended"]:
        return None
    return (datetime.fromisoformat(run["ended"]) - datetime.fromisoformat(run["started"])).total_seconds()


def _list(visit: Visit, path: str, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = visit.api.get(path, **query)
    return found


@screens.post("/<tenant>/runs/<connection>/<run>/retry")
def retry(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    said = visit.api.post(f"connections/{part(connection)}/runs/{part(run)}/retry")
    words = AGAIN if said["changes"] else "Nothing of it waits any more."
    return _back(visit, connection, run, words)


@screens.post("/<tenant>/runs/<connection>/<run>/repair")
def repair(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    said = visit.api.post(f"connections/{part(connection)}/runs/{part(run)}/differences/repair")
    words = (
        "They are brought into step now. A new check tells whether they agree."
        if said["changes"]
        else "Nothing differs."
    )
    return _back(visit, connection, run, words)


@screens.get("/<tenant>/runs/<connection>/<run>/deletions")
def ask_about_deletions(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    shown = _shown(visit, connection, run)
    return visit.page("runs/deletions.html", title="Confirm deletions", **shown)


@screens.post("/<tenant>/runs/<connection>/<run>/deletions")
def confirm_deletions(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    visit.api.post(f"connections/{part(connection)}/runs/{part(run)}/confirm-deletions")
    return visit.back_to("runs", said="The deletions are carried out by a new run.", connection=connection)


def _back(visit: Visit, connection: str, run: str, said: str) -> Answer:
    return visit.back_to(f"runs/{part(connection)}/{part(run)}", said=said)
