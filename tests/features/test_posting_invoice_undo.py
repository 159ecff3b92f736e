"""Invoices that are taken back, corrected, or sent again: never two that count (X12)."""

from typing import Any

import pytest

from tests.features.invoicing import FLOW, PATH, Invoicing, billing, is_void
from tests.stage import Stage, control
from timebridge.records import Record
from timebridge.store.records import Workspace


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Invoicing:
    return billing(stage, workspace)


def paid(books: Invoicing, invoice: Record, amount: float) -> str:
    form = books.form(invoice)
    line = {"Amount": amount, "LinkedTxn": [{"TxnId": form["Id"], "TxnType": "Invoice"}]}
    found = books.bookkeeper("Payment", CustomerRef=form["CustomerRef"], TotalAmt=amount, Line=[line])
    return str(found["Id"])


def kept(books: Invoicing, invoice: Record) -> dict[str, Any]:
    """Why an invoice stays in the books that somebody wanted to take back."""
    run = books.withdraw(invoice.id, type="invoices")
    [problem] = books.admin.get(f"{PATH}/runs/{run['id']}/problems").body["items"]
    found: dict[str, Any] = problem
    return found


def test_D23_an_invoice_taken_back_is_void_and_keeps_its_number(books: Invoicing) -> None:
    books.choose(labour_code=books.code)
    invoice = books.written()
    [form] = books.sends(invoice)
    books.pull()
    books.withdraw(invoice.id, type="invoices")
    [void] = books.forms(invoice)
    assert (is_void(void), void["DocNumber"], void["Id"]) == (True, form["DocNumber"], form["Id"])
    now = books.now(invoice)
    assert (now["posted_to"], now["posted_number"], now["status"]) == ("held", None, "final")
    books.pull()
    assert len(books.forms(invoice)) == 1

    [again] = books.sends(invoice)
    assert again["Id"] != form["Id"]
    assert [is_void(each) for each in books.forms(invoice)].count(False) == 1
    books.pull()
    assert books.now(invoice)["posted_number"] == again["DocNumber"]


def test_D23_an_invoice_taken_back_is_deleted_where_that_is_chosen(books: Invoicing) -> None:
    books.choose(labour_code=books.code, undo="delete")
    invoice = books.written()
    books.sends(invoice)
    books.withdraw(invoice.id, type="invoices")
    assert books.forms(invoice) == []


def test_D23_an_invoice_that_changed_is_updated_in_place(books: Invoicing) -> None:
    books.choose(labour_code=books.code)
    invoice = books.written(memo="First", notes="Ask Jo")
    [form] = books.sends(invoice)
    books.choose(labour_code=books.code, term=books.found("term", "Net 15"))
    assert (books.why(invoice)["state"], books.why(invoice)["changed"]) == ("changed", ["term"])
    books.repost(invoice.id, type="invoices")
    [now] = books.forms(invoice)
    assert (now["Id"], now["SalesTermRef"]["name"], now["CustomerMemo"]["value"]) == (form["Id"], "Net 15", "First")
    assert books.why(invoice)["state"] == "posted"


def test_D23_an_invoice_that_is_paid_stays_and_says_why(books: Invoicing) -> None:
    books.choose(labour_code=books.code)
    invoice = books.written()
    books.sends(invoice)
    paid(books, invoice, 100)
    problem = kept(books, invoice)
    assert "credit memo" in problem["remedy"]
    assert books.form(invoice)["Balance"] == 150
    assert books.now(invoice)["posted_to"] == "quickbooks_online"


def test_D22_an_invoice_voided_by_the_bookkeeper_is_not_posted_again(books: Invoicing) -> None:
    books.choose(labour_code=books.code)
    invoice = books.written()
    [form] = books.sends(invoice)
    url = f"{books.stage.quickbooks.url}/_sandbox/companies/{books.stage.realm}/Invoice?operation=void"
    control("POST", url, json={"Id": form["Id"]})
    books.pull()
    assert books.link(invoice.id, FLOW).kept == "ours"
    assert [is_void(each) for each in books.forms(invoice)] == [True]
    assert books.why(invoice)["state"] == "blocked"
    [again] = books.sends(invoice)
    assert again["Id"] != form["Id"]


def test_D52_our_own_number_is_used_where_the_company_lets_us(books: Invoicing) -> None:
    books.prefers(SalesFormsPrefs={"CustomTxnNumbers": True})
    books.stage.settle()
    books.choose(labour_code=books.code)
    invoice = books.written(number="2026-17")
    [form] = books.sends(invoice)
    assert form["DocNumber"] == "2026-17"
    books.withdraw(invoice.id, type="invoices")
    [again] = books.sends(invoice)
    assert (again["DocNumber"], again["Id"] != form["Id"]) == ("2026-17", True)


def test_D52_a_number_that_somebody_else_has_is_refused_with_what_to_do(books: Invoicing) -> None:
    books.prefers(SalesFormsPrefs={"CustomTxnNumbers": True})
    books.stage.settle()
    books.choose(labour_code=books.code)
    sale = {"DetailType": "SalesItemLineDetail", "Amount": 1}
    books.bookkeeper("Invoice", CustomerRef={"value": books.customer}, DocNumber="2026-17", Line=[sale])
    invoice = books.written(number="2026-17")
    books.post(invoice.id, type="invoices")
    found = books.why(invoice)
    assert (found["state"], books.forms(invoice)) == ("blocked", [])
    assert "number is taken" in found["reason"]
    assert found["field"] == "number"


def test_D23_a_paid_invoice_is_corrected_by_a_credit_memo(books: Invoicing) -> None:
    books.choose(labour_code=books.code)
    invoice = books.written()
    [form] = books.sends(invoice)
    paid(books, invoice, 100)
    books.pull()
    path = f"invoices/{invoice.id}/credit"
    for wrong in ({"amount": "250.01"}, {"amount": 0}):
        assert books.admin.post(path, wrong).status == 422
    answer = books.admin.post(path, {"notes": "Billed too much"})
    assert (answer.status, answer.body["values"]["amount"], answer.body["values"]["credits"]) == (201, 150, invoice.id)
    credit = books.ours.finalise(answer.body["id"])
    books.post(credit.id, type="invoices")
    [memo] = books.of(credit.id, "CreditMemo", "PrivateNote")
    assert (memo["TotalAmt"], memo["CustomerRef"], memo["RemainingCredit"]) == (150, form["CustomerRef"], 150)
    assert (books.forms(credit), len(books.forms(invoice))) == ([], 1)
    assert books.link(credit.id, "quickbooks_online.credit_memo").theirs == memo["Id"]

    lines = [
        {"Amount": 150, "LinkedTxn": [{"TxnId": id, "TxnType": kind}]}
        for id, kind in ((form["Id"], "Invoice"), (memo["Id"], "CreditMemo"))
    ]
    books.bookkeeper("Payment", CustomerRef=form["CustomerRef"], TotalAmt=0, Line=lines)
    books.pull()
    now = books.now(invoice)
    assert (now["paid_total"], now["balance"], now["posted_balance"]) == (250, 0, 0)


def test_D23_in_a_closed_period_nothing_is_taken_back(books: Invoicing) -> None:
    books.choose(labour_code=books.code)
    invoice = books.written()
    [form] = books.sends(invoice)
    books.closes_through("2026-11-20")
    problem = kept(books, invoice)
    [now] = books.forms(invoice)
    assert (now["Id"], is_void(now), books.now(invoice)["posted_to"]) == (form["Id"], False, "quickbooks_online")
    assert "period is closed" in problem["reason"]
