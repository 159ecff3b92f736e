"""One queue of whatever is parked or asks: filters, groups, pages, and trying again all that is alike."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.changes import Where
from timebridge.links import Conflict, Link, Problem, Question, State
from timebridge.records import Candidate
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Provider, Status

ADMIN = Person()
VIEWER = Person(("viewer",), name="vera@acme.example")
STRANGER = Person(tenant="globex", name="gus@globex.example")
ACCOUNTS, DEALS = "salesforce.account", "salesforce.opportunity"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOO_LONG = Problem("“Fir & Partners” is too long.", "Shorten it.", "Phone", 3, NOW, "Rejected", "format", "tid-1", NOW)


def parked(ours: str, problem: Problem = TOO_LONG, flow: str = ACCOUNTS, **more: Any) -> Link:
    return Link(flow, ours, f"001-{ours}", State.PARKED, {"name": "Fir"}, problem=problem, **more)


def problem(reason: str, minutes: int = 0, **more: Any) -> Problem:
    given = {"field": None, "tries": 1, "retry_at": NOW, "since": NOW + timedelta(minutes=minutes)} | more
    return Problem(reason, "Do something.", **given)


@pytest.fixture(autouse=True)
def space(stage: Stage) -> Workspace:
    for provider in (Provider.SALESFORCE, Provider.QUICKBOOKS_ONLINE):
        stage.new_connection(provider, status=Status.LIVE)
    return Workspace("acme")


def keep(*links: Link, connection: str = "salesforce") -> None:
    DynamoLinks("acme", connection).save(links)


def found(**query: Any) -> dict[str, Any]:
    answer = ADMIN.get("problems", **query)
    assert answer.status == 200, answer.text
    body: dict[str, Any] = answer.body
    return body


def names(**query: Any) -> list[str]:
    return [item["ours"] for item in found(**query)["items"]]


def test_nothing_waits_where_nothing_is_parked() -> None:
    assert found() == {"items": [], "next": None, "total": 0, "groups": [], "more": False}
    assert ADMIN.get("problems/count").body["total"] == 0


def test_a_row_says_record_cause_field_remedy_since_when_and_what_to_do(space: Workspace) -> None:
    client = space.create("client", {"name": "Fir & Partners", "phone": "x" * 40})
    keep(parked(client.id))

    [row] = found()["items"]

    assert (row["name"], row["kinds"], row["ours"], row["exists"]) == ("Fir & Partners", "clients", client.id, True)
    assert (row["reason"], row["remedy"], row["field"]) == (TOO_LONG.reason, "Shorten it.", "phone")
    assert (row["cause"], row["trouble"], row["trace"], row["tries"]) == ("Rejected", "format", "tid-1", 3)
    assert datetime.fromisoformat(row["since"]) == datetime.fromisoformat(row["retry_at"]) == NOW
    assert (row["sort"], row["act"]) == ("parked", "edit")
    edit = row["edit"]
    assert (edit["value"], edit["revision"], edit["refusal"]) == ("x" * 40, 1, None)
    assert (edit["field"]["name"], edit["field"]["type"], edit["field"]["longest"]) == ("phone", "text", 40)


def test_what_is_locked_cannot_be_edited_in_place_and_says_why(space: Workspace) -> None:
    client = space.create("client", {"name": "Fir"})
    project = space.create("project", {"name": "Web", "client": client.id})
    staff = space.create("staff", {"name": "Max"})
    values = {"project": project.id, "staff": staff.id, "work_date": "2026-11-20", "hours": 2}
    entry = space.create("time_entry", values)
    space.submit(entry.id)
    space.approve(entry.id)
    refused = problem("It has no item.", field="labour_code", trouble="format")
    keep(parked(entry.id, refused, "quickbooks_online.time_activity"), connection="quickbooks_online")

    [row] = found()["items"]

    assert row["name"] == "2026-11-20, Max, 2.00 h"
    assert "approved" in row["edit"]["refusal"]
    assert "Reopen" in row["edit"]["remedy"]


def test_a_reference_leads_to_the_record_that_has_to_be_mended_first(space: Workspace) -> None:
    client = space.create("client", {"name": "Fir"})
    project = space.create("project", {"name": "Web", "client": client.id})
    keep(parked(project.id, problem("No client there.", field="client", trouble="reference"), DEALS))

    [row] = found()["items"]

    assert row["act"] == "parent"
    assert row["parent"] == {"kinds": "clients", "id": client.id, "name": "Fir"}
    assert row["edit"]["value_name"] == "Fir"


def test_what_comes_in_and_is_not_there_yet_is_called_by_its_name_over_there(stage: Stage) -> None:
    stage.connect(Provider.SALESFORCE, id="other")
    nobodys = stage.seller("create", "Opportunity", Name="Nobody's", StageName="Closed Won", CloseDate="2026-12-31")
    ADMIN.post("connections/other/sync")
    stage.work()

    [row] = found(connection="other")["items"]

    assert (row["name"], row["exists"], row["theirs"]) == ("Nobody's", False, nobodys)
    assert row["url"].endswith(nobodys)
    assert row["since"] is not None


def test_questions_and_conflicts_stand_in_the_same_queue(space: Workspace) -> None:
    client = space.create("client", {"name": "Oak"})
    asked = Question(Where.THEIRS, (Candidate("0019", "Oak Ltd", 80),), "Oak")
    keep(
        parked("cli_q", problem("It may be the same.", cause="Undecided"), question=asked),
        Link(ACCOUNTS, client.id, "0018", State.LIVE, {"name": "Oak"}, conflicts=(Conflict("phone", "1", "2", "3"),)),
        parked("cli_p"),
    )

    rows = {row["ours"]: row for row in found()["items"]}

    assert (rows["cli_q"]["sort"], rows["cli_q"]["act"], rows["cli_q"]["name"]) == ("question", "answer", "Oak")
    assert (rows[client.id]["sort"], rows[client.id]["act"], rows[client.id]["field"]) == (
        "conflict",
        "decide",
        "phone",
    )
    assert "phone" in rows[client.id]["reason"]
    assert names(sort="question") == ["cli_q"]
    assert names(sort="conflict") == [client.id]
    assert names(sort="parked") == ["cli_p"]
    counted = ADMIN.get("problems/count").body
    assert (counted["parked"], counted["questions"], counted["conflicts"], counted["total"]) == (1, 1, 1, 3)
    assert {each["connection"]: each["total"] for each in counted["connections"]} == {
        "salesforce": 3,
        "quickbooks_online": 0,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"connection": "salesforce"}, ["prj_1", "cli_1"]),
        ({"connection": "quickbooks_online"}, ["stf_1"]),
        ({"flow": DEALS}, ["prj_1"]),
        ({"kind": "staff"}, ["stf_1"]),
        ({"trouble": "permission"}, ["prj_1"]),
        ({"cause": "Locked"}, ["stf_1"]),
        ({"field": "phone"}, ["cli_1"]),
        ({"q": "FIR &"}, ["cli_1"]),
        ({"q": "tid-1"}, ["cli_1"]),
        ({"q": "001-stf_1"}, ["stf_1"]),
        ({"q": "no such text"}, []),
        ({"connection": "nowhere"}, []),
    ],
    ids=str,
)
def test_it_is_filtered(query: dict[str, Any], expected: list[str]) -> None:
    keep(parked("cli_1"), parked("prj_1", problem("No right.", 2, trouble="permission"), DEALS))
    keep(
        parked("stf_1", problem("Closed.", 1, cause="Locked"), "quickbooks_online.employee"),
        connection="quickbooks_online",
    )

    assert names(**query) == expected


def test_the_latest_come_first_and_pages_neither_miss_nor_repeat() -> None:
    keep(*(parked(f"cli_{number}", problem(f"No {number}.", number)) for number in range(5)))
    keep(parked("cli_old", problem("Old.", since=None, retry_at=None)))

    pages, start = [], None
    while not pages or start:
        page = found(limit=2, start=start)
        pages, start = [*pages, [item["ours"] for item in page["items"]]], page["next"]
        assert page["total"] == 6

    assert pages == [["cli_4", "cli_3"], ["cli_2", "cli_1"], ["cli_0", "cli_old"]]


def test_what_is_alike_is_counted_whatever_the_names_in_its_reason() -> None:
    long = [
        parked(f"cli_{n}", problem(f"“Name {n}” is too long.", n, field="name", about=f"Name {n}")) for n in range(4)
    ]
    keep(*long, parked("cli_9", problem("No right.", field="name")), parked("prj_1", problem("No right.", 9), DEALS))

    answer = found()
    groups = answer["groups"]

    assert [(each["count"], each["reason"], each["kind"]) for each in groups[:1]] == [(4, "… is too long.", "client")]
    assert sorted(each["count"] for each in groups) == [1, 1, 4]
    assert groups[0]["names"] == ["Name 3", "Name 2", "Name 1"]
    alike = found(like=groups[0]["like"])
    assert [item["ours"] for item in alike["items"]] == ["cli_3", "cli_2", "cli_1", "cli_0"]
    assert (alike["total"], alike["groups"]) == (4, groups)


def test_all_that_is_alike_is_tried_again_and_nothing_else(stage: Stage) -> None:
    keep(*(parked(f"cli_{n}", problem(f"“{n}” is too long.", field="name")) for n in range(3)))
    keep(parked("cli_9", problem("No right.")))
    like = found(q="too long")["groups"][0]["like"]

    answer = ADMIN.post("problems/retry", {"like": like})

    assert (answer.status, answer.body["records"], answer.body["left"]) == (202, 3, 0)
    [message] = stage.bodies()
    assert {change["id"] for change in message["changes"]} == {*(f"cli_{n}" for n in range(3))} | {
        f"001-cli_{n}" for n in range(3)
    }
    [line] = Audit("acme").page()[0]
    assert (line["what"], line["target"], line["detail"]["records"]) == ("problem.retry", "connection salesforce", 3)


def test_what_waits_for_a_person_or_a_connection_is_not_tried_again(stage: Stage) -> None:
    asked = Question(Where.THEIRS, (Candidate("0019", "Oak Ltd", 80),), "Oak")
    keep(parked("cli_q", problem("It may be the same.", cause="Undecided"), question=asked))
    stage.new_connection(Provider.SALESFORCE, id="asleep", status=Status.PAUSED)
    keep(parked("cli_1"), connection="asleep")

    answer = ADMIN.post("problems/retry", {}).body

    assert (answer["records"], answer["left"], answer["changes"]) == (0, 1, 0)
    assert stage.bodies() == []
    assert found(connection="asleep")["items"][0]["act"] == "connect"


def test_what_was_mended_leaves_the_queue_by_itself(stage: Stage, space: Workspace) -> None:
    stage.connect(Provider.SALESFORCE, id="real", settings={"presets": ["projects", "push"]})
    stage.bodies()
    order = {"object": "Account", "code": "STRING_TOO_LONG", "message": "Phone: too large", "fields": ["Phone"]}
    control("POST", f"{stage.salesforce.url}/_sandbox/refusals", json=order)
    client = space.create("client", {"name": "Northwind", "phone": "+43 1 5550100"})
    ADMIN.post("connections/real/sync")
    stage.work()
    control("DELETE", f"{stage.salesforce.url}/_sandbox/refusals")
    [row] = found(connection="real")["items"]
    path = f"problems/real/{row['flow']}/{row['ours']}"
    shown = ADMIN.get(path).body
    tried = shown.pop("attempt")
    assert (row["field"], row["edit"]["value"], shown) == ("phone", "+43 1 5550100", row)
    assert (tried["where"], tried["step"]) == ("theirs", "create")
    sent = {each["path"]: (each["label"], each["value"]) for each in tried["values"]}
    assert sent["Phone"] == ("Phone", "+43 1 5550100")
    assert sent["Name"] == ("Name", "Northwind")

    ADMIN.patch(f"clients/{client.id}", {"values": {"phone": "5550100"}, "revision": row["edit"]["revision"]})
    ADMIN.post("problems/retry", {"like": row["like"]})
    stage.settle()

    assert ADMIN.get(path).status == 404
    assert found(connection="real")["total"] == 0
    assert [each["Phone"] for each in stage.salesforce_has("Account")] == ["5550100"]


def test_a_table_can_be_taken_along_and_holds_no_formulas() -> None:
    keep(parked("cli_1", problem("=HYPERLINK(1)", about="=1+1")))

    answer = ADMIN.get("problems.csv", kind="client")

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    [line] = csv.DictReader(io.StringIO(answer.text))
    assert (line["name"], line["problem"], line["kind"]) == ("'=1+1", "'=HYPERLINK(1)", "client")
    assert line["since"] == "2026-11-21T12:00:00+00:00"


def test_who_may_read_and_who_may_try_again() -> None:
    keep(parked("cli_1"))

    assert VIEWER.get("problems").body["total"] == 1
    assert VIEWER.get("problems/count").body["total"] == 1
    assert VIEWER.post("problems/retry", {}).status == 403
    for path in ("problems", "problems/count", "problems.csv", f"problems/salesforce/{ACCOUNTS}/cli_1"):
        assert STRANGER.get(f"/v1/tenants/acme/{path}").status == 403
    assert ADMIN.post("problems/retry", {"nonsense": 1}).status == 422


def test_the_trail_says_who_did_it_through_what_and_calls_things_by_their_names(space: Workspace) -> None:
    client = ADMIN.post("clients", {"name": "Fir"}).body
    ADMIN.post("projects", {"name": "Web", "client": client["id"]})
    Audit("acme").write("salesforce", "connection.lost", "connection salesforce")

    lost, made, *_ = ADMIN.get("audit").body["items"]

    assert (lost["actor"], lost["via"]) == ("salesforce", "sync")
    assert (made["actor"], made["via"], made["what"]) == (ADMIN.name, "api", "project.create")
    assert made["names"] == {made["target"]: "Web", client["id"]: "Fir"}
    assert space.get("client", client["id"]) is not None


def test_what_accepting_would_do_is_told_before(stage: Stage) -> None:
    def asked(ours: str, *scores: int) -> Link:
        candidates = tuple(Candidate(f"001{number}", "Oak", score) for number, score in enumerate(scores))
        question = Question(Where.THEIRS, candidates, "Oak")
        return parked(ours, problem("It may be the same.", cause="Undecided"), question=question)

    keep(asked("cli_1", 92), asked("cli_2", 92, 92), asked("cli_3", 80), asked("cli_4", 91, 80))

    path = "connections/salesforce/questions/likely"
    assert ADMIN.get(path, score=90).body == {"linked": 2, "left": 2}
    assert ADMIN.get(path, score=75).body == {"linked": 3, "left": 1}
    assert ADMIN.get(path, score=20).status == 422
    assert stage.bodies() == []


def test_what_a_merge_would_do_is_told_before(space: Workspace) -> None:
    stays, goes = (space.create("client", {"name": name}) for name in ("Fir", "Fir Ltd"))
    space.create("project", {"name": "Web", "client": goes.id})
    keep(Link(ACCOUNTS, goes.id, "0017", State.LIVE, {"name": "Fir"}))

    answer = ADMIN.get(f"clients/{goes.id}/merge", into=stays.id).body

    assert answer == {"survivor": stays.id, "references": {"project": 1}, "links": 1, "ended": 0}
    done = ADMIN.post(f"clients/{goes.id}/merge", {"into": stays.id}).body
    assert done == answer
    assert VIEWER.get(f"clients/{goes.id}/merge", into=stays.id).status == 403
    assert ADMIN.get(f"clients/{goes.id}/merge", into="cli_none").status == 404
