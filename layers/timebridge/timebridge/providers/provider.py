"""What a provider offers, and where to find it. Importing this module loads no provider and no HTTP library."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from timebridge.budget import Told
from timebridge.errors import Disconnected, RateLimited, Rejected, SyncError, Transient
from timebridge.flows import Flow, Flows
from timebridge.limits import Lease, Limits
from timebridge.providers.slots import Slot
from timebridge.records import Record
from timebridge.sides import Page, Side
from timebridge.tenants import Connection, Grant, Grants

if TYPE_CHECKING:
    from timebridge.histories import History

PROVIDERS = {
    "salesforce": "timebridge.providers.salesforce",
    "quickbooks_online": "timebridge.providers.quickbooks_online",
}
"""Provider name to package. A new provider is a folder and a line here."""


class Allowance(Protocol):
    """What an app may ask of an account, and what it has asked, where all its workers see it."""

    def lease(self, account: str, what: str, limits: Limits, wish: int, now: float) -> Lease | float:
        """Leave for some calls, `wish` at most, or the seconds until there may be some. `what`: each has its limits."""

    def read(self) -> None:
        """A call was answered for which the provider charges."""


@dataclass(frozen=True, slots=True)
class App:
    """Our registration at a provider. `login_url` and `api_url` are origins without a trailing slash.

    `login_url`: where people consent and tokens are issued. `api_url`: where the API answers, for providers whose
    grants do not say so themselves. `extra`: what only one provider has (webhook verifier token, API version).
    `allowance`: where the calls of all workers are counted; None: each process keeps to the limits by itself.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    login_url: str
    api_url: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    allowance: Allowance | None = field(default=None, repr=False, compare=False)


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


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the account that does not fit the flows. `field`: ours, if it is about one; `value`: theirs.

    `absent`: the account has no such field, or hides it from us.
    """

    flow: str
    field: str | None
    value: str
    said: str
    remedy: str
    absent: bool = False


@dataclass(frozen=True, slots=True)
class KnownError:
    """An error of the provider's as the product understands it: what it is called there, what it means, and what to do.

    `field`: the property at fault, where the code alone says which.
    """

    code: str
    cause: type[SyncError]
    sentence: str
    remedy: str
    field: str | None = None

    @property
    def kind(self) -> str:
        """The cause in words: `rate limited`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.cause.__name__).lower()


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105  (no password)
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a preflight list. `needed`: without it the connection does not work; else it is good to have.

    `said`: what was found; `remedy`: what to do, also about what is not known yet. `facts`: the same as data.
    """

    name: str
    title: str
    outcome: Outcome
    said: str = ""
    remedy: str = ""
    needed: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a catalogue says of a provider. `steps`: the way to a connection, for the person who goes it.

    `sole_grant`: an account gives our app one grant, so that a new consent ends the one before, whoever asked for it;
    and consents may begin at the provider, which says afterwards which account they are for.
    """

    title: str
    summary: str
    steps: tuple[str, ...]
    own_app: bool = False
    sole_grant: bool = False


ANNOUNCED: Mapping[str, Offer] = {
    "quickbooks_desktop": Offer(
        title="QuickBooks Desktop",
        summary="Customers and jobs are clients and projects, and approved hours go into the company file.",
        steps=(
            "Not yet: QuickBooks Desktop cannot be connected in this version of timebridge.",
            "Prepare: a Windows computer that can open the company file, with Intuit's Web Connector.",
            "Meanwhile: connect QuickBooks Online, if your company has it.",
        ),
    ),
}
"""What a catalogue shows beside PROVIDERS although it cannot be connected yet."""


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

    def denied(self, error: str) -> SyncError | None:
        """What an error of the callback means; None where only the provider's own words can tell."""

    def offer(self) -> Offer: ...

    def deep_link(self, connection: Connection, object: str, values: Mapping[str, Any]) -> str | None:
        """The page of a record, for people. `values`: its `Id`, and what else decides. None: there is no page."""

    def known_errors(self) -> Sequence[KnownError]:
        """Everything the provider may refuse and the product understands, by code."""

    def login_address(self, typed: str, configured: str) -> str:
        """The origin to log in at, from what a tenant typed. Raises Rejected. `configured`: the operator's, if any."""

    def check_app(self, app: App) -> None:
        """Raises Disconnected when the provider does not know the app (yet), or refuses its secret."""

    def checks(self, app: App, grants: Grants, connection: Connection, flows: Flows) -> list[Check]:
        """Everything a connection needs, looked at without writing anything. Also before anybody consented."""

    def ping(self, app: App, grants: Grants, connection: Connection) -> dict[str, Any]:
        """Write a record, read it back and remove it. Answers like `probe`, with `written`, `read_back`, `removed`."""

    def revoke(self, app: App, grant: Grant) -> None:
        """End the grant at the provider. A grant that is dead already is no error."""

    def flows(self, settings: Mapping[str, Any]) -> tuple[Flow, ...]: ...

    def open_side(self, app: App, grants: Grants, connection: Connection, flows: Flows) -> Side: ...

    def probe(self, app: App, grants: Grants, connection: Connection) -> dict[str, Any]:
        """A look at the connection for people: `ok`, and then `name`, `latency` (seconds) and calls `used` and `limit`,
        or else `cause` (class of the error), `reason` and `remedy`."""

    def examine(self, app: App, grants: Grants, connection: Connection, flows: Flows) -> list[Finding]:
        """What in the account does not fit the flows, found without writing anything; empty where all fits, or where
        the provider's records have the same shape in every account."""

    def slots(self, app: App, grants: Grants, connection: Connection, object: str) -> list[Slot]:
        """The fields of an object that a tenant may map by hand. Raises Rejected where there is no such object."""


