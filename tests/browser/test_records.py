"""Records in a real browser: found, understood, put right."""

import re
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import pytest
from playwright.sync_api import expect

from sandbox.demo.stage import call
from tests.browser.firm import VIEWER, Firm
from tests.browser.pages.records import client, customer
from tests.browser.people import Somebody

HOSTILE = "<img src=x onerror=alert(1)> & Sons"
FLOW = "salesforce.opportunity"
WAIT = 30_000
"""Milliseconds in which the worker brings an edit over."""


@pytest.fixture
def account(a_firm: Firm) -> str:
    """A client over there."""
    found: str = a_firm.stage.in_salesforce("Account")[0]["Id"]
    return found


def won(firm: Firm, account: str, name: str) -> dict[str, Any]:
    """A deal that is won over there, and the project that it becomes here."""
    values = {"Name": name, "AccountId": account, "StageName": "Closed Won", "CloseDate": "2026-12-31"}
    theirs = firm.stage.seller("POST", "Opportunity", **values)["id"]
    firm.api.post(f"connections/{firm.salesforce}/sync", {"object": "Opportunity", "id": theirs})
    project = wait(lambda: firm.api.named("projects", name))
    return {**project, "theirs": theirs}


def wait[T](look: Callable[[], T | None]) -> T:
    until = monotonic() + WAIT / 1000
    while monotonic() < until:
        found = look()
        if found:
            return found
        sleep(0.3)
    raise AssertionError("it did not come over")


def test_a_client_is_found_by_its_name_and_by_its_quickbooks_id(a_firm: Firm, admin: Somebody) -> None:
    id = client(a_firm)
    record = a_firm.api.get(f"clients/{id}")
    [link] = a_firm.api.get(f"connections/{a_firm.quickbooks}/links", flow="quickbooks_online.customer", ours=id)[
        "items"
    ]
    name = record["values"]["name"]

    page = admin.go("")
    page.keyboard.press("/")
    page.keyboard.type(name.split()[0])
    page.keyboard.press("Enter")
    admin.sees("Clients", name)
    admin.check()

    page.get_by_role("searchbox", name="Find a record by name, number or id").fill(link["url"])
    page.keyboard.press("Enter")
    admin.sees("has this id over there")
    page.locator("main").get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    admin.sees("How it stands", "Synced", "Values on each side", "In QuickBooks")
    expect(page.get_by_role("link", name="Open in QuickBooks")).to_have_attribute("href", link["url"])
    admin.check()
    admin.presses("Read theirs now")
    admin.sees("read just now")


def test_a_list_is_narrowed_and_shared_by_its_address(a_firm: Firm, admin: Somebody) -> None:
    page = admin.go("records/projects")
    admin.check()
    page.get_by_label("With").select_option(a_firm.salesforce)
    page.wait_for_url(lambda url: f"connection={a_firm.salesforce}" in url)
    page.get_by_label("How it stands").select_option("synced")
    page.wait_for_url(lambda url: "badge=synced" in url)
    expect(page.get_by_role("table")).to_contain_text("Synced")


def test_a_parked_project_says_why_and_is_tried_again(a_firm: Firm, admin: Somebody, account: str) -> None:
    project = won(a_firm, account, "Quay wall inspection")
    order = {"object": "Opportunity", "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Name"]}
    refusals(a_firm, "POST", {**order, "message": "No inspection without a permit"})
    a_firm.api.patch("projects", project, name="Quay wall inspection, phase 2")
    path = f"connections/{a_firm.salesforce}/links/{FLOW}/{project['id']}"
    wait(lambda: a_firm.api.get(path)["problem"])

    page = admin.go("records/projects?badge=error")
    page.get_by_role("link", name="Quay wall inspection, phase 2", exact=True).click()
    admin.sees("Error", "No inspection without a permit", "What happened")
    admin.check()

    refusals(a_firm, "DELETE", None)
    admin.presses("Retry now")
    admin.sees("It is synchronised now.")
    wait(lambda: a_firm.api.get(path)["state"] == "live")
    page.reload()
    admin.sees("It is in step.")


