"""A connected company of the sandbox: what a person does in a browser and in QuickBooks, over HTTP, for tests."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.quickbooks_company import CONSULTING
from tests.contract.side_suite import Bench
from timebridge.flows import Flows
from timebridge.memory import MemoryCursors, MemoryGrants, MemoryLinks, MemorySide
from timebridge.providers import oauth
from timebridge.providers.provider import Account, App, load
from timebridge.providers.quickbooks_online.pace import Pace
from timebridge.providers.quickbooks_online.side import QuickBooksOnline
from timebridge.sync import Brake
from timebridge.tenants import Connection, Provider

CALLBACK = "https://timebridge.example/api/quickbooks/callback"
quickbooks = load("quickbooks_online")


@dataclass
class Bookkeeper:
    """Somebody who works in the company's web pages, and the sandbox's own switches."""

    sandbox: QuickBooks
    realm: str = CONSULTING

    def create(self, name: str, **values: Any) -> str:
        return str(self._send(name, values)["Id"])

    def edit(self, name: str, id: str, **values: Any) -> None:
        self._send(name, {"Id": id, **values})

    def delete(self, name: str, id: str) -> None:
        self._send(name, {"Id": id}, "?operation=delete")

    def find(self, name: str, **where: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.sandbox.url}/_sandbox/companies/{self.realm}/{name}", where, timeout=10)
        return list(answer.json())

    def one(self, name: str, **where: str) -> dict[str, Any]:
        (found,) = self.find(name, **where)
        return found

    def fail(self, path: str, **fault: Any) -> None:
        """The next call to such a path meets with trouble."""
        self.control("faults", {"match": {"path": path}, **fault})

    def control(self, path: str, wish: object = None, method: str = "POST") -> Any:
        answer = requests.request(method, f"{self.sandbox.url}/_sandbox/{path}", json=wish, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def _send(self, name: str, values: Mapping[str, Any], query: str = "") -> Any:
        """A second passes first, and after: no two edits of one record share a stamp."""
        self.sandbox.clock.advance(1)
        done = self.control(f"companies/{self.realm}/{name}{query}", values)
        self.sandbox.clock.advance(1)
        return done


def app_of(sandbox: QuickBooks) -> App:
    if CALLBACK not in sandbox.redirect_uris:
        sandbox.redirect_uris.append(CALLBACK)
    discovery = f"{sandbox.url}/.well-known/openid_sandbox_configuration"
    return App(sandbox.client_id, sandbox.client_secret, CALLBACK, discovery, sandbox.url)


def consent(app: App, decision: str = "allow", realm: str = CONSULTING) -> tuple[dict[str, str], str]:
    """The person is sent to the consent page and decides; the callback's query, and the verifier that goes with it."""
    verifier = oauth.new_verifier()
    page = quickbooks.authorize_url(app, "state-1", oauth.challenge(verifier))
    assert requests.get(page, timeout=5).status_code == 200
    form = {"decision": decision, "realm": realm}
    answer = requests.post(page, data=form, allow_redirects=False, timeout=5)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query)), verifier


def connect(sandbox: QuickBooks) -> tuple[App, MemoryGrants, Account]:
    app = app_of(sandbox)
    grant, account = quickbooks.exchange(app, *consent(app))
    return app, MemoryGrants(grant), account


def connection_to(account: Account) -> Connection:
    return Connection("con_1", "ten_1", Provider.QUICKBOOKS_ONLINE, account=account.id, base_url=account.base_url)


def side_of(app: App, grants: MemoryGrants, account: Account, **settings: Any) -> QuickBooksOnline:
    """A side that hurries: the sandbox under test has no limits to keep."""
    side = quickbooks.open_side(app, grants, connection_to(account), Flows(quickbooks.flows(settings)))
    assert isinstance(side, QuickBooksOnline)
    side.client.session.sleep = lambda _seconds: None
    side.client.pace = side.client.batch_pace = Pace(())
    return side


@dataclass
class Road:
    """The road between a workspace in memory and the company."""

    theirs: QuickBooksOnline
    ours: MemorySide = field(default_factory=lambda: MemorySide(keyed_ids=True))
    links: MemoryLinks = field(default_factory=MemoryLinks)
    cursors: MemoryCursors = field(default_factory=MemoryCursors)
    flows: Flows = field(default_factory=lambda: Flows(quickbooks.flows({})))
    brake: Brake = field(default_factory=Brake)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_id(self, kind: str) -> str:
        return f"{kind}_{next(self.numbers)}"


@contextmanager
def bench() -> Iterator[Bench]:
    with QuickBooks("demo", limits=Limits(enabled=False)) as sandbox:
        books, side = Bookkeeper(sandbox), side_of(*connect(sandbox))
        with side.client.session:
            yield Bench(
                side,
                "Customer",
                "DisplayName",
                "Notes",
                edit=lambda id, values: books.edit("Customer", id, **values),
                remove=lambda id: books.edit("Customer", id, Active=False),
                refused={"PrimaryEmailAddr": {"Address": "nobody"}},
                lose_answer=lambda: books.fail("/batch", kind="drop_after_commit"),
                tick=lambda: sandbox.clock.advance(2),
            )
