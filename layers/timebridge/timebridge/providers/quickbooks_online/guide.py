"""The guide through connecting a QuickBooks company and posting to it, with a tenant's own values: prose in
`templates/guide.md`. `docs/quickbooks.md` is the same with the values of EXAMPLE.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from timebridge.flows import Flow
from timebridge.providers import guides
from timebridge.providers.guides import plain
from timebridge.providers.quickbooks_online.flows import flows
from timebridge.providers.quickbooks_online.notices import OBJECTS
from timebridge.providers.quickbooks_online.oauth import SCOPES

if TYPE_CHECKING:
    from jinja2 import Template

ALWAYS = frozenset({"Preferences"})
"""Told of besides what flows read: the date of closed books, classes, numbers."""


@dataclass(frozen=True, slots=True)
class Values:
    tenant: str
    name: str
    connection: str
    public_url: str


EXAMPLE = Values(
    tenant="acme",
    name="Acme Consulting",
    connection="quickbooks_online-1a2b3c4d",
    public_url="https://timebridge.example",
)


def markdown(values: Values) -> str:
    """The whole guide. What others chose cannot end a cell of a table."""
    return _template().render(
        tenant=values.tenant,
        name=plain(values.name),
        connection=values.connection,
        public_url=values.public_url,
        host=values.public_url.partition("://")[2],
        api=f"{values.public_url}/v1/tenants/{values.tenant}/connections/{values.connection}",
        scopes=SCOPES.split(),
        entities=entities(flows({})),
    )


def entities(chosen: Iterable[Flow]) -> list[str]:
    """What Intuit is to tell of: every object that a flow moves and that notices are sent for."""
    return sorted(({flow.object for flow in chosen} | ALWAYS) & set(OBJECTS.values()))


@cache
def _template() -> "Template":
    found = files("timebridge.providers.quickbooks_online").joinpath("templates/guide.md")
    return guides.template(found.read_text(encoding="utf-8"))
