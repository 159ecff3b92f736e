"""What the books hold of a client: the images of documents, each with its original and with what of ours it is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from timebridge import presets
from timebridge.changes import Where
from timebridge.flows import MANAGED_BY, Flow
from timebridge.links import Link, State
from timebridge.providers import provider
from timebridge.records import Record
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection

IMAGE = "transaction"


@dataclass(frozen=True, slots=True)
class Paper:
    """`theirs`: its id at the provider, whose page is `url`. `ours`: kind and id of the record of ours that it is."""

    record: Record
    connection: Connection | None = None
    object: str | None = None
    theirs: str | None = None
    url: str | None = None
    ours: tuple[str, str] | None = None


def transactions(tenant: str, client: str) -> list[Record]:
    """The images of all documents of a client, the latest first."""
    found = Workspace(tenant).read(IMAGE, [client], by="client")
    return sorted(found, key=place_of, reverse=True)


def place_of(record: Record) -> tuple[str, str]:
    """Where a document stands among others."""
    return str(record.values["date"]), record.id


def papers(tenant: str, records: Sequence[Record]) -> list[Paper]:
    """The same documents with their originals, in their order: few look-ups, whatever their number."""
    found: dict[str, Paper] = {}
    for id in dict.fromkeys(str(record.values[MANAGED_BY]) for record in records):
        connection = Connections().get(tenant, id)
        if connection is not None:
            mine = [record for record in records if record.values[MANAGED_BY] == id]
            found |= {paper.record.id: paper for paper in _of_connection(connection, mine)}
    return [found.get(record.id, Paper(record)) for record in records]


def _of_connection(connection: Connection, records: Sequence[Record]) -> Iterator[Paper]:
    flows, links = presets.flows_of(connection), DynamoLinks(connection.tenant, connection.id)
    by_id = {record.id: record for record in records}
    for flow in flows.of(Where.OURS, IMAGE):
        type = (flow.on_create_ours or {}).get("type")
        pairs = links.find(flow.name, ours=[id for id, record in by_id.items() if record.values["type"] == type])
        originals = {link.theirs: link.ours for link in pairs if link.theirs}
        ours = _ours(links, [other for other in flows.of(Where.THEIRS, flow.object) if other.kind != IMAGE], originals)
        for theirs, id in originals.items():
            yield Paper(by_id[id], connection, flow.object, theirs, url_of(connection, flow, theirs), ours.get(theirs))


def _ours(links: DynamoLinks, flows: Iterable[Flow], theirs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The records of ours that these documents are: posted by us, or imported."""
    wanted = list(theirs)
    found = [(flow, link) for flow in flows if wanted for link in links.find(flow.name, theirs=wanted)]
    return {str(link.theirs): (flow.kind, link.ours) for flow, link in found if _is_alive(link)}


def _is_alive(link: Link) -> bool:
    return link.usable and link.state is not State.TOMBSTONE


def page_of(connection: Connection, kind: str, id: str) -> str | None:
    """The provider's page of the counterpart of one of our records."""
    links = DynamoLinks(connection.tenant, connection.id)
    for flow in presets.flows_of(connection).of(Where.OURS, kind):
        for link in links.find(flow.name, ours=[id]):
            if link.theirs and _is_alive(link):
                return url_of(connection, flow, link.theirs)
    return None


def url_of(connection: Connection, flow: Flow, theirs: str) -> str | None:
    """The provider's page of a record of theirs. What a flow gives each new record tells kinds of documents apart."""
    values = {**(flow.on_create_theirs or {}), "Id": theirs}
    return provider.load(connection.provider).deep_link(connection, flow.object, values)
