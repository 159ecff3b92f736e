"""The records of the workspace through the admin API: every kind by the same routes; entries with their approval."""

from typing import Any

import pytest

from tests.admin import Answer, Person
from tests.stage import Stage
from timebridge.links import Link, Problem, State
from timebridge.store.links import DynamoLinks
from timebridge.store.tenants import Tenants
from timebridge.tenants import Provider, Status, Tenant

ADMIN = Person()
MEMBER = Person(("member",), name="max@acme.example")
VIEWER = Person(("viewer",), name="vera@acme.example")


@pytest.fixture(autouse=True)
def tenant(stage: Stage) -> Tenant:  # noqa: ARG001 (it brings AWS along)
    return Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))


def made(kinds: str, **values: Any) -> dict[str, Any]:
    answer = ADMIN.post(kinds, values)
    assert answer.status == 201, answer.text
    found: dict[str, Any] = answer.body
    return found


@pytest.fixture
def project() -> dict[str, Any]:
    return made("projects", name="Web shop", client=made("clients", name="Northwind")["id"])


@pytest.fixture
def entry(project: dict[str, Any]) -> dict[str, Any]:
    staff = made("staff", name="Max", email="max@acme.example")
    values = {"project": project["id"], "staff": staff["id"], "work_date": "2026-11-20", "hours": 2.5}
    answer = MEMBER.post("time-entries", values)
    assert answer.status == 201, answer.text
    found: dict[str, Any] = answer.body
    return found


def move(person: Person, entry: dict[str, Any], verb: str, body: Any = None) -> Answer:
    return person.post(f"time-entries/{entry['id']}/{verb}", body)


# --- every kind ------------------------------------------------------------------------------------------------------


def test_a_record_comes_back_as_it_was_sent() -> None:
    created = ADMIN.post("clients", {"name": "  Northwind Ltd ", "phone": "+43 1 5550100"})
    assert created.status == 201
    assert created.headers["ETag"] == '"1"'
    record = ADMIN.get(f"clients/{created.body['id']}").body
    assert record == created.body
    assert (record["kind"], record["revision"], record["archived"]) == ("client", 1, False)
    assert record["values"]["name"] == "Northwind Ltd"
    assert record["values"]["active"] is True


def test_money_and_hours_are_exact_numbers(project: dict[str, Any]) -> None:
    path = f"projects/{project['id']}"
    changed = ADMIN.call(
        "PATCH", path, raw='{"values": {"budget": 12345678901.10, "budget_hours": 0.1}, "revision": 1}'
    )
    assert changed.status == 200, changed.text
    assert '"budget":12345678901.1,' in changed.text.replace(" ", "")
    assert changed.body["values"]["budget_hours"] == 0.1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "colour": "red"}, "colour"),
        ({"name": "x", "email": "not an address"}, "email"),
        ({"name": "x", "active": "yes"}, "active"),
    ],
)
def test_values_that_do_not_fit_name_their_field(values: dict[str, Any], field: str) -> None:
    answer = ADMIN.post("clients", values)
    assert (answer.status, answer.body["field"]) == (422, field)
    assert answer.body["remedy"]


def test_a_repeated_create_with_the_same_key_creates_one_record() -> None:
    first = ADMIN.post("clients", {"name": "Northwind"}, idempotency_key="order-7")
    again = ADMIN.post("clients", {"name": "Northwind"}, idempotency_key="order-7")
    assert (again.status, again.body) == (201, first.body)
    assert [found["id"] for found in ADMIN.get("clients").body["items"]] == [first.body["id"]]
    assert ADMIN.post("clients", {"name": "Northwind"}, idempotency_key="order-8").body["id"] != first.body["id"]
    created = [line for line in ADMIN.get("audit").body["items"] if line["what"] == "client.create"]
    assert len(created) == 2


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "ten", True])
def test_a_number_that_is_none_is_refused(project: dict[str, Any], number: Any) -> None:
    answer = ADMIN.patch(f"projects/{project['id']}", {"values": {"budget": number}, "revision": 1})
    assert (answer.status, answer.body["field"]) == (422, "budget")


def test_the_audit_keeps_numbers_as_numbers(project: dict[str, Any]) -> None:
    ADMIN.patch(f"projects/{project['id']}", {"values": {"budget": 12.5}, "revision": 1})
    assert ADMIN.get("audit", limit=1).body["items"][0]["after"] == {"budget": 12.5}


def test_a_reference_must_lead_to_a_record() -> None:
    answer = ADMIN.post("projects", {"name": "Web shop", "client": "cli_never_was"})
    assert (answer.status, answer.body["field"]) == (422, "client")


def test_a_calculated_value_cannot_be_set(project: dict[str, Any]) -> None:
    answer = ADMIN.patch(f"projects/{project['id']}", {"values": {"hours_total": 5}, "revision": 1})
    assert (answer.status, answer.body["field"]) == (422, "hours_total")


