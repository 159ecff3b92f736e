"""Settings of the tenant: its name and time zone, who is told what, and the way to those of its connections."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from timebridge.console import tuning, wording
from timebridge.console.screens import Answer, Refused, Screens, Visit

screens = Screens("settings")

AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def places(visit: Visit, current: str) -> list[tuple[str, str, bool]]:
    names = [("settings", "General"), ("settings/connections", "Connections")]
    names += [("settings/people", "People"), ("settings/notifications", "Notifications")]
    return [(visit.url(path), name, path == current) for path, name in names]


@screens.get("/<tenant>/settings")
def show_general(visit: Visit, tenant: str) -> Answer:
    return _general(visit, {})


@screens.post("/<tenant>/settings")
def save_general(visit: Visit, tenant: str) -> Answer:
    try:
        visit.api.patch(
            "",
            {
                "name": visit.form.get("name"),
                "time_zone": visit.form.get("time_zone"),
                "revision": int(visit.form.get("revision") or 0),
            },
        )
    except Refused as error:
        return _general(visit, tuning.reasons(error), error, 422)
    return visit.back_to("settings", said="Saved. Nights and days are reckoned in this time zone from now on.")


def _general(visit: Visit, errors: dict[str, str], error: Refused | None = None, status: int = 200) -> Answer:
    found = visit.api.get("")
    return visit.page(
        "settings/general.html",
        title="Settings",
        status=status,
        places=places(visit, "settings"),
        found=found | {name: visit.form[name] for name in ("name", "time_zone") if name in visit.form},
        zones=zones(),
        now=datetime.now(UTC),
        errors=errors,
        error=error,
        askable=tuning.askable(visit),
    )


@cache
def zones() -> list[tuple[str, str]]:
    """All there are, as people look for them: by area and city."""
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in AREAS)
    return [("UTC", "UTC"), *((name, name.replace("_", " ").replace("/", " / ")) for name in names if ZoneInfo(name))]


# --- connections -----------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/settings/connections")
def list_connections(visit: Visit, tenant: str) -> Answer:
    found = visit.api.get("connections")["items"]
    shown = [each | {"name": tuning.name_of(each), "books": tuning.posts(each)} for each in found]
    return visit.page(
        "settings/connections.html",
        title="Connections",
        places=places(visit, "settings/connections"),
        connections=sorted(shown, key=lambda each: (each["status"] == "closed", each["name"])),
        rhythms=RHYTHMS,
        error=None,
    )


RHYTHMS = {
    "realtime": "Every five minutes",
    "hourly": "Every hour",
    "daily": "Every night",
    "weekly": "Once a week",
    "off": "Only when asked",
}


# --- notifications ---------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/settings/notifications")
def show_notifications(visit: Visit, tenant: str) -> Answer:
    return _notifications(visit, {})


@screens.post("/<tenant>/settings/notifications")
def save_notifications(visit: Visit, tenant: str) -> Answer:
    form = visit.form
    wanted = _wanted(visit)
    try:
        said = visit.api.patch("notifications", wanted | {"revision": int(form.get("revision") or 0)})
    except Refused as error:
        return _notifications(visit, _named(error), wanted, error, 422)
    many = wording.count(len(said["recipients"]), "person is", "people are")
    told = f"{many} told from now on." if said["recipients"] else "Nobody is told by mail any more."
    return visit.back_to("settings/notifications", said=f"Saved. {told}")


def _wanted(visit: Visit) -> dict[str, Any]:
    form = visit.form
    recipients = form.get("recipients").replace(",", "\n").replace(";", "\n").split("\n")
    return {
        "recipients": [each.strip() for each in recipients if each.strip()],
        "errors": _number(form.get("errors")),
        "minutes": _number(form.get("minutes")),
        "digest": form.is_on("digest"),
    }


def _number(text: str) -> int | str:
    """What is no number the API refuses, at its field."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else text or "missing"


def _named(error: Refused) -> dict[str, str]:
    """`recipients.2` is one of the lines of one field."""
    return {name.partition(".")[0]: said for name, said in error.errors.items()}


def _notifications(
    visit: Visit,
    errors: dict[str, str],
    typed: dict[str, Any] | None = None,
    error: Refused | None = None,
    status: int = 200,
) -> Answer:
    shown: dict[str, Any] = {"places": places(visit, "settings/notifications"), "errors": errors, "error": error}
    if not visit.may_administer:
        return visit.page("settings/ask.html", title="Notifications", **shown, askable=tuning.askable(visit))
    found = visit.api.get("notifications") | (typed or {})
    return visit.page("settings/notifications.html", title="Notifications", status=status, found=found, **shown)
