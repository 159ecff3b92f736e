"""What is kept in step, in words and as data. Read only: flows come from the provider and the connection's settings."""

import re
from collections.abc import Sequence
from typing import Any

from timebridge import flows as product
from timebridge import presets
from timebridge.api.access import EVERYBODY, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import missing
from timebridge.api.views import Page, View
from timebridge.choices import warnings
from timebridge.converters import UNCHANGED
from timebridge.flows import ALWAYS, All, Condition, Direction, Field, Flow, Is, IsNot, Winner
from timebridge.records import Value

flows = Noun("flows")


class TermsView(View):
    """What the same thing is called on either side."""

    ours: str
    theirs: str


class RowView(View):
    """One row of a table of values. `ours` None: empty; `theirs` None with `changes` false: left as it is there."""

    ours: str | None
    theirs: str | None
    changes: bool = True


class FieldView(View):
    """`theirs`: one path at the provider, or several over which the value is spread. `values` and `back`: the table of
    values on the way there and on the way here, where there is one."""

    ours: str
    theirs: tuple[str, ...]
    terms: TermsView
    direction: Direction
    parent: str | None
    values: list[RowView] | None
    back: list[RowView] | None


class ConditionView(View):
    """Every line must hold; none: always."""

    words: str
    lines: list[dict[str, Any]]


class FlowView(View):
    name: str
    kind: str
    object: str
    terms: TermsView
    words: str
    warnings: list[str]
    direction: Direction
    winner: Winner
    match: str | None
    posting: bool
    create_ours: bool
    create_theirs: bool
    update_ours: bool
    update_theirs: bool
    rhythm: str | None
    deletions: Direction | None
    when_ours: ConditionView
    when_theirs: ConditionView
    fields: list[FieldView]


@flows.get("/tenants/<tenant>/connections/<connection>/flows", EVERYBODY, "List what is kept in step")
def list_flows(tenant: TenantId, connection: ConnectionId) -> Page[FlowView]:
    """Parents before what refers to them."""
    found = connection_of(tenant, connection)
    return Page[FlowView](items=[_view(flow, found.absent) for flow in presets.flows_of(found)])


@flows.get("/tenants/<tenant>/connections/<connection>/flows/<flow>", EVERYBODY, "Read a flow")
def get_flow(tenant: TenantId, connection: ConnectionId, flow: Name) -> FlowView:
    found = connection_of(tenant, connection)
    return _view(flow_of(presets.flows_of(found), flow), found.absent)


def flow_of(among: product.Flows, name: str) -> Flow:
    """Raises Problem 404."""
    try:
        return among[name]
    except KeyError:
        raise missing("flow") from None


def _view(flow: Flow, absent: Sequence[str]) -> FlowView:
    return FlowView(
        name=flow.name,
        kind=flow.kind,
        object=flow.object,
        terms=TermsView(ours=label(flow.kind), theirs=label(flow.object)),
        words=in_words(flow),
        warnings=[*warnings(flow), *_left_out(flow, absent)],
        direction=flow.direction,
        winner=flow.winner,
        match=flow.match,
        posting=flow.posting,
        create_ours=flow.create_ours,
        create_theirs=flow.create_theirs,
        update_ours=flow.update_ours,
        update_theirs=flow.update_theirs,
        rhythm=flow.rhythm,
        deletions=flow.deletions,
        when_ours=_condition(flow.when_ours),
        when_theirs=_condition(flow.when_theirs),
        fields=[_field(flow, field) for field in flow.fields],
    )


def _left_out(flow: Flow, absent: Sequence[str]) -> list[str]:
    lines = [name.removeprefix(f"{flow.name}.") for name in absent if name.startswith(f"{flow.name}.")]
    return [f"{line}: left out, because {flow.object} has no such field, or our user may not see it." for line in lines]


def _field(flow: Flow, field: Field) -> FieldView:
    forward, back = field.converter.forward, field.converter.back
    return FieldView(
        ours=field.ours,
        theirs=field.theirs,
        terms=TermsView(ours=label(field.ours), theirs=" and ".join(label(path) for path in field.theirs)),
        direction=flow.direction_of(field),
        parent=field.parent,
        values=None if forward is None else [_row(ours, theirs, theirs) for ours, theirs in forward.items()],
        back=None if back is None else [_row(ours, theirs, ours) for theirs, ours in back.items()],
    )


def _row(ours: Value, theirs: Value, result: Value) -> RowView:
    said = {
        name: None if value in (None, UNCHANGED) else str(value) for name, value in (("ours", ours), ("theirs", theirs))
    }
    return RowView(**said, changes=result != UNCHANGED)


def label(name: str) -> str:
    """A name as people read it: `TB_Start_Date__c` is Start Date, `AccountId` is Account."""
    bare = re.sub(r"^TB_|__c$|(?<=[a-z])Id$|_id$", "", name.rpartition(".")[2])
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare.replace("_", " "))
    return words if words[:1].isupper() else words.capitalize()


WAYS = {Direction.IN: "comes from", Direction.OUT: "goes to", Direction.BOTH: "is kept in step with"}
DELETIONS = {
    None: "A deletion is not carried over",
    Direction.IN: "A deletion there archives the record here",
    Direction.OUT: "A deletion here deletes the record there",
    Direction.BOTH: "A deletion is carried over both ways",
}
WINNERS = {
    Winner.OURS: "ours counts",
    Winner.THEIRS: "theirs counts",
    Winner.NOBODY: "the conflict stays open until a person decides",
}


def in_words(flow: Flow) -> str:
    here, there = spoken(flow.kind).capitalize(), f"the provider's {flow.object}"
    sentences = [f"{here} {WAYS[flow.direction]} {there}."]
    if flow.direction.comes_in and flow.create_ours:
        sentences.append(f"A new one there is created here{_when(flow.when_theirs)}.")
    if flow.direction.goes_out and flow.create_theirs:
        sentences.append(f"A new one here is created there{_when(flow.when_ours)}.")
    if flow.posting:
        sentences.append("It is posted once, and taken out again when that does not hold any more.")
    if flow.match:
        sentences.append(f"Those with the same {spoken(flow.match)} are paired.")
    if flow.direction.comes_in and not flow.update_ours:
        sentences.append("What is here is not changed; a difference stays until that is switched on.")
    if flow.direction.goes_out and not flow.update_theirs:
        sentences.append("What is there is not changed; a difference stays until that is switched on.")
    if flow.direction is Direction.BOTH:
        sentences.append(f"Where both sides changed one field, {WINNERS[flow.winner]}.")
    return " ".join([*sentences, f"{DELETIONS[flow.deletions]}."])


def spoken(name: str) -> str:
    return name.replace("_", " ")


def _when(condition: Condition) -> str:
    return "" if condition == ALWAYS else f" when {_condition(condition).words}"


def _condition(condition: Condition) -> ConditionView:
    lines = [
        {"path": line.path, "none_of" if isinstance(line, IsNot) else "among": list(line.among)}
        for line in _lines(condition)
    ]
    words = " and ".join(_said(line) for line in _lines(condition)) or "always"
    return ConditionView(words=words, lines=lines)


def _lines(condition: Condition) -> list[Is]:
    if isinstance(condition, All):
        return [line for each in condition.conditions for line in _lines(each)]
    return [condition] if isinstance(condition, Is) else []


def _said(line: Is) -> str:
    values = " or ".join("empty" if value is None else str(value) for value in line.among)
    if isinstance(line, IsNot):
        return f"{line.path} is not {values}"
    return f"{line.path} is {values}" if values else "something else asks for it"
