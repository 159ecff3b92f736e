"""The initial sync walked for show: both sides are read, the real road decides, and neither side is written.

What a person has to decide first is kept as a question on its link, so that the answers given now hold for the load.
Everything else that the road would write down is only supposed here, and forgotten with the run.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from timebridge.changes import Where
from timebridge.connecting.holding import NEW, UNTOLD, Still
from timebridge.errors import Awaiting, Stale
from timebridge.flows import Flow, Flows
from timebridge.initial_sync import Phase
from timebridge.links import Link, Links, State
from timebridge.pull import sync_page
from timebridge.records import Record, Values
from timebridge.road import Brake, Road
from timebridge.runs import Tally
from timebridge.sides import Page
from timebridge.wording import condition_in_words, label
from timebridge.workspace.kinds import KINDS


class Fate(StrEnum):
    """What would become of a record. `paired`: two records that are there already would belong together from now on;
    `known`: they do already; `waits`: for the answer to a question about another record."""

    PAIRED = "paired"
    MADE_HERE = "made_here"
    MADE_THERE = "made_there"
    ASKED = "asked"
    WAITS = "waits"
    REFUSED = "refused"
    ENDS = "ends"
    KNOWN = "known"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of one record. `theirs` None: it is not there yet."""

    flow: str
    ours: str
    theirs: str | None
    fate: Fate
    changed_here: bool = False
    changed_there: bool = False

    def to_json(self) -> list[Any]:
        return [self.flow, self.ours, self.theirs, self.fate.value, self.changed_here, self.changed_there]

    @classmethod
    def from_json(cls, row: Sequence[Any]) -> "Told":
        flow, ours, theirs, fate, here, there = row
        return cls(flow, ours, theirs, Fate(fate), here, there)


SHOWN = 50
"""Samples that are kept of each fate in each flow."""


