"""The marked records of a self-test: made here and there, compared, and removed from both sides again."""

from dataclasses import dataclass, field
from hashlib import sha256

from timebridge.changes import Change, Where
from timebridge.context import Context
from timebridge.edits import SELF_TEST
from timebridge.flows import Flow
from timebridge.insight.drift import compare
from timebridge.links import Link
from timebridge.records import Record
from timebridge.sides import Delete
from timebridge.store.records import Workspace
from timebridge.sync import Batch, sync_batch

MADE = {
    "time_entry": ("ent", "entry"),
    "staff": ("stf", "staff"),
    "project": ("prj", "project"),
    "client": ("cli", "client"),
}
"""What is made here: the prefix of its id, and what distinguishes it within the run."""

CHILDREN_FIRST = {"project": 1, "client": 2}


class NotAsked(Exception):
    """The settings do not ask for what a step would prove."""


class Failed(Exception):
    """The records do not hold what they should."""


@dataclass
class Stand:
    """The marked records of one self-test. Their ids follow from the run, so that a repetition meets the same ones."""

    road: Context
    run: str
    made: dict[tuple[str, str], None] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        return f"timebridge self-test {self.run}"

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.road.connection.tenant, SELF_TEST)

    def id(self, prefix: str, what: str) -> str:
        return f"{prefix}_{sha256(f'{self.run}#{what}'.encode()).hexdigest()[:24]}"

    def flow(self, kind: str) -> Flow:
        for flow in self.road.flows.of(Where.OURS, kind):
            if not flow.posting and flow.home is None:
                return flow
        raise NotAsked(f"No flow of this connection carries a {kind}.")

    def ours(self, flow: Flow, id: str) -> Record:
        found = self.workspace.get(flow.kind, id)
        if found is None:
            raise Failed(f"The {flow.kind} is not in the workspace.")
        return found

    def linked(self, flow: Flow, where: Where, id: str) -> Link:
        """The pair after it was synchronised. Raises Failed, with the reason when it is parked."""
        name = flow.kind if where is Where.OURS else flow.object
        sync_batch(self.road, Batch(flow, [Change(where, name, id)]))
        key = {"ours": [id]} if where is Where.OURS else {"theirs": [id]}
        [*links] = self.road.links.find(flow.name, **key)
        if not links or links[0].theirs is None or links[0].problem:
            problem = links[0].problem if links else None
            raise Failed(f"{problem.reason} {problem.remedy}" if problem else f"No {flow.object} came of it.")
        self.made[flow.object, links[0].theirs] = None
        return links[0]

    def agree(self, flow: Flow, link: Link, *fields: str) -> None:
        """Raises Failed when the two records differ in one of these fields (that the flow carries)."""
        for drift in compare(self.road, flow, [link]):
            for each in drift.differences:
                if each.field is None or each.field in fields:
                    raise Failed(f"{each.field or 'The record'} is {each.ours} here and {each.theirs} there.")


def tidy(stand: Stand) -> None:
    """Remove the records on both sides, children first, and let the pairs end."""
    ours = {kind: stand.id(prefix, what) for kind, (prefix, what) in MADE.items()}
    ends: list[tuple[Flow, Link]] = []
    for flow in reversed(list(stand.road.flows)):
        gone = [id for object, id in stand.made if object == flow.object]
        links = stand.road.links.find(flow.name, ours=[ours[flow.kind]] if flow.kind in ours else [], theirs=gone)
        ends += [(flow, link) for link in links]
        wanted = dict.fromkeys([*gone, *(link.theirs for link in links if link.theirs)])
        stand.road.theirs.write(flow.object, [Delete(id, None) for id in wanted])
    here = [*ours.items(), *((flow.kind, link.ours) for flow, link in ends)]
    for kind, id in sorted(dict.fromkeys(here), key=lambda each: CHILDREN_FIRST.get(each[0], 0)):
        _archived(stand.workspace, kind, id)
    for flow, link in ends:
        sync_batch(stand.road, Batch(flow, [Change(Where.OURS, flow.kind, link.ours)]))


def _archived(workspace: Workspace, kind: str, id: str) -> None:
    found = workspace.get(kind, id)
    if found is not None and not found.gone:
        if found.values.get("status") == "approved":
            found = workspace.reopen(id)
        workspace.archive(kind, id, found.version or "")
