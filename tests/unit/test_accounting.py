"""What entries, invoices and payments come to."""

from decimal import Decimal
from typing import Any

import pytest

from timebridge.errors import Locked, Rejected
from timebridge.workspace.accounting import (
    derived,
    difference,
    needs_price,
    price,
    refuse_billed,
    refuse_credit,
    refuse_lines,
    refuse_paid,
    totals_of,
)

D = Decimal
ENTRY = {"project": "p", "hours": D("1.50"), "amount": D(150), "cost": D(90), "status": "approved"}


def test_submitted_and_approved_entries_count() -> None:
    assert totals_of("time_entry", ENTRY) == {
        ("project", "p"): {"hours_total": D("1.50"), "fees_total": D(150), "cost_total": D(90)}
    }
    assert totals_of("time_entry", ENTRY | {"status": "submitted"}) == totals_of("time_entry", ENTRY)
    assert totals_of("time_entry", ENTRY | {"status": "draft"}) == {}
    unpriced = totals_of("time_entry", ENTRY | {"amount": None, "cost": None})
    assert unpriced["project", "p"]["fees_total"] == 0


@pytest.mark.parametrize(("billable", "recharged"), [(True, D(20)), (False, D(0))])
def test_expenses_count_and_those_that_are_billable_are_recharged(billable: bool, recharged: Decimal) -> None:
    values = {"project": "p", "amount": D(20), "billable": billable, "status": "submitted"}
    assert totals_of("expense", values) == {("project", "p"): {"expenses_total": D(20), "recharged_total": recharged}}
    assert totals_of("expense", values | {"status": "rejected"}) == {}


def test_invoices_count_when_they_are_out_and_payments_at_once() -> None:
    invoice = {"project": "p", "amount": D(10), "status": "final"}
    assert totals_of("invoice", invoice) == {("project", "p"): {"invoiced_total": D(10)}}
    assert (
        totals_of("invoice", invoice | {"status": "draft"}) == totals_of("invoice", invoice | {"project": None}) == {}
    )
    payment = totals_of("payment", {"project": "p", "invoice": "i", "amount": D(4)})
    assert payment == {("project", "p"): {"paid_total": D(4)}, ("invoice", "i"): {"paid_total": D(4)}}
    assert totals_of("payment", {"project": None, "invoice": None, "amount": D(4)}) == {}
    assert totals_of("client", {"name": "A"}) == {}


def test_only_what_changes_is_added() -> None:
    p, q = ("project", "p"), ("project", "q")
    assert difference({p: {"a": D(2), "b": D(1)}}, {p: {"a": D(5), "b": D(1)}}) == {p: {"a": D(3)}}
    assert difference({p: {"a": D(2)}}, {q: {"a": D(2)}}) == {p: {"a": D(-2)}, q: {"a": D(2)}}
    assert difference({p: {"a": D(2)}}, {p: {"a": D(2)}}) == {}


def test_the_nearest_rate_counts() -> None:
    values = {"hours": D("1.25"), "billable": True, "rate": None}
    assert price(values, [None, D(80), D(70)], D(60)) == {
        "charged_rate": D(80),
        "amount": D("100.00"),
        "cost": D("75.00"),
    }
    assert price(values | {"rate": D(90)}, [D(80)], None) == {
        "charged_rate": D(90),
        "amount": D("112.50"),
        "cost": None,
    }
    assert price(values, [None], None)["amount"] is None
    assert price(values | {"billable": False}, [D(80)], D(60))["amount"] == 0


def test_half_a_cent_is_rounded_up() -> None:
    assert price({"hours": D("0.25"), "billable": True}, [D("95.50")], None)["amount"] == D("23.88")


@pytest.mark.parametrize(
    ("news", "anew"),
    [
        ({"hours": D(2)}, True),
        ({"rate": D(2)}, True),
        ({"status": "submitted"}, True),
        ({"status": "approved"}, False),
        ({"notes": "x"}, False),
    ],
)
def test_an_entry_is_priced_until_it_is_submitted(news: dict[str, Any], anew: bool) -> None:
    before = {"hours": D(1), "status": "draft"}
    assert needs_price(before, before | news) is anew
    assert needs_price(None, before)
    submitted = before | {"status": "submitted"}
    assert not needs_price(submitted, submitted)


def test_budgets_are_used_up_by_fees_expenses_and_hours() -> None:
    totals = {"fees_total": D(300), "expenses_total": D(50), "hours_total": D(3)}
    assert derived("project", totals | {"budget": D(1000), "budget_hours": D(9)}) == {
        "budget_used": D("35.00"),
        "budget_hours_used": D("33.33"),
    }
    nothing = {"budget_used": None, "budget_hours_used": None}
    assert derived("project", totals | {"budget": D(0)}) == nothing
    assert derived("project", {"budget": D(1000), "budget_hours": D(9)}) == nothing


