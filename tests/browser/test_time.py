"""A consultant's time, from the search for a task to the yes of whoever approves it, by keyboard."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from sandbox.demo.stage import ADMIN
from tests.browser.firm import MANAGER, MEMBER, Firm
from tests.browser.pages import time as pages
from tests.browser.people import Somebody

LAST_WEEK = pages.WEEK - timedelta(days=7)
NEXT_WEEK = pages.WEEK + timedelta(days=7)


@pytest.fixture(scope="session")
def consultant_id(a_firm: Firm) -> str:
    """Of the consultant on the list of staff; there are tasks to book on, too."""
    pages.tasks(a_firm)
    return pages.staff(a_firm, MEMBER, "Casey Brook")


@pytest.fixture
def consultant(person: Callable[..., Somebody], consultant_id: str) -> Somebody:  # noqa: ARG001
    return person(MEMBER)


def find(page: Page, words: str, name: str) -> None:
    """Search as one types, and choose with the keyboard."""
    page.get_by_label("Task or project").focus()
    page.keyboard.type(words, delay=20)
    expect(page.locator("#places label").first).to_contain_text(name)
    page.locator("#places input").first.focus()
    page.keyboard.press("Space")
    expect(page.locator("#places input").first).to_be_checked()


def test_a_consultant_searches_a_task_and_starts_and_stops_the_timer(consultant: Somebody) -> None:
    page = consultant.go("time")
    find(page, "commis", "Commissioning")
    page.get_by_label("Note").focus()
    page.keyboard.type("At the crane")
    page.get_by_role("button", name="Start timer").focus()
    page.keyboard.press("Enter")
    clock = page.get_by_role("timer")
    expect(clock).to_have_text(re.compile(r"0:00:0[1-9]"))
    consultant.sees("The timer runs", "Commissioning")
    page.get_by_label("Note").fill("At the crane, twice")
    page.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")

    consultant.sees("hours are entered")
    page.goto(f"{consultant.base}/time/days/{date.today()}")
    consultant.sees("At the crane, twice")


def test_a_timer_is_discarded_after_a_question(consultant: Somebody) -> None:
    page = consultant.go("time")
    find(page, "site sur", "Site survey")
    consultant.presses("Start timer")
    consultant.presses("Discard")
    consultant.sees("no entry is made")
    page.keyboard.press("Escape")
    consultant.presses("Discard")
    consultant.presses("Discard the timer")

    consultant.sees("The timer is gone", "Start timer")


def test_a_week_is_filled_rejected_mended_and_approved(
    person: Callable[..., Somebody], consultant: Somebody, consultant_id: str
) -> None:
    page = consultant.go(f"time?week={LAST_WEEK}")
    find(page, "drawings", "Control panel drawings")
    consultant.presses("Add to the week")
    page.locator("td.hours input").first.focus()
    for number, hours in enumerate(("7:30", "8", "90m", "6,5", "7")):
        page.keyboard.type(hours)
        page.keyboard.press("Tab")
        expect(page.locator("td.hours a.mark")).to_have_count(number + 1)
    expect(page.locator("#sums")).to_contain_text("30.50 hours")
    page.get_by_role("button", name="Submit week (30.50 h)").focus()
    page.keyboard.press("Enter")
    consultant.sees("30.50 hours submitted")

    manager = person(ADMIN)
    desk = manager.go(f"approvals/weeks/{consultant_id}/{LAST_WEEK}")
    expect(desk.get_by_label("Tick all")).to_be_checked()
    desk.get_by_label("Tick all").uncheck()
    desk.get_by_label(re.compile(r"^Wed .* 1\.50 hours")).check()
    manager.presses("Reject ticked")
    manager.sees("Say what has to be mended")
    desk.get_by_label("Reason, when you reject").fill("Only ninety minutes?")
    manager.presses("Reject ticked")
    manager.sees("1 entry rejected")
    manager.presses("Approve ticked")
    manager.sees("4 entries approved")

    consultant.go(f"time?week={LAST_WEEK}")
    consultant.sees("Only ninety minutes?", "Approved")
    consultant.presses("Mend it")
    page.get_by_label("Hours").fill("9h 30m")
    consultant.presses("Save and submit")
    consultant.sees("The entry is submitted")

    desk = manager.go("approvals")
    desk.get_by_role("checkbox", name=re.compile(f"Casey Brook, week of {LAST_WEEK.day} ")).check()
    manager.presses("Approve ticked weeks")
    manager.sees("1 entry approved")


def test_a_manager_approves_one_week_of_her_project_and_sends_another_back(
    person: Callable[..., Somebody], a_firm: Firm
) -> None:
    task, days = pages.managed(a_firm), [(LAST_WEEK + timedelta(days=number)).isoformat() for number in range(3)]
    for email, name in (("noor@nimbus-oak.example", "Noor Reed"), ("sam@nimbus-oak.example", "Sam Birch")):
        worker = pages.staff(a_firm, email, name)
        pages.hand_in(a_firm, [pages.book(a_firm, worker, task, day, 6, notes="At the slipway") for day in days])

    manager = person(MANAGER)
    page = manager.go()
    link = page.get_by_role("link", name=re.compile("^Approvals"))
    expect(link).to_contain_text("2 waiting")
    link.click()
    manager.sees("You approve for 1 project that you manage.", "Noor Reed", "Sam Birch")
    manager.check()
    page.get_by_role("checkbox", name=re.compile("^Noor Reed, week of")).check()
    manager.presses("Approve ticked weeks")
    manager.sees("3 entries approved")
    page.get_by_role("link", name=re.compile("^Look at the week of Sam Birch")).click()
    manager.sees("18.00 submitted", "At the slipway")
    page.get_by_label("Reason, when you reject").fill("Which slipway?")
    manager.presses("Reject ticked")
    manager.sees("3 entries rejected", "Which slipway?")
    manager.check()

    manager.go("approvals")
    manager.sees("Nothing waits for approval")


def test_enter_saves_the_week_once_and_what_is_no_time_is_told_at_the_field(consultant: Somebody) -> None:
    page = consultant.go(f"time?week={NEXT_WEEK}")
    find(page, "site sur", "Site survey")
    consultant.presses("Add to the week")
    first = page.locator("td.hours input").first
    first.fill("soon")
    first.press("Tab")
    expect(page.locator("td.hours .error")).to_contain_text("Write hours like")
    first.fill("2")
    first.press("Enter")
    expect(page.locator("#sums")).to_contain_text("2.00 hours")
    page.reload()
    expect(page.locator("#sums")).to_contain_text("2.00 hours")
    expect(page.get_by_text("2 entries")).to_have_count(0)
    page.locator("td.hours input").first.fill("")
    page.locator("td.hours input").first.press("Tab")

    expect(page.locator("#sums")).to_contain_text("– hours")


@pytest.fixture(scope="session")
def filled(a_firm: Firm) -> Firm:
    pages.prepare(a_firm)
    return a_firm


@pytest.mark.parametrize("name", pages.PAGES)
def test_the_pages_are_accessible(admin: Somebody, filled: Firm, name: str) -> None:
    admin.go(pages.PAGES[name](filled))
    admin.check()
