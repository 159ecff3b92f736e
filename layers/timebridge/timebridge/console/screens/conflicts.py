"""Conflicts: fields that both sides changed, with the value before, ours and theirs; decided one by one, or all."""

from itertools import groupby
from typing import Any

from timebridge.console import wording
from timebridge.console.screens import Answer, Screens, Visit, part
from timebridge.console.screens.problems import asked_for, connections_of, counts_of, read_value

screens = Screens("conflicts")

SIZE = 25
TAKES = {"ours": "Our value counts now.", "theirs": "Their value counts now.", "value": "The new value counts now."}


@screens.get("/<tenant>/conflicts")
def list_conflicts(visit: Visit, tenant: str) -> Answer:
    asked = asked_for(visit, ("connection", "q"))
    start = visit.query.get("start") or None
    page = visit.api.get("problems", sort="conflict", limit=SIZE, start=start, **asked)
    shown = {
        "page": page,
        "asked": asked,
        "filtered": any(asked.values()),
        "connections": connections_of(visit),
        "counts": counts_of(visit),
    }
    return visit.page("conflicts/list.html", title="Conflicts", **shown)


@screens.get("/<tenant>/conflicts/decided")
def list_decided(visit: Visit, tenant: str) -> Answer:
    """What was decided, by rule or by a person, of one connection: each can be decided otherwise."""
    connections = connections_of(visit)
    chosen = visit.query.get("connection") or next(iter(connections), "")
    start = visit.query.get("start") or None
    path = f"connections/{part(chosen)}/conflicts"
    page = visit.api.get(path, decided=True, limit=SIZE, start=start) if chosen else {"items": [], "next": None}
    pairs = [list(some) for _, some in groupby(page["items"], key=lambda each: (each["flow"], each["ours_id"]))]
    shown = {"pairs": pairs, "next": page["next"], "chosen": chosen, "connections": connections}
    return visit.page("conflicts/decided.html", title="Decided conflicts", counts=counts_of(visit), **shown)


@screens.post("/<tenant>/conflicts/<connection>/<flow>/<ours>")
def decide(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    """`field` is sent once for one field, and several times where all of a pair is taken from one side."""
    path = f"connections/{part(connection)}/conflicts/{part(flow)}/{part(ours)}/decide"
    take, fields = visit.form.get("take"), visit.form.all("field")
    for field in fields:
        visit.api.post(path, {"field": field, "take": take, **_value(visit, take)})
    named = ", ".join(wording.plain(field) for field in fields)
    said = f"{named}: {TAKES.get(take, '')} It is carried over now, and can be decided otherwise later."
    return visit.back_to(visit.form.get("back") or "conflicts", said=said)


def _value(visit: Visit, take: str) -> dict[str, Any]:
    if take != "value":
        return {}
    field = {"type": visit.form.get("type")}
    return {"value": read_value(field, visit.form.get("value"))}
