"""Setting a connection up, step by step, while it is off. Each step is one save, and each can be gone back to."""

from typing import Any

from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.connections import asks, one
from timebridge.console.screens.selection import details, details_of

screens = Screens("setup")

STEPS = (
    ("account", "Account"),
    ("check", "Requirements"),
    ("matches", "Matches"),
    ("rules", "Rules"),
    ("preview", "Preview"),
)
NAMES = [name for name, _ in STEPS]
SURE = 90
"""The score from which on one button accepts all that are best and alone."""

SIZE = 20
FATES = {
    "paired": ("Linked", "They are on both sides already and belong together from now on."),
    "made_here": ("New here", "They are only there yet, and are created here."),
    "made_there": ("New there", "They are only here yet, and are created there."),
    "asked": ("To be confirmed", "Somebody has to say which record they are. They wait until then."),
    "waits": ("Waiting for a match", "They follow by themselves once the matches they may be part of are confirmed."),
    "refused": ("With a problem", "They would be refused. The rest goes on without them."),
    "ends": ("Unlinked", "Their counterpart is gone."),
    "known": ("Linked before", "They were linked before, and are compared again."),
    "left_out": ("Left out", "The rules leave them where they are."),
}


@screens.get("/<tenant>/connections/<connection>/setup")
def go_on(visit: Visit, tenant: str, connection: str) -> Answer:
    return visit.leave(visit.url(f"connections/{connection}"))


@screens.get("/<tenant>/connections/<connection>/setup/account")
def account(visit: Visit, tenant: str, connection: str) -> Answer:
    return _step(visit, connection, "account")


@screens.get("/<tenant>/connections/<connection>/setup/check")
def check(visit: Visit, tenant: str, connection: str) -> Answer:
    """Looked at afresh each time the page is opened."""
    looked = visit.api.post(f"connections/{part(connection)}/preflight") if visit.may_administer else None
    return _step(visit, connection, "check", looked=looked)


@screens.post("/<tenant>/connections/<connection>/setup/next")
def next_step(visit: Visit, tenant: str, connection: str) -> Answer:
    step = visit.form.get("step")
    if step == "matches":
        _look(visit, connection, anew=False)
    _reach(visit, connection, step)
    return visit.back_to(f"connections/{connection}/setup/{step}")


def _reach(visit: Visit, connection: str, step: str) -> None:
    """Who went back and comes forward again is as far as before."""
    reached = one(visit, connection)["setup"]
    if reached not in NAMES or step not in NAMES or NAMES.index(step) > NAMES.index(reached):
        visit.api.post(f"connections/{part(connection)}/setup", {"step": step})


# --- the look at both sides ------------------------------------------------------------------------------------------


@screens.post("/<tenant>/connections/<connection>/setup/look")
def look(visit: Visit, tenant: str, connection: str) -> Answer:
    _look(visit, connection, anew=True)
    return visit.back_to(f"connections/{connection}/setup/{_known(visit.form.get('step'), 'preview')}")


@screens.post("/<tenant>/connections/<connection>/setup/stop")
def stop(visit: Visit, tenant: str, connection: str) -> Answer:
    visit.api.post(f"connections/{part(connection)}/runs/{part(visit.form['run'])}/cancel")
    step = _known(visit.form.get("step"), "matches")
    return visit.back_to(f"connections/{connection}/setup/{step}", said="Stopped. Nothing was written.")


def _look(visit: Visit, connection: str, *, anew: bool) -> None:
    found = _preview(visit, connection)
    fresh = found["run"] is not None and found["run"]["status"] in ("running", "done") and not found["outdated"]
    if anew or not fresh:
        visit.api.post(f"connections/{part(connection)}/preview")


def _preview(visit: Visit, connection: str) -> dict[str, Any]:
    found: dict[str, Any] = visit.api.get(f"connections/{part(connection)}/preview")
    return found


def _is_running(preview: dict[str, Any]) -> bool:
    return preview["run"] is not None and preview["run"]["status"] == "running"


@screens.get("/<tenant>/connections/<connection>/setup/looking")
def looking(visit: Visit, tenant: str, connection: str) -> Answer:
    """How far the look is; the page is loaded again when it is over."""
    preview, step = _preview(visit, connection), _known(visit.query.get("step"), "matches")
    shown: dict[str, Any] = {"connection": one(visit, connection), "preview": preview, "step": step}
    answer = visit.fragment("setup/_looking.html", **shown)
    if not _is_running(preview):
        answer.headers["HX-Refresh"] = "true"
    return answer


# --- matches ---------------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/connections/<connection>/setup/matches")
def matches(visit: Visit, tenant: str, connection: str) -> Answer:
    preview, start = _preview(visit, connection), visit.query.get("start")
    questions = visit.api.get(f"connections/{part(connection)}/questions", start=start, limit=SIZE)
    return _step(visit, connection, "matches", preview=preview, questions=questions, sure=SURE)


@screens.post("/<tenant>/connections/<connection>/setup/answer")
def answer(visit: Visit, tenant: str, connection: str) -> Answer:
    """`answer`: link and the id of the candidate, or create, or never."""
    verb, _, id = visit.form.get("answer").partition(" ")
    flow, ours = part(visit.form["flow"]), part(visit.form["ours"])
    asked = {"answer": verb} | ({"id": id} if id else {})
    visit.api.post(f"connections/{part(connection)}/questions/{flow}/{ours}/answer", asked)
    said = {"link": "Linked.", "create": "It will be created.", "never": "It stays where it is."}.get(verb, "Saved.")
    return visit.back_to(f"connections/{connection}/setup/matches", said=said, start=visit.form.get("start"))


