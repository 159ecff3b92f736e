"""The preset `projects`: an opportunity that reaches a stage is a project, its account a client."""

from decimal import Decimal

import pytest

from tests.admin import Person
from tests.features.pipeline import BASE, OPPORTUNITY, Pipeline
from tests.stage import Stage, control
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant


@pytest.fixture
def pipeline(stage: Stage, workspace: Workspace) -> Pipeline:
    return Pipeline(stage, workspace)


def unconfigured(admin: Person) -> str:
    Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))
    id: str = admin.post("connections", {"provider": "salesforce"}).body["id"]
    return id


@pytest.mark.parametrize("stage_name", ["Closed Won", "Negotiation/Review"])
def test_A01_an_opportunity_that_reaches_the_stage_becomes_exactly_one_project(
    pipeline: Pipeline, stage_name: str
) -> None:
    pipeline.connect("projects", stages=[stage_name])
    deal = pipeline.deal(pipeline.account(), "Prospecting")
    pipeline.told("Opportunity", deal)
    pipeline.hour_passed()
    assert pipeline.all("project") == []

    pipeline.stage.seller("update", "Opportunity", deal, StageName=stage_name)
    for _ in range(5):
        pipeline.told("Opportunity", deal)
    pipeline.hour_passed()

    assert pipeline.only("project").values["name"] == "Crane controls"


def test_A01_one_that_is_told_five_times_in_one_delivery_is_one_project(pipeline: Pipeline) -> None:
    pipeline.connect("projects")
    pipeline.told("Opportunity", *[pipeline.deal(pipeline.account())] * 5)

    assert len(pipeline.all("project")) == 1


def test_A02_both_sides_keep_exchanging_details_with_one_write_each_way(pipeline: Pipeline, admin: Person) -> None:
    account = pipeline.account()
    deal = pipeline.deal(account)
    pipeline.connect("projects")
    pipeline.hour_passed()
    project = pipeline.only("project")

    pipeline.stage.seller("update", "Opportunity", deal, Name="Crane controls II")
    pipeline.ours.update("project", project.id, {"end_date": "2027-03-31"}, project.version or "")
    pipeline.hour_passed()

    row, ours = pipeline.row("Opportunity", deal), pipeline.only("project").values
    assert (
        (row["Name"], row["TB_End_Date__c"]) == (ours["name"], ours["end_date"]) == ("Crane controls II", "2027-03-31")
    )
    assert {name: n for name, n in pipeline.counts(admin).items() if name.startswith("updated")} == {
        "updated_ours": 1,
        "updated_theirs": 1,
    }
    pipeline.stage.settle()
    for _ in range(2):
        pipeline.hour_passed()
        assert set(pipeline.counts(admin)) <= {"unchanged", "skipped"}


def test_A02_client_details_travel_both_ways_too(pipeline: Pipeline) -> None:
    account = pipeline.account(Phone="1")
    pipeline.connect("projects")
    client = pipeline.only("client")

    pipeline.changed(client, "client", address_city="Basel")
    pipeline.edited("Account", account, Phone="+41 61 555 0100")

    assert pipeline.row("Account", account)["BillingCity"] == "Basel"
    assert pipeline.only("client").values["phone"] == "+41 61 555 0100"


def test_A03_the_account_of_an_opportunity_is_the_client_of_its_project(pipeline: Pipeline) -> None:
    pipeline.connect("projects", accounts="needed")
    pipeline.account("Nobody needs it")
    deal = pipeline.deal(pipeline.account("Globex", BillingCity="Basel"))

    pipeline.told("Opportunity", deal)

    client, project = pipeline.only("client"), pipeline.only("project")
    assert (client.values["name"], client.values["address_city"]) == ("Globex", "Basel")
    assert project.values["client"] == client.id


