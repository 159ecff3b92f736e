"""OAuth 2.0 over HTTP: consent page, token, revoke, introspect."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandbox.control import CountedRoute
from sandbox.pages import card
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.grants import EXPIRED, Grants, OAuthError, Session
from sandbox.salesforce.identity import SCOPES, Identity
from sandbox.salesforce.org import Org
from sandbox.salesforce.store import Row

TITLE = "Salesforce (sandbox)"
NO_STORE = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")

CONSENT = """<p>The application asks to work in <strong>{org}</strong> for you:</p><ul>{scopes}</ul>
<form method="post"><label for="user">You are</label><select id="user" name="user">{users}</select>
<button name="decision" value="allow">Allow</button>
<button class="quiet" name="decision" value="deny">Deny</button></form>"""
SCOPE_TEXT = {"api": "Read and change records", "refresh_token": "Do so at any time", "id": "Know who you are"}


class OAuth:
    def __init__(self, org: Org, grants: Grants) -> None:
        self.org, self.grants = org, grants
        self.identity = Identity(org, grants)

    def routes(self) -> list[CountedRoute]:
        base = "/services/oauth2"
        return [
            CountedRoute(f"{base}/authorize", self.consent, methods=["GET"]),
            CountedRoute(f"{base}/authorize", self.decide, methods=["POST"]),
            CountedRoute(f"{base}/token", self.token, methods=["GET", "POST"]),
            CountedRoute(f"{base}/revoke", self.revoke, methods=["GET", "POST"]),
            CountedRoute(f"{base}/introspect", self.introspect, methods=["POST"]),
            *self.identity.routes(),
        ]

    # authorize

    def _refused(self, wish: dict[str, str]) -> Response | None:
        """What is wrong with the request itself is shown to the user, never redirected."""
        settings = self.org.settings
        if wish.get("client_id") != settings.client_id:
            return error_page("invalid_client_id", "client identifier invalid")
        if wish.get("redirect_uri") not in settings.redirect_uris:
            return error_page("redirect_uri_mismatch", "redirect_uri must match configuration")
        if not settings.app_approved:
            return error_page("OAUTH_APP_BLOCKED", "this app is blocked by admin")
        return None

    def _kept_out(self, wish: dict[str, str], user: str) -> Response | None:
        """What is only known once somebody has logged in."""
        settings = self.org.settings
        if not settings.app_installed:
            said = "External client app is not installed in this org"
            return self._back(wish, error="OAUTH_EC_APP_NOT_FOUND", error_description=said)
        if user in settings.unapproved_users:
            return error_page("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app")
        return None

    def _back(self, wish: dict[str, str], **answer: str) -> Response:
        state = {"state": wish["state"]} if "state" in wish else {}
        return RedirectResponse(wish["redirect_uri"] + "?" + urlencode({**answer, **state}), 302)

    def _objection(self, wish: dict[str, str]) -> tuple[str, str] | None:
        if wish.get("response_type") != "code":
            return "unsupported_response_type", "response type not supported"
        if not CHALLENGE.fullmatch(wish.get("code_challenge", "")):
            return "invalid_request", "missing required code challenge"
        if wish.get("code_challenge_method", "S256") != "S256":
            return "invalid_request", "code challenge method not supported"
        if set(wish.get("scope", "").split()) - SCOPES:
            return "invalid_scope", "the requested scope is not allowed"
        return None

    async def consent(self, request: Request) -> Response:
        wish = dict(request.query_params)
        refused = self._refused(wish)
        if refused:
            return refused
        objection = self._objection(wish)
        if objection:
            return self._back(wish, error=objection[0], error_description=objection[1])
        users = self.org.store.find("User", {"IsActive": 1, "UserType": "Standard"})
        hint = wish.get("login_hint")
        options = "".join(user_option(user, user["Username"] == hint) for user in users)
        scopes = "".join(f"<li>{SCOPE_TEXT.get(each, Markup.escape(each))}</li>" for each in scope_of(wish).split())
        name = Markup.escape(self.org.store.find("Organization", {})[0]["Name"])
        return card(TITLE, "Allow access?", CONSENT.format(org=name, scopes=scopes, users=options))

    async def decide(self, request: Request) -> Response:
        """The form of the consent page: `user` (an id) and `decision` (allow or deny), beside the same query."""
        wish, form = dict(request.query_params), await request.form()
        refused = self._refused(wish)
        if refused:
            return refused
        objection = self._objection(wish)
        if objection:
            return self._back(wish, error=objection[0], error_description=objection[1])
        if form.get("decision") != "allow":
            return self._back(wish, error="access_denied", error_description="end-user denied authorization")
        user = self.org.store.get("User", str(form.get("user") or self.org.admin))
        if user is None or not user["IsActive"] or user["Id"] in self.org.settings.frozen_users:
            return error_page("access_denied", "your login attempt has failed")
        kept_out = self._kept_out(wish, user["Id"])
        if kept_out:
            return kept_out
        facts = {"user_id": user["Id"], "scope": scope_of(wish), "redirect_uri": wish["redirect_uri"]}
        code = self.grants.new_code({**facts, "challenge": wish["code_challenge"]})
        return self._back(wish, code=code)

    # token

    async def token(self, request: Request) -> Response:
        try:
            if request.method != "POST":
                raise OAuthError("invalid_request", "must use HTTP POST")
            form = await form_of(request)
            return JSONResponse(await self._granted(form), headers=NO_STORE)
        except OAuthError as error:
            return oauth_refusal(error)

    async def _granted(self, form: dict[str, str]) -> dict[str, Any]:
        kind = form.get("grant_type")
        if kind not in ("authorization_code", "refresh_token"):
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        self._check_client(form)
        if kind == "refresh_token":
            return await self._refreshed(form.get("refresh_token", ""))
        session, refresh = self.grants.redeem(
            form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", "")
        )
        return self.token_answer(session, refresh)

    def _check_client(self, form: dict[str, str]) -> None:
        settings = self.org.settings
        if form.get("client_id") != settings.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if not hmac.compare_digest(form.get("client_secret", ""), settings.client_secret):
            raise OAuthError("invalid_client", "invalid client credentials")

    async def _refreshed(self, token: str) -> dict[str, Any]:
        """Takes its time, so that a second refresh of the same token really meets the first."""
        if not token or not self.org.settings.app_approved:
            raise OAuthError(*EXPIRED)
        if token in self.grants.refreshing:
            raise OAuthError("invalid_grant", "token request is already being processed")
        self.grants.refreshing.add(token)
        try:
            await asyncio.sleep(self.org.settings.refresh_seconds)
            return self.token_answer(*self.grants.refresh(token))
        finally:
            self.grants.refreshing.discard(token)

    def token_answer(self, session: Session, refresh: str | None) -> dict[str, Any]:
        issued = str(int(session.issued * 1000))
        id = self.identity.url_of(session.user_id)
        key = self.org.settings.client_secret.encode()
        signature = hmac.new(key, (id + issued).encode(), hashlib.sha256).digest()
        return {
            "access_token": session.token,
            **({"refresh_token": refresh} if refresh else {}),
            "signature": base64.b64encode(signature).decode(),
            "scope": session.scope,
            "instance_url": self.org.instance_url,
            "id": id,
            "token_type": "Bearer",
            "issued_at": issued,
        }

    # revoke, introspect

    async def revoke(self, request: Request) -> Response:
        form = await form_of(request) if request.method == "POST" else dict(request.query_params)
        try:
            self.grants.revoke(form.get("token", ""))
        except OAuthError as error:
            return oauth_refusal(error)
        return Response(status_code=200)

    async def introspect(self, request: Request) -> Response:
        try:
            form = await form_of(request)
            self._check_client(form)
        except OAuthError as error:
            return oauth_refusal(error)
        return JSONResponse(self._introspected(form.get("token", "")), headers=NO_STORE)

    def _introspected(self, token: str) -> dict[str, Any]:
        facts: dict[str, Any]
        refresh = self.grants.live_refresh_token(token)
        if refresh:
            user_id, scope = refresh
            facts = {"token_type": "refresh_token"}
        else:
            try:
                session = self.grants.session(token)
            except SalesforceError:
                return {"active": False}
            user_id, scope = session.user_id, session.scope
            start, end = int(session.issued), int(session.used + self.org.settings.session_seconds)
            facts = {"token_type": "access_token", "exp": end, "iat": start, "nbf": start}
        user = self.identity.user(user_id)
        sub = self.identity.url_of(user_id)
        owner = {"client_id": self.org.settings.client_id, "username": user["Username"], "sub": sub}
        return {"active": True, "scope": scope, **owner, **facts}


def scope_of(wish: dict[str, str]) -> str:
    return wish.get("scope") or "api refresh_token"


def user_option(user: Row, chosen: bool) -> str:
    mark = " selected" if chosen else ""
    return f'<option value="{user["Id"]}"{mark}>{Markup.escape(user["Name"])}</option>'


def error_page(error: str, description: str) -> Response:
    text = Markup("<p>error={} &amp; error_description={}</p>").format(error, description)
    return card(TITLE, "Salesforce cannot let this application in", text, 400)


def oauth_refusal(error: OAuthError) -> Response:
    return JSONResponse({"error": error.error, "error_description": error.description}, error.status, NO_STORE)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form-encoded body; client credentials may come as HTTP Basic."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthError("invalid_client", "invalid client credentials") from None
        form |= {"client_id": name, "client_secret": secret}
    return form
