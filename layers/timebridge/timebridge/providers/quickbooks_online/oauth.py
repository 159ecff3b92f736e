"""Consent, tokens and their end, by the addresses of Intuit's discovery document."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from requests.auth import AuthBase

from timebridge.errors import Disconnected, Misconfigured, SyncError, Transient
from timebridge.providers.http import Session
from timebridge.providers.oauth import authorize, json_object, request_token
from timebridge.providers.provider import Account, App
from timebridge.providers.quickbooks_online.client import PROVIDER, Client, open_session
from timebridge.tenants import Grant

SCOPES = "com.intuit.quickbooks.accounting openid email"
"""The books, which Intuit does not divide into smaller scopes, and who connected them. Not asked for: payments, payroll
and Intuit's GraphQL scopes; what they open is not needed for time, expenses and invoices."""

WITH_THE_END = {"x-include-refresh-token-hard-expires-in": "true"}
"""Asks how long the consent itself is good for: five years, however often its token is renewed."""

DISCOVERY = "/.well-known/openid_configuration"
RECONNECT = "Connect QuickBooks again, as an administrator of the company."


def authorize_url(app: App, state: str, challenge: str) -> str:  # noqa: ARG001
    """`challenge` is not sent: Intuit documents no PKCE and identifies us by our secret at the token endpoint."""
    query = {"client_id": app.client_id, "response_type": "code", "scope": SCOPES}
    query |= {"redirect_uri": app.redirect_uri, "state": state}
    return f"{_endpoint(app, 'authorization_endpoint')}?{urlencode(query)}"


def exchange(app: App, query: Mapping[str, str], verifier: str) -> tuple[Grant, Account]:  # noqa: ARG001
    """`realmId` of the callback is the company. Raises Disconnected when consent was refused or came too late."""
    if query.get("error"):
        raise _refused_consent(query["error"])
    code, realm = query.get("code"), query.get("realmId")
    if not code or not realm:
        raise Disconnected("QuickBooks did not say which company to connect.", remedy=RECONNECT)
    grant = _token(app, {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri})
    with open_session(_Bearer(grant)) as session:
        company = Client(session, app.api_url, realm, app).company()
    return grant, Account(
        id=realm,
        name=str(company.get("CompanyName") or company.get("LegalName") or realm),
        owner=_owner(app, grant),
        base_url=app.api_url,
        sandbox="sandbox" in (urlsplit(app.api_url).hostname or ""),
        facts=_facts(company),
    )


def refresh(app: App, grant: Grant) -> Grant:
    """What comes back replaces everything that was stored: Intuit rotates the refresh token about daily."""
    return _token(app, {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}, grant.refresh_token)


def revoke(app: App, grant: Grant) -> None:
    """Ends the grant for the company; one that is dead already is no error."""
    with Session(PROVIDER) as session:
        response = session.request(
            "POST",
            _endpoint(app, "revocation_endpoint"),
            json={"token": grant.refresh_token},
            auth=(app.client_id, app.client_secret),
            headers={"Accept": "application/json"},
            allow_redirects=False,
            repeatable=True,
        )
    if response.status_code in (408, 429) or response.status_code >= 500:
        raise Transient(
            "QuickBooks could not end the connection just now.",
            remedy="Nothing to do: it is tried again.",
            detail=f"revocation endpoint answered {response.status_code}",
        )


def _owner(app: App, grant: Grant) -> str:
    """E-mail address of the person who consented; empty when Intuit does not tell."""
    with Session(PROVIDER) as session:
        session.auth = _Bearer(grant)
        response = session.get(_endpoint(app, "userinfo_endpoint"), headers={"Accept": "application/json"})
    return str(json_object(response).get("email") or "") if response.ok else ""


class _Bearer(AuthBase):
    """A grant that is seconds old and not stored yet."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        authorize(request, self._grant)
        return request


def _token(app: App, form: Mapping[str, str], kept: str = "") -> Grant:
    basic = (app.client_id, app.client_secret)
    issued = datetime.now(UTC)
    address = _endpoint(app, "token_endpoint")
    body = request_token(PROVIDER, address, form, _refused, basic, asked=WITH_THE_END, trace="intuit_tid")
    refresh_token = str(body.get("refresh_token") or kept)
    if not refresh_token:
        raise Disconnected("QuickBooks gave no lasting access.", remedy=RECONNECT, detail="no refresh_token")
    return Grant(
        access_token=str(body["access_token"]),
        refresh_token=refresh_token,
        expires=_later(issued, body.get("expires_in", 3600)),
        refresh_expires=_later(issued, body.get("x_refresh_token_expires_in")),
        ends=_later(issued, body.get("x_refresh_token_hard_expires_in")),
        issued=issued,
    )


def _later(start: datetime, seconds: object) -> datetime | None:
    return start + timedelta(seconds=float(str(seconds))) if seconds is not None else None


def _refused(status: int, body: Mapping[str, Any]) -> SyncError:
    error = str(body.get("error", ""))
    if error == "invalid_grant":
        return Disconnected(
            "QuickBooks no longer accepts this connection: it ended, was used up or was disconnected in QuickBooks.",
            remedy=RECONNECT,
            detail="invalid_grant",
        )
    return Misconfigured("QuickBooks refuses our app.", remedy="Tell support.", detail=f"{status} {error[:60]}".strip())


def _refused_consent(error: str) -> SyncError:
    if error == "access_denied":
        return Disconnected("Access to QuickBooks was not allowed.", remedy="Start again and choose Connect.")
    if error == "invalid_scope":
        return Misconfigured("QuickBooks does not let our app ask for this.", remedy="Tell support.", detail=error)
    return Disconnected("QuickBooks could not connect.", remedy="Start again.", detail=error[:60])


def _facts(company: Mapping[str, Any]) -> dict[str, Any]:
    named = {pair.get("Name"): pair.get("Value") for pair in company.get("NameValue") or ()}
    facts = {
        "country": company.get("Country"),
        "time_zone": company.get("DefaultTimeZone"),
        "plan": named.get("OfferingSku"),
        "subscription": named.get("SubscriptionStatus"),
    }
    return {name: value for name, value in facts.items() if value}


# --- discovery -------------------------------------------------------------------------------------------------------


def _endpoint(app: App, name: str) -> str:
    """`App.login_url` is the address of the discovery document, or the origin that has it in the usual place."""
    url = str(app.extra.get("discovery_url") or app.login_url)
    document = _discovered(url if "/.well-known/" in url else url.rstrip("/") + DISCOVERY)
    if not isinstance(document.get(name), str):
        raise Misconfigured("QuickBooks' addresses cannot be found.", remedy="Tell support.", detail=f"no {name}")
    return str(document[name])


@lru_cache(maxsize=8)
def _discovered(url: str) -> Mapping[str, Any]:
    """Fetched once per process: the addresses have not moved in years."""
    with Session(PROVIDER) as session:
        response = session.get(url, headers={"Accept": "application/json"})
    document = json_object(response)
    if not response.ok or not document:
        raise Transient(
            "QuickBooks did not tell its addresses.",
            remedy="Nothing to do: it is tried again.",
            detail=f"discovery document answered {response.status_code}",
        )
    return document
