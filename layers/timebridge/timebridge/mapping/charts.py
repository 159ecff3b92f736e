"""The chart of what is kept in step, field by field, made of the flows that are at work: it is right by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from timebridge.converters import UNCHANGED, Converter
from timebridge.flows import Direction, Field, Flow, Winner
from timebridge.wording import in_words, label, spoken


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a flow. `winner`: who is right where both sides changed it. `note`: how the value reads."""

    flow: str
    kind: str
    object: str
    ours: str
    theirs: str
    direction: Direction
    winner: Winner
    note: str


def chart(flows: Iterable[Flow]) -> list[Row]:
    return [_row(flow, field) for flow in flows for field in flow.fields]


def _row(flow: Flow, field: Field) -> Row:
    direction = flow.direction_of(field)
    return Row(
        flow=flow.name,
        kind=flow.kind,
        object=flow.object,
        ours=field.ours,
        theirs=", ".join(field.theirs),
        direction=direction,
        winner=_winner(flow, field),
        note="; ".join(notes_of(field)),
    )


def _winner(flow: Flow, field: Field) -> Winner:
    one_way = {Direction.IN: Winner.THEIRS, Direction.OUT: Winner.OURS}
    return one_way.get(flow.direction_of(field), flow.winner_of(field))


def notes_of(field: Field) -> Iterator[str]:
    if field.parent_flows:
        names = " or ".join(spoken(name.rpartition(".")[2]) for name in field.parent_flows)
        yield f"refers to what is linked as {names}"
    if field.lines is not None:
        yield "the lines of the document"
    if field.optional:
        yield "left out where it is not there"
    yield from filter(None, (field.converter.note, *_tables(field.converter)))


def _tables(converter: Converter) -> Iterator[str]:
    for table, verb in ((converter.forward, "is written as"), (converter.back, "is read as")):
        rows = [(first, second) for first, second in (table or {}).items() if second != UNCHANGED]
        if rows:
            yield ", ".join(f"{first or 'empty'} {verb} {second or 'empty'}" for first, second in rows)


ARROWS = {Direction.IN: "comes in", Direction.OUT: "goes out", Direction.BOTH: "both ways"}
WINNERS = {Winner.OURS: "ours", Winner.THEIRS: "theirs", Winner.NOBODY: "a person"}
HEAD = ("Here", "There", "Direction", "Who wins", "Note")


def to_markdown(flows: Iterable[Flow], level: int = 2) -> str:
    """A section for each flow: what becomes of its records in words, then its lines."""
    return "\n".join(line for flow in flows for line in _section(flow, "#" * level))


def _section(flow: Flow, marks: str) -> Iterator[str]:
    yield from (f"{marks} {label(flow.kind)} and {flow.object} ({flow.name})", "", in_words(flow), "")
    rows = chart([flow])
    if rows:
        yield from (_cells(HEAD), _cells("---" for _ in HEAD))
        for row in rows:
            yield _cells((label(row.ours), f"`{row.theirs}`", ARROWS[row.direction], WINNERS[row.winner], row.note))
        yield ""


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
