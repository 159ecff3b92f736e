"""QuickBooks Online as a side."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from timebridge.changes import Where
from timebridge.errors import Disconnected, SyncError
from timebridge.flows import Flows, paths
from timebridge.postings.papers import Paper
from timebridge.providers.oauth import GrantAuth
from timebridge.providers.provider import App, Finding, cause_of
from timebridge.providers.quickbooks_online.bodies import new_record
from timebridge.providers.quickbooks_online.client import BATCH, PROVIDER, Client, open_session
from timebridge.providers.quickbooks_online.company import Company, company_of
from timebridge.providers.quickbooks_online.oauth import refresh
from timebridge.providers.quickbooks_online.papers import paper_of
from timebridge.providers.quickbooks_online.reading import Reader
from timebridge.providers.quickbooks_online.shapes import shape_of
from timebridge.providers.quickbooks_online.writing import Writer
from timebridge.records import Record
from timebridge.sides import Create, Cursor, Page, Write, Written
from timebridge.tenants import Connection, Grants


class QuickBooksOnline:
    """One company. Names are objects as the API spells them; values are its raw JSON with exact decimals."""

    batch_limit = BATCH
    dated = "TxnDate"

    def __init__(self, client: Client, flows: Flows) -> None:
        self.client = client
        self._flows = flows
        branched = any(flow.kind == "project" for flow in flows.of(Where.THEIRS, "Customer"))
        self._reader = Reader(client, topped=_topped(flows), branched=branched)
        self._writer = Writer(client, self._reader, self._field, {flow.object for flow in flows if flow.voids})

    @property
    def calls(self) -> Mapping[str, int]:
        """Calls since the side was opened, by kind: query, cdc, batch, companyinfo."""
        found: Mapping[str, int] = self.client.session.calls
        return found

    def changed(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        return self._reader.changed(cursors)

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        return self._reader.read(name, keys, by)

    def there(self, name: str, days: Mapping[str, str | None]) -> set[str]:
        return self._reader.there(name, days)

    def is_rare(self, name: str) -> bool:
        """What change data capture does not cover costs a query of its own."""
        return not shape_of(name).captured

    def similar(self, _name: str, _starts: Sequence[str], _by: str) -> list[Record] | None:
        """QuickBooks finds names by one beginning a query, and meters every query."""
        return None

    def history(self, name: str, first: str, last: str) -> Iterator[list[Record]]:
        """Pages of the transactions of these days, both included, by day."""
        return self._reader.dated(name, first, last)

    def draft(self, name: str, create: Create) -> dict[str, Any]:
        """The document exactly as this create would send it. Sends nothing."""
        return new_record(create, shape_of(name))

    def paper(self, name: str, document: Mapping[str, Any]) -> Paper:
        """What a document says, as people read it."""
        return paper_of(name, document)

    def company(self) -> Company:
        """How the company is set up, in two reads."""
        found, _ = self.client.select("SELECT * FROM Preferences")
        return company_of(found.get("Preferences", [{}])[0], self.client.company())

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        return self._writer.write(name, writes)

    def _field(self, name: str, element: str) -> str | None:
        """Our field for a property that QuickBooks complains about."""
        outgoing = (flow for flow in self._flows.of(Where.THEIRS, name) if flow.direction.goes_out)
        for flow in outgoing:
            for each in flow.fields:
                if any(path.split(".")[0] == element.split(".")[0] for path in each.theirs):
                    return each.shown
        return None


def _topped(flows: Flows) -> set[str]:
    """The objects whose flows ask for the customer at the top."""
    return {flow.object for flow in flows if any(path.startswith("TopRef.") for path in paths(flow.fields))}


def open_side(app: App, grants: Grants, connection: Connection, flows: Flows) -> QuickBooksOnline:
    return QuickBooksOnline(_client(app, grants, connection), flows)


def probe(app: App, grants: Grants, connection: Connection) -> dict[str, Any]:
    """One small read. `used` and `limit` stay None: QuickBooks does not tell."""
    started = time.monotonic()
    try:
        client = _client(app, grants, connection)
        with client.session:
            company = client.company()
    except SyncError as error:
        said = {"reason": error.for_user, "remedy": error.remedy, "trace": error.trace or None}
        return {"ok": False, "cause": cause_of(error), **said}
    latency = round(time.monotonic() - started, 3)
    return {"ok": True, "name": company.get("CompanyName"), "latency": latency, "used": None, "limit": None}


def _client(app: App, grants: Grants, connection: Connection) -> Client:
    if not connection.account:
        raise Disconnected("No QuickBooks company is connected.", remedy="Connect QuickBooks.")
    auth = GrantAuth(PROVIDER, grants, lambda grant: refresh(app, grant), trace="intuit_tid")
    return Client(open_session(auth), connection.base_url or app.api_url, connection.account, app)


def examine(_app: App, _grants: Grants, _connection: Connection, _flows: Flows) -> list[Finding]:
    """Nothing: objects and fields are the same in every company."""
    return []
