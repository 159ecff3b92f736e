"""Making a record: the form of its kind, with what is known already filled in.

The name of this module sorts before those of the pages of one record: `new` is no id.
"""

from datetime import datetime
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from timebridge.console.screens import Answer, Refused, Screens, Visit
from timebridge.console.screens.record_acts import sent
from timebridge.console.screens.record_form import fields_of_form, filled_form
from timebridge.console.screens.records import PLURALS, fields_of, kind_called, new_label

screens = Screens("making")

INCOMPLETE = {"detail": "Something is missing.", "remedy": "Fill in what is marked."}

FLAGS = {True: "yes", False: "no", None: ""}


@screens.get("/<tenant>/records/<kinds>/new")
def new(visit: Visit, tenant: str, kinds: str) -> Answer:
    kind = _makeable(visit, kinds)
    texts = {field["name"]: _first(visit, kind, field) for field in fields_of_form(kind)}
    return _form(visit, kind, texts, once=token_hex(12))


@screens.post("/<tenant>/records/<kinds>/new")
def make(visit: Visit, tenant: str, kinds: str) -> Answer:
    """What may be there already is asked about first. Pressed twice, one record is made."""
    kind, form = _makeable(visit, kinds), visit.form
    fields, once = fields_of_form(kind), form.get("once") or token_hex(12)
    texts = {field["name"]: form.get(field["name"]) for field in fields}
    gaps = {field["name"]: _wanting(field) for field in fields if field["required"] and not texts[field["name"]]}
    if gaps:
        return _form(visit, kind, texts, once, gaps, Refused(422, INCOMPLETE))
    values = {name: sent(fields_of(kind)[name], text) for name, text in texts.items() if text}
    twins = [] if form.is_on("anyway") else visit.api.post(f"{kind['kinds']}/alike", values)["items"]
    if twins:
        return _form(visit, kind, texts, once, twins=twins)
    try:
        made = visit.api.post(kind["kinds"], values, idempotency_key=once)
    except Refused as error:
        return _form(visit, kind, texts, once, error.errors, error)
    said = "It is here now. “How it stands” says whether it goes out, and where."
    return visit.back_to(f"records/{kind['kinds']}/{made['id']}", said=said)


def _makeable(visit: Visit, kinds: str) -> dict[str, Any]:
    """Raises Refused for what this person, or nobody, can make."""
    kind = kind_called(visit, kinds)
    if not new_label(visit, kind):
        plural = PLURALS.get(kind["kinds"], kind["label"]).lower()
        why = {"detail": f"You cannot make {plural} here.", "remedy": "Ask an administrator."}
        from_books = {"detail": f"{plural.capitalize()} come from the books.", "remedy": "Make it in QuickBooks."}
        raise Refused(403, from_books if visit.may_administer else why)
    return kind


def _first(visit: Visit, kind: dict[str, Any], field: dict[str, Any]) -> str:
    """What a field holds before anybody types: what the link says, or what is likely."""
    given, default = visit.query.get(field["name"]), field["default"]
    if field["type"] == "flag":
        return given or FLAGS[default]
    if kind["entries"] and field["name"] == "staff":
        return given or visit.me["staff"] or ""
    if field["type"] == "date" and field["required"]:
        return given or datetime.now(ZoneInfo(visit.tenant["time_zone"])).date().isoformat()
    return given or str(default or "")


def _wanting(field: dict[str, Any]) -> str:
    return f"{'Choose' if field['type'] in ('reference', 'choice') else 'Give'} the {field['label'].lower()}."


def _form(
    visit: Visit,
    kind: dict[str, Any],
    texts: dict[str, str],
    once: str,
    errors: dict[str, str] | None = None,
    error: Refused | None = None,
    twins: list[dict[str, Any]] | None = None,
) -> Answer:
    shown = filled_form(visit, kind, texts, errors or {}, error) | {
        "kind": kind,
        "plural": PLURALS.get(kind["kinds"], kind["label"]),
        "once": once,
        "twins": twins or [],
    }
    status = 422 if error else 409 if twins else 200
    return visit.page("records/new.html", title=new_label(visit, kind), status=status, **shown)
