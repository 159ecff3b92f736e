"""Expenses in the books: reports as bills and checks, by whom they are owed to, and exactly what was ticked."""

from decimal import Decimal

import pytest

from tests.features.books import PATH
from tests.features.expensing import CHECKING, Spending, spending
from tests.stage import Stage
from timebridge.store.records import Workspace


@pytest.fixture
def firm(stage: Stage, workspace: Workspace) -> Spending:
    return spending(stage, workspace)


def both(firm: Spending) -> str:
    """Somebody who is an employee and a vendor over there, under two names, linked by a person."""
    employee = firm.bookkeeper("Employee", DisplayName="Robin Vale", GivenName="Robin", FamilyName="Vale")["Id"]
    vendor = firm.bookkeeper("Vendor", DisplayName="Vale Engineering")["Id"]
    firm.stage.told(firm.stage.cloud_event("employee", employee, "created"))
    firm.stage.settle()
    [link] = firm.links("employee", employee)
    firm.linked("vendor", link.ours, vendor)
    return str(link.ours)


def test_D02_an_expense_report_is_found_in_the_books_with_its_link(firm: Spending) -> None:
    report = firm.report("20.50", "9.50", number="R-17", notes="Trip to the harbour")
    run = firm.post(report.id, type="expenses")

    [check] = firm.documents(report)
    assert (check["PaymentType"], check["TotalAmt"], check["TxnDate"]) == ("Check", 30, "2026-11-20")
    assert check["PrivateNote"].startswith("Trip to the harbour ")
    link = firm.link(report.id, "quickbooks_online.check")
    assert (link.theirs, run["counts"]["created_theirs"]) == (check["Id"], 1)
    assert firm.record("expense_report", report.id).values["posted_to"] == "quickbooks_online"


def test_D02_posting_again_posts_nothing_twice(firm: Spending) -> None:
    report = firm.report("20")
    for _ in range(3):
        firm.post(report.id, type="expenses")
        firm.pull()

    assert len(firm.posted("Purchase")) == 1


def test_D21_exactly_the_ticked_expenses_are_posted(firm: Spending) -> None:
    code = firm.coded
    ticked = [firm.approved_expense(amount, expense_code=code) for amount in ("12.40", "7.60")]
    firm.approved_expense("99", expense_code=code)
    firm.report("50")
    card = firm.approved_expense("15", card=firm.account("42"), expense_code=code)
    firm.post(*(each.id for each in ticked), type="expenses")

    [check] = firm.posted("Purchase")
    assert [line["Amount"] for line in check["Line"]] == [12.4, 7.6]
    assert firm.posted("Bill") == []
    report = firm.record("expense", ticked[0].id).values["report"]
    assert firm.record("expense_report", report).values["amount"] == Decimal(20)
    assert firm.record("expense", card.id).values["posted_to"] is None

    firm.post(card.id, type="expenses")
    assert [each["PaymentType"] for each in firm.posted("Purchase")] == ["Check", "CreditCard"]


def test_D21_loose_expenses_of_several_people_are_one_report_each(firm: Spending) -> None:
    code = firm.coded
    mine = [firm.approved_expense(amount, expense_code=code).id for amount in ("1", "2")]
    theirs = [firm.approved_expense(amount, expense_code=code, staff=firm.contractor).id for amount in ("3", "4")]
    firm.post(*mine, *theirs, type="expenses")
    firm.post(*mine, *theirs, type="expenses")

    [check], [bill] = firm.posted("Purchase"), firm.posted("Bill")
    assert (check["TotalAmt"], check["EntityRef"]["value"]) == (3, firm.employee)
    assert (bill["TotalAmt"], bill["VendorRef"]["value"]) == (7, firm.vendor)
    assert len(firm.ours.page("expense_report")[0]) == 2


def test_D21_what_is_not_approved_is_refused_with_the_reason(firm: Spending) -> None:
    report = firm.report("20", approved=False)
    firm.ours.submit(report.id, kind="expense_report")
    loose = firm.expense("5", expense_code=firm.coded)
    said = firm.refused(firm.post(report.id, loose.id, type="expenses"))

    assert firm.posted("Purchase") == firm.posted("Bill") == []
    assert {id: reason for id, (reason, _) in said.items()} == dict.fromkeys(
        (report.id, loose.id), "It is not approved."
    )
    listed = firm.listed("expenses")[report.id]
    assert (listed["state"], listed["reason"]) == ("blocked", "It is not approved.")


def test_D49_an_employee_gets_a_check_and_a_vendor_a_bill(firm: Spending) -> None:
    mine, theirs = firm.report("30"), firm.report("70", staff=firm.contractor, number="R-2")
    firm.post(mine.id, theirs.id, type="expenses")

    [(kind, check)] = firm.everywhere(mine)
    assert (kind, check["PaymentType"], check["EntityRef"]["type"]) == ("Purchase", "Check", "Employee")
    assert (check["EntityRef"]["value"], check["AccountRef"]["value"]) == (firm.employee, CHECKING)
    [(kind, bill)] = firm.everywhere(theirs)
    assert (kind, bill["VendorRef"]["value"], bill["DocNumber"], bill["Balance"]) == ("Bill", firm.vendor, "R-2", 70)


