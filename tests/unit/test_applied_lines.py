"""Lines that come in: what a payment over there pays of which invoices of ours."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.test_sync import Desk
from timebridge.changes import Where
from timebridge.choices import Unfit, overlaid
from timebridge.flows import Direction, Flow, Flows, applied, field, lines_of, one_of, ref


def part(line: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return {"invoice": line["Invoice"], "amount": line["Amount"]} if "Invoice" in line else None


CLIENTS = Flow("client", "client", "Customer", (field("name", "Name"),))
INVOICES = Flow(
    "invoice", "invoice", "Invoice", (field("amount", "Amount", direction=Direction.OUT),), create_ours=False
)
PAYMENTS = Flow(
    "payment",
    "payment",
    "Payment",
    (
        ref("client", "Customer", parent="client"),
        field("amount", "Amount"),
        applied("applied", "Line", {"invoice": "invoice"}, part),
    ),
    direction=Direction.IN,
    mirror=True,
    when_theirs=one_of("Void", None),
)


@pytest.fixture
def desk() -> Desk:
    return Desk(Flows([PAYMENTS, INVOICES, CLIENTS]))


def posted(desk: Desk, amount: str) -> tuple[str, str]:
    """Our id and theirs of an invoice that is over there."""
    mine = desk.ours.put("invoice", {"amount": amount})
    desk.sync(INVOICES, (Where.OURS, mine.id))
    return mine.id, str(desk.link("invoice", mine.id).theirs)


def payment(desk: Desk, *lines: Mapping[str, Any], id: str | None = None, **values: Any) -> str:
    client = values.pop("client", None) or desk.theirs.put("Customer", {"Name": "Acme"}).id
    made = desk.theirs.put("Payment", {"Customer": client, "Amount": "50", "Line": list(lines), **values}, id)
    desk.sync(PAYMENTS, (Where.THEIRS, made.id))
    return made.id


def test_a_payment_of_ours_comes_in_with_what_it_pays(desk: Desk) -> None:
    (one, there), (two, also) = posted(desk, "10"), posted(desk, "20")
    payment(desk, {"Invoice": there, "Amount": "10"}, {"Credit": "9"}, {"Invoice": also, "Amount": "5"})
    [found] = desk.ours.there("payment").values()
    assert lines_of(found.values["applied"]) == [{"invoice": one, "amount": "10"}, {"invoice": two, "amount": "5"}]
    assert len(desk.ours.there("client")) == 1


def test_a_line_of_an_invoice_that_is_not_ours_is_left_out(desk: Desk) -> None:
    mine, there = posted(desk, "10")
    payment(desk, {"Invoice": there, "Amount": "10"}, {"Invoice": "999", "Amount": "5"})
    [found] = desk.ours.there("payment").values()
    assert lines_of(found.values["applied"]) == [{"invoice": mine, "amount": "10"}]


@pytest.mark.parametrize("lines", [[{"Invoice": "999", "Amount": "5"}], [{"Credit": "9"}], []])
def test_a_payment_of_nothing_of_ours_brings_nobody_along(desk: Desk, lines: list[dict[str, str]]) -> None:
    payment(desk, *lines)
    assert (desk.ours.there("payment"), desk.ours.there("client")) == ({}, {})


def test_a_payment_that_pays_nothing_of_ours_any_more_goes(desk: Desk) -> None:
    _, there = posted(desk, "10")
    client = desk.theirs.put("Customer", {"Name": "Acme"}).id
    id = payment(desk, {"Invoice": there, "Amount": "10"}, client=client)
    assert len(desk.ours.there("payment")) == 1
    payment(desk, client=client, id=id)
    assert desk.ours.there("payment") == {}
    payment(desk, {"Invoice": there, "Amount": "4"}, client=client, id=id)
    [found] = desk.ours.there("payment").values()
    assert "4" in str(found.values["applied"])
    payment(desk, {"Invoice": there, "Amount": "4"}, client=client, id=id, Void=True)
    assert desk.ours.there("payment") == {}


def test_payments_belong_to_invoices() -> None:
    assert [flow.name for flow in overlaid([PAYMENTS, INVOICES, CLIENTS], {})] == ["payment", "invoice", "client"]
    with pytest.raises(Unfit, match="payment belongs to its records"):
        overlaid([PAYMENTS, INVOICES, CLIENTS], {"invoice": {"off": True}})
