"""Approvals: what waits for a yes or no, by person and week, and expenses."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from timebridge.console import wording
from timebridge.console.screens import Answer, Refused, Screens, Visit
from timebridge.console.screens.my_time import chosen, entries_in, refusals, today

screens = Screens("approvals")

DECISIONS = {"approve": "approved", "reject": "rejected", "reopen": "made drafts again"}
NO_REASON = "Say what has to be mended: the person reads it."
SCOPES = (
    ("projects", "project that you manage", "projects that you manage"),
    ("people", "person whom you lead", "people whom you lead"),
)
QUARTER = timedelta(weeks=13)
CHANGED = "Some of it has changed since you looked: look again."


# --- time ------------------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/approvals")
def list_waiting(visit: Visit, tenant: str) -> Answer:
    if not visit.may_decide:
        return _not_yours(visit)
    query = visit.query
    everything = query.get("show") == "all"
    asked = {name: query.get(name) for name in ("first", "last", "staff", "start")}
    found = visit.api.get("approvals", waiting=not everything, limit=50, **asked)
    people = visit.api.get("staff", limit=200)["items"]
    names = [("", "Everybody")] + [(each["id"], each["values"]["name"]) for each in people]
    shown = {"weeks": found, "everything": everything, "people": names, "last_day": last_day, "about": _about(visit)}
    return visit.page("approvals/list.html", title="Approvals", **shown)


def _not_yours(visit: Visit) -> Answer:
    asks = visit.api.get("administrators")["items"]
    return visit.page("approvals/not_yours.html", title="Approvals", asks=asks)


def _about(visit: Visit) -> str:
    """Whose time and expenses a manager is shown; administrators see everybody's."""
    scope = visit.scope
    some = [wording.count(scope[name], one, many) for name, one, many in SCOPES if scope[name]]
    return "" if scope["everything"] else f"You approve for {' and '.join(some)}."


@screens.get("/<tenant>/approvals/count")
def count(visit: Visit, tenant: str) -> Answer:
    """For the menu."""
    return visit.fragment("problems/_count.html", counts=visit.api.get("approvals/count") | {"more": False})


def last_day(monday: str) -> str:
    return (date.fromisoformat(monday) + timedelta(days=6)).isoformat()


@screens.post("/<tenant>/approvals")
def approve_weeks(visit: Visit, tenant: str) -> Answer:
    """Whole weeks that were ticked, each exactly as it was seen: `person|week|hours`."""
    ticked = visit.form.all("tick")
    if not ticked:
        return visit.back_to("approvals", problem="Tick the weeks first.")
    sheets = [_waiting(visit, *each.split("|")[:3]) for each in ticked if each.count("|") == 2]
    entries = [entry for sheet in sheets if sheet is not None for entry in sheet]
    said, problem = _decided(visit, "time-entries", "approve", entries) if entries else ("", "")
    problems = " ".join(filter(None, (CHANGED if None in sheets else "", problem)))
    return visit.back_to("approvals", said=said, problem=problems)


def _waiting(visit: Visit, staff: str, week: str, hours: str) -> list[dict[str, Any]] | None:
    """What waits of a person's week for whoever looks; None where it is not what was seen."""
    waiting = _submitted(visit.api.get("time-sheet", staff=staff, week=week))
    same = f"{sum(each['values']['hours'] for each in waiting):.2f}" == hours
    return waiting if same else None


def _submitted(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in _mine(sheet) if entry["values"]["status"] == "submitted"]


