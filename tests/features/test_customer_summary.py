"""What people who have no login of QuickBooks see of a client's customer: the block of facts, and a link."""

from typing import Any

import pytest

from tests.admin import Person
from tests.features.customers import PATH, Crm, chosen, opened
from tests.stage import Stage, control
from timebridge.store.records import Workspace
from timebridge.tenants import Provider


@pytest.fixture
def crm(stage: Stage, workspace: Workspace, admin: Person) -> Crm:
    return opened(stage, workspace, admin)


def blocks(person: Person, client: str) -> list[dict[str, Any]]:
    answer = person.get(f"clients/{client}/quickbooks")
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.body["items"]
    return found


def harbour(crm: Crm, **values: Any) -> tuple[str, str]:
    """A customer with everything that the bookkeeper decides. Returns the client, and the customer."""
    term = crm.stage.bookkeeper("Term", Name="Within a month", DueDays=30)["Id"]
    method = crm.stage.bookkeeper("PaymentMethod", Name="Bank transfer")["Id"]
    theirs = crm.bookkeeper(
        DisplayName="Harbour Freight",
        SalesTermRef={"value": term},
        PaymentMethodRef={"value": method},
        PreferredDeliveryMethod="Email",
        Taxable=True,
        ResaleNum="R-77",
        **values,
    )
    return crm.ours_of(theirs), theirs


def test_E01_key_facts_of_the_customer_are_seen_with_the_client(crm: Crm) -> None:
    client, theirs = harbour(crm)

    [block] = blocks(crm.admin, client)

    company = crm.admin.get(PATH).body["account_name"]
    assert company
    assert (block["customer"], block["name"], block["company"]) == (theirs, "Harbour Freight", company)
    assert block["url"].endswith(f"/app/customerdetail?nameId={theirs}")
    assert (block["state"], block["problem"], block["said"]) == ("live", None, [])
    assert (block["currency"], block["taxable"], block["resale_number"]) == ("USD", True, "R-77")


def test_E01_the_facts_are_kept_in_step(crm: Crm) -> None:
    client, theirs = harbour(crm)
    term = crm.stage.bookkeeper("Term", Name="At once", DueDays=0)["Id"]

    crm.bookkeeper(theirs, SalesTermRef={"value": term}, PreferredDeliveryMethod="Print", DisplayName="Harbour")
    crm.stage.settle()

    [block] = blocks(crm.admin, client)
    assert (block["term"], block["delivery_method"], block["name"]) == ("At once", "Print", "Harbour")


def test_E01_a_client_that_is_no_customer_has_no_block_and_a_parked_one_says_why(crm: Crm) -> None:
    client, theirs = harbour(crm)
    namesake = crm.client("harbour freight").id
    crm.stage.settle()
    assert blocks(crm.admin, namesake) == []
    assert crm.admin.get("clients/cli_nobody/quickbooks").status == 404

    fault = {"Fault": {"type": "ValidationFault", "Error": [{"code": "6280", "Message": "m", "Detail": "d"}]}}
    refusal = {"BatchItemResponse": [{"bId": "0", **fault}]}
    strike = {"kind": "status", "status": 200, "body": refusal, "match": {"path": "/batch"}}
    control("POST", f"{crm.stage.quickbooks.url}/_sandbox/faults", json=strike)
    crm.edit(client, phone="555 0100")
    crm.stage.settle()

    [block] = blocks(crm.admin, client)
    assert (block["state"], block["customer"]) == ("parked", theirs)
    assert block["problem"]["reason"]
    assert block["problem"]["remedy"]


def test_E03_the_summary_equals_what_quickbooks_holds(crm: Crm) -> None:
    client, theirs = harbour(crm)
    item = crm.stage.bookkeeper("Item", Name="Advice", Type="Service", IncomeAccountRef={"value": "1"})["Id"]
    job = crm.bookkeeper(DisplayName="Crane", Job=True, ParentRef={"value": theirs})
    for customer, amount in ((theirs, 120.5), (job, 30)):
        detail = {"ItemRef": {"value": item}}
        line = {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}
        crm.stage.bookkeeper("Invoice", CustomerRef={"value": customer}, Line=[line])
    crm.pull()

    [block] = blocks(crm.admin, client)

    there = crm.customer(theirs)
    assert (there["Balance"], there["BalanceWithJobs"]) == (120.5, 150.5)
    assert (block["balance"], block["balance_with_jobs"]) == (120.5, 150.5)
    names = {
        name: next(each["Name"] for each in crm.stage.quickbooks_has(entity) if each["Id"] == there[ref]["value"])
        for name, entity, ref in (
            ("term", "Term", "SalesTermRef"),
            ("payment_method", "PaymentMethod", "PaymentMethodRef"),
        )
    }
    assert names == {"term": "Within a month", "payment_method": "Bank transfer"}
    assert {name: block[name] for name in names} == names
    assert block["delivery_method"] == there["PreferredDeliveryMethod"] == "Email"


def test_E03_a_term_that_is_not_used_any_more_holds_no_customer_back(crm: Crm) -> None:
    term = crm.stage.bookkeeper("Term", Name="Old", DueDays=90)["Id"]
    values = {"DisplayName": "Harbour Freight", "SalesTermRef": {"value": term}}
    theirs = crm.stage.bookkeeper("Customer", **values)["Id"]
    crm.stage.bookkeeper("Term", Id=term, Active=False)
    crm.stage.told(crm.stage.cloud_event("customer", theirs))

    client = crm.ours_of(theirs)

    [block] = blocks(crm.admin, client)
    assert (block["state"], block["term"], block["problem"]) == ("live", None, None)


def test_E22_viewers_see_the_block_without_a_login_of_quickbooks(crm: Crm) -> None:
    client, theirs = harbour(crm)
    calls = crm.read()

    for role in ("viewer", "member", "tenant_admin"):
        [block] = blocks(Person((role,), name=f"{role}@acme.example"), client)
        assert (block["customer"], block["term"]) == (theirs, "Within a month")

    assert crm.read() == calls, "and nothing is asked of QuickBooks"
    viewer = Person(("viewer",), name="viewer@acme.example")
    assert viewer.get(f"clients/{client}").body["values"]["delivery_method"] == "Email"
    assert viewer.post(f"{PATH}/sync").status == 403


def test_E22_nobody_sees_the_customers_of_another_tenant(crm: Crm) -> None:
    client, _ = harbour(crm)

    stranger = Person(("tenant_admin",), tenant="globex", name="eve@globex.example")

    assert stranger.get(f"/v1/tenants/acme/clients/{client}/quickbooks").status == 403


def test_E01_a_client_that_is_a_customer_of_two_companies_has_two_blocks(crm: Crm) -> None:
    stage = crm.stage
    _, other = stage.quickbooks.companies
    client, theirs = harbour(crm)
    stage.consent(stage.new_connection(Provider.QUICKBOOKS_ONLINE, id="training", settings=chosen()), realm=other)
    stage.load("training")
    stage.settle()

    first, second = blocks(crm.admin, client)

    assert (first["connection"], first["customer"], first["term"]) == ("quickbooks_online", theirs, "Within a month")
    assert (second["connection"], second["term"], second["delivery_method"]) == ("training", None, "None")
    assert first["company"] != second["company"]
    assert first["delivery_method"] == "Email", "each block says what its own company holds"
    written = crm.written()
    crm.pull()
    assert crm.admin.post("connections/training/sync").status == 202
    stage.settle()
    assert crm.written() == written, "and the two companies do not push each other"
