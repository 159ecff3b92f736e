"""Requests and answers of the HTTP API (payload format 2.0), decoded once and in one place."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from typing import Any

from timebridge.settings import settings

type Event = Mapping[str, Any]
type Answer = dict[str, Any]


@dataclass(frozen=True)
class Request:
    event: Event

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name."""
        return {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}

    @cached_property
    def body(self) -> bytes:
        """The very bytes that were sent: a signature is computed over them. A broken encoding reads as empty."""
        sent = self.event.get("body") or ""
        if not self.event.get("isBase64Encoded"):
            return str(sent).encode()
        try:
            return base64.b64decode(sent, validate=True)
        except binascii.Error:
            return b""

    @property
    def path(self) -> Mapping[str, str]:
        return self.event.get("pathParameters") or {}

    @property
    def query(self) -> Mapping[str, str]:
        return self.event.get("queryStringParameters") or {}

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_partial(self) -> bool:
        """htmx asks, for a part of the page that the browser shows."""
        return self.headers.get("hx-request") == "true"

    @property
    def domain(self) -> str:
        return f"https://{self.event.get('requestContext', {}).get('domainName', 'localhost')}"

    @property
    def is_plain(self) -> bool:
        """Whether browsers reach us over plain http, which only a local stack allows."""
        return settings().public_url.startswith("http://")

    def private(self, name: str) -> str:
        """The name of a cookie that no other host may set, and that is only ever sent over TLS. Local stacks speak
        plain http."""
        return name if self.is_plain else f"__Host-{name}"

    def cookie(self, name: str) -> str:
        jar = SimpleCookie()
        for line in (*(self.event.get("cookies") or ()), self.headers.get("cookie", "")):
            try:
                jar.load(line)
            except CookieError:
                continue
        return jar[name].value if name in jar else ""


def answer(
    status: int,
    body: str = "",
    content_type: str = "text/plain; charset=utf-8",
    cookies: tuple[str, ...] = (),
    **headers: str,
) -> Answer:
    """`headers` are written with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "statusCode": status,
        "headers": {"content-type": content_type, "cache-control": "no-store", **named},
        "cookies": list(cookies),
        "body": body,
    }
