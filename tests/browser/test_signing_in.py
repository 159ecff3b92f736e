"""In through Cognito's page, and out again."""

from collections.abc import Callable

from playwright.sync_api import Browser, expect

from sandbox.demo.stage import ADMIN, OPERATOR, PASSWORD, TENANT, Stage
from tests.browser.people import DESK, Somebody, sign_in


def test_a_person_signs_in_and_out(stage: Stage, browser: Browser) -> None:
    window = browser.new_context(viewport={"width": DESK[0], "height": DESK[1]})
    somebody = sign_in(window, stage, ADMIN, TENANT)
    page = somebody.page
    expect(page).to_have_url(f"{stage.url}/console/{TENANT}")
    [session] = [each for each in window.cookies() if each["name"] == "timebridge_session"]
    assert session["httpOnly"]
    assert session["sameSite"] == "Lax"

    page.locator("details.account > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()

    page.goto(f"{stage.url}/console/{TENANT}/settings")
    expect(page.get_by_label("Password")).to_be_visible()
    window.close()


def test_whoever_asks_for_a_page_comes_to_it_after_signing_in(stage: Stage, browser: Browser) -> None:
    window = browser.new_context()
    page = window.new_page()
    page.goto(f"{stage.url}/console/{TENANT}/runs")
    page.get_by_label("Username").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(f"{stage.url}/console/{TENANT}/runs")
    window.close()


def test_whoever_signs_in_again_leaves_no_session_behind(stage: Stage, browser: Browser) -> None:
    window, other = browser.new_context(), browser.new_context()
    page = sign_in(window, stage, ADMIN, TENANT).page
    before = window.cookies()
    page.goto(f"{stage.url}/console/sign-in")
    page.get_by_label("Username").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("details.account")).to_be_visible()

    other.add_cookies(before)  # type: ignore[arg-type]
    late = other.new_page()
    late.goto(f"{stage.url}/console/{TENANT}")
    expect(late.get_by_label("Password")).to_be_visible()
    window.close()
    other.close()


def test_the_operator_chooses_a_tenant(person: Callable[..., Somebody], stage: Stage) -> None:
    operator = person(OPERATOR)
    operator.page.goto(f"{stage.url}/console")
    operator.check()
    operator.presses("Nimbus & Oak (demo)")

    expect(operator.page).to_have_url(f"{stage.url}/console/{TENANT}")


def test_the_pages_can_be_dark(admin: Somebody) -> None:
    page = admin.go("settings")
    page.locator("details.account > summary").click()
    page.get_by_role("button", name="Dark").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 20, 26)"
