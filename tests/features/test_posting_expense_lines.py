"""What the lines of expenses say in the books: accounts and items, customers, classes, accounts that do not fit."""

from typing import Any

import pytest

from tests.features.books import PATH
from tests.features.expensing import CHECKING, MEALS, ON_ACCOUNT, ON_ITEM, PAYABLE, SAVINGS, TRAVEL, Spending, spending
from tests.stage import Stage
from timebridge.store.records import Workspace


@pytest.fixture
def firm(stage: Stage, workspace: Workspace) -> Spending:
    for name, kind in (("Mileage", "NonInventory"), ("Site visit", "Service")):
        stage.bookkeeper("Item", Name=name, Type=kind, ExpenseAccountRef={"value": TRAVEL}, **SOLD)
    stage.bookkeeper("Account", Name="Payable to staff", AccountType="Accounts Payable")
    stage.bookkeeper("Class", Name="North")
    stage.bookkeeper("Class", Name="South")
    stage.bookkeeper("Department", Name="Harbour office")
    return spending(stage, workspace)


SOLD = {"IncomeAccountRef": {"value": "1"}}


def detail(line: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = line[line["DetailType"]]
    return found


def test_D37_a_bill_mixes_lines_on_accounts_and_on_items(firm: Spending) -> None:
    firm.posting("expenses", expense_account=firm.account(MEALS))
    visit = firm.ours.create("item", {"name": "Site visit here", "type": "Service"}).id
    [theirs] = [each for each in firm.stage.quickbooks_has("Item") if each["Name"] == "Site visit"]
    firm.linked("other_item", visit, theirs["Id"])
    codes = {
        "12": firm.found("expense_code", "Mileage"),
        "30": firm.kind_of_expense("Train", TRAVEL),
        "7": firm.ours.create("expense_code", {"name": "Visit", "item": visit}).id,
        "5": firm.kind_of_expense("Sundries", None),
    }
    report = firm.report(approved=False, staff=firm.contractor)
    for amount, code in codes.items():
        firm.expense(amount, staff=firm.contractor, report=report.id, expense_code=code, notes=f"{amount} spent")
    firm.through(report)
    firm.post(report.id, type="expenses")

    [bill] = firm.documents(report, "Bill")
    lines = {line["Amount"]: line for line in bill["Line"]}
    assert bill["TotalAmt"] == 54
    assert {amount: line["DetailType"] for amount, line in lines.items()} == {
        **{12: ON_ITEM, 7: ON_ITEM},
        **{30: ON_ACCOUNT, 5: ON_ACCOUNT},
    }
    assert (detail(lines[12])["ItemRef"]["name"], detail(lines[7])["ItemRef"]["name"]) == ("Mileage", "Site visit")
    assert (detail(lines[30])["AccountRef"]["value"], detail(lines[5])["AccountRef"]["value"]) == (TRAVEL, MEALS)
    assert {detail(line)["CustomerRef"]["value"] for line in lines.values()} == {firm.job}
    assert {detail(line)["TaxCodeRef"]["value"] for line in lines.values()} == {"NON"}
    assert lines[12]["Description"] == "12 spent"


def test_D37_an_expense_without_item_and_account_says_what_to_do(firm: Spending) -> None:
    report = firm.report(approved=False)
    firm.expense("5", report=report.id, expense_code=firm.kind_of_expense("Sundries", None))
    firm.through(report)

    said = firm.listed("expenses")[report.id]
    assert (said["state"], said["field"]) == ("blocked", "expense_code")
    assert "Sundries has neither an item nor an account" in said["reason"]
    assert "expense account in the settings" in said["remedy"]


def test_D41_the_class_stands_on_each_line_and_the_location_on_the_document(firm: Spending) -> None:
    north, south = firm.found("class", "North"), firm.found("class", "South")
    firm.edit("project", firm.project, **{"class": north})
    firm.edit("staff", firm.person, department=firm.found("department", "Harbour"), **{"class": south})
    report = firm.report("20", approved=False)
    firm.expense("9", report=report.id, expense_code=firm.coded, **{"class": south})
    firm.through(report)
    card = firm.approved_expense("4", card=firm.account("42"), expense_code=firm.coded)
    firm.post(report.id, card.id, type="expenses")

    [check], [charge] = firm.documents(report), firm.documents(card)
    assert [(line["Amount"], detail(line)["ClassRef"]["name"]) for line in check["Line"]] == [
        (20, "North"),
        (9, "South"),
    ]
    assert check["DepartmentRef"]["name"] == charge["DepartmentRef"]["name"] == "Harbour office"
    assert detail(charge["Line"][0])["ClassRef"]["name"] == "North"
    said = firm.admin.get(f"{PATH}/postings/expenses/{report.id}/explain").body["said"]
    levels = {
        each["name"]: each["level"] for each in said if each["name"].startswith("line") or each["name"] == "post_as"
    }
    assert levels == {
        "post_as": "person",
        **{"line 1: account": "expense code", "line 1: class": "project"},
        **{"line 2: account": "expense code", "line 2: class": "expense"},
    }


def test_D41_no_class_is_sent_where_the_company_tracks_none(firm: Spending) -> None:
    firm.prefers(AccountingInfoPrefs={"ClassTrackingPerTxnLine": False, "ClassTrackingPerTxn": False})
    firm.edit("project", firm.project, **{"class": firm.found("class", "North")})
    report = firm.report("20")
    firm.post(report.id, type="expenses")

    [check] = firm.documents(report)
    assert "ClassRef" not in detail(check["Line"][0])


@pytest.mark.parametrize(("tracked", "status"), [(True, "Billable"), (False, "NotBillable")])
def test_D21_expenses_are_billable_where_the_company_bills_them(firm: Spending, tracked: bool, status: str) -> None:
    firm.prefers(VendorAndPurchasesPrefs={"BillableExpenseTracking": tracked})
    report = firm.report(approved=False)
    firm.expense("20", report=report.id, expense_code=firm.coded, billable=True)
    firm.through(report)
    firm.post(report.id, type="expenses")

    [check] = firm.documents(report)
    assert detail(check["Line"][0])["BillableStatus"] == status


def test_D32_the_chosen_accounts_are_those_of_the_posted_documents(firm: Spending) -> None:
    [payable] = [each for each in firm.stage.quickbooks_has("Account") if each["Name"] == "Payable to staff"]
    firm.posting(
        "expenses",
        checking_account=firm.account(SAVINGS),
        payable_account=firm.account(payable["Id"]),
        expense_account=firm.account(MEALS),
        term=firm.found("term", "Net 15"),
    )
    code = firm.kind_of_expense("Sundries", None)
    reports = [firm.report(approved=False, staff=staff) for staff in (firm.person, firm.contractor)]
    for report in reports:
        firm.expense("8", staff=report.values["staff"], report=report.id, expense_code=code)
        firm.through(report)
    firm.post(*(report.id for report in reports), type="expenses")

    [check], [bill] = firm.documents(reports[0]), firm.documents(reports[1], "Bill")
    assert check["AccountRef"]["value"] == SAVINGS
    assert (bill["APAccountRef"]["value"], bill["SalesTermRef"]["name"]) == (payable["Id"], "Net 15")
    assert bill["DueDate"] == "2026-12-05"
    assert {detail(each["Line"][0])["AccountRef"]["value"] for each in (check, bill)} == {MEALS}


def test_D32_an_account_of_the_wrong_type_is_refused_with_what_to_do(firm: Spending) -> None:
    mine, theirs = firm.report("30"), firm.report("70", staff=firm.contractor)
    card = firm.approved_expense("12", card=firm.account(CHECKING), expense_code=firm.coded)
    loose = firm.kind_of_expense("Sundries", None)
    other = firm.report(approved=False)
    firm.expense("5", report=other.id, expense_code=loose)
    firm.through(other)
    firm.posting(
        "expenses",
        checking_account=firm.account(PAYABLE),
        payable_account=firm.account(CHECKING),
        expense_account=firm.account(PAYABLE),
    )

    listed = firm.listed("expenses")
    said = {each.id: (listed[each.id]["field"], listed[each.id]["remedy"]) for each in (mine, theirs, card)}
    assert said == {
        mine.id: ("checking_account", "Choose an account of the type Bank."),
        theirs.id: ("payable_account", "Choose an account of the type Accounts Payable."),
        card.id: ("card", "Choose an account of the type Credit Card."),
    }
    firm.posting("expenses", checking_account=firm.account(CHECKING), expense_account=firm.account(PAYABLE))
    assert firm.listed("expenses")[other.id]["remedy"] == "Choose an account on which expenses are booked."
    firm.post(other.id, theirs.id, type="expenses")
    assert firm.posted("Purchase") == []
    assert len(firm.posted("Bill")) == 1


def test_D32_without_a_checking_account_no_check_is_written(firm: Spending) -> None:
    firm.posting("expenses")
    report = firm.report("30")
    said = firm.listed("expenses")[report.id]

    assert (said["state"], said["field"]) == ("blocked", "checking_account")
    assert "Choose the checking account" in said["remedy"]


def test_D32_an_account_that_is_not_from_quickbooks_is_refused(firm: Spending) -> None:
    ours = firm.ours.create("account", {"name": "Petty cash", "type": "Bank"}).id
    firm.posting("expenses", checking_account=ours)
    report = firm.report("30")
    said = firm.listed("expenses")[report.id]

    assert (said["state"], said["reason"]) == ("blocked", "The account Petty cash is not in QuickBooks.")
    refused = firm.admin.patch(
        "connections/quickbooks_online",
        {"settings": {"posting": {"expenses": {"checking": ours}}}},
        if_match=firm._revision(),
    )
    assert (refused.status, refused.body["field"]) == (422, "settings.posting.expenses.checking")