def test_what_follows_from_a_document() -> None:
    invoice = {"amount": D(100), "paid_total": D(30), "status": "final"}
    assert derived("invoice", invoice) == {"balance": D(70)}
    assert derived("invoice", invoice | {"status": "void"}) == {"balance": 0}
    assert derived("payment", {"amount": D(5), "invoice": None}) == {"balance": D(5)}
    assert derived("payment", {"amount": D(5), "invoice": "i"}) == {"balance": 0}
    assert derived("time_entry", {"status": "approved"}) == {"state": "approved"}
    assert derived("time_entry", {"status": "approved", "invoice": "i"}) == {"state": "invoiced"}
    assert derived("client", {}) == {}


def test_refusals_say_what_to_do() -> None:
    refuse_lines({"lines": None, "amount": D(1)}, {"amount": D(2)})
    refuse_lines({"lines": 2, "amount": D(1)}, {"amount": D(1), "notes": "x"})
    with pytest.raises(Rejected, match="comes from the entries"):
        refuse_lines({"lines": 2, "amount": D(1)}, {"amount": D(2)})
    refuse_billed({"invoice": None})
    with pytest.raises(Locked) as billed:
        refuse_billed({"invoice": "inv_7"})
    assert "inv_7" in billed.value.remedy
    refuse_paid({"paid_total": D(0)})
    with pytest.raises(Locked):
        refuse_paid({"paid_total": D(1)})


APPLIED = '[{"amount":"60.00","invoice":"i"},{"amount":"40.00","invoice":"j"},{"amount":"5.00","invoice":"i"}]'


def test_a_payment_from_the_books_counts_for_each_invoice_it_pays_and_for_their_projects() -> None:
    shares = '[{"amount":"60.00","project":"p"},{"amount":"40.00","project":"q"}]'
    assert totals_of("payment", {"amount": D(150), "applied": APPLIED, "applied_to": shares, "invoice": "x"}) == {
        ("invoice", "i"): {"paid_total": D(65)},
        ("invoice", "j"): {"paid_total": D(40)},
        ("project", "p"): {"paid_total": D(60)},
        ("project", "q"): {"paid_total": D(40)},
    }
    assert derived("payment", {"amount": D(150), "applied": APPLIED}) == {"balance": D(45)}
    assert derived("payment", {"amount": D(0), "applied": APPLIED}) == {"balance": D(0)}  # a credit that was applied


def test_what_is_open_of_an_invoice_in_the_books_is_open_with_its_tax() -> None:
    posted = {"status": "final", "amount": D(100), "posted_total": D(108), "paid_total": D(50), "posted_to": "con"}
    assert derived("invoice", posted) == {"balance": D(58)}
    taken_back = derived("invoice", posted | {"posted_to": "held"})
    assert (taken_back["balance"], taken_back["posted_total"], taken_back["posted_number"]) == (D(50), None, None)
    assert derived("invoice", posted | {"status": "void"}) == {"balance": D(0)}
    imported = posted | {"from_books": "con", "posted_to": None, "paid_total": D(0), "posted_balance": D(8)}
    assert derived("invoice", imported) == {"balance": D(8)}


def test_a_credit_takes_off_what_an_invoice_put_on() -> None:
    credit = {"status": "final", "amount": D(30), "project": "p", "credits": "inv_1"}
    assert totals_of("invoice", credit) == {("project", "p"): {"invoiced_total": D(-30)}}
    assert derived("invoice", credit) == {"balance": D(0)}


@pytest.mark.parametrize(
    ("values", "amount", "words"),
    [
        ({"status": "draft", "amount": D(10)}, D(1), "that is out"),
        ({"status": "final", "amount": D(10), "credits": "inv_1"}, D(1), "that is out"),
        ({"status": "final", "amount": D(10)}, D("10.01"), "does not fit"),
        ({"status": "final", "amount": D(10)}, D(0), "does not fit"),
        ({"status": "final", "amount": D(10)}, None, "does not fit"),
    ],
)
def test_only_what_is_out_is_credited_and_no_more_than_it_is(values: dict[str, Any], amount: Any, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        refuse_credit(values, amount)
    refuse_credit({"status": "final", "amount": D(10)}, D(10))
    with pytest.raises(Rejected, match="of which 4 can"):
        refuse_credit({"status": "final", "amount": D(10)}, D(5), D(6))
