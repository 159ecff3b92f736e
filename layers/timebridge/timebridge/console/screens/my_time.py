"""My time: the week of whoever looks, in a grid or day by day, and handing it in."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from timebridge.console import cells
from timebridge.console.cells import Sent
from timebridge.console.screens import Answer, Refused, Screens, Visit

screens = Screens("time")

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
OPEN = ("draft", "rejected")
"""Statuses of what can be handed in."""

KEPT = ("week", "rows", "also")
"""Of the address: which week, and which rows it shows besides those with entries."""

CODES = 200


# --- looking ---------------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/time")
def my_week(visit: Visit, tenant: str) -> Answer:
    if visit.me["staff"] is None:
        return nobody(visit)
    return week_page(visit, Sent())


def week_page(visit: Visit, sent: Sent, status: int = 200) -> Answer:
    sheet = sheet_of(visit)
    monday = date.fromisoformat(sheet["week"])
    shown = {
        "before": monday - WEEK,
        "after": monday + WEEK,
        "copying": visit.url("time", **{name: visit.query.get(name) for name in KEPT} | {"rows": monday - WEEK}),
        "rejected": [found for found in entries_in(sheet) if found["entry"]["values"]["status"] == "rejected"],
        "running": visit.api.get("timer")["running"],
        "codes": labour_codes(visit),
        **places_found(visit, recent_in(sheet) or recent_in(sheet_of(visit, week=monday - WEEK, rows="", also=""))),
        **_grid(visit, sheet, sent),
    }
    return visit.page("time/week.html", title="My time", status=status, **shown)


@screens.get("/<tenant>/time/days/<day>")
def my_day(visit: Visit, tenant: str, day: str) -> Answer:
    if visit.me["staff"] is None:
        return nobody(visit)
    return day_page(visit, day, Sent())


def day_page(visit: Visit, day: str, sent: Sent, status: int = 200) -> Answer:
    sheet = sheet_of(visit, week=day)
    found = date.fromisoformat(day)
    shown = {
        "day": day,
        "before": found - DAY,
        "after": found + DAY,
        "at": sheet["days"].index(day),
        "recent": [],
        **places_found(visit, recent_in(sheet)),
        **_grid(visit, sheet, sent),
    }
    return visit.page("time/day.html", title="My time", status=status, **shown)


def sheet_of(visit: Visit, **query: Any) -> dict[str, Any]:
    """The week that the address asks for, with the rows that it asks for."""
    found: dict[str, Any] = visit.api.get("time-sheet", **{name: visit.query.get(name) for name in KEPT} | query)
    return found


def _grid(visit: Visit, sheet: dict[str, Any], sent: Sent) -> dict[str, Any]:
    kept = {name: visit.query.get(name) for name in KEPT if name in visit.query}
    open_hours = sum(sheet["by_status"].get(status, 0) for status in OPEN)
    return {"sheet": sheet, "sent": sent, "cells": cells, "kept": kept, "open_hours": open_hours, "today": today(visit)}


def today(visit: Visit) -> str:
    return datetime.now(ZoneInfo(visit.tenant["time_zone"])).date().isoformat()


def entries_in(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    """Each with the row that it stands in."""
    return [{"entry": each, "row": row} for row in sheet["rows"] for cell in row["cells"] for each in cell["entries"]]


def labour_codes(visit: Visit) -> list[tuple[str, str]]:
    codes = visit.api.get("labour-codes", limit=CODES)["items"]
    return [("", "None")] + [(code["id"], code["values"]["name"]) for code in codes]


# --- searching -------------------------------------------------------------------------------------------------------


def recent_in(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    rows = {row["task"] or row["project"]: row for row in sheet["rows"]}
    return [
        {"kind": "task" if row["task"] else "project", "id": id, "code": None, "path": row["path"]}
        for id, row in rows.items()
    ]


def places_found(visit: Visit, recent: list[dict[str, Any]], kind: str | None = None) -> dict[str, Any]:
    """What the words that were typed find; without words what one worked on lately, else the first there are."""
    words = visit.query.get("q")
    if recent and not words:
        return {"places": recent, "more_places": False, "words": "", "are_recent": True}
    found = visit.api.get("places", q=words, kind=kind, mine=not visit.may_administer, limit=12)
    return {"places": found["items"], "more_places": found["next"] is not None, "words": words, "are_recent": False}


@screens.get("/<tenant>/time/places")
def search_places(visit: Visit, tenant: str) -> Answer:
    """As somebody types."""
    found = places_found(visit, [], visit.query.get("kind") or None)
    return visit.fragment("time/_places.html", required=True, **found)


def place_of(chosen: str) -> dict[str, Any]:
    """What was ticked, as the API wants it: a task, or a project without one. Nothing was: nothing."""
    kind, _, id = chosen.partition(":")
    if not id:
        return {}
    return {"task": id} if kind == "task" else {"project": id, "task": None}


@screens.post("/<tenant>/time/rows")
def add_row(visit: Visit, tenant: str) -> Answer:
    """What was chosen gets a row, which lasts as soon as hours are in it."""
    id = visit.form.get("place").partition(":")[2]
    if not id:
        return visit.leave(_back(visit), problem="Choose what you worked on first.")
    also = ",".join(filter(None, (visit.query.get("also"), id)))
    return visit.leave(_back(visit, also=also))


# --- saving and handing in -------------------------------------------------------------------------------------------


@screens.post("/<tenant>/time/save")
def save_time(visit: Visit, tenant: str) -> Answer:
    """The cell that somebody left (`auto`), or a whole page, which may be handed in afterwards."""
    sent = cells.sent_in(visit.form)
    saved = _write(visit, sent)
    if visit.is_partial and (sent.wrong or visit.query.get("auto")):
        return _cells(visit, sent)
    if sent.wrong:
        day = visit.query.get("day")
        return day_page(visit, day, sent, 422) if day else week_page(visit, sent, 422)
    said = f"{_count(saved)} saved." if saved else ""
    if visit.form.get("then"):
        return _hand_in(visit, said)
    return visit.leave(_back(visit), said=said or "Nothing has changed.")


def _write(visit: Visit, sent: Sent) -> int:
    """How many entries were written; what was refused is told at its field."""
    if not sent.changes:
        return 0
    said = visit.api.post("time-sheet", {"entries": [cells.to_json(each) for each in sent.changes.values()]})
    sent.wrong |= dict(cells.problems_of(list(sent.changes), said))
    return int(said["done"])


def _cells(visit: Visit, sent: Sent) -> Answer:
    """Those that were changed or are wrong, as they are now, and all sums."""
    sheet = sheet_of(visit)
    rows = {cells.key_of(row): row for row in sheet["rows"]}
    shown = []
    for key, day in dict.fromkeys(map(cells.place_in, sent.typed)):
        row = rows.get(key) or cells.row_of(key)
        empty = {"day": day, "hours": 0, "entries": []}
        shown.append((row, next((cell for cell in row["cells"] if cell["day"] == day), empty)))
    return visit.fragment("time/_saved.html", shown=shown, **_grid(visit, sheet, sent))


def _hand_in(visit: Visit, said: str) -> Answer:
    """What is open: of the week, of the day, or what was ticked."""
    ticked, day = set(visit.form.all("tick")), visit.query.get("day")
    sheet = sheet_of(visit, week=day) if day else sheet_of(visit)
    wanted = [each["entry"] for each in entries_in(sheet) if each["entry"]["values"]["status"] in OPEN]
    if visit.form["then"] == "ticked":
        wanted = [each for each in wanted if each["id"] in ticked]
    elif day:
        wanted = [each for each in wanted if each["values"]["work_date"] == day]
    if not wanted:
        return visit.leave(_back(visit), said=said, problem="There is nothing to submit.")
    found = visit.api.post("time-entries/submit", {"entries": chosen(wanted)})
    hours = sum(each["record"]["values"]["hours"] for each in found["items"] if each["record"])
    return visit.leave(_back(visit), said=f"{said} {hours:.2f} hours submitted.".strip(), problem=refusals(found))


def chosen(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": each["id"], "revision": each["revision"]} for each in entries]


def refusals(found: dict[str, Any]) -> str:
    """What was refused of many, each reason once."""
    problems = [each["problem"] for each in found["items"] if each["problem"]]
    reasons = dict.fromkeys(f"{each['detail']} {each['remedy'] or ''}".strip() for each in problems)
    return f"{len(problems)} not done: {' '.join(reasons)}" if problems else ""


def _back(visit: Visit, **query: str) -> str:
    """To the page that the form is on."""
    day = visit.query.get("day")
    kept = {name: visit.query.get(name) for name in KEPT} | query
    return visit.url(f"time/days/{day}" if day else "time", **(kept | {"week": ""} if day else kept))


def _count(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries} entries"


# --- who is on no list -----------------------------------------------------------------------------------------------


def nobody(visit: Visit, errors: dict[str, str] | None = None) -> Answer:
    name = visit.form.get("name") if visit.form else ""
    status = 422 if errors else 200
    return visit.page("time/nobody.html", title="My time", status=status, errors=errors or {}, name=name)


@screens.post("/<tenant>/time/staff")
def join_staff(visit: Visit, tenant: str) -> Answer:
    """An administrator puts themselves on the list of staff."""
    try:
        visit.api.post("staff", {"name": visit.form.get("name"), "email": visit.me["name"]})
    except Refused as error:
        if error.status != 422:
            raise
        return nobody(visit, error.errors or {"name": error.detail})
    return visit.back_to("time", said="You are on the list of staff now.")
