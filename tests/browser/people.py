"""People with a real browser: headless Chromium, at the console of a deployed stack."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from sandbox.demo.stage import PASSWORD, Stage

AXE = Path(__file__).parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]
DESK, PHONE = (1440, 900), (390, 844)
PATIENCE = 30_000
"""Milliseconds until something that should be on a page counts as missing."""

BUSY = re.compile(r"\bis-busy\b")

expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Somebody:
    """A person whose browser is signed in. `page` is Playwright's; `go` opens a page below the tenant."""

    page: Page
    base: str

    def go(self, path: str = "") -> Page:
        answer = self.page.goto(f"{self.base}/{path}".rstrip("/"))
        assert answer is not None
        assert answer.status < 400, (path, answer.status, self.page.inner_text("body"))
        return self.page

    def settled(self) -> Page:
        """Once the page shows what was asked for last. It says itself when it is busy; polling counts as quiet."""
        expect(self.page.locator("html")).not_to_have_class(BUSY)
        self.page.wait_for_load_state()
        return self.page

    def sees(self, *words: str) -> None:
        self.settled()
        for each in words:
            expect(self.page.locator("body")).to_contain_text(each, timeout=PATIENCE)

    def presses(self, name: str, exact: bool = True) -> None:
        """The button or link of this name, whichever there is."""
        button = self.page.get_by_role("button", name=name, exact=exact)
        link = self.page.get_by_role("link", name=name, exact=exact)
        button.or_(link).first.click()

    def check(self) -> None:
        """The page is accessible (WCAG 2.2 AA, by axe) and never scrolls sideways, wide and narrow, light and dark."""
        self.settled()
        for width, height in (DESK, PHONE):
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.evaluate("scrollTo(0, 0)")  # what lies under the bar would count as covered
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, (self.page.url, width)
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                found = violations(self.page)
                assert not found, (self.page.url, width, scheme, found)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page: rule, words, and the elements."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", STANDARD)
    return [
        f"{each['id']}: {each['help']}: {node['html'][:200]}: {node.get('failureSummary', '')[:300]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def sign_in(context: BrowserContext, stage: Stage, email: str, tenant: str) -> Somebody:
    """Through Cognito's page, as everybody does."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{stage.url}/console")
    page.get_by_label("Username").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/console/?"))
    return Somebody(page, f"{stage.url}/console/{tenant}")
