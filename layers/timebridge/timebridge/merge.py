"""Three-way merge of one pair: what must be written where so that both sides agree. Existence first, values second."""

from dataclasses import dataclass, field, replace

from timebridge.changes import Where
from timebridge.converters import UNCHANGED
from timebridge.flows import Direction, Field, Flow, Winner
from timebridge.links import Conflict, Decision, Link, State
from timebridge.records import Record, Value, Values


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of one pair, in workspace terms. `qualifies`: the flow would create its copy on the other side."""

    link: Link | None
    ours: Record | None
    theirs: Record | None
    ours_qualifies: bool = True
    theirs_qualifies: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """`ours` and `theirs` are the values to write there; on a side where the record is not there they create it.

    `decisions`: fields that both sides moved, and which value the flow's winner took.
    """

    ours: Values | None = None
    theirs: Values | None = None
    base: Values | None = None
    conflicts: tuple[Conflict, ...] = ()
    decisions: tuple[Decision, ...] = ()
    delete_ours: bool = False
    delete_theirs: bool = False
    bury: bool = False
    kept: Where | None = None
    skipped: str | None = None

    @property
    def deletes(self) -> bool:
        return self.delete_ours or self.delete_theirs


def merge(pair: Pair, flow: Flow) -> Plan:
    ours = pair.ours if pair.ours_qualifies or not flow.posting else None
    wanted = pair.theirs if pair.theirs_qualifies or not flow.mirror else None
    base = _base(pair.link, ours, wanted)
    theirs = _familiar(flow, wanted, base, ours)
    if ours is None and theirs is None:
        return _nothing_there(pair)
    if ours is not None and theirs is not None:
        return _merge_values(flow, base or {}, ours.values, theirs.values)
    if pair.link is not None and pair.link.kept is not None:
        return _kept(pair.link, ours)
    if ours is not None:
        return _only_ours(flow, base, ours, pair.ours_qualifies)
    assert theirs is not None
    return _only_theirs(flow, base, theirs, pair.theirs_qualifies)


def _base(link: Link | None, ours: Record | None, theirs: Record | None) -> Values | None:
    """What both last agreed on.

    A copy of ours that lost its original while it was born counts as agreed: it goes too. Where we deleted one of the
    two ourselves they agreed on nothing since: the other one, if it is there again, is a new record.
    """
    if link is None or link.state is State.TOMBSTONE:
        return None
    if (link.dying is Where.THEIRS and theirs is None) or (link.dying is Where.OURS and ours is None):
        return None
    half_born = link.state is State.PENDING and link.base is None and link.theirs is not None
    if half_born and ours is not None and theirs is None:
        return ours.values
    return link.base


def _familiar(flow: Flow, theirs: Record | None, base: Values | None, ours: Record | None) -> Record | None:
    """Theirs as this pair has known it: what only reads differently over there has not moved."""
    if theirs is None:
        return None
    known = [
        values for values in (base, ours.values if ours else None) if values is not None and values != theirs.values
    ]
    if not known:
        return theirs
    news = {
        each.ours: familiar
        for each in flow.fields
        for value in (theirs.values.get(each.ours),)
        if any(some.get(each.ours) != value for some in known)
        and (familiar := each.familiar(value, *(some[each.ours] for some in known if each.ours in some))) != value
    }
    return replace(theirs, values={**theirs.values, **news}) if news else theirs


def moved_there(flow: Flow, base: Values, theirs: Values) -> list[str]:
    """The fields of a posting that say something else over there than what was posted.

    Where nothing was posted the other side has put what is usual there.
    """
    said = [each for each in flow.fields if base.get(each.ours) is not None and theirs.get(each.ours) != UNCHANGED]
    return [each.ours for each in said if each.familiar(theirs.get(each.ours), base[each.ours]) != base[each.ours]]


def _nothing_there(pair: Pair) -> Plan:
    if pair.ours is not None:
        if pair.link is None or (pair.link.state is State.TOMBSTONE and pair.link.kept is None):
            return Plan(skipped="The record does not meet the flow's condition.")
    elif pair.link is None or pair.link.state is State.TOMBSTONE:
        return Plan(skipped="The record is not there any more.")
    return Plan(bury=True)


def _kept(link: Link, ours: Record | None) -> Plan:
    there = Where.THEIRS if ours is None else Where.OURS
    if there is link.kept:
        return Plan(skipped="The other record was deleted; this one is kept.")
    return Plan(bury=True)


def _only_ours(flow: Flow, base: Values | None, ours: Record, qualifies: bool) -> Plan:
    outgoing = [(f, ours.values.get(f.ours)) for f in flow.fields if flow.direction_of(f).goes_out]
    wanted = {f.ours: value for f, value in outgoing if f.carries(value)}
    if base is None:
        if not (flow.direction.goes_out and flow.create_theirs):
            return Plan(skipped="This flow does not create records there.")
        if not qualifies:
            return Plan(skipped="The record does not meet the flow's condition.")
        wanted = _given(flow, ours.values) | wanted
        return Plan(theirs=wanted, base=wanted)
    if flow.direction.goes_out and not flow.posting and _moved(wanted, base):
        return Plan(theirs=wanted, base=wanted)
    if flow.direction.comes_in and flow.deletions is not None and flow.deletions.comes_in:
        return Plan(delete_ours=True, bury=True)
    return Plan(bury=True, kept=Where.OURS)


def _given(flow: Flow, ours: Values) -> dict[str, Value]:
    """What a new record is given over there where ours has nothing to say: theirs from the start, not a later edit."""
    given: dict[str, Value] = {}
    for each in flow.fields:
        theirs = (flow.on_create_theirs or {}).get(each.theirs[0])
        if theirs is not None and flow.direction_of(each).goes_out and not each.carries(ours.get(each.ours)):
            value = each.converter.incoming(theirs)
            given |= {each.ours: value} if each.converter.outgoing(value) == theirs else {}
    return given


def _only_theirs(flow: Flow, base: Values | None, theirs: Record, qualifies: bool) -> Plan:
    incoming = {f.ours: theirs.values.get(f.ours) for f in flow.fields if flow.direction_of(f).comes_in}
    wanted = {name: value for name, value in incoming.items() if value != UNCHANGED}
    if base is None:
        if not (flow.direction.comes_in and flow.create_ours):
            return Plan(skipped="This flow does not create records in the workspace.")
        if not qualifies:
            return Plan(skipped="The record does not meet the flow's condition.")
        empty = [f for f in flow.fields if f.start is not None and theirs.values.get(f.ours) is None]
        return Plan(ours=wanted, base=wanted | {f.ours: f.start for f in empty})
    if flow.direction.comes_in and not flow.posting and _moved(wanted, base):
        return Plan(ours=wanted, base=wanted)
    if flow.direction.goes_out and flow.deletions is not None and flow.deletions.goes_out:
        return Plan(delete_theirs=True, bury=True)
    return Plan(bury=True, kept=Where.THEIRS)


def _moved(wanted: Values, base: Values) -> bool:
    return any(name in base and value != base[name] for name, value in wanted.items())


@dataclass(slots=True)
class _Merged:
    ours: dict[str, Value] = field(default_factory=dict)
    theirs: dict[str, Value] = field(default_factory=dict)
    agreed: dict[str, Value] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def _merge_values(flow: Flow, base: Values, ours: Values, theirs: Values) -> Plan:
    merged = _Merged()
    for each in flow.fields:
        values = base.get(each.ours), ours.get(each.ours), theirs.get(each.ours)
        _merge_field(flow, each, base, *values[1:], merged)
        if UNCHANGED not in values and len({*values}) == 3:
            _note_decision(each.ours, *values, merged)
    if merged.theirs and flow.update_ours:
        _show(flow, ours, merged)
    return Plan(
        ours=merged.ours or None,
        theirs=merged.theirs or None,
        base=merged.agreed,
        conflicts=tuple(merged.conflicts),
        decisions=tuple(merged.decisions),
    )


def _show(flow: Flow, ours: Values, merged: _Merged) -> None:
    """Lines that only show what another line writes show it at once, and not when it is read again."""
    shown = {each.theirs: each for each in flow.fields if flow.direction_of(each) is Direction.IN and not each.parent}
    for each in flow.fields:
        image = shown.get(each.theirs)
        if image is not None and each.ours in merged.theirs and len(each.theirs) == 1:
            value = image.converter.incoming(each.converter.outgoing(merged.theirs[each.ours]))
            merged.agreed[image.ours] = value
            if value != ours.get(image.ours):
                merged.ours[image.ours] = value


def _note_decision(name: str, agreed: Value, ours: Value, theirs: Value, merged: _Merged) -> None:
    """Both sides moved, and one value is taken: the other one is kept too."""
    if name in merged.ours or name in merged.theirs:
        taken = Where.THEIRS if name in merged.ours else Where.OURS
        merged.decisions.append(Decision(name, agreed, ours, theirs, taken))


def _merge_field(flow: Flow, each: Field, base: Values, ours: Value, theirs: Value, merged: _Merged) -> None:
    name, agreed = each.ours, base.get(each.ours)
    theirs = agreed if theirs == UNCHANGED else theirs
    if ours == theirs:
        merged.agreed[name] = ours
    elif _goes_out(flow, each, ours, agreed) and (theirs == agreed or _ours_wins(flow, each)):
        merged.theirs[name] = merged.agreed[name] = ours
    elif _comes_in(flow, each, base, ours, theirs) and (ours == agreed or _theirs_wins(flow, each)):
        merged.ours[name] = merged.agreed[name] = theirs
    else:
        _leave(flow, each, base, ours, theirs, merged)


def _leave(flow: Flow, each: Field, base: Values, ours: Value, theirs: Value, merged: _Merged) -> None:
    """The two stay different. What they agreed on last stays too, so that the difference is decided when it may be.

    Where they never agreed and ours cannot be said over there, what they hold is where we start from.
    """
    name, direction, agreed = each.ours, flow.direction_of(each), base.get(each.ours)
    if name in base:
        merged.agreed[name] = agreed
    elif not each.carries(ours):
        merged.agreed[name] = theirs
        return
    both_ways = direction.comes_in and direction.goes_out
    if ours != agreed and theirs != agreed and both_ways and flow.winner_of(each) is Winner.NOBODY:
        merged.conflicts.append(Conflict(name, agreed, ours, theirs))


def _goes_out(flow: Flow, each: Field, ours: Value, agreed: Value) -> bool:
    may = flow.direction_of(each).goes_out and flow.update_theirs and not each.once
    return may and ours != agreed and each.carries(ours)


def _comes_in(flow: Flow, each: Field, base: Values, ours: Value, theirs: Value) -> bool:
    """The first time they meet, a value of ours that cannot be said over there is not an outdated one."""
    met = each.ours in base or ours is None or each.carries(ours)
    return met and theirs != base.get(each.ours) and flow.direction_of(each).comes_in and flow.update_ours


def _ours_wins(flow: Flow, each: Field) -> bool:
    return not flow.direction_of(each).comes_in or flow.winner_of(each) is Winner.OURS


def _theirs_wins(flow: Flow, each: Field) -> bool:
    return not flow.direction_of(each).goes_out or flow.winner_of(each) is Winner.THEIRS