@screens.post("/<tenant>/connections/<connection>/setup/accept")
def accept(visit: Visit, tenant: str, connection: str) -> Answer:
    score = int(visit.form.get("score")) if visit.form.get("score").isdecimal() else SURE
    done = visit.api.post(f"connections/{part(connection)}/questions/accept", {"score": score})
    said = f"{done['linked']} accepted, {done['left']} left."
    return visit.back_to(f"connections/{connection}/setup/matches", said=said)


# --- rules -----------------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/connections/<connection>/setup/rules")
def rules(visit: Visit, tenant: str, connection: str) -> Answer:
    return _rules_page(visit, connection)


def _rules_page(visit: Visit, connection: str, refused: Refused | None = None) -> Answer:
    """A form that was refused is shown again as it was filled in, with the reason."""
    shown: dict[str, Any] = {"rules": _rules(visit, connection), "details": details(visit, connection)}
    status = refused.status if refused else 200
    return _step(visit, connection, "rules", status=status, refused=refused, **shown)


@screens.post("/<tenant>/connections/<connection>/setup/rules")
def save_rules(visit: Visit, tenant: str, connection: str) -> Answer:
    found = one(visit, connection)
    try:
        visit.api.post(f"connections/{part(connection)}/rules", _wishes(visit))
    except Refused as refused:
        return _rules_page(visit, connection, refused)
    if not found["setup"]:
        return visit.back_to(f"connections/{connection}/setup/rules", said="Saved. It counts from now on.")
    _look(visit, connection, anew=False)
    _reach(visit, connection, "preview")
    return visit.back_to(f"connections/{connection}/setup/preview")


def _rules(visit: Visit, connection: str) -> dict[str, Any]:
    found: dict[str, Any] = visit.api.get(f"connections/{part(connection)}/rules")
    return found


def _wishes(visit: Visit) -> dict[str, Any]:
    """What the form says. Look only decides about every kind; of those that were shown the form says which are on."""
    form = visit.form
    wanted: dict[str, Any] = {"start_mode": form.get("start_mode") or None, "look_only": form.get("way") == "look"}
    if form.get("start_mode") == "from_date":
        wanted["start_date"] = form.get("start_date")
    if form.is_on("presets_shown"):
        wanted["presets"] = form.all("presets")
    wanted["details"] = details_of(form)
    wanted["choices"] = {name: form.get(f"choice.{name}") for name in form.all("choices")}
    if form.get("way") == "both" and form.get("way_was") == "both":
        on = set(form.all("on"))
        wanted["flows"] = {
            name: {"on": name in on, "direction": form.get(f"direction.{name}") or None} for name in form.all("flows")
        }
    return wanted


# --- preview, and the switch -----------------------------------------------------------------------------------------


@screens.get("/<tenant>/connections/<connection>/setup/preview")
def preview(visit: Visit, tenant: str, connection: str) -> Answer:
    found = _preview(visit, connection)
    order = visit.api.get(f"connections/{part(connection)}/order")
    place = {step["kind"]: number for number, step in enumerate(order["items"])}
    told = [each for each in found["flows"] if any(each[fate] for fate in FATES)]
    told.sort(key=lambda each: place.get(each["kind"], len(place)))
    totals = {fate: sum(each[fate] for each in told) for fate in (*FATES, "changed_here", "changed_there")}
    shown: dict[str, Any] = {"preview": found, "told": told, "totals": totals, "fates": FATES, "order": order}
    shown["rules"] = _rules(visit, connection)
    return _step(visit, connection, "preview", **shown)


@screens.get("/<tenant>/connections/<connection>/setup/preview/records")
def samples(visit: Visit, tenant: str, connection: str) -> Answer:
    flow, fate = visit.query.get("flow"), _known(visit.query.get("fate"), "paired", FATES)
    base = f"connections/{part(connection)}/preview"
    page = visit.api.get(f"{base}/records", flow=flow, fate=fate, start=visit.query.get("start"), limit=50)
    counted = next((each for each in visit.api.get(base)["flows"] if each["flow"] == flow), None)
    shown = {"page": page, "fate": FATES[fate], "counted": counted, "count": counted[fate] if counted else 0}
    return visit.page("setup/records.html", title=FATES[fate][0], connection=one(visit, connection), **shown)


@screens.post("/<tenant>/connections/<connection>/setup/on")
def switch_on(visit: Visit, tenant: str, connection: str) -> Answer:
    try:
        visit.api.post(f"connections/{part(connection)}/resume")
    except Refused as refused:
        to = "rules" if refused.field == "settings.presets" else "preview"
        words = f"{refused.detail} {refused.remedy}"
        return visit.back_to(f"connections/{connection}/setup/{to}", problem=words)
    return visit.back_to(f"connections/{connection}/load", said="It is switched on.")


def _step(visit: Visit, connection: str, step: str, status: int = 200, **values: Any) -> Answer:
    """A page of the set-up. Who may not set up sees how far it is, and whom to ask."""
    found = one(visit, connection)
    if found["status"] == "connecting":
        return visit.leave(visit.url(f"connections/{connection}"))
    if not visit.may_administer and step != "rules":
        shown: dict[str, Any] = {"connection": found, "asks": asks(visit), "steps": STEPS}
        return visit.page("setup/waits.html", title="Set-up", **shown)
    if not found["setup"] and step != "rules":
        return visit.leave(visit.url(f"connections/{connection}"))
    title = dict(STEPS)[step]
    shown = {"connection": found, "steps": STEPS, "step": step, "asks": asks(visit)}
    return visit.page(f"setup/{step}.html", title=title, status=status, **shown, **values)


def _known(given: str, usual: str, among: Any = tuple(NAMES)) -> str:
    return given if given in among else usual