def test_a_patch_changes_only_what_it_names(project: dict[str, Any]) -> None:
    path = f"projects/{project['id']}"
    assert ADMIN.patch(path, {"values": {"code": "WS-1"}, "revision": 1}).body["revision"] == 2
    emptied = ADMIN.patch(path, {"values": {"code": None, "stage": "Won"}}, if_match='"2"')
    assert emptied.status == 200
    assert (emptied.body["values"]["name"], emptied.body["values"]["code"]) == ("Web shop", None)


def test_a_late_patch_is_answered_with_the_current_record(project: dict[str, Any]) -> None:
    path = f"projects/{project['id']}"
    ADMIN.patch(path, {"values": {"code": "WS-1"}, "revision": 1})
    late = ADMIN.patch(path, {"values": {"code": "WS-2"}, "revision": 1})
    assert (late.status, late.body["field"], late.is_problem) == (409, "revision", True)
    assert late.body["current"] == ADMIN.get(path).body


def test_a_patch_without_a_revision_is_refused(project: dict[str, Any]) -> None:
    answer = ADMIN.patch(f"projects/{project['id']}", {"values": {"code": "WS-1"}})
    assert (answer.status, answer.body["field"]) == (428, "revision")


def test_a_record_that_is_not_there_is_not_found() -> None:
    for answer in (
        ADMIN.get("clients/cli_never_was"),
        ADMIN.patch("clients/cli_never_was", {"values": {"name": "x"}, "revision": 1}),
        ADMIN.post("clients/cli_never_was/archive", {"revision": 1}),
        ADMIN.get("clients/cli_never_was/sync"),
    ):
        assert (answer.status, answer.is_problem) == (404, True)


def test_an_archived_record_leaves_the_list_and_comes_back(project: dict[str, Any]) -> None:
    path = f"projects/{project['id']}"
    assert ADMIN.post(f"{path}/archive").status == 428
    assert ADMIN.post(f"{path}/archive", {"revision": 1}).body["archived"] is True
    assert ADMIN.get("projects").body["items"] == []
    assert ADMIN.get(path).body["archived"] is True
    assert ADMIN.patch(path, {"values": {"code": "x"}, "revision": 2}).status == 422
    assert ADMIN.post(f"{path}/restore", if_match="2").body["archived"] is False
    assert [found["id"] for found in ADMIN.get("projects").body["items"]] == [project["id"]]


def test_a_list_is_paged_to_its_end_without_gap_or_repetition() -> None:
    names = [f"Client {number:02d}" for number in range(12)]
    for name in reversed(names):
        made("clients", name=name)
    found, start, pages = [], None, 0
    while pages == 0 or start:
        page = ADMIN.get("clients", limit=5, start=start).body
        found += [record["values"]["name"] for record in page["items"]]
        start, pages = page["next"], pages + 1
    assert found == names
    assert pages == 3


def test_a_search_finds_names_by_their_beginning_whatever_the_case() -> None:
    for name in ("Northwind Ltd", "northern lights", "South Ltd"):
        made("clients", name=name)
    found = ADMIN.get("clients", q="NORTH").body["items"]
    assert [record["values"]["name"] for record in found] == ["northern lights", "Northwind Ltd"]


def test_records_are_listed_by_what_they_belong_to(project: dict[str, Any]) -> None:
    client, other = project["values"]["client"], made("clients", name="South")["id"]
    made("projects", name="Intranet", client=other)
    made("contacts", name="Carl", client=client, email="carl@northwind.example")
    made("contacts", name="Olga", client=other, email="olga@south.example")
    assert [found["values"]["name"] for found in ADMIN.get("projects", parent=client).body["items"]] == ["Web shop"]
    assert [found["values"]["name"] for found in ADMIN.get("contacts", parent=client).body["items"]] == ["Carl"]


def test_a_filter_that_a_kind_does_not_have_is_refused() -> None:
    answer = ADMIN.get("clients", staff="stf_1")
    assert (answer.status, answer.body["field"]) == (422, "staff")


def test_every_change_of_a_record_is_audited_with_what_changed(project: dict[str, Any]) -> None:
    ADMIN.patch(f"projects/{project['id']}", {"values": {"code": "WS-1"}, "revision": 1})
    line = ADMIN.get("audit", limit=1).body["items"][0]
    assert (line["actor"], line["what"], line["target"]) == ("ada@acme.example", "project.update", project["id"])
    assert (line["before"], line["after"]) == ({"code": None}, {"code": "WS-1"})


# --- entries and roles -----------------------------------------------------------------------------------------------


def test_an_entry_goes_from_draft_to_approved_and_is_then_locked(entry: dict[str, Any]) -> None:
    assert entry["values"]["status"] == "draft"
    assert move(MEMBER, entry, "submit").body["values"]["status"] == "submitted"
    approved = move(ADMIN, entry, "approve").body
    assert approved["values"]["status"] == "approved"
    path = f"time-entries/{entry['id']}"
    locked = ADMIN.patch(path, {"values": {"hours": 8}, "revision": approved["revision"]})
    assert (locked.status, locked.body["cause"]) == (409, "Locked")
    assert ADMIN.post(f"{path}/archive", {"revision": approved["revision"]}).status == 409
    assert move(ADMIN, entry, "reopen").body["values"]["status"] == "draft"


