"""Selection: what of the other side comes here and what goes there, which items, and which customers never."""

from typing import Any

from timebridge.console import tuning
from timebridge.console.forms import Form
from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("selection")

IMPORTED = (("opportunities", "Opportunities"), ("cases", "Cases"))
WAYS = {"both": "Both ways", "in": "Only to here", "out": "Only to there"}


@screens.get("/<tenant>/settings/connections/<connection>/selection")
def show_selection(visit: Visit, tenant: str, connection: str) -> Answer:
    return _page(visit, connection)


@screens.post("/<tenant>/settings/connections/<connection>/selection")
def save_selection(visit: Visit, tenant: str, connection: str) -> Answer:
    """Two saves where both were changed: what the rules know of, and the details, which they do not."""
    form, path = visit.form, f"connections/{part(connection)}"
    before = visit.api.get(f"{path}/rules")
    wish: dict[str, Any] = {"flows": _flows(visit, before)}
    if before["presets"]:
        wish["presets"] = form.all("preset")
    if choices := {
        each["name"]: form[name] for each in before["choices"] if (name := f"choice:{each['name']}") in form
    }:
        wish["choices"] = choices
    wish["details"] = details_of(form)
    try:
        tuning.save(visit, connection, lambda settings: _with_people(settings, form))
        visit.api.post(f"{path}/rules", wish)
    except Refused as error:
        return _page(visit, connection, error)
    said = "Saved. What is chosen anew is looked at now; what is left out stays as it is."
    return visit.back_to(f"settings/connections/{part(connection)}/selection", said=said)


def _with_people(settings: tuning.Settings, form: Form) -> tuning.Settings:
    """What the form asked for and is chosen otherwise than before."""
    if not form.is_on("asks_users") or form.is_on("users") == settings.get("users", False):
        return settings
    return settings | {"users": form.is_on("users")}


def details_of(form: Form) -> dict[str, list[str]]:
    """The details that a form shows, with what is chosen of each."""
    return {name: [each for each in form.all(f"detail.{name}") if each] for name in form.all("details")}


def details(visit: Visit, connection: str) -> list[dict[str, Any]]:
    """What there is to choose from, with what the form says that was not saved."""
    found: list[dict[str, Any]] = visit.api.get(f"connections/{part(connection)}/rules/details")["items"]
    said = details_of(visit.form)
    for each in found:
        for option in each["options"] if each["name"] in said else ():
            option["chosen"] = option["name"] in said[each["name"]]
    return found


def _flows(visit: Visit, before: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Only what differs: a wish that says what is so already could be refused for no reason."""
    form, found = visit.form, dict[str, dict[str, Any]]()
    on = set(form.all("on"))
    for flow in before["flows"]:
        name, way = flow["flow"], form.get(f"way:{flow['flow']}")
        wish: dict[str, Any] = {"on": name in on} if (name in on) != flow["on"] else {}
        wish |= {"direction": way} if way and way != flow["direction"] and name in on else {}
        if wish:
            found[name] = wish
    return found


def _page(visit: Visit, connection: str, error: Refused | None = None) -> Answer:
    shown = tuning.about(visit, connection, "selection")
    found, settings = shown["connection"], shown["connection"]["settings"]
    rules = visit.api.get(f"connections/{part(connection)}/rules")
    books = found["provider"] == "quickbooks_online"
    return visit.page(
        "settings/selection.html",
        title=f"Selection of {shown['name']}",
        status=error.status if error else 200,
        rules=rules,
        lists=[each for each in rules["flows"] if not each["posting"]],
        ways=WAYS,
        books=books,
        details=details(visit, connection),
        users=visit.form.is_on("users") if visit.form else settings.get("users", False),
        picks="tasks" in settings.get("presets", ()),
        blocked=visit.api.get(f"connections/{part(connection)}/blocked")["items"] if books else [],
        error=error,
        **shown,
    )


# --- single items ----------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/settings/connections/<connection>/items")
def show_items(visit: Visit, tenant: str, connection: str) -> Answer:
    return _items(visit, connection)


@screens.post("/<tenant>/settings/connections/<connection>/items")
def save_items(visit: Visit, tenant: str, connection: str) -> Answer:
    """Of one page of the list, or everything. What was ticked on other pages stays."""
    form, path = visit.form, f"connections/{part(connection)}"
    kept = visit.api.get(path)["settings"].get("items") or []
    listed, ticked = set(form.all("listed")), form.all("item")
    items = None if form.get("all") == "yes" else [id for id in kept if id not in listed] + ticked
    try:
        said = visit.api.post(f"{path}/items", {"items": items})
    except Refused as error:
        return _items(visit, connection, error)
    words = "Everything is imported." if said["everything"] else f"{said['ticked']} are imported."
    back = {name: visit.query.get(name) for name in ("type", "q", "start")}
    return visit.back_to(f"settings/connections/{part(connection)}/items", said=f"Saved. {words}", **back)


def _items(visit: Visit, connection: str, error: Refused | None = None) -> Answer:
    shown = tuning.about(visit, connection, "selection")
    kind, found = visit.query.get("type") or "opportunities", None
    try:
        found = visit.api.get(
            f"connections/{part(connection)}/items",
            type=kind,
            q=visit.query.get("q"),
            start=visit.query.get("start"),
            limit=50,
        )
    except Refused as refused:
        error = error or refused
    return visit.page(
        "settings/items.html",
        title="What is imported",
        status=error.status if error else 200,
        found=found,
        kind=kind,
        types=IMPORTED,
        error=error,
        **shown,
    )


# --- blocked customers -----------------------------------------------------------------------------------------------


@screens.get("/<tenant>/settings/connections/<connection>/blocked")
def show_blocked(visit: Visit, tenant: str, connection: str) -> Answer:
    return _blocked(visit, connection)


@screens.post("/<tenant>/settings/connections/<connection>/blocked")
def block(visit: Visit, tenant: str, connection: str) -> Answer:
    try:
        visit.api.post(f"connections/{part(connection)}/blocked", {"project": visit.form.get("project")})
    except Refused as error:
        return _blocked(visit, connection, error)
    said = "Blocked. The project is archived with the time on it, and does not come back."
    return visit.back_to(f"settings/connections/{part(connection)}/blocked", said=said)


@screens.post("/<tenant>/settings/connections/<connection>/blocked/<customer>/lift")
def lift(visit: Visit, tenant: str, connection: str, customer: str) -> Answer:
    visit.api.post(f"connections/{part(connection)}/blocked/{part(customer)}/lift")
    said = "It may come in again; its project is back as it was."
    return visit.back_to(f"settings/connections/{part(connection)}/blocked", said=said)


def _blocked(visit: Visit, connection: str, error: Refused | None = None) -> Answer:
    shown = tuning.about(visit, connection, "selection")
    sought = visit.query.get("q")
    found = visit.api.get("projects", q=sought, limit=20)["items"] if sought and visit.may_administer else []
    return visit.page(
        "settings/blocked.html",
        title="Blocked customers",
        status=error.status if error else 200,
        blocked=visit.api.get(f"connections/{part(connection)}/blocked")["items"],
        sought=sought,
        found=found,
        error=error,
        **shown,
    )
