"""After a change of settings: what is wanted now, and was not before, is looked for; what is not any more, goes."""

from timebridge import presets, queue
from timebridge.flows import Field, Flow, Flows
from timebridge.messages import Pull
from timebridge.tenants import Connection, Status


def refresh(before: Connection, after: Connection, actor: str) -> tuple[str, ...]:
    """Have everything of the flows whose selection changed read again. Returns their names.

    A connection that is not live reads them when it is resumed or loaded.
    """
    if after.status is not Status.LIVE:
        return ()
    names = reselected(presets.flows_of(before), presets.flows_of(after))
    if names:
        queue.send(after.tenant, after.id, pull=Pull(actor, flows=names, reconcile=True))
    return names


def reselected(before: Flows, after: Flows) -> tuple[str, ...]:
    """The flows that choose or change their records differently, and those that are new."""
    known = {flow.name: _selection(flow) for flow in before}
    return tuple(flow.name for flow in after if known.get(flow.name) != _selection(flow))


def _selection(flow: Flow) -> tuple[object, ...]:
    switches = flow.create_ours, flow.create_theirs, flow.update_ours, flow.update_theirs
    lines = {each.ours: (each.theirs, flow.direction_of(each), *_tables(each)) for each in flow.fields}
    return flow.direction, flow.when_ours, flow.when_theirs, flow.barred, *switches, lines


def _tables(field: Field) -> tuple[object, object]:
    return field.converter.forward, field.converter.back
