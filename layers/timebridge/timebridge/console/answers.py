"""What a browser is answered with: pages, parts of them and refusals, under the headers and cookies they all have."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from timebridge.console import places
from timebridge.console.rendering import render
from timebridge.gateway import Request

type Answer = Response[Any]

THEME = "timebridge_theme"
THEMES = ("light", "dark")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def cookie_name(request: Request) -> str:
    return request.private("timebridge_session")


def cookie(request: Request, name: str, value: str, seconds: int) -> Cookie:
    """Zero seconds take it away."""
    lax, secure = SameSite.LAX_MODE, not request.is_plain
    return Cookie(name, value, path="/", max_age=seconds, http_only=True, secure=secure, same_site=lax)


def html(status: int, text: str, cookies: list[Cookie], headers: Mapping[str, str] | None = None) -> Answer:
    return Response(status, "text/html; charset=utf-8", text, {**HEADERS, **(headers or {})}, cookies)


def refusal(status: int, detail: str, remedy: str, cookies: Sequence[Cookie] = ()) -> Answer:
    """Told in the corner of the page that asked for a part of itself; nothing is swapped."""
    headers = {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"}
    return html(status, render("refusal.html", detail=detail, remedy=remedy), list(cookies), headers)


def theme_of(request: Request) -> str:
    found = request.cookie(THEME)
    return found if found in THEMES else ""


def plain_page(request: Request, template: str, status: int, cookies: Sequence[Cookie] = (), **values: Any) -> Answer:
    """A page for which nobody needs to be signed in."""
    given = {"home": places.home(), "theme": theme_of(request), "status": status, "title": ""} | values
    return html(status, render(template, **given), list(cookies))
