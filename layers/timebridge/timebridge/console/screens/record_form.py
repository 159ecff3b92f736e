"""The form of a record: made of what its kind holds, for editing one and for making one. What does not fit is said at
its field."""

from typing import Any

from timebridge.console import wording
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.record import head, read
from timebridge.console.screens.record_acts import sent
from timebridge.console.screens.records import called, fields_of, kind_called

screens = Screens("record_form")

PLACE = ("street", "city", "state", "zip", "country")
PARTS = {
    "Person": ("title", "given_name", "middle_name", "family_name", "suffix"),
    "Address": tuple(f"address_{each}" for each in PLACE),
    "Delivery address": tuple(f"delivery_{each}" for each in PLACE),
}
"""Fields that are folded away together, where a kind has all of them."""

LONG = 1_000
"""Characters from which on a text has several lines."""

FEW = 8

NOT_YOURS = {
    "detail": "You cannot edit this record.",
    "remedy": "Ask an administrator. Bring back first what is archived; make a draft again what is approved or final.",
}


@screens.get("/<tenant>/records/<kinds>/<id>/edit")
def edit(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    kind = kind_called(visit, kinds)
    record = read(visit, kind, id)
    return _form(visit, kind, record, _texts(kind, record), {}, None)


@screens.post("/<tenant>/records/<kinds>/<id>/edit")
def save(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    """Only what was changed is sent, with the revision that was looked at."""
    kind, form = kind_called(visit, kinds), visit.form
    fields = {field["name"]: field for field in fields_of_form(kind)}
    before = {name: form.get(f"was-{name}") for name in fields}
    texts = {name: form.get(name) for name in fields}
    changed = {name: sent(fields[name], text) for name, text in texts.items() if text != before[name]}
    to = f"records/{kind['kinds']}/{id}"
    if not changed:
        return visit.back_to(to, said="Nothing was changed.")
    try:
        _patch(visit, kind, id, changed, before)
    except Refused as error:
        record = error.said.get("current") or read(visit, kind, id)
        mine = {name: texts[name] for name in changed}
        return _form(visit, kind, record, _texts(kind, record) | mine, error.errors, error)
    return visit.back_to(to, said="Saved. What is shared goes out now.")


def _patch(visit: Visit, kind: dict[str, Any], id: str, changed: dict[str, Any], before: dict[str, str]) -> None:
    """Where somebody else saved other fields meanwhile, as the synchronisation does, both changes stand."""
    path, revision = f"{kind['kinds']}/{part(id)}", int(visit.form.get("revision") or 0)
    try:
        visit.api.patch(path, {"values": changed, "revision": revision})
    except Refused as error:
        current = error.said.get("current")
        if error.status != 409 or not current or any(_texts(kind, current)[name] != before[name] for name in changed):
            raise
        visit.api.patch(path, {"values": changed, "revision": current["revision"]})


def _form(
    visit: Visit,
    kind: dict[str, Any],
    record: dict[str, Any],
    texts: dict[str, str],
    errors: dict[str, str],
    error: Refused | None,
) -> Answer:
    given = head(visit, kind, record)
    if not given["may_edit"]:
        raise Refused(403, NOT_YOURS)
    filled = filled_form(visit, kind, texts, errors, error, bool(given["keeper"]))
    shown = given | filled | {"before": _texts(kind, record), "hints": _coming_in(visit, kind, record)}
    return visit.page("records/edit.html", title=f"Edit {shown['name']}", status=422 if error else 200, **shown)


def _coming_in(visit: Visit, kind: dict[str, Any], record: dict[str, Any]) -> dict[str, str]:
    """What to know of each field whose value comes from another system and never goes there."""
    sides = visit.api.get(f"{kind['kinds']}/{part(record['id'])}/sides")["items"]
    return {
        row["field"]: f"Comes from {wording.provider(side['provider'])}. What you write here stays here."
        for side in sides
        for row in side["rows"]
        if side["state"] == "live" and row["direction"] == "in"
    }


def filled_form(
    visit: Visit,
    kind: dict[str, Any],
    texts: dict[str, str],
    errors: dict[str, str],
    error: Refused | None,
    is_image: bool = False,
) -> dict[str, Any]:
    """What a page needs to show the fields of a kind, with these texts in them; of an image only what is set here."""
    fields = [field for field in fields_of_form(kind) if field["on_images"] or not is_image]
    names = {each["name"] for each in fields}
    parts = {label: part for label, part in PARTS.items() if names.issuperset(part)}
    folded = {name for part in parts.values() for name in part}
    return {
        "main": [each for each in fields if each["name"] not in folded],
        "groups": {label: [each for each in fields if each["name"] in part] for label, part in parts.items()},
        "texts": texts,
        "errors": errors,
        "hints": {},
        "error": error,
        "elsewhere": {name: reason for name, reason in errors.items() if name not in names},
        "long": LONG,
        "chosen": _chosen(visit, fields, texts),
        "within": _within(visit, fields),
    }


def fields_of_form(kind: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields that people give a value, those that a record must have first."""
    found = [field for field in kind["fields"] if field["set_by"] == "people"]
    found.sort(key=lambda field: not field["required"])
    return [each | {"options": [(name, wording.plain(name)) for name in each["choices"] or ()]} for each in found]


def _within(visit: Visit, fields: list[dict[str, Any]]) -> dict[str, str]:
    """By reference, another one of the same form that what it is to belongs to: the tasks of the project."""
    names = {field["name"] for field in fields}
    kinds = {field["name"]: field["refers_to"] for field in fields if field["type"] == "reference"}
    parents = {name: kind_called(visit, refers_to)["parent"] for name, refers_to in kinds.items()}
    return {name: parent for name, parent in parents.items() if parent in names and parent != name}


def _texts(kind: dict[str, Any], record: dict[str, Any]) -> dict[str, str]:
    return {field["name"]: _text(field, record["values"].get(field["name"])) for field in fields_of_form(kind)}


def _text(field: dict[str, Any], value: Any) -> str:
    if value is None:
        return ""
    if field["type"] == "flag":
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _chosen(visit: Visit, fields: list[dict[str, Any]], texts: dict[str, str]) -> dict[str, str]:
    """The name of each record that a reference is to now."""
    found = {}
    for field in fields:
        if field["type"] == "reference" and texts[field["name"]]:
            found[field["name"]] = called(visit, field["refers_to"], texts[field["name"]])
    return found


@screens.get("/<tenant>/records/<kinds>/options/<name>")
def options(visit: Visit, tenant: str, kinds: str, name: str) -> Answer:
    """What a reference could be to, by the words that were typed, and within what is chosen above it."""
    kind = kind_called(visit, kinds)
    field = fields_of(kind).get(name)
    if field is None or not field["refers_to"]:
        raise Refused(404, {"detail": "There is nothing to choose from.", "remedy": "Choose another field."})
    parent = visit.query.get(_within(visit, fields_of_form(kind)).get(name, ""))
    asked = {"q": visit.query.get(f"find-{name}"), "parent": parent, "limit": FEW}
    found = visit.api.get(f"listings/{field['refers_to']}", **asked)
    items = [(each["record"]["id"], each["name"], " · ".join(each["names"].values())) for each in found["items"]]
    return visit.fragment("records/_options.html", field=field, options=items, more=found["next"], value="")
