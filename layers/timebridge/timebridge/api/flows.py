"""What is kept in step, in words and as data. Read only: flows come from the provider and the connection's settings."""

from typing import Any

from timebridge import flows as product
from timebridge import presets
from timebridge.api.access import EVERYBODY, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import missing
from timebridge.api.views import Page, View
from timebridge.flows import ALWAYS, All, Condition, Direction, Flow, Is, Winner

flows = Noun("flows")


class FieldView(View):
    """`theirs`: one path at the provider, or several over which the value is spread."""

    ours: str
    theirs: tuple[str, ...]
    direction: Direction
    parent: str | None


class ConditionView(View):
    """Every line must hold; none: always."""

    words: str
    lines: list[dict[str, Any]]


class FlowView(View):
    name: str
    kind: str
    object: str
    words: str
    direction: Direction
    winner: Winner
    match: str | None
    posting: bool
    create_ours: bool
    create_theirs: bool
    deletions: Direction | None
    when_ours: ConditionView
    when_theirs: ConditionView
    fields: list[FieldView]


@flows.get("/tenants/<tenant>/connections/<connection>/flows", EVERYBODY, "List what is kept in step")
def list_flows(tenant: TenantId, connection: ConnectionId) -> Page[FlowView]:
    """Parents before what refers to them."""
    found = presets.flows_of(connection_of(tenant, connection))
    return Page[FlowView](items=[_view(flow) for flow in found])


@flows.get("/tenants/<tenant>/connections/<connection>/flows/<flow>", EVERYBODY, "Read a flow")
def get_flow(tenant: TenantId, connection: ConnectionId, flow: Name) -> FlowView:
    return _view(flow_of(presets.flows_of(connection_of(tenant, connection)), flow))


def flow_of(among: product.Flows, name: str) -> Flow:
    """Raises Problem 404."""
    try:
        return among[name]
    except KeyError:
        raise missing("flow") from None


def _view(flow: Flow) -> FlowView:
    return FlowView(
        name=flow.name,
        kind=flow.kind,
        object=flow.object,
        words=in_words(flow),
        direction=flow.direction,
        winner=flow.winner,
        match=flow.match,
        posting=flow.posting,
        create_ours=flow.create_ours,
        create_theirs=flow.create_theirs,
        deletions=flow.deletions,
        when_ours=_condition(flow.when_ours),
        when_theirs=_condition(flow.when_theirs),
        fields=[
            FieldView(ours=f.ours, theirs=f.theirs, direction=flow.direction_of(f), parent=f.parent)
            for f in flow.fields
        ],
    )


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
    if flow.direction is Direction.BOTH:
        sentences.append(f"Where both sides changed one field, {WINNERS[flow.winner]}.")
    return " ".join([*sentences, f"{DELETIONS[flow.deletions]}."])


def spoken(name: str) -> str:
    return name.replace("_", " ")


def _when(condition: Condition) -> str:
    return "" if condition == ALWAYS else f" when {_condition(condition).words}"


def _condition(condition: Condition) -> ConditionView:
    lines = [{"path": line.path, "among": list(line.among)} for line in _lines(condition)]
    words = " and ".join(_said(line) for line in _lines(condition)) or "always"
    return ConditionView(words=words, lines=lines)


def _lines(condition: Condition) -> list[Is]:
    if isinstance(condition, All):
        return [line for each in condition.conditions for line in _lines(each)]
    return [condition] if isinstance(condition, Is) else []


def _said(line: Is) -> str:
    values = " or ".join("empty" if value is None else str(value) for value in line.among)
    return f"{line.path} is {values}" if values else "something else asks for it"
