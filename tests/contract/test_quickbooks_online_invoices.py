"""Invoices through the side of QuickBooks Online: once, whatever gets lost, and void where they are taken back."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.connected_quickbooks_online import Bookkeeper, connect, side_of
from timebridge.errors import Locked, Rejected, Stale, Transient
from timebridge.providers.quickbooks_online.side import QuickBooksOnline
from timebridge.sides import Create, Delete, Update, Written

LINE = {"DetailType": "SalesItemLineDetail", "Amount": Decimal("12.50"), "SalesItemLineDetail": {}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[QuickBooks]:
    with QuickBooks("empty", limits=Limits(enabled=False)) as running:
        yield running


@pytest.fixture
def side(books: Bookkeeper) -> Iterator[QuickBooksOnline]:
    opened = side_of(*connect(books.sandbox))
    with opened.client.session:
        yield opened


@pytest.fixture
def bill(books: Bookkeeper) -> dict[str, Any]:
    customer = books.create("Customer", DisplayName="Harbour")
    return {"CustomerRef": {"value": customer}, "TxnDate": "2026-11-20", "Line": [LINE]}


def one(side: QuickBooksOnline, write: Create | Update | Delete) -> Any:
    [outcome] = side.write("Invoice", [write])
    return outcome


def numbered(books: Bookkeeper) -> None:
    forms = {"CustomTxnNumbers": True}
    [now] = books.find("Preferences")
    books.edit("Preferences", "1", SalesFormsPrefs={**now["SalesFormsPrefs"], **forms})


@pytest.mark.parametrize("remembered", [True, False], ids=["requestid works", "requestid is ignored"])
def test_an_invoice_whose_answer_was_lost_is_there_once(
    books: Bookkeeper, side: QuickBooksOnline, bill: dict[str, Any], remembered: bool
) -> None:
    books.control("switches", {"ignore_requestid": not remembered})
    create = Create("inv_1", bill, "r-1", "1")
    books.fail("/batch", kind="drop_after_commit")
    with pytest.raises(Transient):
        one(side, create)
    assert isinstance(one(side, replace(create, repeated=True)), Written)
    assert len(books.find("Invoice")) == 1


def test_a_void_whose_answer_was_lost_is_void_and_its_successor_is_another_one(
    books: Bookkeeper, side: QuickBooksOnline, bill: dict[str, Any]
) -> None:
    first = one(side, Create("inv_1", bill, "r-1", "1"))
    books.fail("/invoice", kind="drop_after_commit")
    with pytest.raises(Transient):
        one(side, Delete(first.id, first.version))
    assert one(side, Delete(first.id, None)) == Written(first.id, None)
    assert [found["TotalAmt"] for found in books.find("Invoice")] == [0]

    again = one(side, Create("inv_1", bill, "r-2", "1", repeated=True))
    assert again.id != first.id
    assert sorted(found["TotalAmt"] for found in books.find("Invoice")) == [0, 12.5]


def test_a_version_that_is_not_the_latest_voids_nothing(
    books: Bookkeeper, side: QuickBooksOnline, bill: dict[str, Any]
) -> None:
    first = one(side, Create("inv_1", bill, "r-1", "1"))
    books.edit("Invoice", first.id, CustomerMemo={"value": "Hello"})
    assert isinstance(one(side, Delete(first.id, first.version)), Stale)
    assert books.find("Invoice")[0]["TotalAmt"] == 12.5


def test_a_number_is_ours_already_or_free_again_or_taken(
    books: Bookkeeper, side: QuickBooksOnline, bill: dict[str, Any]
) -> None:
    numbered(books)
    create = Create("inv_1", {**bill, "DocNumber": "17"}, "r-1", "1")
    first = one(side, create)
    assert one(side, replace(create, request="r-2")) == first
    taken = one(side, replace(create, record="inv_2", request="r-3"))
    assert isinstance(taken, Rejected)
    assert (taken.field, "number is taken" in taken.for_user) == ("number", True)

    one(side, Delete(first.id, None))
    again = one(side, replace(create, request="r-4"))
    assert again.id != first.id
    assert sorted((found["TotalAmt"], found["DocNumber"]) for found in books.find("Invoice")) == [
        (0, "17"),
        (12.5, "17"),
    ]


def test_a_closed_period_keeps_what_is_in_it(books: Bookkeeper, side: QuickBooksOnline, bill: dict[str, Any]) -> None:
    first = one(side, Create("inv_1", bill, "r-1", "1"))
    [now] = books.find("Preferences")
    closed = {**now["AccountingInfoPrefs"], "BookCloseDate": "2026-11-30"}
    books.edit("Preferences", "1", AccountingInfoPrefs=closed)
    assert isinstance(one(side, Delete(first.id, None)), Locked)
    assert books.find("Invoice")[0]["TotalAmt"] == 12.5
