"""What one state of the settings changes against another, in words."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from timebridge.choices import SWITCHES, Unfit
from timebridge.converters import UNCHANGED
from timebridge.flows import Direction, Flow
from timebridge.mapping.charts import ARROWS, WINNERS
from timebridge.mapping.editor import Row, Sheet, Standing, sheets
from timebridge.tenants import Connection
from timebridge.wording import label, spoken

MOST = 40
"""Letters of a value that are shown."""

CONFIRMS = {"likely": "about likely pairs", "always": "about every pair", "never": "about none"}
SAID = {
    "create_ours": "new records there are created here",
    "create_theirs": "new records here are created there",
    "update_ours": "what is here is changed",
    "update_theirs": "what is there is changed",
}
DELETIONS = {None: "are not carried over", Direction.BOTH: "are carried both ways"}
DELETIONS |= {Direction.IN: "there archive the record here", Direction.OUT: "here delete the record there"}


def in_words(connection: Connection, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """One sentence for each thing that is otherwise. Settings that fit no more are compared as they stand."""
    words = list(_others(before, after))
    try:
        was, now = (sheets(replace(connection, settings=each)) for each in (before, after))
    except (Unfit, TypeError, ValueError, KeyError, AttributeError):
        same = before.get("flows", {}) == after.get("flows", {})
        return words if same else [*words, "The choices of the flows were changed."]
    known = {sheet.flow.name: sheet for sheet in was}
    for sheet in now:
        old = known.pop(sheet.flow.name, None)
        words += flow_in_words(old, sheet) if old else [f"{title(sheet.flow)}: now part of the connection."]
    return [*words, *(f"{title(sheet.flow)}: not part of the connection any more." for sheet in known.values())]


def title(flow: Flow) -> str:
    return f"{label(flow.kind)} and {label(flow.object)}"


def _others(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        if name != "flows" and before.get(name) != after.get(name):
            yield f"{label(name)}: {_shown(after.get(name))}, was {_shown(before.get(name))}."


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "as usual"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return " or ".join(value) or "none"
    return value if isinstance(value, str) else json.dumps(value, default=str)[:200]


def flow_in_words(old: Sheet, new: Sheet) -> Iterator[str]:
    name = title(new.flow)
    if old.off != new.off:
        yield f"{name}: switched {'off' if new.off else 'on'}."
    yield from (f"{name}: {said}." for said in _rules(old.flow, new.flow))
    rows = {row.line.ours: row for row in old.rows}
    for row in new.rows:
        for said in _row(rows.pop(row.line.ours, None), row, old.flow, new.flow):
            yield f"{name}, {label(row.line.ours)}: {said}."
    for row in rows.values():
        yield f"{name}, {label(row.line.ours)}: row removed."


def _rules(old: Flow, new: Flow) -> Iterator[str]:
    if old.direction is not new.direction:
        yield f"{ARROWS[new.direction]}, was: {ARROWS[old.direction]}"
    if old.winner is not new.winner:
        yield f"{WINNERS[new.winner]} wins, was: {WINNERS[old.winner]}"
    if old.match != new.match:
        yield f"recognised by {spoken(new.match or 'nothing')}, was: {spoken(old.match or 'nothing')}"
    if old.confirm is not new.confirm:
        yield f"people are asked {CONFIRMS[new.confirm]}, was: {CONFIRMS[old.confirm]}"
    for name in SWITCHES:
        if getattr(old, name) != getattr(new, name):
            yield f"{SAID[name]}: {'yes' if getattr(new, name) else 'no'}"
    if old.deletions is not new.deletions:
        yield f"deletions {DELETIONS[new.deletions]}"
    if old.rhythm != new.rhythm:
        yield f"looked at {new.rhythm or 'as often as the connection'}, was: {old.rhythm or 'as the connection'}"


def _row(old: Row | None, new: Row, before: Flow, after: Flow) -> Iterator[str]:
    if old is None:
        yield f"new row with {' and '.join(new.line.theirs)}, {ARROWS[after.direction_of(new.line)]}"
        return
    if (old.standing is Standing.OFF) != (new.standing is Standing.OFF):
        yield f"switched {'off' if new.standing is Standing.OFF else 'on'}"
    if old.line.theirs != new.line.theirs:
        yield f"goes with {' and '.join(new.line.theirs)}, was: {' and '.join(old.line.theirs)}"
    ways = before.direction_of(old.line), after.direction_of(new.line)
    if ways[0] is not ways[1] and before.direction is after.direction:
        yield f"{ARROWS[ways[1]]}, was: {ARROWS[ways[0]]}"
    winners = before.winner_of(old.line), after.winner_of(new.line)
    if winners[0] is not winners[1] and before.winner is after.winner:
        yield f"{WINNERS[winners[1]]} wins, was: {WINNERS[winners[0]]}"
    yield from _table("is written as", old.line.converter.forward, new.line.converter.forward)
    yield from _table("is read as", old.line.converter.back, new.line.converter.back)


def _table(verb: str, old: Mapping[Any, Any] | None, new: Mapping[Any, Any] | None) -> Iterator[str]:
    if old is None and new is not None and not new:
        yield f"a table now says what {verb} what"
    if old is not None and new is None:
        yield f"no table any more of what {verb} what"
    for value in dict.fromkeys([*(old or {}), *(new or {})]) if new is not None else ():
        was, now = ((each or {}).get(value, UNCHANGED) for each in (old, new))
        if was != now:
            yield f"{_value(value)} {verb} {_value(now)}" + (f", was: {_value(was)}" if was != UNCHANGED else "")


def _value(value: Any) -> str:
    if value == UNCHANGED:
        return "nothing (what is there stays)"
    return f"“{str(value)[:MOST]}”" if value is not None else "empty"
