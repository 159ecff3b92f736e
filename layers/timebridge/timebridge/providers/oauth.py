"""OAuth as every provider needs it: PKCE, token requests, and an access token that renews itself."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.auth import AuthBase

from timebridge.errors import Disconnected, SyncError, Transient
from timebridge.providers.http import Session
from timebridge.tenants import Grant, Grants

EARLY = timedelta(minutes=5)
"""An access token is renewed this long before it ends."""

type Refusal = Callable[[int, Mapping[str, Any]], Exception]
"""The error to raise for a token endpoint's status and body."""


def new_verifier() -> str:
    """A PKCE code verifier: 64 characters."""
    return secrets.token_urlsafe(48)


def challenge(verifier: str) -> str:
    """The S256 code challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def request_token(
    provider: str,
    url: str,
    form: Mapping[str, str],
    refused: Refusal,
    basic: tuple[str, str] | None = None,
    *,
    asked: Mapping[str, str] | None = None,
    trace: str = "",
) -> dict[str, Any]:
    """Post a form to a token endpoint, once: a repeated refresh can kill a grant whose token was rotated.

    Raises what `refused` makes of an error, and Transient when there was no answer or not one in JSON. `asked`: more
    headers to send; `trace`: the header in which the provider names the call.
    """
    headers = {"Accept": "application/json", **(asked or {})}
    with Session(provider, attempts=1) as session:
        response = session.post(url, data=form, auth=basic, headers=headers, allow_redirects=False)
    body = json_object(response)
    if response.status_code == 200 and "access_token" in body:
        return body
    if response.status_code in (408, 420, 429) or response.status_code >= 500 or (response.ok and not body):
        detail = f"token endpoint answered {response.status_code}"
        error: Exception = Transient(
            f"{provider} could not issue a token just now.", remedy="Nothing to do: it is tried again.", detail=detail
        )
    else:
        error = refused(response.status_code, body)
    raise _traced(error, response, trace)


def _traced(error: Exception, response: requests.Response, header: str) -> Exception:
    """With the provider's own name for the call, where it gives one."""
    trace = response.headers.get(header, "") if header else ""
    if trace and isinstance(error, SyncError):
        error.trace, error.detail = trace, f"{error.detail}, {trace}".removeprefix(", ")
    return error


def json_object(response: requests.Response) -> dict[str, Any]:
    """The body if it is a JSON object, else an empty one: endpoints under maintenance answer HTML."""
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _always(_response: requests.Response) -> bool:
    return True


class GrantAuth(AuthBase):
    """Puts the access token on each request. On 401 it renews the grant once and sends the request again.

    `curable` tells the 401 of an ended token from one that a new token would meet as well. When the new token is
    refused too, Disconnected is raised. A grant that moved to another host takes its requests along. `trace`: the
    header in which the provider names a call.
    """

    def __init__(
        self,
        provider: str,
        grants: Grants,
        refresh: Callable[[Grant], Grant],
        *,
        curable: Callable[[requests.Response], bool] = _always,
        trace: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.provider = provider
        self.grants = grants
        self.refresh = refresh
        self.curable = curable
        self.trace = trace
        self.now = now

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        grant = self._fresh()
        authorize(request, grant)
        request.hooks["response"].append(lambda response, **kwargs: self._renewed(grant, response, **kwargs))
        return request

    def _fresh(self) -> Grant:
        grant = self.grants.get()
        if grant.expires is None or self.now() < grant.expires - EARLY:
            return grant
        try:
            return self.grants.renew(grant, self.refresh)
        except Transient:
            if self.now() < grant.expires:
                return grant
            raise

    def _renewed(self, used: Grant, response: requests.Response, **kwargs: Any) -> requests.Response:
        if response.status_code != 401 or not self.curable(response):
            return response
        _ = response.content  # drained, so that the connection is free for the repetition
        response.close()
        request = response.request.copy()
        authorize(request, self.grants.renew(used, self.refresh))
        connection: Any = response.connection
        again: requests.Response = connection.send(request, **kwargs)
        again.history.append(response)
        again.request = request
        if again.status_code == 401:
            error = Disconnected(
                f"{self.provider} refuses this connection, even with a new token.",
                remedy=f"Reconnect {self.provider}, or ask its administrator whether our access was withdrawn.",
                detail="401 after a refresh",
            )
            again.close()
            raise _traced(error, again, self.trace)
        return again


def authorize(request: requests.PreparedRequest, grant: Grant) -> None:
    request.headers["Authorization"] = f"Bearer {grant.access_token}"
    if grant.base_url:
        parts = urlsplit(request.url or "")
        request.url = str(urlunsplit(parts._replace(netloc=urlsplit(grant.base_url).netloc)))
