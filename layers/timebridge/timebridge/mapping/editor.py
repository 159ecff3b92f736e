"""What a connection keeps in step as somebody edits it: its flows and lines, with those that are off, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from timebridge.choices import Choices, Unfit, warnings
from timebridge.flows import Direction, Field, Flow, Flows
from timebridge.lines import new_line, only_goes_out
from timebridge.providers import provider
from timebridge.tenants import Connection
from timebridge.wording import spoken
from timebridge.workspace.kinds import KINDS


class Standing(StrEnum):
    """OFF: somebody switched the line off. NARROWED: its flow goes the other way only. ABSENT: the account has no such
    field, or hides it from our user."""

    ON = "on"
    OFF = "off"
    NARROWED = "narrowed"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Row:
    """One line as it is edited. `added`: the product does not offer it, somebody made it. `chosen`: what the settings
    say of it. `usual`: which way it goes where nothing is chosen."""

    line: Field
    standing: Standing
    added: bool
    chosen: Choices
    usual: Direction


@dataclass(frozen=True, slots=True)
class Sheet:
    """One flow as it is edited. `offered`: as the product has it, before anything is chosen."""

    flow: Flow
    offered: Flow
    off: bool
    rows: tuple[Row, ...]
    choices: Choices = field(default_factory=dict)

    @property
    def ways(self) -> tuple[Direction, ...]:
        """Which way the flow may be made to go."""
        return tuple(Direction) if self.offered.direction is Direction.BOTH else (self.offered.direction,)

    @property
    def deletions_may_change(self) -> bool:
        return not (self.offered.posting or (self.offered.mirror and self.offered.stays is None))

    @property
    def matches(self) -> list[str]:
        """The lines by whose value a record without counterpart can be recognised."""
        return [line.ours for line in self.flow.fields if not line.parent and len(line.theirs) == 1]

    @property
    def warnings(self) -> list[str]:
        return [] if self.off else warnings(self.flow)


def sheets(connection: Connection) -> list[Sheet]:
    """Every flow that the connection could have, parents before what refers to them."""
    own = _chosen(connection.settings)
    optional = set(provider.optional_flows(connection.provider))
    off = {name for name in {*own, *optional} if own.get(name, {}).get("off", name in optional)}
    on: dict[str, Choices] = {name: {**own.get(name, {}), "off": False} for name in {*own, *off}}
    bare: dict[str, Choices] = {name: {"off": False} for name in on}
    offered = _flows(connection, bare)
    now = _tried(connection, on, off)
    return [
        Sheet(now[flow.name], flow, flow.name in off, rows(now[flow.name], flow, own.get(flow.name, {}), connection))
        for flow in Flows(offered.values())
    ]


def sheet_of(connection: Connection, name: str) -> Sheet | None:
    return next((sheet for sheet in sheets(connection) if sheet.flow.name == name), None)


def _chosen(settings: Mapping[str, Any]) -> Mapping[str, Choices]:
    found: Mapping[str, Choices] = settings.get("flows", {})
    return found


def _tried(connection: Connection, on: Mapping[str, Choices], off: set[str]) -> dict[str, Flow]:
    """Nobody has checked yet what is chosen of a flow that is off; what does not fit is left out until it is on."""
    try:
        return _flows(connection, on)
    except Unfit:
        return _flows(connection, {name: {"off": False} if name in off else said for name, said in on.items()})


def _flows(connection: Connection, choices: Mapping[str, Choices]) -> dict[str, Flow]:
    settings = {**connection.settings, "flows": choices}
    found = provider.load(connection.provider).flows(settings)
    return {flow.name: flow.at(connection.id) for flow in found}


def rows(flow: Flow, offered: Flow, choices: Choices, connection: Connection) -> tuple[Row, ...]:
    """The lines that are there, that were switched off, and that could be there."""
    said: Mapping[str, Choices] = choices.get("fields", {})
    usual = {line.ours: line for line in offered.fields}
    there = {line.ours: line for line in flow.fields}
    names = dict.fromkeys([*usual, *there, *said])
    return tuple(
        Row(
            line,
            _standing(flow, line, there, said, connection.absent),
            name not in usual,
            said.get(name, {}),
            offered.direction_of(usual.get(name, line)),
        )
        for name in names
        if (line := there.get(name) or _left_out(offered, name, usual, said)) is not None
    )


def _left_out(offered: Flow, name: str, usual: Mapping[str, Field], said: Mapping[str, Choices]) -> Field | None:
    """A line that is not at work, as it would be; None for one that nothing is known of but that it is off."""
    theirs = said.get(name, {}).get("theirs")
    if name in usual:
        return replace(usual[name], theirs=(theirs,)) if theirs else usual[name]
    try:
        return new_line(offered, name, f"fields.{name}", said[name]) if theirs else None
    except Unfit:
        return None


def _standing(
    flow: Flow, line: Field, there: Mapping[str, Field], said: Mapping[str, Choices], absent: Sequence[str]
) -> Standing:
    if said.get(line.ours, {}).get("off"):
        return Standing.OFF
    if line.ours not in there:
        return Standing.NARROWED
    return Standing.ABSENT if f"{flow.name}.{line.ours}" in absent else Standing.ON


# --- what may be changed of a line -----------------------------------------------------------------------------------


def is_needed(flow: Flow, line: Field) -> bool:
    """Without it no record could be made here, so it cannot be switched off."""
    found = KINDS[flow.kind].properties.get(line.ours)
    return found is not None and found.required and flow.direction.comes_in and flow.create_ours


def ways_of(flow: Flow, line: Field) -> tuple[Direction, ...]:
    """Which way a line may be made to go, as far as this side has a say in it."""
    if line.lines is not None or line.either:
        return (flow.direction_of(line),)
    found = KINDS[flow.kind].properties.get(line.ours)
    may = (Direction.OUT,) if found is not None and only_goes_out(found) else tuple(Direction)
    return tuple(way for way in may if flow.direction in (Direction.BOTH, way)) or (flow.direction_of(line),)


def is_fixed(line: Field) -> str:
    """Why nobody chooses where a line goes; empty where somebody may."""
    if line.parent or line.either:
        return "It refers to another record: the sync finds its counterpart by itself."
    if line.lines is not None:
        return "These are the lines of a document."
    return f"It is spread over {len(line.theirs)} fields over there." if len(line.theirs) > 1 else ""


def unsaid(line: Field, values: Sequence[str]) -> list[str]:
    """Those values of theirs of which a table does not say what they are here."""
    back = line.converter.back
    return [value for value in values if back is not None and value not in back]


def unsaid_in_words(flow: Flow, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """`values`: what there is to choose from over there, by path."""
    for line in flow.fields:
        if flow.direction_of(line).comes_in and line.converter.back is not None:
            left = unsaid(line, values.get(line.theirs[0], ()))
            if left:
                yield f"{spoken(line.ours)}: {', '.join(left)} changes nothing here, because no row says what it is."
