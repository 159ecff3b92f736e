"""Invoices that are out, what the books say of them, and payments from the books that pay several of them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.tables import aws_in_process
from timebridge.errors import Locked, Rejected
from timebridge.flows import lines_text
from timebridge.records import Record
from timebridge.sides import Create, Delete, Update, Written
from timebridge.store.billing import Billing
from timebridge.store.records import Workspace

D = Decimal


@pytest.fixture
def ours() -> Iterator[Workspace]:
    with aws_in_process():
        yield Workspace("tenant-a", "ada")


@pytest.fixture
def client(ours: Workspace) -> str:
    return ours.create("client", {"name": "Harbour"}).id


def invoice(ours: Workspace, client: str, amount: str = "100", **values: Any) -> Record:
    made = ours.create("invoice", {"client": client, "date": "2026-11-20", "amount": amount, **values})
    return ours.finalise(made.id)


def now(ours: Workspace, kind: str, id: str) -> dict[str, Any]:
    found = ours.get(kind, id)
    assert found is not None
    return dict(found.values)


def paid(client: str, *parts: tuple[str, str], amount: str = "500") -> dict[str, Any]:
    applied = lines_text({"invoice": id, "amount": part} for id, part in parts)
    return {"client": client, "date": "2026-11-20", "amount": D(amount), "applied": applied, "from_books": "con"}


def test_what_is_out_shows_what_the_books_say_and_keeps_all_else(ours: Workspace, client: str) -> None:
    found = invoice(ours, client)
    news = {"posted_total": D(108), "posted_number": "1001", "amount": D(100)}
    [written] = ours.write("invoice", [Update(found.id, news, found.version)])
    assert isinstance(written, Written)
    values = now(ours, "invoice", found.id)
    assert (values["posted_number"], values["balance"], values["status"]) == ("1001", 108, "final")
    [refused] = ours.write("invoice", [Update(found.id, {"amount": D(1), "posted_tax": D(8)}, written.version)])
    assert isinstance(refused, Locked)


def test_a_payment_of_several_invoices_counts_for_each_and_for_their_projects(ours: Workspace, client: str) -> None:
    bridge, tower = (ours.create("project", {"client": client, "name": name}).id for name in ("Bridge", "Tower"))
    first, second = invoice(ours, client, project=bridge), invoice(ours, client, project=tower)
    third = invoice(ours, client)
    parts = [(first.id, "100.00"), (second.id, "40.00"), (third.id, "5.00")]
    ours.write("payment", [Create("pmt_1", paid(client, *parts), "request", "1")])

    open = [now(ours, "invoice", each.id)["balance"] for each in (first, second, third)]
    assert (open, now(ours, "payment", "pmt_1")["balance"]) == ([0, 60, 95], 355)
    assert [now(ours, "project", id)["paid_total"] for id in (bridge, tower)] == [100, 40]

    ours.write("payment", [Update("pmt_1", {"applied": paid(client, parts[1])["applied"]}, None)])
    assert [now(ours, "invoice", each.id)["paid_total"] for each in (first, second)] == [0, 40]
    values = now(ours, "payment", "pmt_1")
    assert (values["invoice"], values["project"]) == (second.id, tower)

    ours.write("payment", [Delete("pmt_1", None)])
    assert [now(ours, "project", id)["paid_total"] for id in (bridge, tower)] == [0, 0]


def test_a_payment_waits_for_each_of_its_invoices_to_be_out(ours: Workspace, client: str) -> None:
    out = invoice(ours, client)
    draft = ours.create("invoice", {"client": client, "date": "2026-11-20", "amount": "10"})
    other = invoice(ours, ours.create("client", {"name": "Nordic"}).id)
    many = [(invoice(ours, client).id, "1.00") for _ in range(25)]
    for parts, words in (
        ([(out.id, "1.00"), (draft.id, "1.00")], "is draft"),
        ([(out.id, "1.00"), (other.id, "1.00")], "another client's"),
        (many, "more than 24"),
    ):
        [refused] = ours.write("payment", [Create("pmt_1", paid(client, *parts), "request", "1")])
        assert isinstance(refused, Rejected)
        assert words in refused.for_user
    creates = [Create(f"pmt_{number}", paid(client, *many[:24]), "request", str(number)) for number in range(1, 7)]
    assert all(isinstance(written, Written) for written in ours.write("payment", creates))
    assert now(ours, "invoice", many[0][0])["paid_total"] == 6
    assert now(ours, "payment", "pmt_1")["balance"] == 476


def test_a_credit_takes_off_what_was_invoiced_and_is_no_invoice_itself(ours: Workspace, client: str) -> None:
    project = ours.create("project", {"client": client, "name": "Bridge"}).id
    found = invoice(ours, client, project=project)
    credit = Billing("tenant-a", "ada").credit(found.id, {"date": "2026-11-21", "amount": "30"})
    assert (credit.values["credits"], credit.values["project"], credit.values["status"]) == (found.id, project, "draft")
    ours.finalise(credit.id)
    assert now(ours, "project", project)["invoiced_total"] == 70
    with pytest.raises(Rejected, match="70"):
        Billing("tenant-a", "ada").credit(found.id, {"date": "2026-11-21", "amount": "70.01"})
    Billing("tenant-a", "ada").void(credit.id)
    assert Billing("tenant-a", "ada").credit(found.id, {"date": "2026-11-21"}).values["amount"] == 100
    with pytest.raises(Rejected):
        Billing("tenant-a", "ada").credit(credit.id, {"date": "2026-11-21", "amount": "1"})
