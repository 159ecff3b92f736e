"""Entry points for providers that have nothing particular to say: `provider.on_first_use` falls back on these."""

from collections.abc import Mapping
from typing import Any

from timebridge.errors import Rejected, SyncError
from timebridge.flows import Flows
from timebridge.providers.provider import App, Check, KnownError, Offer, Outcome, load
from timebridge.providers.slots import Slot
from timebridge.tenants import Connection, Grants

STEPS = (
    "Enable: an administrator here makes the connection and chooses Connect.",
    "Authorise: log in to the provider, see what is asked for, and allow it.",
    "Choose what to synchronise. The first synchronisation starts by itself.",
)


def offer() -> Offer:
    return Offer(title="", summary="", steps=STEPS)


def known_errors() -> tuple[KnownError, ...]:
    """None that are its own."""
    return ()


def denied(_error: str) -> SyncError | None:
    """The provider's own words are clear."""
    return None


def login_address(_typed: str, _configured: str) -> str:
    raise Rejected("This provider has one address for everybody.", remedy="Leave it out.", field="instance_url")


def deep_link(_connection: Connection, _object: str, _values: Mapping[str, Any]) -> str | None:
    """No page is known."""
    return None


def check_app(_app: App) -> None:
    """Nothing to check: everybody is reached through our app."""


def checks(app: App, grants: Grants, connection: Connection, _flows: Flows) -> list[Check]:
    """Whoever may give consent may also do what we do: it is enough that the account answers."""
    title = "Access to the account"
    if connection.account is None:
        return [Check("api", title, Outcome.UNKNOWN, "Nobody has consented yet.", "Connect it.")]
    found = load(connection.provider).probe(app, grants, connection)
    if found["ok"]:
        return [Check("api", title, Outcome.PASS, f"{found['name']} answers.")]
    return [Check("api", title, Outcome.FAIL, found["reason"], found["remedy"])]


def slots(_app: App, _grants: Grants, _connection: Connection, _object: str) -> list[Slot]:
    """Nothing can be mapped by hand."""
    return []


def ping(_app: App, _grants: Grants, _connection: Connection) -> dict[str, Any]:
    raise Rejected(
        "Nothing can be written to this provider without a trace: even a deleted record stays in its history.",
        remedy="Test without writing.",
        field="write",
    )
