"""Duplicates: records of one side that may be one. Ours are merged here, with what that moves said before."""

from typing import Any

from timebridge.console import wording
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.problems import connections_of, counts_of

screens = Screens("duplicates")

KINDS = ("clients", "projects", "contacts", "tasks", "staff", "labour-codes", "expense-codes", "items")
HIDDEN = ("address_", "delivery_", "posted_")
MOST = 12
"""Values of each record that are shown side by side."""

AT_ONCE = 6
"""Records that are merged in one go: more are seldom one."""


@screens.get("/<tenant>/duplicates")
def list_duplicates(visit: Visit, tenant: str) -> Answer:
    """The page at once; the search itself, which goes through all records, follows as a part of it."""
    kinds = visit.query.get("kinds") if visit.query.get("kinds") in KINDS else KINDS[0]
    where = visit.query.get("where")
    connections = connections_of(visit)
    flows = _flows(visit, where, kinds) if where in connections else []
    shown: dict[str, Any] = {"kinds": kinds, "where": where, "connections": connections, "flows": flows}
    counts = counts_of(visit)
    return visit.page("duplicates/list.html", title="Duplicates", counts=counts, all_kinds=KINDS, **shown)


@screens.get("/<tenant>/duplicates/found")
def find(visit: Visit, tenant: str) -> Answer:
    kinds, where, flow = (visit.query.get(name) for name in ("kinds", "where", "flow"))
    kind = _kind(kinds)
    shown: dict[str, Any] = {"kinds": kinds, "kind": kind, "where": where, "flow": flow, "problem": None}
    try:
        path = f"connections/{part(where)}/flows/{part(flow)}/duplicates" if where else "duplicates"
        groups = visit.api.get(path, **({} if where else {"kind": kind}))["items"]
    except Refused as error:
        return visit.fragment("duplicates/_found.html", groups=[], **shown | {"problem": error})
    known = connections_of(visit)
    return visit.fragment("duplicates/_found.html", groups=groups, connections=known, **shown)


@screens.get("/<tenant>/duplicates/merge")
def compare(visit: Visit, tenant: str) -> Answer:
    """The records side by side, which of them stays, and what merging the others into it moves."""
    kinds, ids = visit.query.get("kinds"), visit.query.get("ids").split(",")[:AT_ONCE]
    records = [visit.api.get(f"{part(kinds)}/{part(id)}") for id in ids]
    stays = visit.query.get("into") if visit.query.get("into") in ids else _fullest(records)
    others = [each for each in records if each["id"] != stays]
    moves = [visit.api.get(f"{part(kinds)}/{part(each['id'])}/merge", into=stays) for each in others]
    shown: dict[str, Any] = {"kinds": kinds, "records": records, "stays": stays, "others": others}
    rows, moved = _rows(records), _sum(moves)
    return visit.page("duplicates/merge.html", title="Merge duplicates", rows=rows, moved=moved, **shown)


@screens.post("/<tenant>/duplicates/merge")
def merge(visit: Visit, tenant: str) -> Answer:
    kinds, into = visit.form.get("kinds"), visit.form.get("into")
    losers = [id for id in visit.form.all("id") if id != into]
    moves = [visit.api.post(f"{part(kinds)}/{part(id)}/merge", {"into": into}) for id in losers]
    moved = sum(sum(each["references"].values()) for each in moves)
    said = f"{wording.count(len(moves), 'record')} merged; {wording.count(moved, 'record')} moved along."
    return visit.back_to("duplicates", said=said, kinds=kinds)


def _flows(visit: Visit, connection: str, kinds: str) -> list[dict[str, Any]]:
    found = visit.api.get(f"connections/{part(connection)}/flows")["items"]
    return [flow for flow in found if flow["kind"] == _kind(kinds)]


def _kind(kinds: str) -> str:
    return "staff" if kinds == "staff" else kinds.replace("-", "_").removesuffix("s")


def _fullest(records: list[dict[str, Any]]) -> str:
    """The one about which most is known, and of those the oldest: ids are in the order in which records were made."""
    filled = [(-sum(value is not None for value in each["values"].values()), each["id"]) for each in records]
    return str(min(filled)[1]) if filled else ""


def _rows(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The values that any of them has, those that differ first."""
    names = dict.fromkeys(name for each in records for name in each["values"] if not name.startswith(HIDDEN))
    rows = [{"name": name, "values": [each["values"].get(name) for each in records]} for name in names]
    filled = [row for row in rows if any(value not in (None, False, 0) for value in row["values"])]
    marked = [row | {"differs": len({str(value) for value in row["values"]}) > 1} for row in filled]
    return sorted(marked, key=lambda row: (row["name"] != "name", not row["differs"]))[:MOST]


def _sum(moves: list[dict[str, Any]]) -> dict[str, Any]:
    references: dict[str, int] = {}
    for each in moves:
        for kind, number in each["references"].items():
            references[kind] = references.get(kind, 0) + number
    links, ended = (sum(each[name] for each in moves) for name in ("links", "ended"))
    return {"references": references, "links": links, "ended": ended}