def test_a_rejected_entry_can_be_mended_and_submitted_again(entry: dict[str, Any]) -> None:
    move(MEMBER, entry, "submit")
    rejected = move(ADMIN, entry, "reject").body
    mended = MEMBER.patch(f"time-entries/{entry['id']}", {"values": {"hours": 2}, "revision": rejected["revision"]})
    assert mended.status == 200
    assert move(MEMBER, entry, "submit").body["values"]["status"] == "submitted"


def test_an_entry_cannot_skip_a_step(entry: dict[str, Any]) -> None:
    answer = move(ADMIN, entry, "approve")
    assert (answer.status, answer.body["field"]) == (422, "status")


def test_the_status_of_an_entry_cannot_be_written(entry: dict[str, Any]) -> None:
    answer = ADMIN.patch(f"time-entries/{entry['id']}", {"values": {"status": "approved"}, "revision": 1})
    assert (answer.status, answer.body["field"]) == (422, "status")


def test_an_approval_of_something_older_is_a_conflict(entry: dict[str, Any]) -> None:
    MEMBER.patch(f"time-entries/{entry['id']}", {"values": {"hours": 9}, "revision": 1})
    move(MEMBER, entry, "submit")
    submitted = ADMIN.get(f"time-entries/{entry['id']}").body
    late = move(ADMIN, entry, "approve", {"revision": 1})
    assert (late.status, late.body["current"]) == (409, submitted)


def test_only_entries_are_submitted(project: dict[str, Any]) -> None:
    assert ADMIN.post(f"projects/{project['id']}/submit").status == 404


def test_a_member_does_not_touch_what_is_submitted(entry: dict[str, Any]) -> None:
    submitted = move(MEMBER, entry, "submit").body
    path = f"time-entries/{entry['id']}"
    assert MEMBER.patch(path, {"values": {"hours": 9}, "revision": submitted["revision"]}).status == 403
    assert MEMBER.post(f"{path}/archive", {"revision": submitted["revision"]}).status == 403
    assert MEMBER.get(path).body == submitted


def test_a_member_neither_approves_nor_reopens(entry: dict[str, Any]) -> None:
    move(MEMBER, entry, "submit")
    for verb in ("approve", "reject", "reopen"):
        assert move(MEMBER, entry, verb).status == 403
    assert ADMIN.get(f"time-entries/{entry['id']}").body["values"]["status"] == "submitted"


def test_a_member_writes_nothing_but_entries(project: dict[str, Any]) -> None:
    assert MEMBER.post("clients", {"name": "Mine"}).status == 403
    assert MEMBER.patch(f"projects/{project['id']}", {"values": {"budget": 1}, "revision": 1}).status == 403
    assert MEMBER.get(f"projects/{project['id']}").status == 200


def test_a_viewer_reads_and_writes_nothing(entry: dict[str, Any]) -> None:
    path = f"time-entries/{entry['id']}"
    assert VIEWER.get(path).body == entry
    assert VIEWER.patch(path, {"values": {"hours": 9}, "revision": 1}).status == 403
    assert move(VIEWER, entry, "submit").status == 403


def test_entries_are_listed_by_status_staff_and_project(entry: dict[str, Any]) -> None:
    move(MEMBER, entry, "submit")
    project, staff = entry["values"]["project"], entry["values"]["staff"]
    for query in ({"status": "submitted"}, {"staff": staff}, {"parent": project, "status": "submitted"}):
        assert [found["id"] for found in ADMIN.get("time-entries", **query).body["items"]] == [entry["id"]]
    assert ADMIN.get("time-entries", status="approved").body["items"] == []


# --- why is a record (not) synchronised ------------------------------------------------------------------------------


def test_a_record_says_why_it_is_not_synchronised(stage: Stage, project: dict[str, Any]) -> None:
    path = f"projects/{project['id']}/sync"
    assert ADMIN.get(path).body["items"] == []
    connection = stage.new_connection(Provider.SALESFORCE, "salesforce-1", status=Status.LIVE)
    [line] = ADMIN.get(path).body["items"]
    assert (line["connection"], line["flow"], line["link"]) == ("salesforce-1", "salesforce.opportunity", None)
    assert "switched off" in line["words"]
    problem = Problem("The stage is not in the picklist.", "Add it there.", "stage", 1, None)
    link = Link("salesforce.opportunity", project["id"], "006A", State.PARKED, {}, problem=problem)
    DynamoLinks("acme", connection.id).save([link])
    [line] = ADMIN.get(path).body["items"]
    assert "The stage is not in the picklist. Add it there." in line["words"]
    assert line["link"]["theirs"] == "006A"
