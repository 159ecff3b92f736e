"""Home: is it working? And what one does about it at once: synchronise, or go on."""

from datetime import UTC, datetime, timedelta
from typing import Any

from timebridge.console.screens import Answer, Screens, Visit, part

screens = Screens("home")

DAYS = 14
QUICK, CALM = 2, 15
"""Seconds between two looks: while somebody waits for a run, and otherwise."""

PATIENCE = timedelta(minutes=10)
"""How long a run that was asked for is looked for."""

BEFORE = timedelta(seconds=2)
"""Clocks of two machines are not quite the same."""

HIGH, LOW = 100, 28
"""Of the chart: room for the records of a day, and below the line for its problems."""

FEW = 12
"""Problems of a day that are drawn small, however few there were on the other days."""

PULLS = ("pull", "reconcile")
BY_ITSELF = ("schedule", "initial sync")


@screens.get("/<tenant>")
def home(visit: Visit, tenant: str) -> Answer:
    overview = visit.api.get("overview")
    shown = {"overview": overview, "asked": (found := _asked(visit)), "seconds": _pace(overview, found)}
    if visit.is_partial:
        return visit.fragment("home/_state.html", **shown)
    if not overview["connections"]:
        return visit.page("home/empty.html", title="Home", administrators=_administrators(visit))
    activity = visit.api.get("activity", days=DAYS)
    return visit.page("home/home.html", title="Home", **shown, activity=activity, bars=bars(activity["days"]))


@screens.post("/<tenant>/sync/<connection>")
def sync_now(visit: Visit, tenant: str, connection: str) -> Answer:
    since = datetime.now(UTC) - BEFORE
    visit.api.post(f"connections/{part(connection)}/sync")
    return visit.back_to("", asked=connection, since=since.isoformat(timespec="seconds"))


@screens.post("/<tenant>/resume/<connection>")
def resume(visit: Visit, tenant: str, connection: str) -> Answer:
    visit.api.post(f"connections/{part(connection)}/resume")
    return visit.back_to("", said="It goes on, and catches up with what happened meanwhile.")


def _asked(visit: Visit) -> dict[str, Any] | None:
    """The run that this person asked for, as far as it has come; `run` is None until the worker takes it up."""
    connection, since = visit.query.get("asked"), _moment(visit.query.get("since"))
    if not connection or since is None:
        return None
    found = visit.api.get("runs", connection=connection, since=since.isoformat(), limit=50)["items"]
    mine = [run for run in found if run["kind"] in PULLS and run["actor"] not in BY_ITSELF]
    late = datetime.now(UTC) - since > PATIENCE
    return {"connection": connection, "since": since, "run": mine[-1] if mine else None, "late": late}


def _pace(overview: dict[str, Any], asked: dict[str, Any] | None) -> int:
    waits = asked is not None and not asked["late"] and not (asked["run"] and asked["run"]["ended"])
    loads = any(each["standing"] == "loading" for each in overview["connections"])
    return QUICK if waits or loads else CALM


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _administrators(visit: Visit) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [] if visit.may_administer else visit.api.get("administrators")["items"]
    return found


def bars(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The days of the chart: how high each part stands, in its units."""
    most = max((day["came_in"] + day["went_out"] for day in days), default=0) or 1
    worst = max([FEW, *(day["problems"] for day in days)])
    return [_bar(number, day, most, worst) for number, day in enumerate(days)]


def _bar(number: int, day: dict[str, Any], most: int, worst: int) -> dict[str, Any]:
    came_in, went_out = HIGH * day["came_in"] / most, HIGH * day["went_out"] / most
    return day | {
        "x": number * 40 + 7,
        "out_y": round(HIGH - went_out, 1),
        "out_height": round(went_out, 1),
        "in_y": round(HIGH - went_out - came_in, 1),
        "in_height": round(came_in, 1),
        "problem_height": round(max(LOW * day["problems"] / worst, 3) if day["problems"] else 0, 1),
    }
