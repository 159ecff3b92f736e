"""In and out: signing in and out, choosing a tenant, how the pages look, and the static files."""

from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router

from timebridge.console import places, sessions
from timebridge.console.answers import THEME, THEMES, Answer, cookie, cookie_name, plain_page
from timebridge.console.client import Refused
from timebridge.console.sessions import SignInRefused
from timebridge.console.visits import SAID, Screens, Visit
from timebridge.gateway import Request

BROWSER = "timebridge_signing_in"
FOR_GOOD = "public, max-age=31536000, immutable"
A_YEAR = 31_536_000

everybody = Screens("front")
front: Router = everybody.router


def _request() -> Request:
    return Request(front.current_event.raw_event)


@front.get("/sign-in")
def sign_in() -> Answer:
    request = _request()
    to = request.query.get("to", "")
    url, browser = sessions.begin(to if places.is_ours(to) else places.ROOT, sessions.public_url(request))
    kept = cookie(request, request.private(BROWSER), browser, int(sessions.UNDER_WAY.total_seconds()))
    return Response(303, body="", headers={"Location": url, "Cache-Control": "no-store"}, cookies=[kept])


@front.get("/signed-in")
def signed_in() -> Answer:
    request = _request()
    session, to = sessions.finish(request.query, request.cookie(request.private(BROWSER)))
    sessions.end(request.cookie(cookie_name(request)))  # whoever signs in again leaves no session behind
    kept = cookie(request, cookie_name(request), session.secret, int(sessions.GOOD_FOR.total_seconds()))
    gone = cookie(request, request.private(BROWSER), "", 0)
    location = places.home() + quote(to.removeprefix(places.ROOT), safe="/%?&=+:@,;~")
    return Response(303, body="", headers={"Location": location, "Cache-Control": "no-store"}, cookies=[kept, gone])


@everybody.post("/sign-out")
def sign_out(visit: Visit) -> Answer:
    sessions.end(visit.session.secret)
    visit.cookies += [cookie(visit.request, name, "", 0) for name in (cookie_name(visit.request), SAID)]
    to = sessions.cognito_sign_out(sessions.public_url(visit.request))
    answer = plain_page(visit.request, "signed_out.html", 200, visit.cookies)
    answer.headers["Refresh"] = f"0; url={to}"  # not a redirect: pages may send forms to ourselves only
    return answer


@front.get("/signed-out")
def signed_out() -> Answer:
    return plain_page(_request(), "signed_out.html", 200)


@everybody.get("")
def begin(visit: Visit) -> Answer:
    """Whoever has one tenant goes there; who runs the platform chooses."""
    if visit.is_platform:
        return _tenants(visit, {})
    if visit.session.tenant is None:
        raise SignInRefused("You are signed in, but belong to no tenant yet. Ask whoever invited you.")
    return visit.leave(places.place(visit.session.tenant))


@everybody.post("")
def create(visit: Visit) -> Answer:
    """A new tenant; its people are invited from its settings."""
    form = visit.form
    wish = {name: form.get(name) for name in ("id", "name", "time_zone") if form.get(name)}
    try:
        made = visit.api.post("/tenants", wish)
    except Refused as error:
        return _tenants(visit, error.errors or {"name": error.detail}, 422)
    return visit.leave(places.place(made["id"], "settings/people"), said=f"{made['name']} is there. Invite its people.")


def _tenants(visit: Visit, wrong: dict[str, str], status: int = 200) -> Answer:
    found = visit.api.get("/tenants")["items"]
    return visit.page("tenants.html", title="Tenants", tenants=found, wrong=wrong, asked=visit.form, status=status)


@everybody.post("/appearance")
def appearance(visit: Visit) -> Answer:
    chosen = visit.form.get("theme")
    visit.cookies.append(cookie(visit.request, THEME, chosen, A_YEAR if chosen in THEMES else 0))
    back = visit.form.get("back")
    return visit.leave(back if places.is_ours(back, places.home()) else places.home())


@front.get("/static/<version>/<name>")
def static(version: str, name: str) -> Response[Any]:  # noqa: ARG001 - it only makes the address another one
    found = places.static_file(name)
    if found is None:
        return Response(404, "text/plain", f"There is no file {quote(name)}.")
    kind, content = found
    body: Any = content.decode() if kind.startswith("text/") else content
    headers = {"Cache-Control": FOR_GOOD, "X-Content-Type-Options": "nosniff"}
    return Response(200, f"{kind}; charset=utf-8" if kind.startswith("text/") else kind, body, headers)