@dataclass
class Supposed:
    """Links as they would be. Only questions are really saved."""

    stored: Links
    flows: Flows
    sides: Mapping[Where, Still]
    told: dict[tuple[str, str], Told] = field(default_factory=dict)
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    _known: dict[str, dict[str, Link | None]] = field(default_factory=lambda: defaultdict(dict))
    _theirs: dict[tuple[str, str], str] = field(default_factory=dict)

    def recall(self, rows: Iterable[Told]) -> None:
        for each in rows:
            self.told[each.flow, each.ours] = each
            if each.fate in (Fate.PAIRED, Fate.MADE_HERE, Fate.MADE_THERE):
                link = Link(each.flow, each.ours, each.theirs, State.LIVE, base={}, theirs_version=UNTOLD)
                self._keep(link)

    def find(self, flow: str, *, ours: Sequence[str] = (), theirs: Sequence[str] = ()) -> list[Link]:
        known = self._known[flow]
        mine = [*ours, *(self._theirs[flow, id] for id in theirs if (flow, id) in self._theirs)]
        supposed = {id: link for id in mine if (link := known.get(id)) is not None}
        left = [id for id in ours if id not in known], [id for id in theirs if (flow, id) not in self._theirs]
        stored = self.stored.find(flow, ours=left[0], theirs=left[1]) if any(left) else []
        return [*supposed.values(), *(link for link in stored if link.ours not in known)]

    def save(self, links: Sequence[Link]) -> list[Link | Stale]:
        return [self._asked(link) if link.question is not None else self._noted(link) for link in links]

    def _asked(self, link: Link) -> Link | Stale:
        [outcome] = self.stored.save([link])
        self._tell(link, Fate.ASKED)
        return outcome

    def _noted(self, link: Link) -> Link:
        self._tell(link, self._fate(link))
        self._keep(link)
        return link

    def _keep(self, link: Link) -> None:
        self._known[link.flow][link.ours] = link
        if link.theirs is not None:
            self._theirs[link.flow, link.theirs] = link.ours

    def _fate(self, link: Link) -> Fate:
        before = self.told.get((link.flow, link.ours))
        if link.state is State.TOMBSTONE or link.dying is not None:
            return Fate.ENDS
        if link.state is State.PENDING:
            return Fate.MADE_THERE if link.birth else Fate.MADE_HERE
        if link.state is State.PARKED:
            return Fate.WAITS if link.problem and link.problem.cause == Awaiting.__name__ else Fate.REFUSED
        if before is not None and before.fate in (Fate.MADE_HERE, Fate.MADE_THERE):
            return before.fate
        stored = self.stored.find(link.flow, ours=[link.ours])
        return Fate.KNOWN if stored and stored[0].usable else Fate.PAIRED

    def _tell(self, link: Link, fate: Fate) -> None:
        flow = self.flows[link.flow]
        here = self.sides[Where.OURS].updates[flow.kind].get(link.ours, {})
        there = self.sides[Where.THEIRS].updates[flow.object].get(link.theirs or "", {})
        self.told[link.flow, link.ours] = Told(link.flow, link.ours, link.theirs, fate, bool(here), bool(there))
        if link.state in (State.LIVE, State.PARKED) and len(self.samples[f"{flow.name}#{fate}"]) < SHOWN:
            self.samples[f"{flow.name}#{fate}"].append(_sample(flow, link, fate, here, there))

    def forget(self, links: Sequence[Link]) -> None:
        for link in links:
            self._known[link.flow][link.ours] = None
            self._theirs.pop((link.flow, link.theirs or ""), None)

    def unborn(self, flow: str) -> list[Link]:
        return [link for link in self.stored.unborn(flow) if link.ours not in self._known[flow]]

    def asking(self, flow: str) -> list[Link]:
        return [link for link in self.stored.asking(flow) if link.ours not in self._known[flow]]

    def due(self, *_: Any) -> list[Link]:
        return []

    def count(self, flow: str) -> int:
        return self.stored.count(flow)

    def is_settled(self, flow: str, where: Where, id: str) -> bool:
        """Whether the record got its place in an earlier phase: in the real load it would agree by now."""
        ours = id if where is Where.OURS else self._theirs.get((flow, id))
        return ours is not None and self._known[flow].get(ours) is not None


def _sample(flow: Flow, link: Link, fate: Fate, here: Values, there: Values) -> dict[str, Any]:
    problem, theirs = link.problem, link.theirs
    return {
        "flow": flow.name,
        "fate": fate.value,
        "ours": None if fate is Fate.MADE_HERE or link.is_stranger else link.ours,
        "theirs": None if theirs is None or theirs.startswith(NEW) else theirs,
        "name": (link.question.about if link.question else None) or title(flow, link.base or {}),
        "changed_here": [label(name) for name in here],
        "changed_there": [label(name) for name in there],
        "reason": problem.reason if problem else "",
        "remedy": problem.remedy if problem else "",
    }


def title(flow: Flow, values: Values) -> str | None:
    """What people call a record."""
    names = dict.fromkeys([flow.match or "", KINDS[flow.kind].label, "name", "number", "description", "date"])
    return next((str(values[name]) for name in names if values.get(name)), None)


# --- walking ---------------------------------------------------------------------------------------------------------