def refusals(firm: Firm, method: str, body: Any) -> None:
    call(method, f"{firm.stage.salesforce.url}/_sandbox/refusals", json=body)


def test_a_clients_transactions_and_statement_are_one_click_away(a_firm: Firm, person: Callable[..., Somebody]) -> None:
    partner = person(VIEWER)
    page = partner.go(f"records/clients/{customer(a_firm)}")
    partner.presses("Transactions")
    page.get_by_label("Type").select_option("invoice")
    partner.sees(" in all. Links open in the company")
    partner.check()
    partner.presses("Statement")
    partner.sees("Owed in all")
    partner.check()
    with page.expect_download() as download:
        partner.presses("Download as CSV")
    assert download.value.suggested_filename == "statement.csv"


def test_a_hostile_name_is_words_and_an_edit_says_what_does_not_fit(a_firm: Firm, admin: Somebody) -> None:
    id = a_firm.api.post("clients", {"name": HOSTILE})["id"]
    page = admin.go(f"records/clients/{id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)

    admin.presses("Edit")
    admin.check()
    page.get_by_label("Email").fill("nobody@nowhere")
    admin.presses("Save")
    admin.sees("It must be an e-mail address")
    page.get_by_label("Email").fill("nobody@nowhere.example")
    admin.presses("Save")
    admin.sees("Saved.", "Email: empty")

    admin.presses("Archive")
    admin.sees("can be brought back at any time")
    admin.check()
    admin.presses("Archive it")
    admin.sees("This record is archived.")


def test_a_pair_is_unlinked_and_linked_again(a_firm: Firm, admin: Somebody, account: str) -> None:
    project = won(a_firm, account, "Breakwater survey")
    page = admin.go(f"records/projects/{project['id']}")
    page.get_by_role("link", name="Change the link").first.click()
    admin.sees("neither of the two is changed or deleted")
    admin.check()
    admin.presses("Unlink them")
    admin.sees("Both records stay as they are.", "Not shared")

    page.get_by_role("link", name="Link by hand").first.click()
    page.get_by_label("Its name there, or its id").fill("Breakwater survey")
    admin.presses("Search there")
    page.get_by_role("radio").check()
    admin.presses("Link them")
    admin.sees("They are linked.")
    path = f"connections/{a_firm.salesforce}/links/{FLOW}/{project['id']}"
    wait(lambda: a_firm.api.get(path)["state"] == "live")


def test_a_client_and_its_project_are_made_by_keyboard_and_go_to_the_books(a_firm: Firm, admin: Somebody) -> None:
    known = a_firm.api.post("clients", {"name": "Lanternfish Ferries Ltd"})["id"]
    page = admin.go("records/clients")
    page.get_by_role("link", name="New client").press("Enter")
    page.get_by_label("Name", exact=True).press_sequentially("Lanternfish Ferries")
    page.keyboard.press("Enter")
    admin.sees("It may be here already", "same name but for the legal form")
    admin.check()
    expect(page.get_by_role("link", name="Use it")).to_have_attribute("href", re.compile(f"{known}$"))
    page.get_by_role("button", name="Make it all the same").press("Enter")
    admin.sees("It is here now.", "Lanternfish Ferries")
    made = wait(lambda: a_firm.api.named("clients", "Lanternfish Ferries"))
    path = f"connections/{a_firm.quickbooks}/links"
    wait(lambda: a_firm.api.get(path, flow="quickbooks_online.customer", ours=made["id"])["items"])

    page.get_by_role("link", name="New project").press("Enter")
    page.get_by_label("Name", exact=True).press_sequentially("Pier lights")
    page.get_by_role("searchbox", name="Search for another client").press_sequentially("Lanternfish")
    page.get_by_role("radio", name="Lanternfish Ferries Ltd").check()
    admin.check()
    page.get_by_role("button", name="Save").press("Enter")
    admin.sees("It is here now.", "Pier lights")
    assert wait(lambda: a_firm.api.named("projects", "Pier lights"))["values"]["client"] == known
