"""One line of a flow as a tenant chooses it: where it goes, which way, and its tables of values."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from timebridge.converters import DATE, FLAG, MONEY, TEXT, UNCHANGED, Converter, table
from timebridge.flows import MANAGED_BY, Direction, Field, Flow, Winner
from timebridge.records import Value
from timebridge.workspace.kinds import KINDS
from timebridge.workspace.properties import Property

type Choices = Mapping[str, Any]
"""What settings say of one flow, or of one line of it."""

PATH = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*){0,4}", re.ASCII)
OF_THE_SYNC = frozenset({MANAGED_BY, "from_books", "for_client", "origin", "origin_id", "posted_to", "summary_at"})
"""Values by which the sync itself knows its records."""

KNOWN = ("back", "direction", "off", "theirs", "values", "winner")


class Unfit(ValueError):
    """A choice that does not fit the flow. `path`: where it is in the settings, dotted."""

    def __init__(self, path: str, said: str, remedy: str) -> None:
        super().__init__(f"{path}: {said} {remedy}")
        self.path, self.said, self.remedy = path, said, remedy

    def below(self, path: str) -> "Unfit":
        return Unfit(f"{path}.{self.path}", self.said, self.remedy)


def new_line(flow: Flow, name: str, path: str, choices: Any) -> Field:
    may = [name for name, each in KINDS[flow.kind].properties.items() if _can_be_mapped(name, each)]
    if name not in may:
        raise Unfit(path, f"A {flow.kind.replace('_', ' ')} has no {shown(name)} to map.", f"It has: {listed(may)}.")
    if not isinstance(choices, Mapping) or (not choices.get("off") and "theirs" not in choices):
        raise Unfit(path, f"{name} is not part of this flow yet.", "Say with `theirs` which field it goes with.")
    found = KINDS[flow.kind].properties[name]
    direction = Direction.OUT if only_goes_out(found) else None
    return Field(name, (str(choices.get("theirs")),), converter_of(found), direction)


def _can_be_mapped(name: str, found: Property) -> bool:
    """References find their counterparts by themselves; what is confidential stays here."""
    return not (found.parent or found.confidential or name in OF_THE_SYNC)


def picked_line(flow: Flow, line: Field, path: str, choices: Choices) -> Field | None:
    """The line as it is chosen; None: it is switched off."""
    for key in choices:
        if key not in KNOWN:
            raise Unfit(f"{path}.{key[:60]}", "There is no such choice.", f"There are: {', '.join(KNOWN)}.")
    if switch(f"{path}.off", choices.get("off", False)):
        _check_dispensable(flow, line, path)
        return None
    if "theirs" in choices:
        line = replace(line, theirs=_theirs(line, f"{path}.theirs", choices["theirs"]))
    if "direction" in choices:
        line = replace(line, direction=_way(flow, line, f"{path}.direction", choices["direction"]))
    if "winner" in choices:
        line = replace(line, winner=Winner(among(f"{path}.winner", choices["winner"], Winner)))
    if "values" in choices or "back" in choices:
        line = replace(line, converter=_table(flow, line, path, choices))
    return line


def _check_dispensable(flow: Flow, line: Field, path: str) -> None:
    found = KINDS[flow.kind].properties.get(line.ours)
    if found is not None and found.required and flow.direction.comes_in and flow.create_ours:
        remedy = "Leave it on, or switch off that records are created here."
        raise Unfit(f"{path}.off", f"No {flow.kind.replace('_', ' ')} can be made without {line.ours}.", remedy)


def _theirs(line: Field, path: str, value: Any) -> tuple[str, ...]:
    if line.parent or len(line.theirs) > 1:
        raise Unfit(path, f"Where {line.ours} goes cannot be chosen.", "Leave this choice out, or switch the line off.")
    if not isinstance(value, str) or not PATH.fullmatch(value):
        raise Unfit(path, f"{shown(value)} cannot be the name of a field.", "Give its API name, like Budget__c.")
    return (value,)


def _way(flow: Flow, line: Field, path: str, value: Any) -> Direction:
    wanted = Direction(among(path, value, Direction))
    if flow.direction not in (Direction.BOTH, wanted):
        raise Unfit(path, f"The whole flow only goes {flow.direction}.", f"Leave it {flow.direction}.")
    found = KINDS[flow.kind].properties.get(line.ours)
    if found is not None and only_goes_out(found) and wanted is not Direction.OUT:
        raise Unfit(path, f"{line.ours} is calculated here, so it only goes out.", "Choose out.")
    return wanted


def _table(flow: Flow, line: Field, path: str, choices: Choices) -> Converter:
    found = KINDS[flow.kind].properties.get(line.ours)
    if line.parent or found is None or converter_of(found) is not TEXT:
        raise Unfit(f"{path}.values", f"{line.ours} is no text, so it has no table of values.", "Leave the table out.")
    forward, back = (_rows(f"{path}.{name}", choices[name]) if name in choices else None for name in ("values", "back"))
    there = line.converter.forward or inverse(back or {}) if forward is None else forward
    return table(there, inverse(there) if back is None else back)


def _rows(path: str, value: Any) -> dict[Value, Value]:
    """A table as it is written in settings: "" stands for empty, and null for "change nothing"."""
    rows = mapping(path, value)
    for key, other in rows.items():
        if other is not None and (not isinstance(other, str) or len(other) > 255):
            remedy = "Give a text, or null to change nothing."
            raise Unfit(f"{path}.{key[:60]}", f"{shown(other)} is no value.", remedy)
    return {key or None: UNCHANGED if other is None else other or None for key, other in rows.items()}


def inverse(rows: Mapping[Value, Value]) -> dict[Value, Value]:
    """The table read backwards; where two rows say the same, the first of them counts."""
    return {there: here for here, there in reversed([*rows.items()]) if there not in (None, UNCHANGED)}


# --- words and types -------------------------------------------------------------------------------------------------


def converter_of(found: Property) -> Converter:
    """What a value reads tells its type, as in the description of the API."""
    if _reads(found, True):
        return FLAG
    if _reads(found, Decimal(1)):
        return MONEY
    is_text = _reads(found, "text") or not _reads(found, "2026-11-21")
    return TEXT if is_text else DATE


def _reads(found: Property, example: Any) -> bool:
    try:
        found.read(example)
    except ValueError:
        return False
    return True


def only_goes_out(found: Property) -> bool:
    return found.computed or found.decided


def mapping(path: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise Unfit(path, f"{shown(value)} does not fit.", "Give an object with a name for each value.")
    return value


def switch(path: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit(path, f"{shown(value)} does not fit.", "Give true or false.")
    return value


def among(path: str, value: Any, among: Iterable[str] | type[StrEnum]) -> str:
    names = [str(each) for each in among]
    if value not in names:
        raise Unfit(path, f"{shown(value)} does not fit.", f"Choose {listed(names)}.")
    return str(value)


def listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def shown(value: object) -> str:
    return f"“{str(value)[:60]}”"
