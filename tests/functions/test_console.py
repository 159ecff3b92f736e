"""The frame of the console: who may come in, what a page may do in a browser, and that no tenant sees another's."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from tests.console import CSRF, Browser, Shown
from tests.stage import ROOT, Clockwork, Stage, door, event
from timebridge.store.sessions import Sessions
from timebridge.store.tenants import Tenants
from timebridge.tenants import Provider, Tenant

TEMPLATES = sorted((ROOT / "layers/timebridge/timebridge/console/templates").rglob("*.html"))
OPEN = {"/console/sign-in", "/console/signed-in", "/console/signed-out", "/console/static/<version>/<name>"}
"""Routes for which nobody needs to be signed in."""


@pytest.fixture(autouse=True)
def tenants(stage: Stage) -> Stage:
    for id in ("acme", "other"):
        Tenants().save(Tenant(id, f"{id.title()} & Sons", "Europe/Berlin"))
    return stage


def routes() -> list[tuple[str, str]]:
    app = door("console").app
    found = [*app._static_routes, *app._dynamic_routes]
    return sorted({(route.method, route.path) for route in found})


def filled(path: str, tenant: str) -> str:
    """The path of a route below the console, with a tenant and ids that lead nowhere."""
    return re.sub(r"<\w+>", "x", path.replace("<tenant>", tenant)).removeprefix("/console") or "/"


OF_TENANTS = [(method, path) for method, path in routes() if "<tenant>" in path]
CLOSED = [(method, path) for method, path in routes() if path not in OPEN]


def test_the_console_has_pages_for_a_tenant() -> None:
    assert len(OF_TENANTS) > 150


def ask(browser: Browser, method: str, path: str, csrf: str = CSRF) -> Shown:
    return browser._call(method, filled(path, browser.at), form={"csrf": csrf} if method == "POST" else None)


# One test for all routes: a stage for each would take minutes.


def test_who_is_not_signed_in_is_sent_to_sign_in_by_every_page() -> None:
    answers = {(method, path): ask(Browser(signed_in=False, at="acme"), method, path) for method, path in CLOSED}

    assert [route for route, answer in answers.items() if answer.status != 303] == []
    assert [route for route, answer in answers.items() if not answer.location.startswith("sign-in")] == []


@pytest.mark.parametrize("roles", [("tenant_admin",), ("member",), ("viewer",), ()])
def test_no_page_of_another_tenant_is_shown(roles: tuple[str, ...]) -> None:
    somebody = Browser(roles, at="other")
    answers = {(method, path): ask(somebody, method, path) for method, path in OF_TENANTS}

    assert [route for route, answer in answers.items() if answer.status != 403] == []
    assert [route for route, answer in answers.items() if "Other & Sons" in answer.text] == []


def test_a_form_that_is_not_ours_changes_nothing_on_any_page() -> None:
    posts = [(method, path) for method, path in CLOSED if method == "POST"]
    answers = {path: ask(Browser(), method, path, csrf="guessed") for method, path in posts}

    assert len(answers) > 50
    assert [path for path, answer in answers.items() if answer.status != 403] == []
    assert [path for path, answer in answers.items() if "was not sent from a page of yours" not in answer.text] == []


def test_a_form_from_another_site_changes_nothing() -> None:
    browser = Browser()
    browser._headers = lambda *_: {"host": "timebridge.example", "origin": "https://evil.example"}  # type: ignore[method-assign]

    assert browser.post("/appearance", {"theme": "dark"}).status == 403


def test_a_browser_that_comes_for_the_first_time_is_sent_to_sign_in() -> None:
    answer = door("console").handler(event("console", "home"), Clockwork())

    assert answer["statusCode"] == 303
    assert answer["headers"]["Location"] == "/console/sign-in?to=%2Fconsole"


def test_a_form_that_is_refused_for_now_is_shown_again_with_the_reason(tenants: Stage) -> None:
    tenants.new_connection(Provider.SALESFORCE)
    path = "/acme/resume/salesforce"  # nobody has authorised it

    from_us = Browser(referer="https://timebridge.example/console/acme/runs?kind=pull").post(path)
    from_elsewhere = Browser(referer="https://evil.example/console/acme/runs").post(path)

    assert (from_us.status, from_us.location) == (303, "acme/runs?kind=pull")
    assert from_us.said
    assert from_us.said.split(".")[0] in from_elsewhere.text
    assert from_elsewhere.status in (409, 422)


def test_a_session_that_has_ended_is_none() -> None:
    browser = Browser()
    browser.get("/acme/settings")
    kept = Sessions().get(browser.secret)
    assert kept is not None
    Sessions().put(browser.secret, kept[0], datetime.now(UTC) - timedelta(seconds=1))

    assert browser.get("/acme").status == 303


def test_signing_out_ends_the_session_and_cognitos(monkeypatch: pytest.MonkeyPatch) -> None:
    from timebridge.store import users

    monkeypatch.setattr(users, "console_client", lambda: "the-client")
    browser = Browser()

    answer = browser.post("/sign-out")

    assert answer.status == 200
    assert answer.headers["Refresh"].startswith("0; url=https://sign-in.timebridge.example/logout?client_id=the-client")
    assert browser.get("/acme").status == 303


def test_pages_may_run_no_script_but_ours() -> None:
    policy = Browser().get("").headers["Content-Security-Policy"]

    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_a_page_is_not_kept_by_anybody() -> None:
    assert Browser().get("").headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_for_good_under_an_address_that_changes_with_them() -> None:
    page = Browser().get("")
    [sheet] = re.findall(r'href="/console(/static/\w+/console\.css)"', page.html)

    answer = Browser(signed_in=False).get(sheet)

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_file_that_is_not_there_is_not_read_from_elsewhere() -> None:
    for name in ("nothing.css", "..%2f..%2f__init__.py"):
        assert Browser(signed_in=False).get(f"/static/x/{name}").status == 404


def test_signing_in_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    from timebridge.console import front

    seen: list[str] = []
    monkeypatch.setattr(front.sessions, "begin", lambda to, _: seen.append(to) or ("https://x.example", "b"))
    for to in ("https://evil.example", "//evil.example", "/console//evil.example", "/console/\\evil.example"):
        Browser(signed_in=False).get("/sign-in", to=to)

    assert set(seen) == {"/console"}


def test_whoever_runs_the_platform_chooses_a_tenant() -> None:
    page = Browser(("platform_admin",), tenant=None, at="").get("/")

    assert page.status == 200
    assert page.links["Acme & Sons"].endswith("/console/acme")


def test_somebody_of_no_tenant_learns_whom_to_ask() -> None:
    page = Browser(("member",), tenant=None, at="").get("/")

    assert page.status == 403
    assert "Ask whoever invited you" in page.text


def test_an_address_that_leads_nowhere_says_so() -> None:
    assert Browser().get("/acme/nothing/of/this/name/at/all").status == 404


class _Inline(HTMLParser):
    """Attributes and elements that the policy of the pages would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.found += [f"{tag} {name}" for name, _ in attrs if name == "style" or re.match(r"on[a-z]|hx-on", name)]
        if tag == "style" or (tag == "script" and not dict(attrs).get("src")):
            self.found.append(tag)


def test_no_template_has_scripts_or_styles_in_it() -> None:
    wrong = {}
    for template in TEMPLATES:
        parser = _Inline()
        parser.feed(template.read_text())
        wrong |= {template.name: parser.found} if parser.found else {}

    assert len(TEMPLATES) > 60
    assert wrong == {}
