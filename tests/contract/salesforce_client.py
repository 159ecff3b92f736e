"""A thin HTTP client for the Salesforce sandbox, and the browser's part of OAuth."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from sandbox.salesforce import Salesforce

CALLBACK = "http://localhost:9/callback"
VERIFIER = "v" * 64


@dataclass
class Client:
    """A thin HTTP client with one session of the integration user."""

    org: Salesforce
    session: requests.Session

    @property
    def base(self) -> str:
        return f"{self.org.url}/services/data/v67.0"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        url = self.org.url + path if path.startswith("/services") else self.base + path
        return self.session.request(method, url, **more)

    def query(self, soql: str, **more: Any) -> dict[str, Any]:
        answer = self.call("GET", "/query", params={"q": soql}, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def names(self, where: str) -> list[str]:
        return [each["Name"] for each in self.query(f"SELECT Name FROM Account {where}")["records"]]  # noqa: S608 (SOQL)

    def create(self, sobject: str, **values: Any) -> str:
        answer = self.call("POST", f"/sobjects/{sobject}", json=values)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def control(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self.session.request(method, f"{self.org.url}/_sandbox{path}", **more)
        assert answer.ok, answer.text
        return answer


def error_of(answer: requests.Response) -> tuple[int, str, str]:
    [error] = answer.json()
    return answer.status_code, error["errorCode"], error["message"]


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorise(org: Salesforce, decision: str = "allow", **changes: str) -> requests.Response:
    wish = {"response_type": "code", "client_id": org.client_id, "redirect_uri": CALLBACK, "state": "s 1"}
    wish |= {"scope": "api refresh_token", "code_challenge": challenge(), "code_challenge_method": "S256"} | changes
    page = requests.get(f"{org.url}/services/oauth2/authorize", params=wish, timeout=5, allow_redirects=False)
    if page.status_code != 200:
        return page
    return requests.post(page.url, {"decision": decision, "user": org.org.admin}, timeout=5, allow_redirects=False)


def back(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    return {name: value for name, [value] in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(org: Salesforce, **form: str) -> requests.Response:
    known = {"client_id": org.client_id, "client_secret": org.client_secret}
    return requests.post(f"{org.url}/services/oauth2/token", known | form, timeout=5)


def redeem(org: Salesforce, code: str, **changes: str) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return exchange(org, **form | changes)


def refresh(org: Salesforce, token: str) -> requests.Response:
    return exchange(org, grant_type="refresh_token", refresh_token=token)


def granted(org: Salesforce) -> dict[str, str]:
    return dict(redeem(org, back(authorise(org))["code"]).json())
