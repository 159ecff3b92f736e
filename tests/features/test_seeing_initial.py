"""The initial sync as a person starts, follows, checks and repeats it."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.tenants import Provider, Status

BASE = "connections/salesforce"


@pytest.fixture
def org(stage: Stage) -> Stage:
    """A live connection to an org that has filled up since: two accounts (one without opportunity), three projects."""
    stage.connect(Provider.SALESFORCE)
    stage.bodies()
    accounts = [stage.seller("create", "Account", Name=name) for name in ("Northwind", "Lonely")]
    for number in range(3):
        values = {"AccountId": accounts[0], "StageName": "Closed Won", "CloseDate": "2026-12-31"}
        stage.seller("create", "Opportunity", Name=f"Project {number}", **values)
    return stage


def names(workspace: Workspace, kind: str) -> list[str]:
    return sorted(str(record.values["name"]) for record in workspace.page(kind)[0])


def refuse(stage: Stage, object: str, code: str, message: str, **more: Any) -> None:
    order = {"object": object, "code": code, "message": message, **more}
    control("POST", f"{stage.salesforce.url}/_sandbox/refusals", json=order)


def played(stage: Stage, run: str) -> Iterator[dict[str, Any]]:
    """The state machine, part by part: what is yielded is what the next step does."""
    state = {"tenant": stage.tenant, "connection": "salesforce", "run": run}
    for phase in stage.call("initial_sync", {"step": "plan", **state})["phases"]:
        for part in stage.export(state, phase):
            yield {"step": "part", **state, "phase": phase, "part": part}
    yield {"step": "close", **state}


def test_B51_starting_the_initial_sync_starts_an_execution_of_the_state_machine(org: Stage, admin: Person) -> None:
    run = admin.post(f"{BASE}/runs").body["run"]

    machines = boto3.client("stepfunctions")
    [arn] = [found["stateMachineArn"] for found in machines.list_state_machines()["stateMachines"]]
    found = {each["name"]: each for each in machines.list_executions(stateMachineArn=arn)["executions"]}
    assert run in found
    told = machines.describe_execution(executionArn=found[run]["executionArn"])["input"]
    assert json.loads(told) == {"tenant": "acme", "connection": "salesforce", "run": run}
    assert org.connection("salesforce").status is Status.LOADING


@pytest.mark.parametrize(
    ("kinds", "clients", "projects"),
    [
        (["clients"], ["Lonely", "Northwind"], []),
        (["clients", "projects"], ["Lonely", "Northwind"], ["Project 0", "Project 1", "Project 2"]),
        (["projects"], ["Northwind"], ["Project 0", "Project 1", "Project 2"]),
    ],
)
def test_B52_any_choice_of_data_is_loaded_and_what_it_refers_to_comes_along(
    org: Stage, admin: Person, workspace: Workspace, kinds: list[str], clients: list[str], projects: list[str]
) -> None:
    run = admin.post(f"{BASE}/runs", {"kinds": kinds}).body["run"]
    org.load("salesforce")

    assert (names(workspace, "client"), names(workspace, "project")) == (clients, projects)
    view = admin.get(f"{BASE}/runs/{run}").body
    assert view["status"] == "done"
    assert view["kinds"] == [kind.removesuffix("s") for kind in kinds]


def test_B52_what_was_not_chosen_is_still_kept_in_step_from_where_it_was(
    org: Stage, admin: Person, workspace: Workspace
) -> None:
    admin.post(f"{BASE}/runs", {"kinds": ["clients"]})
    org.load("salesforce")
    assert names(workspace, "project") == []

    org.work()

    assert names(workspace, "project") == ["Project 0", "Project 1", "Project 2"]


@pytest.mark.parametrize(("kinds", "words"), [(["rainbows"], "rainbows"), ([], "Nothing")])
def test_B52_data_that_cannot_be_chosen_is_refused_with_what_can(
    org: Stage, admin: Person, kinds: list[str], words: str
) -> None:
    answer = admin.post(f"{BASE}/runs", {"kinds": kinds})

    assert answer.status == 422
    assert words in answer.body["detail"]
    assert answer.body["field"] == "kinds"
    assert "projects" in answer.body["remedy"]
    assert org.connection("salesforce").status is Status.LIVE


def test_B53_starting_answers_the_id_of_the_run_before_anything_was_read(org: Stage, admin: Person) -> None:
    org.salesforce.calls.clear()

    answer = admin.post(f"{BASE}/runs", {"kinds": ["projects"]})

    assert answer.status == 202
    assert org.salesforce.calls.total == 0
    view = admin.get(f"{BASE}/runs/{answer.body['run']}").body
    assert (view["status"], view["kind"], view["counts"]["seen"]) == ("running", "initial sync", 0)


def test_B54_progress_tells_percent_counts_rate_and_time_left_and_survives_a_reload(stage: Stage) -> None:
    rows = [{"Name": f"Client {number:04}"} for number in range(1300)]
    control("POST", f"{stage.salesforce.url}/_sandbox/load", json={"Account": rows})
    stage.consent(stage.new_connection(Provider.SALESFORCE))
    run = stage.connection("salesforce").run or ""
    seen = []

    for step in played(stage, run):
        stage.call("initial_sync", step)
        views = [Person().get(f"{BASE}/runs/{run}").body for _ in range(2)]  # somebody reloads the page
        assert views[0]["counts"] == views[1]["counts"]
        seen.append(views[0])

    first, *_, last = seen
    accounts = first["progress"]["Account"]
    assert (accounts["total"], accounts["seen"], accounts["parked"]) == (1300, 600, 0)
    assert accounts["rate"] > 0
    assert accounts["seconds_left"] > 0
    assert 0 < first["percent"] < 100
    assert [view["counts"]["seen"] for view in seen[:3]] == [600, 1200, 1300]
    assert (last["percent"], last["status"], last["counts"]["created_ours"]) == (100.0, "done", 1300)


@pytest.fixture
def failed(org: Stage, admin: Person, workspace: Workspace) -> tuple[Stage, str]:
    """A run in which two of four new clients could not be written to Salesforce."""
    admin.patch(
        f"{BASE}", {"settings": {"presets": ["projects", "push"]}, "revision": org.connection("salesforce").revision}
    )
    for number in range(4):
        workspace.create("client", {"name": f"Made here {number}", "notes": "bad" if number < 2 else "good"})
    refuse(
        org, "Account", "STRING_TOO_LONG", "Phone: data value too large", fields=["Phone"], where={"Description": "bad"}
    )
    run = admin.post(f"{BASE}/runs", {"kinds": ["clients"]}).body["run"]
    org.load("salesforce")
    return org, run


def test_B55_the_log_of_a_run_lists_every_record_that_failed(
    failed: tuple[Stage, str], admin: Person, workspace: Workspace
) -> None:
    _, run = failed

    view = admin.get(f"{BASE}/runs/{run}").body
    problems = admin.get(f"{BASE}/runs/{run}/problems").body["items"]

    assert view["problems"] == len(problems) == 2
    bad = {record.id for record in workspace.page("client", "Made here")[0] if record.values["notes"] == "bad"}
    assert {problem["ours"] for problem in problems} == bad
    assert {problem["flow"] for problem in problems} == {"salesforce.account"}


CAUSES = [
    ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Industry: bad value", "Industry", "mapping"),
    ("REQUIRED_FIELD_MISSING", "Required fields are missing: [Site]", "Site", "mapping"),
    ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Phone", "Phone", "permission"),
    ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", "Fax", "permission"),
    ("STRING_TOO_LONG", "Name: data value too large", "Name", "format"),
    ("NUMBER_OUTSIDE_VALID_RANGE", "value outside of valid range", "AnnualRevenue", "format"),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "A website is needed", "Website", "automation"),
    ("DUPLICATE_VALUE", "duplicate value found", "AccountNumber", "duplicate"),
]


@pytest.mark.parametrize(("code", "message", "field", "trouble"), CAUSES, ids=[cause[0] for cause in CAUSES])
def test_B57_each_error_says_whether_mapping_permission_or_format_is_to_blame_and_for_which_field(
    org: Stage, admin: Person, workspace: Workspace, code: str, message: str, field: str, trouble: str
) -> None:
    settings = {"presets": ["projects", "push"]}
    admin.patch(BASE, {"settings": settings, "revision": org.connection("salesforce").revision})
    workspace.create("client", {"name": "Made here"})
    refuse(org, "Account", code, message, fields=[field])
    run = admin.post(f"{BASE}/runs", {"kinds": ["clients"]}).body["run"]
    org.load("salesforce")

    [problem] = admin.get(f"{BASE}/runs/{run}/problems").body["items"]

    assert (problem["trouble"], problem["field"]) == (trouble, field)
    assert problem["reason"]
    assert problem["remedy"]
    [link] = admin.get(f"{BASE}/links", state="parked").body["items"]
    assert (link["problem"]["trouble"], link["problem"]["field"]) == (trouble, field)


def test_B57_what_the_workspace_does_not_take_says_so_in_the_same_way(org: Stage, admin: Person) -> None:
    org.seller("create", "Opportunity", Name="Nobody's", StageName="Closed Won", CloseDate="2026-12-31")
    run = admin.post(f"{BASE}/runs", {"kinds": ["projects"]}).body["run"]
    org.load("salesforce")

    [problem] = admin.get(f"{BASE}/runs/{run}/problems").body["items"]

    assert (problem["trouble"], problem["field"]) == ("mapping", "client")


def test_B58_a_rerun_touches_only_what_failed_and_doubles_nothing(
    failed: tuple[Stage, str], admin: Person, workspace: Workspace
) -> None:
    stage, run = failed
    stage.bodies()
    before = len(stage.salesforce_has("Account"))
    control("DELETE", f"{stage.salesforce.url}/_sandbox/refusals")

    assert admin.post(f"{BASE}/runs/{run}/retry").status == 202
    [body] = stage.bodies()
    bad = {record.id for record in workspace.page("client", "Made here")[0] if record.values["notes"] == "bad"}
    assert {change["id"] for change in body["changes"]} == bad

    admin.post(f"{BASE}/runs/{run}/retry")
    stage.work()
    assert len(stage.salesforce_has("Account")) == before + 2
    assert admin.get(f"{BASE}/links", state="parked").body["items"] == []


def test_B58_a_whole_initial_sync_again_creates_nothing(failed: tuple[Stage, str], admin: Person) -> None:
    stage, _ = failed
    control("DELETE", f"{stage.salesforce.url}/_sandbox/refusals")
    first = admin.post(f"{BASE}/runs").body["run"]
    stage.load("salesforce")
    assert admin.get(f"{BASE}/runs/{first}").body["counts"]["created_theirs"] == 2

    again = admin.post(f"{BASE}/runs").body["run"]
    stage.load("salesforce")

    counts = admin.get(f"{BASE}/runs/{again}").body["counts"]
    assert (counts["created_ours"], counts["created_theirs"]) == (0, 0)
    assert [found["Name"] for found in stage.salesforce_has("Account")].count("Made here 0") == 1
    assert Runs("acme", "salesforce").list()[0][0].kinds == ()


def test_B58_one_record_can_be_tried_again_alone(failed: tuple[Stage, str], admin: Person) -> None:
    stage, _ = failed
    stage.bodies()
    control("DELETE", f"{stage.salesforce.url}/_sandbox/refusals")
    one, other = admin.get(f"{BASE}/links", state="parked").body["items"]

    admin.post(f"{BASE}/links/salesforce.account/{one['ours']}/retry")
    stage.work()

    assert [link["ours"] for link in admin.get(f"{BASE}/links", state="parked").body["items"]] == [other["ours"]]
