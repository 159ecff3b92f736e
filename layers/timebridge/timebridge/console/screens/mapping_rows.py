"""One row of a mapping: where it goes, which way, whose value counts, and what each choice is called on either side.

Every change is in the draft as soon as it is made: there is nothing to lose by going elsewhere.
"""

import json
from typing import Any

from timebridge.console import drafting
from timebridge.console.forms import Form
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.mapping import WORDS, below, current, sheet_of, store, title_of

screens = Screens("mapping rows")

ROW = "/<tenant>/connections/<connection>/mapping/<flow>/rows/<ours>"
CHOICE = "choice"
NEW = {"theirs": [], "direction": "both", "usual": "both", "winner": "theirs", "own_winner": False}
NEW |= {"values": None, "back": None, "note": "", "fixed": None, "needed": False, "added": True, "chosen": {}}


@screens.get("/<tenant>/connections/<connection>/mapping/<flow>/add")
def add(visit: Visit, tenant: str, connection: str, flow: str) -> Answer:
    """To the form of the value that was picked."""
    ours = visit.query.get("ours")
    path = f"mapping/{part(flow)}" + (f"/rows/{part(ours)}" if ours else "")
    return visit.back_to(below(connection, path))


@screens.get(ROW)
def show_row(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    """`shown`: as it stands in the table; else with its form."""
    sheet = sheet_of(visit, connection, flow)
    if visit.is_partial and visit.query.is_on("shown"):
        found = visit.api.get(below(connection))
        return visit.fragment("mapping/_row.html", connection=found, sheet=sheet, row=row_of(sheet, ours), **WORDS)
    return row_form(visit, connection, sheet, ours, visit.query)


def row_of(sheet: dict[str, Any], ours: str) -> dict[str, Any]:
    """A row that is not there yet, where there is none."""
    known = next((row for row in sheet["rows"] if row["ours"] == ours), None)
    return known or {**NEW, "ours": ours, "standing": "new", "ways": [], "terms": {"ours": ours, "theirs": ""}}


def row_form(
    visit: Visit,
    connection: str,
    sheet: dict[str, Any],
    ours: str,
    typed: Form,
    error: Refused | None = None,
    said: str = "",
) -> Answer:
    """`typed`: what the form says that is not saved."""
    row = row_of(sheet, ours)
    offered = _offered(visit, connection, sheet, ours)
    mine = offered["ours"][0] if offered["ours"] else {}
    theirs = typed.get("theirs") or next(iter(row["theirs"]), "")
    slot = next((each for each in offered["theirs"] if each["path"] == theirs), None)
    shown = {
        "connection": visit.api.get(below(connection)),
        "sheet": sheet,
        "row": row,
        "mine": mine,
        "slots": offered["theirs"],
        "unknown": offered.get("unknown", ""),
        "slot": slot,
        "theirs": theirs,
        "directions": _directions(row, slot, sheet),
        "takes_table": takes_table(mine, slot),
        "tables": _tables(row, mine, slot, theirs),
        "error": error,
        "typed": typed,
    }
    status = error.status if error else 200
    if visit.is_partial:
        answer = visit.fragment("mapping/_editing.html", said=said, status=status, **shown, **WORDS)
        if said:
            answer.headers["HX-Trigger"] = json.dumps({"said": said, "draft": True})
        return answer
    name = mine.get("label") or row["terms"]["ours"]
    title = f"{name}, {title_of(sheet, shown['connection'])}"
    return visit.page("mapping/row.html", title=title, status=status, name=name, **shown, **WORDS)


def _offered(visit: Visit, connection: str, sheet: dict[str, Any], ours: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = visit.api.get(below(connection, f"flows/{part(sheet['name'])}/fields"), ours=ours)
    except Refused as error:
        return {"ours": [], "theirs": [], "unknown": f"{error.detail} {error.remedy}"}
    return found


def takes_table(mine: dict[str, Any], slot: dict[str, Any] | None) -> bool:
    """Whether the values of both sides are mapped one by one."""
    return bool(slot and slot["holds"] == CHOICE and slot["values"] and mine.get("holds") in ("text", CHOICE))


def _directions(row: dict[str, Any], slot: dict[str, Any] | None, sheet: dict[str, Any]) -> list[str]:
    may = row["ways"] or sheet["ways"]
    ways = [way for way in (slot["ways"] if slot else may) if not row["ways"] or way in may]
    return ways or [row["direction"]]


def _tables(row: dict[str, Any], mine: dict[str, Any], slot: dict[str, Any] | None, theirs: str) -> dict[str, Any]:
    """Both tables with every value there is. `on`: values are mapped one by one."""
    same = bool(row["theirs"]) and theirs == row["theirs"][0]
    on = same and (row["values"] is not None or row["back"] is not None)
    choices = slot["values"] if slot else []
    out, back = drafting.said_of(row["values"], drafting.OUT), drafting.said_of(row["back"], drafting.IN)
    known = [*mine.get("values", ()), *mine.get("seen", ())]
    ours = list(
        dict.fromkeys(
            [*known, *(each for each in out if each), *(each[1:] for each in back.values() if each[:1] == "=")]
        )
    )
    return {
        "on": on,
        "ours": ours,
        "theirs": choices,
        "out": drafting.table(out, ours) if on else [],
        "in": drafting.table(back, choices) if on else [],
    }


# --- saving ----------------------------------------------------------------------------------------------------------


@screens.post(ROW)
def save_row(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    sheet = sheet_of(visit, connection, flow)
    try:
        _keep(visit, connection, flow, ours, _line(visit, connection, sheet, ours))
    except Refused as error:
        if error.status not in (409, 422):
            raise
        return row_form(visit, connection, sheet_of(visit, connection, flow), ours, visit.form, error)
    if visit.is_partial:
        said = "Saved in the draft."
        return row_form(visit, connection, sheet_of(visit, connection, flow), ours, Form(), said=said)
    return visit.back_to(below(connection, f"mapping/{part(flow)}/rows/{part(ours)}"), said="Saved in the draft.")


def _line(visit: Visit, connection: str, sheet: dict[str, Any], ours: str) -> dict[str, Any]:
    """The line as the form says it. Raises Refused."""
    row, form = row_of(sheet, ours), visit.form
    if row["fixed"]:
        return drafting.line_of(form, row, takes_table=False)
    offered = _offered(visit, connection, sheet, ours)
    theirs = form.get("theirs") or next(iter(row["theirs"]), "")
    if not theirs:
        raise Refused(422, {"detail": "Choose the field it goes with.", "field": "theirs"})
    slot = next((each for each in offered["theirs"] if each["path"] == theirs), None)
    if offered["theirs"] and slot is None and theirs not in row["theirs"]:
        raise Refused(422, {"detail": "This field does not fit.", "remedy": "Choose another one.", "field": "theirs"})
    mine = offered["ours"][0] if offered["ours"] else {}
    line = drafting.line_of(form, row, takes_table(mine, slot) or row["values"] is not None)
    if row["added"]:
        line["theirs"] = theirs
    if form.is_on("tabled") and not line.get("values") and not line.get("back") and slot:
        line |= drafting.begun([*mine.get("values", ()), *mine.get("seen", ())], slot["values"])
    may = slot["ways"] if slot else []
    if may and line.get("direction", row["usual"]) not in may:
        line["direction"] = may[0]
    return line


def _keep(visit: Visit, connection: str, flow: str, ours: str, line: dict[str, Any] | None) -> None:
    draft = current(visit, connection)
    store(visit, connection, drafting.with_line(draft["settings"], flow, ours, line), draft["revision"])


@screens.post(f"{ROW}/switch")
def switch_row(visit: Visit, tenant: str, connection: str, flow: str, ours: str) -> Answer:
    """`to`: off, on, or usual: as it is where nothing is chosen; a row that somebody made is removed by that."""
    row, to = row_of(sheet_of(visit, connection, flow), ours), visit.form.get("to")
    chosen = {name: value for name, value in row["chosen"].items() if name != "off"}
    line = None if to == "usual" else {**chosen, "off": True} if to == "off" else chosen
    _keep(visit, connection, flow, ours, line)
    words = {"off": "Switched off", "on": "Switched on", "usual": "Removed" if row["added"] else "Back as usual"}
    said = f"{words.get(to, 'Saved')} in the draft. No data is deleted."
    return visit.back_to(below(connection, f"mapping/{part(flow)}"), said=said)
