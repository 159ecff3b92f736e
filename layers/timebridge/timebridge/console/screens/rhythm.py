"""Rhythm of a connection: how often both sides are looked at, flow by flow where that is wanted, and when next."""

from typing import Any

from timebridge.console import tuning
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.settings import RHYTHMS

screens = Screens("rhythm")

HINTS = {
    "realtime": "For those who wait for it. Changes move at once; every five minutes both sides are compared.",
    "hourly": "Changes move at once; every hour both sides are compared. Right for most.",
    "daily": "Everything waits for the night, between one and five o'clock.",
    "weekly": "Everything waits for the night of Sunday.",
    "off": "Nothing moves until somebody presses “Synchronise now”.",
}
OWN = "flow:"


@screens.get("/<tenant>/settings/connections/<connection>")
def show_rhythm(visit: Visit, tenant: str, connection: str) -> Answer:
    return _page(visit, connection)


@screens.post("/<tenant>/settings/connections/<connection>")
def save_rhythm(visit: Visit, tenant: str, connection: str) -> Answer:
    wanted = visit.form.get("rhythm")
    own = {name.removeprefix(OWN): visit.form[name] for name in visit.form if name.startswith(OWN)}

    def change(settings: tuning.Settings) -> tuning.Settings:
        flows = {**settings.get("flows", {})}
        for name, rhythm in own.items():
            flows[name] = tuning.without(flows.get(name, {}), "rhythm") | ({"rhythm": rhythm} if rhythm else {})
        kept = {name: chosen for name, chosen in flows.items() if chosen}
        return tuning.without(settings, "flows") | ({"flows": kept} if kept else {})

    try:
        tuning.save(visit, connection, change, rhythm=wanted)
    except Refused as error:
        return _page(visit, connection, error)
    return visit.back_to(f"settings/connections/{part(connection)}", said="Saved. The next run is planned anew.")


def _page(visit: Visit, connection: str, error: Refused | None = None) -> Answer:
    shown = tuning.about(visit, connection, "")
    timetable = visit.api.get(f"connections/{part(connection)}/timetable")
    nexts = {each["rhythm"]: each["next"] for each in timetable["rhythms"]}
    typed: dict[str, Any] = {name: visit.form[name] for name in visit.form}
    return visit.page(
        "settings/rhythm.html",
        title=f"Rhythm of {shown['name']}",
        status=error.status if error else 200,
        timetable=timetable,
        options=[(name, words, HINTS[name], nexts[name]) for name, words in RHYTHMS.items()],
        rhythms=RHYTHMS,
        chosen=typed.get("rhythm") or timetable["rhythm"],
        own={each["flow"]: _own(each, typed) for each in timetable["flows"]},
        error=error,
        **shown,
    )


def _own(flow: dict[str, Any], typed: dict[str, str]) -> str:
    return str(typed.get(f"{OWN}{flow['flow']}", flow["chosen"] or ""))
