"""Both sandbox servers in a process of their own, and the real sides opened against them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from sandbox.aws.local import PROJECT
from timebridge.flows import Flows
from timebridge.memory import MemoryGrants
from timebridge.providers import oauth
from timebridge.providers.provider import Account, App, ProviderModule, load
from timebridge.providers.quickbooks_online.pace import Pace
from timebridge.providers.quickbooks_online.side import QuickBooksOnline
from timebridge.sides import Side
from timebridge.tenants import Connection, Provider

CALLBACK = "https://timebridge.example/oauth/callback"
CHOSEN = {Provider.SALESFORCE: {"presets": ["projects"]}, Provider.QUICKBOOKS_ONLINE: {}}
"""Settings under which everything is measured."""

STOP_SECONDS = 10
PATIENCE = 60


@dataclass(frozen=True)
class FarSide:
    """One sandbox server. `facts` is what it said of itself when it started."""

    provider: Provider
    facts: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.facts["url"])

    @property
    def realm(self) -> str:
        return str(next(iter(self.facts["companies"])))

    def control(self, method: str, path: str, wish: object = None) -> Any:
        answer = requests.request(method, f"{self.url}/_sandbox/{path}", json=wish, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def forget_calls(self) -> None:
        self.control("DELETE", "calls")

    def calls(self) -> int:
        """Provider calls since they were forgotten; OAuth and the control API are not among them."""
        routes = self.control("GET", "calls")["routes"]
        return sum(count for route, count in routes.items() if "oauth" not in route and "userinfo" not in route)

    def app(self) -> App:
        login = self.facts.get("discovery_document", self.url)
        return App(self.facts["client_id"], self.facts["client_secret"], CALLBACK, login, self.url)

    def opened(self, flows: Flows) -> Side:
        """The real side after a real consent, without the pauses that the far side's limits would ask for."""
        module, app = load(self.provider), self.app()
        grant, account = module.exchange(app, *self._consent(module, app))
        side = module.open_side(app, MemoryGrants(grant), self._connection(account), flows)
        if isinstance(side, QuickBooksOnline):
            side.client.pace = side.client.batch_pace = Pace(())
        return side

    def _consent(self, module: ProviderModule, app: App) -> tuple[dict[str, str], str]:
        verifier = oauth.new_verifier()
        page = module.authorize_url(app, "benchmark", oauth.challenge(verifier))
        realm = {"realm": self.realm} if self.provider is Provider.QUICKBOOKS_ONLINE else {}
        ended = requests.post(page, data={"decision": "allow", **realm}, allow_redirects=False, timeout=PATIENCE)
        return dict(parse_qsl(urlsplit(ended.headers["Location"]).query)), verifier

    def _connection(self, account: Account) -> Connection:
        return Connection("con_1", "ten_1", self.provider, account=account.id, base_url=account.base_url)

    def person(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        """Somebody creates a record, or edits the one whose `Id` is given, in the provider's own pages."""
        values = dict(values)
        if self.provider is Provider.QUICKBOOKS_ONLINE:
            done = self.control("POST", f"companies/{self.realm}/{name}", values)
        elif "Id" in values:
            done = self.control("PATCH", f"records/{name}/{values.pop('Id')}", values)
        else:
            done = self.control("POST", f"records/{name}", values)
        return dict(done or {})


@contextmanager
def far_sides(salesforce: object, quickbooks: object) -> Iterator[dict[Provider, FarSide]]:
    """Servers that hold the given records (by object). Their CPU time is not ours."""
    with TemporaryDirectory() as folder:
        for name, records in (("salesforce", salesforce), ("quickbooks", quickbooks)):
            (Path(folder) / f"{name}.json").write_text(json.dumps(records), encoding="utf-8")
        command = [sys.executable, "-m", "sandbox", "--data", folder, "--redirect-uri", CALLBACK]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT)  # noqa: S603 - our own
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            yield {
                Provider.SALESFORCE: FarSide(Provider.SALESFORCE, facts["salesforce"]),
                Provider.QUICKBOOKS_ONLINE: unlimited(FarSide(Provider.QUICKBOOKS_ONLINE, facts["quickbooks"])),
            }
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def unlimited(books: FarSide) -> FarSide:
    books.control("POST", "throttle", {"enabled": False})
    return books
