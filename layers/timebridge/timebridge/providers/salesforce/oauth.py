"""Consent and tokens: web-server flow with PKCE and client secret; refresh tokens may rotate."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from timebridge.errors import Disconnected, Misconfigured, SyncError, Transient
from timebridge.providers.http import Session
from timebridge.providers.oauth import request_token
from timebridge.providers.provider import Account, App
from timebridge.providers.salesforce.addresses import normalised
from timebridge.providers.salesforce.denials import not_granted, refused, refused_own
from timebridge.providers.salesforce.ids import full_id
from timebridge.providers.salesforce.meanings import ADMIN, REPORT
from timebridge.tenants import Grant

SCOPES = "api refresh_token openid"
"""Records, at any time, and who consented. Nothing else is asked for, unless the tenant insists on FULL."""

FULL = "full refresh_token openid"
ORGANIZATION = "SELECT Id, Name, OrganizationType, IsSandbox, InstanceName FROM Organization LIMIT 1"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def authorize_url(app: App, state: str, challenge: str) -> str:
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": FULL if app.extra.get("full_access") else SCOPES,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{login_origin(app)}/services/oauth2/authorize?{urlencode(query)}"


def exchange(app: App, query: Mapping[str, str], verifier: str) -> tuple[Grant, Account]:
    """Raises Disconnected when consent was refused, came too late, or opens an org without API access."""
    if "code" not in query:
        raise not_granted(query.get("error", ""))
    body = _token(
        app,
        grant_type="authorization_code",
        code=query["code"],
        redirect_uri=app.redirect_uri,
        code_verifier=verifier,
    )
    if not body.get("refresh_token"):
        raise Disconnected(
            "Salesforce gave no lasting access.",
            remedy=f"{ADMIN} to allow our app to 'perform requests at any time', then connect again.",
        )
    grant = _grant(app, body, Grant("", ""))
    try:
        return grant, _account(app, grant, str(body["id"]))
    except SyncError:
        revoke(app, grant)
        raise


def check_app(app: App) -> None:
    """Ask for a token with a code that cannot be right: whoever hears that of the code is known.

    Raises Disconnected when Salesforce does not know the app (yet), or refuses its secret.
    """
    try:
        _token(app, grant_type="authorization_code", code="none", redirect_uri=app.redirect_uri, code_verifier="none")
    except SyncError as error:
        if "invalid_client" in error.detail:
            raise


def refresh(app: App, grant: Grant) -> Grant:
    """A rotated refresh token and a new instance URL, where given, replace the old ones."""
    return _grant(app, _token(app, grant_type="refresh_token", refresh_token=grant.refresh_token), grant)


def revoke(app: App, grant: Grant) -> None:
    """Raises Transient when Salesforce does not answer; a token it does not know (any more) is as good as revoked."""
    with Session("Salesforce") as session:
        url = f"{login_origin(app)}/services/oauth2/revoke"
        answer = session.request("POST", url, data={"token": grant.refresh_token}, repeatable=True)
    if answer.status_code >= 500:
        raise Transient("Salesforce could not revoke the access just now.", detail=f"answered {answer.status_code}")


def login_origin(app: App) -> str:
    """Where people log in; the address bar of a Salesforce page will do."""
    return normalised(app.login_url)


class Held:
    """A grant that is not stored yet, and too young to be renewed."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant

    def get(self) -> Grant:
        return self.grant

    def renew(self, used: Grant, refresh: object) -> Grant:
        del used, refresh
        raise Disconnected("Salesforce refuses the token it just gave us.", remedy="Start connecting Salesforce again.")

    def put(self, grant: Grant) -> None:
        self.grant = grant

    def delete(self) -> None:
        self.grant = Grant("", "")


def _token(app: App, **form: str) -> dict[str, Any]:
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    mapped = refused_own if app.extra.get("own") else refused
    return request_token("Salesforce", f"{login_origin(app)}/services/oauth2/token", form | secrets, mapped)


def _grant(app: App, body: Mapping[str, Any], old: Grant) -> Grant:
    return Grant(
        access_token=body["access_token"],
        refresh_token=body.get("refresh_token") or old.refresh_token,
        base_url=_instance(app, body["instance_url"]) if body.get("instance_url") else old.base_url,
        issued=datetime.fromtimestamp(int(body["issued_at"]) / 1000, UTC) if body.get("issued_at") else None,
    )


def _instance(app: App, url: str) -> str:
    parts = urlsplit(url)
    local = parts.hostname in LOOPBACK and app.login_url.startswith("http://")
    if parts.scheme != "https" and not local:
        raise Misconfigured("Salesforce named an address that is not safe.", remedy=REPORT)
    return f"{parts.scheme}://{parts.netloc}"


def _account(app: App, grant: Grant, identity: str) -> Account:
    organisation, user = (full_id(part) for part in identity.rstrip("/").split("/")[-2:])
    if organisation is None or user is None or grant.base_url is None:
        raise Misconfigured("Salesforce did not say which org was connected.", remedy=REPORT)
    from timebridge.providers.salesforce.client import Client  # heavy, and the start of a consent needs none of it

    client = Client(app, Held(grant), lambda used: used, grant.base_url)
    found = client.rows([ORGANIZATION])[0]
    who = client.session.get(f"{client.origin}/services/oauth2/userinfo").json()
    return Account(
        id=organisation,
        name=found["Name"],
        owner=who.get("preferred_username") or who.get("email") or user,
        base_url=grant.base_url,
        sandbox=found["IsSandbox"],
        facts={
            "user": user,
            "edition": found["OrganizationType"],
            "instance": found["InstanceName"],
            "api_version": client.version,
        },
    )
