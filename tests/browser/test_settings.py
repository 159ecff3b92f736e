"""An administrator keeps the settings: rhythm, mails, people, the secret address, and an end that is none."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from sandbox.demo.connect import follow
from tests.browser.firm import VIEWER, Firm
from tests.browser.people import Somebody

UMA = "uma.frey@nimbus-oak.example"


def test_another_rhythm_says_when_the_next_run_is(admin: Somebody, a_firm: Firm) -> None:
    page = admin.go(f"settings/connections/{a_firm.salesforce}")
    admin.check()
    page.get_by_label("Every night", exact=True).check()
    admin.presses("Save the rhythm")
    admin.sees("The next run is planned anew.")
    night = a_firm.api.get(f"connections/{a_firm.salesforce}/timetable")
    assert night["rhythm"] == "daily"
    expect(page.locator(f'.stats time[datetime^="{night["next"][:4]}"]').first).to_be_visible()
    page.get_by_label("Every hour", exact=True).check()
    admin.presses("Save the rhythm")
    admin.sees("The next run is planned anew.")
    assert a_firm.api.get(f"connections/{a_firm.salesforce}")["rhythm"] == "hourly"


def test_mails_go_to_whom_they_should(admin: Somebody, a_firm: Firm) -> None:
    page = admin.go("settings/notifications")
    admin.check()
    before = page.get_by_label("Recipients").input_value()
    page.get_by_label("Recipients").fill("no address")
    admin.presses("Save")
    expect(page.get_by_label("Recipients")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Recipients").fill(f"{before}\nbooks@nimbus-oak.example")
    page.get_by_label("More new problems than").fill("5")
    page.get_by_label("A mail every morning").check()
    admin.presses("Save")
    admin.sees("told from now on")
    said = a_firm.api.get("notifications")
    assert (said["errors"], said["digest"]) == (5, True)
    assert "books@nimbus-oak.example" in said["recipients"]


def test_somebody_is_invited_and_becomes_a_viewer(admin: Somebody, a_firm: Firm) -> None:
    page = admin.go("settings/people")
    admin.check()
    admin.presses("Invite somebody")
    page.get_by_label("Name", exact=True).fill("Uma Frey")
    page.get_by_label("E-mail address").fill(UMA)
    page.get_by_label("Member", exact=True).check()
    admin.check()
    admin.presses("Send the invitation")
    admin.sees(f"{UMA} is invited")
    admin.presses("Uma Frey")
    admin.sees("On the list of staff")
    page.get_by_label("Viewer", exact=True).check()
    admin.presses("Save")
    admin.sees("Uma Frey is viewer.")
    admin.check()
    [uma] = a_firm.api.get("users", q=UMA)["items"]
    assert (uma["role"], uma["standing"], bool(uma["staff"])) == ("viewer", "invited", True)
    admin.presses("Take their access away")
    page.get_by_role("dialog").get_by_role("button", name="Take it away").click()
    admin.sees("Uma Frey cannot sign in any more.")


def test_the_secret_address_is_changed(admin: Somebody, a_firm: Firm) -> None:
    page = admin.go(f"settings/connections/{a_firm.salesforce}/notices")
    admin.check()
    before = page.locator("#address").inner_text()
    admin.presses("Make a new address")
    admin.sees("nothing is lost")
    admin.check()
    admin.presses("Make a new address")
    admin.sees("This is the new address.", "Two addresses work")
    assert page.locator("#address").inner_text() not in ("", before)


def test_who_may_not_change_anything_sees_whom_to_ask(person: Callable[..., Somebody], a_firm: Firm) -> None:
    reader = person(VIEWER)
    for path in ("", "/posting", "/limits", "/access"):
        reader.go(f"settings/connections/{a_firm.quickbooks}{path}")
        reader.sees("Only administrators")
        reader.check()
    reader.go("settings/people")
    reader.sees("Only administrators see and change this.")


def test_what_is_disconnected_goes_on_where_it_was(admin: Somebody, a_firm: Firm) -> None:
    path = f"settings/connections/{a_firm.quickbooks}"
    name = a_firm.api.get(f"connections/{a_firm.quickbooks}")["account_name"]
    pairs = a_firm.api.get(f"connections/{a_firm.quickbooks}/disconnect")["pairs"]
    page = admin.go(f"{path}/access")
    admin.check()
    admin.presses("Disconnect")
    admin.sees("What stays", f"{pairs:,} pairs of records are remembered")
    admin.check()
    page.get_by_label("To be sure, type its name").fill(name)
    admin.presses(f"Disconnect {name}")
    admin.sees(f"{name} is disconnected. Records and links stay.")
    try:
        admin.presses("Reconnect")
        page.wait_for_url(re.compile("/connect/oauth2"))
        page.locator(f'[value="{a_firm.stage.realm}"]').first.check()
    finally:
        page.get_by_role("button", name=re.compile("Connect|Allow")).first.click()
    page.wait_for_url(re.compile("/console/"))
    follow(a_firm.stage, a_firm.quickbooks, lambda *_: None)
    assert a_firm.api.get(f"connections/{a_firm.quickbooks}/disconnect")["pairs"] >= pairs
    [latest, *_] = a_firm.api.get(f"connections/{a_firm.quickbooks}/runs")["items"]
    assert latest["kind"] in ("pull", "reconcile", "initial sync")