@dataclass
class Rehearsal:
    """`left`: records that nothing would become of, by where they are, their name of the feed and their id."""

    road: Road
    links: Supposed
    left: dict[tuple[str, str], str] = field(default_factory=dict)

    def walk(self, phase: Phase, page: Page) -> Tally:
        """What the load would do with a page of a phase."""
        records = [record for record in page.records if not record.gone]
        tally = Tally(seen=len(records))
        for flow in self.road.flows.of(phase.where, phase.name):
            fresh = [each for each in records if not self.links.is_settled(flow.name, phase.where, each.id)]
            if fresh:
                done = sync_page(self.road, phase.where, Page(phase.name, fresh, None), [flow])
                tally.problems += done.problems
        self._account_for(phase, records)
        return tally

    def _account_for(self, phase: Phase, records: Sequence[Record]) -> None:
        """What nothing was told of is linked already, or left out."""
        flows = self.road.flows.of(phase.where, phase.name)
        left = {record.id: record for record in records}
        for flow in flows:
            found = self.links.find(flow.name, **{phase.where.value: list(left)}) if left else []
            for link in found:
                left.pop(link.ours if phase.where is Where.OURS else link.theirs or "", None)
                if link.usable and (flow.name, link.ours) not in self.links.told:
                    self.links.told[flow.name, link.ours] = Told(flow.name, link.ours, link.theirs, Fate.KNOWN)
        for id, record in left.items():
            self.left[f"{phase.where}/{phase.name}", id] = flows[0].name
            samples = self.links.samples[f"{flows[0].name}#{Fate.LEFT_OUT}"]
            if len(samples) < SHOWN:
                samples.append(_left_out(flows, phase.where, record))

    def counts(self) -> list[dict[str, Any]]:
        """Of each flow: how many records meet which fate, and how many of the pairs would be changed where."""
        fates: dict[str, Counter[str]] = defaultdict(Counter)
        for told in self.links.told.values():
            fates[told.flow][told.fate] += 1
            fates[told.flow]["changed_here"] += told.changed_here
            fates[told.flow]["changed_there"] += told.changed_there
        for flow in self.left.values():
            fates[flow][Fate.LEFT_OUT] += 1
        names = (*Fate, "changed_here", "changed_there")
        return [
            {"flow": flow.name, **{str(name): fates[flow.name][name] for name in names}} for flow in self.road.flows
        ]


def _left_out(flows: Sequence[Flow], where: Where, record: Record) -> dict[str, Any]:
    flow = flows[0]
    values = flow.incoming(record.values, {}) if where is Where.THEIRS else record.values
    ids = {"ours": record.id, "theirs": None} if where is Where.OURS else {"ours": None, "theirs": record.id}
    said = {"changed_here": [], "changed_there": [], "reason": _why_left(flows, where, record), "remedy": ""}
    return {"flow": flow.name, "fate": Fate.LEFT_OUT.value, **ids, "name": title(flow, values), **said}


def _why_left(flows: Sequence[Flow], where: Where, record: Record) -> str:
    conditions = [flow.when_ours if where is Where.OURS else flow.when_theirs for flow in flows]
    if not any(condition(record.values) for condition in conditions):
        words = " or ".join(dict.fromkeys(condition_in_words(each) for each in conditions))
        return f"It is taken along when {words}."
    if where is Where.OURS:
        return "It has no counterpart there, and none is made."
    return "It has no counterpart here, and none is made."


def rehearsed(road: Any, rows: Iterable[Told], left: Mapping[tuple[str, str], str]) -> Rehearsal:
    """A rehearsal on this road, which has told these rows already."""
    sides = {Where.OURS: Still(road.ours, ours=True), Where.THEIRS: Still(road.theirs)}
    links = Supposed(road.links, road.flows, sides)
    links.recall(rows)
    quiet = replace(
        road,
        ours=sides[Where.OURS],
        theirs=sides[Where.THEIRS],
        links=links,
        brake=Brake(released=True),
        merge_ours=lambda *_: None,
    )
    return Rehearsal(quiet, links, dict(left))


def unanswered(links: Iterable[Link]) -> Iterator[Link]:
    """Questions of an earlier look that nobody has answered: they are asked anew, if they still come up."""
    return (link for link in links if link.question is not None and link.base is None)


def in_order(flows: Flows, phases: Collection[Phase]) -> list[str]:
    """The names of the objects and kinds, in the order in which they are looked at."""
    return list(dict.fromkeys(phase.name for phase in phases if flows.of(phase.where, phase.name)))
