"""An administrator connects QuickBooks in a workspace that has nothing yet, from the catalogue to a finished load."""

import re
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from sandbox.demo.api import Api
from sandbox.demo.stage import Stage
from tests.browser.people import Somebody

FRESH = "larkspur"
ADMIN, VIEWER = "owner@larkspur.example", "reader@larkspur.example"
A_LOAD = 180_000
"""Milliseconds in which everything of a small company is loaded, on a busy machine."""


@pytest.fixture(scope="module")
def fresh(stage: Stage) -> Stage:
    """A workspace with one client, whose name is nearly that of a customer of the second company."""
    stage.operator.post("tenants", {"id": FRESH, "name": "Larkspur (demo)", "time_zone": "Europe/Vienna"})
    api = Api(stage.url, stage.person(ADMIN, "tenant_admin", FRESH), FRESH)
    stage.person(VIEWER, "viewer", FRESH)
    [name, *_] = customers(stage)
    api.post("clients", {"name": f"{name[:4]}{name[5:]}"})
    return stage


def customers(stage: Stage) -> list[str]:
    found = requests.get(f"{stage.quickbooks.url}/_sandbox/companies/{second(stage)}/Customer", timeout=10).json()
    return [each["DisplayName"] for each in found if not each.get("ParentRef")]


def second(stage: Stage) -> str:
    _, realm = stage.quickbooks.companies
    return str(realm)


def to_quickbooks(somebody: Somebody) -> Page:
    somebody.presses("Continue to QuickBooks Online")
    somebody.page.wait_for_url(re.compile("/connect/oauth2"))
    return somebody.page


@pytest.mark.usefixtures("fresh")
def test_from_the_catalogue_to_a_finished_load(person: Callable[..., Somebody]) -> None:
    admin = person(ADMIN, FRESH)
    admin.go("connections")
    admin.sees("Nothing is connected yet")
    admin.check()
    admin.presses("Connect something")
    admin.check()
    admin.presses("Connect QuickBooks Online")
    admin.sees("What the account needs")
    admin.check()

    to_quickbooks(admin).get_by_role("button", name="No thanks").click()
    admin.sees("Access was not allowed.", "Continue to QuickBooks Online")
    page = to_quickbooks(admin)
    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Connect").click()

    admin.sees("Is this the right account?", "Larkspur and Vane Training")
    admin.check()
    admin.presses("Yes, go on")
    admin.sees("Everything that is needed is there.")
    admin.check()
    admin.presses("Look at both sides")
    expect(page.get_by_role("button", name=re.compile("^It is this one")).first).to_be_visible(timeout=A_LOAD)
    admin.check()
    page.get_by_role("button", name=re.compile("^It is this one")).first.click()
    admin.sees("Linked.", "Nothing needs to be confirmed.")
    somebody = person(VIEWER, FRESH)
    somebody.go("connections")
    somebody.presses("Larkspur and Vane Training")
    somebody.sees("It is being set up.", "Whom to ask", ADMIN)
    somebody.check()

    admin.presses("Go on to the rules")
    admin.sees("Look only")
    admin.check()
    admin.presses("Save and see the preview")
    expect(page.get_by_role("button", name="Switch on")).to_be_visible(timeout=A_LOAD)
    admin.check()
    page.get_by_role("heading", name="In this order").click()
    admin.presses("Staff: up")
    admin.sees("The order is saved.")
    expect(page.get_by_role("button", name="Staff: down")).to_be_focused()
    admin.check()
    admin.presses("Switch on")

    admin.sees("Initial sync")
    admin.presses("Cancel…")
    admin.sees("Cancel the initial sync?", "When you resume, only what is left is done.")
    admin.check()
    admin.presses("Cancel the initial sync")
    admin.sees("Cancelled.", "What was done stays.")
    admin.check()
    page.reload()
    admin.presses("Resume")
    expect(page.get_by_text("Everything is loaded.")).to_be_visible(timeout=A_LOAD)
    admin.check()
    admin.go("connections")
    admin.sees("In step")
