"""Expense reports: sums that stay exact, and expenses that move with their report."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from tests.tables import aws_in_process
from timebridge.errors import Locked, Missing, Rejected, Stale
from timebridge.records import Record
from timebridge.sides import Create, Delete, Update
from timebridge.store import expense_reports
from timebridge.store.expense_reports import gather
from timebridge.store.records import Workspace

DAY = "2026-11-20"


@pytest.fixture
def ours() -> Iterator[Workspace]:
    with aws_in_process():
        yield Workspace("tenant-a", "ada")


@pytest.fixture
def project(ours: Workspace) -> str:
    client = ours.create("client", {"name": "Aalto Partners"})
    return ours.create("project", {"client": client.id, "name": "Bridge"}).id


@pytest.fixture
def casey(ours: Workspace) -> str:
    return ours.create("staff", {"name": "Casey Brook"}).id


def report(ours: Workspace, staff: str, **values: Any) -> Record:
    return ours.create("expense_report", {"staff": staff, "date": DAY, **values})


def expense(ours: Workspace, project: str, staff: str, amount: str = "20", **values: Any) -> Record:
    return ours.create("expense", {"project": project, "staff": staff, "date": DAY, "amount": amount, **values})


def stored(ours: Workspace, record: Record) -> dict[str, Any]:
    found = ours.get("expense_report" if record.id.startswith("xrp") else "expense", record.id)
    assert found is not None
    return dict(found.values)


def test_a_report_is_worth_what_is_in_it(ours: Workspace, project: str, casey: str) -> None:
    first, second = report(ours, casey), report(ours, casey)
    lunch = expense(ours, project, casey, "20.50", report=first.id)
    taxi = expense(ours, project, casey, "9.50", report=first.id)
    assert (stored(ours, first)["amount"], stored(ours, second)["amount"]) == (Decimal("30.00"), Decimal("0.00"))

    taxi = ours.update("expense", taxi.id, {"amount": "12"}, taxi.version or "")
    assert stored(ours, first)["amount"] == Decimal("32.50")
    taxi = ours.update("expense", taxi.id, {"report": second.id}, taxi.version or "")
    assert (stored(ours, first)["amount"], stored(ours, second)["amount"]) == (Decimal("20.50"), Decimal("12.00"))
    lunch = ours.archive("expense", lunch.id, lunch.version or "")
    assert stored(ours, first)["amount"] == 0
    ours.restore("expense", lunch.id, lunch.version or "")
    assert stored(ours, first)["amount"] == Decimal("20.50")
    ours.update("expense", taxi.id, {"report": None}, taxi.version or "")
    assert stored(ours, second)["amount"] == 0


def test_a_report_stays_exact_when_many_people_write_into_it(ours: Workspace, project: str, casey: str) -> None:
    made = report(ours, casey)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda n: expense(ours, project, casey, f"{n}.10", report=made.id), range(1, 25)))
        pool.map(lambda one: ours.archive("expense", one.id, one.version or ""), found[:12])

    assert stored(ours, made)["amount"] == sum((Decimal(f"{n}.10") for n in range(13, 25)), Decimal(0))
    ours.submit(made.id, kind="expense_report")
    assert [stored(ours, one)["status"] for one in found[12:]] == ["submitted"] * 12


def test_the_expenses_move_with_their_report(ours: Workspace, project: str, casey: str) -> None:
    made = report(ours, casey)
    held = [expense(ours, project, casey, "10", report=made.id) for _ in range(23)]
    for move, status in {"submit": "submitted", "reject": "rejected"}.items():
        assert getattr(ours, move)(made.id, kind="expense_report").values["status"] == status
        assert {stored(ours, one)["status"] for one in held} == {status}
    for move, status in {"submit": "submitted", "approve": "approved"}.items():
        getattr(ours, move)(made.id, kind="expense_report")
        assert {stored(ours, one)["status"] for one in (made, *held)} == {status}
    found = ours.get("project", project)
    assert found is not None
    assert found.values["expenses_total"] == 230

    ours.reopen(made.id, kind="expense_report")
    assert {stored(ours, one)["status"] for one in (made, *held)} == {"draft"}
    found = ours.get("project", project)
    assert found is not None
    assert found.values["expenses_total"] == 0


def test_a_report_that_is_submitted_or_approved_is_closed(ours: Workspace, project: str, casey: str) -> None:
    made = report(ours, casey)
    held, loose = expense(ours, project, casey, report=made.id), expense(ours, project, casey)
    ours.submit(made.id, kind="expense_report")
    held = ours.get("expense", held.id) or held

    with pytest.raises(Locked) as caught:
        expense(ours, project, casey, report=made.id)
    assert (caught.value.field, "submitted" in caught.value.for_user) == ("report", True)
    for record, patch in ((held, {"amount": "1"}), (held, {"report": None}), (held, {"notes": "x"})):
        with pytest.raises(Locked, match="submitted"):
            ours.update("expense", record.id, patch, record.version or "")
    with pytest.raises(Locked, match="submitted"):
        ours.update("expense", loose.id, {"report": made.id}, loose.version or "")
    with pytest.raises(Locked, match="moves with it"):
        ours.approve(held.id, kind="expense")
    [outcome] = ours.write("expense", [Update(held.id, {"amount": Decimal(1)}, held.version)])
    assert isinstance(outcome, Locked)

    approved = ours.approve(made.id, kind="expense_report")
    with pytest.raises(Locked):
        ours.update("expense_report", made.id, {"notes": "late"}, approved.version or "")
    with pytest.raises(Locked):
        ours.archive("expense_report", made.id, approved.version or "")


def test_what_does_not_fit_a_report_is_refused(ours: Workspace, project: str, casey: str) -> None:
    jules = ours.create("staff", {"name": "Jules Harbour"}).id
    card = ours.create("account", {"name": "Visa", "type": "Credit Card"}).id
    made = report(ours, casey)
    with pytest.raises(Rejected) as caught:
        expense(ours, project, jules, report=made.id)
    assert "somebody else" in caught.value.for_user
    with pytest.raises(Rejected) as caught:
        expense(ours, project, casey, report=made.id, card=card)
    assert caught.value.field == "card"
    with pytest.raises(Rejected) as caught:
        expense(ours, project, casey, report="xrp_nowhere")
    assert caught.value.field == "report"
    with pytest.raises(Rejected) as caught:
        ours.submit(made.id, kind="expense_report")
    assert "no expenses" in caught.value.for_user

    held = expense(ours, project, casey, report=made.id)
    for kind, record in (("expense_report", made), ("expense", held)):
        with pytest.raises(Rejected) as caught:
            ours.update(kind, record.id, {"staff": jules}, 1)
        assert caught.value.field == "staff"
    with pytest.raises(Rejected) as caught:
        ours.archive("expense_report", made.id, 1)
    assert "expenses in this report" in caught.value.for_user
    [outcome] = ours.write("expense_report", [Delete(made.id, None)])
    assert isinstance(outcome, Rejected)
    ours.archive("expense", held.id, held.version or "")
    assert ours.update("expense_report", made.id, {"staff": jules}, 1).values["staff"] == jules
    assert ours.archive("expense_report", made.id, 2).gone


def test_a_move_that_a_crash_cut_short_goes_on_when_asked_again(
    ours: Workspace, project: str, casey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = report(ours, casey)
    held = [expense(ours, project, casey, report=made.id) for _ in range(3)]
    with monkeypatch.context() as patch:
        patch.setattr(expense_reports, "_follow", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            ours.submit(made.id, kind="expense_report")
    assert {stored(ours, one)["status"] for one in held} == {"draft"}

    ours.submit(made.id, kind="expense_report")
    assert {stored(ours, one)["status"] for one in held} == {"submitted"}


def test_who_comes_too_late_leaves_report_and_expenses_alike(
    ours: Workspace, project: str, casey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = report(ours, casey)
    held = expense(ours, project, casey, report=made.id)
    ours.submit(made.id, kind="expense_report")
    follow, once = expense_reports._follow, [True]

    def rejected_meanwhile(*asked: Any) -> None:
        follow(*asked)
        if once and once.pop():
            ours.reject(made.id, kind="expense_report")

    monkeypatch.setattr(expense_reports, "_follow", rejected_meanwhile)
    with pytest.raises(Stale):
        ours.approve(made.id, kind="expense_report")
    assert {stored(ours, one)["status"] for one in (made, held)} == {"rejected"}


def test_a_report_whose_expenses_are_billed_is_not_reopened(ours: Workspace, project: str, casey: str) -> None:
    made = report(ours, casey)
    held = expense(ours, project, casey, report=made.id)
    ours.submit(made.id, kind="expense_report")
    ours.approve(made.id, kind="expense_report")
    client = ours.read("client", ["Aalto Partners"], by="name")[0]
    invoice = ours.create("invoice", {"client": client.id, "date": DAY, "amount": 20})
    item = ours.stored("expense", [held.id])[held.id]
    ours.write_drafts("expense", [expense_reports.Draft(held.id, item, {**item.data, "invoice": invoice.id})])

    with pytest.raises(Locked, match="invoice"):
        ours.reopen(made.id, kind="expense_report")
    assert {stored(ours, one)["status"] for one in (made, held)} == {"approved"}


def test_two_people_who_were_one_keep_their_reports(ours: Workspace, project: str, casey: str) -> None:
    twin = ours.create("staff", {"name": "C. Brook"}).id
    made = report(ours, twin)
    held = expense(ours, project, twin, report=made.id)
    ours.submit(made.id, kind="expense_report")
    ours.approve(made.id, kind="expense_report")
    ours.refer("expense", "staff", twin, casey)
    ours.refer("expense_report", "staff", twin, casey)

    assert stored(ours, made)["staff"] == stored(ours, held)["staff"] == casey
    assert stored(ours, made)["amount"] == 20


# --- gathering -------------------------------------------------------------------------------------------------------


def test_loose_expenses_are_gathered_into_one_report_per_person(ours: Workspace, project: str, casey: str) -> None:
    jules = ours.create("staff", {"name": "Jules Harbour"}).id
    values = {"project": project, "date": DAY, "status": "approved"}
    creates = [
        Create(f"exp_{n}", {**values, "amount": Decimal(n), "staff": jules if n == 4 else casey}, "r", str(n))
        for n in range(1, 5)
    ]
    ours.write("expense", creates)
    ids = ["exp_1", "exp_2", "exp_3", "exp_4"]
    found = gather(ours, ids)

    assert {(each.values["staff"], each.values["amount"]) for each in found} == {(casey, 6), (jules, 4)}
    assert {each.values["status"] for each in found} == {"approved"}
    assert [each.id for each in gather(ours, ids)] == [each.id for each in found], "asked again, they are the same"
    assert len(ours.page("expense_report")[0]) == 2
    project_now = ours.get("project", project)
    assert project_now is not None
    assert project_now.values["expenses_total"] == 10

    reopened = ours.reopen(next(each.id for each in found if each.values["staff"] == casey), kind="expense_report")
    assert stored(ours, reopened)["amount"] == 6
    lunch = ours.get("expense", "exp_1")
    assert lunch is not None
    ours.update("expense", "exp_1", {"report": None}, lunch.version or "")
    assert stored(ours, reopened)["amount"] == 5


def test_two_who_gather_at_once_make_one_report(ours: Workspace, project: str, casey: str) -> None:
    ids = [expense(ours, project, casey).id for _ in range(6)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: [each.id for each in gather(ours, ids)], range(4)))

    assert len({id for each in found for id in each}) == 1
    [made] = ours.page("expense_report")[0]
    assert made.values["amount"] == 120


def test_more_than_goes_together_makes_several(
    ours: Workspace, project: str, casey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expense_reports, "TOGETHER", 4)
    ids = [expense(ours, project, casey).id for _ in range(6)]

    assert sorted(each.values["amount"] for each in gather(ours, ids)) == [40, 80]


def test_what_cannot_be_gathered_is_named(ours: Workspace, project: str, casey: str) -> None:
    card = ours.create("account", {"name": "Visa", "type": "Credit Card"}).id
    with pytest.raises(Rejected) as caught:
        gather(ours, [expense(ours, project, casey, card=card).id])
    assert "card" in caught.value.for_user
    with pytest.raises(Missing):
        gather(ours, ["exp_nowhere"])
    with pytest.raises(Rejected) as caught:
        gather(ours, [expense(ours, project, casey).id], {"post_as": "letter"})
    assert caught.value.field == "post_as"
