"""Solved lately: problems that went away, when, and in which run."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from timebridge import presets
from timebridge.api.access import EVERYBODY, Noun, TenantId
from timebridge.api.problems import PATH
from timebridge.api.refused import RefusedView, refused
from timebridge.api.views import Asked, Limit, Page, Start
from timebridge.flows import Flow
from timebridge.links import State
from timebridge.questions import waiting
from timebridge.records import Record
from timebridge.store import solved as store
from timebridge.store.records import Workspace
from timebridge.store.solved import Solved
from timebridge.tenants import Connection

solved = Noun("solved problems")

LOOKED_AT = 1_000
"""How many of a connection are looked at, at most."""


class End(StrEnum):
    """`in_step`: both sides agree. `ended`: one of the two is gone, or they are a pair no more."""

    IN_STEP = "in_step"
    ENDED = "ended"


class Filters(Asked):
    connection: str | None = Field(default=None, max_length=100, description="Only this connection.")
    kind: str | None = Field(default=None, max_length=40, description="Only this kind of record, like `client`.")
    trouble: str | None = Field(default=None, max_length=40, description="Only what had this trouble.")
    q: str = Field(default="", max_length=200, description="Only what holds this text: name, reason, field or an id.")

    def fits(self, flow: Flow, each: Solved) -> bool:
        pairs = ((self.kind, flow.kind), (self.trouble, each.problem.trouble))
        return all(wanted in (None, found) for wanted, found in pairs) and _says(each, self.q)


class SolvedView(RefusedView):
    """`reason`, `remedy`, `field`: of the last refusal. `run`, `by`: the run that solved it and who started that;
    missing where one of the two records was edited."""

    at: datetime
    end: End
    run: str | None
    by: str | None


type Found = tuple[Connection, Flow, Solved]


@solved.get(f"{PATH}/solved", EVERYBODY, "List what was solved lately")
def list_solved(
    tenant: TenantId, asked: Annotated[Filters, Query()], start: Start = None, limit: Limit = 50
) -> Page[SolvedView]:
    """Of the last 14 days, the latest first."""
    connections = [each for each in waiting.connections_of(tenant) if asked.connection in (None, each.id)]
    found = sorted((each for one in connections for each in _of(one, asked)), key=_place, reverse=True)
    rest = [each for each in found if start is None or _place(each) < start]
    shown = rest[:limit]
    next = _place(shown[-1]) if len(rest) > len(shown) else None
    return Page[SolvedView](items=_views(tenant, shown), next=next)


def _of(connection: Connection, asked: Filters) -> Iterable[Found]:
    """What is of a flow that is switched off by now is left out."""
    flows = {flow.name: flow for flow in presets.flows_of(connection)}
    for each in store.solved(connection.tenant, connection.id, LOOKED_AT):
        flow = flows.get(each.flow)
        if flow is not None and asked.fits(flow, each):
            yield connection, flow, each


def _place(found: Found) -> str:
    _, _, each = found
    return "~".join((each.at.isoformat(timespec="microseconds"), each.connection, each.flow, each.ours))


def _says(each: Solved, text: str) -> bool:
    problem, wanted = each.problem, text.strip().casefold()
    said = (problem.about, problem.reason, problem.field, problem.trace, each.ours, each.theirs)
    return not wanted or any(wanted in word.casefold() for word in said if word)


def _views(tenant: str, shown: Sequence[Found]) -> list[SolvedView]:
    space, ids = Workspace(tenant), dict[str, list[str]]()
    for _, flow, each in shown:
        ids.setdefault(flow.kind, []).append(each.ours)
    known = {record.id: record for kind, some in ids.items() for record in space.read(kind, list(dict.fromkeys(some)))}
    return [_view(*found, known.get(found[2].ours)) for found in shown]


def _view(connection: Connection, flow: Flow, each: Solved, record: Record | None) -> SolvedView:
    return SolvedView(
        **refused(connection, flow, (each.ours, each.theirs), each.problem, record, each.problem.about),
        at=each.at,
        end=End.IN_STEP if each.state is State.LIVE else End.ENDED,
        run=each.run,
        by=each.by,
    )
