"""The preview of an initial sync: a run that rehearses it, page by page, in as many invocations as it takes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import dropwhile
from typing import Any

from timebridge import context, initial_sync, ordering, queue
from timebridge.changes import Where
from timebridge.connecting import start
from timebridge.connecting.rehearsal import Rehearsal, Told, rehearsed, unanswered
from timebridge.context import Context
from timebridge.initial_sync import Phase
from timebridge.links import Link
from timebridge.messages import Check
from timebridge.runs import RunStatus, Tally
from timebridge.sides import Cursor
from timebridge.store.links import QUESTION, DynamoLinks

type Late = Callable[[], bool]

PREVIEW = "preview"
ROWS = 1_000
"""What is remembered between two invocations, in one item."""

MANY = 200
REMEMBERED = "~remembered"
"""The name under which a preview keeps what it has to know when it goes on; it sorts behind all samples."""


def take(road: Context, check: Check, late: Late) -> None:
    """Raises what reading either side raises. A run that was cancelled meanwhile ends without a word."""
    if not check.start:
        _forget_questions(road)
    rehearsal = _recalled(road, check)
    for phase, place, tally in _walked(road, rehearsal, check.start):
        road.runs.part(check.run, phase.name, f"{phase.key}~{place}", tally)
        if not _goes_on(road, check.run):
            return
        if place not in ("", check.start) and late():  # some sides hand their last page over again
            _remember(road, check.run, rehearsal)
            queue.send(road.connection.tenant, road.connection.id, checks=[replace(check, start=place)])
            return
    _finish(road, check.run, rehearsal)


def _walked(road: Context, rehearsal: Rehearsal, begin: str) -> Iterator[tuple[Phase, str, Tally]]:
    """Each page, with the place behind it; without one where the side cannot go on from there."""
    number, stamp, id = begin.split("~", 2) if begin else ("0", "", "")
    since = start.since(road.connection.settings, context.zone_of(road.connection), road.now())
    every = initial_sync.phases(road.flows, order=road.connection.settings.get(ordering.SETTING, ()))
    for phase in dropwhile(lambda each: number not in ("0", str(each.number)), every):
        cursor = Cursor(since) if since else None
        if phase.number == int(number) and stamp:
            cursor = Cursor(datetime.fromisoformat(stamp), id)
        side = road.theirs if phase.where is Where.THEIRS else road.ours
        for page in side.changed({phase.name: cursor}):
            at = page.cursor
            place = f"{phase.number}~{at.stamp.isoformat()}~{at.id}" if at else ""
            before = road.calls
            tally = rehearsal.walk(phase, page)
            tally.calls = road.calls - before
            yield phase, place, tally


def _goes_on(road: Context, run: str) -> bool:
    found = road.runs.get(run)
    return found is not None and found.status is RunStatus.RUNNING


def _finish(road: Context, run: str, rehearsal: Rehearsal) -> None:
    samples = {
        f"{name}#{number:03d}": sample
        for name, some in rehearsal.links.samples.items()
        for number, sample in enumerate(some)
    }
    road.runs.keep(run, samples)
    outcome = {"version": road.connection.version, "flows": rehearsal.counts()}
    road.runs.finish(run, RunStatus.DONE, outcome=outcome)


# --- between two invocations -----------------------------------------------------------------------------------------


def _remember(road: Context, run: str, rehearsal: Rehearsal) -> None:
    rows = [each.to_json() for each in rehearsal.links.told.values()]
    left = [[*key, flow] for key, flow in rehearsal.left.items()]
    kept: dict[str, dict[str, Any]] = {"samples": dict(rehearsal.links.samples)}
    for name, all_ in (("rows", rows), ("left", left)):
        for position in range(0, len(all_), ROWS):
            kept[f"{name}{position // ROWS:05d}"] = {name: all_[position : position + ROWS]}
    road.runs.keep(run, {f"{REMEMBERED}#{name}": data for name, data in kept.items()})


def _recalled(road: Context, check: Check) -> Rehearsal:
    rows: list[Told] = []
    left: dict[tuple[str, str], str] = {}
    samples: dict[str, list[dict[str, Any]]] = {}
    for data in _remembered(road, check.run) if check.start else ():
        rows += [Told.from_json(row) for row in data.get("rows", ())]
        left |= {(feed, id): flow for feed, id, flow in data.get("left", ())}
        samples |= data if not {"rows", "left"} & data.keys() else {}
    rehearsal = rehearsed(road, rows, left)
    rehearsal.links.samples.update(samples)
    return rehearsal


def _remembered(road: Context, run: str) -> Iterator[dict[str, Any]]:
    next: str | None = ""
    while next is not None:
        found, next = road.runs.found(f"{run}#{REMEMBERED}", next or None, MANY)
        yield from found


def _forget_questions(road: Context) -> None:
    store = DynamoLinks(road.connection.tenant, road.connection.id)
    for flow in road.flows:
        found: list[Link] = []
        next: str | None = ""
        while next is not None:
            some, next = store.waiting(flow.name, QUESTION, next or None, MANY)
            found += some
        road.links.forget(list(unanswered(found)))
