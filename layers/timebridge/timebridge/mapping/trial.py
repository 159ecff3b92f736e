"""Settings tried on a few records: what the sync would write where, by the very merge it uses. Nothing is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from timebridge import context
from timebridge.changes import Where
from timebridge.context import Context
from timebridge.converters import UNCHANGED
from timebridge.flows import ABSENT, Field, Flow, lines_of, look_up
from timebridge.mapping.doubts import doubts
from timebridge.mapping.samples import samples
from timebridge.merge import Pair, Plan, merge
from timebridge.pairing import Draft, Parents, known_parents
from timebridge.providers.slots import Slot
from timebridge.records import Record, Value, Values
from timebridge.road import Batch
from timebridge.store.records import Workspace
from timebridge.tenants import Connection
from timebridge.wanted import is_wanted
from timebridge.workspace.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of one record. `ours` and `theirs`: what each side holds now, for people; `differs`: they do not say the
    same. `to_ours` and `to_theirs`: whether something would be written there, and what. `doubts`: what would be lost,
    or refused."""

    line: Field
    ours: str | None
    theirs: str | None
    to_ours: bool = False
    to_theirs: bool = False
    new_ours: str | None = None
    new_theirs: str | None = None
    doubts: tuple[str, ...] = ()
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """One record. `said`: what the sync would do with it, in a sentence."""

    ours: str | None
    theirs: str | None
    name: str
    linked: bool
    said: str
    cells: tuple[Cell, ...] = field(default_factory=tuple)


def tried(
    connection: Connection, name: str, slots: Sequence[Slot], ids: Sequence[str] = (), q: str = ""
) -> tuple[Flow, list[Trial]]:
    """A few records of the flow: those with these ids of ours, those that `q` names, or any that are linked.

    Raises KeyError for a flow that is off, and what the sides raise.
    """
    with context.rehearsed(connection) as road:
        flow = road.flows[name]
        drafts = samples(road, flow, ids, q)
        known = known_parents(road, Batch(flow, []), drafts)
        by_path = {slot.path: slot for slot in slots}
        return flow, [_trial(road, flow, draft, known, by_path) for draft in drafts]


def _trial(road: Context, flow: Flow, draft: Draft, known: Parents, slots: Mapping[str, Slot]) -> Trial:
    pair = _pair(road, flow, draft, known)
    plan = merge(pair, flow)
    name = _name(flow, draft)
    cells = (_cell(road, flow, line, draft, pair, plan, slots) for line in flow.fields)
    linked = draft.link is not None and draft.link.theirs is not None
    ids = draft.ours.id if draft.ours else None, draft.theirs.id if draft.theirs else None
    return Trial(*ids, name, linked, _said(pair, plan), tuple(cells))


def _pair(road: Context, flow: Flow, draft: Draft, known: Parents) -> Pair:
    batch, theirs = Batch(flow, []), draft.theirs
    if theirs is not None:
        values = flow.incoming(theirs.values, known.ours)
        theirs = Record(theirs.id, values, theirs.version, theirs.stamp, theirs.gone)
    return Pair(
        draft.link,
        known.seen_from_there(flow, draft.ours),
        theirs,
        draft.ours is not None and batch.qualifies(Where.OURS, draft.ours) and known.carry(flow, draft.ours),
        is_wanted(road, batch, draft, known),
    )


def _name(flow: Flow, draft: Draft) -> str:
    label = KINDS[flow.kind].label
    if draft.ours is not None:
        return str(draft.ours.values.get(label) or draft.ours.id)
    values = draft.theirs.values if draft.theirs else {}
    line = next((line for line in flow.fields if line.ours in (label, flow.match)), None)
    return str((look_up(values, line.theirs[0]) if line else None) or (draft.theirs.id if draft.theirs else ""))


def _said(pair: Pair, plan: Plan) -> str:
    if plan.skipped:
        return f"Left alone. {plan.skipped}"
    if plan.deletes or plan.bury:
        return "Its counterpart is gone: the pair would end."
    if pair.ours is None:
        return "It would be created here."
    if pair.theirs is None:
        return "It would be created there."
    if plan.conflicts:
        return "Both sides changed the same: a person would be asked."
    written = [where for where, values in (("there", plan.theirs), ("here", plan.ours)) if values]
    return f"It would be changed {' and '.join(written)}." if written else "Both sides agree: nothing would be written."


def _cell(
    road: Context, flow: Flow, line: Field, draft: Draft, pair: Pair, plan: Plan, slots: Mapping[str, Slot]
) -> Cell:
    mine = pair.ours.values.get(line.ours) if pair.ours else None
    raw = [look_up(draft.theirs.values, path) for path in line.theirs] if draft.theirs else []
    here, there = plan.ours or {}, plan.theirs or {}
    incoming = pair.theirs.values.get(line.ours) if pair.theirs else None
    return Cell(
        line,
        _shown(road, flow, line, mine),
        _raw(road, flow, line, raw, incoming),
        line.ours in here,
        line.ours in there,
        _shown(road, flow, line, here.get(line.ours)),
        _outgoing(road, flow, line, there.get(line.ours)),
        (*doubts(flow, line, mine, raw, incoming, slots), *_emptied(line, mine, incoming, here, there)),
        pair.ours is not None and pair.theirs is not None and _differ(mine, incoming),
    )


def _emptied(line: Field, ours: Value, theirs: Value, here: Values, there: Values) -> Iterator[str]:
    if line.ours in here and here[line.ours] is None and ours is not None:
        yield "It would be emptied here."
    if line.ours in there and there[line.ours] is None and theirs not in (None, ABSENT):
        yield "It would be emptied there."


def _differ(ours: Value, theirs: Value) -> bool:
    """An empty sum is no sum."""
    return theirs != UNCHANGED and (ours or None) != (theirs or None)


def _outgoing(road: Context, flow: Flow, line: Field, value: Value) -> str | None:
    if line.refers:
        return _shown(road, flow, line, value)
    converted = line.converter.outgoing(value)
    return _text(converted if isinstance(converted, tuple) else (converted,))


def _raw(road: Context, flow: Flow, line: Field, raw: Sequence[object], incoming: Value) -> str | None:
    if line.lines is not None:
        return _count(len(raw[0]) if raw and isinstance(raw[0], list) else 0)
    known = line.refers and incoming not in (None, ABSENT)
    return _shown(road, flow, line, incoming) if known else _text(raw)


def _shown(road: Context, flow: Flow, line: Field, value: Value) -> str | None:
    """A value of ours for people: a reference by the name of its record."""
    if line.lines is not None:
        return _count(len(lines_of(value)))
    if value is not None and value != ABSENT and line.refers:
        parent = KINDS[flow.kind].properties.get(line.ours)
        id = str(value).rpartition("/")[2]
        kind = parent.parent if parent else next((each.kind for each in road.flows if each.name == line.parent), None)
        return _title(road, kind, id) or id
    return _text([value])


def _title(road: Context, kind: str | None, id: str) -> str | None:
    found = Workspace(road.connection.tenant).get(kind, id) if kind else None
    return str(found.values.get(KINDS[kind].label) or "") if kind and found else None


def _count(number: int) -> str:
    return f"{number} line{'' if number == 1 else 's'}"


def _text(values: Sequence[object]) -> str | None:
    said = [_word(value) for value in values if value not in (None, "", ABSENT)]
    return ", ".join(said) or None


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    number = isinstance(value, Decimal | float)
    return f"{Decimal(str(value)).normalize():,f}" if number else str(value)
