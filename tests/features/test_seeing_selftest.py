"""The guide's four functional tests, played by the product itself through a tenant's own connection."""

from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

BASE = "connections/salesforce"
BOTH = {"presets": ["projects", "push"]}


def played(stage: Stage, admin: Person) -> dict[str, Any]:
    """The run of a self-test."""
    started = admin.post(f"{BASE}/self-test")
    assert started.status == 202, started.text
    stage.work()
    found: dict[str, Any] = admin.get(f"{BASE}/runs/{started.body['run']}").body
    return found


def step(run: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [each for each in run["outcome"]["steps"] if each["name"] == name]
    return dict(found)


@pytest.fixture
def org(stage: Stage) -> Stage:
    stage.connect(Provider.SALESFORCE, settings=BOTH)
    stage.settle()
    return stage


def refuse(stage: Stage, **order: Any) -> None:
    control("POST", f"{stage.salesforce.url}/_sandbox/refusals", json=order)


def test_B68_B69_B70_B71_all_four_tests_pass_on_a_connection_that_works(org: Stage, admin: Person) -> None:
    run = played(org, admin)

    assert [(each["name"], each["ok"]) for each in run["outcome"]["steps"]] == [
        ("create_project", True),
        ("update_project", True),
        ("hours", True),
        ("both_ways", True),
    ]
    assert run["status"] == "done"


def test_B68_a_project_that_salesforce_does_not_take_fails_the_first_test(org: Stage, admin: Person) -> None:
    refuse(org, object="Opportunity", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", message="No new ones", fields=[])

    run = played(org, admin)

    assert (run["status"], step(run, "create_project")["ok"]) == ("failed", False)
    assert "No new ones" in step(run, "create_project")["words"]
    assert run["reason"] == step(run, "create_project")["words"]


def test_B68_what_the_settings_do_not_ask_for_is_not_tested(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects"]})
    stage.settle()

    run = played(stage, admin)

    assert step(run, "create_project")["ok"] is None
    assert "settings" in step(run, "create_project")["words"]
    assert step(run, "both_ways")["ok"] is True
    assert run["status"] == "done"


def test_B69_an_update_that_does_not_arrive_fails_the_second_test(org: Stage, admin: Person) -> None:
    refuse(
        org,
        object="Opportunity",
        code="NUMBER_OUTSIDE_VALID_RANGE",
        message="Too dear",
        where={"Amount": 2000},
        fields=["Amount"],
    )

    run = played(org, admin)

    assert (step(run, "create_project")["ok"], step(run, "update_project")["ok"]) == (True, False)


def test_B70_the_hours_of_the_test_reach_the_opportunity(org: Stage, admin: Person) -> None:
    run = played(org, admin)

    assert "1.25 hours" in step(run, "hours")["words"]


def test_B71_a_workspace_that_takes_nothing_from_salesforce_skips_the_fourth_test(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["push"]})
    stage.settle()

    run = played(stage, admin)

    assert step(run, "both_ways")["ok"] is None
    assert step(run, "create_project")["ok"] is True


@pytest.mark.parametrize("broken", [False, True])
def test_B68_B71_what_the_test_made_is_removed_on_both_sides(
    org: Stage, admin: Person, workspace: Workspace, broken: bool
) -> None:
    org.seller("create", "Account", Name="A real client")
    if broken:
        refuse(org, object="Opportunity", code="UNKNOWN", message="Broken", where={"Amount": 3000}, fields=[])

    played(org, admin)
    org.settle()

    assert [found["Name"] for found in org.salesforce_has("Account")] == ["A real client"]
    assert org.salesforce_has("Opportunity") == []
    for kind in ("client", "project", "staff", "time_entry"):
        assert [r for r in workspace.page(kind)[0] if "self-test" in str(r.values.get("name"))] == [], kind
    assert workspace.page("time_entry")[0] == []


def test_B68_the_other_connections_of_the_tenant_notice_nothing(org: Stage, admin: Person) -> None:
    org.connect(Provider.QUICKBOOKS_ONLINE)
    org.settle()
    before = [found["DisplayName"] for found in org.quickbooks_has("Customer")]

    run = played(org, admin)
    org.settle()

    assert run["status"] == "done"
    assert [found["DisplayName"] for found in org.quickbooks_has("Customer")] == before
    assert org.quickbooks_has("TimeActivity") == []


def test_B68_a_self_test_is_for_administrators_and_for_salesforce(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE, settings=BOTH)
    stage.connect(Provider.QUICKBOOKS_ONLINE)

    assert Person(roles=("member",)).post(f"{BASE}/self-test").status == 403
    assert admin.post("connections/quickbooks_online/self-test").status == 422