def _mine(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    """What whoever looks may decide about."""
    return [each["entry"] for each in entries_in(sheet) if not each["entry"]["reserved"]]


@screens.get("/<tenant>/approvals/weeks/<staff>/<week>")
def show_week(visit: Visit, tenant: str, staff: str, week: str) -> Answer:
    return _week(visit, staff, week)


def _week(visit: Visit, staff: str, week: str, error: str = "", status: int = 200) -> Answer:
    if not visit.may_decide:
        return _not_yours(visit)
    sheet = visit.api.get("time-sheet", staff=staff, week=week)
    found = sorted(entries_in(sheet), key=lambda each: (each["entry"]["values"]["work_date"], each["row"]["path"]))
    shown = {
        "sheet": sheet,
        "entries": found,
        "waiting": len(_submitted(sheet)),
        "mine": sum(each["values"]["status"] != "draft" for each in _mine(sheet)),
        "error": error,
        "ticked": visit.form.all("tick"),
    }
    return visit.page("approvals/week.html", title=f"Time of {sheet['name']}", status=status, **shown)


@screens.post("/<tenant>/approvals/weeks/<staff>/<week>")
def decide_week(visit: Visit, tenant: str, staff: str, week: str) -> Answer:
    """About the entries that were ticked, as they were seen: `id|revision`."""
    move, entries = visit.form.get("then"), _ticked(visit)
    if move not in DECISIONS or not entries:
        return _week(visit, staff, week, "Tick the entries first.", 422)
    if move == "reject" and not visit.form.get("reason"):
        return _week(visit, staff, week, NO_REASON, 422)
    said, problem = _decided(visit, "time-entries", move, entries)
    return visit.back_to(f"approvals/weeks/{staff}/{week}", said=said, problem=problem)


def _ticked(visit: Visit) -> list[dict[str, Any]]:
    pairs = [each.rpartition("|") for each in visit.form.all("tick")]
    return [{"id": id, "revision": int(revision)} for id, _, revision in pairs if id and revision.isdecimal()]


def _decided(visit: Visit, kinds: str, move: str, entries: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """What was done, and what could not be."""
    body: dict[str, Any] = {"entries": chosen(map(dict, entries))}
    if move == "reject":
        body["reason"] = visit.form.get("reason")
    done, refused = 0, []
    for first in range(0, len(body["entries"]), 200):
        found = visit.api.post(f"{kinds}/{move}", body | {"entries": body["entries"][first : first + 200]})
        done += found["done"]
        refused += found["items"]
    words = "1 entry" if done == 1 else f"{done} entries"
    return f"{words} {DECISIONS[move]}." if done else "", refusals({"items": refused})


# --- expenses --------------------------------------------------------------------------------------------------------

PARTS = {"reports": "expense-reports", "loose": "expenses"}


@screens.get("/<tenant>/approvals/expenses")
def list_expenses(visit: Visit, tenant: str) -> Answer:
    return _expenses(visit)


def _expenses(visit: Visit, error: str = "", status: int = 200) -> Answer:
    if not visit.may_decide:
        return _not_yours(visit)
    part = visit.query.get("part") if visit.query.get("part") in PARTS else "reports"
    first = visit.query.get("first") or (date.fromisoformat(today(visit)) - QUARTER).isoformat()
    found = visit.api.get(
        "spending",
        part=part,
        status="submitted",
        first=first,
        decides=True,
        limit=50,
        start=visit.query.get("start"),
    )
    shown = {"part": part, "found": found, "first": first, "error": error, "ticked": visit.form.all("tick")}
    shown["about"] = _about(visit)
    return visit.page("approvals/expenses.html", title="Approvals", status=status, **shown)


@screens.post("/<tenant>/approvals/expenses")
def decide_expenses(visit: Visit, tenant: str) -> Answer:
    move, entries, part = visit.form.get("then"), _ticked(visit), visit.query.get("part")
    if move not in DECISIONS or not entries:
        return _expenses(visit, "Tick the expenses first.", 422)
    if move == "reject" and not visit.form.get("reason"):
        return _expenses(visit, NO_REASON, 422)
    try:
        said, problem = _decided(visit, PARTS.get(part, "expense-reports"), move, entries)
    except Refused as error:
        said, problem = "", error.detail
    return visit.back_to("approvals/expenses", part=part, said=said, problem=problem)
