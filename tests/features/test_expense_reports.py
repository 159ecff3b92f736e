"""Expense reports through the API: filled, gathered, moved with their expenses, and kept from others."""

from typing import Any

import pytest

from tests.admin import Answer, Person
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

DAY = "2026-11-20"


@pytest.fixture
def world(stage: Stage, workspace: Workspace) -> dict[str, str]:
    """A project that is open to all, and two people who sign in with their addresses."""
    stage.new_connection(Provider.QUICKBOOKS_ONLINE)
    client = workspace.create("client", {"name": "Harbour Freight"}).id
    project = workspace.create("project", {"client": client, "name": "Crane controls", "open_to_all": True}).id
    people = {
        name: workspace.create("staff", {"name": name.title(), "email": f"{name}@acme.example"}).id
        for name in ("casey", "jules")
    }
    return {"project": project, **people}


def member(name: str) -> Person:
    return Person(("member",), name=f"{name}@acme.example")


def spend(person: Person, world: dict[str, str], amount: float, **values: Any) -> Answer:
    return person.post("expenses", {"project": world["project"], "date": DAY, "amount": amount, **values})


def test_D21_a_member_fills_a_report_and_submits_it_and_it_is_approved_as_a_whole(
    world: dict[str, str], admin: Person
) -> None:
    casey = member("casey")
    report = casey.post("expense-reports", {"date": DAY, "notes": "Trip"}).body
    assert report["values"]["staff"] == world["casey"]
    held = [spend(casey, world, amount, report=report["id"]).body["id"] for amount in (20.5, 9.5)]
    assert casey.get(f"expense-reports/{report['id']}").body["values"]["amount"] == 30
    listed = casey.get(f"expense-reports/{report['id']}/expenses").body["items"]
    assert [each["id"] for each in listed] == sorted(held)

    assert casey.post(f"expense-reports/{report['id']}/submit").body["values"]["status"] == "submitted"
    assert {each["values"]["status"] for each in admin.get("expenses").body["items"]} == {"submitted"}
    assert casey.post(f"expense-reports/{report['id']}/approve").status == 403
    assert admin.post(f"expense-reports/{report['id']}/approve").body["values"]["status"] == "approved"
    assert {each["values"]["status"] for each in admin.get("expenses").body["items"]} == {"approved"}

    late = spend(casey, world, 5, report=report["id"])
    assert (late.status, late.body["field"]) == (409, "report")
    alone = admin.post(f"expenses/{held[0]}/reopen")
    assert (alone.status, report["id"] in alone.body["remedy"]) == (409, True)


def test_D21_loose_expenses_are_gathered_once_and_the_audit_says_by_whom(world: dict[str, str], admin: Person) -> None:
    casey, jules = member("casey"), member("jules")
    ids = [spend(casey, world, amount).body["id"] for amount in (1, 2)]
    foreign = spend(jules, world, 4).body["id"]
    assert casey.post("expense-reports/gather", {"ids": [foreign]}).status == 403

    first = casey.post("expense-reports/gather", {"ids": ids, "number": "R-3", "notes": "November"})
    [report] = first.body["items"]
    assert (report["values"]["amount"], report["values"]["number"], report["values"]["date"]) == (3, "R-3", DAY)
    assert casey.post("expense-reports/gather", {"ids": ids}).body["items"][0]["id"] == report["id"]
    both = admin.post("expense-reports/gather", {"ids": [*ids, foreign]}).body["items"]
    assert {each["values"]["staff"] for each in both} == {world["casey"], world["jules"]}
    assert len(admin.get("expense-reports").body["items"]) == 2
    noted = [each for each in admin.get("audit").body["items"] if each["what"] == "expense_report.gather"]
    assert sorted(each["actor"] for each in noted) == ["ada@acme.example", "casey@acme.example"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"ids": []}, "ids"), ({"ids": ["exp_nowhere"]}, "ids"), ({"ids": ["a"], "post_as": "letter"}, None)],
)
@pytest.mark.usefixtures("world")
def test_D21_a_gathering_that_makes_no_sense_is_refused(
    admin: Person, asked: dict[str, Any], field: str | None
) -> None:
    refused = admin.post("expense-reports/gather", asked)
    assert refused.is_problem
    assert refused.status in (404, 422)
    assert field is None or refused.body["field"].endswith(field)


def test_D21_reports_of_another_tenant_are_out_of_reach(world: dict[str, str], admin: Person) -> None:
    expense = spend(admin, world, 5, staff=world["casey"]).body["id"]
    report = admin.post("expense-reports/gather", {"ids": [expense]}).body["items"][0]["id"]
    stranger = Person(tenant="other")
    for method, path in (("GET", f"expense-reports/{report}/expenses"), ("POST", "expense-reports/gather")):
        body = {"ids": [expense]} if method == "POST" else None
        assert stranger.call(method, f"/v1/tenants/acme/{path}", body).status == 403
    assert Person(("viewer",)).post("expense-reports/gather", {"ids": [expense]}).status == 403
    assert admin.get("expense-reports/xrp_nowhere/expenses").status == 404
