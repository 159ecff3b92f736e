"""The admin API as a program sees it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

TIMEOUT = 60
TRIES = 5
CONFLICT = 409


class Conflict(RuntimeError):
    """Somebody else changed the record meanwhile."""


class Api:
    """Calls below one tenant. Raises RuntimeError with what the API said when it refuses."""

    def __init__(self, url: str, token: str, tenant: str = "") -> None:
        self.url = url
        self.tenant = tenant
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **values: Any) -> Any:
        base = f"{self.url}/v1/tenants/{self.tenant}" if self.tenant else f"{self.url}/v1"
        answer = self.session.request(method, f"{base}/{path}", timeout=TIMEOUT, **values)
        if not answer.ok:
            raise (Conflict if answer.status_code == CONFLICT else RuntimeError)(
                f"{method} {path}: {answer.status_code} {answer.text[:500]}"
            )
        return answer.json() if answer.content else None

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.call("POST", path, json=body or {})

    def patch(self, kind: str, record: dict[str, Any], **values: Any) -> Any:
        """Change a record of the workspace; one that somebody changed meanwhile is loaded again, as the API advises."""
        for _ in range(TRIES):
            try:
                body = {"values": values, "revision": record["revision"]}
                return self.call("PATCH", f"{kind}/{record['id']}", json=body)
            except Conflict:
                record = self.get(f"{kind}/{record['id']}")
        raise RuntimeError(f"{kind}/{record['id']} keeps changing.")

    def all(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        start: str | None = None
        while True:
            page = self.get(path, limit=100, **query, **({"start": start} if start else {}))
            yield from page["items"]
            start = page["next"]
            if not start:
                return

    def named(self, kind: str, name: str) -> dict[str, Any] | None:
        """The record of that name, if there is one."""
        found = self.get(kind, q=name)["items"]
        return next((record for record in found if record["values"]["name"] == name), None)

    def link(self, connection: str, flow: str, ours: str) -> dict[str, Any] | None:
        found = self.get(f"connections/{connection}/links", flow=flow, ours=quote(ours))["items"]
        return found[0] if found else None
