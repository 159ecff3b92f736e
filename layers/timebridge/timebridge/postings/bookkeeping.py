"""The desk of one connection, at which its postings are prepared, and what is known of how its company is set up."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from timebridge import context
from timebridge.flows import Flows
from timebridge.links import Links
from timebridge.postings.composing import Composed, Desk
from timebridge.sides import Create, Side
from timebridge.tenants import Connection, Provider

if TYPE_CHECKING:
    from timebridge.postings.papers import Paper
    from timebridge.providers.quickbooks_online.company import Company

COMPANY = "company"
"""Where it is kept among the facts of a connection, with the moment when it was read."""

AT_A_PULL, WHEN_POSTING = timedelta(days=1), timedelta(minutes=10)
"""How old what is known of a company may be."""


@runtime_checkable
class Keeping(Protocol):
    """A side that keeps books."""

    def company(self) -> "Company":
        """How the company is set up. Reads it."""

    def draft(self, name: str, create: Create) -> dict[str, Any]:
        """The document exactly as this create would send it. Sends nothing."""

    def paper(self, name: str, document: Mapping[str, Any]) -> "Paper":
        """What a document says, as people read it."""


def composed(connection: Connection, space: Side, links: Links, flows: Flows, theirs: Side) -> Side:
    """Our side as the books of this connection see it; itself, where there are none."""
    if not isinstance(theirs, Keeping):
        return space
    return Composed(space, desk_of(connection, space, links, flows, theirs))


def desk_of(connection: Connection, space: Side, links: Links, flows: Flows, theirs: Side) -> Desk:
    def look(age: timedelta) -> "Company | None":
        return company_of(connection, theirs, age) if isinstance(theirs, Keeping) else None

    return Desk(space, links, flows, connection.settings, connection.id, look)


def company_of(connection: Connection, theirs: Keeping, age: timedelta = AT_A_PULL) -> "Company":
    """What is known of the company, read again where that is older than `age`."""
    now = datetime.now(UTC)
    known = known_company(connection.facts, now - age)
    if known is not None:
        return known
    facts = (context.connection(connection.tenant, connection.id) or connection).facts
    known = known_company(facts, now - age)
    if known is None:
        known = theirs.company()
        context.changed(connection, facts={**facts, COMPANY: {**known.to_facts(), "read": now.isoformat()}})
    return known


def known_company(facts: Mapping[str, Any], since: datetime | None = None) -> "Company | None":
    """What is written down; None where there is nothing, or nothing that was read since then."""
    from timebridge.providers.quickbooks_online.company import Company

    kept = facts.get(COMPANY)
    if not kept or (since is not None and (not kept.get("read") or datetime.fromisoformat(kept["read"]) < since)):
        return None
    return Company.from_facts(kept)


def outdated(connection: Connection) -> None:
    """Somebody changed how the company is set up: it is read again before the next posting."""
    if kept := connection.facts.get(COMPANY):
        context.changed(connection, facts={**connection.facts, COMPANY: {**kept, "read": ""}})


def keeps_books(connection: Connection) -> bool:
    return connection.provider in (Provider.QUICKBOOKS_ONLINE, Provider.QUICKBOOKS_DESKTOP)
