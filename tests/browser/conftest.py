from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sandbox.demo.stage import ADMIN, TENANT, Stage
from tests.browser.firm import Firm, firm
from tests.browser.people import DESK, PATIENCE, Somebody, chromium, sign_in


@pytest.fixture(scope="session")
def a_firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """The whole product, deployed, and a tenant with both providers connected."""
    with firm(tmp_path_factory.mktemp("firm")) as found:
        yield found


@pytest.fixture(scope="session")
def stage(a_firm: Firm) -> Stage:
    return a_firm.stage


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the cookies of those who signed in once are kept for the other tests."""
    return tmp_path_factory.mktemp("cookies")


@pytest.fixture
def person(stage: Stage, browser: Browser, states: Path) -> Iterator[Callable[..., Somebody]]:
    """Somebody who is signed in, by their e-mail address: `person(ADMIN)`. Each test has a window of its own.

    A page that breaks its own policy, or fails in a script, fails the test.
    """
    windows = []
    wrong: list[str] = []

    def enter(email: str = ADMIN, tenant: str = TENANT) -> Somebody:
        kept = states / f"{email}.json"
        window = browser.new_context(
            viewport={"width": DESK[0], "height": DESK[1]},
            locale="en-GB",
            reduced_motion="reduce",
            storage_state=kept if kept.exists() else None,
        )
        window.set_default_timeout(PATIENCE)
        windows.append(window)
        if kept.exists():
            somebody = Somebody(window.new_page(), f"{stage.url}/console/{tenant}")
        else:
            somebody = sign_in(window, stage, email, tenant)
            window.storage_state(path=kept)
        somebody.page.on("pageerror", lambda error: wrong.append(str(error)))
        somebody.page.on("console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None)
        return somebody

    yield enter
    for window in windows:
        window.close()
    assert wrong == []


@pytest.fixture
def admin(person: Callable[..., Somebody]) -> Somebody:
    return person(ADMIN)
