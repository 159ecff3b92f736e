"""Reports, the meaning of errors, history, teams, and the list of tenants."""

import pytest

from tests.admin import Person
from tests.console import Browser, Shown
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Provider, Tenant


@pytest.fixture(autouse=True)
def tenant(stage: Stage) -> Stage:
    Tenants().save(Tenant("acme", "Acme", "Europe/Berlin"))
    return stage


@pytest.fixture
def project() -> str:
    space = Workspace("acme", "tests")
    client = space.create("client", {"name": "Birch <b>& Co"})
    return space.create("project", {"name": "Website", "client": client.id, "open_to_all": False}).id


def shows(page: Shown, *words: str) -> None:
    assert page.status == 200, page.text
    for each in words:
        assert each in page.text


def test_projects_stand_next_to_their_opportunities(project: str) -> None:
    page = Browser().get("reports")

    shows(page, "Website", "Birch <b>& Co")
    assert page.links["Website"].endswith(f"/records/projects/{project}")
    assert "<b>&" not in page.html


@pytest.mark.usefixtures("project")
def test_the_report_can_be_taken_along() -> None:
    answer = Browser().get("reports/projects.csv")

    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "Website" in answer.html


def test_what_nobody_had_to_type_is_reckoned_as_asked() -> None:
    shows(Browser().get("reports/savings", seconds=90, hourly_value=80), "Records carried", "Worth")


def test_a_period_that_ends_before_it_begins_is_refused_at_its_field() -> None:
    page = Browser().get("reports/savings", first="2026-11-02", last="2026-11-01")

    assert page.status == 422
    assert "ends before it begins" in page.text


@pytest.mark.parametrize("path", ["reports", "reports/savings", "connections/x/import"])
def test_who_does_not_administer_learns_whom_to_ask(path: str) -> None:
    page = Browser(("member",)).get(path)

    assert page.status == 403
    assert "Ask one of yours" in page.text


def test_an_error_is_found_by_its_code() -> None:
    page = Browser(("viewer",)).get("help/errors", q="6240")

    shows(page, "6240", "What to do")
    assert page.html.count("<tr>") == 2


def test_history_is_brought_in_and_its_run_is_shown(stage: Stage) -> None:
    stage.connect(Provider.QUICKBOOKS_ONLINE)
    browser = Browser()
    shows(browser.get("connections/quickbooks_online/import"), "Nothing is brought in twice")

    asked = {"type": "time", "from": "2026-01-01", "to": "2026-06-30"}
    answer = browser.post("connections/quickbooks_online/import", asked)

    assert answer.location.startswith("acme/runs/quickbooks_online/")
    assert "import runs" in answer.said
    stage.work()
    shows(browser.follow(answer))


def test_history_that_cannot_be_asked_for_is_refused_at_its_field(stage: Stage) -> None:
    stage.connect(Provider.QUICKBOOKS_ONLINE)
    wrong = {"type": "time", "from": "2026-06-30", "to": "2026-01-01"}

    page = Browser().post("connections/quickbooks_online/import", wrong)

    assert page.status == 422
    assert "end before they begin" in page.text


def test_somebody_is_added_to_a_team_and_taken_out(project: str) -> None:
    staff = Workspace("acme", "tests").create("staff", {"name": "Ida Fern", "email": "ida@acme.example"})
    browser, path = Browser(), f"records/projects/{project}/team"
    shows(browser.get(path), "Ida Fern", "Open to all")

    added = browser.post(path, {"staff": staff.id, "role": "lead"})
    shows(browser.follow(added), "Ida Fern", "Lead", "By hand")
    out = browser.post(path, {"staff": staff.id, "member": "no"})

    shows(browser.follow(out), "Nobody takes part")
    assert [line["what"] for line in Person().get("audit").body["items"]].count("member.set") == 2


def test_a_member_sees_the_team_and_no_form(project: str) -> None:
    page = Browser(("member",)).get(f"records/projects/{project}/team")

    shows(page, "Administrators add people")
    assert "Add somebody" not in page.text


def test_the_operator_makes_a_tenant_and_goes_on_to_its_people() -> None:
    operator = Browser(("platform_admin",), tenant=None, at="")

    made = operator.post("/", {"name": "Birch", "id": "birch", "time_zone": "Europe/Vienna"})
    twice = operator.post("/", {"name": "Birch", "id": "birch", "time_zone": "Europe/Vienna"})

    assert made.location == "birch/settings/people"
    assert twice.status == 422
    assert "There is a tenant birch already" in twice.text


def test_nobody_else_makes_tenants() -> None:
    assert Browser().post("/", {"name": "Mine"}).status == 403


def test_reads_that_are_charged_are_told_by_company(stage: Stage) -> None:
    shows(Browser().get("reports/usage"), "Nothing is charged")
    stage.connect(Provider.QUICKBOOKS_ONLINE)

    page = Browser().get("reports/usage")

    shows(page, "of 5,000 reads", "Within the budget")
    assert stage.connection("quickbooks_online").account_name in page.links
