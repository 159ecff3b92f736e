"""One record: how it stands, both sides' values, its story, and what belongs to it."""

from collections.abc import Iterator
from typing import Any

from timebridge.console import wording
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.record_rights import rights
from timebridge.console.screens.records import (
    COLUMNS,
    PLURALS,
    fields_of,
    kind_called,
    names_of_connections,
    new_label,
    told,
)

screens = Screens("record")

BELOW = {
    "clients": ("projects", "contacts", "invoices", "payments"),
    "projects": ("tasks", "time-entries", "expenses", "assignments"),
    "staff": ("time-entries", "expenses"),
    "tasks": (),
}
"""What belongs to a record of a kind, and is listed on its page."""

OWNER = {"clients": "client", "projects": "project", "staff": "staff"}
SHOWN = 5
MAKERS = {"assignments": "records/projects/{id}/team"}
"""Where one more is made, if not in the form of its kind."""

ACTS = {
    "create": "Created",
    "update": "Changed",
    "archive": "Archived",
    "restore": "Restored",
    "submit": "Submitted",
    "approve": "Approved",
    "reject": "Rejected",
    "reopen": "Reopened",
    "review": "Reviewed",
    "finalise": "Finalised",
    "void": "Voided",
    "link.retry": "Tried again",
    "problem.aside": "Set aside",
    "problem.take_up": "Taken up again",
    "link.make": "Linked by hand",
    "link.relink": "Linked with another record",
    "link.end": "Unlinked",
    "conflict.decide": "Decided a conflict",
    "question.answer": "Said which record it is",
    "record.merge": "Merged",
    "member.set": "Changed who takes part",
}
ACTORS = {"sync": "The synchronisation", "rule": "The rule of the mapping", "": "Somebody"}
TONES = {"parked": "bad", "retry": "", "changed": "good", "acted": "", "decided": ""}


