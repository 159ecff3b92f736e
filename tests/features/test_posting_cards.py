"""Card expenses: each a charge or a credit of its own, and what is withdrawn, held and closed."""

import pytest

from tests.features.expensing import TRAVEL, VISA, Spending, spending
from tests.stage import Stage, control
from timebridge.errors import Rejected
from timebridge.store.records import Workspace

MASTERCARD = "41"


@pytest.fixture
def firm(stage: Stage, workspace: Workspace) -> Spending:
    return spending(stage, workspace)


def test_D51_a_charge_and_a_credit_are_entries_of_the_card(firm: Spending) -> None:
    visa, code = firm.account(VISA), firm.coded
    taxi = firm.approved_expense("18.20", card=visa, expense_code=code, notes="Taxi to the harbour")
    back = firm.approved_expense("-4.70", card=visa, expense_code=code, notes="Fare corrected")
    other = firm.approved_expense("6", card=firm.account(MASTERCARD), expense_code=code)
    firm.post(taxi.id, back.id, other.id, type="expenses")

    [charge], [credit], [third] = (firm.documents(each) for each in (taxi, back, other))
    assert {charge["PaymentType"], credit["PaymentType"]} == {"CreditCard"}
    assert (charge["Credit"], charge["TotalAmt"], charge["AccountRef"]["value"]) == (False, 18.2, VISA)
    assert (credit["Credit"], credit["TotalAmt"], credit["AccountRef"]["value"]) == (True, 4.7, VISA)
    assert [line["Amount"] for line in credit["Line"]] == [4.7]
    assert third["AccountRef"]["value"] == MASTERCARD
    line = charge["Line"][0]
    assert (line["Description"], line[line["DetailType"]]["AccountRef"]["value"]) == ("Taxi to the harbour", TRAVEL)
    assert {firm.link(each.id, "quickbooks_online.card_charge").theirs for each in (taxi, back)} == {
        charge["Id"],
        credit["Id"],
    }


def test_D51_what_was_paid_by_card_is_owed_to_nobody(firm: Spending) -> None:
    visa = firm.account(VISA)
    card = firm.approved_expense("18.20", card=visa, expense_code=firm.coded)
    loose = firm.approved_expense("5", expense_code=firm.coded)
    firm.post(card.id, loose.id, type="expenses")

    assert len(firm.posted("Purchase")) == 2
    assert firm.record("expense", card.id).values["report"] is None
    with pytest.raises(Rejected, match="in no report"):
        firm.expense("3", card=visa, report=firm.report(approved=False).id)


def test_D51_taken_back_and_posted_again_there_is_one_entry(firm: Spending) -> None:
    card = firm.approved_expense("18.20", card=firm.account(VISA), expense_code=firm.coded)
    firm.post(card.id, type="expenses")
    firm.withdraw(card.id, type="expenses")
    assert firm.documents(card) == []

    firm.post(card.id, type="expenses")
    firm.ours.reopen(card.id, kind="expense")
    assert firm.documents(card) == []
    firm.edit("expense", card.id, amount="20")
    firm.ours.submit(card.id, kind="expense")
    firm.ours.approve(card.id, kind="expense")
    firm.post(card.id, type="expenses")
    [charge] = firm.documents(card)
    assert charge["TotalAmt"] == 20


def test_D50_reposting_a_report_that_was_changed_leaves_one_live_document(firm: Spending) -> None:
    report = firm.report("20", "5")
    firm.post(report.id, type="expenses")
    [before] = firm.documents(report)
    code = firm.record("expense", firm.ours.page("expense")[0][0].id).values["expense_code"]
    firm.edit("expense_code", str(code), account=firm.account("21"))
    said = firm.listed("expenses")[report.id]
    assert (said["state"], said["changed"]) == ("changed", ["booking", "lines"])
    firm.repost(report.id, type="expenses")

    [after] = firm.documents(report)
    assert {line[line["DetailType"]]["AccountRef"]["value"] for line in after["Line"]} == {"21"}
    assert (after["TotalAmt"], after["Id"], len(after["Line"])) == (25, before["Id"], 2)
    assert firm.listed("expenses")[report.id]["state"] == "posted"


def test_D50_a_report_that_is_reopened_leaves_the_books(firm: Spending) -> None:
    report = firm.report("20", staff=firm.contractor)
    firm.post(report.id, type="expenses")
    assert len(firm.documents(report, "Bill")) == 1
    firm.ours.reopen(report.id, kind="expense_report")

    assert firm.documents(report, "Bill") == []


def test_D50_a_bill_that_is_paid_stays_and_says_why(firm: Spending) -> None:
    report = firm.report("20", staff=firm.contractor)
    firm.post(report.id, type="expenses")
    [bill] = firm.documents(report, "Bill")
    firm.pays(bill)
    [(reason, _)] = firm.refused(firm.withdraw(report.id, type="expenses")).values()
    firm.pull()

    [still] = firm.documents(report, "Bill")
    assert (still["Id"], "payment is applied to the bill" in reason) == (bill["Id"], True)
    assert firm.listed("expenses")[report.id]["state"] == "posted"


