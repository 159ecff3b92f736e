"""What it costs: calls that are counted, kept below the limit, and told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.admin import Person
from tests.features.rhythm import Days, days
from tests.stage import Stage, control
from timebridge import context
from timebridge.budget import Day, Told, Usage
from timebridge.changes import Where
from timebridge.providers.salesforce import schema
from timebridge.providers.salesforce.side import SalesforceSide
from timebridge.sides import Create
from timebridge.store.meter import Meter
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

HOUR = timedelta(hours=1)
COLLECTION = "/composite/sobjects/"


@pytest.fixture
def played(stage: Stage, workspace: Workspace) -> Days:
    found = days(stage, workspace)
    stage.salesforce.calls.clear()
    return found


def calls(stage: Stage) -> int:
    """Those that Salesforce counts."""
    routes = stage.salesforce.calls.by_route()
    return sum(count for route, count in routes.items() if "/services/data/v" in route)


def limit(stage: Stage, most: int, used: int) -> None:
    control("PATCH", f"{stage.salesforce.url}/_sandbox/settings", json={"daily_api_limit": most, "api_used": used})


def accounts(count: int, batch: str = "") -> list[Create]:
    return [Create(f"cli_{n} {batch}", {"Name": f"Account {n} {batch}"}, "batch", str(n)) for n in range(count)]


# --- as few as can be ------------------------------------------------------------------------------------------------


def test_B79_200_records_are_one_collections_call(stage: Stage) -> None:
    stage.connect(Provider.SALESFORCE)
    with context.opened("acme", "salesforce") as road:
        for count, expected in ((200, 1), (201, 2)):
            stage.salesforce.calls.clear()
            written = road.theirs.write("Account", accounts(count, f"of {count}"))
            assert all(hasattr(each, "version") for each in written)
            assert calls(stage) == expected
    assert len(stage.salesforce_has("Account")) == 401


def test_B80_fifty_edits_of_one_record_in_half_a_minute_are_one_write(played: Days) -> None:
    """Each edit goes through the stream by itself; the next one is there before its second is over."""
    before = None
    for number in range(50):
        played.firm.edit(budget=f"{11000 + number}.00")
        played.stage.edited()
        if before:
            played.stage.call("edits", {"Records": before})
            played.stage._delete(before, played.stage.settling_url)
        before = played.stage.messages(played.stage.settling_url)
    assert played.stage.bodies() == [], "nobody knows yet whether the last one is over"
    played.stage.call("edits", {"Records": before})
    played.stage._delete(before or [], played.stage.settling_url)

    played.stage.work()

    [row] = played.stage.salesforce_has("Opportunity", Id=played.firm.deal)
    assert row["Amount"] == 11049
    assert calls(played.stage) == 1


def test_B80_an_edit_of_something_else_does_not_swallow_the_one_before(played: Days) -> None:
    played.firm.edit(budget="11000.00")
    played.stage.edited()
    played.firm.edit(code="Nothing that Salesforce knows")

    assert played.firm.opportunity()["Amount"] == 11000


def test_B81_a_pull_selects_mapped_fields_only_and_only_what_changed(played: Days) -> None:
    with context.opened("acme", "salesforce") as road:
        side = road.theirs
        assert isinstance(side, SalesforceSide)
        flow = road.flows["salesforce.opportunity"]
        mapped = {path for field in flow.fields for path in field.theirs} | {"Id", "SystemModstamp", "IsDeleted"}
        asked = set(side.columns["Opportunity"])
        cursor = road.cursors.get(Where.THEIRS, "Opportunity")
    assert asked <= mapped | {"StageName", "TB_External_Id__c", "Type"}
    described = {field["name"] for field in _describe(played.stage)}
    assert len(asked) < len(described) / 2
    assert cursor is not None

    other = played.stage.seller("create", "Account", Name="Somebody else")
    played.stage.settle()
    played.go(datetime.now(UTC) + HOUR)
    played.stage.seller("update", "Account", other, Name="Changed")
    played.go(datetime.now(UTC) + 2 * HOUR)
    assert played.runs()[0].tally.updated_ours == 1


def _describe(stage: Stage) -> list[dict[str, Any]]:
    token = control("POST", f"{stage.salesforce.url}/_sandbox/token", json={})
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    path = "/services/data/v67.0/sobjects/Opportunity/describe"
    found: list[dict[str, Any]] = control("GET", f"{stage.salesforce.url}{path}", headers=headers)["fields"]
    return found


def test_B82_what_rarely_changes_is_asked_for_once_an_hour(played: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    schema.forget()
    moment = schema.time.monotonic()
    for later, expected in ((0, 1), (1800, 1), (3599, 1), (3601, 2)):
        monkeypatch.setattr(schema.time, "monotonic", lambda later=later: moment + later)
        with context.opened("acme", "salesforce") as road:
            assert isinstance(road.theirs, SalesforceSide)
            for _ in range(3):
                found = schema.objects(road.theirs.client, ["Opportunity", "Account"])
        assert found["Opportunity"] is not None
        assert found["Opportunity"].fields["StageName"].values
        assert calls(played.stage) == expected


# --- slow ------------------------------------------------------------------------------------------------------------


def slow(stage: Stage, times: int, path: str = "composite$") -> None:
    """Salesforce does what it is asked for, but does not say so in time."""
    stage.salesforce.faults.add({"kind": "slow", "seconds": 1.0, "times": times, "match": {"path": path}})


def test_B90_batches_halve_on_time_outs_and_grow_back(stage: Stage) -> None:
    stage.connect(Provider.SALESFORCE)
    slow(stage, 2)
    with context.opened("acme", "salesforce") as road:
        side = road.theirs
        assert isinstance(side, SalesforceSide)
        side.client.session.timeout = (1.0, 0.4)
        written = side.write("Account", accounts(200))
        assert all(hasattr(each, "version") for each in written)
        assert side.pace.size == 100, "halved twice, and grown again behind three good answers"
        stage.salesforce.faults.clear()
        sizes = []
        for round in range(7):
            side.write("Account", accounts(1, f"later {round}"))
            sizes.append(side.pace.size)
    assert len(stage.salesforce_has("Account")) == 207, "nothing is doubled, nothing is missing"
    assert sizes[-1] == 200
    with context.opened("acme", "salesforce") as road:
        assert isinstance(road.theirs, SalesforceSide)
        assert road.theirs.pace.size == 200


def test_B90_the_next_message_remembers_that_it_was_slow(stage: Stage) -> None:
    stage.connect(Provider.SALESFORCE)
    slow(stage, 2)
    with context.opened("acme", "salesforce") as road:
        assert isinstance(road.theirs, SalesforceSide)
        road.theirs.client.session.timeout = (1.0, 0.4)
        road.theirs.write("Account", accounts(60))
    with context.opened("acme", "salesforce") as road:
        assert isinstance(road.theirs, SalesforceSide)
        assert road.theirs.pace.size == 50


def test_B90_a_slow_read_goes_on_in_smaller_parts_from_where_it_was(stage: Stage) -> None:
    """Every record is read once, in order, however often Salesforce did not answer."""
    stage.connect(Provider.SALESFORCE)
    made = [{"Name": f"Account {n:04}", "SystemModstamp": "2026-02-01T08:00:00.000+0000"} for n in range(2100)]
    control("POST", f"{stage.salesforce.url}/_sandbox/load", json={"Account": made})
    slow(stage, 2)
    slow(stage, 1, "query/")
    with context.opened("acme", "salesforce") as road:
        assert isinstance(road.theirs, SalesforceSide)
        road.theirs.client.session.timeout = (1.0, 0.4)
        pages = list(road.theirs.changed({"Account": None}))
    names = [record.values["Name"] for page in pages for record in page.records]
    assert names == [row["Name"] for row in made]
    assert max(len(page.records) for page in pages) <= 2000
    assert len(pages) > 2


# --- limits ----------------------------------------------------------------------------------------------------------


def test_B91_the_live_limit_and_the_published_one_are_both_shown(played: Days, admin: Person) -> None:
    limit(played.stage, 150_000, 3_000)

    shown = admin.get("connections/salesforce/usage").body

    assert shown["live"]
    assert (shown["limit"], shown["left"]) == (150_000, 150_000 - shown["used"])
    assert 3_000 < shown["used"] <= 3_003
    assert shown["edition"] == "Enterprise Edition"
    assert shown["licences"] == 50
    published = {each["name"]: each["calls"] for each in shown["published"]}
    assert published["Enterprise Edition"] == published["Professional Edition"] == 150_000
    assert published["Unlimited Edition"] == 350_000
    assert published["Developer Edition"] == 15_000
    assert (shown["reserve"], shown["budget"]) == (0.05, 142_500)


def test_B91_each_run_tells_its_calls_and_each_day_its_sum(played: Days, admin: Person) -> None:
    played.stage.seller("update", "Opportunity", played.firm.deal, Name="Crane controls II")
    before = admin.get("connections/salesforce/usage").body["calls_today"]
    played.stage.salesforce.calls.clear()
    played.go(datetime.now(UTC) + HOUR)

    [run] = [run for run in admin.get("connections/salesforce/runs").body["items"] if run["actor"] == "schedule"]
    assert run["counts"]["calls"] == calls(played.stage) == 1
    shown = admin.get("connections/salesforce/usage").body
    assert shown["calls_today"] == before + 1 == shown["days"][0]["calls"]
    assert shown["forecast"]["day"] >= shown["calls_today"]
    assert shown["forecast"]["month"] >= shown["forecast"]["day"]


def test_B91_where_salesforce_does_not_answer_the_last_known_value_is_shown(played: Days, admin: Person) -> None:
    limit(played.stage, 150_000, 3_000)
    played.go(datetime.now(UTC) + HOUR)
    control("POST", f"{played.stage.salesforce.url}/_sandbox/tokens/revoke", json={})

    shown = admin.get("connections/salesforce/usage").body

    assert not shown["live"]
    assert (shown["limit"], shown["used"]) == (150_000, 3_001)


def test_B91_from_four_fifths_of_the_budget_on_the_schedule_asks_less_often(played: Days) -> None:
    limit(played.stage, 1_000, 760)
    now = datetime.now(UTC)
    played.go(now + HOUR)

    following = played.stage.connection("salesforce").next_pull
    assert following is not None
    played.go(following)
    stretched = played.stage.connection("salesforce").next_pull
    assert stretched is not None
    assert stretched - following == 4 * HOUR


def test_B91_at_the_end_of_the_budget_only_what_a_person_asks_for_is_done(played: Days, admin: Person) -> None:
    limit(played.stage, 1_000, 951)
    now = datetime.now(UTC)
    played.go(now + HOUR)
    assert calls(played.stage) == 1, "that is how it finds out"
    played.firm.edit(budget="12000.00")
    played.stage.seller("update", "Opportunity", played.firm.deal, Name="Crane controls II")
    played.stage.noticed("Opportunity", played.firm.deal)
    played.stage.settle()
    played.go(now + 6 * HOUR)
    assert calls(played.stage) == 1
    assert played.stage.messages() == [], "what is put off does not stand in the way"
    assert played.runs()[0].status == "failed"
    assert "nearly used up" in (played.runs()[0].reason or "")

    assert admin.post("connections/salesforce/sync").status == 202
    played.stage.settle()

    assert calls(played.stage) > 1
    assert played.firm.opportunity()["Amount"] == 12000
    found = played.firm.ours.get("project", played.firm.project)
    assert found is not None
    assert found.values["name"] == "Crane controls II"


def test_B91_the_reserve_is_the_tenants_choice(played: Days, admin: Person) -> None:
    found = admin.get("connections/salesforce").body
    for reserve, status in ((2, 422), ("much", 422), (0.5, 200)):
        settings = {**found["settings"], "reserve": reserve}
        answer = admin.patch("connections/salesforce", {"settings": settings, "revision": found["revision"]})
        assert answer.status == status
        if status == 422:
            assert answer.body["field"] == "settings.reserve"
            assert answer.body["remedy"]
    limit(played.stage, 1_000, 550)

    played.go(datetime.now(UTC) + HOUR)
    played.firm.edit(budget="12000.00")
    played.stage.settle()

    assert admin.get("connections/salesforce/usage").body["spending"] == "stopped"
    assert played.stage.salesforce_has("Opportunity", Id=played.firm.deal)[0]["Amount"] == 10000


@pytest.mark.parametrize(
    ("peak", "edition", "fits", "more"),
    [
        (10_000, "Professional Edition", True, 0),
        (110_000, "Professional Edition", True, 0),
        (150_000, "Unlimited Edition", False, 47_369),
        (400_000, None, False, 376_316),
    ],
)
def test_B93_the_edition_is_computed_from_measured_use_and_the_limit(
    played: Days, admin: Person, peak: int, edition: str | None, fits: bool, more: int
) -> None:
    limit(played.stage, 150_000, 100)
    meter = Meter("acme", "salesforce")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    meter.add(400, Told(Usage(peak, 150_000, yesterday)), yesterday)
    assert meter.days(1)[0].peak < peak or meter.days(2)[1] == Day(yesterday.date(), 400, peak)

    advised = admin.get("connections/salesforce/usage").body["advice"]

    assert (advised["edition"], advised["fits"], advised["more"]) == (edition, fits, more)
    assert f"{peak:,}" in advised["said"]
    assert "150,000" in advised["said"]
