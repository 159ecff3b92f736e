"""Which records a run wrote, linked or parked, and what it did to each."""

from collections.abc import Sequence
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from timebridge import presets
from timebridge.api.access import EVERYBODY, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.kinds import PLURAL_OF
from timebridge.api.run_problems import names_in
from timebridge.api.runs import PATH, run_of
from timebridge.api.views import Limit, Page, Start, View
from timebridge.runs import Deed, What, in_order
from timebridge.store.run_records import RunRecords

run_records = Noun("run records")

OfWhat = Annotated[What | None, Query(description="Only those to which this was done.")]
OfFlow = Annotated[str | None, Query(max_length=100, description="Only of this flow.")]


class RunRecordView(View):
    """One record, and what was done to it; one to which several things were done stands there for each of them."""

    what: What
    flow: str
    kind: str | None = Field(description="Of our record; missing where the flow is switched off by now.")
    kinds: str | None = Field(description="The word for that kind in paths.")
    ours: str
    theirs: str
    name: str | None = Field(description="Of our record, where there is one; also of one that is archived.")


@run_records.get(f"{PATH}/<run>/records", EVERYBODY, "List the records of a run, and what it did to each")
def list_run_records(
    tenant: TenantId,
    connection: ConnectionId,
    run: Name,
    what: OfWhat = None,
    flow: OfFlow = None,
    start: Start = None,
    limit: Limit = 50,
) -> Page[RunRecordView]:
    """All that it wrote on either side, linked or parked; never those that it found in step. What may need somebody
    first, then by flow, in the order in which it was done."""
    found = run_of(tenant, connection, run)
    wanted = [
        group for group, _ in in_order(found.tally.records) if what in (None, group[0]) and flow in (None, group[1])
    ]
    deeds, next = RunRecords(tenant, connection, run).page(wanted, start, limit)
    return Page[RunRecordView](items=_views(tenant, connection, deeds), next=next)


def _views(tenant: str, connection: str, deeds: Sequence[Deed]) -> list[RunRecordView]:
    flows = {flow.name: flow for flow in presets.flows_of(connection_of(tenant, connection))}
    names = names_in(tenant, flows, [(deed.flow, deed.ours) for deed in deeds])
    kinds = {name: flow.kind for name, flow in flows.items()}
    return [
        RunRecordView(
            **deed._asdict(),
            kind=kinds.get(deed.flow),
            kinds=PLURAL_OF.get(kinds.get(deed.flow, "")),
            name=names.get((deed.flow, deed.ours)),
        )
        for deed in deeds
    ]
