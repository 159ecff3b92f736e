"""Looks at a connection that take a run of their own, behind everything that was queued before them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from timebridge import context, presets, queue
from timebridge.context import Context
from timebridge.edits import SELF_TEST
from timebridge.errors import SyncError, Transient
from timebridge.flows import Flow
from timebridge.insight.drift import Drift, compare, is_pair
from timebridge.links import Link, State
from timebridge.messages import Check
from timebridge.pull import BATCH
from timebridge.runs import RunStatus, Tally
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.worker import selftest

type Late = Callable[[], bool]


def take(road: Context, check: Check, late: Late) -> None:
    """Raises Transient, whereupon the message comes again; anything else ends the run as well."""
    try:
        CHECKS[check.what](road, check, late)
    except Transient:
        raise
    except SyncError as error:
        road.runs.finish(check.run, RunStatus.FAILED, reason=error.for_user)
        raise


# --- verify ----------------------------------------------------------------------------------------------------------


def verify(road: Context, check: Check, late: Late) -> None:
    """Read every linked pair from both sides and keep those that do not agree."""
    chosen, road = road.flows, wide(road)
    for flow, start, links, next in _pages(road, check.start):
        off = {field.ours for field in flow.fields} - {field.ours for field in chosen[flow.name].fields}
        before = road.calls
        found = compare(road, flow, links, frozenset(off))
        tally = _tally(links, found)
        tally.calls, total = road.calls - before, road.links.count(flow.name)
        road.runs.part(check.run, flow.object, f"{flow.name}~{start}", tally, total)
        road.runs.keep(check.run, {f"{flow.name}#{drift.link.ours}": kept(flow, drift) for drift in found})
        if next is not None and late():
            queue.send(road.connection.tenant, road.connection.id, checks=[replace(check, start=next)])
            return
    run = road.runs.get(check.run)
    tally = run.tally if run else Tally()
    outcome = {
        "pairs": tally.seen,
        "equal": tally.unchanged,
        "different": tally.different,
        "skipped": tally.skipped,
        "calls": tally.calls,
    }
    road.runs.finish(check.run, RunStatus.DONE, outcome=outcome)


def wide(road: Context) -> Context:
    """The road as it would be without the fields that the settings switched off: their values are compared too."""
    chosen = road.connection.settings.get("flows", {})
    if not any(line.get("off") for flow in chosen.values() for line in flow.get("fields", {}).values()):
        return road
    on = {
        name: {**flow, "fields": {ours: {**line, "off": False} for ours, line in flow.get("fields", {}).items()}}
        for name, flow in chosen.items()
    }
    flows = presets.flows_of(replace(road.connection, settings={**road.connection.settings, "flows": on}))
    app, grants = context.app_of(road.connection), context.grants(road.connection)
    return replace(road, flows=flows, theirs=road.provider.open_side(app, grants, road.connection, flows))


def _pages(road: Context, start: str) -> Iterator[tuple[Flow, str, list[Link], str | None]]:
    """The links of each flow, with where this page started and where the next one does (None after the last)."""
    store = DynamoLinks(road.connection.tenant, road.connection.id)
    name, _, inner = start.partition("~")
    wanted = list(road.flows)
    for position, flow in enumerate(wanted):
        if name and flow.name != name:
            continue
        name, more = "", True
        while more:
            links, after = store.page(flow.name, None, inner or None, BATCH)
            last = position == len(wanted) - 1
            next = f"{flow.name}~{after}" if after else None if last else f"{wanted[position + 1].name}~"
            yield flow, inner, links, next
            inner, more = after or "", after is not None


def _tally(links: list[Link], found: list[Drift]) -> Tally:
    pairs = [link for link in links if is_pair(link)]
    waiting = [link for link in links if not is_pair(link) and link.state is not State.TOMBSTONE]
    equal = len(pairs) - len(found)
    return Tally(seen=len(pairs) + len(waiting), unchanged=equal, different=len(found), skipped=len(waiting))


def kept(flow: Flow, drift: Drift) -> dict[str, Any]:
    differences = [
        {"field": each.field, "ours": each.ours, "theirs": each.theirs, "why": each.why.value}
        for each in drift.differences
    ]
    ids = {"flow": flow.name, "ours": drift.link.ours, "theirs": drift.link.theirs}
    return {**ids, "name": drift.name, "differences": differences}


# --- the others ------------------------------------------------------------------------------------------------------


def self_test(road: Context, check: Check, _: Late) -> None:
    unseen = Workspace(road.connection.tenant, SELF_TEST)
    steps = selftest.run(replace(road, ours=unseen), check.run)
    failed = [step for step in steps if step["ok"] is False]
    status = RunStatus.FAILED if failed else RunStatus.DONE
    road.runs.finish(check.run, status, reason=failed[0]["words"] if failed else None, outcome={"steps": steps})


def _posting(road: Context, check: Check, late: Late) -> None:
    from timebridge.postings import posting  # of no use to connections without books

    posting.take(road, check, late)


def _importing(road: Context, check: Check, late: Late) -> None:
    from timebridge.worker import importing

    importing.take(road, check, late)


def _preview(road: Context, check: Check, late: Late) -> None:
    from timebridge.connecting import preview  # while a connection is set up

    preview.take(road, check, late)


CHECKS: dict[str, Callable[[Context, Check, Late], None]] = {
    "import": _importing,
    "preview": _preview,
    "verify": verify,
    "self_test": self_test,
    **dict.fromkeys(("post", "withdraw", "repost"), _posting),
}
