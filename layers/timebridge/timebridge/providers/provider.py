"""What a provider offers, and where to find it. Importing this module loads no provider and no HTTP library."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, cast

from timebridge.flows import Flow, Flows
from timebridge.sides import Page, Side
from timebridge.tenants import Connection, Grant, Grants

PROVIDERS = {
    "salesforce": "timebridge.providers.salesforce",
    "quickbooks_online": "timebridge.providers.quickbooks_online",
}
"""Provider name to package. A new provider is a folder and a line here."""


@dataclass(frozen=True, slots=True)
class App:
    """Our registration at a provider. `login_url` and `api_url` are origins without a trailing slash.

    `login_url`: where people consent and tokens are issued. `api_url`: where the API answers, for providers whose
    grants do not say so themselves. `extra`: what only one provider has (webhook verifier token, API version).
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    login_url: str
    api_url: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """The provider account a consent opened. `id`: Salesforce organisation id (18) or QuickBooks realm id.

    `owner`: who consented. `facts`: what support wants to know (edition, user id, API version).
    """

    id: str
    name: str
    owner: str
    base_url: str
    sandbox: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


class Exporter(Protocol):
    """A bulk road for the initial sync, where the provider has one."""

    def start_export(self, side: Side, name: str) -> dict[str, Any] | None:
        """State of an asynchronous export job, plain data; None: read the object with `changed` instead."""

    def export_done(self, side: Side, state: Mapping[str, Any]) -> bool:
        """Raises Rejected or Transient when the job failed."""

    def export_pages(self, side: Side, state: Mapping[str, Any]) -> Iterator[Page]:
        """The exported records. The same state gives the same pages again."""


class ProviderModule(Exporter, Protocol):
    """The entry points of a provider package."""

    def authorize_url(self, app: App, state: str, challenge: str) -> str:
        """Where to send the browser for consent. `challenge`: see `oauth.challenge`."""

    def exchange(self, app: App, query: Mapping[str, str], verifier: str) -> tuple[Grant, Account]:
        """Turn the callback's query into a grant. Raises Disconnected when consent was refused or came too late."""

    def refresh(self, app: App, grant: Grant) -> Grant:
        """Raises Disconnected when the grant is dead, Transient when it may work later."""

    def revoke(self, app: App, grant: Grant) -> None:
        """End the grant at the provider. A grant that is dead already is no error."""

    def flows(self, settings: Mapping[str, Any]) -> tuple[Flow, ...]: ...

    def open_side(self, app: App, grants: Grants, connection: Connection, flows: Flows) -> Side: ...

    def probe(self, app: App, grants: Grants, connection: Connection) -> dict[str, Any]:
        """A look at the connection for people: `ok`, and then `name`, `latency` (seconds) and calls `used` and `limit`,
        or else `cause` (class of the error), `reason` and `remedy`."""


class Metered(Protocol):
    """What a provider's Side tells runs about its cost: calls by kind since it was opened."""

    @property
    def calls(self) -> Mapping[str, int]: ...


def load(name: str) -> ProviderModule:
    """Raises KeyError for a provider that is not registered."""
    return cast(ProviderModule, import_module(PROVIDERS[name]))


def on_first_use(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """A `__getattr__` for a provider package that imports each entry point's module when it is first asked for.

    A webhook door imports `<package>.notices` and nothing else: no HTTP client, no client library. A module that has
    the name of its entry point would hide it once it is imported: import that one in the package itself.
    """

    def find(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    return find
