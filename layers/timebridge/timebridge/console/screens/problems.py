"""Problems: one queue of whatever is parked or asks, over all connections; mended in place, and tried again."""

import json
from typing import Any
from urllib.parse import urlsplit

from timebridge.console import sessions, wording
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.my_time import today

screens = Screens("problems")

SIZE = 25
LOOKS = 12
"""How often a row is looked at again after it was tried again, before we leave it to the person."""

FILTERS = ("connection", "sort", "trouble", "kind", "like", "q")
SORTS = (("", "Everything"), ("parked", "Refused"), ("question", "Matches to confirm"), ("conflict", "Conflicts"))
TROUBLES = {
    "format": "A value does not fit",
    "mapping": "Mapping",
    "permission": "Permission",
    "reference": "A record is missing",
    "duplicate": "Duplicate",
    "locked": "Locked",
    "automation": "A rule of theirs",
    "conflict": "Conflict",
    "other": "Other",
}
KINDS = (
    "client", "contact", "project", "task", "staff", "assignment", "time_entry", "expense", "expense_report", "invoice",
    "payment", "transaction", "labour_code", "expense_code", "item", "account", "tax_code",
)  # fmt: skip
WORDS: dict[str, Any] = {"sorts": SORTS, "troubles": TROUBLES, "kinds": KINDS}


@screens.get("/<tenant>/problems")
def list_problems(visit: Visit, tenant: str) -> Answer:
    asked = asked_for(visit, FILTERS)
    page = visit.api.get("problems", limit=SIZE, start=visit.query.get("start") or None, **asked)
    connections = connections_of(visit)
    stopped = [each for each in connections.values() if each["status"] == "needs_reauth"]
    shown = {
        "page": page,
        "asked": asked,
        "filtered": any(asked.values()),
        "connections": connections,
        "stopped": stopped,
        "counts": counts_of(visit),
        "site": site_of(visit),
        "today": today(visit),
    }
    return visit.page("problems/list.html", title="Problems", **shown, **WORDS)


@screens.get("/<tenant>/problems/count")
def count(visit: Visit, tenant: str) -> Answer:
    return visit.fragment("problems/_count.html", counts=visit.api.get("problems/count"))


@screens.get("/<tenant>/problems.csv")
def export(visit: Visit, tenant: str) -> Answer:
    return visit.api.download("problems.csv", **asked_for(visit, FILTERS))


@screens.post("/<tenant>/problems/retry")
def retry_alike(visit: Visit, tenant: str) -> Answer:
    """All that is alike, or all that the filters leave. It is followed on the page of its run, if it is one."""
    asked = {name: visit.form.get(name) for name in FILTERS if name != "sort" and visit.form.get(name)}
    said = visit.api.post("problems/retry", asked)
    words = f"{wording.count(said['records'], 'record')} tried again now."
    if said["left"]:
        words += f" {said['left']} more wait until their connection is live."
    if said["run"]:
        [(connection, run)] = said["runs"].items()
        return visit.back_to(f"runs/{part(connection)}/{part(run)}", said=words)
    words += " What is solved leaves this list by itself."
    return visit.back_to("problems", said=words, **{name: asked[name] for name in asked if name != "like"})


