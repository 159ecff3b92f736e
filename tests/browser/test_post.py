"""A bookkeeper posts a week, looks at what became of it, takes one back and posts again; and bills a project."""

import re

from playwright.sync_api import Page, expect

from tests.browser.firm import Firm
from tests.browser.pages.post import work
from tests.browser.people import Somebody

WEEK = "2026-10-19"
LONG = 60_000
"""Milliseconds until the worker has posted, on a machine that does other things too."""


def results(page: Page, *outcomes: str) -> None:
    """The posting has ended, and these became of its records, the first one first."""
    expect(page.locator("#result [role=status]")).to_contain_text("Done", timeout=LONG)
    expect(page.locator("#result td[data-label=Result]")).to_have_text(list(outcomes))


def test_a_week_is_filtered_previewed_posted_taken_back_and_posted_again(admin: Somebody, a_firm: Firm) -> None:
    mine = work(a_firm, "Lighthouse survey")
    mine.hours("2026-10-19", "3", notes="First survey")
    mine.hours("2026-10-20", "4.5", notes="Second survey")
    mine.hours("2026-10-20", "2", "submitted", notes="Not approved yet")

    page = admin.go(f"post/time?at={WEEK}")
    page.get_by_label("Project").select_option(label="Lighthouse survey")
    expect(page).to_have_url(re.compile("project="))
    expect(page.get_by_role("table", name=re.compile("Hours of"))).to_contain_text("4.50")
    admin.check()
    admin.presses("Preview everything that is ready and fits the filter")
    admin.sees("Nothing has been written yet", "First survey", "Second survey", "Post 2 documents")
    admin.check()
    admin.presses("Post 2 documents")
    results(page, "Posted", "Posted")
    admin.check()

    page.get_by_role("link", name=re.compile("^Explain")).first.click()
    expect(page.get_by_role("dialog")).to_contain_text("The labour code comes from the entry.")
    page.get_by_role("button", name="Close").click()

    page = admin.go(f"post/time?at={WEEK}&project={mine.project}&state=posted")
    page.get_by_role("checkbox", name=re.compile("20 Oct 2026")).check()
    admin.presses("Take back…")
    admin.sees("1 document is deleted", "What stays")
    admin.check()
    admin.presses("Take back 1 document")
    results(page, "Taken back")

    project = a_firm.api.get(f"projects/{mine.project}")
    a_firm.api.patch("projects", project, **{"class": a_firm.first("classes")})
    page = admin.go(f"post/time?at={WEEK}&project={mine.project}&state=changed")
    admin.sees("Changed since posted", "Class: nothing")
    page.get_by_role("checkbox", name=re.compile("19 Oct 2026")).check()
    admin.presses("Post again…")
    admin.presses("Post again 1 document")
    results(page, "Posted")


def test_what_was_paid_by_card_is_previewed_and_posted(admin: Somebody, a_firm: Firm) -> None:
    mine = work(a_firm, "Harbour soundings")
    mine.charge("2026-10-19", "18.20", notes="Taxi to the harbour", billable=False)
    mine.charge("2026-10-20", "6", "submitted", notes="Not approved yet", billable=False)

    page = admin.go("post/expenses?pool=cards")
    page.get_by_label("Project").select_option(label="Harbour soundings")
    expect(page).to_have_url(re.compile("project="))
    admin.sees("18.20", "6.00")
    admin.check()
    page.get_by_role("checkbox", name=re.compile("19 Oct 2026")).check()
    admin.presses("Preview and post…")
    admin.sees("Nothing has been written yet", "18.20", "Post 1 document")
    admin.check()
    admin.presses("Post 1 document")
    results(page, "Posted")


def test_a_project_is_billed_from_approved_time_to_posted(admin: Somebody, a_firm: Firm) -> None:
    mine = work(a_firm, "Breakwater design")
    mine.hours("2026-10-21", "5", notes="Sketches")

    page = admin.go("post/invoices")
    admin.presses("Bill a project")
    page.get_by_label("Project", exact=True).fill("Breakwater")
    admin.presses("Find")
    admin.presses("Bill Breakwater design")
    admin.sees("Sketches", "550.00")
    admin.presses("Mark as reviewed")
    admin.sees("It is marked as reviewed.")
    admin.presses("Finalise")
    admin.sees("Invoice as QuickBooks will have it")
    admin.check()
    admin.presses("Preview and post…")
    admin.presses("Post 1 document")
    results(page, "Posted")
    expect(page.get_by_role("link", name=re.compile("^QuickBooks ?: Invoice"))).to_have_attribute(
        "href", re.compile("invoice")
    )
