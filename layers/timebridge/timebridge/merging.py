"""Records of theirs that were merged into others without a word about which ones.

Where records of theirs are never deleted, one that is not there any more was merged. What referred to it refers to the
survivor since, so records whose copies we know over there tell which one that is.
"""

from collections.abc import Iterator

from timebridge.errors import Rejected
from timebridge.flows import Field, Flow, look_up
from timebridge.links import Link, State
from timebridge.records import Record
from timebridge.road import Road
from timebridge.workspace.kinds import KINDS

ASKED = 100
"""Copies that are looked at to learn the survivor: one call for each flow that refers to the record."""

IMAGES = ("transaction",)
"""Kinds that only show what is elsewhere: nothing of ours is lost with them."""


def survivor_of(road: Road, flow: Flow, link: Link) -> str | None:
    """The id of the record of theirs that took the place of the link's; None where nothing tells, or not one alone."""
    told = {id for child in road.flows for field in _to(flow, child) for id in _named(road, flow, link, child, field)}
    told -= {link.theirs or ""}
    return told.pop() if len(told) == 1 else None


def in_use(road: Road, flow: Flow, ours: str) -> bool:
    """Whether records of ours refer to this one."""
    return any(not record.gone for kind in KINDS if kind not in IMAGES for record in _of(road, kind, flow.kind, ours))


def unknown(flow: Flow) -> Rejected:
    kind = flow.kind.replace("_", " ")
    return Rejected(
        f"The record of this {kind} was merged into another one over there, and it is not said into which.",
        remedy=f"Merge this {kind} with the one that it became over there, or link it with that one. "
        "What refers to it stays as it is until then.",
        trouble="reference",
    )


def is_lost(flow: Flow, link: Link, row: Record | None) -> bool:
    """Whether the link's record was merged into another one. `row`: what was found of it."""
    if flow.merged is None or link.theirs is None or link.base is None or link.state is State.TOMBSTONE:
        return False
    return row is None or (row.gone and flow.merged(row.values))


def _to(flow: Flow, child: Flow) -> Iterator[Field]:
    return (field for field in child.fields if field.lines is None and flow.name in field.parent_flows)


def _named(road: Road, flow: Flow, link: Link, child: Flow, field: Field) -> Iterator[str]:
    """What the copies of records that referred to it refer to now."""
    known = (link.ours, f"{flow.name}/{link.ours}")
    ours = list(dict.fromkeys(record.id for record in _of(road, child.kind, flow.kind, link.ours)))
    links = road.links.find(child.name, ours=ours) if ours else []
    copies = [each.theirs for each in links if each.theirs and (each.base or {}).get(field.ours) in known]
    for row in road.theirs.read(child.object, copies[:ASKED]) if copies else ():
        if not row.gone and (named := look_up(row.values, field.theirs[0])):
            yield str(named)


def _of(road: Road, kind: str, above: str, id: str) -> Iterator[Record]:
    for name, parent in KINDS[kind].references.items() if kind in KINDS else ():
        if parent == above:
            yield from road.ours.read(kind, [id], by=name)
