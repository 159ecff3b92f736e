"""What a form says of a flow or of one of its lines, as the settings say it, and back.

A table of values says of each value what it becomes: `=` and the value, EMPTY, NOTHING (what is there stays), or UNSAID
while nobody has said it yet.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from timebridge.console.forms import Form

UNSAID, NOTHING, EMPTY, IS = "", "nothing", "empty", "="
OUT, IN = "out|", "in|"
NEW_OURS, NEW_THEIRS = "new_ours", "new_theirs"

SWITCHES = ("create_ours", "create_theirs", "update_ours", "update_theirs")
AS_CONNECTION = ""
"""The rhythm of a flow that has none of its own."""

type Line = dict[str, Any]


# --- one line --------------------------------------------------------------------------------------------------------


def line_of(form: Form, row: Mapping[str, Any], takes_table: bool) -> Line:
    """`row`: the line as the API shows it; `takes_table`: values of the field that was chosen are mapped one by one."""
    line = {name: value for name, value in row["chosen"].items() if name in ("theirs", "values", "back")}
    theirs = form.get("theirs")
    if theirs and theirs != (row["theirs"][0] if row["theirs"] else None):
        line = {"theirs": theirs}
    for name, usual in (("direction", row["usual"]), ("winner", "")):
        said = form.get(name, usual)
        line |= {name: said} if said != usual else {}
    if not takes_table or not form.is_on("tabled"):
        line.pop("values", None)
        line.pop("back", None)
        return line
    return line | tables_of(form)


def tables_of(form: Form) -> Line:
    """Both tables as a form says them. What is not said is left out."""
    values, back = ({name.removeprefix(way): form[name] for name in form if name.startswith(way)} for way in (OUT, IN))
    if form.get(NEW_OURS):
        values[form[NEW_OURS]] = form.get(NEW_THEIRS) or NOTHING
    return {"values": kept(values), "back": kept(back)}


def kept(said: Mapping[str, str]) -> dict[str, str | None]:
    """A table as it is kept: null changes nothing, and "" is empty."""
    found: dict[str, str | None] = {}
    for value, what in said.items():
        if what.startswith(IS):
            found[value] = what.removeprefix(IS)
        elif what in (NOTHING, EMPTY):
            found[value] = None if what == NOTHING else ""
    return found


def said_of(rows: Iterable[Mapping[str, Any]] | None, way: str) -> dict[str, str]:
    """What a table says, by value. `rows`: as the API shows them; `way`: OUT reads ours to theirs."""
    first, second = ("ours", "theirs") if way == OUT else ("theirs", "ours")
    return {
        row[first] or "": NOTHING if not row["changes"] else IS + row[second] if row[second] else EMPTY
        for row in rows or ()
    }


def table(said: Mapping[str, str], values: Iterable[str]) -> list[tuple[str, str]]:
    """Every value there is, with what is said of it: those of `values` first, then what is said of others."""
    return [(value, said.get(value, UNSAID)) for value in dict.fromkeys([*values, *said])]


def begun(ours: Iterable[str], theirs: Iterable[str]) -> Line:
    """The tables with which one begins: what is spelt alike on both sides is the same."""
    alike = {mine: other for mine in ours for other in theirs if mine.casefold() == other.casefold()}
    return {"values": alike, "back": {other: mine for mine, other in alike.items()}}


def rest_changes_nothing(row: Mapping[str, Any], left: Mapping[str, Iterable[str]]) -> Line:
    """The line with everything said that was not."""
    whole = {"values": kept(said_of(row["values"], OUT)), "back": kept(said_of(row["back"], IN))}
    said = {name: {**whole[name], **dict.fromkeys(values)} for name, values in left.items()}
    return {**row["chosen"], **whole, **said}


# --- a whole flow ----------------------------------------------------------------------------------------------------


def rules_of(form: Form, sheet: Mapping[str, Any]) -> dict[str, Any]:
    """What is chosen of the flow besides its lines. What is as it was anyway is not written down."""
    said: dict[str, Any] = {name: form[name] for name in ("direction", "winner", "confirm") if form.get(name)}
    said |= {name: form.is_on(name) for name in SWITCHES}
    said["match"] = form.get("match") or None
    if sheet["deletions_may_change"]:
        said["deletions"] = form.get("deletions") or "none"
    before = {**sheet, "deletions": sheet["deletions"] or "none"}
    chosen = {name: value for name, value in sheet["choices"].items() if name != "rhythm"}
    chosen |= {name: value for name, value in said.items() if name in chosen or value != before[name]}
    rhythm = form.get("rhythm", AS_CONNECTION)
    return chosen | ({"rhythm": rhythm} if rhythm != AS_CONNECTION else {})


# --- settings --------------------------------------------------------------------------------------------------------


def with_flow(settings: Mapping[str, Any], flow: str, choices: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with these choices of a flow in the place of those that are there."""
    found = deepcopy(dict(settings))
    flows = found.setdefault("flows", {})
    if choices:
        flows[flow] = dict(choices)
    else:
        flows.pop(flow, None)
    if not flows:
        found.pop("flows")
    return found


def with_line(settings: Mapping[str, Any], flow: str, ours: str, line: Mapping[str, Any] | None) -> dict[str, Any]:
    """The settings with one line of a flow as chosen; None: nothing is chosen of it."""
    choices = dict(settings.get("flows", {}).get(flow, {}))
    lines = dict(choices.get("fields", {}))
    if line:
        lines[ours] = dict(line)
    else:
        lines.pop(ours, None)
    choices |= {"fields": lines}
    return with_flow(settings, flow, {name: value for name, value in choices.items() if name != "fields" or value})
