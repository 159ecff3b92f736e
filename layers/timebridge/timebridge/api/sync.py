"""Sync now: one record, one flow, or everything. It is put on the queue; the answer does not wait for it."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field, model_validator

from timebridge import presets
from timebridge.api.access import WRITERS, Asking, ConnectionId, Noun, TenantId
from timebridge.api.errors import Problem
from timebridge.api.flows import flow_of
from timebridge.api.runs import linked, open_connection
from timebridge.api.sending import SINGLE, sent
from timebridge.api.views import Asked, Queued
from timebridge.changes import Change, Where
from timebridge.context import zone_of
from timebridge.messages import Pull
from timebridge.schedule import RECONCILE
from timebridge.store.audit import Audit
from timebridge.tenants import Connection

sync = Noun("sync")


class SyncNow(Asked):
    """`kind` and `id`: one record of ours. `object` and `id`: one of theirs. `flow`: all its pairs. Nothing: a pull.

    `reconcile` with nothing else: both sides are read from the beginning, whether anything changed or not; `since`:
    only what changed since the beginning of that day in the tenant's time zone.
    """

    kind: str | None = Field(default=None, max_length=40)
    object: str | None = Field(default=None, max_length=80)
    id: str | None = Field(default=None, max_length=200)
    flow: str | None = Field(default=None, max_length=100)
    reconcile: bool = False
    since: date | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        named = [name for name in ("kind", "object", "flow") if getattr(self, name) is not None]
        if len(named) > 1 or (self.id is None) != (named in ([], ["flow"])):
            raise ValueError("name a kind and an id, an object and an id, a flow, or nothing")
        if (self.reconcile or self.since) and (named or (self.reconcile and self.since)):
            raise ValueError("what is read again is everything, or what changed since a day: name nothing else")
        return self


@sync.post("/tenants/<tenant>/connections/<connection>/sync", WRITERS, "Synchronise now", 202)
def sync_now(
    tenant: TenantId, connection: ConnectionId, caller: Asking, asked: Annotated[SyncNow | None, Body()] = None
) -> Queued:
    """A whole flow, and everything, include a pull of what changed on either side."""
    found = open_connection(tenant, connection)
    asked = asked or SyncNow()
    changes = _changes(found, asked)
    pull = None if asked.id else Pull(caller.name, reconcile=asked.reconcile, since=_since(found, asked.since))
    kind = SINGLE if pull is None else RECONCILE if asked.reconcile else "pull"
    run = sent(found, caller.name, kind, changes, pull)
    detail = asked.model_dump(mode="json", exclude_defaults=True) | {"changes": len(changes), "run": run}
    Audit(tenant).write(caller.name, "sync.now", f"connection {connection}", detail)
    return Queued(changes=len(changes), pull=pull is not None, run=run)


def _since(connection: Connection, day: date | None) -> str:
    """The beginning of the day (ISO). Raises Problem 422 for one that has not come."""
    if day is None:
        return ""
    beginning = datetime.combine(day, time(), ZoneInfo(zone_of(connection)))
    if beginning > datetime.now(UTC):
        raise Problem(422, "That day has not come yet.", remedy="Choose today or an earlier day.", field="since")
    return beginning.astimezone(UTC).isoformat()


def _changes(connection: Connection, asked: SyncNow) -> list[Change]:
    flows = presets.flows_of(connection)
    if asked.flow:
        return list(linked(connection, None, flow_of(flows, asked.flow).name))
    if asked.id is None:
        return []
    where, name = (Where.OURS, asked.kind) if asked.kind else (Where.THEIRS, asked.object)
    if name is None or not flows.of(where, name):
        field = "kind" if asked.kind else "object"
        raise Problem(
            422,
            f"No flow of this connection watches {name}.",
            remedy=f"Use one of: {', '.join(flows.names(where))}.",
            field=field,
        )
    return [Change(where, name, asked.id)]
