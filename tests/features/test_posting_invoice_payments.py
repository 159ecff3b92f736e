"""Payments that the bookkeeper applies to our invoices come in, whatever they pay, and go when they go there."""

from decimal import Decimal
from typing import Any

import pytest

from tests.features.invoicing import Invoicing, billing
from tests.stage import Stage, control
from timebridge.records import Record
from timebridge.store.records import Workspace


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Invoicing:
    found = billing(stage, workspace)
    found.choose(labour_code=found.code)
    return found


def pays(books: Invoicing, total: float, *parts: tuple[Record, float], **values: Any) -> dict[str, Any]:
    """The bookkeeper receives money and applies it to the forms of these invoices."""
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": books.form(invoice)["Id"], "TxnType": "Invoice"}]}
        for invoice, amount in parts
    ]
    return books.bookkeeper("Payment", CustomerRef={"value": books.customer}, TotalAmt=total, Line=lines, **values)


def payments(books: Invoicing) -> list[Record]:
    books.pull()
    return books.ours.page("payment")[0]


def open_of(books: Invoicing, *invoices: Record) -> list[tuple[Decimal, Decimal]]:
    return [(books.now(each)["paid_total"], books.now(each)["balance"]) for each in invoices]


def test_D02_one_payment_pays_several_invoices_and_leaves_a_rest(books: Invoicing) -> None:
    first, second = books.written("250"), books.written("100", project=books.project)
    second_form = books.sends(first, second)[1]
    assert second_form["CustomerRef"]["value"] == books.job
    other = books.written("40")
    books.sends(other)
    paid = pays(books, 300, (first, 200), (other, 40), PaymentRefNum="77", PrivateNote="By transfer")
    [payment] = payments(books)
    assert open_of(books, first, second, other) == [(200, 50), (0, 100), (40, 0)]
    values = payment.values
    assert (values["amount"], values["balance"], values["number"], values["client"]) == (300, 60, "77", books.client)
    refused = books.admin.patch(
        f"payments/{payment.id}", {"values": {"amount": 1}, "revision": int(payment.version or 0)}
    )
    assert (refused.status, refused.body["remedy"]) == (409, "Change it there.")

    line = {"Amount": 250, "LinkedTxn": [{"TxnId": books.form(first)["Id"], "TxnType": "Invoice"}]}
    books.bookkeeper("Payment", Id=paid["Id"], TotalAmt=300, Line=[line])
    assert len(payments(books)) == 1
    assert open_of(books, first, other) == [(250, 0), (0, 40)]


def test_D02_a_payment_that_is_deleted_or_voided_or_taken_off_goes(books: Invoicing) -> None:
    invoices = [books.written("100") for _ in range(3)]
    books.sends(*invoices)
    deleted, voided, loose = [pays(books, 100, (each, 100))["Id"] for each in invoices]
    assert len(payments(books)) == 3
    url = f"{books.stage.quickbooks.url}/_sandbox/companies/{books.stage.realm}/Payment?operation="
    control("POST", f"{url}delete", json={"Id": deleted})
    control("POST", f"{url}void", json={"Id": voided})
    books.bookkeeper("Payment", Id=loose, TotalAmt=100, Line=[])
    assert payments(books) == []
    assert open_of(books, *invoices) == [(0, 100)] * 3


def test_D02_payments_of_what_is_not_ours_stay_away(books: Invoicing) -> None:
    sale = {"DetailType": "SalesItemLineDetail", "Amount": 90}
    form = books.bookkeeper("Invoice", CustomerRef={"value": books.customer}, Line=[sale])
    line = {"Amount": 90, "LinkedTxn": [{"TxnId": form["Id"], "TxnType": "Invoice"}]}
    books.bookkeeper("Payment", CustomerRef={"value": books.customer}, TotalAmt=90, Line=[line])
    books.bookkeeper("Payment", CustomerRef={"value": books.customer}, TotalAmt=5)
    assert payments(books) == []


def test_D02_with_tax_what_is_open_is_what_the_books_say(books: Invoicing) -> None:
    invoice = books.written("100", tax_code=books.found("tax_code", "California"))
    books.sends(invoice)
    pays(books, 58, (invoice, 58))
    payments(books)
    now = books.now(invoice)
    assert [now[name] for name in ("amount", "posted_total", "paid_total", "balance", "posted_balance")] == [
        *(100, 108, 58, 50, 50),
    ]
    pays(books, 50, (invoice, 50))
    payments(books)
    assert (books.now(invoice)["balance"], books.now(invoice)["posted_balance"]) == (0, 0)
