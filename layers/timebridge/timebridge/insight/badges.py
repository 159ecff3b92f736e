"""How many records stand with every connection at once, in a word each: what lists show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from timebridge import presets
from timebridge.changes import Where
from timebridge.flows import Flow
from timebridge.insight.drift import unsent
from timebridge.insight.standing import Case, Cause, Standing, standing
from timebridge.links import Link, State
from timebridge.records import Record
from timebridge.store.every_link import EveryLink
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Status


class Badge(StrEnum):
    """`not_mapped`: a person has to say what it is, or the settings keep it back. `not_shared`: it stays on its side,
    and nothing is wrong with that."""

    SYNCED = "synced"
    ERROR = "error"
    PENDING = "pending"
    NOT_MAPPED = "not_mapped"
    NOT_SHARED = "not_shared"


BADGES = {
    Cause.IN_STEP: Badge.SYNCED,
    Cause.NOT_YET: Badge.PENDING,
    Cause.NOTHING_BY_ITSELF: Badge.PENDING,
    Cause.CONNECTION: Badge.PENDING,
    Cause.PARKED: Badge.ERROR,
    Cause.ASIDE: Badge.NOT_SHARED,
    Cause.WAITS_FOR_PARENT: Badge.PENDING,
    Cause.QUESTION: Badge.NOT_MAPPED,
    Cause.CONFLICT: Badge.ERROR,
    Cause.BEING_CREATED: Badge.PENDING,
    Cause.ENDED: Badge.NOT_SHARED,
    Cause.KEPT: Badge.NOT_SHARED,
    Cause.ARCHIVED: Badge.NOT_SHARED,
    Cause.GONE: Badge.ERROR,
    Cause.ONE_WAY: Badge.NOT_SHARED,
    Cause.SWITCHED_OFF: Badge.PENDING,
    Cause.CREATE_OFF: Badge.NOT_SHARED,
    Cause.FILTERED: Badge.NOT_SHARED,
    Cause.NOT_SELECTED: Badge.NOT_MAPPED,
    Cause.NOT_POSTED: Badge.NOT_SHARED,
    Cause.IMAGE: Badge.NOT_SHARED,
    Cause.UNKNOWN: Badge.NOT_MAPPED,
}

WORST = (Badge.ERROR, Badge.NOT_MAPPED, Badge.PENDING, Badge.SYNCED, Badge.NOT_SHARED)
"""What speaks for a connection that carries a kind by several flows: pairs first, and of them the worst."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How one record stands with one connection, by the flow that says most of it."""

    case: Case
    standing: Standing

    @property
    def badge(self) -> Badge:
        return BADGES[self.standing.cause]


def stands(tenant: str, kind: str, records: Sequence[Record]) -> dict[str, list[Stand]]:
    """By id of ours: one for each connection that could carry the kind and is not closed. One read for all links."""
    connections = [found for found in Connections().of(tenant) if found.status is not Status.CLOSED]
    flows = {found.id: presets.flows_of(found).of(Where.OURS, kind) for found in connections}
    carried = [(id, flow.name) for id, some in flows.items() for flow in some]
    links = EveryLink(tenant).of((*where, record.id) for where in carried for record in records)
    return {
        record.id: [
            _chosen(stand(found, flow, links.get((found.id, flow.name, record.id)), record) for flow in flows[found.id])
            for found in connections
            if flows[found.id]
        ]
        for record in records
    }


def stand(connection: Connection, flow: Flow, link: Link | None, record: Record) -> Stand:
    """From what is known here, without a look at the provider."""
    case = Case(connection, flow, link, record, None, unsent(flow, link, record) if link else None)
    return Stand(case, standing(case))


def _chosen(found: Iterable[Stand]) -> Stand:
    return min(found, key=lambda each: (not _is_pair(each.case.link), WORST.index(each.badge)))


def _is_pair(link: Link | None) -> bool:
    return link is not None and link.state is not State.TOMBSTONE
