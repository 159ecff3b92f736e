"""A day of the guide's firm: fifty consultants, and what it costs of the org's calls."""

from datetime import UTC, datetime
from decimal import Decimal

from tests.admin import Person
from tests.features.firm import DAY
from tests.features.moved_clock import MovedClock, moved_clock
from tests.features.rhythm import HOUR, MINUTE, Days, days
from tests.stage import Stage
from timebridge.sides import Create, Written
from timebridge.store.records import Workspace

PEOPLE, PROJECTS, ENTRIES, EDITS, DEALS = 50, 12, 400, 40, 10

OFFICE = range(8, 18)
GUIDE, GOAL = 500, 100

NIGHTLY_LOOK = 1
"""The comparison of the flows with the org is a call, and is not on the meter of the connection's own work."""

MIDNIGHT = datetime(2026, 12, 2, tzinfo=UTC)
"""A Wednesday."""


def test_B92_a_day_of_fifty_consultants_takes_a_fifth_of_the_guides_calls(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    """Every edit, every notice and every hour goes through the doors; time goes out with the pull of the hour."""
    with moved_clock(stage.salesforce.clock) as clock:
        clock.set(MIDNIGHT - HOUR)
        account = stage.seller("create", "Account", Name="Harbour Freight")
        won = {"AccountId": account, "StageName": "Closed Won", "CloseDate": "2026-12-01", "Amount": 1000}
        deals = [stage.seller("create", "Opportunity", Name=f"Berth {n}", **won) for n in range(PROJECTS)]
        played = days(stage, workspace, outgoing_time="with_pull")
        projects = [record.id for record in workspace.page("project", "Berth")[0]]
        people = [Create(f"stf_{n}", {"name": f"Person {n}"}, "", "") for n in range(PEOPLE)]
        staff = [each.id for each in workspace.write("staff", people) if isinstance(each, Written)]
        stage.settle()
        stage.salesforce.calls.clear()

        for hour in range(24):
            clock.set(MIDNIGHT + hour * HOUR + MINUTE)
            played.go(MIDNIGHT + hour * HOUR + MINUTE)
            if hour in OFFICE:
                an_hour_in_the_office(played, clock, hour - OFFICE.start, projects, staff, deals)

        used = sum(count for route, count in stage.salesforce.calls.by_route().items() if "/services/data/v" in route)
        assert used <= GOAL < GUIDE, stage.salesforce.calls.by_route()
        hours = sum(Decimal(str(row["TB_Total_Hours__c"] or 0)) for row in stage.salesforce_has("Opportunity"))
        assert hours == ENTRIES, "and everything did get there"
        amounts = {row["Id"]: row["Amount"] for row in stage.salesforce_has("Opportunity")}
        assert {amounts[deal] for deal in deals} != {1000}
        assert admin.get("connections/salesforce/usage").body["calls_today"] == used - NIGHTLY_LOOK


def an_hour_in_the_office(
    played: Days, clock: MovedClock, hour: int, projects: list[str], staff: list[str], deals: list[str]
) -> None:
    stage, ours = played.stage, played.firm.ours
    each = ENTRIES // len(OFFICE)
    enter(ours, [(n, projects[n % PROJECTS], staff[n % PEOPLE]) for n in range(hour * each, (hour + 1) * each)])
    for number in range(EDITS // len(OFFICE)):
        clock.set(MIDNIGHT + (OFFICE.start + hour) * HOUR + (5 + 15 * number) * MINUTE)
        found = ours.get("project", projects[(hour + number) % PROJECTS])
        assert found is not None
        ours.update("project", found.id, {"budget": f"{2000 + hour * 10 + number}.00"}, found.version or "")
        stage.edits()
        stage.work()
    deal = deals[-1 - hour % PROJECTS]
    stage.seller("update", "Opportunity", deal, Name=f"Berth of hour {hour}")
    stage.noticed("Opportunity", deal)
    stage.work()


def enter(ours: Workspace, entries: list[tuple[int, str, str]]) -> None:
    """Each hands in an hour."""
    values = {"work_date": DAY, "hours": Decimal("1.00"), "status": "submitted", "billable": True}
    creates = [
        Create(f"ent_{n}", {**values, "project": project, "staff": person}, "", "") for n, project, person in entries
    ]
    assert all(isinstance(each, Written) for each in ours.write("time_entry", creates))
