"""Problems that do not wait: those that were solved lately, and those that somebody decided to live with."""

from typing import Any

from timebridge.console import wording
from timebridge.console.screens import Answer, Screens, Visit, part
from timebridge.console.screens.problems import SIZE, WORDS, asked_for, connections_of, counts_of, site_of

screens = Screens("problems that do not wait")

FILTERS = ("connection", "kind", "trouble", "q")


@screens.get("/<tenant>/problems/solved")
def list_solved(visit: Visit, tenant: str) -> Answer:
    asked = asked_for(visit, FILTERS)
    page = visit.api.get("problems/solved", limit=SIZE, start=visit.query.get("start") or None, **asked)
    return visit.page("problems/solved.html", title="Solved lately", page=page, **_around(visit, asked))


@screens.get("/<tenant>/problems/aside")
def list_aside(visit: Visit, tenant: str) -> Answer:
    asked = asked_for(visit, FILTERS)
    page = visit.api.get("problems", aside=True, limit=SIZE, start=visit.query.get("start") or None, **asked)
    return visit.page("problems/aside.html", title="Set aside", page=page, **_around(visit, asked))


@screens.get("/<tenant>/problems/leave")
def ask_for_all(visit: Visit, tenant: str) -> Answer:
    """Before all that is alike is set aside."""
    like = visit.query.get("like")
    groups = visit.api.get("problems", like=like, limit=1)["groups"]
    group = next((each for each in groups if each["like"] == like), None)
    if group is None:
        return visit.back_to("problems", said="Nothing of it waits any more.")
    title = f"Set {wording.count(group['count'], 'record')} aside"
    shown = {"group": group, "connections": connections_of(visit), "sends": "problems/leave"}
    return visit.page("problems/leave.html", title=title, **shown)


@screens.post("/<tenant>/problems/leave")
def leave_all(visit: Visit, tenant: str) -> Answer:
    asked = {"like": visit.form.get("like"), "reason": visit.form.get("reason")}
    said = visit.api.post("problems/aside", asked)
    words = (
        f"{wording.count(said['records'], 'record')} set aside. They are under “Set aside”, and can be taken up again."
    )
    return visit.back_to("problems", said=words)


@screens.get("/<tenant>/problems/<connection>/<flow>/<ours>/leave")
def ask(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    found = visit.api.get(_one(connection, flow, ours))
    shown = {"each": found, "connections": connections_of(visit), "sends": _one(connection, flow, ours, "leave")}
    return visit.page("problems/leave.html", title="Set aside", **shown)


@screens.post("/<tenant>/problems/<connection>/<flow>/<ours>/leave")
def leave(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    visit.api.post(_one(connection, flow, ours, "aside"), {"reason": visit.form.get("reason")})
    return visit.back_to("problems", said="It is set aside, and can be taken up again under “Set aside”.")


@screens.post("/<tenant>/problems/<connection>/<flow>/<ours>/take-up")
def take_up(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    visit.api.post(_one(connection, flow, ours, "take-up"))
    said = "It is tried again now. If it is refused, it waits among the problems as before."
    return visit.back_to("problems/aside", said=said)


def _one(connection: str, flow: str, ours: str, verb: str = "") -> str:
    return f"problems/{part(connection)}/{part(flow)}/{part(ours)}/{verb}".rstrip("/")


def _around(visit: Visit, asked: dict[str, str]) -> dict[str, Any]:
    shown = {"asked": asked, "filtered": any(asked.values()), "counts": counts_of(visit)}
    return shown | {"connections": connections_of(visit), "site": site_of(visit), **WORDS}
