"""Whatever happens to entries, expenses, invoices and payments: totals are the sum over them."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables import aws_in_process
from timebridge.errors import Rejected, Stale
from timebridge.records import Record
from timebridge.store.billing import Billing
from timebridge.store.records import Workspace

TENANTS = count()
DAY = "2026-11-20"
MOVES = {
    "draft": ("submit",),
    "rejected": ("submit",),
    "submitted": ("approve", "approve", "reject"),
    "approved": ("reopen", "reject"),
}


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    with aws_in_process():
        yield


class Office:
    """Two projects, two people, and what they do. What the workspace refuses, nobody does."""

    def __init__(self) -> None:
        self.tenant = f"office-{next(TENANTS)}"
        self.ours = Workspace(self.tenant, "ada")
        client = self.ours.create("client", {"name": "Harbour"})
        self.client = client.id
        self.projects = [
            self.ours.create("project", {"client": client.id, "name": name}).id for name in ("Crane", "Dock")
        ]
        people = ({"name": "Casey", "rate": "100", "cost_rate": "60"}, {"name": "Jules"})
        self.staff = [self.ours.create("staff", values).id for values in people]
        self.made: dict[str, list[str]] = defaultdict(list)
        for kind in ("time_entry", "expense"):
            self.add(kind, 0, 13)
            self.add(kind, 1, 8)

    def do(self, verb: str, kind: str, which: int, number: int) -> None:
        try:
            getattr(self, verb)(kind, which, number)
        except (Rejected, Stale):
            return

    def add(self, kind: str, which: int, number: int) -> None:
        amount = Decimal(number) / 4
        shared = {"project": self.projects[which % 2], "billable": number % 3 > 0}
        entry = {**shared, "staff": self.staff[number % 2]}
        values: dict[str, Any] = {
            "time_entry": {**entry, "work_date": DAY, "hours": amount},
            "expense": {**entry, "date": DAY, "amount": amount},
            "invoice": {"client": self.client, "project": self.projects[which % 2], "date": DAY, "amount": amount},
            "payment": {"client": self.client, "invoice": self.at("invoice", which), "date": DAY, "amount": amount},
        }[kind]
        self.made[kind].append(self.ours.create(kind, values).id)

    def edit(self, kind: str, which: int, number: int) -> None:
        record = self.record(kind, which)
        name = "hours" if kind == "time_entry" else "amount"
        self.ours.update(kind, record.id, {name: Decimal(number) / 4}, record.version or "")

    def carry(self, kind: str, which: int, number: int) -> None:
        record = self.record(kind, which)
        self.ours.update(kind, record.id, {"project": self.projects[number % 2]}, record.version or "")

    def decide(self, kind: str, which: int, number: int) -> None:
        if kind == "invoice":
            invoice = self.record(kind, which).id
            self.ours.finalise(invoice) if number % 3 else Billing(self.tenant, "ada").void(invoice)
        elif kind != "payment":
            record = self.record(kind, which)
            moves = MOVES[record.values["status"]]
            getattr(self.ours, moves[number % len(moves)])(record.id, None, kind)

    def shelve(self, kind: str, which: int, _number: int) -> None:
        record = self.record(kind, which)
        verb = self.ours.restore if record.gone else self.ours.archive
        verb(kind, record.id, record.version or "")

    def bill(self, _kind: str, which: int, number: int) -> None:
        found = Billing(self.tenant, "ada").draft(self.projects[which % 2], {"date": DAY}, expenses=number % 2 > 0)
        self.made["invoice"].append(found.invoice.id)

    def at(self, kind: str, which: int) -> str | None:
        return self.made[kind][which % len(self.made[kind])] if self.made[kind] else None

    def record(self, kind: str, which: int) -> Record:
        found = self.ours.get(kind, self.at(kind, which) or "none")
        if found is None:
            raise Rejected("There is none.")
        return found

    def all(self, kind: str) -> list[dict[str, Any]]:
        found = [self.ours.get(kind, id) for id in dict.fromkeys(self.made[kind])]
        return [{**record.values, "id": record.id} for record in found if record and not record.gone]

    def sums(self, project: str) -> dict[str, Decimal]:
        """From scratch, over everything there is."""

        def total(kind: str, name: str, **where: Any) -> Decimal:
            rows = [row for row in self.all(kind) if row["project"] == project]
            rows = [row for row in rows if row.get("status") in ("submitted", "approved", "final", None)]
            rows = [row for row in rows if all(row[key] == value for key, value in where.items())]
            return sum((row[name] or Decimal(0) for row in rows), Decimal("0.00"))

        return {
            "hours_total": total("time_entry", "hours"),
            "fees_total": total("time_entry", "amount"),
            "cost_total": total("time_entry", "cost"),
            "expenses_total": total("expense", "amount"),
            "recharged_total": total("expense", "amount", billable=True),
            "invoiced_total": total("invoice", "amount"),
            "paid_total": total("payment", "amount"),
        }


KINDS = st.sampled_from(["time_entry", "time_entry", "expense", "invoice", "payment"])
VERBS = st.sampled_from(["add", "add", "edit", "carry", "decide", "decide", "decide", "shelve", "bill"])
deeds = st.lists(st.tuples(VERBS, KINDS, st.integers(0, 2), st.integers(0, 30)), min_size=8, max_size=20)


@settings(max_examples=10, deadline=None)
@given(deeds)
def test_A11_B03_totals_are_the_sum_over_what_there_is(deeds: list[tuple[str, str, int, int]]) -> None:
    office = Office()
    for deed in deeds:
        office.do(*deed)

    for project in office.projects:
        found = office.ours.get("project", project)
        assert found is not None
        assert {name: found.values[name] for name in office.sums(project)} == office.sums(project)
    billed = {row["id"]: row for row in office.all("invoice")}
    for kind in ("time_entry", "expense"):
        assert all(row["invoice"] is None or billed[row["invoice"]]["status"] != "void" for row in office.all(kind))
    for id, invoice in billed.items():
        lines = [
            row["amount"] for kind in ("time_entry", "expense") for row in office.all(kind) if row["invoice"] == id
        ]
        assert invoice["status"] == "void" or not invoice["lines"] or sum(lines) == invoice["amount"]
        paid = sum((row["amount"] for row in office.all("payment") if row["invoice"] == id), Decimal("0.00"))
        assert invoice["paid_total"] == paid
        assert invoice["balance"] == (0 if invoice["status"] == "void" else (invoice["amount"] or 0) - paid)