def test_A06_a_project_shows_where_its_deal_stands(pipeline: Pipeline) -> None:
    deal = pipeline.deal(pipeline.account(), "Proposal/Price Quote", Amount=5000, Probability=75)
    pipeline.connect("projects", stages=["Proposal/Price Quote", "Closed Won"])

    def facts() -> tuple[object, ...]:
        values = pipeline.only("project").values
        return tuple(values[name] for name in ("stage", "probability", "amount", "close_date"))

    assert facts() == ("Proposal/Price Quote", Decimal(75), Decimal(5000), "2026-12-01")
    pipeline.edited(
        "Opportunity", deal, StageName="Negotiation/Review", Probability=90, Amount=6500, CloseDate="2027-01-15"
    )
    assert facts() == ("Negotiation/Review", Decimal(90), Decimal(6500), "2027-01-15")


def test_A08_budget_and_due_date_stay_together_on_a_round_trip(pipeline: Pipeline) -> None:
    deal = pipeline.deal(pipeline.account(), Amount=100)
    pipeline.connect("projects")

    pipeline.changed(pipeline.only("project"), budget="12500.50", end_date="2027-06-30", budget_hours="80")
    row = pipeline.row("Opportunity", deal)
    assert (row["Amount"], row["TB_End_Date__c"], row["TB_Budget_Hours__c"]) == (12500.5, "2027-06-30", 80)

    pipeline.edited("Opportunity", deal, Amount=13000, TB_End_Date__c="2027-07-31")
    ours = pipeline.only("project").values
    assert (ours["budget"], ours["end_date"], ours["budget_hours"]) == (Decimal(13000), "2027-07-31", Decimal(80))


def test_A19_a_connection_for_which_nothing_is_chosen_writes_nothing_anywhere(
    pipeline: Pipeline, admin: Person
) -> None:
    stage = pipeline.stage
    deal = pipeline.deal(pipeline.account())
    client = pipeline.client("Elsewhere")
    id = unconfigured(admin)
    page = stage.consent(stage.connection(id))
    assert page["statusCode"] == 200
    assert "not chosen yet" in page["body"]
    found = admin.get(f"connections/{id}").body
    assert (found["status"], found["run"]) == ("paused", None)
    assert "not chosen yet" in found["reason"]
    assert "preset" in found["remedy"]
    before = control("GET", f"{stage.salesforce.url}/_sandbox/calls")["routes"]

    pipeline.project(client)
    stage.call("schedule", {})
    stage.settle()
    refused = admin.post(f"connections/{id}/resume")

    assert (refused.status, refused.body["field"]) == (422, "settings.presets")
    assert control("GET", f"{stage.salesforce.url}/_sandbox/calls")["routes"] == before
    assert [each.values["name"] for each in pipeline.all("client")] == ["Elsewhere"]
    assert pipeline.row("Opportunity")["Id"] == deal
    assert admin.get(f"connections/{id}/runs").body["items"] == []


def test_A19_it_begins_when_something_is_chosen(pipeline: Pipeline, admin: Person) -> None:
    stage = pipeline.stage
    pipeline.deal(pipeline.account())
    id = unconfigured(admin)
    stage.consent(stage.connection(id))
    changed = admin.patch(
        f"connections/{id}",
        {"settings": {"presets": ["projects"]}, "revision": admin.get(f"connections/{id}").body["revision"]},
    )
    assert changed.status == 200, changed.text

    assert admin.post(f"connections/{id}/resume").body["status"] == "loading"
    stage.load(id)

    assert len(pipeline.all("project")) == 1


def test_A20_the_words_of_both_sides_stand_side_by_side(pipeline: Pipeline, admin: Person) -> None:
    pipeline.connect("projects")

    flows = {flow["name"]: flow for flow in admin.get(f"{BASE}/flows").body["items"]}

    assert flows["salesforce.account"]["terms"] == {"ours": "Client", "theirs": "Account"}
    assert flows[OPPORTUNITY]["terms"] == {"ours": "Project", "theirs": "Opportunity"}
    terms = {line["ours"]: line["terms"] for line in flows[OPPORTUNITY]["fields"]}
    assert terms["client"] == {"ours": "Client", "theirs": "Account"}
    assert terms["start_date"] == {"ours": "Start date", "theirs": "Start Date"}
    assert terms["close_date"] == {"ours": "Close date", "theirs": "Close Date"}
