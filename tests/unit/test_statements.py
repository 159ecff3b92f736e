from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from timebridge.books.statements import Age, age_of, is_overdue, statements
from timebridge.records import Record

TODAY = date(2026, 11, 21)


def paper(id: str, type: str = "invoice", balance: str | None = "10", **values: Any) -> Record:
    plain = {"number": id, "date": "2026-11-01", "due_date": None, "job": None, "currency": "USD", "managed_by": "q"}
    open = None if balance is None else Decimal(balance)
    return Record(id, {**plain, "type": type, "amount": Decimal(100), "balance": open, **values})


@pytest.mark.parametrize(
    ("days", "age"),
    [(0, Age.CURRENT), (1, Age.MONTH), (30, Age.MONTH), (31, Age.TWO), (60, Age.TWO), (61, Age.THREE), (90, Age.THREE)],
)
def test_the_age_of_an_invoice_is_how_long_it_is_overdue(days: int, age: Age) -> None:
    assert age_of(days) is age
    assert age_of(91) is Age.OLDER


def test_a_statement_adds_what_is_open_and_takes_credits_off() -> None:
    papers = [
        paper("a", balance="70", due_date="2026-11-21"),
        paper("b", balance="30", due_date="2026-11-20"),
        paper("c", balance="5", due_date="2026-01-01"),
        paper("paid", balance="0"),
        paper("estimate", "estimate", None),
        paper("pay", "payment", "20"),
        paper("credit", "credit_memo", "4"),
    ]
    [found] = statements(papers, TODAY)

    assert (found.total, found.credits) == (Decimal(81), Decimal(24))
    assert {age: amount for age, amount in found.ages.items() if amount} == {
        Age.CURRENT: Decimal(70),
        Age.MONTH: Decimal(30),
        Age.OLDER: Decimal(5),
    }
    assert [line.id for line in found.lines] == ["a", "b", "c", "credit", "pay"]
    assert {line.id: line.overdue for line in found.lines if line.overdue} == {"b": 1, "c": 324}
    assert sum(found.ages.values()) - found.credits == found.total


def test_each_company_and_each_currency_has_a_statement_of_its_own() -> None:
    papers = [paper("a"), paper("b", currency="EUR"), paper("c", currency=None), paper("d", managed_by="p")]

    found = [(each.connection, each.currency) for each in statements(papers, TODAY)]
    assert found == [("p", "USD"), ("q", None), ("q", "EUR"), ("q", "USD")]


def test_a_statement_of_an_earlier_day_leaves_out_what_came_later() -> None:
    papers = [paper("a", date="2026-10-01", due_date="2026-10-15"), paper("b", date="2026-11-02")]

    [found] = statements(papers, TODAY, date(2026, 11, 1))
    assert ([line.id for line in found.lines], found.lines[0].overdue, found.day) == (["a"], 17, date(2026, 11, 1))


def test_only_invoices_with_something_open_are_overdue() -> None:
    late: dict[str, Any] = {"due_date": "2026-11-01"}
    assert is_overdue(paper("a", **late).values, TODAY)
    assert is_overdue(paper("a", date="2026-11-20").values, TODAY)
    assert not is_overdue(paper("a", balance="0", **late).values, TODAY)
    assert not is_overdue(paper("a", "payment", **late).values, TODAY)
    assert not is_overdue(paper("a", due_date="2026-11-21").values, TODAY)
