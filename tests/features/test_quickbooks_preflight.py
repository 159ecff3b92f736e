"""The preflight list of a QuickBooks company, in every state that a company can be in."""

from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.tenants import Provider

ID = "quickbooks_online"
FEATURES = ("classes", "locations", "billable_expenses", "numbers", "sales_tax", "currencies")


@pytest.fixture(autouse=True)
def connection(stage: Stage) -> None:
    stage.connect(Provider.QUICKBOOKS_ONLINE)


def listed(admin: Person) -> dict[str, Any]:
    answer = admin.post(f"connections/{ID}/preflight")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


def lines(admin: Person) -> dict[str, dict[str, Any]]:
    return {line["name"]: line for line in listed(admin)["checks"]}


def prefer(stage: Stage, group: str, **values: Any) -> None:
    [now] = stage.quickbooks_has("Preferences")
    stage.bookkeeper("Preferences", Id=now["Id"], **{group: {**now.get(group, {}), **values}})


def plan(stage: Stage, name: str) -> None:
    [info] = stage.quickbooks_has("CompanyInfo")
    pairs = [pair | {"Value": name} if pair["Name"] == "OfferingSku" else pair for pair in info["NameValue"]]
    stage.bookkeeper("CompanyInfo", Id=info["Id"], NameValue=pairs)


def test_a_company_with_everything_is_ready_and_each_line_says_what_was_found(stage: Stage, admin: Person) -> None:
    before = stage.quickbooks.calls.total
    found = listed(admin)

    assert found["ready"] is True
    said = {line["name"]: (line["outcome"], line["said"]) for line in found["checks"]}
    assert said["subscription"] == ("pass", "QuickBooks Online Plus is paid.")
    assert said["time_tracking"] == ("pass", "QuickBooks Online Plus has time activities.")
    assert said["classes"] == ("pass", "Classes are kept for each line.")
    assert said["closed_books"] == ("pass", "No day is closed.")
    assert said["access_end"][0] == "pass"
    assert all(line["remedy"] for line in found["checks"] if line["outcome"] != "pass")
    assert stage.quickbooks.calls.total - before == 2, "two reads, and nothing is written"


def test_a_plan_without_time_is_not_enough_while_time_is_posted(stage: Stage, admin: Person) -> None:
    plan(stage, "QuickBooks Online Simple Start")

    found = listed(admin)

    line = {line["name"]: line for line in found["checks"]}["time_tracking"]
    assert (found["ready"], line["outcome"], line["needed"]) == (False, "fail", True)
    assert "another plan" in line["remedy"]


def test_without_the_posting_of_time_such_a_plan_is_fine(stage: Stage, admin: Person) -> None:
    plan(stage, "QuickBooks Online Simple Start")
    settings = {"flows": {"quickbooks_online.time_activity": {"off": True}}}
    revision = admin.get(f"connections/{ID}").body["revision"]
    assert admin.patch(f"connections/{ID}", {"settings": settings, "revision": revision}).status == 200

    found = listed(admin)

    assert found["ready"] is True
    assert {line["name"]: line for line in found["checks"]}["time_tracking"]["needed"] is False


@pytest.mark.parametrize(
    ("name", "group", "values"),
    [
        ("classes", "AccountingInfoPrefs", {"ClassTrackingPerTxn": False, "ClassTrackingPerTxnLine": False}),
        ("locations", "AccountingInfoPrefs", {"TrackDepartments": False}),
        ("billable_expenses", "VendorAndPurchasesPrefs", {"BillableExpenseTracking": False}),
        ("numbers", "SalesFormsPrefs", {"CustomTxnNumbers": False}),
        ("sales_tax", "TaxPrefs", {"UsingSalesTax": False}),
    ],
)
def test_what_is_switched_off_is_no_obstacle_and_says_where_to_switch_it_on(
    stage: Stage, admin: Person, name: str, group: str, values: dict[str, Any]
) -> None:
    prefer(stage, group, **values)

    line = lines(admin)[name]

    assert (line["outcome"], line["needed"], line["facts"]["on"]) == ("fail", False, False)
    assert line["remedy"]
    assert listed(admin)["ready"] is True


def test_what_is_switched_on_has_nothing_to_do(stage: Stage, admin: Person) -> None:
    prefer(stage, "SalesFormsPrefs", CustomTxnNumbers=True)
    prefer(stage, "VendorAndPurchasesPrefs", BillableExpenseTracking=True)

    found = lines(admin)

    assert [found[name]["outcome"] for name in ("numbers", "billable_expenses")] == ["pass", "pass"]
    assert {found[name]["remedy"] for name in FEATURES if found[name]["outcome"] == "pass"} == {""}


def test_closed_books_are_known_before_anything_is_posted(stage: Stage, admin: Person) -> None:
    prefer(stage, "AccountingInfoPrefs", BookCloseDate="2026-10-31")

    line = lines(admin)["closed_books"]

    assert line["said"] == "The books are closed through 2026-10-31."
    assert line["facts"] == {"closed_through": "2026-10-31"}


def test_access_that_was_taken_away_says_so_and_what_to_do(stage: Stage, admin: Person) -> None:
    control("POST", f"{stage.quickbooks.url}/_sandbox/companies/{stage.realm}/disconnect")

    found = listed(admin)

    line = {line["name"]: line for line in found["checks"]}["access"]
    assert (found["ready"], line["outcome"]) == (False, "fail")
    assert "administrator" in line["remedy"]


def test_intuit_that_does_not_answer_leaves_it_unknown(stage: Stage, admin: Person) -> None:
    fault = {"kind": "status", "match": {"path": "/v3/company"}, "status": 503, "times": None}
    stage.quickbooks.faults.add(fault)

    assert lines(admin)["access"]["outcome"] == "unknown"
