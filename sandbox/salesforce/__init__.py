"""A local Salesforce org: `with Salesforce(data="demo") as org: ...`."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.clock import Clock
from sandbox.control import Calls
from sandbox.faults import Faults
from sandbox.salesforce.app import build
from sandbox.salesforce.grants import Grants
from sandbox.salesforce.org import Org
from sandbox.server import Server

API_VERSION = "67.0"


class Salesforce:
    """`data` is "empty" (organisation, users, stages), "demo", or the path of a JSON file. With `state_dir` records and
    tokens outlive the process. Other keywords are switches of `settings.py`, kept over a reset."""

    def __init__(
        self,
        data: str = "empty",
        state_dir: Path | None = None,
        redirect_uris: Iterable[str] = (),
        **switches: Any,
    ) -> None:
        self.clock, self.calls = Clock(), Calls()
        self.org = Org(self.clock, data, state_dir)
        self.org.defaults = switches | ({"redirect_uris": list(redirect_uris)} if redirect_uris else {})
        self.org.settings.change(self.org.defaults)
        self.org.save()
        self.grants = Grants(self.org)
        self.app: Faults = build(self.org, self.grants, self.calls, self.reset)
        self._server: Server | None = None

    @property
    def faults(self) -> Faults:
        return self.app

    def start(self, port: int = 0) -> Self:
        self._server = Server(self.app, port)
        self.org.url = self.org.outbound.instance_url = self._server.url
        self._server.start()
        return self

    def stop(self) -> None:
        if self._server:
            self._server.stop()
            self._server = None
        self.org.save()

    def reset(self) -> None:
        """Back to the seed, in milliseconds: records, tokens, switches, clock, faults and counts."""
        self.org.reset()
        self.clock.reset()
        self.faults.clear()
        self.calls.clear()

    @property
    def url(self) -> str:
        return self.org.url

    @property
    def client_id(self) -> str:
        return self.org.settings.client_id

    @property
    def client_secret(self) -> str:
        return self.org.settings.client_secret

    @property
    def redirect_uris(self) -> list[str]:
        return self.org.settings.redirect_uris

    @redirect_uris.setter
    def redirect_uris(self, uris: list[str]) -> None:
        self.org.settings.redirect_uris = uris
        self.org.save()

    def access_token(self, user_id: str | None = None) -> str:
        """A token without the browser, by default of the integration user."""
        return self.grants.token_for(user_id or self.org.admin).token

    def facts(self) -> dict[str, Any]:
        """What a client needs to know, for the line that `python -m sandbox` prints."""
        return {
            "url": self.url,
            "authorize_url": f"{self.url}/services/oauth2/authorize",
            "token_url": f"{self.url}/services/oauth2/token",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uris": self.redirect_uris,
            "organization_id": self.org.id,
            "user_id": self.org.admin,
            "api_version": API_VERSION,
            "control_url": f"{self.url}/_sandbox",
        }

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
