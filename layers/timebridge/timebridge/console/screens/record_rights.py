"""What one person may do with one record as it stands, and what becomes of an entry."""

from typing import Any

from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("record_rights")

SETTLED = {
    "time-entries": ("approved",),
    "expenses": ("approved",),
    "expense-reports": ("approved",),
    "invoices": ("reviewed", "final", "void"),
}
"""By kind: the statuses in which nobody changes a record."""

OPEN = ("draft", "rejected")
"""Statuses in which an entry is its owner's."""

MOVES = {
    "draft": ("submit",),
    "rejected": ("submit",),
    "submitted": ("approve", "reject", "reopen"),
    "approved": ("reopen",),
}
"""What may become of an entry, by its status."""

DONE = {
    "submit": "It is submitted, and waits for approval.",
    "approve": "It is approved. It can be posted now.",
    "reject": "It is rejected. The person reads the reason.",
    "reopen": "It is a draft again.",
}


def rights(visit: Visit, kind: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """`moves`: by name, what this person may let become of it. `reserved`: why they do not decide about it. `keeper`:
    the connection at whose end it is changed."""
    values, is_gone = record["values"], record["archived"]
    is_mine = visit.may_administer or _is_own(visit, kind, record)
    settled = values.get("status") in SETTLED.get(kind["kinds"], ())
    keeper = keeper_of(visit, kind, record) if is_mine else None
    editable = not keeper or any(field["on_images"] for field in kind["fields"])
    moves = MOVES.get(values.get("status"), ()) if kind["entries"] and not is_gone else ()
    reserved = _reserved(visit, kind, record) if set(moves) - {"submit"} else None
    return {
        "may_edit": is_mine and not is_gone and not settled and editable,
        "may_archive": is_mine and not is_gone and not keeper and (not settled or values["status"] == "void"),
        "may_restore": is_mine and is_gone and not keeper,
        "moves": [move for move in moves if (is_mine if move == "submit" else reserved is None)],
        "reserved": reserved,
        "settled": settled,
        "keeper": keeper,
    }


def _reserved(visit: Visit, kind: dict[str, Any], record: dict[str, Any]) -> str | None:
    if visit.may_administer:
        return None
    said = visit.api.get(f"{kind['kinds']}/{part(record['id'])}/decision")
    return f"{said['reserved']} {said['remedy']}" if said["reserved"] else None


def _is_own(visit: Visit, kind: dict[str, Any], record: dict[str, Any]) -> bool:
    values = record["values"]
    is_open = kind["entries"] and visit.may_write and values.get("status") in OPEN
    return bool(is_open and values["staff"] == visit.me["staff"])


def keeper_of(visit: Visit, kind: dict[str, Any], record: dict[str, Any]) -> str | None:
    """The connection at whose end a record is changed; none once that has ended."""
    values = record["values"]
    keeper = values.get("managed_by") or (values.get("from_books") if kind["kinds"] == "payments" else None)
    there = (
        {each["id"] for each in visit.api.get("connections")["items"] if each["status"] != "closed"} if keeper else ()
    )
    return str(keeper) if keeper in there else None


@screens.post("/<tenant>/records/<kinds>/<id>/move")
def move(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    asked, to = visit.form.get("move"), f"records/{part(kinds)}/{part(id)}"
    if asked not in DONE:
        return visit.back_to(to)
    body: dict[str, Any] = {"revision": int(visit.form.get("revision") or 0)}
    if asked == "reject":
        if not visit.form.get("reason"):
            return visit.back_to(to, problem="Say what has to be mended: the person reads it.")
        body["reason"] = visit.form.get("reason")
    try:
        visit.api.post(f"{part(kinds)}/{part(id)}/{part(asked)}", body)
    except Refused as error:
        return visit.back_to(to, problem=f"{error.detail} {error.remedy}".strip())
    return visit.back_to(to, said=DONE[asked])
