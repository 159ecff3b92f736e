"""Invoices over what was worked, and payments: made in the workspace, seen in Salesforce."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from tests.admin import Person
from tests.features.firm import DAY, Firm, opened
from tests.stage import Stage
from timebridge.errors import Locked, Rejected
from timebridge.sides import Create
from timebridge.store.billing import Billing
from timebridge.store.records import Workspace


@pytest.fixture
def firm(stage: Stage, workspace: Workspace) -> Firm:
    return opened(stage, workspace)


def billed(admin: Person, firm: Firm, **asked: Any) -> dict[str, Any]:
    answer = admin.post(f"connections/salesforce/opportunities/{firm.deal}/invoice", asked)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


def test_B04_an_invoice_from_an_opportunity_bills_what_is_approved_at_its_rates(firm: Firm, admin: Person) -> None:
    casey, jules = firm.person(rate="100"), firm.person("Jules Harbour", rate="80")
    firm.ours.create("assignment", {"project": firm.project, "staff": jules.id, "rate": "95.50"})
    wanted = [
        firm.approved(casey, "2"),
        firm.approved(casey, "1.5", rate="130"),
        firm.approved(jules, "0.25"),
    ]
    firm.approved(casey, "4", billable=False)
    firm.submitted(casey, "3")
    answer = billed(admin, firm, date="2026-11-30", due_date="2026-12-30", number="2026-17")

    invoice = answer["invoice"]
    assert (answer["added"], answer["unpriced"]) == (3, [])
    assert invoice["values"]["status"] == "draft"
    assert invoice["values"]["amount"] == 2 * 100 + 1.5 * 130 + 23.88  # 0.25 h at 95.50 are 23.875
    assert (invoice["values"]["project"], invoice["values"]["number"]) == (firm.project, "2026-17")
    lines = admin.get(f"invoices/{invoice['id']}/lines").body["items"]
    assert {line["id"] for line in lines} == {entry.id for entry in wanted}
    assert sum(line["values"]["amount"] for line in lines) == invoice["values"]["amount"]


def test_B04_asking_again_bills_nothing_twice_and_adds_what_is_new(firm: Firm, admin: Person) -> None:
    casey = firm.person(rate="100")
    firm.approved(casey, "2")
    first = billed(admin, firm)
    again = billed(admin, firm)
    assert (again["invoice"], again["added"]) == (first["invoice"], 0)

    firm.approved(casey, "1")
    firm.ours.approve(firm.expense(casey, "50").id, kind="expense")
    third = admin.post(f"projects/{firm.project}/invoice").body
    assert (third["invoice"]["id"], third["added"]) == (first["invoice"]["id"], 2)
    assert third["invoice"]["values"]["amount"] == 350
    assert len(firm.ours.page("invoice")[0]) == 1


def test_B04_many_entries_billed_by_several_people_at_once_are_billed_once(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebridge.store.billing.TOGETHER", 8)
    entry = {"project": firm.project, "staff": firm.person(rate="100").id, "work_date": DAY}
    values = {**entry, "hours": Decimal("0.5"), "status": "approved"}
    entries = firm.ours.write("time_entry", [Create(f"ent_{n}", values, "request", str(n)) for n in range(20)])
    with ThreadPoolExecutor(3) as pool:
        bills = list(
            pool.map(lambda name: Billing(firm.stage.tenant, name).draft(firm.project, {"date": DAY}), ("a", "b", "c"))
        )

    assert len({bill.invoice.id for bill in bills}) == 1
    assert sum(bill.added for bill in bills) == len(entries)
    invoice = firm.ours.get("invoice", bills[0].invoice.id)
    assert invoice is not None
    assert (invoice.values["amount"], invoice.values["lines"]) == (Decimal(1000), 20)


def test_B04_what_has_no_rate_is_named_and_not_forgotten(firm: Firm, admin: Person) -> None:
    casey = firm.person()
    unpriced = firm.approved(casey, "2")
    refused = admin.post(f"projects/{firm.project}/invoice")
    assert refused.status == 422
    assert "no rate" in refused.body["remedy"]

    priced = firm.approved(casey, "1", rate="90")
    answer = billed(admin, firm)
    assert (answer["unpriced"], answer["invoice"]["values"]["amount"]) == ([unpriced.id], 90)
    assert [line["id"] for line in admin.get(f"invoices/{answer['invoice']['id']}/lines").body["items"]] == [priced.id]


def test_B04_an_opportunity_that_is_not_linked_is_refused_and_so_is_who_may_not_bill(firm: Firm, admin: Person) -> None:
    path = "connections/salesforce/opportunities/006000000000001AAA/invoice"
    assert admin.post(path).status == 404
    assert Person(roles=("member",)).post(f"projects/{firm.project}/invoice").status == 403
    assert Person(tenant="other").post(f"/v1/tenants/acme/projects/{firm.project}/invoice").status == 403


def test_B04_an_entry_on_an_invoice_stays_as_it_is_until_the_invoice_is_void(firm: Firm, admin: Person) -> None:
    entry = firm.approved(firm.person(rate="100"), "2")
    id = billed(admin, firm)["invoice"]["id"]
    with pytest.raises(Locked, match="on an invoice"):
        firm.ours.reopen(entry.id)
    draft = firm.ours.get("invoice", id)
    assert draft is not None
    with pytest.raises(Rejected, match="comes from the entries"):
        firm.ours.update("invoice", id, {"amount": 1}, draft.version or "")
    with pytest.raises(Rejected):
        firm.ours.archive("invoice", id, draft.version or "")

    assert admin.post(f"invoices/{id}/void").body["values"]["balance"] == 0
    assert firm.ours.reopen(entry.id).values["invoice"] is None
    firm.ours.approve(firm.ours.submit(entry.id).id)
    assert billed(admin, firm)["invoice"]["id"] != id


def test_A13_a_final_invoice_and_its_payment_are_below_the_opportunity(firm: Firm, admin: Person) -> None:
    firm.approved(firm.person(rate="100"), "12")
    invoice = billed(admin, firm, date="2026-11-30", due_date="2026-12-30", number="2026-17")["invoice"]
    assert firm.below("TB_Invoice__c") == []

    assert admin.post(f"invoices/{invoice['id']}/finalise").body["values"]["balance"] == 1200
    payment = {"client": invoice["values"]["client"], "invoice": invoice["id"], "date": "2026-12-05", "amount": 500}
    assert admin.post("payments", payment).status == 201
    [row], [paid] = firm.below("TB_Invoice__c"), firm.below("TB_Payment__c")

    shown = ("Number__c", "Date__c", "Due_Date__c", "Amount__c", "Balance__c", "Status__c")
    assert [row[name] for name in shown] == ["2026-17", "2026-11-30", "2026-12-30", 1200, 700, "Final"]
    assert (paid["Date__c"], paid["Amount__c"], paid["Balance__c"]) == ("2026-12-05", 500, 0)
    assert paid["Invoice__c"] == row["Id"]
    deal = firm.opportunity()
    assert (deal["TB_Total_Invoiced__c"], deal["TB_Total_Paid__c"]) == (1200, 500)


def test_A13_payments_and_invoices_that_are_taken_back_leave_salesforce(firm: Firm, admin: Person) -> None:
    firm.approved(firm.person(rate="100"), "1")
    invoice = billed(admin, firm)["invoice"]
    admin.post(f"invoices/{invoice['id']}/finalise")
    paid = firm.ours.create(
        "payment", {"client": invoice["values"]["client"], "invoice": invoice["id"], "date": DAY, "amount": 100}
    )
    assert firm.below("TB_Invoice__c")[0]["Balance__c"] == 0
    refused = admin.post(f"invoices/{invoice['id']}/void")
    assert (refused.status, refused.body["remedy"]) == (409, "Archive those payments first.")

    firm.ours.archive("payment", paid.id, paid.version or "")
    assert firm.below("TB_Payment__c") == []
    assert firm.below("TB_Invoice__c")[0]["Balance__c"] == 100
    assert admin.post(f"invoices/{invoice['id']}/void").status == 200
    assert firm.below("TB_Invoice__c") == []
    assert firm.opportunity()["TB_Total_Invoiced__c"] == 0


@pytest.mark.parametrize(("status", "remedy"), [("draft", "Finalise it first."), ("void", "Choose another invoice.")])
def test_A13_only_an_invoice_that_is_out_takes_payments(firm: Firm, status: str, remedy: str) -> None:
    client = firm.ours.get("project", firm.project)
    assert client is not None
    invoice = firm.ours.create("invoice", {"client": client.values["client"], "date": DAY, "amount": 10})
    if status == "void":
        firm.ours.void(invoice.id)
    with pytest.raises(Rejected) as refused:
        firm.ours.create(
            "payment", {"client": client.values["client"], "invoice": invoice.id, "date": DAY, "amount": 10}
        )
    assert refused.value.remedy == remedy


def test_C32_only_billable_entries_are_on_the_invoice(firm: Firm, admin: Person) -> None:
    casey = firm.person(rate="100")
    yes, no = firm.approved(casey, "1"), firm.approved(casey, "2", billable=False)
    paid = firm.ours.approve(firm.expense(casey, "10", billable=False).id, kind="expense")
    answer = billed(admin, firm)

    lines = admin.get(f"invoices/{answer['invoice']['id']}/lines").body["items"]
    assert [line["id"] for line in lines] == [yes.id]
    assert answer["invoice"]["values"]["amount"] == 100
    for kind, entry in (("time_entry", no), ("expense", paid)):
        kept = firm.ours.get(kind, entry.id)
        assert kept is not None
        assert kept.values["invoice"] is None
