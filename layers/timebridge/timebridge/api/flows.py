"""What is kept in step, in words and as data. Read only: flows come from the provider and the connection's settings."""

from collections.abc import Sequence
from typing import Any

from timebridge import flows as product
from timebridge import presets
from timebridge.api.access import EVERYBODY, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import missing
from timebridge.api.views import Page, View
from timebridge.choices import warnings
from timebridge.converters import UNCHANGED, Converter
from timebridge.flows import Condition, Direction, Field, Flow, IsNot, Winner
from timebridge.records import Value
from timebridge.wording import condition_in_words, in_words, label, labels, tests_of

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
    winner: Winner
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
        when_ours=condition_view(flow.when_ours),
        when_theirs=condition_view(flow.when_theirs),
        fields=[_field(flow, field) for field in flow.fields],
    )


def _left_out(flow: Flow, absent: Sequence[str]) -> list[str]:
    lines = [name.removeprefix(f"{flow.name}.") for name in absent if name.startswith(f"{flow.name}.")]
    return [f"{line}: left out, because {flow.object} has no such field, or our user may not see it." for line in lines]


def _field(flow: Flow, field: Field) -> FieldView:
    return FieldView(
        ours=field.ours,
        theirs=field.theirs,
        terms=TermsView(ours=label(field.ours), theirs=labels(field.theirs)),
        direction=flow.direction_of(field),
        winner=flow.winner_of(field),
        parent=field.parent,
        **rows_of(field.converter),
    )


def rows_of(converter: Converter) -> dict[str, list[RowView] | None]:
    """The tables of values of a line: on the way there, and on the way here."""
    forward, back = converter.forward, converter.back
    return {
        "values": None if forward is None else [_row(ours, theirs, theirs) for ours, theirs in forward.items()],
        "back": None if back is None else [_row(ours, theirs, ours) for theirs, ours in back.items()],
    }


def _row(ours: Value, theirs: Value, result: Value) -> RowView:
    said = {
        name: None if value in (None, UNCHANGED) else str(value) for name, value in (("ours", ours), ("theirs", theirs))
    }
    return RowView(**said, changes=result != UNCHANGED)


def condition_view(condition: Condition) -> ConditionView:
    lines = [
        {"path": line.path, "none_of" if isinstance(line, IsNot) else "among": list(line.among)}
        for line in tests_of(condition)
    ]
    return ConditionView(words=condition_in_words(condition), lines=lines)
