"""The mapping in a real browser: a row and its values changed, tried, published, and brought back."""

from collections.abc import Callable

from sandbox.demo.stage import ADMIN, OPERATOR
from tests.browser.firm import VIEWER, Firm
from tests.browser.people import Somebody

FLOW = "salesforce.opportunity"
DRAFTED = "Saved in the draft."


def test_a_row_is_changed_tried_published_and_brought_back(admin: Somebody, a_firm: Firm) -> None:
    mapping = f"connections/{a_firm.salesforce}/mapping"
    page = admin.go(mapping)
    page.get_by_role("link", name="Project and Opportunity").click()

    page.locator("#edit-end_date").click()
    page.locator("#line-end_date-winner").select_option("ours")
    admin.sees(DRAFTED, "1 change, not in force yet")
    page.locator("#line-end_date-direction").select_option("in")
    admin.sees("2 changes, not in force yet")
    page.locator("#row-end_date").get_by_role("link", name="Done").click()

    page.locator("#edit-status").click()
    page.locator("#line-status-theirs").select_option("StageName")
    page.get_by_label("Say of each value what it is on the other side").check()
    page.get_by_label("Another value of ours").fill("Delivered")
    page.get_by_label("Another value of ours").press("Tab")
    page.get_by_label("Delivered").select_option("=Closed Won")
    admin.sees("Every value is said.")

    admin.presses("Test on records")
    admin.presses("Test")
    admin.sees("Linked")

    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Mapping").click()
    admin.presses("Review and publish")
    admin.sees("End date: comes in, was: both ways.", "“Delivered” is written as “Closed Won”", "Everything fits")
    page.get_by_label("Why").fill("End dates are decided over there")
    admin.presses("Publish")
    admin.sees("is in force.", "End dates are decided over there", ADMIN)

    page.get_by_role("link", name="Bring back").first.click()
    admin.sees("What stays")
    admin.presses("Bring it back")
    admin.sees("is back in force", "End date: both ways, was: comes in.")


def test_the_pages_of_the_mapping_are_for_everybody(admin: Somebody, a_firm: Firm) -> None:
    mapping = f"connections/{a_firm.salesforce}/mapping"
    for path in (mapping, f"{mapping}/{FLOW}/test?go=1", f"{mapping}/{FLOW}/rows/status", f"{mapping}-draft"):
        admin.go(path)
        admin.check()
    page = admin.go(f"{mapping}/salesforce.account")
    page.locator("#edit-industry").click()
    page.locator("#line-industry").wait_for()
    page.evaluate("scrollTo(0, 0)")
    admin.check()


def test_the_draft_of_somebody_else_is_not_overwritten(person: Callable[..., Somebody], a_firm: Firm) -> None:
    ada, otto, path = person(ADMIN), person(OPERATOR), f"connections/{a_firm.quickbooks}/mapping"
    ada.go(f"{path}/quickbooks_online.customer")
    ada.page.locator("#edit-fax").click()
    ada.page.locator("#line-fax-direction").select_option("in")
    ada.sees(DRAFTED)
    otto.go(f"{path}/quickbooks_online.customer")
    otto.sees(f"Draft of {ADMIN}", "goes into the same draft")
    otto.page.locator("#edit-mobile").click()
    otto.page.locator("#line-mobile-direction").select_option("in")
    otto.sees(DRAFTED)

    ada.page.locator("#line-fax-direction").select_option("out")
    ada.sees(f"{OPERATOR} changed this draft meanwhile. Yours is not saved yet.")
    with ada.page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        ada.page.locator("#line-fax-direction").select_option("both")
    ada.go(f"connections/{a_firm.quickbooks}/mapping-draft")
    ada.sees("Mobile: comes in, was: both ways.")
    assert "Fax" not in ada.page.inner_text("main")
    ada.presses("Discard the draft")
    ada.sees("The draft is gone.")


def test_who_is_no_administrator_only_looks(person: Callable[..., Somebody], a_firm: Firm) -> None:
    vera = person(VIEWER)
    vera.go(f"connections/{a_firm.quickbooks}/mapping/quickbooks_online.customer")
    vera.sees("You can look at everything here.", "PrimaryEmailAddr.Address")
    assert vera.page.get_by_role("link", name="Edit").count() == 0
