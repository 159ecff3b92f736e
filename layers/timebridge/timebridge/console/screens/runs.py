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
    "retry": "Another try",
    "repair": "Repair",
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
    "waiting": ("Waiting in the queue", "info"),
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
WHATS = {
    "parked": ("Refused", "bad"),
    "conflict": ("Conflict", "wait"),
    "created_ours": ("Created here", "good"),
    "created_theirs": ("Created in {there}", "good"),
    "updated_ours": ("Updated here", "good"),
    "updated_theirs": ("Updated in {there}", "good"),
    "archived_ours": ("Archived here", "none"),
    "deleted_theirs": ("Deleted in {there}", "none"),
    "linked": ("Linked", "info"),
    "agreed": ("Alike by itself", "none"),
    "merged": ("Merged", "info"),
    "ended": ("Gone on both sides", "none"),
}
"""What was done to a record, and the tone of its badge."""

CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
CUSTOM = re.compile(r"^(?:TB_)?(.+)__c$")
"""How Salesforce calls what an org added to it; those that we bring begin with TB."""


def spoken(name: str) -> str:
    """Objects of both sides alike: `TimeActivity`, `time_entry`, `TB_Pay__c` are Time activity, Time entry, Pay."""
    return wording.plain(CAPITAL.sub(" ", CUSTOM.sub(r"\1", name)).lower())


def kinds_of_flows(flows: list[str]) -> list[tuple[str, str]]:
    """Choices: `salesforce.account` is account."""
    return [(flow, spoken(flow.rpartition(".")[2])) for flow in flows]


WORDS: dict[str, Any] = {
    "kinds": KINDS,
    "statuses": STATUSES,
    "actors": ACTORS,
    "spoken": spoken,
    "kinds_of_flows": kinds_of_flows,
}

AGAIN = "They are tried again now. What comes of it says so here."
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
    lists: dict[str, Any] = {"problems": None, "differences": None, "left": None, "records": None}
    if whole["problems"]:
        lists["problems"] = _list(visit, f"{path}/runs/{part(run)}/problems")
    start = visit.query.get("start") or None
    if whole["records"]:
        lists |= {"records": _records(visit, f"{path}/runs/{part(run)}/records", start), "chosen": _chosen(visit)}
    if whole["kind"] == "verify":
        lists["differences"] = _list(visit, f"{path}/runs/{part(run)}/differences", start=start, limit=SIZE)
    if whole["kind"] == "import":
        lists["left"] = _list(visit, f"{path}/runs/{part(run)}/not-imported", start=start, limit=SIZE)
    shown = {"connection": found, "called": _called(found), "run": whole, "took": _took(whole)}
    return shown | lists | {"whats": _whats(found["provider"])}


def _records(visit: Visit, path: str, start: str | None) -> dict[str, Any]:
    given = {name: value for name, value in _chosen(visit).items() if value}
    return _list(visit, path, start=start, limit=SIZE, **given)


def _chosen(visit: Visit) -> dict[str, str]:
    """Which of its records are looked at; what is none of ours is not asked for."""
    what = visit.query.get("what")
    return {"what": what if what in WHATS else "", "flow": visit.query.get("flow")}


def _whats(provider: str) -> dict[str, tuple[str, str]]:
    there = wording.provider(provider)
    return {what: (words.format(there=there), tone) for what, (words, tone) in WHATS.items()}


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
    if not said["run"]:
        return _back(visit, connection, run, "Nothing of it waits any more.")
    return _back(visit, connection, said["run"], AGAIN)


@screens.post("/<tenant>/runs/<connection>/<run>/repair")
def repair(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    said = visit.api.post(f"connections/{part(connection)}/runs/{part(run)}/differences/repair")
    if not said["run"]:
        return _back(visit, connection, run, "Nothing differs.")
    return _back(visit, connection, said["run"], REPAIRED)


@screens.get("/<tenant>/runs/<connection>/<run>/deletions")
def ask_about_deletions(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    shown = _shown(visit, connection, run)
    return visit.page("runs/deletions.html", title="Confirm deletions", **shown)


@screens.post("/<tenant>/runs/<connection>/<run>/deletions")
def confirm_deletions(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    said = visit.api.post(f"connections/{part(connection)}/runs/{part(run)}/confirm-deletions")
    return _back(visit, connection, said["run"], "The deletions are carried out by this run.")


def _back(visit: Visit, connection: str, run: str, said: str) -> Answer:
    return visit.back_to(f"runs/{part(connection)}/{part(run)}", said=said)
