"""What becomes of the draft of a mapping: tried on records, looked through, published, given up, and brought back."""

from typing import Any

from timebridge.console import drafting
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.mapping import WORDS, below, current, sheet_of, store, title_of, worded

screens = Screens("mapping drafts")

BASE = "/<tenant>/connections/<connection>"
SIZE = 20


# --- on records ------------------------------------------------------------------------------------------------------


@screens.get(f"{BASE}/mapping/<flow>/test")
def show_test(visit: Visit, tenant: str, connection: str, flow: str) -> Answer:
    """Asks for a name, or tries some records at once. It writes nothing, so it may be done as often as one likes."""
    sheet, found = sheet_of(visit, connection, flow), visit.api.get(below(connection))
    q, error, tried = visit.query.get("q"), None, None
    if visit.may_administer and (visit.query.is_on("q") or visit.query.is_on("go")):
        try:
            tried = visit.api.post(below(connection, "settings/draft/test"), {"flow": flow, "q": q})
        except Refused as refused:
            error = refused
    given = {"connection": found, "sheet": sheet, "name": title_of(sheet, found), "q": q, "tried": tried}
    title = f"Test, {given['name']}"
    if visit.is_partial:
        return visit.fragment("mapping/_trials.html", error=error, **given, **WORDS)
    return visit.page("mapping/test.html", title=title, error=error, **given, **WORDS)


# --- looked through --------------------------------------------------------------------------------------------------


@screens.get(f"{BASE}/mapping-draft")
def review(visit: Visit, tenant: str, connection: str) -> Answer:
    return review_page(visit, connection)


def review_page(visit: Visit, connection: str, status: int = 200, error: Refused | None = None) -> Answer:
    found, mapping = visit.api.get(below(connection)), visit.api.get(below(connection, "mapping"))
    draft, checked, refusal = mapping["draft"], None, None
    if draft and visit.may_administer:
        try:
            checked = visit.api.post(below(connection, "settings/draft/check"))
        except Refused as refused:
            refusal = refused
    shown = {
        "connection": found,
        "mapping": mapping,
        "checked": checked,
        "refusal": worded(refusal, mapping),
        "left": left_of(visit, connection, mapping) if draft and visit.may_administer else [],
        "error": worded(error, mapping),
        "note": visit.form.get("note"),
    }
    return visit.page("mapping/review.html", title="Review and publish", status=status, **shown, **WORDS)


def left_of(visit: Visit, connection: str, mapping: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows whose tables the draft chooses, and of which it does not say every value."""
    found = []
    for item in mapping["items"]:
        if not item["changed"] or item["off"]:
            continue
        sheet = sheet_of(visit, connection, item["name"])
        rows = [row for row in sheet["rows"] if row["standing"] == "on" and _is_own(row)]
        for row in rows:
            left = drafting.unsaid(row, *_known(visit, connection, item["name"], row))
            found += [{"sheet": sheet, "row": row, "left": left}] if left else []
    return found


def _is_own(row: dict[str, Any]) -> bool:
    return any(isinstance(row["chosen"].get(name), dict) for name in ("values", "back"))


def _known(visit: Visit, connection: str, flow: str, row: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The choices over there, and the values that occur here; none where they cannot be looked up."""
    try:
        found = visit.api.get(below(connection, f"flows/{part(flow)}/fields"), ours=row["ours"])
    except Refused:
        return [], []
    theirs: list[str] = next((slot["values"] for slot in found["theirs"] if slot["path"] == row["theirs"][0]), [])
    return theirs, [value for mine in found["ours"] for value in (*mine["values"], *mine["seen"])]


@screens.post(f"{BASE}/mapping-draft/rest")
def say_rest(visit: Visit, tenant: str, connection: str) -> Answer:
    """Whatever is not said yet is said to change nothing."""
    draft = current(visit, connection)
    settings, mapping = draft["settings"], visit.api.get(below(connection, "mapping"))
    for each in left_of(visit, connection, mapping):
        line = drafting.rest_changes_nothing(each["row"], each["left"])
        settings = drafting.with_line(settings, each["sheet"]["name"], each["row"]["ours"], line)
    store(visit, connection, settings, draft["revision"])
    return visit.back_to(
        below(connection, "mapping-draft"), said="All other values change nothing. Saved in the draft."
    )


@screens.post(f"{BASE}/mapping-draft/publish")
def publish(visit: Visit, tenant: str, connection: str) -> Answer:
    left = left_of(visit, connection, visit.api.get(below(connection, "mapping")))
    try:
        if left:
            raise Refused(422, {"detail": "Not every value is said yet.", "remedy": "Say it below, then publish."})
        revision = visit.form.get("revision")
        path, note = below(connection, "settings/draft/publish"), {"note": visit.form.get("note")}
        said = visit.api.post(path, note, **({"if_match": f'"{revision}"'} if revision else {}))
    except Refused as error:
        if error.status not in (409, 422):
            raise
        return review_page(visit, connection, status=error.status, error=error)
    return visit.back_to(below(connection, "mapping-versions"), said=f"Version {said['number']} is in force.")


@screens.post(f"{BASE}/mapping-draft/discard")
def discard(visit: Visit, tenant: str, connection: str) -> Answer:
    revision = visit.form.get("revision")
    try:
        visit.api.post(below(connection, "settings/draft/discard"), if_match=f'"{revision}"')
    except Refused as error:
        if error.status != 409:
            raise
        return review_page(visit, connection, status=409, error=error)
    return visit.back_to(below(connection, "mapping"), said="The draft is gone. What is in force stays.")


# --- versions --------------------------------------------------------------------------------------------------------


@screens.get(f"{BASE}/mapping-versions")
def list_versions(visit: Visit, tenant: str, connection: str) -> Answer:
    start = visit.query.get("start") or None
    page = visit.api.get(below(connection, "settings/versions"), limit=SIZE, start=start)
    in_force = visit.api.get(below(connection, "settings"))["version"]
    given = {"connection": visit.api.get(below(connection)), "versions": page, "in_force": in_force}
    return visit.page("mapping/versions.html", title="Versions of the settings", **given)


@screens.get(f"{BASE}/mapping-versions/<number>/restore")
def ask_to_restore(visit: Visit, tenant: str, connection: str, number: str) -> Answer:
    return restore_page(visit, connection, number)


def restore_page(visit: Visit, connection: str, number: str, status: int = 200, error: Refused | None = None) -> Answer:
    version = visit.api.get(below(connection, f"settings/versions/{part(number)}"))
    given = {"connection": visit.api.get(below(connection)), "version": version, "error": error}
    return visit.page("mapping/restore.html", title=f"Bring version {number} back", status=status, **given)


@screens.post(f"{BASE}/mapping-versions/<number>/restore")
def restore(visit: Visit, tenant: str, connection: str, number: str) -> Answer:
    path = below(connection, f"settings/versions/{part(number)}/restore")
    try:
        said = visit.api.post(path, {"note": visit.form.get("note")})
    except Refused as error:
        if error.status not in (409, 422):
            raise
        return restore_page(visit, connection, number, status=error.status, error=error)
    words = f"Version {number} is back in force, as version {said['number']}."
    return visit.back_to(below(connection, "mapping-versions"), said=words)
