"""Twins: two records that are one. Merging ours, and linking by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from timebridge import presets
from timebridge.changes import Change, Where
from timebridge.errors import Missing, Rejected, Stale
from timebridge.flows import Flow
from timebridge.links import Link, State
from timebridge.questions import answers
from timebridge.records import Record
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection
from timebridge.workspace.kinds import KINDS, new_id


@dataclass(frozen=True, slots=True)
class Moved:
    """What a merge did: records by kind that refer to the survivor now, and how many links moved or ended."""

    references: dict[str, int]
    links: int
    ended: int


def merge_ours(tenant: str, kind: str, loser: str, survivor: str, actor: str = "sync") -> Moved:
    """Make one of two records of ours: references and links move to the survivor, and the loser is archived.

    A link stays behind, as a tombstone that keeps their record, where the survivor has one of its own in that flow.
    Doing it again is harmless. Raises Rejected, and Stale when somebody was faster: then do it again.
    """
    store = Workspace(tenant, actor)
    gone, stays = _there(store, kind, loser), _there(store, kind, survivor)
    if loser == survivor or stays.gone:
        raise Rejected("A record is merged into another one that is there.", remedy=answers.LOOK, field="into")
    outcomes = [_link_moved(*each, survivor) for each in _links_of(tenant, kind, loser)]
    moved = {
        name: count
        for name, found in KINDS.items()
        for reference, parent in found.references.items()
        if parent == kind and (count := store.refer(name, reference, loser, survivor))
    }
    if not gone.gone:
        store.archive(kind, loser, gone.version or "")
    return Moved(moved, outcomes.count(True), outcomes.count(False))


def would_move(tenant: str, kind: str, loser: str, survivor: str) -> Moved:
    """What a merge would do, as things stand. Raises Rejected."""
    store = Workspace(tenant)
    _there(store, kind, loser)
    _there(store, kind, survivor)
    counts = {
        name: count
        for name, found in KINDS.items()
        for reference, parent in found.references.items()
        if parent == kind and (count := len(store.read(name, [loser], by=reference)))
    }
    goes = [_goes(links, flow, link, survivor) for flow, links, link in _links_of(tenant, kind, loser)]
    return Moved(counts, goes.count(True), goes.count(False))


def _goes(links: DynamoLinks, flow: Flow, link: Link, survivor: str) -> bool:
    """Whether the survivor can take the link over."""
    [*own] = links.find(flow.name, ours=[survivor])
    return link.theirs is not None and not (own and not own[0].open)


def _there(store: Workspace, kind: str, id: str) -> Record:
    found = store.get(kind, id)
    if found is None:
        raise Missing(f"There is no such {kind.replace('_', ' ')}.", remedy="Check the id.", field="id", record=id)
    return found


def _links_of(tenant: str, kind: str, ours: str) -> Iterator[tuple[Flow, DynamoLinks, Link]]:
    """Those that are, or may yet become, pairs."""
    for connection in Connections().of(tenant):
        links = DynamoLinks(tenant, connection.id)
        for flow in presets.flows_of(connection).of(Where.OURS, kind):
            for link in links.find(flow.name, ours=[ours]):
                if link.state is not State.TOMBSTONE:
                    yield flow, links, link


def _link_moved(flow: Flow, links: DynamoLinks, link: Link, survivor: str) -> bool:
    """Whether the link belongs to the survivor now; otherwise it has ended."""
    if link.unborn:
        raise Stale("The record is being created over there.", remedy="Try again in a minute.", flow=flow.name)
    if not _goes(links, flow, link, survivor):
        answers.save(links, link.buried(Where.THEIRS if link.theirs else None))
        return False
    [*own] = links.find(flow.name, ours=[survivor])
    links.forget([link])
    answers.save(links, answers.joined(link, survivor, own[0].revision if own else 0, datetime.now(UTC)))
    return True


# --- by hand ---------------------------------------------------------------------------------------------------------


def link(connection: Connection, flow: Flow, ours: str, theirs: str) -> list[Change]:
    """Link two records that are free. Returns what has to be looked at. Raises Rejected."""
    _refuse_missing(connection, flow, ours)
    return answers.link(_links(connection), flow, ours, theirs, datetime.now(UTC))


def relink(
    connection: Connection, flow: Flow, pair: Link, *, ours: str | None = None, theirs: str | None = None
) -> list[Change]:
    """Give one end of a pair another partner that is free; the other end is free then. Raises Rejected."""
    if pair.theirs is None or pair.unborn or pair.is_stranger:
        raise Rejected("This record is not linked yet.", remedy="Link it, or answer the question.", field="ours")
    links, wanted = _links(connection), (ours or pair.ours, theirs or pair.theirs)
    _refuse_missing(connection, flow, wanted[0])
    mine = links.find(flow.name, ours=[wanted[0]]) if ours else []
    hers = links.find(flow.name, theirs=[wanted[1]]) if theirs else []
    answers.refuse_taken(flow, mine, hers)
    links.forget([pair])
    return answers.link(links, flow, *wanted, datetime.now(UTC))


def unlink(connection: Connection, flow: Flow, pair: Link) -> None:
    """Both records stay as they are, each by itself, until somebody links them again. Raises Rejected."""
    if flow.posting:
        raise Rejected("What is posted is not unlinked.", remedy="Take the posting back.", field="flow")
    if pair.theirs is None or pair.unborn or pair.is_stranger or pair.state is State.TOMBSTONE:
        raise Rejected("This record is not linked.", remedy="There is nothing to unlink.", field="ours")
    links = _links(connection)
    answers.save(links, Link(flow.name, pair.ours, None, State.TOMBSTONE, kept=Where.OURS, revision=pair.revision))
    answers.save(links, Link(flow.name, new_id(flow.kind), pair.theirs, State.TOMBSTONE, kept=Where.THEIRS))


def create(connection: Connection, flow: Flow, link: Link) -> list[Change]:
    return answers.create(_links(connection), flow, link, datetime.now(UTC))


def never(connection: Connection, flow: Flow, link: Link) -> list[Change]:
    return answers.never(_links(connection), flow, link)


def _refuse_missing(connection: Connection, flow: Flow, ours: str) -> None:
    record = Workspace(connection.tenant).get(flow.kind, ours)
    if record is None or record.gone:
        said = f"There is no such {flow.kind.replace('_', ' ')}."
        raise Rejected(said, remedy=answers.LOOK, field="ours")


def _links(connection: Connection) -> DynamoLinks:
    return DynamoLinks(connection.tenant, connection.id)
