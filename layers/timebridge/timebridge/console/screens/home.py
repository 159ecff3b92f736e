"""Home: is it working? And what one does about it at once: synchronise, or go on."""

from typing import Any

from timebridge.console.screens import Answer, Screens, Visit, part

screens = Screens("home")

DAYS = 14
QUICK, CALM = 2, 15
"""Seconds between two looks: while something is loaded, and otherwise."""

HIGH, LOW = 100, 28
"""Of the chart: room for the records of a day, and below the line for its problems."""

FEW = 12
"""Problems of a day that are drawn small, however few there were on the other days."""


@screens.get("/<tenant>")
def home(visit: Visit, tenant: str) -> Answer:
    overview = visit.api.get("overview")
    shown = {"overview": overview, "seconds": _pace(overview)}
    if visit.is_partial:
        return visit.fragment("home/_state.html", **shown)
    if not overview["connections"]:
        return visit.page("home/empty.html", title="Home", administrators=_administrators(visit))
    activity = visit.api.get("activity", days=DAYS)
    return visit.page("home/home.html", title="Home", **shown, activity=activity, bars=bars(activity["days"]))


@screens.post("/<tenant>/sync/<connection>")
def sync_now(visit: Visit, tenant: str, connection: str) -> Answer:
    """It is followed on the page of its run."""
    said = visit.api.post(f"connections/{part(connection)}/sync")
    return visit.back_to(f"runs/{part(connection)}/{part(said['run'])}")


@screens.post("/<tenant>/resume/<connection>")
def resume(visit: Visit, tenant: str, connection: str) -> Answer:
    visit.api.post(f"connections/{part(connection)}/resume")
    return visit.back_to("", said="It goes on, and catches up with what happened meanwhile.")


def _pace(overview: dict[str, Any]) -> int:
    return QUICK if any(each["standing"] == "loading" for each in overview["connections"]) else CALM


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
