"""The story of the demo, through the doors: each step starts on one side and is looked for on the others."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge import context
from timebridge.errors import Stale, attached
from timebridge.links import State
from timebridge.records import Record
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Provider, Status

OPPORTUNITY, CUSTOMER = "salesforce.opportunity", "quickbooks_online.customer"


@pytest.fixture
def workspace(stage: Stage) -> Workspace:
    return Workspace(stage.tenant, "manager")


def ours(stage: Stage, workspace: Workspace, flow: str, kind: str, theirs: str) -> Record:
    provider = flow.partition(".")[0]
    [link] = DynamoLinks(stage.tenant, provider).find(flow, theirs=[theirs])
    found = workspace.get(kind, link.ours)
    assert found is not None
    return found


def theirs(stage: Stage, flow: str, ours: str) -> str:
    [link] = DynamoLinks(stage.tenant, flow.partition(".")[0]).find(flow, ours=[ours])
    assert link.theirs is not None
    return link.theirs


def opportunity(stage: Stage, id: str) -> dict[str, Any]:
    [found] = stage.salesforce_has("Opportunity", Id=id)
    return found


def won(stage: Stage, name: str) -> str:
    """An opportunity of a new account that a seller just won, and that has reached every system."""
    account = stage.seller("create", "Account", Name=f"{name} Ltd")
    values = {"Name": name, "AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-12-31", "Amount": 1000}
    id = stage.seller("create", "Opportunity", **values)
    stage.seller("update", "Opportunity", id, StageName="Closed Won")
    stage.noticed("Opportunity", id)
    stage.settle()
    return id


def test_both_providers_are_connected_through_their_own_pages_and_loaded(stage: Stage) -> None:
    salesforce = stage.connection(Provider.SALESFORCE)
    quickbooks = stage.connection(Provider.QUICKBOOKS_ONLINE)

    assert (salesforce.account, quickbooks.account) == (stage.salesforce.org.id, stage.realm)
    assert (salesforce.status, quickbooks.status) == (Status.LIVE, Status.LIVE)


def test_an_opportunity_that_reaches_the_stage_becomes_a_project_and_a_job(stage: Stage, workspace: Workspace) -> None:
    id = won(stage, "Harbour survey")

    project = ours(stage, workspace, OPPORTUNITY, "project", id)
    assert project.values["name"] == "Harbour survey"
    assert project.values["budget"] == Decimal(1000)
    job = theirs(stage, "quickbooks_online.job", project.id)
    [customer] = [found for found in stage.quickbooks_has("Customer") if found["Id"] == job]
    assert (customer["DisplayName"], customer["Job"]) == ("Harbour survey", True)


def test_a_budget_that_the_manager_changes_reaches_the_opportunity(stage: Stage, workspace: Workspace) -> None:
    id = won(stage, "Lighthouse paint")
    project = ours(stage, workspace, OPPORTUNITY, "project", id)

    workspace.update("project", project.id, {"budget": Decimal("2500.00")}, project.version or "")
    stage.settle()

    assert opportunity(stage, id)["Amount"] == 2500.0


def test_approved_hours_are_counted_on_the_opportunity_and_posted_once_when_somebody_posts_them(
    stage: Stage, workspace: Workspace
) -> None:
    id = won(stage, "Mole repair")
    project = ours(stage, workspace, OPPORTUNITY, "project", id)
    before = len(stage.quickbooks_has("TimeActivity"))
    entry = workspace.create(
        "time_entry",
        {
            "staff": workspace.page("staff", limit=1)[0][0].id,
            "labour_code": workspace.page("labour_code", limit=1)[0][0].id,
            "project": project.id,
            "work_date": "2026-11-20",
            "hours": Decimal("2.50"),
            "rate": Decimal("120.00"),
            "notes": "Measured the mole.",
        },
    )
    stage.settle()
    assert len(stage.quickbooks_has("TimeActivity")) == before

    workspace.submit(entry.id)
    workspace.approve(entry.id)
    stage.settle()
    stage.settle()
    assert len(stage.quickbooks_has("TimeActivity")) == before
    answer = Person().post("connections/quickbooks_online/postings", {"type": "time", "ids": [entry.id]})
    assert answer.status == 202, answer.text
    stage.settle()

    posted = [found for found in stage.quickbooks_has("TimeActivity") if "Measured the mole." in found["Description"]]
    assert [(found["Hours"], found["Minutes"]) for found in posted] == [(2, 30)]
    assert len(stage.quickbooks_has("TimeActivity")) == before + 1
    assert opportunity(stage, id)["TB_Total_Hours__c"] == 2.5


def test_a_customer_renamed_in_quickbooks_renames_the_client_and_the_account(
    stage: Stage, workspace: Workspace
) -> None:
    id = won(stage, "Pier lamps")
    client = workspace.get("client", str(ours(stage, workspace, OPPORTUNITY, "project", id).values["client"]))
    assert client is not None
    customer = theirs(stage, CUSTOMER, client.id)

    stage.bookkeeper("Customer", Id=customer, DisplayName="Pier Lamps and Sons")
    assert stage.told(stage.cloud_event("Customer", customer))["statusCode"] == 200
    stage.settle()

    renamed = workspace.get("client", client.id)
    assert renamed is not None
    assert renamed.values["name"] == "Pier Lamps and Sons"
    [account] = stage.salesforce_has("Account", Id=theirs(stage, "salesforce.account", client.id))
    assert account["Name"] == "Pier Lamps and Sons"


def test_different_fields_changed_on_both_sides_at_once_are_merged(stage: Stage, workspace: Workspace) -> None:
    id = won(stage, "Quay wall")
    project = ours(stage, workspace, OPPORTUNITY, "project", id)

    stage.seller("update", "Opportunity", id, Name="Quay wall, phase 1")
    workspace.update("project", project.id, {"budget": Decimal("7000.00")}, project.version or "")
    stage.noticed("Opportunity", id)
    stage.settle()

    merged = workspace.get("project", project.id)
    assert merged is not None
    assert (merged.values["name"], merged.values["budget"]) == ("Quay wall, phase 1", Decimal("7000.00"))
    assert (opportunity(stage, id)["Name"], opportunity(stage, id)["Amount"]) == ("Quay wall, phase 1", 7000.0)


def test_the_same_notice_five_times_writes_nothing_more(stage: Stage, workspace: Workspace) -> None:
    id = won(stage, "Rope store")
    stage.settle()
    project = ours(stage, workspace, OPPORTUNITY, "project", id)
    stamp = opportunity(stage, id)["SystemModstamp"]

    for _ in range(5):
        assert stage.noticed("Opportunity", id)["statusCode"] == 200
    stage.settle()

    assert ours(stage, workspace, OPPORTUNITY, "project", id).version == project.version
    assert opportunity(stage, id)["SystemModstamp"] == stamp


def test_what_no_notice_told_is_found_by_the_scheduled_pull(stage: Stage, workspace: Workspace) -> None:
    id = won(stage, "Slipway")
    stage.seller("update", "Opportunity", id, Amount=4321)

    due(stage, Provider.SALESFORCE)
    assert stage.call("schedule", {})["queued"] == 1
    stage.settle()

    assert ours(stage, workspace, OPPORTUNITY, "project", id).values["budget"] == Decimal("4321.00")
    assert stage.connection(Provider.SALESFORCE).next_pull is not None


def test_a_settled_system_pulls_without_a_single_write(stage: Stage) -> None:
    due(stage, Provider.QUICKBOOKS_ONLINE)
    stage.call("schedule", {})
    stage.settle()  # what QuickBooks gave the jobs by itself has come
    stage.salesforce.calls.clear()
    stage.quickbooks.calls.clear()

    due(stage, Provider.SALESFORCE)
    due(stage, Provider.QUICKBOOKS_ONLINE)
    assert stage.call("schedule", {})["queued"] == 2
    assert stage.settle() == 2

    assert stage.salesforce.calls.total == 1
    # two, and what is above and below the jobs made a moment ago: the latest records are looked at once more
    assert stage.quickbooks.calls.total <= 4


def due(stage: Stage, provider: Provider) -> None:
    context.changed(stage.connection(provider), next_pull=datetime.now(UTC))


def test_a_record_that_was_refused_heals_by_itself_when_the_reason_is_gone(stage: Stage, workspace: Workspace) -> None:
    id = won(stage, "Tide gauge")
    project = ours(stage, workspace, OPPORTUNITY, "project", id)
    links = DynamoLinks(stage.tenant, Provider.SALESFORCE)
    refusal = {"object": "Opportunity", "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Ask Finance first."}
    control("POST", f"{stage.salesforce.url}/_sandbox/refusals", json=refusal)

    workspace.update("project", project.id, {"budget": Decimal("9000.00")}, project.version or "")
    stage.settle()

    [parked] = links.find(OPPORTUNITY, ours=[project.id])
    assert parked.state is State.PARKED
    assert parked.problem is not None
    assert "Ask Finance first." in parked.problem.reason

    control("DELETE", f"{stage.salesforce.url}/_sandbox/refusals")
    links.save([replace(parked, problem=replace(parked.problem, retry_at=datetime.now(UTC)))])
    due(stage, Provider.SALESFORCE)
    stage.call("schedule", {})
    stage.settle()

    assert opportunity(stage, id)["Amount"] == 9000.0
    [healed] = links.find(OPPORTUNITY, ours=[project.id])
    assert (healed.state, healed.problem) == (State.LIVE, None)


def test_an_error_that_leaves_the_road_says_where_it_happened(stage: Stage) -> None:
    here = context.opened(stage.tenant, Provider.SALESFORCE)
    with pytest.raises(Stale) as caught, here, attached(flow="f", record="r"):
        raise Stale("Somebody was faster.")

    assert caught.value.context == {"tenant": "acme", "connection": "salesforce", "flow": "f", "record": "r"}
