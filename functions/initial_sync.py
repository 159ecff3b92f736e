"""The steps of the state machine `statemachines/initial_sync.asl.json`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from timebridge import context, initial_sync, ordering, presets, queue, timing
from timebridge.connecting.holding import Stoppable
from timebridge.context import Context, NotOpen
from timebridge.initial_sync import Answer, Export, Phase
from timebridge.messages import Pull
from timebridge.providers.provider import Finding
from timebridge.records import Record
from timebridge.runs import Kept, RunStatus, Tally
from timebridge.sides import Cursor
from timebridge.telemetry import logger
from timebridge.tenants import Connection, Status
from timebridge.worker.following import records_of

SPARE = 60_000
"""Milliseconds: an export that has less time left goes on in another invocation."""

type Event = Mapping[str, Any]
type Late = Callable[[], bool]


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], lambda_context: LambdaContext) -> Answer:
    try:
        return STEPS[event["step"]](event, lambda: lambda_context.get_remaining_time_in_millis() < SPARE)
    except NotOpen:
        if not _is_called_off(event):
            raise
        logger.info("nothing more to do: somebody called it off", run=event["run"])
        return NOTHING_LEFT[event["step"]]


NOTHING_LEFT: Mapping[str, Answer] = {
    "plan": {"phases": []},
    "export": {"done": True, "export": None, "manifest": None},
    "part": {},
    "close": {},
}
"""What the steps of an initial sync answer that somebody called off: it ends by itself, and no alarm follows."""


def _is_called_off(event: Event) -> bool:
    """Whether people ended this load: cancelled it, disconnected meanwhile, or began another one."""
    found = context.connection(event["tenant"], event["connection"])
    if found is None:
        return True
    runs = context.runs(found)
    if found.status is Status.CLOSED:
        runs.finish(event["run"], RunStatus.CANCELLED, reason="The connection was disconnected.")
    run = runs.get(event["run"])
    return found.run != event["run"] or run is None or run.status is RunStatus.CANCELLED


def plan(event: Event, _: Late) -> Answer:
    """The phases, parents first. Exports of a sync that broke off are taken up."""
    with _opened(event) as road:
        context.exports(road.connection).began(datetime.now(UTC))
        absent = initial_sync.absent(_findings(road), presets.flows_of(replace(road.connection, absent=())))
        if absent != tuple(road.connection.absent):
            context.changed(road.connection, absent=absent)
        order = road.connection.settings.get(ordering.SETTING, ())
        chosen = initial_sync.phases(road.flows, _kinds(road, event), order)
        return {"phases": [phase.to_json() for phase in chosen]}


def export(event: Event, late: Late) -> Answer:
    phase = Phase.from_json(event["phase"])
    with _opened(event) as road:
        exports = context.exports(road.connection)
        began = exports.began(datetime.now(UTC))
        answer = Export(road, road.provider, exports, phase, late, began, _since(road)).step(event["export"])
        road.runs.part(event["run"], phase.name, "export", Tally(), initial_sync.total(road, exports, phase))
        return answer


def part(event: Event, _: Late) -> Answer:
    """One part of a phase; it is forgotten when it is done, and one that is forgotten is done."""
    phase, key = Phase.from_json(event["phase"]), event["part"]["key"]
    with _opened(event) as road:
        exports = context.exports(road.connection)
        records = exports.part(key)
        if records is None:
            return {}
        road.solving.within(event["run"], "initial sync")
        tally = _synced(road, event["run"], phase, key.rpartition("/")[2], records)
        context.carried(road.connection).add(tally, road.now())
        context.told_errors(road, tally)
        exports.forget_part(key)
        return tally.counts()


def _synced(road: Context, run: str, phase: Phase, name: str, records: Sequence[Record]) -> Tally:
    """What was done is written down whether or not it came to its end: one that is tried again only does the rest."""
    kept = records_of(road, run)
    before = road.runs.done_before(run, phase.name, name)
    tally = Kept(keep=kept.keep, known=kept.open(before.records) if before else set())
    try:
        initial_sync.sync_part(_stoppable(road, run), phase, records, tally)
    finally:
        tally.hand_over()
        tally.calls = road.calls
        road.runs.part(run, phase.name, name, tally.after(before) if before else tally)
    return tally


def close(event: Event, _: Late) -> Answer:
    """The connection goes live, and its first pull begins where the exports began."""
    with _opened(event, Status.LIVE) as road:
        connection, exports = road.connection, context.exports(road.connection)
        if connection.status is Status.LOADING:  # else an answer of ours was lost, and only the tidying is left
            began = exports.began(datetime.now(UTC))
            initial_sync.close(road, road.cursors, exports, began, _kinds(road, event))
            _go_live(connection, event["run"], began)
        road.runs.finish(event["run"], RunStatus.DONE)
        queue.send(connection.tenant, connection.id, pull=Pull("initial sync"))
        exports.clear()
        return {}


def _go_live(connection: Connection, run: str, began: datetime) -> None:
    """Raises NotOpen where somebody cancelled the run at the last moment."""
    soon = timing.rescheduled(replace(connection, status=Status.LIVE))
    values = {"status": Status.LIVE, "run": None, "last_pull": began, "next_pull": soon}
    if context.changed(connection, among=(Status.LOADING,), of_run=run, **values) is None:
        raise NotOpen(None)


@contextmanager
def _opened(event: Event, *also: Status) -> Iterator[Context]:
    """The road of a connection that loads, for the steps of that load alone: another one may have taken its place.

    Raises NotOpen.
    """
    with context.opened(event["tenant"], event["connection"], Status.LOADING, *also) as road:
        if road.connection.status is Status.LOADING and road.connection.run != event["run"]:
            raise NotOpen(road.connection.status)
        yield road


def _stoppable(road: Context, run: str) -> Context:
    """The road as long as nobody cancels the run: from then on neither side is written."""

    def check() -> None:
        now = context.connection(road.connection.tenant, road.connection.id)
        if now is None or now.status is not Status.LOADING or now.run != run:
            raise NotOpen(now.status if now else None)

    return replace(road, ours=Stoppable(road.ours, check), theirs=Stoppable(road.theirs, check))


def _kinds(road: Context, event: Event) -> tuple[str, ...]:
    """What the run was asked for; nothing: everything."""
    run = road.runs.get(event["run"])
    return run.kinds if run else ()


def _findings(road: Context) -> list[Finding]:
    connection = replace(road.connection, absent=())
    app, grants = context.app_of(connection), context.grants(connection)
    return road.provider.examine(app, grants, connection, presets.flows_of(connection))


def _since(road: Context) -> Cursor | None:
    since = road.connection.since
    return Cursor(datetime.fromisoformat(since)) if since else None


REASONS = {
    "Disconnected": "The other system refused the connection.",
    "Transient": "The other system could not be reached for a long time.",
    "RateLimited": "The other system allowed no more calls.",
    "Rejected": "The other system could not hand over its records.",
}


def fail(event: Event, _: Late) -> Answer:
    """The tenant reads why; a connection that was stopped meanwhile keeps its own reason."""
    error = event["error"]
    logger.error("initial sync failed", run=event["run"], error=error.get("Error"), cause=error.get("Cause"))
    found = context.connection(event["tenant"], event["connection"])
    if found is not None and found.run == event["run"]:
        reason = _reason(found, error.get("Error", ""))
        context.runs(found).finish(event["run"], RunStatus.FAILED, reason=reason)
        remedy = "Start the initial sync again: only what is left is done."
        values = {"status": Status.PAUSED, "reason": reason, "remedy": remedy}
        context.changed(found, among=(Status.LOADING,), of_run=event["run"], **values)
    return {}


def _reason(connection: Connection, error: str) -> str:
    left = len(context.exports(connection).left())
    if left and error == "Rejected":
        return f"{left} parts could not be handled; the problems of the run say why."
    if error == "NotOpen" and connection.reason:
        return connection.reason
    return REASONS.get(error, "Something unexpected happened; we have been told.")


STEPS: dict[str, Callable[[Event, Late], Answer]] = {step.__name__: step for step in (plan, export, part, close, fail)}
