"""Is it working? From home to a run, from a run to a record, and back in step."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.firm import VIEWER, Firm
from tests.browser.people import Somebody
from tests.browser.refusing import refusing

WHY = "Only the sales desk may rename a deal."


def card(somebody: Somebody, connection: str) -> Locator:
    return somebody.page.locator(f"article:has(#name-{connection})")


def test_home_answers_whether_it_is_working(admin: Somebody, a_firm: Firm) -> None:
    admin.go()
    for connection, name in ((a_firm.salesforce, "Salesforce"), (a_firm.quickbooks, "QuickBooks")):
        expect(card(admin, connection)).to_contain_text(f"From {name}")
        expect(card(admin, connection)).to_contain_text(re.compile("today|Last record|No record"))
        expect(card(admin, connection)).to_contain_text("Next sync")
    admin.sees("The last 14 days", "Came in:")
    admin.page.get_by_text("As a table").click()
    expect(admin.page.get_by_role("row")).to_have_count(15)
    admin.check()


def test_sync_now_is_followed_to_its_end(admin: Somebody, a_firm: Firm) -> None:
    page = admin.go()
    card(admin, a_firm.salesforce).get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("heading", name="Sync")).to_be_visible()
    expect(page.locator("#run").get_by_role("status")).to_contain_text("Done", timeout=30_000)
    admin.sees("Looked at")
    admin.check()


def test_home_renews_itself_and_leaves_the_focus_alone(admin: Somebody, a_firm: Firm) -> None:
    page = admin.go()
    page.locator(f"#runs-{a_firm.salesforce}").focus()
    page.evaluate("htmx.ajax('GET', location.pathname, {target: '#state', swap: 'outerHTML'})")
    page.wait_for_function("document.querySelector('#state.htmx-added, #state') !== null")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.activeElement.id") == f"runs-{a_firm.salesforce}"


def test_from_a_run_to_the_record_and_back_in_step(admin: Somebody, a_firm: Firm) -> None:
    with refusing(a_firm, WHY) as run:
        page = admin.go(f"runs?connection={a_firm.salesforce}&q=sales+desk")
        page.locator(f"a[href$='{run}']").click()
        admin.sees(WHY, "Waits")
        admin.check()
        record = page.get_by_role("table").get_by_role("rowheader").get_by_role("link").first
        name = record.inner_text()
        record.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)

    admin.go(f"runs/{a_firm.salesforce}/{run}")
    admin.presses("Try these again")
    admin.sees("tried again now")
    expect(page.locator("#run").get_by_role("status")).to_contain_text("Done", timeout=30_000)
    admin.go(f"runs/{a_firm.salesforce}/{run}")
    admin.sees("Solved")


def test_runs_are_found_by_filters_that_stand_in_the_address(admin: Somebody, a_firm: Firm) -> None:
    page = admin.go("runs")
    page.get_by_label("Connection", exact=True).select_option(a_firm.quickbooks)
    expect(page).to_have_url(re.compile(f"connection={a_firm.quickbooks}"))
    page.get_by_label("What", exact=True).select_option("initial sync")
    expect(page).to_have_url(re.compile(r"kind=initial\+sync"))
    expect(page.get_by_role("table")).to_contain_text("Initial sync")
    admin.check()
    page.get_by_role("table").get_by_role("link").first.click()
    admin.sees("Progress", "Customer")
    admin.check()


def test_a_viewer_sees_all_and_starts_nothing(person: Callable[..., Somebody]) -> None:
    vera = person(VIEWER)
    vera.go()
    expect(vera.page.get_by_role("button", name="Sync now")).to_have_count(0)
    vera.sees("From Salesforce")
