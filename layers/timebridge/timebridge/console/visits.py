"""One visit to a page: who comes, what they sent, the API as they may use it, and the ways to answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.shared.cookies import Cookie

from timebridge.console import navigation, places, sessions
from timebridge.console.answers import HEADERS, cookie, cookie_name, html, plain_page, refusal, theme_of
from timebridge.console.answers import Answer as Answer  # what every screen returns
from timebridge.console.client import Api, Refused
from timebridge.console.forms import Form, TooMuch, Unsent
from timebridge.console.rendering import render
from timebridge.console.sessions import Session
from timebridge.gateway import Request

SAID = "timebridge_said"
LONGEST_SAID = 600

DECIDES = "timebridge_decides"
DECIDES_FOR = 300
"""Seconds for which a browser remembers whether somebody approves anything: the menu of each page asks."""

PASSING = frozenset({409, 422, 429, 503})
"""Refusals that a second look at the form may cure."""


@dataclass
class Visit:
    """`tenant_id`: whose pages these are; empty on the pages of the platform."""

    request: Request
    session: Session
    tenant_id: str
    context: Any
    cookies: list[Cookie] = field(default_factory=list)

    # --- what was asked ----------------------------------------------------------------------------------------------

    @cached_property
    def api(self) -> Api:
        id = self.request.event.get("requestContext", {}).get("requestId", "")
        return Api(self.session, self.tenant_id or None, self.context, id)

    @cached_property
    def form(self) -> Form:
        return Form(self.request.body.decode(errors="replace"))

    @cached_property
    def query(self) -> Form:
        return Form(self.request.event.get("rawQueryString") or "")

    @property
    def is_partial(self) -> bool:
        return self.request.is_partial

    @property
    def path(self) -> str:
        """Below the tenant, like `runs/run_1`."""
        return str(self.request.event["rawPath"]).removeprefix(f"{places.ROOT}/{self.tenant_id}").strip("/")

    # --- who asks ----------------------------------------------------------------------------------------------------

    @cached_property
    def me(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get("/me")
        return found

    @cached_property
    def tenant(self) -> dict[str, Any]:
        """Raises Refused where this person has no access."""
        found: dict[str, Any] = self.api.get("")
        return found

    @cached_property
    def _roles(self) -> frozenset[str]:
        return frozenset(sessions.groups_of(self.session.claims))

    @property
    def may_administer(self) -> bool:
        return not self._roles.isdisjoint({"tenant_admin", "platform_admin"})

    @property
    def may_write(self) -> bool:
        return self.may_administer or "member" in self._roles

    @cached_property
    def scope(self) -> dict[str, Any]:
        """Whose time and expenses they approve."""
        found: dict[str, Any] = self.api.get("approvals/scope")
        return found

    @cached_property
    def may_decide(self) -> bool:
        """Whether they approve somebody's time or expenses. What a browser says of it shows a way, and opens none."""
        if self.may_administer or not self.may_write:
            return self.may_administer
        answers = {f"{quote(str(self.me['id']))}.{word}": word == "yes" for word in ("yes", "no")}
        known = "" if self.path.startswith("approvals") else self.request.cookie(DECIDES)
        if known in answers:
            return answers[known]
        found = bool(self.scope["projects"] or self.scope["people"])
        value = next(text for text, answer in answers.items() if answer is found)
        self.cookies.append(cookie(self.request, DECIDES, value, DECIDES_FOR))
        return found

    @property
    def is_platform(self) -> bool:
        return "platform_admin" in self._roles

    # --- ways to answer ----------------------------------------------------------------------------------------------

    def url(self, path: str = "", **query: Any) -> str:
        """The path of a page of this tenant, as the browser sees it."""
        given = {name.rstrip("_"): value for name, value in query.items() if value not in (None, "")}
        return places.place(self.tenant_id, path) + (f"?{urlencode(given)}" if given else "")

    def here(self, **query: Any) -> str:
        """This page, with other values in its query; None takes one away."""
        given = {name: self.query[name] for name in self.query} | query
        return self.url(self.path, **given)

    def page(self, template: str, *, title: str, status: int = 200, **values: Any) -> Answer:
        said = self._taken_said()
        shown = {"title": title, "nav": navigation.items(self), "said": said, "theme": self._theme}
        return self._html(status, render(template, **self._given, **shown, **values))

    def fragment(self, template: str, *, said: str = "", status: int = 200, **values: Any) -> Answer:
        """A part of a page, for htmx. `said` is told in the corner of the page."""
        answer = self._html(status, render(template, **self._given, **values))
        if said:
            answer.headers["HX-Trigger"] = json.dumps({"said": said})
        return answer

    def back_to(self, path: str, *, said: str = "", problem: str = "", **query: Any) -> Answer:
        """To another page of this tenant, which tells what was done."""
        return self.leave(self.url(path, **query), said=said, problem=problem)

    def leave(self, url: str, *, said: str = "", problem: str = "") -> Answer:
        """To any address. htmx follows a redirect by itself and would paste the page into the part it asked for."""
        if said or problem:
            words = json.dumps({"said": said[:LONGEST_SAID], "problem": problem[:LONGEST_SAID]})
            self.cookies.append(cookie(self.request, SAID, quote(words), 60))
        if self.is_partial:
            return self._answer(204, "", {"HX-Redirect": url})
        return self._answer(303, "", {"Location": url})

    def refused(self, error: Refused) -> Answer:
        """Where a form is asked for in part, the refusal is told in the corner of the page and nothing is swapped. A
        form that may be sent again is shown again, with the refusal above it."""
        if self.is_partial:
            return refusal(error.status, error.detail, error.remedy, self.cookies)
        if error.status in PASSING and (form := self._form_page):
            return self.leave(form, problem=f"{error.detail} {error.remedy}".strip())
        return plain_page(self.request, "problem.html", error.status, detail=error.detail, remedy=error.remedy)

    @property
    def _form_page(self) -> str:
        """The page of ours that a form was sent from; empty where the browser does not say."""
        came = urlsplit(self.request.headers.get("referer", ""))
        sent = self.request.event["requestContext"]["http"]["method"] == "POST"
        is_ours = came.netloc in _hosts(self.request) and came.path.startswith(f"{places.home()}/")
        return came._replace(scheme="", netloc="", fragment="").geturl() if sent and is_ours else ""

    @cached_property
    def _given(self) -> dict[str, Any]:
        tenant = self.tenant if self.tenant_id else {"name": "", "time_zone": "UTC"}
        return {
            "visit": self,
            "url": self.url,
            "here": self.here,
            "tenant": tenant,
            "zone": tenant["time_zone"],
            "csrf_token": self.session.csrf,
            "query": self.query,
            "static_root": places.home(),
        }

    @property
    def _theme(self) -> str:
        return theme_of(self.request)

    def _taken_said(self) -> dict[str, str]:
        raw = self.request.cookie(SAID)
        if raw:
            self.cookies.append(cookie(self.request, SAID, "", 0))
        try:
            found = json.loads(unquote(raw) or "{}")
        except ValueError:
            found = {}
        told = found if isinstance(found, dict) else {}
        return {name: str(told.get(name, "")) for name in ("said", "problem")}

    def _html(self, status: int, text: str) -> Answer:
        return self._answer(status, text)

    def _answer(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
        return html(status, text, self.cookies, headers)


FORGED = {
    "detail": "This form was not sent from a page of yours, or the page is from before you signed in again.",
    "remedy": "Open the page again and repeat it.",
}


UNSENT = {
    "detail": "Something is missing in what was sent.",
    "remedy": "Open the page again and repeat it.",
}

TOO_MUCH = {
    "detail": "That is more than one page can take at once.",
    "remedy": "Choose fewer, and repeat it for the rest.",
}


class Screens:
    """The pages of one area. Each route is told who visits; one without a session is sent to sign in first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.router = Router()  # type: ignore[no-untyped-call]

    def get(self, rule: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        return self._route("GET", rule)

    def post(self, rule: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        return self._route("POST", rule)

    def _route(self, method: str, rule: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        def register(function: Callable[..., Answer]) -> Callable[..., Answer]:
            @wraps(function)
            def visited(**arguments: str) -> Answer:
                given = {name: unquote(value) for name, value in arguments.items()}
                event, context = self.router.current_event.raw_event, self.router.lambda_context
                return _visited(function, Request(event), context, method, given)

            self.router.route(rule, method)(visited)
            return function

        return register


def _visited(
    function: Callable[..., Answer], request: Request, context: Any, method: str, arguments: dict[str, str]
) -> Answer:
    session = sessions.current(request.cookie(cookie_name(request)))
    visit = Visit(request, session, arguments.get("tenant", ""), context)
    try:
        if method == "POST":
            _check_origin(visit)
        if visit.tenant_id:
            _ = visit.tenant  # whoever has no access to it learns so here, whatever the page
        if visit.tenant_id and visit.is_platform:
            sessions.enter(session, visit.tenant_id)
        return _guarded(function(visit, **arguments))
    except TooMuch:
        return visit.refused(Refused(413, TOO_MUCH))
    except Unsent as error:
        return visit.refused(Refused(400, UNSENT | {"field": str(error.args[0])}))
    except Refused as error:
        return visit.refused(error)


def _guarded(answer: Answer) -> Answer:
    """Files as well: what they hold is nobody else's, and no page."""
    answer.headers = {**HEADERS, **answer.headers}
    return answer


def _check_origin(visit: Visit) -> None:
    """Raises Refused unless the form is one of ours: another site can make a browser send, but not read our token."""
    sent = visit.request.headers.get("x-csrf-token") or visit.form.get("csrf")
    origin = visit.request.headers.get("origin", "")
    ours = not origin or origin == "null" or urlsplit(origin).netloc in _hosts(visit.request)
    if not ours or not compare_digest(sent.encode(), visit.session.csrf.encode()):
        raise Refused(403, FORGED)


def _hosts(request: Request) -> set[str]:
    return {urlsplit(sessions.public_url(request)).netloc, urlsplit(request.domain).netloc}