@dataclass(frozen=True, slots=True)
class Item:
    """A record of the provider's that a tenant may choose. `about`: what it belongs to there, for people."""

    id: str
    type: str
    name: str
    number: str | None = None
    status: str | None = None
    about: str | None = None
    chosen: bool = False


class Selective(Protocol):
    """What a provider package offers besides when tenants choose single records of it."""

    def items(
        self, app: App, grants: Grants, connection: Connection, type: str, q: str, start: str | None, limit: int
    ) -> tuple[list[Item], str | None]:
        """A page of what can be chosen, and where the next one starts. Raises Rejected for a type it does not have."""

    def unknown_items(self, app: App, grants: Grants, connection: Connection, ids: Sequence[str]) -> list[str]:
        """Those of the ids that cannot be chosen."""


@runtime_checkable
class Metered(Protocol):
    """What a provider's Side tells runs about its cost: calls by kind since it was opened."""

    @property
    def calls(self) -> Mapping[str, int]: ...


@runtime_checkable
class Charged(Protocol):
    """A Side whose provider charges for what is read. It is asked no more often than it has to be, and for what is
    linked and not there any more in the cheapest way there is.

    `dated`: the path of theirs that holds the day of a transaction.
    """

    dated: str

    def is_rare(self, name: str) -> bool:
        """Whether asking for what changed in an object costs a read of its own: it is asked for once a day."""

    def there(self, name: str, days: Mapping[str, str | None]) -> set[str]:
        """Those of the ids (each with the day of its transaction, if it is known) that are there and not deleted; one
        may be missing although it is there."""


@runtime_checkable
class Limited(Metered, Protocol):
    """A Side whose provider limits the calls of a day, and says with each answer how many are left.

    `reserve`: the share of them that it leaves to other apps; None: a person asked, so it goes on until the provider
    itself says no. It raises RateLimited otherwise, and is `spent` then.
    """

    reserve: float | None

    @property
    def spent(self) -> bool: ...

    @property
    def told(self) -> Told: ...

    def recall(self, told: Told) -> None:
        """What an earlier look has taught."""


@runtime_checkable
class Historic(Protocol):
    """A Side that can be asked for the documents of a time long past."""

    def history(self, name: str, first: str, last: str) -> Iterator[list[Record]]:
        """Pages of the documents of these days (ISO, both included), by day."""


OPTIONAL = ("check_app", "checks", "deep_link", "denied", "known_errors", "login_address", "offer", "ping", "slots")
"""Entry points that a provider need not have: see `defaults`."""


def load(name: str) -> ProviderModule:
    """Raises KeyError for a provider that is not registered."""
    return cast(ProviderModule, import_module(PROVIDERS[name]))


def selective(name: str) -> Selective | None:
    """The provider, if one may choose single records of it."""
    module = import_module(PROVIDERS[name])
    return cast(Selective, module) if hasattr(module, "unknown_items") else None


def histories(name: str) -> "Mapping[str, History]":
    """What can be imported of the provider's past, by type."""
    return cast("Mapping[str, History]", getattr(import_module(PROVIDERS[name]), "HISTORIES", {}))


CAUSES: tuple[tuple[str, type[SyncError]], ...] = (
    ("limits", RateLimited),
    ("network", Transient),
    ("permission", Rejected),
    ("credentials", Disconnected),
)


def cause_of(error: SyncError) -> str:
    """Where people look first: `limits`, `network`, `permission`, `credentials`, or else our own `setup`."""
    return next((name for name, kind in CAUSES if isinstance(error, kind)), "setup")


def optional_flows(name: str) -> Sequence[str]:
    """The names of the flows that are off until somebody switches them on."""
    return cast("Sequence[str]", getattr(import_module(PROVIDERS[name]), "OPTIONAL_FLOWS", ()))


def on_first_use(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """A `__getattr__` for a provider package that imports each entry point's module when it is first asked for.

    A webhook door imports `<package>.notices` and nothing else: no HTTP client, no client library. A module that has
    the name of its entry point would hide it once it is imported: import that one in the package itself.
    """

    def find(name: str) -> Any:
        if name in modules:
            return getattr(import_module(f"{package}.{modules[name]}"), name)
        if name in OPTIONAL:
            return getattr(import_module("timebridge.providers.defaults"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
