"""Invoices in the currency of their client, and what they come to in the company's own."""

from decimal import ROUND_HALF_UP, Decimal

import pytest

from tests.features.invoicing import Invoicing, billing
from tests.stage import Stage
from timebridge.records import Record
from timebridge.store.records import Workspace


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Invoicing:
    found = billing(stage, workspace)
    found.choose(labour_code=found.code)
    found.prefers(CurrencyPrefs={"MultiCurrencyEnabled": True})
    return found


def abroad(books: Invoicing) -> str:
    """A client that is billed in euros."""
    books.bookkeeper("Customer", DisplayName="Nordic Yards", CurrencyRef={"value": "EUR"})
    books.pull()
    return books.found("client", "Nordic")


def at_home(values: dict[str, object]) -> Decimal:
    product = Decimal(str(values["posted_total"])) * Decimal(str(values["posted_rate"]))
    return product.quantize(Decimal("0.01"), ROUND_HALF_UP)


def shown(books: Invoicing, invoice: Record) -> dict[str, object]:
    return books.now(invoice)


def test_D52_totals_are_equal_in_both_currencies(books: Invoicing) -> None:
    client = abroad(books)
    given = books.written("199.99", client=client, exchange_rate="1.123457")
    of_the_day, near = books.written("33.33", client=client), books.written("50")
    forms = books.sends(given, of_the_day, near)
    assert [form["CurrencyRef"]["value"] for form in forms] == ["EUR", "EUR", "USD"]
    assert [form["TotalAmt"] for form in forms] == [199.99, 33.33, 50]
    assert [form["HomeTotalAmt"] for form in forms] == [224.68, 36, 50]
    books.pull()
    for invoice in (given, of_the_day, near):
        now = shown(books, invoice)
        assert now["posted_total"] == now["amount"]
        assert now["posted_home_total"] == at_home(now)
    assert shown(books, given)["posted_rate"] == Decimal("1.123457")


def test_D52_another_currency_than_the_client_s_is_refused_before_anything_is_sent(books: Invoicing) -> None:
    wrong, home = books.written("10", client=abroad(books), currency="USD"), books.written("10", currency="GBP")
    for invoice, words in ((wrong, "in USD, and its client is billed in EUR"), (home, "billed in USD")):
        found = books.why(invoice)
        assert (found["state"], found["field"], words in found["reason"]) == ("blocked", "currency", True), found
    books.post(wrong.id, home.id, type="invoices")
    assert books.posted("Invoice") == []
