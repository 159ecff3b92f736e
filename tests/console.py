"""A person with a browser at the console, in process: pages come out of the function, forms go into it."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from tests.stage import Clockwork, door
from timebridge.store.sessions import Sessions

HOST = "timebridge.example"
COOKIE = "__Host-timebridge_session"
CSRF = "a-token-that-only-our-pages-know"


class _Text(HTMLParser):
    """What is to be read on a page, and the forms and links on it."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.forms: list[dict[str, Any]] = []
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._quiet += tag in ("script", "style")
        if tag == "a" and "href" in given:
            self.links.append((given["href"], ""))
        if tag == "form":
            self.forms.append({"action": given.get("action") or given.get("hx-post", ""), "fields": []})
        if tag in ("input", "select", "textarea", "button") and self.forms and "name" in given:
            self.forms[-1]["fields"].append(given | {"tag": tag})

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._quiet and data.strip():
            self.words.append(" ".join(data.split()))
            if self.links and not self.links[-1][1]:
                self.links[-1] = (self.links[-1][0], self.words[-1])


@dataclass
class Shown:
    """An answer of the console. `text`: the words of the page, in their order, a space between."""

    status: int
    headers: dict[str, str]
    html: str
    cookies: list[str]

    @property
    def parsed(self) -> _Text:
        found = _Text()
        found.feed(self.html)
        return found

    @property
    def text(self) -> str:
        return " ".join(self.parsed.words)

    @property
    def links(self) -> dict[str, str]:
        """Address by the words of the link."""
        return {words: to for to, words in self.parsed.links}

    @property
    def forms(self) -> list[dict[str, Any]]:
        return self.parsed.forms

    def form(self, ending: str) -> dict[str, Any]:
        """The first form whose address ends so."""
        return next(form for form in self.forms if form["action"].endswith(ending))

    def filled(self, ending: str, **values: str) -> dict[str, str]:
        """What a browser would send of that form as it stands, but for these values."""
        return filled(self.form(ending)) | values

    @property
    def location(self) -> str:
        """Where it leads, below the console: `acme/runs`."""
        to = self.headers.get("Location") or self.headers.get("HX-Redirect", "")
        return to.partition("/console/")[2]

    @property
    def said(self) -> str:
        """What the next page will tell of what was done (or what a part of a page told at once)."""
        for line in self.cookies:
            if found := re.match(r"timebridge_said=([^;]+);", line):
                kept = json.loads(unquote(found[1]))
                return str(kept["said"] or kept["problem"])
        return str(json.loads(self.headers.get("HX-Trigger", "{}")).get("said", ""))


def filled(form: dict[str, Any]) -> dict[str, str]:
    """What a browser would send of a form as it stands."""
    fields = [each for each in form["fields"] if each.get("type") != "radio" or "checked" in each]
    return {each["name"]: each.get("value", "") for each in fields if each["tag"] != "button"}


@dataclass
class Browser:
    """Somebody who is signed in, unless `signed_in` says otherwise. Paths are below the tenant: `runs?status=done`."""

    roles: tuple[str, ...] = ("tenant_admin",)
    tenant: str | None = "acme"
    name: str = "ada@acme.example"
    at: str = ""
    signed_in: bool = True
    referer: str = ""
    secret: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.at = self.at or (self.tenant or "")

    def get(self, path: str = "", *, part: bool = False, **query: Any) -> Shown:
        """`part`: as htmx asks."""
        return self._call("GET", path, query=query, part=part)

    def post(self, path: str, form: dict[str, Any] | None = None, *, part: bool = False, csrf: str = CSRF) -> Shown:
        """Values that are lists are sent several times, as ticked boxes are."""
        return self._call("POST", path, form={"csrf": csrf, **(form or {})}, part=part)

    def follow(self, answer: Shown) -> Shown:
        """The page that a redirect leads to."""
        assert answer.status in (204, 303), (answer.status, answer.text)
        return self._call("GET", f"/{answer.location}")

    def other(self, **values: Any) -> Self:
        return type(self)(**{"roles": self.roles, "tenant": self.tenant, "name": self.name, **values})

    def _call(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        form: dict[str, Any] | None = None,
        part: bool = False,
    ) -> Shown:
        parts = urlsplit(path if path.startswith("/") else f"/{self.at}/{path}")
        given = dict(parse_qsl(parts.query)) | {k: str(v) for k, v in (query or {}).items() if v is not None}
        raw = f"/console{parts.path}".rstrip("/")
        answer = door("console").handler(
            {
                "version": "2.0",
                "routeKey": f"{method} {raw}",
                "rawPath": raw,
                "rawQueryString": urlencode(given),
                "queryStringParameters": given,
                "headers": self._headers(method, part),
                "cookies": [f"{COOKIE}={self._session()}"] if self.signed_in else [],
                "requestContext": {
                    "domainName": HOST,
                    "stage": "$default",
                    "requestId": "r",
                    "http": {"method": method, "path": raw},
                },
                "body": None if form is None else urlencode(form, doseq=True),
                "isBase64Encoded": False,
            },
            Clockwork(),
        )
        headers = {name: str(value) for name, value in answer["headers"].items()}
        return Shown(answer["statusCode"], headers, answer.get("body") or "", answer.get("cookies", []))

    def _headers(self, method: str, part: bool) -> dict[str, str]:
        sent = {"host": HOST} | ({"referer": self.referer} if self.referer else {})
        if method == "POST":
            sent |= {"content-type": "application/x-www-form-urlencoded", "origin": f"https://{HOST}"}
        return sent | ({"hx-request": "true"} if part else {})

    def _session(self) -> str:
        if not self.secret:
            self.secret = f"secret-of-{self.name}-{self.tenant}-{'-'.join(self.roles)}"
            claims = {
                "sub": f"sub-of-{self.name}",
                "email": self.name,
                "email_verified": "true",
                "cognito:username": self.name,
                "cognito:groups": f"[{' '.join(self.roles)}]",
                **({"custom:tenant_id": self.tenant} if self.tenant else {}),
            }
            now = datetime.now(UTC)
            data = {"csrf": CSRF, "claims": claims, "checked": now.isoformat()}
            Sessions().put(self.secret, data, now + timedelta(hours=1))
        return self.secret
