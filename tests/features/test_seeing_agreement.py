"""Do both sides agree, pair by pair; and where they do not, on what, and why."""

from typing import Any

import boto3
import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

BASE = "connections/salesforce"


def opportunities(stage: Stage, count: int, **values: Any) -> list[str]:
    """Won opportunities of one account."""
    account = stage.seller("create", "Account", Name="Northwind")
    won = {"AccountId": account, "StageName": "Closed Won", "CloseDate": "2026-12-31", "Amount": 100, **values}
    rows = [{"Name": f"Project {number:02}", **won} for number in range(count)]
    found: dict[str, list[str]] = control("POST", f"{stage.salesforce.url}/_sandbox/load", json={"Opportunity": rows})
    return list(found["Opportunity"])


def connected(stage: Stage, **settings: Any) -> None:
    stage.connect(Provider.SALESFORCE, settings=settings)
    stage.settle()


def verified(stage: Stage, admin: Person) -> tuple[str, dict[str, Any]]:
    """The id and the outcome of a verification."""
    started = admin.post(f"{BASE}/verify")
    assert started.status == 202, started.text
    stage.work()
    run = admin.get(f"{BASE}/runs/{started.body['run']}").body
    assert run["status"] == "done", run
    return run["id"], run["outcome"]


def differences(admin: Person, run: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    start: str | None = ""
    while start is not None:
        page = admin.get(f"{BASE}/runs/{run}/differences", start=start or None, limit=20).body
        items, start = [*items, *page["items"]], page["next"]
    return items


def project_of(admin: Person, opportunity: str) -> str:
    [link] = admin.get(f"{BASE}/links", theirs=opportunity).body["items"]
    return str(link["ours"])


def test_A21_B02_all_linked_pairs_hold_the_same_values_after_a_sync(stage: Stage, admin: Person) -> None:
    opportunities(stage, 40)
    connected(stage)

    _, outcome = verified(stage, admin)

    assert (outcome["pairs"], outcome["equal"], outcome["different"]) == (41, 41, 0)


def test_A21_B02_thirty_planted_differences_are_found_and_no_other(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    ids = opportunities(stage, 40)
    connected(stage)
    for id in ids[:15]:
        stage.seller("update", "Opportunity", id, TB_End_Date__c="2027-01-31")
    for id in ids[15:30]:
        project = workspace.get("project", project_of(admin, id))
        assert project is not None
        workspace.update("project", project.id, {"name": f"{project.values['name']} renamed"}, project.version or "")

    run, outcome = verified(stage, admin)
    found = differences(admin, run)

    assert (outcome["pairs"], outcome["equal"], outcome["different"]) == (41, 11, 30)
    assert {each["theirs"] for each in found} == set(ids[:30])
    seen = {(each["theirs"], line["field"], line["why"]) for each in found for line in each["differences"]}
    assert seen == {(id, "end_date", "moved") for id in ids[:15]} | {(id, "name", "moved") for id in ids[15:30]}
    [one] = [each for each in found if each["theirs"] == ids[0]]
    assert (one["differences"][0]["ours"], one["differences"][0]["theirs"]) == (None, "2027-01-31")


def test_A21_B02_a_difference_is_put_right_by_synchronising_its_record(stage: Stage, admin: Person) -> None:
    ids = opportunities(stage, 3)
    connected(stage)
    for id in ids[:2]:
        stage.seller("update", "Opportunity", id, Amount=777)
    run, _ = verified(stage, admin)

    alone = {"flow": "salesforce.opportunity", "ours": project_of(admin, ids[0])}
    assert admin.post(f"{BASE}/runs/{run}/differences/repair", alone).body["changes"] == 2
    stage.work()

    again, outcome = verified(stage, admin)
    assert outcome["different"] == 1
    assert [each["theirs"] for each in differences(admin, again)] == [ids[1]]
    admin.post(f"{BASE}/runs/{again}/differences/repair")
    stage.work()
    assert verified(stage, admin)[1]["different"] == 0


def test_A21_what_travels_one_way_is_reported_with_its_reason(stage: Stage, admin: Person) -> None:
    [id] = opportunities(stage, 1)
    connected(stage, flows={"salesforce.opportunity": {"fields": {"end_date": {"direction": "out"}}}})
    stage.seller("update", "Opportunity", id, TB_End_Date__c="2027-01-31")
    stage.noticed("Opportunity", id)
    stage.work()

    run, outcome = verified(stage, admin)

    assert outcome["different"] == 1
    [line] = differences(admin, run)[0]["differences"]
    assert (line["field"], line["theirs"], line["why"]) == ("end_date", "2027-01-31", "one_way")


def test_A21_a_field_that_was_switched_off_is_still_compared(stage: Stage, admin: Person) -> None:
    [id] = opportunities(stage, 1)
    connected(stage, flows={"salesforce.opportunity": {"fields": {"end_date": {"off": True}}}})
    stage.seller("update", "Opportunity", id, TB_End_Date__c="2027-01-31")

    run, _ = verified(stage, admin)

    [line] = differences(admin, run)[0]["differences"]
    assert (line["field"], line["theirs"], line["why"]) == ("end_date", "2027-01-31", "switched_off")


def test_A21_a_record_that_is_gone_on_one_side_is_a_difference(stage: Stage, admin: Person) -> None:
    ids = opportunities(stage, 2)
    connected(stage)
    stage.seller("delete", "Opportunity", ids[0])

    run, outcome = verified(stage, admin)

    assert outcome["different"] == 1
    [drift] = differences(admin, run)
    assert (drift["theirs"], drift["differences"][0]["why"]) == (ids[0], "gone_theirs")


def test_B56_after_the_initial_sync_the_verifier_says_n_of_n_are_equal(stage: Stage, admin: Person) -> None:
    opportunities(stage, 25)
    connected(stage)

    run, outcome = verified(stage, admin)

    assert (outcome["pairs"], outcome["equal"]) == (26, 26)
    view = admin.get(f"{BASE}/runs/{run}").body
    assert (view["kind"], view["counts"]["seen"], view["counts"]["unchanged"]) == ("verify", 26, 26)
    assert view["progress"]["Account"]["seen"] == 1
    assert view["progress"]["Opportunity"] | {"rate": 0} == {
        **{"total": 25, "seen": 25, "done": 25, "parked": 0},
        **{"rate": 0, "seconds_left": 0},
    }
    assert differences(admin, run) == []


def test_B56_it_reads_both_sides_and_not_what_it_remembers(stage: Stage, admin: Person) -> None:
    opportunities(stage, 5)
    connected(stage)
    stage.salesforce.calls.clear()

    _, outcome = verified(stage, admin)

    assert outcome["calls"] == stage.salesforce.calls.total > 0
    assert any("query" in route or "composite" in route for route in stage.salesforce.calls.by_route())


def test_B56_a_verification_that_runs_out_of_time_goes_on_where_it_was(stage: Stage, admin: Person) -> None:
    opportunities(stage, 3)
    connected(stage)
    run = admin.post(f"{BASE}/verify").body["run"]

    bodies = []
    while messages := stage.messages():
        bodies += [message["body"] for message in messages]
        stage.call("worker", {"Records": messages}, milliseconds=1_000)
        stage._delete(messages)

    assert len(bodies) > 1
    outcome = admin.get(f"{BASE}/runs/{run}").body["outcome"]
    assert (outcome["pairs"], outcome["equal"]) == (4, 4)


def test_B56_nobody_outside_the_tenant_sees_what_differs(stage: Stage, admin: Person) -> None:
    opportunities(stage, 1)
    connected(stage)
    run, _ = verified(stage, admin)
    stranger = Person(tenant="other")

    assert stranger.get(f"/v1/tenants/acme/{BASE}/runs/{run}/differences").status == 403
    assert Person(roles=("member",)).post(f"{BASE}/verify").status == 403


@pytest.mark.parametrize("what", ["verify", "self-test"])
def test_B56_a_connection_that_is_paused_is_not_verified(stage: Stage, admin: Person, what: str) -> None:
    connected(stage)
    admin.post(f"{BASE}/pause")

    answer = admin.post(f"{BASE}/{what}")

    assert answer.status == 409
    assert answer.body["remedy"]
    assert boto3.client("sqs").receive_message(QueueUrl=stage.queue_url).get("Messages") is None
