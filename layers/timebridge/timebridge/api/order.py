"""The order in which an initial sync goes through the kinds of records."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge import initial_sync, ordering, presets
from timebridge.api import versions
from timebridge.api.access import ADMINS, EVERYBODY, Asking, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.errors import Problem
from timebridge.api.views import Asked, View
from timebridge.changes import Where
from timebridge.flows import Flows
from timebridge.lines import Unfit
from timebridge.tenants import Connection, Status
from timebridge.wording import label

order = Noun("setup")

PATH = "/tenants/<tenant>/connections/<connection>/order"


class FeedView(View):
    """Records that are looked at in one go: of a kind (ours) or object (theirs). A run tells its progress by `name`."""

    where: Where
    name: str
    title: str


class StepView(View):
    """One kind. `after`: those it has to wait for. `may_rise`: whether it can change places with the one before it."""

    kind: str
    title: str
    after: list[str]
    may_rise: bool
    feeds: list[FeedView]


class OrderView(View):
    """`chosen`: somebody changed it. `items`: in this order, those that have something to look at."""

    chosen: bool
    items: list[StepView]


class OrderWish(Asked):
    kinds: list[Annotated[str, Field(max_length=100)]] = Field(max_length=100, description="Empty: as usual.")


@order.get(PATH, EVERYBODY, "Read the order of an initial sync")
def get_order(tenant: TenantId, connection: ConnectionId) -> OrderView:
    """Parents come before what refers to them, whatever was chosen."""
    return _view(connection_of(tenant, connection))


@order.post(PATH, ADMINS, "Change the order of an initial sync")
def change_order(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[OrderWish, Body()], caller: Asking
) -> OrderView:
    """Refused where a child would come before its parent. It holds for the next initial sync, and for one that was
    cancelled and is taken up; a preview stays as it is."""
    found = connection_of(tenant, connection)
    if found.status is Status.LOADING:
        said = "The initial sync is under way, in the order it began with."
        raise Problem(409, said, remedy="Cancel it first: what was done stays.", cause="Status")
    try:
        ordering.check(presets.flows_of(found), asked.kinds)
    except Unfit as error:
        raise Problem(422, error.said, remedy=error.remedy, field="kinds") from error
    rest = {name: value for name, value in found.settings.items() if name != ordering.SETTING}
    wanted = rest | ({ordering.SETTING: asked.kinds} if asked.kinds else {})
    if wanted != dict(found.settings):
        versions.publish(found, wanted, caller, "Order of the initial sync")
    return _view(connection_of(tenant, connection))


def _view(connection: Connection) -> OrderView:
    flows, wanted = presets.flows_of(connection), connection.settings.get(ordering.SETTING, ())
    feeds = _feeds(flows, wanted)
    kinds = [kind for kind in ordering.kinds_in_order(flows, wanted) if feeds.get(kind)]
    parents, ancestors = ordering.parents_of(flows), ordering.ancestors_of(flows)
    steps = [
        StepView(
            kind=kind,
            title=label(kind),
            after=[label(each) for each in kinds if each in parents[kind]],
            may_rise=place > 0 and kinds[place - 1] not in ancestors[kind],
            feeds=feeds[kind],
        )
        for place, kind in enumerate(kinds)
    ]
    return OrderView(chosen=bool(wanted), items=steps)


def _feeds(flows: Flows, wanted: list[str]) -> dict[str, list[FeedView]]:
    """By the kind whose turn it is first: each is looked at once."""
    found: dict[str, list[FeedView]] = {}
    for phase in initial_sync.phases(flows, order=wanted):
        about = flows.of(phase.where, phase.name)
        first = next(flow for flow in ordering.flows_in_order(flows, wanted) if flow in about)
        title = label(phase.name)
        found.setdefault(first.kind, []).append(FeedView(where=phase.where, name=phase.name, title=title))
    return found
