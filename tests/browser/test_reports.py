"""Reports, the meaning of errors, teams and history: every page as it should be, and a journey through a team."""

import pytest
from playwright.sync_api import expect

from tests.browser.firm import Firm
from tests.browser.pages.reports import PAGES
from tests.browser.people import Somebody


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_accessible_and_fits(name: str, admin: Somebody, a_firm: Firm) -> None:
    admin.go(PAGES[name](a_firm))
    admin.check()


def test_an_administrator_adds_somebody_to_a_team(admin: Somebody, a_firm: Firm) -> None:
    a_firm.api.post("staff", {"name": "Robin Ash (demo)"})
    wish = {"name": "Orchard survey (demo)", "client": a_firm.first("clients")}
    project = a_firm.api.post("projects", wish)  # of its own: whoever is added by hand closes a project to the others
    page = admin.go(f"records/projects/{project['id']}/team")

    page.get_by_role("searchbox", name="Search for the person").press_sequentially("robin")
    page.get_by_role("radio", name="Robin Ash (demo)").check()
    page.get_by_label("Role").fill("lead")
    admin.presses("Add")

    row = page.get_by_role("row").filter(has_text="Robin Ash (demo)")
    expect(row).to_contain_text("By hand")
    expect(row).to_contain_text("Lead")
    row.get_by_role("button", name="Take out Robin Ash (demo)").click()
    expect(row).to_have_count(0)


def test_the_projects_can_be_taken_along_as_a_table(admin: Somebody) -> None:
    page = admin.go("reports")
    with page.expect_download() as waiting:
        admin.presses("Export CSV")

    assert waiting.value.suggested_filename == "projects.csv"