def test_D50_a_purchase_that_the_bank_reports_stays_and_says_why(firm: Spending) -> None:
    report = firm.report("20")
    firm.post(report.id, type="expenses")
    [check] = firm.documents(report)
    firm.matched(check)
    [(reason, _)] = firm.refused(firm.withdraw(report.id, type="expenses")).values()
    firm.pull()

    assert [each["Id"] for each in firm.documents(report)] == [check["Id"]]
    assert "matched to a downloaded bank transaction" in reason
    assert firm.listed("expenses")[report.id]["state"] == "posted"


def test_D50_what_the_bookkeeper_changed_stays_as_it_is(firm: Spending) -> None:
    report = firm.report("20")
    firm.post(report.id, type="expenses")
    [check] = firm.documents(report)
    line = {"DetailType": "AccountBasedExpenseLineDetail", "Amount": 20, "Description": "Corrected"}
    line["AccountBasedExpenseLineDetail"] = {"AccountRef": {"value": "13"}}
    paid = {name: check[name] for name in ("PaymentType", "AccountRef")}
    firm.bookkeeper("Purchase", Id=check["Id"], Line=[line], **paid)
    firm.stage.told(firm.stage.cloud_event("purchase", check["Id"]))
    firm.pull()
    firm.edit("expense_code", firm.coded, account=firm.account("21"))

    for ran in (firm.withdraw, firm.repost):
        [(reason, field)] = firm.refused(ran(report.id, type="expenses")).values() or [("", "")]
        assert (field, "changed in the books" in reason) == ("booking", True)
    [still] = firm.documents(report)
    assert still["Line"][0]["Description"] == "Corrected"


def test_D21_in_a_closed_period_a_report_waits_or_is_dated_on_the_first_open_day(firm: Spending) -> None:
    firm.closes_through("2026-11-25")
    report = firm.report("20")
    said = firm.listed("expenses")[report.id]
    assert (said["state"], said["reason"]) == ("blocked", "The books are closed through 2026-11-25.")

    firm.posting("expenses", checking_account=firm.account("35"), closed="first_open")
    firm.post(report.id, type="expenses")
    [check] = firm.documents(report)
    assert check["TxnDate"] == "2026-11-26"
    assert "(dated 2026-11-20)" in check["PrivateNote"]
    assert firm.listed("expenses")[report.id]["state"] == "posted"


def test_D21_a_preview_shows_the_documents_and_writes_nothing(firm: Spending) -> None:
    code = firm.coded
    loose = [firm.approved_expense(amount, expense_code=code) for amount in ("12", "8")]
    report = firm.report("50", staff=firm.contractor)
    card = firm.approved_expense("-3", card=firm.account(VISA), expense_code=code)
    found = firm.preview(*(each.id for each in (*loose, report, card)), type="expenses")

    documents = {each["object"] + str(each["document"].get("PaymentType", "")): each for each in found["documents"]}
    assert set(documents) == {"Bill", "PurchaseCheck", "PurchaseCreditCard"}
    assert [line["Amount"] for line in documents["PurchaseCheck"]["document"]["Line"]] == [12, 8]
    assert documents["PurchaseCreditCard"]["document"]["Credit"] is True
    assert documents["Bill"]["document"]["VendorRef"] == {"value": firm.vendor}
    assert firm.posted("Purchase") == firm.posted("Bill") == []
    assert firm.record("expense", loose[0].id).values["report"] is None


def test_D21_answers_that_are_lost_double_nothing(firm: Spending) -> None:
    code = firm.coded
    loose = [firm.approved_expense(amount, expense_code=code) for amount in ("1", "2")]
    report, card = firm.report("4", staff=firm.contractor), firm.approved_expense("8", card=firm.account(VISA))
    asked = {"type": "expenses", "ids": [*(each.id for each in loose), report.id, card.id]}
    firm.posting("expenses", checking_account=firm.account("35"), expense_account=firm.account(TRAVEL))
    answer = firm.admin.post("connections/quickbooks_online/postings", asked)
    messages = firm.stage.messages()
    for _ in range(3):
        fault = {"match": {"path": "/batch"}, "kind": "drop_after_commit"}
        control("POST", f"{firm.stage.quickbooks.url}/_sandbox/faults", json=fault)
        assert firm.stage.call("worker", {"Records": messages})["batchItemFailures"]
    assert firm.stage.call("worker", {"Records": messages})["batchItemFailures"] == []

    assert sorted(each["TotalAmt"] for each in firm.posted("Purchase")) == [3, 8]
    assert [each["TotalAmt"] for each in firm.posted("Bill")] == [4]
    assert len(firm.ours.page("expense_report")[0]) == 2
    assert firm.run(answer.body["run"])["status"] == "done"
