"""Intuit's OAuth 2.0 and OpenID pages and endpoints."""

import asyncio
import base64
import json
from functools import cached_property
from html import escape
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.control import CountedRoute
from sandbox.pages import card
from sandbox.quickbooks.grants import ACCOUNTING, SCOPES, Grant, Grants, Refused

TITLE = "QuickBooks Online sandbox"
USER = {
    **{"sub": "d8752092-0c6f-4b40-9a3c-d3f7e0a1c5b2", "email": "owner@example.test", "emailVerified": True},
    **{"givenName": "Dana", "familyName": "Sample", "phoneNumber": "+1 5550100", "phoneNumberVerified": False},
    "address": {
        **{"streetAddress": "12 Example Street", "locality": "Sampleton", "region": "CA"},
        **{"postalCode": "94043", "country": "US"},
    },
}
KEY_ID = "sandbox-1"


class Authorization:
    """`companies` gives realm and name of each company a user may choose."""

    def __init__(self, grants: Grants, client: tuple[str, str], redirect_uris: list[str], companies: dict[str, str]):
        self.grants, self.redirect_uris, self.companies = grants, redirect_uris, companies
        self.client_id, self.client_secret = client
        self.in_flight = self.most_in_flight = 0

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid_sandbox_configuration", self.discovery),
            Route("/.well-known/openid_sandbox_configuration/", self.discovery),
            Route("/.well-known/openid_configuration", self.discovery),
            Route("/.well-known/openid_configuration/", self.discovery),
            Route("/op/v1/jwks", self.keys),
            CountedRoute("/connect/oauth2", self.consent_page, methods=["GET"]),
            CountedRoute("/connect/oauth2", self.consent, methods=["POST"]),
            CountedRoute("/oauth2/v1/tokens/bearer", self.token, methods=["POST"]),
            CountedRoute("/v2/oauth2/tokens/revoke", self.revoke, methods=["POST"]),
            CountedRoute("/v1/openid_connect/userinfo", self.user_info, methods=["GET"]),
        ]

    async def discovery(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "issuer": f"{base}/op/v1",
                "authorization_endpoint": f"{base}/connect/oauth2",
                "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
                "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
                "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
                "jwks_uri": f"{base}/op/v1/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile", "address", "phone"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
            }
        )

    async def keys(self, request: Request) -> Response:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return JSONResponse({"keys": [{**key, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]})

    # ------------------------------------------------------------ consent

    async def consent_page(self, request: Request) -> Response:
        wish = dict(request.query_params)
        return self._unusable(wish) or self._refused_scope(wish) or framed_nowhere(self._page(wish))

    async def consent(self, request: Request) -> Response:
        wish = dict(request.query_params)
        wrong = self._unusable(wish) or self._refused_scope(wish)
        if wrong:
            return wrong
        form = await request.form()
        realm = str(form.get("realm", ""))
        if form.get("decision") != "allow":
            return back(wish, error="access_denied")
        if realm not in self.companies:
            return card(TITLE, "No company chosen", "<p>Choose a company to connect.</p>", 400)
        code = self.grants.consent(realm, wish["scope"], wish["redirect_uri"])
        answer = {"code": code, "realmId": realm} if ACCOUNTING in wish["scope"].split() else {"code": code}
        return back(wish, **answer)

    def _unusable(self, wish: dict[str, str]) -> Response | None:
        """Mistakes that must not be sent to a redirect address which nobody vouched for."""
        sentence = None
        if wish.get("client_id") != self.client_id:
            sentence = "The client_id is not known."
        elif wish.get("redirect_uri") not in self.redirect_uris:
            sentence = "The redirect_uri query parameter value is invalid. It must match a registered address exactly."
        elif not wish.get("state"):
            sentence = "The state query parameter is missing."
        if sentence is None:
            return None
        content = f"<p>Sorry, but the app didn't connect. {escape(sentence)}</p>"
        return card(TITLE, "Uh oh, there's a connection problem", content, 400)

    def _refused_scope(self, wish: dict[str, str]) -> Response | None:
        if wish.get("response_type") != "code":
            return back(wish, error="unsupported_response_type")
        scopes = wish.get("scope", "").split()
        if not scopes or not SCOPES.issuperset(scopes):
            return back(wish, error="invalid_scope")
        return None

    def _page(self, wish: dict[str, str]) -> Response:
        options = "".join(
            f'<p><label><input type="radio" name="realm" value="{realm}"{" checked" if first else ""}> '
            f"{escape(name)} <small>({realm})</small></label></p>"
            for first, (realm, name) in zip(
                (True, *[False] * len(self.companies)), self.companies.items(), strict=False
            )
        )
        buttons = (
            '<button name="decision" value="allow">Connect</button> '
            '<button class="quiet" name="decision" value="deny">No thanks</button>'
        )
        scopes = ", ".join(escape(scope) for scope in wish["scope"].split())
        content = (
            f"<p>The app asks for: {scopes}.</p>"
            f'<form method="post"><fieldset><legend>Choose a company</legend>{options}</fieldset>{buttons}</form>'
        )
        return card(TITLE, "Authorize the app to access your company", content)

    # ------------------------------------------------------------ tokens

    async def token(self, request: Request) -> Response:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            form = {key: str(value) for key, value in (await request.form()).items()}
            self._check_client(request)
            await asyncio.sleep(self.grants.store.setting("latency", 0))
            grant = self._grant_for(form)
        except Refused as refusal:
            body = {"error": refusal.error}
            if refusal.description:
                body["error_description"] = refusal.description
            return JSONResponse(body, refusal.status)
        finally:
            self.in_flight -= 1
        wants_hard = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
        answer = self.grants.token_answer(grant, wants_hard)
        if "openid" in grant.scope.split() and form["grant_type"] == "authorization_code":
            answer["id_token"] = self._id_token(grant, str(request.base_url).rstrip("/"))
        return JSONResponse(answer, headers={"cache-control": "no-cache, no-store"})

    def _check_client(self, request: Request) -> None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        wanted = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if scheme.lower() != "basic" or value.strip() != wanted:
            raise Refused("invalid_client", status=401)

    def _grant_for(self, form: dict[str, str]) -> Grant:
        match form.get("grant_type"):
            case "authorization_code" if form.get("code") and form.get("redirect_uri"):
                return self.grants.exchange(form["code"], form["redirect_uri"])
            case "refresh_token" if form.get("refresh_token"):
                return self.grants.refresh(form["refresh_token"])
            case "authorization_code" | "refresh_token" | None:
                raise Refused("invalid_request", "A required parameter is missing")
        raise Refused("unsupported_grant_type")

    def _id_token(self, grant: Grant, base: str) -> str:
        now = int(self.grants.store.clock.now().timestamp())
        claims = {
            **{"sub": USER["sub"], "aud": [self.client_id], "realmid": grant.realm, "iss": f"{base}/op/v1"},
            **{"auth_time": now, "iat": now, "exp": now + 3600},
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_ID})

    async def revoke(self, request: Request) -> Response:
        try:
            self._check_client(request)
        except Refused as refusal:
            return JSONResponse({"error": refusal.error}, refusal.status)
        token = await token_in(request)
        if not token or not self.grants.revoke(token):
            return JSONResponse({"error": "invalid_request"}, 400)
        return Response(status_code=200)

    async def user_info(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        grant, expired = self.grants.of_access_token(token)
        if grant is None or expired or grant.revoked or "openid" not in grant.scope.split():
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse(USER)


def back(wish: dict[str, str], **answer: str) -> Response:
    query = urlencode({**answer, "state": wish.get("state", "")})
    return RedirectResponse(f"{wish['redirect_uri']}?{query}", 302)


def framed_nowhere(response: Response) -> Response:
    response.headers["x-frame-options"] = "DENY"
    response.headers["content-security-policy"] = "frame-ancestors 'none'"
    return response


async def token_in(request: Request) -> str:
    """JSON, as Intuit documents it; a form is understood too."""
    if "json" in request.headers.get("content-type", ""):
        try:
            body: Any = json.loads(await request.body())
        except ValueError:
            return ""
        return str(body.get("token", "")) if isinstance(body, dict) else ""
    return str((await request.form()).get("token", ""))
