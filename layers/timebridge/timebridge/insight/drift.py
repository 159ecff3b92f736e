"""Where linked records do not agree: both read afresh, compared in workspace terms, and nothing written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from timebridge.converters import UNCHANGED
from timebridge.flows import ABSENT, Field, Flow
from timebridge.links import Link, State
from timebridge.pairing import Draft, known_parents
from timebridge.records import Record, Value, Values
from timebridge.road import Batch, Road


class Why(StrEnum):
    """Why two values differ. What is ONE_WAY or SWITCHED_OFF stays different until the settings change."""

    MOVED = "moved"
    CONFLICT = "conflict"
    PARKED = "parked"
    REFERENCE = "reference"
    ONE_WAY = "one_way"
    SWITCHED_OFF = "switched_off"
    GONE_OURS = "gone_ours"
    GONE_THEIRS = "gone_theirs"


WORDS = {
    Why.MOVED: "It was changed on one side since they last agreed; synchronising the record carries it over.",
    Why.CONFLICT: "Both sides changed it, and nobody has decided yet.",
    Why.PARKED: "The pair is parked: the last attempt was refused.",
    Why.REFERENCE: "The record it refers to is not linked.",
    Why.ONE_WAY: "This field travels one way only, and it was changed on the side that receives.",
    Why.SWITCHED_OFF: "Carrying this is switched off in the settings.",
    Why.GONE_OURS: "The record is gone here.",
    Why.GONE_THEIRS: "The record is gone there, or our user may not see it any more.",
}

GONE = {(True, False): Why.GONE_OURS, (False, True): Why.GONE_THEIRS}


@dataclass(frozen=True, slots=True)
class Difference:
    """Two values of one field, in workspace terms. `field` None: one of the records is not there."""

    field: str | None
    ours: Value
    theirs: Value
    why: Why


@dataclass(frozen=True, slots=True)
class Drift:
    """A pair that does not agree."""

    link: Link
    name: str
    differences: tuple[Difference, ...]


def compare(road: Road, flow: Flow, links: Sequence[Link], off: frozenset[str] = frozenset()) -> list[Drift]:
    """The pairs that do not agree, with one read per side. `off`: fields of ours that the settings switched off."""
    pairs = [link for link in links if is_pair(link)]
    ours = _there(road.ours.read(flow.kind, [link.ours for link in pairs]))
    theirs = _there(road.theirs.read(flow.object, [link.theirs or "" for link in pairs]))
    drafts = [Draft(link, ours.get(link.ours), theirs.get(link.theirs or "")) for link in pairs]
    parents = known_parents(road, Batch(flow, []), drafts).ours
    found = [_drift(flow, link, ours.get(link.ours), theirs.get(link.theirs or ""), parents, off) for link in pairs]
    return [drift for drift in found if drift is not None]


def unsent(flow: Flow, link: Link, ours: Record) -> Drift | None:
    """What moved here since both last agreed and goes out, as far as that is known without a look at theirs."""
    base = link.base
    if not is_pair(link) or base is None or ours.gone or _is_withdrawn(flow, ours):
        return None
    going = [each for each in flow.fields if each.ours in base and flow.direction_of(each).goes_out and not each.once]
    found = tuple(
        Difference(each.ours, mine, base[each.ours], _why(flow, each, link, mine, base[each.ours], frozenset()))
        for each in going
        for mine in (ours.values.get(each.ours),)
        if not _agree(flow, each, mine, base[each.ours])
    )
    return Drift(link, str(ours.values.get("name") or ""), found) if found else None


def is_pair(link: Link) -> bool:
    """Both records are meant to be there and to agree."""
    return link.state in (State.LIVE, State.PARKED) and link.theirs is not None and link.base is not None


def _there(records: Sequence[Record]) -> dict[str, Record]:
    return {record.id: record for record in records if not record.gone}


def _drift(
    flow: Flow, link: Link, ours: Record | None, theirs: Record | None, parents: Mapping[str, str], off: frozenset[str]
) -> Drift | None:
    if (ours is None and theirs is None) or _is_withdrawn(flow, ours):
        return None
    name = str((ours.values if ours else link.base or {}).get("name") or "")
    if ours is None or theirs is None:
        return Drift(link, name, (Difference(None, None, None, GONE[ours is None, theirs is None]),))
    found = differences(flow, link, ours, theirs, flow.incoming(theirs.values, parents), off)
    return Drift(link, name, found) if found else None


def differences(
    flow: Flow, link: Link, ours: Record, theirs: Record, known: Values, off: frozenset[str] = frozenset()
) -> tuple[Difference, ...]:
    """Field by field. `known`: theirs in workspace terms."""
    return tuple(
        Difference(each.ours, mine, shown(each, theirs, yours), _why(flow, each, link, mine, yours, off))
        for each in flow.fields
        for mine, yours in ((ours.values.get(each.ours), known[each.ours]),)
        if not _agree(flow, each, mine, yours)
    )


def _is_withdrawn(flow: Flow, ours: Record | None) -> bool:
    """A posting that does not qualify any more is about to be taken back: the next sync sees to it."""
    return flow.posting and ours is not None and not flow.when_ours(ours.values)


def _agree(flow: Flow, each: Field, ours: Value, theirs: Value) -> bool:
    if ours == 0 and theirs is None and not flow.direction_of(each).comes_in:
        return True  # a total that nothing was added to yet is not written
    if theirs == UNCHANGED or not each.carries(ours):
        return True  # nothing over there, or here, that it could be compared with
    return theirs == ours or each.familiar(theirs, ours) == ours


def shown(each: Field, theirs: Record, value: Value) -> Value:
    """A value of theirs; what refers to a record that is not linked as it stands there."""
    return theirs.values.get(each.theirs[0]) if value == ABSENT else value


def _why(flow: Flow, each: Field, link: Link, ours: Value, theirs: Value, off: frozenset[str]) -> Why:
    name, base, direction = each.ours, link.base or {}, flow.direction_of(each)
    if name in off:
        return Why.SWITCHED_OFF
    if any(conflict.field == name for conflict in link.conflicts):
        return Why.CONFLICT
    if link.state is State.PARKED:
        return Why.PARKED
    if theirs == ABSENT:
        return Why.REFERENCE
    out = direction.goes_out and not each.once and (name not in base or ours != base[name])
    back = direction.comes_in and (name not in base or each.familiar(theirs, base[name]) != base[name])
    if not (out or back):
        return Why.ONE_WAY
    return Why.MOVED if (out and flow.update_theirs) or (back and flow.update_ours) else Why.SWITCHED_OFF
