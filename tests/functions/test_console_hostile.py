"""The console in the hands of somebody who means harm: what they wrote, what they send, and whose ids they try."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from tests.console import CSRF, Browser, Shown
from tests.functions.test_console import OF_TENANTS
from tests.furnished import Furnished, furnish
from tests.pool import user_pool
from tests.stage import Stage

HOSTILE = """x'">--></textarea></title><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}${7*7}"""
SECRET = "globex-only"


@pytest.fixture
def pool(stage: Stage) -> Iterator[None]:  # noqa: ARG001 (it brings AWS along)
    with user_pool():
        yield


def addresses(path: str, found: Furnished) -> Iterator[str]:
    """A route below the console, with these ids; one for each kind of record, where it shows any."""
    below = path.replace("<tenant>", "acme").removeprefix("/console")
    of_kinds = [kinds for kinds in found.records if kinds != "twin"] if "<kinds>" in below else [""]
    for kinds in of_kinds:
        own = {"kinds": kinds, "id": found.records[kinds or _kinds_in(below)]}
        yield re.sub(r"<(\w+)>", lambda name, own=own: (found.ids | own)[name[1]], below)  # type: ignore[misc]


def _kinds_in(path: str) -> str:
    return next((kinds for kinds in ("projects", "clients") if f"/{kinds}/" in path), "time-entries")


class _Planted(HTMLParser):
    """What would run if a text had become a part of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += [f"{tag} {name}" for name in given if name.startswith("on")]
        addresses = [given[name] for name in ("href", "src", "action", "hx-get", "hx-post") if name in given]
        self.found += [each for each in addresses if re.match(r"\s*(javascript|data|vbscript):", each, re.IGNORECASE)]
        if (tag == "script" and "/static/" not in given.get("src", "")) or (tag == "img" and given.get("src") == "x"):
            self.found.append(tag)


def planted(answer: Shown) -> list[str]:
    parser = _Planted()
    parser.feed(answer.html)
    return parser.found + (["evaluated"] if "--></textarea></title>" in answer.html else [])


@pytest.mark.usefixtures("pool")
def test_what_somebody_wrote_is_text_on_every_page() -> None:
    found, browser, shown = furnish("acme", HOSTILE), Browser(), dict[str, Shown]()
    for method, path in OF_TENANTS:
        if method == "GET":
            shown |= {address: browser.get(address) for address in addresses(path, found)}
    shown |= {f"{kinds}?q": browser.get(f"records/{kinds}", q=HOSTILE) for kinds in found.records if kinds != "twin"}
    shown["search"] = browser.get("records", q=HOSTILE)

    pages = {address: each for address, each in shown.items() if each.headers["Content-Type"].startswith("text/html")}
    assert {address: planted(each) for address, each in pages.items() if planted(each)} == {}
    assert {address: each.text for address, each in shown.items() if each.status == 500} == {}
    assert sum("alert(1)" in each.text for each in pages.values()) > 50


@pytest.mark.usefixtures("pool")
def test_ids_of_another_tenant_lead_nowhere_on_pages_of_ones_own(stage: Stage) -> None:
    furnish("acme", "ours")
    others, before = furnish("globex", SECRET), stage.messages()
    browser, found = Browser(), dict[str, Shown]()
    for method, path in OF_TENANTS:
        if re.search(r"<(?!tenant|kinds|type|day|week|act|verb|number|name|move|others)", path):
            form = {"csrf": CSRF} if method == "POST" else None
            answers = {f"{method} {each}": browser._call(method, each, form=form) for each in addresses(path, others)}
            found |= answers

    assert len(found) > 150
    assert [route for route, answer in found.items() if SECRET in answer.html + str(answer.headers)] == []
    assert [route for route, answer in found.items() if answer.status >= 500] == []
    assert stage.messages() == before == []
