"""What becomes of the draft of a mapping: tried on records, looked through, published, given up, and brought back."""

from timebridge.console import drafting
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.mapping import WORDS, below, current, sheet_of, store, title_of, worded
from timebridge.console.screens.mapping_rows import row_of

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
        "error": worded(error, mapping),
        "note": visit.form.get("note"),
    }
    return visit.page("mapping/review.html", title="Review and publish", status=status, **shown, **WORDS)


@screens.post(f"{BASE}/mapping-draft/rest")
def say_rest(visit: Visit, tenant: str, connection: str) -> Answer:
    """Whatever is not said yet is said to change nothing."""
    draft = current(visit, connection)
    settings = draft["settings"]
    for each in visit.api.post(below(connection, "settings/draft/check"))["unsaid"]:
        row = row_of(sheet_of(visit, connection, each["flow"]), each["field"])
        left = {name: each[name] for name in ("values", "back") if each[name]}
        settings = drafting.with_line(settings, each["flow"], each["field"], drafting.rest_changes_nothing(row, left))
    store(visit, connection, settings, draft["revision"])
    return visit.back_to(
        below(connection, "mapping-draft"), said="All other values change nothing. Saved in the draft."
    )


@screens.post(f"{BASE}/mapping-draft/publish")
def publish(visit: Visit, tenant: str, connection: str) -> Answer:
    try:
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
