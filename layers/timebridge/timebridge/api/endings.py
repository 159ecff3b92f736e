"""What disconnecting would end, and what stays: said before somebody does it."""

from timebridge import presets
from timebridge.api.access import ADMINS, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.views import View
from timebridge.connecting import lifecycle
from timebridge.store.links import DynamoLinks
from timebridge.store.waiting import marked
from timebridge.tenants import Connection, Provider
from timebridge.wording import label

endings = Noun("connections")

NAMES = {
    Provider.SALESFORCE: "Salesforce",
    Provider.QUICKBOOKS_ONLINE: "QuickBooks Online",
    Provider.QUICKBOOKS_DESKTOP: "QuickBooks Desktop",
}


class PairsView(View):
    flow: str
    ours: str
    theirs: str
    pairs: int
    waiting: int


class EndingView(View):
    """`pairs`: records that are linked, by flow where there are any. `waiting`: those for which something waits, for a
    moment or for a person. `stays` and `ends`: the same in sentences, for the one who decides."""

    pairs: int
    waiting: int
    versions: int
    flows: list[PairsView]
    stays: list[str]
    ends: list[str]


@endings.get(
    "/tenants/<tenant>/connections/<connection>/disconnect", ADMINS, "Say what disconnecting would end, and what stays"
)
def foresee_disconnect(tenant: TenantId, connection: ConnectionId) -> EndingView:
    found = connection_of(tenant, connection)
    linked = [each for each in _linked(found) if each.pairs or each.waiting]
    pairs, waiting = sum(each.pairs for each in linked), sum(each.waiting for each in linked)
    versions = max(found.version, 1)
    return EndingView(
        pairs=pairs,
        waiting=waiting,
        versions=versions,
        flows=linked,
        stays=_stays(found, pairs, waiting, versions),
        ends=_ends(found),
    )


def _linked(connection: Connection) -> list[PairsView]:
    """Of each flow that has pairs, or has something that waits."""
    links, flows = DynamoLinks(connection.tenant, connection.id), presets.flows_of(connection)
    counts, waits = links.counts(flow.name for flow in flows), marked(f"{connection.tenant}#{connection.id}")
    return [
        PairsView(
            flow=flow.name,
            ours=label(flow.kind),
            theirs=label(flow.object),
            pairs=counts.get(flow.name, 0),
            waiting=sum(links.count_waiting(flow.name)) if flow.name in waits else 0,
        )
        for flow in flows
        if flow.name in waits or counts.get(flow.name)
    ]


def _stays(connection: Connection, pairs: int, waiting: int, versions: int) -> list[str]:
    there = NAMES[connection.provider]
    days = lifecycle.KNOWN_FOR.days
    said = [
        f"Every record stays where it is, here and in {there}: nothing is deleted.",
        f"{_count(pairs, 'pair')} of records {_are(pairs)} remembered. Connecting the same account again goes on from "
        "them, without creating anything twice.",
        f"Settings and mapping stay, with {_count(versions, 'version')} of them, and so do the history and the audit "
        "trail.",
        f"What changes meanwhile is found after connecting again: within {days} days by looking at what changed, later "
        "by comparing everything.",
    ]
    if waiting:
        wait = "waits" if waiting == 1 else "wait"
        said.append(f"{_count(waiting, 'record')} that {wait} for a decision or another try will wait until then.")
    return said


def _ends(connection: Connection) -> list[str]:
    there = NAMES[connection.provider]
    said = [
        f"Our access to {connection.account_name or there} is given back, and the keys to it are deleted.",
        f"Nothing is read from {there} or written to it any more, and notices of changes are not acted on.",
    ]
    if connection.provider is not Provider.SALESFORCE:
        said.append("Time, expenses and invoices cannot be posted, and what is posted cannot be taken back from here.")
    return said


def _count(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else f'{one}s'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
