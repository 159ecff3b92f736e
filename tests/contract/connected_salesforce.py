"""A connected org of the sandbox: what a person does in a browser and in Salesforce, over HTTP, for tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from sandbox.salesforce import Salesforce
from tests.contract.side_suite import Bench
from timebridge.flows import Flows
from timebridge.memory import MemoryGrants
from timebridge.providers import oauth
from timebridge.providers.provider import Account, App, load
from timebridge.providers.salesforce.side import SalesforceSide
from timebridge.tenants import Connection, Provider

CALLBACK = "https://timebridge.example/oauth/callback"
salesforce = load("salesforce")


@contextmanager
def running(**switches: Any) -> Iterator[Salesforce]:
    with Salesforce(redirect_uris=[CALLBACK], refresh_seconds=0.0, **switches) as org:
        yield org


@dataclass
class Person:
    """Somebody who works in the org, in a browser of their own."""

    org: Salesforce

    def create(self, name: str, **values: Any) -> str:
        return str(self._send("POST", f"records/{name}", values)["id"])

    def edit(self, name: str, id: str, **values: Any) -> None:
        self._send("PATCH", f"records/{name}/{id}", values)

    def delete(self, name: str, id: str) -> None:
        self._send("DELETE", f"records/{name}/{id}")

    def find(self, name: str, **where: str) -> list[dict[str, Any]]:
        return list(requests.get(f"{self.org.url}/_sandbox/records/{name}", where, timeout=5).json())

    def control(self, method: str, path: str, wish: object = None) -> Any:
        """The sandbox's own switches."""
        answer = requests.request(method, f"{self.org.url}/_sandbox/{path}", json=wish, timeout=5)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def _send(self, method: str, path: str, values: Mapping[str, Any] | None = None) -> Any:
        """A second passes first: two edits of one record never share a stamp, unless a test wants them to."""
        self.org.clock.advance(1)
        answer = self.control(method, path, values)
        self.org.clock.advance(1)
        return answer


def app_of(org: Salesforce) -> App:
    return App(org.client_id, org.client_secret, CALLBACK, org.url)


def consent(app: App, decision: str = "allow", verifier: str | None = None) -> tuple[dict[str, str], str]:
    """The person is sent to the consent page and decides; the callback's query, and the verifier that goes with it."""
    verifier = verifier or oauth.new_verifier()
    page = salesforce.authorize_url(app, "state-1", oauth.challenge(verifier))
    assert requests.get(page, timeout=5).status_code == 200
    answer = requests.post(page, data={"decision": decision}, allow_redirects=False, timeout=5)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query)), verifier


def connect(org: Salesforce) -> tuple[App, MemoryGrants, Account]:
    app = app_of(org)
    grant, account = salesforce.exchange(app, *consent(app))
    return app, MemoryGrants(grant), account


def side_of(app: App, grants: MemoryGrants, **settings: Any) -> SalesforceSide:
    connection = Connection("con_1", "ten_1", Provider.SALESFORCE, settings=settings)
    side = salesforce.open_side(app, grants, connection, Flows(salesforce.flows(settings)))
    assert isinstance(side, SalesforceSide)
    side.sleep = side.client.session.sleep = lambda _seconds: None
    return side


@contextmanager
def bench() -> Iterator[Bench]:
    """For the contract suite."""
    with running() as org:
        app, grants, _ = connect(org)
        side, person = side_of(app, grants), Person(org)

        def lose_answer() -> None:
            rule = {"kind": "drop_after_commit", "match": {"path": "/composite"}, "times": side.client.session.attempts}
            person.control("POST", "faults", rule)

        yield Bench(
            side,
            "Account",
            "Name",
            "Phone",
            edit=lambda id, values: person.edit("Account", id, **values),
            remove=lambda id: person.delete("Account", id),
            refused={"Name": None},
            lose_answer=lose_answer,
            tick=lambda: org.clock.advance(1),
        )
