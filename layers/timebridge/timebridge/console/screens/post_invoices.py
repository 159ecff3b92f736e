"""Invoices: what they bill, the document that QuickBooks will have, and their way from draft to paid."""

from collections.abc import Mapping
from typing import Any

from timebridge.console.books import WORDS
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.post import base_of, books_of, chosen, whom
from timebridge.console.wording import count

screens = Screens("invoices")

MOVES = {
    "review": "It is marked as reviewed.",
    "reopen": "It is a draft again.",
    "finalise": "It is final. It can be posted now.",
    "void": "It is void. What it billed may be billed again.",
}
FOUND, MANY = 25, 200


@screens.get("/<tenant>/post/bill")
def choose_project(visit: Visit, tenant: str) -> Answer:
    q = visit.query.get("q")
    found = visit.api.get("projects", q=q, limit=FOUND, start=visit.query.get("start"))
    names = _clients(visit, {each["values"]["client"] for each in found["items"]})
    values = {"projects": found, "clients": names, "q": q, "asks": whom(visit), "error": ""}
    return visit.page("post/bill.html", title="Bill a project", **values, **WORDS)


def _clients(visit: Visit, ids: set[str]) -> dict[str, str]:
    """Most of them by one look at the list."""
    known = {each["id"]: each["values"]["name"] for each in visit.api.get("clients", limit=MANY)["items"]}
    return known | _names(visit, "clients", ids - known.keys())


def _names(visit: Visit, kinds: str, ids: set[str]) -> dict[str, str]:
    return {id: visit.api.get(f"{kinds}/{part(id)}")["values"]["name"] for id in ids if id}


@screens.post("/<tenant>/post/bill")
def bill(visit: Visit, tenant: str) -> Answer:
    project, connection = visit.form.get("project"), visit.form.get("connection")
    try:
        made = visit.api.post(f"projects/{part(project)}/invoice")
    except Refused as error:
        if error.status in (403, 404):
            raise
        words = f"{error.detail} {error.remedy}".strip()
        return visit.back_to("post/bill", problem=words, q=visit.form.get("q"), connection=connection)
    left = len(made["unpriced"])
    added = count(made["added"], "entry is", "entries are")
    said = f"{added} on the draft now." if made["added"] else "This is the draft that there is."
    said += f" {count(left, 'has', 'have')} no rate and stay off." if left else ""
    return visit.back_to(f"post/invoice/{made['invoice']['id']}", said=said, connection=connection)


@screens.get("/<tenant>/post/invoice/<id>")
def invoice(visit: Visit, tenant: str, id: str) -> Answer:
    record = visit.api.get(f"invoices/{part(id)}")
    lines = sorted(visit.api.get(f"invoices/{part(id)}/lines")["items"], key=_day)
    books = books_of(visit)
    book = chosen(visit, books) if books else None
    standing, seen, trouble = _standing(visit, book, id) if book else (None, None, None)
    values = record["values"]
    known = standing["names"] if standing else _names(visit, "clients", {values["client"]})
    names = known | _people(visit, lines)
    return visit.page(
        "post/invoice.html",
        title=f"Invoice {values['number'] or ''}".strip(),
        invoice=record,
        lines=lines,
        names=names,
        book=book,
        standing=standing,
        seen=seen,
        trouble=trouble,
        asks=whom(visit),
        **WORDS,
    )


def _standing(visit: Visit, book: Mapping[str, Any], id: str) -> tuple[Any, Any, Refused | None]:
    """How it stands with the books, and the document as it would be sent; or why nobody can tell now."""
    try:
        told = visit.api.get(f"{base_of(book['id'])}/invoices/{part(id)}/explain")
        wanted = {"type": "invoices", "ids": [id]}
        seen = visit.api.post(f"{base_of(book['id'])}/preview", wanted) if visit.may_administer else None
        return told, seen, None
    except Refused as error:
        return None, None, error


def _day(line: dict[str, Any]) -> tuple[str, str]:
    return line["values"].get("work_date") or line["values"].get("date") or "", line["values"].get("staff") or ""


def _people(visit: Visit, lines: list[dict[str, Any]]) -> dict[str, str]:
    return {each["values"]["staff"]: each["values"].get("staff_name") or "" for each in lines} | _names(
        visit, "staff", {each["values"]["staff"] for each in lines if not each["values"].get("staff_name")}
    )


@screens.post("/<tenant>/post/invoice/<id>/<move>")
def move(visit: Visit, tenant: str, id: str, move: str) -> Answer:
    here, connection = f"post/invoice/{part(id)}", visit.form.get("connection")
    if move not in (*MOVES, "credit"):
        return visit.back_to(here)
    try:
        if move == "credit":
            return _credited(visit, id, connection)
        revision = int(visit.form.get("revision") or 0) or None
        visit.api.post(f"invoices/{part(id)}/{move}", {"revision": revision})
    except Refused as error:
        if error.status == 403:
            raise
        return visit.back_to(here, problem=f"{error.detail} {error.remedy}".strip(), connection=connection)
    return visit.back_to(here, said=MOVES[move], connection=connection)


def _credited(visit: Visit, id: str, connection: str) -> Answer:
    given = {name: visit.form.get(name) for name in ("amount", "notes") if visit.form.get(name)}
    made = visit.api.post(f"invoices/{part(id)}/credit", given)
    said = "This draft takes it off. Review and finalise it; in QuickBooks it becomes a credit memo."
    return visit.back_to(f"post/invoice/{made['id']}", said=said, connection=connection)
