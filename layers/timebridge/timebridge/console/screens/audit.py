"""The audit trail: who did what to what and when, through what, and the values before and after."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from timebridge.console import deeds, wording
from timebridge.console.screens import Answer, Refused, Screens, Visit
from timebridge.console.screens.problems import connections_of

screens = Screens("audit")

SIZE = 40
FILTERS = ("actor", "what", "target", "since", "until")
GROUPS = (
    ("", "Everything"),
    ("connection.", "Connections"),
    ("settings.", "Settings and mapping"),
    ("link.", "Links"),
    ("question.", "Matches"),
    ("conflict.", "Conflicts"),
    ("problem.", "Problems"),
    ("record.", "Merged records"),
    ("run.", "Runs"),
    ("postings.", "Postings"),
    ("client.", "Clients"),
    ("project.", "Projects"),
    ("time_entry.", "Time entries"),
    ("expense.", "Expenses"),
    ("invoice.", "Invoices"),
    ("user.", "People and roles"),
    ("member.", "Members of projects"),
    ("operator.enter", "Visits of the operator"),
    ("refused", "Refused attempts"),
)
SYSTEM = ("sync", "schedule", "salesforce", "quickbooks_online", "quickbooks_desktop")
MACHINE = {"connection", "revision", "changes", "run", "like"}
"""Details that programs want and people do not."""


@screens.get("/<tenant>/audit")
def list_audit(visit: Visit, tenant: str) -> Answer:
    asked = {name: visit.query.get(name) for name in FILTERS}
    if not visit.may_administer:
        raise Refused(403, {"detail": "The audit trail is for administrators.", "remedy": "Ask one of yours."})
    page = visit.api.get("audit", limit=SIZE, start=visit.query.get("start") or None, **_wanted(visit, asked))
    titles = {id: each["title"] for id, each in connections_of(visit).items()}
    lines = [_line(each, titles) for each in page["items"]]
    return visit.page("audit/list.html", title="Audit", lines=lines, next=page["next"], asked=asked, groups=GROUPS)


@screens.get("/<tenant>/audit.csv")
def export(visit: Visit, tenant: str) -> Answer:
    return visit.api.download("audit/export", **_wanted(visit, {name: visit.query.get(name) for name in FILTERS}))


def _wanted(visit: Visit, asked: dict[str, str]) -> dict[str, Any]:
    zone = ZoneInfo(visit.tenant["time_zone"])
    days = {"since": _midnight(asked["since"], zone), "until": _midnight(asked["until"], zone, 1)}
    return {name: value for name, value in (asked | days).items() if value}


def _midnight(day: str, zone: ZoneInfo, more: int = 0) -> str:
    """The beginning of a day in the tenant's zone, or of the day after; empty for what is no day."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=more), time(), zone).isoformat()
    except (ValueError, OverflowError):
        return ""


def _line(line: dict[str, Any], titles: dict[str, str]) -> dict[str, Any]:
    """With the words of the page: who, what, to what, and each value before and after."""
    return line | {
        "who": "System" if line["actor"] in SYSTEM else line["actor"],
        "mark": {"api": "API", "sync": "Sync"}.get(line["via"], "") if line["actor"] not in SYSTEM else "",
        "words": deeds.deed(line["what"]),
        "changes": _changes(line),
        "about": _about(line, titles),
        "more": {wording.plain(name): said for name, said in _details(line).items() if said not in ("", None)},
    }


def _changes(line: dict[str, Any]) -> list[dict[str, Any]]:
    old, new = line["before"] or {}, line["after"] or {}
    names = line["names"]
    return [
        {"field": wording.plain(name), "old": deeds.told(old.get(name), names), "new": deeds.told(new.get(name), names)}
        for name in old | new
        if old.get(name) != new.get(name)
    ]


def _details(line: dict[str, Any]) -> dict[str, Any]:
    """A record that is told by its kind and its id is one detail: `Client: Northwind`."""
    said = {name: deeds.told(value, line["names"]) for name, value in line["detail"].items() if name not in MACHINE}
    if said.keys() >= {"kind", "id"} and said["kind"]:
        said[said.pop("kind")] = said.pop("id")
    return said


def _about(line: dict[str, Any], titles: dict[str, str]) -> str:
    """What it was done to: by its name, where it is a record or a connection of ours. A target says what it is first,
    and then its id."""
    words = line["target"].split()
    last = words[-1] if words else ""
    if words[:1] == ["connection"]:
        return titles.get(last, wording.provider(last))
    if words[:1] == ["link"]:
        return str(line["names"].get(last, last))
    return str(line["names"].get(last) or (deeds.subject(line) if "." in line["what"] else line["target"]))