@screens.get("/<tenant>/records/<kinds>/<id>")
def show_record(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    kind = kind_called(visit, kinds)
    record = read(visit, kind, id)
    sync = visit.api.get(f"{kind['kinds']}/{part(id)}/sync")["items"]
    sides = _sides(visit, kind, record, look=False)
    shown: dict[str, Any] = {
        **head(visit, kind, record),
        "sync": sync,
        "chosen": list(_by_connection(sync)),
        "names": names_of_connections(visit),
        "conflicts": [(each, clash) for each in sync for clash in _clashes(visit, kind, each, sides["names"])],
        "sides": sides,
        "below": BELOW.get(kind["kinds"], ()),
        "plurals": PLURALS,
    }
    return visit.page("records/record.html", title=shown["name"], **shown)


def head(visit: Visit, kind: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """What stands above every page about a record."""
    values = record["values"]
    name = values.get("name") or values.get("number") or values.get(kind["name"]) or record["id"]
    return {
        "kind": kind,
        "record": record,
        "name": str(name),
        "number": values.get("code") or values.get("number") or values.get("email") or "",
        "plural": PLURALS.get(kind["kinds"], kind["label"]),
        "base": f"records/{kind['kinds']}/{record['id']}",
        "fields": fields_of(kind),
        **rights(visit, kind, record),
    }


def read(visit: Visit, kind: dict[str, Any], id: str) -> dict[str, Any]:
    found: dict[str, Any] = visit.api.get(f"{kind['kinds']}/{part(id)}")
    return found


def _clashes(
    visit: Visit, kind: dict[str, Any], sync: dict[str, Any], names: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """The fields that both sides moved, with their values as people read them."""
    fields = fields_of(kind)
    for clash in (sync["link"] or {}).get("conflicts", ()):
        field = fields.get(clash["field"])
        values = {name: clash[name] for name in ("base", "ours", "theirs")}
        words = {name: told(visit, field, value, names)["text"] if field else value for name, value in values.items()}
        yield {"field": clash["field"], **{name: text or "nothing" for name, text in words.items()}}


def _by_connection(sync: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Flows with a link, and where a connection has none, the one that says most."""
    order = ("not_mapped", "pending", "error", "synced", "not_shared")
    for connection in dict.fromkeys(each["connection"] for each in sync):
        mine = [each for each in sync if each["connection"] == connection]
        linked = [each for each in mine if each["link"] and each["link"]["state"] != "tombstone"]
        yield from linked or [min(mine, key=lambda each: order.index(each["badge"]))]


# --- both sides ------------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/records/<kinds>/<id>/sides")
def show_sides(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    """Theirs are read now: that takes a call for each."""
    kind = kind_called(visit, kinds)
    record = read(visit, kind, id)
    shown: dict[str, Any] = {**head(visit, kind, record), "sides": _sides(visit, kind, record, look=True)}
    shown["names"] = names_of_connections(visit)
    if visit.is_partial:
        return visit.fragment("records/_sides.html", **shown)
    return visit.page("records/sides.html", title=shown["name"], **shown)


def _sides(visit: Visit, kind: dict[str, Any], record: dict[str, Any], look: bool) -> dict[str, Any]:
    """A row for each field that somebody has a value for, with a cell for each counterpart."""
    found = visit.api.get(f"{kind['kinds']}/{part(record['id'])}/sides", look=look)
    by_field = [{row["field"]: row for row in side["rows"]} for side in found["items"]]
    names = found["names"]
    rows = [
        _compared(
            visit, field, record["values"].get(field["name"]), [side.get(field["name"]) for side in by_field], names
        )
        for field in kind["fields"]
    ]
    extra = [row for row in rows if _is_said(row)]
    return {"items": found["items"], "names": names, "rows": extra, "base": visit.query.is_on("base"), "look": look}


def _is_said(row: dict[str, Any]) -> bool:
    """Whether anybody has a value. A total of nothing that is shared with nobody is none."""
    shared = [cell for cell in row["cells"] if cell]
    told_here = row["text"] and (shared or row["field"]["set_by"] != "nobody" or row["text"] != "0.00")
    return bool(told_here or any(cell["text"] or cell["why"] for cell in shared))


def _compared(
    visit: Visit, field: dict[str, Any], ours: Any, rows: list[dict[str, Any] | None], names: dict[str, str]
) -> dict[str, Any]:
    cells = [
        row
        and {
            **told(visit, field, row["theirs"], names),
            "why": row["why"],
            "words": row["words"],
            "base": told(visit, field, row["base"], names)["text"],
            "direction": row["direction"],
            "called": row["theirs_label"],
        }
        for row in rows
    ]
    return {"field": field, **told(visit, field, ours, names), "cells": cells}


# --- its story, and what belongs to it -------------------------------------------------------------------------------


@screens.get("/<tenant>/records/<kinds>/<id>/story")
def show_story(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    kind = kind_called(visit, kinds)
    found = visit.api.get(f"{kind['kinds']}/{part(id)}/events")
    fields = fields_of(kind)
    events = [_event(visit, fields, event, found["names"]) for event in found["items"]]
    shown: dict[str, Any] = {"events": events, "connections": names_of_connections(visit)}
    if visit.is_partial:
        return visit.fragment("records/_story.html", **shown)
    given = head(visit, kind, read(visit, kind, id))
    return visit.page("records/story.html", title=given["name"], **given, **shown)


def _event(
    visit: Visit, fields: dict[str, dict[str, Any]], event: dict[str, Any], names: dict[str, str]
) -> dict[str, Any]:
    verb = event["act"].rpartition(".")[2]
    act = ACTS.get(event["act"]) or ACTS.get(verb) or wording.plain(event["act"].replace(".", " "))
    titles = {"changed": "Changed here", "parked": "Could not be synchronised", "decided": "Both sides had changed it"}
    titles |= {"retry": "Is tried again", "acted": act}
    changes = [
        {
            "label": change["label"],
            "before": told(visit, fields[change["field"]], change["before"], names)["text"],
            "after": told(visit, fields[change["field"]], change["after"], names)["text"],
        }
        for change in event["changes"]
        if change["field"] in fields
    ]
    who = ACTORS.get(event["actor"], event["actor"])
    return event | {"title": titles[event["what"]], "who": who, "tone": TONES[event["what"]], "changes": changes}


@screens.get("/<tenant>/records/<kinds>/<id>/below/<others>")
def show_below(visit: Visit, tenant: str, kinds: str, id: str, others: str) -> Answer:
    """The first records of a kind that belong to this one."""
    kind, other = kind_called(visit, kinds), kind_called(visit, others)
    if kind["kinds"] not in OWNER:
        raise Refused(404, {"detail": "Nothing belongs to records of this kind.", "remedy": "Open the record."})
    page = visit.api.get(f"listings/{other['kinds']}", limit=SHOWN, **{OWNER[kind["kinds"]]: id})
    fields = fields_of(other)
    columns = [fields[name] for name in COLUMNS[other["kinds"]] if name != OWNER[kind["kinds"]]][:5]
    rows = [
        {
            "url": visit.url(f"records/{other['kinds']}/{item['record']['id']}"),
            "cells": [
                told(visit, field, item["record"]["values"].get(field["name"]), item["names"]) for field in columns
            ],
            "sync": item["sync"],
        }
        for item in page["items"]
    ]
    belongs = {OWNER[kind["kinds"]]: id}
    shown: dict[str, Any] = {
        "rows": rows,
        "columns": columns,
        "held": [any(row["cells"][at]["text"] for row in rows) for at in range(len(columns))],
        "names": names_of_connections(visit) if rows else {},
        "more": visit.url(f"records/{other['kinds']}", **belongs) if page["next"] else "",
        "label": PLURALS[other["kinds"]],
        "new": new_label(visit, other),
        "maker": visit.url(
            MAKERS.get(other["kinds"], "").format(id=part(id)) or f"records/{other['kinds']}/new", **belongs
        ),
    }
    return visit.fragment("records/_below.html", **shown)
