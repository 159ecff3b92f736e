"""Conflicts: fields that both sides moved, the three values, and which of them counts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field

from timebridge.api.access import ADMINS, EVERYBODY, Asking, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.links import FlowName, chosen, link_of, listed, queued
from timebridge.api.names import names_of
from timebridge.api.runs import open_connection
from timebridge.api.views import Asked, Kept, Limit, Page, Queued, Start, View
from timebridge.changes import Where
from timebridge.flows import Flow
from timebridge.links import Link
from timebridge.questions import deciding
from timebridge.store.links import CONFLICT, DECIDED, DynamoLinks
from timebridge.store.records import Workspace
from timebridge.wording import called

conflicts = Noun("conflicts")

PATH = "/tenants/<tenant>/connections/<connection>/conflicts"


class ClashView(View):
    """`base`: what both agreed on before. `open`: nobody has decided, the two differ. `taken` is missing when somebody
    gave another value; `by` is "rule" where the flow's winner decided. `name`: of the record; `names`: of the
    records whose ids the values are."""

    flow: str
    kind: str
    ours_id: str
    theirs_id: str | None
    field: str
    base: Kept
    ours: Kept
    theirs: Kept
    open: bool
    taken: Where | None = None
    by: str | None = None
    at: datetime | None = None
    revision: int
    name: str = ""
    names: dict[str, str] = Field(default_factory=dict)


class Take(StrEnum):
    OURS = "ours"
    THEIRS = "theirs"
    VALUE = "value"


class Verdict(Asked):
    field: str = Field(max_length=80)
    take: Take
    value: Kept = Field(default=None, description="With `value`: what both sides get.")


Decided = Annotated[bool, Query(description="Also those that are decided; each can be decided otherwise.")]


@conflicts.get(PATH, EVERYBODY, "List fields that both sides moved")
def list_conflicts(
    tenant: TenantId,
    connection: ConnectionId,
    flow: FlowName = None,
    decided: Decided = False,
    start: Start = None,
    limit: Limit = 50,
) -> Page[ClashView]:
    """Open ones; with `decided` the pairs where a value was taken, by rule or by a person, instead."""
    found = connection_of(tenant, connection)
    fetch = partial(_views, DynamoLinks(tenant, connection), DECIDED if decided else CONFLICT)
    page = listed(chosen(found, flow), fetch, start, limit)
    return Page[ClashView](items=list(_named(tenant, page["items"])), next=page["next"])


@conflicts.post(f"{PATH}/<flow>/<ours>/decide", ADMINS, "Decide which value counts", 202)
def decide_conflict(
    tenant: TenantId,
    connection: ConnectionId,
    flow: Name,
    ours: Name,
    asked: Annotated[Verdict, Body()],
    caller: Asking,
) -> Queued:
    """An open conflict, or one that was decided before. All values stay known, so it can be decided again."""
    found = open_connection(tenant, connection)
    flow_, link = link_of(found, flow, ours)
    take = None if asked.take is Take.VALUE else Where(asked.take)
    changes = deciding.decide(found, flow_, link, asked.field, take, asked.value, caller.name)
    detail: dict[str, Any] = asked.model_dump(mode="json", exclude_none=True)
    return queued(found, caller, "conflict.decide", f"link {flow} {ours}", changes, detail)


def _views(
    store: DynamoLinks, which: str, flow: Flow, start: str | None, limit: int
) -> tuple[list[ClashView], str | None]:
    found, next = store.waiting(flow.name, which, start, limit)
    return [view for link in found for view in _clashes(flow, link)], next


def _named(tenant: str, clashes: Iterable[ClashView]) -> Iterator[ClashView]:
    clashes, ids = list(clashes), defaultdict[str, dict[str, None]](dict)
    for clash in clashes:
        ids[clash.kind][clash.ours_id] = None
    space = Workspace(tenant)
    records = {record.id: record for kind, some in ids.items() for record in space.read(kind, list(some))}
    names = names_of(tenant, (value for clash in clashes for value in _values(clash)))
    for clash in clashes:
        name = called(records[clash.ours_id].values) if clash.ours_id in records else None
        meant = {value: names[value] for value in map(str, _values(clash)) if value in names}
        yield clash.model_copy(update={"name": name or "", "names": meant})


def _values(clash: ClashView) -> tuple[Kept, Kept, Kept]:
    return clash.base, clash.ours, clash.theirs


def _clashes(flow: Flow, link: Link) -> Iterator[ClashView]:
    pair: dict[str, Any] = {"flow": flow.name, "kind": flow.kind, "ours_id": link.ours, "theirs_id": link.theirs}
    for clash in (*link.conflicts, *link.decisions):
        values: dict[str, Any] = {
            name: getattr(clash, name, None) for name in ("field", "base", "ours", "theirs", "taken", "by", "at")
        }
        yield ClashView(**pair, **values, open=clash in link.conflicts, revision=link.revision)