@screens.get("/<tenant>/problems/<connection>/<flow>/<ours>")
def show(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    """One of them, by itself; for htmx, as the row it is now."""
    found = _waiting(visit, connection, flow, ours)
    if found is None:
        return _solved(visit, connection, flow, ours)
    if visit.is_partial:
        return _looked_again(visit, found)
    options = _options(visit, found)
    title = found["name"] or wording.plain(found["kind"])
    return visit.page("problems/one.html", title=title, **_shown(visit, found), options=options)


@screens.post("/<tenant>/problems/<connection>/<flow>/<ours>/retry")
def retry(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    found = _waiting(visit, connection, flow, ours)
    return _tried(visit, found) if found else _solved(visit, connection, flow, ours)


@screens.post("/<tenant>/problems/<connection>/<flow>/<ours>/mend")
def mend(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    """The value is changed on our record, which is then tried again."""
    found = _waiting(visit, connection, flow, ours)
    if found is None:
        return _solved(visit, connection, flow, ours)
    field = found["edit"]["field"] if found["edit"] else None
    if field is None or field["name"] != visit.form.get("field"):
        raise Refused(409, {"detail": "This is about something else by now.", "remedy": "Open the page again."})
    sent = visit.form.get("value")
    body = {"values": {field["name"]: read_value(field, sent)}, "revision": int(visit.form.get("revision") or 0)}
    try:
        visit.api.patch(f"{found['kinds']}/{part(found['ours'])}", body)
    except Refused as error:
        if error.status not in (409, 422):
            raise
        return _wrong(visit, found, sent, error)
    return _tried(visit, found)


def _tried(visit: Visit, found: dict[str, Any]) -> Answer:
    path = f"connections/{part(found['connection'])}/links/{part(found['flow'])}/{part(found['ours'])}/retry"
    visit.api.post(path)
    if not visit.is_partial:
        return visit.back_to("problems", said=f"{found['name'] or 'The record'} is tried again now.")
    return visit.fragment("problems/_trying.html", **_shown(visit, found), look=1, was=found["revision"])


def _looked_again(visit: Visit, found: dict[str, Any]) -> Answer:
    """After it was tried again: the row waits until something has come of it."""
    was, look = _number(visit.query.get("was")), _number(visit.query.get("look"))
    if found["revision"] == was and look < LOOKS:
        return visit.fragment("problems/_trying.html", **_shown(visit, found), look=look + 1, was=was)
    again = "refused again" if found["revision"] != was else "still waiting its turn"
    return _news(visit.fragment("problems/_row.html", **_shown(visit, found), again=again))


def _solved(visit: Visit, connection: str, flow: str, ours: str) -> Answer:
    if not visit.is_partial:
        return visit.back_to("problems", said="This does not wait any more: it is solved.")
    link = visit.api.get(f"connections/{part(connection)}/links/{part(flow)}/{part(ours)}")
    latest = visit.api.get("problems/solved", connection=connection, q=ours, limit=1)["items"]
    solved = next((each for each in latest if (each["flow"], each["ours"]) == (flow, ours)), None)
    name = visit.query.get("name") or (solved["name"] if solved else "")
    return _news(visit.fragment("problems/_solved.html", link=link, name=name, solved=solved))


def _wrong(visit: Visit, found: dict[str, Any], sent: str, error: Refused) -> Answer:
    words = f"{error.detail} {error.remedy}".strip()
    shown = _shown(visit, found) | {"sent": sent, "wrong": words}
    if visit.is_partial:
        return visit.fragment("problems/_row.html", status=422, **shown)
    title = found["name"] or wording.plain(found["kind"])
    return visit.page("problems/one.html", title=title, status=422, **shown, options=_options(visit, found))


def _shown(visit: Visit, found: dict[str, Any]) -> dict[str, Any]:
    return {"each": found, "connections": connections_of(visit), "troubles": TROUBLES, "site": site_of(visit)}


def _waiting(visit: Visit, connection: str, flow: str, ours: str) -> dict[str, Any] | None:
    """None: it was solved meanwhile."""
    try:
        found: dict[str, Any] = visit.api.get(f"problems/{part(connection)}/{part(flow)}/{part(ours)}")
    except Refused as error:
        if error.status != 404:
            raise
        return None
    return found


def _options(visit: Visit, found: dict[str, Any]) -> list[tuple[str, str]]:
    """What a reference may point to instead."""
    field = found["edit"]["field"] if found["edit"] else None
    if field is None or field["type"] != "reference":
        return []
    others = visit.api.get(field["refers_to"], limit=200)["items"]
    named = [(each["id"], str(each["values"].get("name") or each["id"])) for each in others]
    now = found["edit"]["value"]
    known = any(id == now for id, _ in named)
    return named if known or not now else [(now, found["edit"]["value_name"] or now), *named]


def _news(answer: Answer) -> Answer:
    """The number beside the menu is counted anew."""
    answer.headers["HX-Trigger"] = json.dumps({"problems": True})
    return answer


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


# --- what the other pages about problems use too ---------------------------------------------------------------------


def read_value(field: dict[str, Any], sent: str) -> Any:
    """What was typed, as the API wants it; it says what does not fit."""
    if sent == "":
        return None
    return sent == "true" if field["type"] == "flag" else sent


def asked_for(visit: Visit, names: tuple[str, ...]) -> dict[str, str]:
    """Those that were not sent are empty, as in a form."""
    return {name: visit.query.get(name) for name in names}


def counts_of(visit: Visit) -> dict[str, Any]:
    found: dict[str, Any] = visit.api.get("problems/count")
    return found


def site_of(visit: Visit) -> str:
    """What comes before the path of a page that is sent to somebody."""
    public = urlsplit(sessions.public_url(visit.request))
    return f"{public.scheme}://{public.netloc}"


def connections_of(visit: Visit) -> dict[str, dict[str, Any]]:
    """By id, each with a `title`: its provider, and its account where there are several."""
    found = [each for each in visit.api.get("connections")["items"] if each["status"] != "closed"]
    many = {each["provider"] for each in found if sum(other["provider"] == each["provider"] for other in found) > 1}
    return {each["id"]: each | {"title": _title(each, each["provider"] in many)} for each in found}


def _title(connection: dict[str, Any], tell: bool) -> str:
    name = wording.provider(connection["provider"])
    return f"{name}, {connection.get('account_name') or connection['id']}" if tell else name
