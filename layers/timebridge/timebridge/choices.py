"""What a tenant chooses of a flow, laid over it as data: which lines, which way, whose word counts, what is made."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from typing import Any

from timebridge.converters import UNCHANGED
from timebridge.flows import Confirm, Direction, Field, Flow, Winner
from timebridge.lines import (
    Choices,
    Unfit,
    among,
    inverse,
    listed,
    mapping,
    new_line,
    picked_line,
    shown,
    switch,
)
from timebridge.tenants import Rhythm

__all__ = ["Choices", "Unfit", "chosen", "inverse", "laid", "overlaid", "warnings"]

SWITCHES = ("create_ours", "create_theirs", "update_ours", "update_theirs")


def overlaid(flows: Iterable[Flow], choices: Any, optional: Collection[str] = ()) -> tuple[Flow, ...]:
    """The flows as they are chosen, without those that are off. `choices`: by flow name. Raises Unfit.

    What others say of the records of a flow that is off they leave out, where they can do without it.
    `optional`: the names of flows that are off unless their `off` is chosen to be false.
    """
    flows = tuple(flows)
    names = {flow.name for flow in flows}
    for name in mapping("flows", choices):
        if name not in names:
            raise Unfit("flows", f"There is no flow {name[:60]} here.", f"There are: {', '.join(sorted(names))}.")
    by_name = {flow.name: mapping(f"flows.{flow.name}", choices.get(flow.name, {})) for flow in flows}
    off = {name for name, chosen in by_name.items() if switch(f"flows.{name}.off", chosen.get("off", name in optional))}
    kept = [_loosened(flow, off) for flow in flows if flow.name not in off]
    for flow in kept:
        for parent in flow.parent_flows:
            if parent in off:
                remedy = f"Switch {flow.name} off too, or leave {parent} on."
                raise Unfit(f"flows.{parent}.off", f"{flow.name} belongs to its records.", remedy)
    return tuple(_below(flow, by_name[flow.name]) for flow in kept)


def _loosened(flow: Flow, off: Set[str]) -> Flow:
    if not off & {*flow.parent_flows}:
        return flow
    return replace(flow, fields=tuple(kept for line in flow.fields if (kept := line.without(off)) is not None))


def _below(flow: Flow, choices: Choices) -> Flow:
    try:
        return chosen(flow, choices)
    except Unfit as error:
        raise error.below(f"flows.{flow.name}") from error


def chosen(flow: Flow, choices: Choices) -> Flow:
    """One flow with what is chosen of it; `off` is not looked at. Raises Unfit, whose path begins at the flow."""
    for key in choices:
        if key not in KEYS:
            raise Unfit(key[:60], "There is no such choice.", f"There are: {', '.join(sorted(KEYS))}.")
    for key in KEYS:
        flow = KEYS[key](flow, key, choices[key]) if key in choices else flow
    flow = replace(flow, fields=tuple(_narrowed(flow)))
    _check_written_once(flow)
    if flow.match is not None and flow.match_field is None:
        raise Unfit("match", f"{flow.match} is not a line of this flow any more.", "Choose another line, or none.")
    return flow


def laid(under: Mapping[str, Choices], over: Mapping[str, Choices]) -> dict[str, Choices]:
    """Choices over other choices: line by line where both choose lines of the same flow."""
    return {name: _laid(under.get(name, {}), over.get(name, {})) for name in dict.fromkeys([*under, *over])}


def _laid(under: Any, over: Any) -> Any:
    if not isinstance(under, Mapping) or not isinstance(over, Mapping):
        return over
    both = {name: _laid(under[name], over[name]) for name in under if name in over and name not in ("values", "back")}
    return {**under, **over, **both}


# --- one choice ------------------------------------------------------------------------------------------------------


def _direction(flow: Flow, key: str, value: Any) -> Flow:
    wanted = Direction(among(key, value, Direction))
    if flow.direction not in (Direction.BOTH, wanted):
        raise Unfit(key, f"This flow only goes {flow.direction}.", f"Leave it {flow.direction}, or switch it off.")
    return replace(flow, direction=wanted)


def _winner(flow: Flow, key: str, value: Any) -> Flow:
    return replace(flow, winner=Winner(among(key, value, Winner)))


def _match(flow: Flow, key: str, value: Any) -> Flow:
    if value is None or value == "none":
        return replace(flow, match=None)
    names = [field.ours for field in flow.fields if not field.parent and len(field.theirs) == 1]
    if value not in names:
        raise Unfit(key, f"Records cannot be recognised by {shown(value)}.", f"Choose none, or {listed(names)}.")
    return replace(flow, match=value)


def _confirm(flow: Flow, key: str, value: Any) -> Flow:
    return replace(flow, confirm=Confirm(among(key, value, Confirm)))


def _deletions(flow: Flow, key: str, value: Any) -> Flow:
    if flow.posting or (flow.mirror and flow.stays is None):
        raise Unfit(key, "What this flow carries goes when its original goes.", "Leave this choice out.")
    wanted = None if value == "none" else Direction(among(key, value, (*Direction, "none")))
    return replace(flow, deletions=wanted)


def _rhythm(flow: Flow, key: str, value: Any) -> Flow:
    return replace(flow, rhythm=among(key, value, Rhythm))


def _switched(flow: Flow, key: str, value: Any) -> Flow:
    return replace(flow, **{key: switch(key, value)})  # type: ignore[arg-type]


def _fields(flow: Flow, key: str, value: Any) -> Flow:
    lines = {field.ours: field for field in flow.fields}
    for name, choices in mapping(key, value).items():
        path = f"{key}.{name}"
        line = lines[name] if name in lines else new_line(flow, name, path, choices)
        picked = picked_line(flow, line, path, mapping(path, choices))
        lines |= {name: picked} if picked else {}
        if picked is None:
            lines.pop(name, None)
    return replace(flow, fields=tuple(lines.values()))


KEYS: dict[str, Callable[[Flow, str, Any], Flow]] = {
    "direction": _direction,
    "off": lambda flow, _, __: flow,
    "winner": _winner,
    "deletions": _deletions,
    "rhythm": _rhythm,
    **dict.fromkeys(SWITCHES, _switched),
    "fields": _fields,
    "match": _match,
    "confirm": _confirm,
}


def _narrowed(flow: Flow) -> Iterator[Field]:
    """The lines that a flow which goes one way still has."""
    for field in flow.fields:
        if flow.direction in (Direction.BOTH, flow.direction_of(field)):
            yield field
        elif field.direction is Direction.BOTH:
            yield replace(field, direction=None)


def _check_written_once(flow: Flow) -> None:
    seen: dict[str, str] = {}
    for field in flow.fields:
        for path in field.theirs if flow.direction_of(field).goes_out else ():
            if path in seen:
                said = f"{seen[path]} and {field.ours} would both be written to {path}."
                remedy = "Let one of them only come in, or choose another field."
                raise Unfit(f"fields.{field.ours}.theirs", said, remedy)
            seen[path] = field.ours


# --- what is worth knowing -------------------------------------------------------------------------------------------


def warnings(flow: Flow) -> list[str]:
    """Rows of two-way tables that do not lead back to where they started."""
    both = [field for field in flow.fields if flow.direction_of(field) is Direction.BOTH and flow.update_ours]
    return [sentence for field in both for sentence in _astray(field)]


def _astray(field: Field) -> Iterator[str]:
    forward, back = field.converter.forward or {}, field.converter.back or {}
    [where, *_] = field.theirs
    for ours, theirs in forward.items():
        again = back.get(theirs, UNCHANGED)
        if theirs not in (None, UNCHANGED) and again not in (ours, UNCHANGED):
            yield (
                f"{field.ours}: {ours or 'empty'} is written as {theirs} to {where}, "
                f"which reads as {again} once somebody sets it there."
            )
