"""The timer of whoever looks: start, what it is for, stop, forget."""

from typing import Any

from timebridge.console.screens import Answer, Refused, Screens, Visit
from timebridge.console.screens.my_time import place_of

screens = Screens("timer")


def _said(visit: Visit) -> dict[str, Any]:
    form = visit.form
    optional = {name: form.get(name) or None for name in ("labour_code", "notes")}
    return {**place_of(form.get("place")), **optional, "billable": form.is_on("billable")}


@screens.post("/<tenant>/time/timer/start")
def start_timer(visit: Visit, tenant: str) -> Answer:
    if not visit.form.get("place"):
        return visit.back_to("time", problem="Choose what you work on first, then start the timer.")
    visit.api.post("timer/start", {name: value for name, value in _said(visit).items() if value is not None})
    return visit.back_to("time", said="The timer runs.")


@screens.post("/<tenant>/time/timer/change")
def change_timer(visit: Visit, tenant: str) -> Answer:
    visit.api.patch("timer", _said(visit))
    return visit.back_to("time", said="Changed; the timer runs on.")


@screens.post("/<tenant>/time/timer/stop")
def stop_timer(visit: Visit, tenant: str) -> Answer:
    """What is written in the form meanwhile goes into the entry."""
    if visit.form.is_on("notes"):
        visit.api.patch("timer", _said(visit))
    made = visit.api.post("timer/stop")["entries"]
    hours = sum(each["values"]["hours"] for each in made)
    return visit.back_to("time", week=made[-1]["values"]["work_date"], said=f"Stopped: {hours:.2f} hours are entered.")


@screens.get("/<tenant>/time/timer/discard")
def ask_to_discard(visit: Visit, tenant: str) -> Answer:
    """For browsers without dialogs."""
    return visit.page("time/discard.html", title="Discard the timer", running=visit.api.get("timer")["running"])


@screens.post("/<tenant>/time/timer/discard")
def discard_timer(visit: Visit, tenant: str) -> Answer:
    try:
        visit.api.post("timer/discard")
    except Refused as error:
        return visit.back_to("time", problem=error.detail)
    return visit.back_to("time", said="The timer is gone, and nothing was entered.")
