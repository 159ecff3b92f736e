"""Why is, or is not, a record synchronised: found by whatever people know of it, and told for each flow."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge import presets
from timebridge.api.access import EVERYBODY, Noun, TenantId
from timebridge.api.errors import missing
from timebridge.api.kinds import PLURALS, Kinds, RecordId
from timebridge.api.links import LinkView, view
from timebridge.api.views import Page, View
from timebridge.changes import Where
from timebridge.flows import Flow
from timebridge.insight import looking
from timebridge.insight.badges import BADGES, Badge, stand
from timebridge.insight.looking import Found
from timebridge.insight.standing import Case, Cause, Standing, standing, unknown
from timebridge.records import Record
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Status

why = Noun("records")

RUNS_SEARCHED = 50
"""The latest runs of a connection, in which a record may have been parked."""

EVENTS = 50


class SyncView(View):
    """How a record stands with one flow of one connection: its link, and in words whether and why (not)."""

    connection: str
    flow: str
    badge: Badge
    cause: Cause
    words: str
    remedy: str
    link: LinkView | None


class EventView(View):
    """Something that happened to the record. `actor`: who did it; `sync` for the product itself."""

    at: datetime
    what: str
    actor: str
    words: str


class StandingView(SyncView):
    """One record and one flow. `next_pull`: when both sides are looked at again. `events`: the latest first."""

    kind: str
    object: str
    name: str
    ours: str | None
    theirs: str | None
    next_pull: datetime | None
    events: list[EventView]


class AnswerView(View):
    """`words`: the answer in one sentence, when nothing was found to say more about."""

    items: list[StandingView]
    cause: Cause | None = None
    words: str | None = None
    remedy: str | None = None


Text = Annotated[str, Query(min_length=1, max_length=200, description="A name, a number, or an id of either side.")]


@why.get("/tenants/<tenant>/why", EVERYBODY, "Why is, or is not, a record synchronised, by name, number or id")
def explain(tenant: TenantId, q: Text) -> AnswerView:
    """Looks on both sides, now. One line for each record that the text stands for and each flow that could carry it."""
    connections = [found for found in Connections().of(tenant) if found.status is not Status.CLOSED]
    items = [_told(found) for connection in connections for found in looking.look(connection, q.strip())]
    if items:
        return AnswerView(items=items)
    nothing = unknown()
    return AnswerView(items=[], cause=nothing.cause, words=nothing.words, remedy=nothing.remedy)


@why.get("/tenants/<tenant>/<kinds>/<id>/sync", EVERYBODY, "Why is, or is not, this record synchronised")
def explain_record(tenant: TenantId, kinds: Kinds, id: RecordId) -> Page[SyncView]:
    """From what is known here, without a look at the provider."""
    kind = PLURALS[kinds]
    record = Workspace(tenant).get(kind, id)
    if record is None:
        raise missing(kind.replace("_", " "))
    items = [
        _explained(connection, flow, record)
        for connection in Connections().of(tenant)
        for flow in presets.flows_of(connection).of(Where.OURS, kind)
    ]
    return Page[SyncView](items=items)


def _explained(connection: Connection, flow: Flow, record: Record) -> SyncView:
    [*links] = DynamoLinks(connection.tenant, connection.id).find(flow.name, ours=[record.id])
    found = stand(connection, flow, links[0] if links else None, record)
    return SyncView(**_facts(found.case, found.standing))


def _facts(case: Case, found: Standing) -> dict[str, Any]:
    return {
        "connection": case.connection.id,
        "flow": case.flow.name,
        "badge": BADGES[found.cause],
        "cause": found.cause,
        "words": found.words,
        "remedy": found.remedy,
        "link": view(case.connection, case.flow, case.link) if case.link else None,
    }


def _told(found: Found) -> StandingView:
    case, link = found.case, found.case.link
    ours = case.ours.id if case.ours else link.ours if link else None
    theirs = case.theirs.id if case.theirs else link.theirs if link else None
    events = sorted(_events(case, ours), key=lambda event: event.at, reverse=True)[:EVENTS]
    return StandingView(
        **_facts(case, standing(case)),
        kind=case.flow.kind,
        object=case.flow.object,
        name=found.name,
        ours=ours,
        theirs=theirs,
        next_pull=case.connection.next_pull,
        events=events,
    )


def _events(case: Case, ours: str | None) -> Iterator[EventView]:
    if case.ours is not None and case.ours.stamp is not None:
        yield EventView(at=case.ours.stamp, what="changed here", actor="", words=f"Revision {case.ours.version}.")
    if case.theirs is not None and case.theirs.stamp is not None:
        yield EventView(at=case.theirs.stamp, what="changed there", actor="", words=f"{case.flow.object}.")
    if ours is not None:
        yield from _acts(case.connection.tenant, ours)
        yield from _acts(case.connection.tenant, f"link {case.flow.name} {ours}")
        yield from _parkings(case.connection, ours)


def _acts(tenant: str, target: str) -> Iterator[EventView]:
    for line in Audit(tenant).about(target, EVENTS):
        changed = ", ".join(line["after"] or ())
        yield EventView(at=line["stamp"], what=line["what"], actor=line["actor"], words=changed)


def _parkings(connection: Connection, ours: str) -> Iterator[EventView]:
    for run in Runs(connection.tenant, connection.id).list(RUNS_SEARCHED)[0]:
        for problem in run.tally.problems:
            if problem.get("ours") == ours:
                yield EventView(at=run.ended or run.started, what="parked", actor=run.kind, words=problem["reason"])