def test_D49_who_is_nothing_over_there_is_named_with_what_to_do(firm: Spending) -> None:
    stranger = firm.ours.create("staff", {"name": "Nobody Known"}).id
    report = firm.report("30", staff=stranger)
    firm.post(report.id, type="expenses")

    assert firm.everywhere(report) == []
    said = firm.listed("expenses")[report.id]
    assert (said["state"], said["field"]) == ("blocked", "staff")
    assert "neither an employee nor a vendor" in said["reason"]
    assert "Link the person" in said["remedy"]


@pytest.mark.parametrize(("post_as", "entity"), [("bill", "Bill"), ("check", "Purchase")])
def test_D49_the_settings_decide_for_who_is_both(firm: Spending, post_as: str, entity: str) -> None:
    robin = both(firm)
    firm.posting("expenses", checking_account=firm.account(CHECKING), post_as=post_as)
    report = firm.report("30", staff=robin)
    firm.post(report.id, type="expenses")

    [(kind, _)] = firm.everywhere(report)
    assert kind == entity


def test_D50_who_is_both_is_asked_for_each_report(firm: Spending) -> None:
    robin = both(firm)
    first, second = firm.report("30", staff=robin), firm.report("40", staff=robin)
    said = firm.listed("expenses")[first.id]
    assert (said["state"], said["field"]) == ("blocked", "post_as")
    assert "bill or a check" in said["remedy"]

    firm.post(first.id, type="expenses", **{"as": "bill"})
    firm.post(second.id, type="expenses", **{"as": "check"})
    assert [kind for kind, _ in firm.everywhere(first)] == ["Bill"]
    assert [kind for kind, _ in firm.everywhere(second)] == ["Purchase"]


@pytest.mark.parametrize(("first", "then"), [("bill", "check"), ("check", "bill")])
def test_D50_another_choice_after_posting_leaves_one_live_document(firm: Spending, first: str, then: str) -> None:
    robin = both(firm)
    report = firm.report("30", staff=robin, post_as=first)
    firm.post(report.id, type="expenses")
    [(before, _)] = firm.everywhere(report)
    firm.repost(report.id, type="expenses", **{"as": then})

    entities = {"bill": "Bill", "check": "Purchase"}
    [(after, document)] = firm.everywhere(report)
    assert (before, after) == (entities[first], entities[then])
    assert document["TotalAmt"] == 30
    firm.pull()
    assert len(firm.everywhere(report)) == 1
    assert firm.listed("expenses")[report.id]["state"] == "posted"


def test_D50_a_paid_bill_does_not_become_a_check(firm: Spending) -> None:
    robin = both(firm)
    report = firm.report("30", staff=robin, post_as="bill")
    firm.post(report.id, type="expenses")
    [(_, bill)] = firm.everywhere(report)
    firm.pays(bill)
    run = firm.repost(report.id, type="expenses", **{"as": "check"})
    firm.pull()

    [(entity, still)] = firm.everywhere(report)
    assert (entity, still["Id"]) == ("Bill", bill["Id"])
    problems = firm.admin.get(f"{PATH}/runs/{run['id']}/problems").body["items"]
    assert "payment is applied" in problems[0]["reason"]
    assert firm.record("expense_report", report.id).values["post_as"] == "bill"
    assert firm.listed("expenses")[report.id]["state"] == "posted"


def test_D50_a_choice_that_does_not_fit_the_person_is_refused(firm: Spending) -> None:
    report = firm.report("30")
    said = firm.refused(firm.post(report.id, type="expenses", **{"as": "bill"}))

    assert firm.everywhere(report) == []
    [(reason, field)] = said.values()
    assert ("not a vendor" in reason, field) == (True, "post_as")
    assert firm.admin.post(
        "connections/quickbooks_online/postings", {"type": "expenses", "ids": [report.id], "as": "letter"}
    ).status in (400, 422)


def test_D31_the_expenses_of_a_contractor_are_owed_to_the_right_vendor(firm: Spending) -> None:
    firm.bookkeeper("Vendor", DisplayName="Jules Harbor")
    report = firm.report("70", "5", staff=firm.contractor)
    firm.post(report.id, type="expenses")

    [bill] = firm.documents(report, "Bill")
    assert (bill["VendorRef"]["value"], bill["VendorRef"]["name"]) == (firm.vendor, "Jules Harbour")
    [vendor] = [each for each in firm.stage.quickbooks_has("Vendor") if each["Id"] == firm.vendor]
    assert vendor["Balance"] == 75
