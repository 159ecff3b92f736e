"""What happened to a record: who changed it and what, what was decided about its links, when it was parked and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from timebridge import presets
from timebridge.changes import Where
from timebridge.flows import Flow
from timebridge.links import Link
from timebridge.records import Record, Value
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Status
from timebridge.wording import sentence

RUNS_SEARCHED = 50
"""The latest runs of a connection, in which a record may have been parked."""

LINES = 50
"""Of the audit trail, about one thing."""

RULE = "rule"
"""Who decides where the flow says whose value counts. What people decide stands in the audit trail."""

TAKEN = {Where.OURS: "ours was taken", Where.THEIRS: "theirs was taken", None: "another value was taken"}


class What(StrEnum):
    """`changed`: the latest revision, whoever wrote it. `acted`: somebody did something to it. `parked`: in a run.
    `decided`: between the values of ours and theirs. `retry`: it is tried again, in the future."""

    CHANGED = "changed"
    ACTED = "acted"
    PARKED = "parked"
    DECIDED = "decided"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Event:
    """`act`: the verb of the audit trail. `changes`: by field, the values before and after. `run`: in which it was."""

    at: datetime
    what: What
    actor: str = ""
    act: str = ""
    words: str = ""
    connection: str | None = None
    flow: str | None = None
    run: str | None = None
    changes: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)


def events(tenant: str, kind: str, record: Record) -> list[Event]:
    """The latest first."""
    return sorted(_events(tenant, kind, record), key=lambda event: event.at, reverse=True)


def _events(tenant: str, kind: str, record: Record) -> Iterator[Event]:
    acts = [*_acts(tenant, record.id), *_acts(tenant, f"{kind} {record.id}")]
    yield from acts
    if record.stamp is not None and not any(_is_same(event, record) for event in acts):
        actor = Workspace(tenant).written_by(kind, record.id)
        yield Event(record.stamp, What.CHANGED, actor or "", words=f"Revision {record.version}")
    for connection in Connections().of(tenant):
        if connection.status is not Status.CLOSED:
            yield from _of_connection(connection, kind, record.id)


def _is_same(event: Event, record: Record) -> bool:
    """Whether this act made the latest revision: it is not told twice."""
    return bool(event.changes) and abs((event.at - record.stamp).total_seconds()) < 5 if record.stamp else False


def _acts(tenant: str, target: str, connection: str | None = None, flow: str | None = None) -> Iterator[Event]:
    for line in Audit(tenant).about(target, LINES):
        changes = {name: (before, after) for name, before, after in _moved(line)}
        at = datetime.fromisoformat(line["stamp"])
        yield Event(at, What.ACTED, line["actor"], line["what"], "", connection, flow, changes=changes)


def _moved(line: Mapping[str, Any]) -> Iterator[tuple[str, Value, Value]]:
    before, after = line["before"] or {}, line["after"] or {}
    for name in dict.fromkeys((*before, *after)):
        yield name, before.get(name), after.get(name)


def _of_connection(connection: Connection, kind: str, id: str) -> Iterator[Event]:
    flows = presets.flows_of(connection).of(Where.OURS, kind)
    links = DynamoLinks(connection.tenant, connection.id)
    for flow in flows:
        yield from _acts(connection.tenant, f"link {flow.name} {id}", connection.id, flow.name)
        for link in links.find(flow.name, ours=[id]):
            yield from _of_link(connection, flow, link)
    if flows:
        yield from _parkings(connection, id)


def _of_link(connection: Connection, flow: Flow, link: Link) -> Iterator[Event]:
    for decision in link.decisions:
        if decision.at is not None and decision.by == RULE:
            words, changes = TAKEN[decision.taken], {decision.field: (decision.ours, decision.theirs)}
            yield Event(decision.at, What.DECIDED, RULE, "", words, connection.id, flow.name, changes=changes)
    if link.problem is not None and link.problem.retry_at is not None:
        words = link.problem.reason
        yield Event(link.problem.retry_at, What.RETRY, words=words, connection=connection.id, flow=flow.name)


def _parkings(connection: Connection, id: str) -> Iterator[Event]:
    for run in Runs(connection.tenant, connection.id).list(RUNS_SEARCHED)[0]:
        for problem in run.tally.problems:
            if problem.get("ours") == id:
                words = f"{sentence(problem['reason'])} {problem.get('remedy') or ''}".strip()
                at = run.ended or run.started
                yield Event(at, What.PARKED, run.kind, "", words, connection.id, problem.get("flow"), run.id)
