"""The mapping: what is kept in step with what, edited line by line in a draft, tried on records, and published."""

from typing import Any

from timebridge.console import drafting, wording
from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("mapping")

WAYS = {"in": "Comes in", "out": "Goes out", "both": "Both ways"}
ARROWS = {"in": "←", "out": "→", "both": "⇄"}
WINNERS = {"ours": "Ours", "theirs": "Theirs", "nobody": "Nobody: a person decides"}
RHYTHMS = {
    "": "As often as the connection",
    "realtime": "Every five minutes",
    "hourly": "Every hour",
    "daily": "Every night",
    "weekly": "Every Sunday night",
    "off": "Only when somebody asks",
}
CONFIRMS = {"likely": "About likely pairs", "always": "About every pair", "never": "About none"}
DELETIONS = {
    "both": "Both ways",
    "in": "Only from there to here",
    "out": "Only from here to there",
    "none": "Not at all",
}
WORDS: dict[str, Any] = {
    "ways": WAYS,
    "arrows": ARROWS,
    "winners": WINNERS,
    "rhythms": RHYTHMS,
    "confirms": CONFIRMS,
    "deletions": DELETIONS,
}

GROUPS = ("Kept in step", "Comes in", "Goes out", "What the books hold")


def below(connection: str, path: str = "") -> str:
    """A path of the API, or of a page: both are built alike."""
    return f"connections/{part(connection)}/{path}".rstrip("/")


# --- all flows -------------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/connections/<connection>/mapping")
def list_flows(visit: Visit, tenant: str, connection: str) -> Answer:
    found, mapping = visit.api.get(below(connection)), visit.api.get(below(connection, "mapping"))
    groups = [(name, [item for item in mapping["items"] if group_of(item) == name]) for name in GROUPS]
    given = {"connection": found, "mapping": mapping, "groups": [pair for pair in groups if pair[1]]}
    return visit.page("mapping/list.html", title="Mapping", **given, **WORDS)


def group_of(item: dict[str, Any]) -> str:
    if item["posting"]:
        return GROUPS[2]
    if item["kind"] == "transaction":
        return GROUPS[3]
    return GROUPS[1] if item["direction"] == "in" else GROUPS[0]


@screens.get("/<tenant>/connections/<connection>/mapping/chart.csv")
def download_chart(visit: Visit, tenant: str, connection: str) -> Answer:
    return visit.api.download(below(connection, "chart.csv"))


# --- one flow --------------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/connections/<connection>/mapping/<flow>")
def show_flow(visit: Visit, tenant: str, connection: str, flow: str) -> Answer:
    return sheet_page(visit, connection, flow)


def sheet_page(visit: Visit, connection: str, flow: str, status: int = 200, **more: Any) -> Answer:
    """`more`: what a refused form said."""
    sheet = sheet_of(visit, connection, flow)
    given = {"connection": visit.api.get(below(connection)), "mapping": visit.api.get(below(connection, "mapping"))}
    said = {"error": None, "open": visit.query.get("open"), "free": free_of(visit, connection, sheet)} | more
    said["error"] = worded(said["error"], given["mapping"])
    name = title_of(sheet, given["connection"])
    return visit.page("mapping/sheet.html", title=name, status=status, name=name, sheet=sheet, **given, **said, **WORDS)


def worded(error: Refused | None, mapping: dict[str, Any]) -> dict[str, str] | None:
    """What the API refused, with the flows as they are called on these pages."""
    if error is None:
        return None
    said = {"detail": error.detail, "remedy": error.remedy}
    for item in sorted(mapping["items"], key=lambda item: -len(item["name"])):
        name = f"“{item['terms']['ours']} and {item['terms']['theirs']}”"
        said = {part: text.replace(item["name"], name) for part, text in said.items()}
    return said


def sheet_of(visit: Visit, connection: str, flow: str) -> dict[str, Any]:
    found: dict[str, Any] = visit.api.get(below(connection, f"mapping/{part(flow)}"))
    return found


def title_of(sheet: dict[str, Any], connection: dict[str, Any]) -> str:
    return f"{sheet['terms']['ours']} and {wording.provider(connection['provider'])} {sheet['terms']['theirs']}"


def free_of(visit: Visit, connection: str, sheet: dict[str, Any]) -> list[dict[str, Any]]:
    """Values of ours that could have a row and have none; nothing where they cannot be looked up."""
    if not visit.may_administer:
        return []
    try:
        found = visit.api.get(below(connection, f"flows/{part(sheet['name'])}/fields"))
    except Refused:
        return []
    return [mine for mine in found["ours"] if not mine["mapped"] and mine["ways"]]


@screens.post("/<tenant>/connections/<connection>/mapping/<flow>/rules")
def save_rules(visit: Visit, tenant: str, connection: str, flow: str) -> Answer:
    sheet = sheet_of(visit, connection, flow)
    try:
        save(visit, connection, flow, drafting.rules_of(visit.form, sheet))
    except Refused as error:
        if error.status not in (409, 422):
            raise
        return sheet_page(visit, connection, flow, status=error.status, error=error, open="rules")
    return visit.back_to(below(connection, f"mapping/{part(flow)}"), said="Saved in the draft.")


@screens.post("/<tenant>/connections/<connection>/mapping/<flow>/switch")
def switch(visit: Visit, tenant: str, connection: str, flow: str) -> Answer:
    off = visit.form.get("to") == "off"
    choices = {**sheet_of(visit, connection, flow)["choices"], "off": off}
    try:
        save(visit, connection, flow, choices)
    except Refused as error:
        if error.status not in (409, 422):
            raise
        return sheet_page(visit, connection, flow, status=error.status, error=error)
    said = "Switched off in the draft. Its records and links stay." if off else "Switched on in the draft."
    return visit.back_to(below(connection, f"mapping/{part(flow)}"), said=said)


# --- the draft -------------------------------------------------------------------------------------------------------


def save(visit: Visit, connection: str, flow: str, choices: dict[str, Any]) -> None:
    """Everything that is chosen of one flow. Raises Refused."""
    settings = current(visit, connection)
    store(visit, connection, drafting.with_flow(settings["settings"], flow, choices), settings["revision"])


def current(visit: Visit, connection: str) -> dict[str, Any]:
    """The draft, or what is in force where there is none yet. Raises Refused where somebody else was at work since the
    page was shown: what they did is to be looked at first."""
    found = visit.api.get(below(connection, "settings"))
    draft = found["draft"] or {"settings": found["settings"], "revision": 0, "actor": visit.me["name"], "note": ""}
    seen = visit.form.get("revision")
    if seen and seen != str(draft["revision"]) and draft["actor"] != visit.me["name"]:
        detail = f"{draft['actor']} changed this draft meanwhile. Yours is not saved yet."
        raise Refused(409, {"detail": detail, "remedy": "Look at what changed, then save again."})
    return draft


def store(visit: Visit, connection: str, settings: dict[str, Any], revision: int) -> None:
    path = below(connection, "settings/draft")
    visit.api.post(path, {"settings": settings}, if_match=f'"{revision}"')


@screens.get("/<tenant>/connections/<connection>/mapping-draft/bar")
def show_bar(visit: Visit, tenant: str, connection: str) -> Answer:
    """What stands above every page of the mapping while there is a draft."""
    given = {"connection": {"id": connection}, "mapping": visit.api.get(below(connection, "mapping"))}
    return visit.fragment("mapping/_bar.html", **given)
