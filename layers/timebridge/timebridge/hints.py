"""What notices of a provider, and edits of ours, mean for a connection: changes, as messages for its queue."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from timebridge import presets, schedule
from timebridge.changes import Change
from timebridge.messages import Message
from timebridge.store.tenants import Connections
from timebridge.telemetry import count
from timebridge.tenants import Connection, Status

if TYPE_CHECKING:
    from timebridge.edits import Concern, Edit, Settling

SET_UP = "Preferences"
"""The object whose notices say that a company was set up differently. No flow has it: the worker keeps it in mind, for
the doors of webhooks may write no table."""


def messages(connection: Connection, changes: Sequence[Change]) -> list[Message]:
    """What a provider's notice means for a connection: nothing for objects no flow has, or while it is not live.

    A tenant may switch notices off; then, too, the next pull finds what changed.
    """
    if connection.status is not Status.LIVE or not connection.settings.get("notices", True):
        count("NoticesIgnored", tenant=connection.tenant, provider=connection.provider)
        return []
    flows, names = presets.flows_of(connection), at_once(connection)
    moved = [c for c in changes if any(flow.name in names for flow in flows.of(c.where, c.name))]
    known = (*moved, *(c for c in changes if c.name == SET_UP))
    return [Message(connection.tenant, connection.id, known)] if known else []


def at_once(connection: Connection) -> set[str]:
    """The names of the flows that notices and edits move; the others wait for their pull."""
    return {flow.name for flow in presets.flows_of(connection) if schedule.acts_at_once(connection, flow)}


def concern(connection: Connection) -> "Concern":
    from timebridge.edits import Concern

    late = connection.settings.get("outgoing_time") == "with_pull"
    return Concern(presets.flows_of(connection), at_once(connection), late)


def waiting_edits(tenant: str, some: Sequence["Edit"]) -> list["Settling"]:
    """What edits in a tenant's workspace mean for each of its live connections, once they are over."""
    from timebridge import edits

    live = [found for found in Connections().of(tenant) if found.status is Status.LIVE]
    return [found for each in live if (found := edits.waiting(tenant, each.id, some, concern(each)))]


def messages_of_settled(waited: "Settling") -> list[Message]:
    """Of edits that have waited: those that are over now, as a message. The others have a later edit that waits."""
    from timebridge import edits
    from timebridge.store.records import Workspace

    found = Connections().get(waited.tenant, waited.connection)
    if found is None or found.status is not Status.LIVE:
        return []
    ids: dict[str, list[str]] = {}
    for kind, id, _ in waited.edits:
        ids.setdefault(kind, []).append(id)
    ours = Workspace(waited.tenant)
    records = {(kind, record.id): record for kind, some in ids.items() for record in ours.read(kind, some)}
    changes = tuple(edits.settled(waited, concern(found), records))
    return [Message(waited.tenant, waited.connection, changes)] if changes else []
