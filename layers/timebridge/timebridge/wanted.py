"""Whether a record of theirs is to have one of ours: beyond what a flow's condition says of the record alone."""

from timebridge.changes import Where
from timebridge.flows import Flow
from timebridge.pairing import Draft, Parents
from timebridge.records import Record, Values
from timebridge.road import Batch, Road


def is_wanted(road: Road, batch: Batch, draft: Draft, known: Parents) -> bool:
    theirs, flow = draft.theirs, batch.flow
    if theirs is None or theirs.id in flow.barred:
        return False
    wanted = batch.qualifies(Where.THEIRS, theirs) and known.hold(flow, theirs)
    return wanted or (draft.ours is not None and _stays(road, flow, draft.ours))


def _stays(road: Road, flow: Flow, ours: Record) -> bool:
    """See `flows.Stays`."""
    if flow.stays is None or any(ours.values.get(name) for name in flow.stays.values):
        return flow.stays is not None
    found = (record for kind in flow.stays.kinds for record in road.ours.read(kind, [ours.id], by=flow.kind))
    return any(not record.gone for record in found)


def has_one(road: Road, flow: Flow, values: Values) -> bool:
    """Whether there is a record like this one: of its kind, and belonging to the same ones."""
    above = [(parent.ours, str(values.get(parent.ours))) for parent in flow.parents]
    if not above:
        return any(not record.gone for page in road.ours.changed({flow.kind: None}) for record in page.records)
    [by, id], *others = above
    found = road.ours.read(flow.kind, [id], by=by)
    return any(not each.gone and all(each.values.get(name) == other for name, other in others) for each in found)
