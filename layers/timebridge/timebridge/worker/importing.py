"""Import of what a provider held before: page by page, each document once, and a list of what was left out and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from timebridge import context, queue
from timebridge.changes import Where, chunks
from timebridge.context import Context
from timebridge.errors import Misconfigured, Rejected, Stale
from timebridge.histories import History, Left, Place, id_of, imported, left
from timebridge.links import Link, State
from timebridge.messages import Check
from timebridge.providers import provider
from timebridge.providers.provider import Historic
from timebridge.records import Record, Values
from timebridge.runs import Run, RunStatus, Tally
from timebridge.sides import Create, Written
from timebridge.workspace.kinds import kind_of

KIND = "import"
"""Of the runs, and of the checks that carry them out."""


def begin(type: str, first: str, last: str) -> str:
    """The `start` of a check: what is imported, and the days that are left."""
    return f"{type}~{first}~{last}"


def take(road: Context, check: Check, late: Any) -> None:
    """Import the days that are left; what time does not suffice for is another message."""
    type, first, last = check.start.split("~")
    run, history = road.runs.get(check.run), provider.histories(road.connection.provider).get(type)
    if run is None or history is None or not isinstance(road.theirs, Historic):
        raise Misconfigured("There is nothing to import like this.", detail=check.start)
    before = road.calls
    for number, page in enumerate(road.theirs.history(history.flow.object, first, last)):
        newest = str(page[-1].values["TxnDate"]) if page else first
        stops = late() and newest > first
        rows = [row for row in page if not stops or str(row.values["TxnDate"]) < newest]
        tally = _imported(road, run, history, rows)
        tally.calls, before = road.calls - before, road.calls
        road.runs.part(run.id, history.flow.object, f"{first}~{number}", tally)
        context.carried(road.connection).add(tally, road.now())
        if stops:
            queue.send(
                road.connection.tenant,
                road.connection.id,
                checks=[replace(check, start=begin(type, newest, last))],
            )
            return
    _finish(road, check)


def _finish(road: Context, check: Check) -> None:
    run = road.runs.get(check.run)
    tally = run.tally if run else Tally()
    outcome = {"imported": tally.created_ours, "here_already": tally.unchanged, "not_imported": tally.skipped}
    road.runs.finish(check.run, RunStatus.DONE, outcome=outcome | {"calls": tally.calls})


def _imported(road: Context, run: Run, history: History, rows: Sequence[Record]) -> Tally:
    tally = Tally(seen=len(rows))
    linked = _linked(road, history, [row.id for row in rows])
    fresh = [row for row in rows if row.id not in linked]
    known = _known(road, history, fresh)
    ready: list[tuple[Record, Values]] = []
    lefts: list[Left] = []
    for row in fresh:
        found = imported(history, road.connection.id, row, known)
        if isinstance(found, Left):
            lefts.append(found)
        else:
            ready.append((row, found))
    for some in chunks(ready, road.ours.batch_limit):
        lefts += _kept(road, history, some)
    road.runs.keep(run.id, {each.theirs: asdict(each) for each in lefts})
    mine = _made_since(road, run, history, linked)
    tally.skipped, tally.created_ours = len(lefts), len(fresh) - len(lefts) + mine
    tally.unchanged = len(linked) - mine
    return tally


def _linked(road: Context, history: History, theirs: Sequence[str]) -> dict[str, Link]:
    """By their id, those that are, or were, the counterpart of a record of ours: imported, or posted by us."""
    flow = history.flow
    names = [each.name for each in road.flows.of(Where.OURS, flow.kind) if each.object == flow.object]
    found = [link for name in names for link in road.links.find(name, theirs=theirs)] if theirs else []
    return {str(link.theirs): link for link in found}


def _made_since(road: Context, run: Run, history: History, linked: Mapping[str, Link]) -> int:
    """How many of them this very run has imported, before it was interrupted and began a page again."""
    mine = [link.ours for link in linked.values() if link.flow == history.flow.name]
    records = road.ours.read(history.flow.kind, mine) if mine else []
    return sum(record.stamp is not None and record.stamp >= run.started for record in records)


def _known(road: Context, history: History, rows: Iterable[Record]) -> dict[tuple[str, Place], str]:
    """By kind and place, our records to which theirs are linked."""
    kinds = kind_of(history.flow.kind).references
    wanted = {(kinds[name], *place) for row in rows for name, place in history.refers(row.values).items()}
    return dict(_found(road, wanted))


def _found(road: Context, wanted: set[tuple[str, str, str]]) -> Iterator[tuple[tuple[str, Place], str]]:
    for kind, object in sorted({(kind, object) for kind, object, _ in wanted}):
        ids = [id for k, o, id in wanted if (k, o) == (kind, object)]
        for flow in road.flows.of(Where.OURS, kind):
            for link in road.links.find(flow.name, theirs=ids) if flow.object == object else ():
                if link.usable:
                    yield (kind, (object, str(link.theirs))), link.ours


def _kept(road: Context, history: History, some: Sequence[tuple[Record, Values]]) -> list[Left]:
    """Write records of ours and their links; returns those that the workspace refuses.

    The id of ours follows from theirs: what a crash left without a link is found again, and linked then.
    """
    flow, connection = history.flow, road.connection.id
    creates = [Create(id_of(history, connection, row.id), values, row.id, "1") for row, values in some]
    links, lefts = list[Link](), list[Left]()
    for (row, _), create, outcome in zip(some, creates, road.ours.write(flow.kind, creates), strict=True):
        if isinstance(outcome, Written):
            base = flow.incoming(row.values, {})
            links.append(Link(flow.name, create.record, row.id, State.LIVE, base, row.version))
        elif isinstance(outcome, Rejected):
            lefts.append(left(row, outcome.for_user, outcome.remedy))
        else:
            raise outcome
    for saved in road.links.save(links):
        if isinstance(saved, Stale):
            raise saved
    return lefts
