"""The admin API as a signed-in person may use it, in process: the console can do what the API can, and nothing else."""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from aws_lambda_powertools.event_handler import Response

from timebridge.api.resolver import app
from timebridge.console.sessions import Session

KEPT = ("content-disposition",)
"""Headers of a file that a browser needs."""

REQUESTS = 100
"""Answers of the API that one page may ask for: more is a loop."""


class Refused(Exception):
    """The API said no. `errors`: of each field that does not fit, its name and the reason."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        super().__init__(said.get("detail", ""))
        self.status = status
        self.detail = str(said.get("detail") or "That did not work.")
        self.remedy = str(said.get("remedy") or "")
        self.field = said.get("field")
        self.said = said

    @property
    def errors(self) -> dict[str, str]:
        """Reason by field; the refusal as a whole counts for the field it names."""
        named = {line["field"]: line["reason"] for line in self.said.get("errors", ())}
        return ({self.field: self.detail} if self.field else {}) | named


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request; `path` as `Api` takes it."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Api:
    """Paths are below the tenant (`runs`), or from the root of the API (`/me`). Parts that come from data are to be
    quoted by the caller with `part`."""

    session: Session
    tenant: str | None
    context: Any
    request_id: str = ""
    asked: list[str] = field(default_factory=list)

    def get(self, path: str, **query: Any) -> Any:
        return self._json(_Ask("GET", path, query=query))

    def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Any:
        return self._json(_Ask("POST", path, body or {}, headers=headers))

    def patch(self, path: str, body: Mapping[str, Any], **headers: str) -> Any:
        return self._json(_Ask("PATCH", path, body, headers=headers))

    def download(self, path: str, **query: Any) -> Response[Any]:
        """A file of the API, as it is."""
        answer = self._answer(_Ask("GET", path, query=query))
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        kept = {name: headers[name] for name in KEPT if name in headers}
        body = b64decode(answer["body"]) if answer.get("isBase64Encoded") else answer["body"]
        return Response(answer["statusCode"], headers["content-type"], body, kept)

    def _json(self, ask: _Ask) -> Any:
        text = self._answer(ask)["body"]
        return json.loads(text) if text else None

    def _answer(self, ask: _Ask) -> dict[str, Any]:
        self.asked.append(f"{ask.method} {ask.path}")
        if len(self.asked) > REQUESTS:
            raise RuntimeError(f"A page asks the API too often: {self.asked[:5]} ...")
        answer = app.resolve(self._event(ask), self.context)
        if answer["statusCode"] >= 400:
            raise Refused(answer["statusCode"], json.loads(answer["body"]))
        return answer

    def _event(self, ask: _Ask) -> dict[str, Any]:
        path, tenant = ask.path, part(self.tenant or "")
        address = f"/v1{path}" if path.startswith("/") else f"/v1/tenants/{tenant}/{path}".rstrip("/")
        given = {name.rstrip("_"): _text(value) for name, value in ask.query.items() if value not in (None, "")}
        named = {name.lower().replace("_", "-"): value for name, value in ask.headers.items()}
        return {
            "version": "2.0",
            "routeKey": f"{ask.method} {address}",
            "rawPath": address,
            "rawQueryString": urlencode(given),
            "headers": {"content-type": "application/json", **named},
            "queryStringParameters": given,
            "requestContext": {
                "domainName": "console",
                "stage": "$default",
                "requestId": self.request_id,
                "http": {"method": ask.method, "path": address},
                "authorizer": {"jwt": {"claims": self.session.claims}},
            },
            "body": None if ask.body is None else json.dumps(ask.body, default=str),
            "isBase64Encoded": False,
        }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def part(value: str) -> str:
    """One segment of a path, whatever is in it."""
    return quote(value, safe="")
