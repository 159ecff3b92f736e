"""What reports are made of: projects joined with their opportunities."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from timebridge.records import Record
from timebridge.reports import ProjectRow, row_of
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.tenants import Connections
from timebridge.tenants import Provider

OPPORTUNITY = "salesforce.opportunity"
TOGETHER = 100


def project_page(
    tenant: str, start: str | None, limit: int, linked: bool, q: str = ""
) -> tuple[list[ProjectRow], str | None]:
    """Projects by name, each with its opportunity; `linked`: only those that have one."""
    found, next = Workspace(tenant).page("project", q, start, limit)
    return _rows(tenant, found, linked), next


def project_rows(tenant: str, linked: bool) -> Iterator[ProjectRow]:
    """All of them."""
    start: str | None = None
    while True:
        rows, start = project_page(tenant, start, TOGETHER, linked)
        yield from rows
        if start is None:
            return


def _rows(tenant: str, projects: Sequence[Record], linked: bool) -> list[ProjectRow]:
    clients = _names(tenant, {str(each.values["client"]) for each in projects if each.values["client"]})
    pairs = _opportunities(tenant, [project.id for project in projects])
    rows = [
        row_of(project, clients.get(project.values["client"]), *pairs.get(project.id, (None, {})))
        for project in projects
    ]
    return [row for row in rows if row.opportunity or not linked]


def _names(tenant: str, clients: Iterable[str]) -> dict[str, str]:
    return {record.id: record.values["name"] for record in Workspace(tenant).read("client", sorted(clients))}


def _opportunities(tenant: str, projects: Sequence[str]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """The opportunity of each project, and what both last agreed on."""
    pairs: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for connection in Connections().of(tenant):
        if connection.provider is Provider.SALESFORCE:
            for some in batched(projects, TOGETHER, strict=False):
                for link in DynamoLinks(tenant, connection.id).find(OPPORTUNITY, ours=some):
                    if link.theirs is not None and link.base is not None:
                        pairs[link.ours] = link.theirs, link.base
    return pairs
