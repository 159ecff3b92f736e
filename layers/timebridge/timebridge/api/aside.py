"""Set aside: problems that somebody decided to live with. They are not tried again, and are not counted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge.api.access import ADMINS, Asking, Caller, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.links import link_of
from timebridge.api.problems import PATH, Among, by_connection, parked_among
from timebridge.api.runs import open_connection
from timebridge.api.sending import RETRY, sent
from timebridge.api.views import Asked, Queued, View
from timebridge.links import Aside, Link
from timebridge.pull import changes_of
from timebridge.questions import leaving
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.tenants import Connection

aside = Noun("set aside")

ONE = f"{PATH}/<connection>/<flow>/<ours>"
Reason = Annotated[str, Field(min_length=1, max_length=500, description="Why it may stay as it is.")]


class Leaving(Asked):
    reason: Reason


class LeavingAlike(Among):
    """Which are set aside: everything that is left out fits."""

    reason: Reason


class LeftView(View):
    """`records`: that are set aside now."""

    records: int


@aside.post(f"{ONE}/aside", ADMINS, "Set a problem aside")
def set_aside(
    tenant: TenantId,
    connection: ConnectionId,
    flow: Name,
    ours: Name,
    asked: Annotated[Leaving, Body()],
    caller: Asking,
) -> LeftView:
    """Both records stay as they are. It is looked at again when one of them changes: refused for the same reason it
    stays here, for another one it waits again."""
    found = connection_of(tenant, connection)
    _, link = link_of(found, flow, ours)
    leaving.refuse_unfit(link)
    return LeftView(records=_left(found, [link], asked.reason, caller, f"link {flow} {ours}"))


@aside.post(f"{PATH}/aside", ADMINS, "Set everything aside that is alike")
def set_alike_aside(tenant: TenantId, asked: Annotated[LeavingAlike, Body()], caller: Asking) -> LeftView:
    """What waits for an answer or a decision is not among it."""
    some = by_connection(parked_among(tenant, asked))
    counts = (
        _left(each[0].connection, [waiting.link for waiting in each], asked.reason, caller, f"connection {id}")
        for id, each in some.items()
    )
    return LeftView(records=sum(counts))


@aside.post(f"{ONE}/take-up", ADMINS, "Take up again what was set aside", 202)
def take_up(tenant: TenantId, connection: ConnectionId, flow: Name, ours: Name, caller: Asking) -> Queued:
    """It is tried at once, and waits like any other problem if it is refused."""
    found = open_connection(tenant, connection)
    flow_, link = link_of(found, flow, ours)
    changes = changes_of(flow_, leaving.take_up(DynamoLinks(tenant, connection), link, datetime.now(UTC)))
    run = sent(found, caller.name, RETRY, changes)
    detail = {"connection": connection, "run": run}
    Audit(tenant).write(caller.name, "problem.take_up", f"link {flow} {ours}", detail)
    return Queued(changes=len(changes), pull=False, run=run)


def _left(connection: Connection, some: Sequence[Link], reason: str, caller: Caller, target: str) -> int:
    aside = Aside(caller.name, reason, datetime.now(UTC))
    count = leaving.set_aside(DynamoLinks(connection.tenant, connection.id), some, aside)
    detail = {"connection": connection.id, "reason": reason, "records": count}
    Audit(connection.tenant).write(caller.name, "problem.aside", target, detail)
    return count
