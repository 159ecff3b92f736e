"""Signing in and out. Cognito asks for the password; we keep a session, and no token.

The code comes back to the browser that asked for it, within ten minutes, once (OAuth 2.0 with PKCE, state and nonce:
https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html). What a user may do is asked of
the pool again every few minutes, so that somebody who was sent away is gone.
"""

import binascii
import json
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode

from timebridge.errors import Disconnected
from timebridge.gateway import Request
from timebridge.providers import oauth
from timebridge.settings import settings
from timebridge.store import users
from timebridge.store.audit import Audit, through
from timebridge.store.people import People
from timebridge.store.sessions import Sessions
from timebridge.store.tenants import States

GOOD_FOR = timedelta(hours=12)
"""A working day."""

ASKED_AGAIN = timedelta(minutes=5)
UNDER_WAY = timedelta(minutes=10)
SCOPES = "openid email profile"


class NotSignedIn(Exception):
    """Who asks has no session, or one that has ended."""


class SignInRefused(Exception):
    """The words are for the user."""


@dataclass(frozen=True, slots=True)
class Session:
    """`secret` is what the browser holds, `csrf` what its forms must bring along. `claims` as API Gateway has them.
    `entered`: the tenants that somebody who runs the platform has looked into."""

    secret: str
    csrf: str
    claims: dict[str, str]
    checked: str
    until: datetime
    entered: Sequence[str] = ()

    @property
    def tenant(self) -> str | None:
        return self.claims.get("custom:tenant_id") or None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is remembered while somebody is on Cognito's page. `browser`: a digest of the cookie's value."""

    verifier: str
    nonce: str
    browser: str
    to: str
    redirect_uri: str


def begin(to: str, public_url: str) -> tuple[str, str]:
    """Cognito's address to send the browser to, and the value of the cookie it must bring back. `to`: a path of ours
    to go to afterwards."""
    state, browser, verifier, nonce = (secrets.token_urlsafe(32) for _ in range(4))
    redirect_uri = f"{public_url}/console/signed-in"
    waiting = Waiting(verifier, nonce, _digest(browser), to, redirect_uri)
    States().put(f"sign-in#{state}", asdict(waiting), datetime.now(UTC) + UNDER_WAY)
    query = {
        "response_type": "code",
        "client_id": users.console_client(),
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": state,
        "nonce": nonce,
        "code_challenge": oauth.challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{settings().sign_in_url}/oauth2/authorize?{urlencode(query)}", browser


def finish(query: Mapping[str, str], browser: str) -> tuple[Session, str]:
    """The session of who comes back from Cognito, and the path they wanted to see. Raises SignInRefused."""
    if "code" not in query:  # what else is said there, anybody may have written into a link
        raise SignInRefused("The sign-in was not finished.")
    kept = States().take(f"sign-in#{query.get('state', '')}")
    if kept is None:
        raise SignInRefused("This sign-in was used already, or took longer than ten minutes.")
    waiting = Waiting(**kept)
    if not compare_digest(waiting.browser, _digest(browser)):
        raise SignInRefused("The answer came to another browser than the one that asked.")
    token = _exchanged(query["code"], waiting)
    found = users.claims(token["cognito:username"])
    if found is None:
        raise SignInRefused("This user may not sign in any more.")
    return _opened(found), waiting.to


def _exchanged(code: str, waiting: Waiting) -> dict[str, Any]:
    client = users.console_client()
    form = {
        "grant_type": "authorization_code",
        "client_id": client,
        "code": code,
        "redirect_uri": waiting.redirect_uri,
        "code_verifier": waiting.verifier,
    }
    answer = oauth.request_token("The sign-in", f"{settings().sign_in_url}/oauth2/token", form, _refused)
    claims = _payload(answer.get("id_token", ""))
    in_time = float(claims.get("exp", 0)) > datetime.now(UTC).timestamp()
    if claims.get("aud") != client or claims.get("nonce") != waiting.nonce or not in_time:
        raise SignInRefused("The sign-in service answered something else than was asked.")
    return claims


def _refused(status: int, body: Mapping[str, Any]) -> Exception:
    if body.get("error") == "invalid_grant":
        return SignInRefused("This sign-in was used already, or took too long.")
    return Disconnected("The sign-in service refused us.", detail=f"{status} {body.get('error')}")


def _payload(token: str) -> dict[str, Any]:
    """Of an ID token that came straight from its issuer: TLS vouches for it (OpenID Connect Core, 3.1.3.7)."""
    try:
        part = token.split(".")[1]
        found = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}


def _opened(claims: dict[str, str]) -> Session:
    now = datetime.now(UTC)
    session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), claims, now.isoformat(), now + GOOD_FOR)
    Sessions().put(session.secret, _kept(session), session.until)
    if session.tenant:
        People(session.tenant).seen(claims["sub"], claims.get("email", ""), groups_of(claims), claims.get("name"))
    return session


def current(secret: str) -> Session:
    """Raises NotSignedIn."""
    kept = Sessions().get(secret) if secret else None
    if kept is None or kept[1] <= datetime.now(UTC):
        raise NotSignedIn
    session = Session(secret=secret, until=kept[1], **kept[0])
    if datetime.now(UTC) - datetime.fromisoformat(session.checked) < ASKED_AGAIN:
        return session
    return _checked(session)


def _checked(session: Session) -> Session:
    claims = users.claims(session.claims["cognito:username"])
    if claims is None:
        end(session.secret)
        raise NotSignedIn
    fresh = replace(session, claims=claims, checked=datetime.now(UTC).isoformat())
    if not Sessions().renew(fresh.secret, _kept(fresh), fresh.until):
        raise NotSignedIn
    return fresh


def _kept(session: Session) -> dict[str, Any]:
    entered = list(session.entered)
    return {"csrf": session.csrf, "claims": session.claims, "checked": session.checked, "entered": entered}


def enter(session: Session, tenant: str) -> None:
    """Whoever runs the platform and looks into a tenant stands in its audit trail: once a session, before anything is
    shown."""
    if tenant == session.tenant or tenant in session.entered:
        return
    with through("console"):
        Audit(tenant).write(session.claims.get("email", session.claims["sub"]), "operator.enter", f"tenant {tenant}")
    known = replace(session, entered=(*session.entered, tenant))
    Sessions().renew(known.secret, _kept(known), known.until)


def end(secret: str) -> None:
    if secret:
        Sessions().end(secret)


def cognito_sign_out(public_url: str) -> str:
    """Where the browser must go so that Cognito forgets the sign-in as well."""
    query = {"client_id": users.console_client(), "logout_uri": f"{public_url}/console/signed-out"}
    return f"{settings().sign_in_url}/logout?{urlencode(query)}"


def public_url(request: Request) -> str:
    return settings().public_url or request.domain


def _digest(value: str) -> str:
    return sha256(value.encode()).hexdigest()


def groups_of(claims: Mapping[str, str]) -> list[str]:
    return claims.get("cognito:groups", "").strip("[]").split()
