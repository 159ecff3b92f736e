"""Posting: how time, expenses and invoices go into the books, every choice in people's words."""

from typing import Any

from timebridge.console import tuning
from timebridge.console.posting_choices import OF_TYPE, WHEN, WHERE, Asked
from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("posting settings")

TYPES = (("time", "Time"), ("expenses", "Expenses"), ("invoices", "Invoices"))
MANY = 600
"""Records that a list to choose from may have; who has more searches."""


@screens.get("/<tenant>/settings/connections/<connection>/posting")
def show_first(visit: Visit, tenant: str, connection: str) -> Answer:
    return _page(visit, connection, "time")


@screens.get("/<tenant>/settings/connections/<connection>/posting/<type>")
def show_posting(visit: Visit, tenant: str, connection: str, type: str) -> Answer:
    return _page(visit, connection, type)


@screens.post("/<tenant>/settings/connections/<connection>/posting/<type>")
def save_posting(visit: Visit, tenant: str, connection: str, type: str) -> Answer:
    in_force = _rules(visit, connection)["rules"][_known(type)]
    said = {asked.name: asked.read(visit.form) for asked in _asked(type) if asked.name in in_force}
    changed = {name: value for name, value in said.items() if value != in_force[name]}

    def change(settings: tuning.Settings) -> tuning.Settings:
        if not changed:
            return settings
        posting = {**settings.get("posting", {})}
        return settings | {"posting": posting | {type: {**posting.get(type, {}), **changed}}}

    try:
        tuning.save(visit, connection, change)
    except Refused as error:
        return _page(visit, connection, type, tuning.reasons(error), error)
    return visit.back_to(
        f"settings/connections/{part(connection)}/posting/{type}", said="Saved. It counts from the next posting on."
    )


def _asked(type: str) -> tuple[Asked, ...]:
    return (*WHEN, *OF_TYPE[type], *WHERE)


def _known(type: str) -> str:
    """Raises Refused."""
    if type not in OF_TYPE:
        raise Refused(404, {"detail": "There is no such posting.", "remedy": "Choose time, expenses or invoices."})
    return type


def _rules(visit: Visit, connection: str) -> dict[str, Any]:
    found: dict[str, Any] = visit.api.get(f"connections/{part(connection)}/postings/rules")
    return found


def _page(
    visit: Visit, connection: str, type: str, errors: dict[str, str] | None = None, error: Refused | None = None
) -> Answer:
    shown = tuning.about(visit, connection, "posting")
    try:
        rules = _rules(visit, connection)
    except Refused as refused:
        return visit.page("settings/posting.html", title="Posting", rules=None, error=refused, **shown)
    chosen = dict(rules["rules"][_known(type)])
    if visit.form:
        chosen |= {asked.name: asked.read(visit.form) for asked in _asked(type)}
    base = f"{shown['base']}/posting"
    groups = [("When", WHEN), ("What", OF_TYPE[type]), ("Classes and locations", WHERE)]
    return visit.page(
        "settings/posting.html",
        title=f"Posting to {shown['name']}",
        status=error.status if error else 200,
        rules=rules,
        type=type,
        types=[(visit.url(f"{base}/{key}"), name, key == type) for key, name in TYPES],
        groups=[(title, [asked for asked in some if asked.name in chosen]) for title, some in groups],
        chosen=chosen,
        records=_records(visit, type, chosen) if visit.may_administer else {},
        errors=errors or {},
        error=error,
        **shown,
    )


def _records(visit: Visit, type: str, chosen: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """For each choice of a record what there is, and in any case what is chosen."""
    asked = [each for each in _asked(type) if each.of]
    known = {kinds: _all(visit, kinds) for kinds in {each.of for each in asked}}
    return {each.name: _choosable(each, known[each.of], chosen[each.name]) for each in asked if each.name in chosen}


def _choosable(asked: Asked, known: list[dict[str, Any]], chosen: str | None) -> list[tuple[str, str]]:
    fitting = [each for each in known if not asked.type or each["values"].get("type") == asked.type]
    found = [(each["id"], _name(each)) for each in fitting]
    other = [(chosen, chosen)] if chosen and chosen not in dict(found) else []
    return [("", asked.none), *other, *found]


def _all(visit: Visit, kinds: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    start = None
    while len(found) < MANY:
        page = visit.api.get(kinds, limit=200, start=start)
        found += [each for each in page["items"] if each["values"].get("active") is not False]
        start = page["next"]
        if start is None:
            break
    return found


def _name(record: dict[str, Any]) -> str:
    values = record["values"]
    return f"{values['code']} {values['name']}" if values.get("code") else str(values["name"])
