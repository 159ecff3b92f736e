"""Who a token belongs to: userinfo, the identity URL, and the discovery document."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.control import CountedRoute
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.grants import Grants
from sandbox.salesforce.org import Org
from sandbox.salesforce.store import Row

SCOPES = {"api", "refresh_token", "offline_access", "id", "openid", "profile", "email", "web", "full"}


class Identity:
    def __init__(self, org: Org, grants: Grants) -> None:
        self.org, self.grants = org, grants

    def routes(self) -> list[CountedRoute]:
        return [
            CountedRoute("/services/oauth2/userinfo", self.userinfo, methods=["GET", "POST"]),
            CountedRoute("/id/{org}/{user}", self.identity, methods=["GET"]),
            CountedRoute("/.well-known/openid-configuration", self.discovery, methods=["GET"]),
        ]

    def url_of(self, user_id: str) -> str:
        return f"{self.org.url}/id/{self.org.id}/{user_id}"

    def user(self, id: str) -> Row:
        return self.org.store.find("User", {"Id": id})[0]

    def _urls(self, user_id: str) -> dict[str, str]:
        base = self.org.instance_url
        data = f"{base}/services/data/v{{version}}/"
        names = {
            "rest": data,
            "sobjects": data + "sobjects/",
            "query": data + "query/",
            "search_rest": data + "search/",
        }
        soap = f"{base}/services/Soap/c/{{version}}/{self.org.id[:15]}"
        return {"enterprise": soap, **names, "profile": f"{base}/{user_id}", "custom_domain": base}

    async def userinfo(self, request: Request) -> Response:
        if not request.headers.get("authorization"):
            return PlainTextResponse("Missing_OAuth_Token", 403)
        try:
            session = self.grants.session_of(request.headers["authorization"])
        except SalesforceError:
            return PlainTextResponse("Bad_OAuth_Token", 403)
        user = self.user(session.user_id)
        facts = {
            "sub": self.url_of(user["Id"]),
            "user_id": user["Id"],
            "organization_id": self.org.id,
            "preferred_username": user["Username"],
            "nickname": user["CommunityNickname"],
            "name": user["Name"],
            "email": user["Email"],
            "email_verified": True,
            "given_name": user["FirstName"],
            "family_name": user["LastName"],
            "zoneinfo": user["TimeZoneSidKey"],
            "updated_at": user["SystemModstamp"].replace(".000+0000", "Z"),
            "is_salesforce_integration_user": False,
        }
        return JSONResponse(facts | self._common(user))

    def _common(self, user: Row) -> dict[str, Any]:
        return {
            "urls": self._urls(user["Id"]),
            "active": bool(user["IsActive"]),
            "user_type": "STANDARD",
            "language": user["LanguageLocaleKey"],
            "locale": user["LocaleSidKey"],
            "utcOffset": 0,
            "is_app_installed": self.org.settings.app_installed,
            "photos": {},
        }

    async def identity(self, request: Request) -> Response:
        token = request.query_params.get("oauth_token")
        try:
            session = (
                self.grants.session(token) if token else self.grants.session_of(request.headers.get("authorization"))
            )
        except SalesforceError:
            return PlainTextResponse("Bad_OAuth_Token", 403)
        if request.path_params["org"] != self.org.id:
            return PlainTextResponse("Wrong_Org", 403)
        if request.path_params["user"] != session.user_id:
            return PlainTextResponse("Bad_Id", 404)
        user = self.user(session.user_id)
        facts = {
            "id": self.url_of(user["Id"]),
            "asserted_user": True,
            "user_id": user["Id"],
            "organization_id": self.org.id,
            "username": user["Username"],
            "nick_name": user["CommunityNickname"],
            "display_name": user["Name"],
            "email": user["Email"],
            "email_verified": True,
            "first_name": user["FirstName"],
            "last_name": user["LastName"],
            "timezone": user["TimeZoneSidKey"],
            "last_modified_date": user["LastModifiedDate"],
            "status": {"created_date": None, "body": None},
        }
        return JSONResponse(facts | self._common(user))

    async def discovery(self, _: Request) -> Response:
        base = f"{self.org.url}/services/oauth2"
        names = {"authorization": "authorize", "token": "token", "revocation": "revoke", "userinfo": "userinfo"}
        facts = {f"{name}_endpoint": f"{base}/{path}" for name, path in names.items()}
        more = {
            "issuer": self.org.url,
            "introspection_endpoint": f"{base}/introspect",
            "jwks_uri": f"{self.org.url}/id/keys",
            "scopes_supported": sorted(SCOPES),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
        return JSONResponse(facts | more)
