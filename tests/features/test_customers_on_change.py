"""Starting with what changes from now on: what nobody touches is neither read nor linked."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.admin import Person
from tests.features.customers import CUSTOMER, JOB, ON, PATH, Crm, chosen
from tests.stage import Stage
from timebridge.providers.http import Session
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

HOUR = 3600
MANY = 500
INVOICE, PAYMENT = "quickbooks_online.client_invoice", "quickbooks_online.client_payment"


class Seen:
    """The records that QuickBooks has shown us: kind and id of each."""

    def __init__(self) -> None:
        self.records: set[tuple[str, str]] = set()

    def note(self, response: requests.Response) -> None:
        answer = response.json() if "json" in response.headers.get("Content-Type", "") else {}
        parts = [answer.get("QueryResponse", {})]
        parts += [part for each in answer.get("CDCResponse", ()) for part in each.get("QueryResponse", ())]
        for part in parts:
            for name, rows in part.items():
                self.records |= {(name, row["Id"]) for row in rows} if isinstance(rows, list) else set()

    def of(self, name: str) -> set[str]:
        return {id for found, id in self.records if found == name}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    found, request = Seen(), Session.request

    def noted(self: Session, *args: Any, **kwargs: Any) -> requests.Response:
        response = request(self, *args, **kwargs)
        found.note(response)
        return response

    monkeypatch.setattr(Session, "request", noted)
    yield found
    assert found.records, "the fixture sees what is read"


def begun(stage: Stage, workspace: Workspace, admin: Person, *on: str, all: bool = False) -> Crm:
    """A connection that begins with what changes from now on; what is there was made long before. `all`: every flow."""
    settings = {"start_mode": "on_change"} if all else chosen((*ON, *on), start_mode="on_change")
    stage.consent(stage.new_connection(Provider.QUICKBOOKS_ONLINE, settings=settings))
    stage.settle()
    assert stage.connection("quickbooks_online").status == "live"
    return Crm(stage, workspace, admin)


def customers(stage: Stage, count: int) -> list[str]:
    """As many, made two hours ago."""
    stage.quickbooks.clock.advance(-2 * HOUR)
    made = [stage.bookkeeper("Customer", DisplayName=f"Customer {number}")["Id"] for number in range(count)]
    stage.quickbooks.clock.reset()
    return made


def invoice(stage: Stage, customer: str, **values: Any) -> str:
    detail = {"ItemRef": {"value": "1"}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 10, "SalesItemLineDetail": detail}
    return str(stage.bookkeeper("Invoice", CustomerRef={"value": customer}, Line=[line], **values)["Id"])


def linked(crm: Crm, flow: str = CUSTOMER) -> set[str]:
    items = crm.admin.get(f"{PATH}/links", flow=flow, limit=200).body["items"]
    return {each["theirs"] for each in items}


def test_E14_nothing_is_read_or_linked_until_it_changes(
    stage: Stage, workspace: Workspace, admin: Person, seen: Seen
) -> None:
    untouched = customers(stage, 20)
    crm = begun(stage, workspace, admin, all=True)
    crm.pull()
    crm.pull()
    assert (crm.clients(), linked(crm), seen.of("Customer")) == ({}, set(), set())

    fresh = crm.bookkeeper(DisplayName="Fresh")
    ours = crm.client("Made here").id
    crm.of(ours)
    crm.pull()

    assert linked(crm) == {fresh, crm.link(ours).theirs}
    assert seen.of("Customer").isdisjoint(untouched)


def test_E15_of_500_customers_the_one_that_changes_is_linked_and_then_both_ways(
    stage: Stage, workspace: Workspace, admin: Person, seen: Seen
) -> None:
    untouched = customers(stage, MANY)
    changed = untouched.pop(MANY // 2)
    crm = begun(stage, workspace, admin)

    crm.bookkeeper(changed, PrimaryPhone={"FreeFormNumber": "555 0100"})
    crm.stage.settle()

    assert linked(crm) == {changed}
    [(name, client)] = crm.clients().items()
    assert (name, crm.values(client)["phone"]) == (f"Customer {MANY // 2}", "555 0100")
    crm.edit(client, phone="555 0200")
    assert crm.of(client)["PrimaryPhone"] == {"FreeFormNumber": "555 0200"}
    crm.bookkeeper(changed, Notes="VIP")
    crm.stage.settle()
    assert crm.values(client)["notes"] == "VIP"
    crm.pull()
    assert (linked(crm), len(crm.clients())) == ({changed}, 1)
    assert seen.of("Customer") == {changed}, "none of the others was ever read"


def test_E15_a_change_that_no_notice_told_of_is_found_by_the_pull(
    stage: Stage, workspace: Workspace, admin: Person, seen: Seen
) -> None:
    untouched = customers(stage, 20)
    changed = untouched.pop()
    crm = begun(stage, workspace, admin)
    stage.bookkeeper("Customer", Id=changed, Notes="VIP")

    crm.pull()

    assert linked(crm) == {changed}
    assert seen.of("Customer") == {changed}


def test_E15_an_edit_here_links_the_customer_of_the_same_name(
    stage: Stage, workspace: Workspace, admin: Person, seen: Seen
) -> None:
    untouched = customers(stage, 20)
    client = workspace.create("client", {"name": "Customer 7"}).id
    crm = begun(stage, workspace, admin)

    crm.edit(client, phone="555 0100")
    crm.stage.settle()

    theirs = untouched.pop(7)
    assert (crm.of(client)["Id"], linked(crm)) == (theirs, {theirs})
    assert seen.of("Customer") == {theirs}


def test_E15_a_changed_job_brings_its_customer_along_and_nobody_else(
    stage: Stage, workspace: Workspace, admin: Person, seen: Seen
) -> None:
    untouched = customers(stage, 20)
    top = untouched.pop()
    crm = begun(stage, workspace, admin)

    job = crm.bookkeeper(DisplayName="Crane", Job=True, ParentRef={"value": top})
    crm.stage.settle()

    assert (linked(crm), linked(crm, JOB)) == ({top}, {job})
    assert seen.of("Customer") == {top, job}


def test_E16_the_transactions_of_customers_that_nobody_touches_are_left_alone(
    stage: Stage, workspace: Workspace, admin: Person, seen: Seen
) -> None:
    stage.quickbooks.clock.advance(-2 * HOUR)
    stage.bookkeeper("Item", Name="Advice", Type="Service", IncomeAccountRef={"value": "1"})
    made = [stage.bookkeeper("Customer", DisplayName=f"Customer {number}")["Id"] for number in range(10)]
    papers = [invoice(stage, customer) for customer in made]
    stage.quickbooks.clock.reset()
    crm = begun(stage, workspace, admin, INVOICE, PAYMENT)
    crm.pull()
    assert (linked(crm, INVOICE), linked(crm), seen.of("Invoice")) == (set(), set(), set())

    stage.bookkeeper("Invoice", Id=papers[3], PrivateNote="Call them")
    stage.told(stage.cloud_event("invoice", papers[3]))
    stage.settle()
    fresh = invoice(stage, made[5])
    crm.pull()

    assert linked(crm, INVOICE) == seen.of("Invoice") == {papers[3], fresh}
    assert linked(crm) == seen.of("Customer") == {made[3], made[5]}
    assert len(workspace.page("transaction")[0]) == 2
