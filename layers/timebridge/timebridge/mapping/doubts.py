"""What a line may do to a value that somebody would not expect: cut it, change it, leave it, or have it refused."""

from collections.abc import Iterator, Mapping, Sequence

from timebridge.converters import UNCHANGED
from timebridge.flows import ABSENT, Field, Flow
from timebridge.providers.slots import Slot
from timebridge.records import Value
from timebridge.workspace.kinds import KINDS

MOST = 60
"""Letters of a value that are shown."""


def doubts(
    flow: Flow, line: Field, ours: Value, raw: Sequence[object], incoming: Value, slots: Mapping[str, Slot]
) -> Iterator[str]:
    """`raw`: what theirs holds, as it is; `incoming`: the same in our terms. `slots`: the fields of theirs, by path."""
    direction = flow.direction_of(line)
    if line.refers:
        if incoming == ABSENT and any(raw):
            yield "The record it refers to over there is not linked."
        return
    if direction.goes_out and ours is not None:
        yield from _on_the_way_out(line, ours, slots.get(line.theirs[0]))
    if direction.comes_in and any(each is not None for each in raw):
        yield from _on_the_way_in(flow, line, raw, incoming)


def _on_the_way_out(line: Field, ours: Value, slot: Slot | None) -> Iterator[str]:
    there = line.converter.outgoing(ours)
    if there == UNCHANGED:
        yield f"{quoted(ours)} has no counterpart there: what is there stays."
        return
    plain = line.converter.forward is None and isinstance(ours, str) and isinstance(there, str)
    if plain and len(str(there)) < len(str(ours).strip()):
        yield f"Cut over there: {len(str(there)):,} of {len(str(ours)):,} characters arrive."
    elif not isinstance(there, tuple) and line.image(ours) not in (ours, UNCHANGED):
        yield f"It reads back as {quoted(line.image(ours))}."
    if slot is None or not isinstance(there, str):
        return
    if slot.length and len(there) > slot.length:
        yield f"Too long: {len(there):,} characters, and {slot.label} takes {slot.length:,}. It would be refused there."
    if slot.values and slot.restricted and there not in slot.values:
        yield f"{slot.label} over there has no choice {quoted(there)}. It would be refused there."


def _on_the_way_in(flow: Flow, line: Field, raw: Sequence[object], incoming: Value) -> Iterator[str]:
    if incoming == UNCHANGED:
        yield f"{quoted(raw[0])} has no counterpart here: what is here stays."
        return
    found = KINDS[flow.kind].properties.get(line.ours)
    if found is None or incoming is None:
        return
    try:
        found.read(incoming)
    except ValueError as error:
        yield f"{quoted(incoming)} would be refused here: it must be {error}."


def quoted(value: object) -> str:
    text = str(value)
    return f"“{text[:MOST]}…”" if len(text) > MOST else f"“{text}”"
