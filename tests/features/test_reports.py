"""Reports: what was sold next to what was worked, and what nobody typed."""

import csv
import io
from decimal import Decimal

import pytest

from tests.admin import Person
from tests.features.firm import Firm, opened
from tests.stage import Stage
from timebridge.store.records import Workspace


@pytest.fixture
def firm(stage: Stage, workspace: Workspace) -> Firm:
    found = opened(stage, workspace)
    client = workspace.create("client", {"name": "Elsewhere"})
    workspace.create("project", {"client": client.id, "name": "Internal"})
    return found


def worked(firm: Firm) -> None:
    """Eight billable hours that earn 100 and cost 60 each, two that only cost, and 150 of expenses, 50 recharged."""
    casey = firm.person(rate="100", cost_rate="60")
    firm.approved(casey, "8")
    firm.submitted(casey, "2", billable=False)
    firm.expense(casey, "50")
    firm.expense(casey, "100", billable=False)
    firm.hours(casey, "5")


def test_B05_one_query_joins_amount_stage_hours_cost_and_margin(firm: Firm, admin: Person) -> None:
    worked(firm)
    firm.edit(budget="12000")
    deal = firm.opportunity()
    rows = admin.get("reports/projects").body["items"]

    [row] = [row for row in rows if row["opportunity"] == firm.deal]
    assert (row["name"], row["client"]) == ("Crane controls", "Harbour Freight")
    assert (row["amount"], row["stage"], row["hours"]) == (deal["Amount"], deal["StageName"], 10)
    assert row["amount"] == 12000
    assert row["cost"] == 10 * 60 + 150
    assert (row["margin"], row["margin_percent"]) == (12000 - 750, 93.75)
    assert {(row["name"], row["amount"], row["margin"]) for row in rows} >= {("Internal", None, None)}
    assert len(admin.get("reports/projects", linked="true").body["items"]) == 1


def test_B05_the_report_is_there_as_csv_that_no_spreadsheet_takes_for_formulas(firm: Firm, admin: Person) -> None:
    worked(firm)
    firm.edit(name='=HYPERLINK("x")')
    answer = admin.get("reports/projects.csv", linked="true")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert row["name"] == '\'=HYPERLINK("x")'
    shown = ("amount", "stage", "hours", "cost", "margin")
    assert [row[name] for name in shown] == ["10000.00", "Closed Won", "10.00", "750.00", "9250.00"]


def test_C33_profit_is_revenue_less_cost(firm: Firm, admin: Person) -> None:
    worked(firm)
    [row] = admin.get("reports/projects", linked="true").body["items"]

    assert row["revenue"] == 8 * 100 + 50
    assert row["cost"] == 10 * 60 + 150
    assert row["profit"] == row["revenue"] - row["cost"] == 100


def test_C33_what_work_costs_is_for_administrators(firm: Firm, admin: Person) -> None:
    worked(firm)
    [casey] = firm.ours.page("staff", "Casey")[0]
    assert admin.get(f"staff/{casey.id}").body["values"]["cost_rate"] == 60
    assert admin.get(f"projects/{firm.project}").body["values"]["cost_total"] == 600

    viewer = Person(roles=("viewer",))
    assert viewer.get("reports/projects").status == 403
    assert "cost_rate" not in viewer.get(f"staff/{casey.id}").body["values"]
    assert "cost_total" not in viewer.get(f"projects/{firm.project}").body["values"]
    entries = viewer.get("time-entries").body["items"]
    assert entries
    assert all("cost" not in entry["values"] for entry in entries)


def test_B06_B95_what_was_carried_without_typing_is_hours_saved_and_money(firm: Firm, admin: Person) -> None:
    before = admin.get("reports/savings").body["carried"]
    assert before >= 2  # the account and the opportunity came in
    for number in range(5):
        firm.edit(notes=f"Note {number}")
        firm.stage.settle()
    found = admin.get("reports/savings", seconds=120, hourly_value=45).body

    assert found["carried"] == before + 5
    assert found["hours"] == float((Decimal(found["carried"] * 120) / 3600).quantize(Decimal("0.01")))
    assert found["value"] == float((Decimal(found["carried"] * 120) / 3600 * 45).quantize(Decimal("0.01")))
    assert admin.get("reports/savings", seconds=60).body["hours"] == pytest.approx(found["hours"] / 2, abs=0.01)


def test_B06_B95_the_period_is_chosen(firm: Firm, admin: Person) -> None:
    assert admin.get("reports/savings", first="2020-01-01", last="2020-12-31").body["carried"] == 0
    refused = admin.get("reports/savings", first="2026-02-01", last="2026-01-01")
    assert (refused.status, refused.body["field"]) == (422, "first")
    assert firm.deal
