"""A person at the admin API: real events of the HTTP API go in, and what the function answers comes out."""

import base64
import copy
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.stage import Clockwork, door, event

BARE = event("admin_api", "me")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str
    encoded: bool = False

    @property
    def content(self) -> bytes:
        """The very bytes that a client receives."""
        return base64.b64decode(self.text) if self.encoded else self.text.encode()

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def is_problem(self) -> bool:
        said = self.body
        return (
            self.headers["Content-Type"] == "application/problem+json"
            and said["status"] == self.status
            and bool(said["title"])
            and bool(said["detail"])
        )


@dataclass
class Person:
    """`tenant`: the one in their token. Paths that begin with a slash are taken as they are."""

    roles: tuple[str, ...] = ("tenant_admin",)
    tenant: str | None = "acme"
    name: str = "ada@acme.example"
    claims: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, headers=headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("PATCH", path, body, headers=headers)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        raw: str | None = None,
    ) -> Answer:
        return send(self.event(method, path, body, query, headers, raw))

    def event(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        raw: str | None = None,
    ) -> dict[str, Any]:
        made = copy.deepcopy(BARE)
        address = path if path.startswith("/") else f"/v1/tenants/{self.tenant}/{path}".rstrip("/")
        made["rawPath"] = made["requestContext"]["http"]["path"] = address
        made["requestContext"]["http"]["method"] = method
        made["requestContext"]["authorizer"]["jwt"]["claims"] = self._claims()
        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        made["queryStringParameters"], made["rawQueryString"] = given, urlencode(given)
        if body is not None or raw is not None:
            made["body"] = json.dumps(body) if raw is None else raw
            made["headers"]["content-type"] = "application/json"
        made["headers"] |= {name.lower().replace("_", "-"): value for name, value in (headers or {}).items()}
        return made

    def _claims(self) -> dict[str, str]:
        tenant = {"custom:tenant_id": self.tenant} if self.tenant else {}
        groups = {"cognito:groups": f"[{' '.join(self.roles)}]"} if self.roles else {}
        return {
            "sub": f"sub-of-{self.name}",
            "email": self.name,
            "email_verified": "true",
            **groups,
            **tenant,
            **self.claims,
        }


def send(event: dict[str, Any]) -> Answer:
    answer = door("admin_api").handler(event, Clockwork())
    headers = dict(answer["headers"])
    for name, values in answer.get("multiValueHeaders", {}).items():
        headers[name] = values[0]
    return Answer(answer["statusCode"], headers, answer["body"], answer.get("isBase64Encoded", False))
