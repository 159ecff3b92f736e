"""Matches: records that may be the same as others wait for a person to say so, one by one or all that are likely."""

from typing import Any

from timebridge.console import wording
from timebridge.console.screens import Answer, Screens, Visit, part
from timebridge.console.screens.problems import asked_for, connections_of, counts_of

screens = Screens("matches")

SIZE = 20
SCORES = (100, 95, 90, 85, 80, 75)
USUAL = 90
SAID = {
    "link": "They are one record from now on.",
    "create": "A new record is made on the other side.",
    "never": "It stays on its own side. You can link it by hand later.",
}


@screens.get("/<tenant>/matches")
def list_matches(visit: Visit, tenant: str) -> Answer:
    asked = asked_for(visit, ("connection", "kind", "q"))
    start = visit.query.get("start") or None
    page = visit.api.get("problems", sort="question", limit=SIZE, start=start, **asked)
    counts = counts_of(visit)
    waiting = {each["connection"]: each["questions"] for each in counts["connections"] if each["questions"]}
    shown = {
        "page": page,
        "asked": asked,
        "filtered": any(asked.values()),
        "connections": connections_of(visit),
        "counts": counts,
    }
    return visit.page("matches/list.html", title="Matches", **shown, waiting=waiting, scores=SCORES, usual=USUAL)


@screens.get("/<tenant>/matches/accept")
def ask_to_accept(visit: Visit, tenant: str) -> Answer:
    """What accepting all likely ones would do, before it is done."""
    connection, score = visit.query.get("connection"), _score(visit.query.get("score"))
    found = visit.api.get(f"connections/{part(connection)}/questions/likely", score=score)
    here = connections_of(visit)[connection]
    return visit.page("matches/accept.html", title="Accept likely matches", found=found, connection=here, score=score)


@screens.post("/<tenant>/matches/accept")
def accept(visit: Visit, tenant: str) -> Answer:
    connection, score = visit.form.get("connection"), _score(visit.form.get("score"))
    said = visit.api.post(f"connections/{part(connection)}/questions/accept", {"score": score})
    words = f"{wording.count(said['linked'], 'match', 'matches')} accepted; {said['left']} left to answer."
    return visit.back_to("matches", said=words)


@screens.get("/<tenant>/matches/<connection>/<flow>/<ours>/others")
def search(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    """Other records than the candidates, by name, number or id, on the side where the partner is."""
    each = visit.api.get(f"problems/{part(connection)}/{part(flow)}/{part(ours)}")
    q = visit.query.get("other")
    found = _others(visit, each, q) if q else []
    shown = {"each": each, "found": found, "q": q, "connections": connections_of(visit)}
    if visit.is_partial:
        return visit.fragment("matches/_others.html", **shown)
    return visit.page("matches/others.html", title=each["name"] or "Another record", **shown)


@screens.post("/<tenant>/matches/<connection>/<flow>/<ours>")
def answer(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    given = visit.form.get("answer")
    body = {"answer": given} | ({"id": visit.form.get("id")} if given == "link" else {})
    visit.api.post(f"connections/{part(connection)}/questions/{part(flow)}/{part(ours)}/answer", body)
    return visit.back_to("matches", said=f"{visit.form.get('name') or 'The record'}: {SAID.get(given, '')}")


def _others(visit: Visit, each: dict[str, Any], q: str) -> list[dict[str, Any]]:
    """Those that can be named as partner: id, name, and where to look at it."""
    if each["asks"] == "theirs":
        found = visit.api.get(each["kinds"], q=q, limit=20)["items"]
        return [{"id": record["id"], "name": _name(record["values"]), "kinds": each["kinds"]} for record in found]
    found = visit.api.get("why", q=q)["items"]
    there = [item for item in found if item["flow"] == each["flow"] and item["theirs"]]
    return [{"id": item["theirs"], "name": item["name"], "kinds": None} for item in there]


def _name(values: dict[str, Any]) -> str:
    return str(values.get("name") or "")


def _score(text: str) -> int:
    return int(text) if text.isdecimal() and 75 <= int(text) <= 100 else USUAL
