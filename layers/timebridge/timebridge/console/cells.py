"""The cells of a week, as they come back from a form: hours in the ways people write them, and what has changed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from timebridge.console.forms import Form

NEW, OLD = "n", "e"
SHAPE = {NEW: 4, OLD: 7}
"""How many bars stand in the name of a field."""

CENT = Decimal("0.01")
CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)")
SPOKEN = re.compile(r"(?:(\d{1,2}) ?(?:h|hours?))? ?(?:(\d{1,4}) ?(?:m|min|minutes?)?)?", re.IGNORECASE)
HINT = "Write hours like 1.5, 1:30 or 90m."


def hours_of(text: str) -> Decimal | None:
    """`1.5`, `1,5`, `1:30`, `90m`, `1h 30m`: to a hundredth. None where nothing is written.

    Raises ValueError for what is no time.
    """
    said = text.strip()
    if not said:
        return None
    if found := CLOCK.fullmatch(said):
        return _rounded(int(found[1]), int(found[2]))
    try:
        return Decimal(said.replace(",", ".")).quantize(CENT, ROUND_HALF_UP)
    except InvalidOperation:
        pass
    found = SPOKEN.fullmatch(said)
    if found is None or not (found[1] or found[2]):
        raise ValueError(HINT)
    return _rounded(int(found[1] or 0), int(found[2] or 0))


def _rounded(hours: int, minutes: int) -> Decimal:
    return (Decimal(hours) + Decimal(minutes) / 60).quantize(CENT, ROUND_HALF_UP)


def plain(hours: Any) -> str:
    """As it stands in a field: without zeros that say nothing."""
    return f"{Decimal(str(hours)).normalize():f}"


def name_of(row: Mapping[str, Any], day: str, entry: Mapping[str, Any] | None = None) -> str:
    """The name of the field of a cell: where and when it is, and an entry with its revision and hours."""
    place = "|".join((key_of(row), day))
    if entry is None:
        return f"{NEW}|{place}"
    return "|".join((OLD, place, entry["id"], str(entry["revision"]), plain(entry["values"]["hours"])))


def place_in(name: str) -> tuple[str, str]:
    """The key of the row, and the day."""
    _, project, task, labour_code, day, *_ = name.split("|")
    return "|".join((project, task, labour_code)), day


def key_of(row: Mapping[str, Any]) -> str:
    """Of what a row is about."""
    return "|".join((row["project"], row["task"] or "", row["labour_code"] or ""))


def row_of(key: str) -> dict[str, Any]:
    """A row in which nothing is, for one that a sheet does not have (any more)."""
    project, task, labour_code = key.split("|")
    return {"project": project, "task": task or None, "labour_code": labour_code or None, "cells": [], "hours": 0}


def id_of(row: Mapping[str, Any], day: str) -> str:
    """Of the cell on its page: what a row refers to may hold signs that mean something there."""
    return f"cell-{sha256(key_of(row).encode()).hexdigest()[:12]}-{day}"


@dataclass
class Sent:
    """By the name of the field: `changes`, what the API is to do; `wrong`, what is wrong with it; `typed`, the text."""

    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)


def sent_in(form: Form) -> Sent:
    """Only what is not as it was."""
    found = Sent()
    for name in (each for each in form if SHAPE.get(each.partition("|")[0]) == each.count("|")):
        try:
            change = _change(name.split("|"), hours_of(form[name]))
        except (ValueError, InvalidOperation):
            change = None
            found.wrong[name] = HINT
        if change is not None:
            found.changes[name] = change
        if change is not None or name in found.wrong:
            found.typed[name] = form[name]
    return found


def _change(parts: list[str], hours: Decimal | None) -> dict[str, Any] | None:
    """Raises ValueError for a name that we did not give."""
    kind, project, task, code, day, *known = parts
    if kind == OLD:
        id, revision, before = known
        same = hours is not None and hours == Decimal(before)
        return None if same else {"id": id, "revision": int(revision), "hours": hours}
    if hours is None:
        return None
    named = {"project": project, "task": task, "labour_code": code}
    return {**{name: id for name, id in named.items() if id}, "work_date": day, "hours": hours}


def to_json(change: Mapping[str, Any]) -> dict[str, Any]:
    hours = change["hours"]
    return {**change, "hours": None if hours is None else float(hours)}


def problems_of(names: list[str], outcomes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that the API refused, each with what it said."""
    for name, outcome in zip(names, outcomes["items"], strict=True):
        if problem := outcome["problem"]:
            yield name, " ".join(filter(None, (problem["detail"], problem.get("remedy"))))
