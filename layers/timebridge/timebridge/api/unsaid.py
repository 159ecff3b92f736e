"""Every value said: a table of choices that is new or changed has to say of each choice what becomes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from timebridge import presets
from timebridge.api.errors import Problem
from timebridge.api.fields import seen_of, slots_of
from timebridge.errors import SyncError
from timebridge.flows import Direction, Field, Flow
from timebridge.mapping import compatible
from timebridge.providers.slots import Holds, Slot
from timebridge.tenants import Connection, Status
from timebridge.wording import label, spoken

TABLES = ("values", "back")
SAY = "Say of each what it becomes, or that it changes nothing."


@dataclass(frozen=True, slots=True)
class Unsaid:
    """One line with a table. `values`: ours, and `back`: theirs, of which no row says anything."""

    flow: Flow
    line: Field
    values: tuple[str, ...]
    back: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"settings.flows.{self.flow.name}.fields.{self.line.ours}"

    @property
    def said(self) -> str:
        left = ", ".join(f"“{each}”" for each in (*self.values, *self.back)[:5])
        more = len(self.values) + len(self.back) - 5
        return f"{label(self.line.ours)} of {spoken(self.flow.kind)}: nothing says what becomes of {left}" + (
            f" and {more} more." if more > 0 else "."
        )


def unsaid_of(before: Connection, wanted: Mapping[str, Any], after: Connection) -> list[Unsaid]:
    """What the tables leave open that `wanted` chooses otherwise than the settings in force. Empty where the account
    cannot be asked: nobody knows its choices then."""
    if before.account is None or before.status not in (Status.LIVE, Status.PAUSED, Status.LOADING):
        return []
    return [each for flow in presets.flows_of(after) for each in _of_flow(before, wanted, flow)]


def refuse(found: Sequence[Unsaid]) -> None:
    """Raises Problem 422 with every line."""
    if not found:
        return
    errors = [{"field": each.path, "detail": each.said, "remedy": SAY} for each in found]
    raise Problem(422, found[0].said, remedy=SAY, field=found[0].path, errors=errors)


def _of_flow(before: Connection, wanted: Mapping[str, Any], flow: Flow) -> Iterator[Unsaid]:
    lines = [line for line in flow.fields if _is_new(before.settings, wanted, flow, line)]
    slots = {slot.path: slot for slot in _slots(before, flow)} if lines else {}
    for line in lines:
        slot = slots.get(line.theirs[0])
        if slot is None or slot.holds is not Holds.CHOICE or not slot.values:
            continue
        found = Unsaid(flow, line, tuple(_ours(before, flow, line)), tuple(_theirs(flow, line, slot)))
        if found.values or found.back:
            yield found


def _is_new(before: Mapping[str, Any], wanted: Mapping[str, Any], flow: Flow, line: Field) -> bool:
    """Whether somebody chose this table, row by row, and it was not in force like that."""
    now = _chosen(wanted, flow, line)
    own = any(isinstance(now.get(name), Mapping) for name in TABLES)
    return own and _table(now) != _table(_chosen(before, flow, line))


def _table(chosen: Mapping[str, Any]) -> list[Any]:
    return [chosen.get(name) for name in (*TABLES, "theirs", "direction")]


def _chosen(settings: Mapping[str, Any], flow: Flow, line: Field) -> Mapping[str, Any]:
    found: Mapping[str, Any] = settings.get("flows", {}).get(flow.name, {}).get("fields", {}).get(line.ours, {})
    return found


def _slots(connection: Connection, flow: Flow) -> list[Slot]:
    try:
        return slots_of(connection, flow)
    except SyncError:
        return []


def _ours(connection: Connection, flow: Flow, line: Field) -> Iterator[str]:
    forward = line.converter.forward
    if forward is None or flow.direction_of(line) is Direction.IN:
        return
    known = next((mine.values for mine in compatible.own(flow) if mine.name == line.ours), ())
    found = dict.fromkeys([*known, *seen_of(connection, flow, line.ours)])
    yield from (value for value in found if value and value not in forward)


def _theirs(flow: Flow, line: Field, slot: Slot) -> Iterator[str]:
    back = line.converter.back
    if back is None or flow.direction_of(line) is Direction.OUT:
        return
    yield from (value for value in slot.values if value not in back)
