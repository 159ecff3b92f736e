"""Settings tried on a few records: what the sync would write where, by the very merge it uses. Nothing is written."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal

from timebridge import context
from timebridge.changes import Where
from timebridge.context import Context
from timebridge.converters import UNCHANGED
from timebridge.doubts import doubts
from timebridge.errors import SyncError
from timebridge.flows import ABSENT, Field, Flow, lines_of, look_up
from timebridge.links import Link, State
from timebridge.merge import Pair, Plan, merge
from timebridge.pairing import Draft, Parents, known_parents
from timebridge.providers.slots import Slot
from timebridge.records import Record, Value
from timebridge.road import Batch
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Connection
from timebridge.wanted import is_wanted
from timebridge.workspace import KINDS

MOST = 5
"""Records that are tried at once: each costs a read over there."""

PAGES = 4
"""How many pages of links are looked through for pairs that are alive."""


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
    """At most MOST records of the flow: those with these ids of ours, those that `q` names, or any that are linked.

    Raises KeyError for a flow that is off, and what the sides raise.
    """
    with context.rehearsed(connection) as road:
        flow = road.flows[name]
        drafts = _drafts(road, flow, ids, q)
        known = known_parents(road, Batch(flow, []), drafts)
        by_path = {slot.path: slot for slot in slots}
        return flow, [_trial(road, flow, draft, known, by_path) for draft in drafts]


# --- which records ---------------------------------------------------------------------------------------------------


def _drafts(road: Context, flow: Flow, ids: Sequence[str], q: str) -> list[Draft]:
    if ids:
        return _pairs(road, flow, ids=ids[:MOST])
    if q.strip():
        named = [record.id for record in Workspace(road.connection.tenant).page(flow.kind, q=q, limit=MOST)[0]]
        return _pairs(road, flow, ids=named) or _pairs(road, flow, there=_named_there(road, flow, q))
    linked = _linked(road, flow)
    return _pairs(road, flow, links=linked) if linked else _alone(road, flow)


def _linked(road: Context, flow: Flow) -> list[Link]:
    store, found = DynamoLinks(road.connection.tenant, road.connection.id), list[Link]()
    start: str | None = None
    for _ in range(PAGES):
        links, start = store.page(flow.name, State.LIVE, start, MOST * 5)
        found += [link for link in links if link.theirs is not None]
        if start is None or len(found) >= MOST:
            break
    return found[:MOST]


def _named_there(road: Context, flow: Flow, q: str) -> list[Record]:
    names = [line for line in flow.fields if line.ours in ("name", flow.match) and not line.parent]
    with suppress(SyncError):
        found = [each for line in names[:1] for each in road.theirs.read(flow.object, [q.strip()], by=line.theirs[0])]
        return [record for record in found if not record.gone][:MOST]
    return []


def _alone(road: Context, flow: Flow) -> list[Draft]:
    """Records that have no counterpart yet: of ours where they go out, else of theirs."""
    if flow.direction.goes_out:
        found, _ = Workspace(road.connection.tenant).page(flow.kind, limit=MOST)
        if found:
            return _pairs(road, flow, ids=[record.id for record in found])
    if not flow.direction.comes_in:
        return []
    page = next(iter(road.theirs.changed({flow.object: None})), None)
    return _pairs(road, flow, there=[each for each in page.records if not each.gone][:MOST] if page else [])


def _pairs(
    road: Context, flow: Flow, ids: Sequence[str] = (), links: Sequence[Link] = (), there: Sequence[Record] = ()
) -> list[Draft]:
    known = list(links) or road.links.find(flow.name, ours=[*ids], theirs=[record.id for record in there])
    known = [link for link in known if link.state is not State.TOMBSTONE]
    mine = _found(road.ours.read(flow.kind, [*dict.fromkeys([*ids, *(link.ours for link in known)])]))
    wanted = [link.theirs for link in known if link.theirs and link.theirs not in {record.id for record in there}]
    theirs = _found([*there, *(road.theirs.read(flow.object, wanted) if wanted else ())])
    drafts = [Draft(link, mine.pop(link.ours, None), theirs.pop(link.theirs or "", None)) for link in known]
    alone = [*(Draft(None, record, None) for record in mine.values())]
    alone += [Draft(None, None, record) for record in theirs.values()]
    return [draft for draft in (*drafts, *alone) if draft.ours or draft.theirs][:MOST]


def _found(records: Sequence[Record]) -> dict[str, Record]:
    return {record.id: record for record in records if not record.gone}


# --- what would become of one ----------------------------------------------------------------------------------------


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
        tuple(doubts(flow, line, mine, raw, incoming, slots)),
        pair.ours is not None and pair.theirs is not None and _differ(mine, incoming),
    )


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
