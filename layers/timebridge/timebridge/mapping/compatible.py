"""Which fields of both sides fit each other, and which way: what a line may be made of by hand."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from timebridge.converters import DATE, FLAG, MONEY
from timebridge.flows import Direction, Flow
from timebridge.lines import OF_THE_SYNC, converter_of, only_goes_out
from timebridge.providers.slots import Holds, Slot
from timebridge.workspace.kinds import KINDS
from timebridge.workspace.properties import Property

IN, OUT, BOTH = Direction.IN, Direction.OUT, Direction.BOTH

TEXTS = (Holds.TEXT, Holds.PROSE, Holds.EMAIL, Holds.PHONE, Holds.LINK, Holds.CHOICE)
FITS: Mapping[Holds, tuple[Holds, ...]] = {
    Holds.TEXT: TEXTS,
    Holds.CHOICE: TEXTS,
    Holds.EMAIL: (Holds.EMAIL, Holds.TEXT),
    Holds.NUMBER: (Holds.NUMBER, Holds.WHOLE),
    Holds.DAY: (Holds.DAY,),
    Holds.FLAG: (Holds.FLAG,),
}
"""By what a value of ours holds: what a field may hold that it goes with, both ways."""

READ_ONLY: Mapping[Holds, tuple[Holds, ...]] = {Holds.TEXT: (Holds.CHOICES,), Holds.DAY: (Holds.MOMENT,)}
"""The same, of what can only come in."""

LENGTH, AMONG = re.compile(r"at most (\d+)"), re.compile(r"one of (.+)")


@dataclass(frozen=True, slots=True)
class Own:
    """A value of ours that may be mapped, or why it may not. `ways`: which way it can travel at all."""

    name: str
    holds: Holds
    length: int
    required: bool
    values: tuple[str, ...]
    ways: tuple[Direction, ...]
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """A field of theirs that goes with a value of ours. `notes`: what is worth knowing before one takes it."""

    slot: Slot
    ways: tuple[Direction, ...]
    notes: tuple[str, ...]


def own(flow: Flow) -> list[Own]:
    """The values of the flow's kind, in the order of the kind."""
    return [_own(name, found) for name, found in KINDS[flow.kind].properties.items() if name not in OF_THE_SYNC]


def _own(name: str, found: Property) -> Own:
    reads, why_not = _refusal(found), _why_not(found)
    length, among = LENGTH.search(reads), AMONG.fullmatch(reads)
    return Own(
        name,
        _holds(found, reads),
        int(length[1]) if length else 0,
        found.required,
        tuple(among[1].split(", ")) if among else (),
        () if why_not else (OUT,) if only_goes_out(found) else (IN,) if found.synced else (BOTH, IN, OUT),
        why_not,
    )


def _why_not(found: Property) -> str:
    if found.parent:
        return "It refers to another record: that is kept in step by itself."
    return "It is for administrators alone, and stays here." if found.confidential else ""


def _holds(found: Property, reads: str) -> Holds:
    if found.parent:
        return Holds.REFERENCE
    named = {FLAG: Holds.FLAG, MONEY: Holds.NUMBER, DATE: Holds.DAY}
    converter = converter_of(found)
    known = next((holds for each, holds in named.items() if each is converter), None)
    return known or (Holds.CHOICE if AMONG.fullmatch(reads) else Holds.EMAIL if "e-mail" in reads else Holds.TEXT)


def _refusal(found: Property) -> str:
    """What a value says it should be, when it is given what only a text is, and then what is too long for any."""
    for example in ("@", "@" * 40_000):
        try:
            found.read(example)
        except ValueError as error:
            return str(error)
    return ""


def fits(flow: Flow, mine: Own, slots: list[Slot]) -> list[Fit]:
    """Those of theirs that this value goes with, given the other lines of the flow."""
    taken = {
        path: line.ours
        for line in flow.fields
        for path in line.theirs
        if flow.direction_of(line).goes_out and line.ours != mine.name
    }
    found = (Fit(slot, _ways(flow, mine, slot, slot.path in taken), ()) for slot in slots)
    return [Fit(fit.slot, fit.ways, tuple(_notes(mine, fit, taken))) for fit in found if fit.ways]


def _ways(flow: Flow, mine: Own, slot: Slot, taken: bool) -> tuple[Direction, ...]:
    both = slot.holds in FITS.get(mine.holds, ())
    if not both and slot.holds not in READ_ONLY.get(mine.holds, ()):
        return ()
    may = [way for way in mine.ways if way is IN or (both and slot.writable and not taken)]
    return tuple(way for way in may if flow.direction in (BOTH, way))


def _notes(mine: Own, fit: Fit, taken: Mapping[str, str]) -> Iterator[str]:
    slot, out = fit.slot, any(way.goes_out for way in fit.ways)
    comes_in = any(way.comes_in for way in fit.ways)
    if slot.path in taken:
        yield f"It can only come in: {taken[slot.path].replace('_', ' ')} is written there already."
    elif not slot.writable:
        yield "It cannot be written over there, so it only comes in."
    if out and slot.length and (mine.length or 32_000) > slot.length and slot.holds is not Holds.CHOICE:
        yield f"Up to {mine.length:,} characters here, {slot.length:,} there: what is longer is refused there."
    if comes_in and mine.length and slot.length > mine.length and slot.holds is not Holds.CHOICE:
        yield f"Up to {slot.length:,} characters there, {mine.length:,} here: what is longer is refused here."
    if out and mine.holds is Holds.NUMBER and slot.holds is Holds.WHOLE:
        yield "Whole numbers over there: what stands behind the point is lost."
    if slot.holds is Holds.CHOICE:
        yield "A choice over there: say of each value what it is here."
    if comes_in and mine.holds is Holds.EMAIL and slot.holds is not Holds.EMAIL:
        yield "What is no e-mail address over there is refused here."
    if slot.holds is Holds.MOMENT:
        yield "The day alone comes in."
