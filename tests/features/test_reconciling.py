"""Once a week, and whenever somebody asks, everything is read again: what no cursor finds is found then."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.admin import Person
from tests.features.firm import Firm
from tests.features.rhythm import DAY, HOUR, days
from tests.stage import Stage, control
from timebridge import queue
from timebridge.messages import Pull
from timebridge.store.records import Workspace
from timebridge.tenants import Rhythm

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
DELETIONS = {"salesforce.opportunity": {"deletions": "both"}}


def unseen(stage: Stage, name: str, account: str) -> None:
    """A deal that was loaded with an old stamp: no cursor comes past it any more."""
    won = {"AccountId": account, "StageName": "Closed Won", "CloseDate": "2026-12-01"}
    made = {"Opportunity": [{"Name": name, **won, "SystemModstamp": "2026-02-01T08:00:00.000+0000"}]}
    control("POST", f"{stage.salesforce.url}/_sandbox/load", json=made)


def purge(firm: Firm) -> None:
    """Deleted, and emptied from the recycle bin, before any pull could see it there."""
    firm.stage.seller("delete", "Opportunity", firm.deal)
    control("POST", f"{firm.stage.salesforce.url}/_sandbox/records/Opportunity/{firm.deal}/purge")


def test_B61_on_sunday_night_everything_is_read_again(stage: Stage, workspace: Workspace) -> None:
    played = days(stage, workspace)
    played.choose(Rhythm.HOURLY, FRIDAY)

    asked = played.pulls(FRIDAY, FRIDAY + 9 * DAY)

    again = [at.astimezone(ZoneInfo("Europe/Berlin")) for at, pull in asked if pull.get("reconcile")]
    assert [moment.strftime("%A %d") for moment in again] == ["Sunday 22", "Sunday 29"]
    assert all(1 <= moment.hour < 6 for moment in again)
    assert len(asked) == 9 * 24


def test_B61_it_finds_what_left_the_recycle_bin_and_what_no_cursor_saw(stage: Stage, workspace: Workspace) -> None:
    played = days(stage, workspace, flows=DELETIONS)
    [account] = stage.salesforce_has("Account")
    unseen(stage, "Old pier", account["Id"])
    purge(played.firm)
    played.go(datetime.now(UTC) + HOUR)
    assert {record.values["name"] for record in workspace.page("project")[0]} == {"Crane controls"}

    played.choose(Rhythm.HOURLY, datetime.now(UTC))
    played.go(datetime.now(UTC) + timedelta(days=8))

    assert {record.values["name"] for record in workspace.page("project")[0]} == {"Old pier"}
    run = played.runs()[0]
    assert (run.kind, run.actor, run.tally.deleted, run.tally.created_ours) == ("reconcile", "schedule", 1, 1)


def test_B61_a_person_may_ask_for_it_and_a_second_one_changes_nothing(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    played = days(stage, workspace, flows=DELETIONS)
    [account] = stage.salesforce_has("Account")
    unseen(stage, "Old pier", account["Id"])
    for created, at_rest in ((1, False), (0, True)):
        assert admin.post("connections/salesforce/sync", {"reconcile": True}).status == 202
        stage.work()
        run = played.runs()[0]
        assert (run.kind, run.actor, run.tally.created_ours) == ("reconcile", admin.name, created)
        assert (run.tally.written == 0) is at_rest
        stage.settle()


def test_B61_one_that_runs_out_of_time_goes_on_where_it_was(stage: Stage, workspace: Workspace) -> None:
    played = days(stage, workspace, flows=DELETIONS)
    [account] = stage.salesforce_has("Account")
    unseen(stage, "Old pier", account["Id"])
    purge(played.firm)
    queue.send("acme", "salesforce", pull=Pull("ada", reconcile=True))
    parts = 0
    while messages := stage.messages():
        stage.call("worker", {"Records": messages}, milliseconds=1_000)
        stage._delete(messages)
        parts += 1
        if parts > 30:
            break
        if parts == 20:
            stage.work()

    assert parts > 2
    assert {record.values["name"] for record in workspace.page("project")[0]} == {"Old pier"}


def test_B61_it_stops_before_a_mass_deletion_and_a_person_confirms_it(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    played = days(stage, workspace, flows=DELETIONS)
    [account] = stage.salesforce_has("Account")
    won = {"AccountId": account["Id"], "StageName": "Closed Won", "CloseDate": "2026-12-01", "Amount": 1}
    deals = [stage.seller("create", "Opportunity", Name=f"Berth {n}", **won) for n in range(12)]
    played.go(datetime.now(UTC) + HOUR)
    for deal in deals:
        stage.seller("delete", "Opportunity", deal)
        control("POST", f"{stage.salesforce.url}/_sandbox/records/Opportunity/{deal}/purge")

    admin.post("connections/salesforce/sync", {"reconcile": True})
    stage.work()
    run = played.runs()[0]
    assert (run.kind, run.status) == ("reconcile", "stopped")
    assert len(workspace.page("project", "Berth")[0]) == 12

    assert admin.post(f"connections/salesforce/runs/{run.id}/confirm-deletions").status == 202
    stage.work()
    assert workspace.page("project", "Berth")[0] == []
