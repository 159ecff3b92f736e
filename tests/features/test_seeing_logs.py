"""Logs that can be searched, metrics, the audit trail, and the look at the settings."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.store.health import Reports
from timebridge.store.records import Workspace
from timebridge.store.tables import TenantItem
from timebridge.tenants import Provider, Status
from timebridge.worker import health

BASE = "connections/salesforce"


@pytest.fixture
def org(stage: Stage, admin: Person, workspace: Workspace) -> Stage:
    """One run that parked a client, and one that was fine."""
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects", "push"]})
    stage.bodies()
    order = {"object": "Account", "code": "STRING_TOO_LONG", "message": "Phone: too large", "fields": ["Phone"]}
    control("POST", f"{stage.salesforce.url}/_sandbox/refusals", json=order)
    workspace.create("client", {"name": "Northwind"})
    admin.post(f"{BASE}/sync")
    stage.work()
    control("DELETE", f"{stage.salesforce.url}/_sandbox/refusals")
    admin.post(f"{BASE}/verify")
    stage.work()
    return stage


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ({"q": "too long"}, ["pull"]),
        ({"q": "PHONE"}, ["pull"]),
        ({"q": "no such words"}, []),
        ({"kind": "verify"}, ["verify"]),
        ({"status": "done"}, ["verify", "pull", "initial sync"]),
        ({"status": "failed"}, []),
        ({"kind": "pull", "status": "done", "limit": 1}, ["pull"]),
    ],
    ids=str,
)
def test_B83_runs_are_found_by_status_kind_and_the_text_of_their_problems(
    org: Stage, admin: Person, query: dict[str, Any], kinds: list[str]
) -> None:
    assert org.connection("salesforce").status is Status.LIVE

    found = admin.get(f"{BASE}/runs", **query).body["items"]

    assert [run["kind"] for run in found] == kinds


def test_B83_runs_are_found_by_date(org: Stage, admin: Person) -> None:
    assert org.connection("salesforce").status is Status.LIVE
    now = datetime.now(UTC)
    earlier, later = (now - timedelta(days=1)).isoformat(), (now + timedelta(days=1)).isoformat()

    assert len(admin.get(f"{BASE}/runs", since=earlier, until=later).body["items"]) == 3
    assert admin.get(f"{BASE}/runs", until=earlier).body["items"] == []
    assert admin.get(f"{BASE}/runs", since=later).body["items"] == []


def test_B83_what_a_notice_could_not_carry_is_in_the_log_too(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)
    stage.bodies()
    nobodys = stage.seller("create", "Opportunity", Name="Nobody's", StageName="Closed Won", CloseDate="2026-12-31")
    stage.noticed("Opportunity", nobodys)
    stage.work()

    [run] = admin.get(f"{BASE}/runs", q="needs a client").body["items"]

    assert (run["kind"], run["problems"]) == ("changes", 1)
    [problem] = admin.get(f"{BASE}/runs/{run['id']}/problems").body["items"]
    assert problem["theirs"] == nobodys


def test_B83_pages_of_a_search_neither_miss_nor_repeat(org: Stage, admin: Person) -> None:
    for _ in range(4):
        admin.post(f"{BASE}/sync")
        org.work()
    ids, start = [], ""
    while start is not None:
        page = admin.get(f"{BASE}/runs", kind="pull", limit=2, start=start or None).body
        ids, start = [*ids, *(run["id"] for run in page["items"])], page["next"]

    assert len(ids) == len(set(ids)) == 5


def test_B83_the_audit_trail_is_searched_by_actor_action_target_and_time(
    org: Stage, admin: Person, workspace: Workspace
) -> None:
    client = Person(name="ben@acme.example").post("clients", {"name": "Contoso"}).body
    Person(name="ben@acme.example").patch(f"clients/{client['id']}", {"values": {"phone": "1"}, "revision": 1})
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    def found(**query: Any) -> list[str]:
        return [line["what"] for line in admin.get("audit", **query).body["items"]]

    assert found(actor="ben@acme.example") == ["client.update", "client.create"]
    assert found(target=client["id"]) == ["client.update", "client.create"]
    assert found(target=client["id"], what="client.update") == ["client.update"]
    assert set(found(what="client.")) == {"client.update", "client.create"}
    assert found(what="client.archive") == []
    assert found(since=tomorrow) == []
    [line] = admin.get("audit", target=client["id"], what="client.update").body["items"]
    assert (line["actor"], line["before"], line["after"]) == ("ben@acme.example", {"phone": None}, {"phone": "1"})
    assert workspace.get("client", client["id"]) is not None
    assert org.tenant == "acme"


def test_B83_the_audit_trail_can_be_taken_along_as_a_table(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE)
    client = admin.post("clients", {"name": "=HYPERLINK(1)"}).body

    answer = admin.get("audit/export", what="client.create")

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    [line] = csv.DictReader(io.StringIO(answer.text))
    assert (line["actor"], line["target"]) == ("ada@acme.example", client["id"])
    assert json.loads(line["after"])["name"] == "=HYPERLINK(1)"
    assert not any(cell.startswith("=") for cell in line.values())
    assert Person(roles=("member",)).get("audit/export").status == 403


def test_B85_the_worker_tells_cloudwatch_how_long_it_took_and_what_went_wrong(
    org: Stage, admin: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    admin.post(f"{BASE}/sync")
    org.work()
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    lines = [line for line in printed if "_aws" in line]

    [duration] = [line for line in lines if "HandlingSeconds" in line]
    [metric] = duration["_aws"]["CloudWatchMetrics"]
    assert (metric["Namespace"], metric["Metrics"]) == ("timebridge", [{"Name": "HandlingSeconds", "Unit": "Seconds"}])
    assert duration["HandlingSeconds"][0] > 0
    assert (duration["what"], duration["provider"]) == ("pull", "salesforce")
    assert all("tenant" not in dimension for dimension in metric["Dimensions"])


def test_B85_errors_are_a_metric_too(
    stage: Stage, admin: Person, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects", "push"]})
    stage.bodies()
    order = {"object": "Account", "code": "STRING_TOO_LONG", "message": "Phone: too large", "fields": ["Phone"]}
    control("POST", f"{stage.salesforce.url}/_sandbox/refusals", json=order)
    workspace.create("client", {"name": "Northwind"})
    capsys.readouterr()
    admin.post(f"{BASE}/sync")
    stage.work()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"Records_parked"' in line]
    assert [line["Records_parked"] for line in lines if "_aws" in line] == [[1.0]]


def test_B85_the_api_tells_durations_and_errors_day_by_day(org: Stage, admin: Person) -> None:
    found = admin.get(f"{BASE}/metrics").body

    assert org.connection("salesforce").status is Status.LIVE
    assert (found["runs"], found["failed"], found["errors"]) == (3, 0, 1)
    days = {day["kind"]: day for day in found["days"]}
    assert days["pull"]["errors"] == 1
    assert 0 < days["pull"]["average"] <= days["pull"]["longest"] <= found["longest"]
    assert days["pull"]["calls"] > 0


# --- the look at the settings ----------------------------------------------------------------------------------------


@pytest.fixture
def sound(stage: Stage, admin: Person) -> Stage:
    """A connection whose settings fit its org."""
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects", "push"], "stages": ["Closed Won"]})
    stage.settle()
    found = admin.post(f"{BASE}/health")
    assert (found.status, found.body["findings"]) == (200, []), found.text
    return stage


def field_gone(stage: Stage) -> str:
    control("POST", f"{stage.salesforce.url}/_sandbox/fields", json={"hide": ["Opportunity.TB_End_Date__c"]})
    return "TB_End_Date__c"


def object_gone(stage: Stage) -> str:
    control("POST", f"{stage.salesforce.url}/_sandbox/fields", json={"hide": ["Account"]})
    return "Account"


def package_gone(stage: Stage) -> str:
    control("POST", f"{stage.salesforce.url}/_sandbox/package", json={"installed": False})
    return "TB_External_Id__c"


def stage_renamed(stage: Stage) -> str:
    from timebridge import context

    settings = {**stage.connection("salesforce").settings, "stages": ["Signed and sealed"]}
    assert context.changed(stage.connection("salesforce"), settings=settings)
    return "Signed and sealed"


def owner_departed(stage: Stage) -> str:
    admin_user = stage.salesforce_has("User", IsActive="1")
    for user in admin_user:
        control("PATCH", f"{stage.salesforce.url}/_sandbox/users/{user['Id']}", json={"active": False})
    return "no longer active"


PLANTED = [field_gone, object_gone, package_gone, stage_renamed, owner_departed]


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_B86_each_planted_change_is_a_warning_with_a_remedy(sound: Stage, admin: Person, plant: Any) -> None:
    wanted = plant(sound)

    found = admin.post(f"{BASE}/health").body

    assert not found["healthy"]
    assert any(wanted in f"{each['said']} {each['value']}" for each in found["findings"]), found
    assert all(each["remedy"] for each in found["findings"])
    assert admin.get(f"{BASE}/health").body["findings"] == found["findings"]


def test_B86_it_is_looked_at_every_night_and_people_are_told_of_what_is_new(sound: Stage, admin: Person) -> None:
    admin.patch("notifications", {"recipients": ["ada@acme.example"], "revision": 0})
    stage_renamed(sound)
    connection = sound.connection("salesforce")
    for item in TenantItem.query("acme", TenantItem.sk == "health#salesforce"):
        item.data = {**item.data, "at": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
        item.save()

    for _ in range(2):
        admin.post(f"{BASE}/sync")
        sound.work()
    health.nightly(connection)

    report = Reports("acme").get("salesforce")
    assert report is not None
    assert datetime.now(UTC) - report.at < timedelta(minutes=5)
    assert [finding.value for finding in report.findings] == ["Signed and sealed"]
    [mail] = sound.mails()
    assert "Signed and sealed" in mail.text
