"""What does not wait any more: problems that were solved, that were set aside, and what was read again since a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.changes import Where
from timebridge.links import Link, Problem, Question, State
from timebridge.records import Candidate
from timebridge.store.audit import Audit
from timebridge.store.cursors import Cursors
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Provider, Status

ADMIN = Person()
MEMBER = Person(("member",), name="max@acme.example")
VIEWER = Person(("viewer",), name="vera@acme.example")
ACCOUNTS = "salesforce.account"
WHY = {"reason": "Archived customer."}


@pytest.fixture
def sales(stage: Stage) -> Workspace:
    """A connection that works, and makes accounts."""
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects", "push"]})
    stage.settle()
    return Workspace("acme", "ada@acme.example")


@pytest.fixture
def quiet(stage: Stage) -> None:
    """A connection of which only the links matter."""
    stage.new_connection(Provider.SALESFORCE, status=Status.LIVE)


@contextmanager
def refusing(stage: Stage, code: str = "STRING_TOO_LONG") -> Iterator[None]:
    """Salesforce refuses phone numbers."""
    url = f"{stage.salesforce.url}/_sandbox/refusals"
    control("POST", url, json={"object": "Account", "code": code, "message": "Phone: no", "fields": ["Phone"]})
    try:
        yield
    finally:
        control("DELETE", url)


def refused(stage: Stage, space: Workspace, name: str = "Fir") -> str:
    with refusing(stage):
        client = space.create("client", {"name": name, "phone": "1"}).id
        stage.settle()
    assert ADMIN.get("problems", q=client).body["total"] == 1
    return client


def edited(space: Workspace, client: str, phone: str) -> None:
    record = space.get("client", client)
    assert record is not None
    space.update("client", client, {"phone": phone}, record.version or "")


def mended(stage: Stage, space: Workspace, client: str) -> None:
    edited(space, client, "+43 1 5550100")
    stage.settle()


def keep(*links: Link) -> None:
    DynamoLinks("acme", "salesforce").save(links)


def parked(ours: str, reason: str = "“Fir” is too long.", **more: Any) -> Link:
    now = datetime.now(UTC)
    given = {"field": "Phone", "tries": 3, "retry_at": now, "trouble": "format", "since": now, "about": "Fir"}
    return Link(ACCOUNTS, ours, f"001{ours}", State.PARKED, {}, problem=Problem(reason, "Shorten it.", **given), **more)


def stored(ours: str) -> Link:
    [link] = DynamoLinks("acme", "salesforce").find(ACCOUNTS, ours=[ours])
    return link


def solved(**query: Any) -> list[dict[str, Any]]:
    answer = ADMIN.get("problems/solved", **query)
    assert answer.status == 200, answer.text
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def one(ours: str, verb: str = "") -> str:
    return f"problems/salesforce/{ACCOUNTS}/{ours}/{verb}".rstrip("/")


# --- solved ----------------------------------------------------------------------------------------------------------


def test_a_problem_that_went_away_says_since_when_it_waited_and_when_that_ended(stage: Stage, sales: Workspace) -> None:
    client = refused(stage, sales)
    since = ADMIN.get("problems", q=client).body["items"][0]["since"]

    mended(stage, sales, client)

    [row] = solved()
    assert (row["ours"], row["name"], row["field"], row["end"]) == (client, "Fir", "Phone", "in_step")
    assert (row["since"], row["by"], row["run"]) == (since, None, None)
    assert row["at"] > since


def test_a_problem_that_a_run_solved_names_the_run_and_who_had_started_it(stage: Stage, sales: Workspace) -> None:
    client = refused(stage, sales)
    edited(sales, client, "2")

    ADMIN.post("connections/salesforce/sync")
    stage.work()

    [row] = solved(q=client)
    assert row["by"] == ADMIN.name
    assert ADMIN.get(f"connections/salesforce/runs/{row['run']}").body["actor"] == ADMIN.name


@pytest.mark.usefixtures("quiet")
def test_a_pair_that_ended_and_one_that_is_still_refused() -> None:
    keep(parked("cli_1"), parked("cli_2"))

    keep(replace(stored("cli_1"), state=State.TOMBSTONE, problem=None))
    keep(replace(stored("cli_2"), problem=replace(stored("cli_2").problem, tries=4)))  # type: ignore[type-var]

    assert [(row["ours"], row["end"], row["name"]) for row in solved()] == [("cli_1", "ended", "Fir")]


@pytest.mark.usefixtures("quiet")
def test_answers_of_people_are_no_solved_problems() -> None:
    asked = Question(Where.THEIRS, (Candidate("0019", "Oak Ltd", 80),), "Oak")
    keep(parked("cli_q", question=asked))

    keep(replace(stored("cli_q"), state=State.LIVE, problem=None, question=None))

    assert solved() == []


@pytest.mark.usefixtures("quiet")
def test_what_was_solved_is_filtered_and_pages_neither_miss_nor_repeat() -> None:
    ids = [f"cli_{number}" for number in range(5)]
    keep(*map(parked, ids))
    for id in ids:
        keep(replace(stored(id), state=State.LIVE, problem=None))

    found, start = [], None
    for _ in ids:
        page = ADMIN.get("problems/solved", limit=2, **({"start": start} if start else {})).body
        found += [row["ours"] for row in page["items"]]
        start = page["next"]
        if start is None:
            break

    assert found == ids[::-1]
    assert [row["ours"] for row in solved(q="cli_3")] == ["cli_3"]
    assert solved(kind="project") == solved(trouble="mapping") == solved(connection="other") == []


# --- set aside -------------------------------------------------------------------------------------------------------


def test_what_is_set_aside_is_neither_tried_nor_counted_and_says_who_left_it_and_why(
    stage: Stage, sales: Workspace
) -> None:
    client = refused(stage, sales)

    assert ADMIN.post(one(client, "aside"), WHY).body == {"records": 1}

    assert ADMIN.get("problems").body["items"] == []
    [row] = ADMIN.get("problems", aside=True).body["items"]
    assert (row["aside"]["by"], row["aside"]["reason"], row["act"]) == (ADMIN.name, "Archived customer.", "take_up")
    assert row["retry_at"] is None
    count = ADMIN.get("problems/count").body
    assert (count["total"], count["parked"], count["aside"]) == (0, 0, 1)
    [sales_] = ADMIN.get("overview").body["connections"]
    assert (sales_["failing"], sales_["parked"]) == (0, 0)
    assert DynamoLinks("acme", "salesforce").due(ACCOUNTS, datetime.now(UTC) + timedelta(days=9)) == []
    assert "problem.aside" in {line["what"] for line in Audit("acme").page()[0]}


def test_a_change_is_tried_and_what_is_refused_for_another_reason_waits_again(stage: Stage, sales: Workspace) -> None:
    client = refused(stage, sales)
    ADMIN.post(one(client, "aside"), WHY)

    edited(sales, client, "2")
    with refusing(stage):
        stage.settle()

    assert stored(client).is_aside
    assert ADMIN.get("problems/count").body["total"] == 0

    edited(sales, client, "3")
    with refusing(stage, "FIELD_CUSTOM_VALIDATION_EXCEPTION"):
        stage.settle()

    assert not stored(client).is_aside
    assert ADMIN.get("problems/count").body["total"] == 1


def test_what_is_set_aside_and_goes_well_after_a_change_is_solved(stage: Stage, sales: Workspace) -> None:
    client = refused(stage, sales)
    ADMIN.post(one(client, "aside"), WHY)

    mended(stage, sales, client)

    assert stored(client).state is State.LIVE
    assert ADMIN.get("problems", aside=True).body["items"] == []
    assert [row["ours"] for row in solved()] == [client]


def test_taken_up_again_it_is_tried_at_once_and_waits_as_before(stage: Stage, sales: Workspace) -> None:
    client = refused(stage, sales)
    since = stored(client).problem.since  # type: ignore[union-attr]
    ADMIN.post(one(client, "aside"), WHY)

    answer = ADMIN.post(one(client, "take-up"))
    with refusing(stage):
        stage.settle()

    assert answer.status == 202
    [row] = ADMIN.get("problems").body["items"]
    assert row["aside"] is None
    assert stored(client).problem.since == since  # type: ignore[union-attr]
    assert row["tries"] >= 2
    assert ADMIN.post(one(client, "take-up")).status == 422


@pytest.mark.usefixtures("quiet")
def test_all_that_is_alike_is_set_aside_and_nothing_else() -> None:
    asked = Question(Where.THEIRS, (Candidate("0019", "Oak Ltd", 80),), "Oak")
    keep(parked("cli_1", "“Fir” is long."), parked("cli_2", "“Oak” is long."), parked("cli_3", "No right."))
    keep(parked("cli_q", question=asked))
    like = ADMIN.get("problems", q="“Fir”", sort="parked").body["items"][0]["like"]

    assert ADMIN.post("problems/aside", {"like": like, **WHY}).body == {"records": 2}

    assert {row["ours"] for row in ADMIN.get("problems", aside=True).body["items"]} == {"cli_1", "cli_2"}
    assert {row["ours"] for row in ADMIN.get("problems").body["items"]} == {"cli_3", "cli_q"}


@pytest.mark.usefixtures("quiet")
def test_a_question_is_answered_and_what_is_solved_is_not_set_aside() -> None:
    keep(parked("cli_q", question=Question(Where.THEIRS, (Candidate("0019", "Oak Ltd", 80),), "Oak")))
    keep(Link(ACCOUNTS, "cli_live", "0018", State.LIVE, {}))

    assert "answered" in ADMIN.post(one("cli_q", "aside"), WHY).body["detail"]
    assert ADMIN.post(one("cli_live", "aside"), WHY).status == 422
    assert ADMIN.post(one("cli_live", "aside"), {"reason": ""}).status == 422


@pytest.mark.usefixtures("quiet")
def test_only_administrators_leave_and_everybody_reads() -> None:
    keep(parked("cli_1"))

    assert MEMBER.post(one("cli_1", "aside"), WHY).status == 403
    assert MEMBER.post("problems/aside", WHY).status == 403
    assert MEMBER.post(one("cli_1", "take-up")).status == 403
    assert VIEWER.get("problems", aside=True).status == VIEWER.get("problems/solved").status == 200


def test_why_a_record_did_not_sync_says_who_set_it_aside(stage: Stage, sales: Workspace) -> None:
    client = refused(stage, sales)
    ADMIN.post(one(client, "aside"), WHY)

    [found] = ADMIN.get(f"clients/{client}/sync").body["items"]

    assert found["cause"] == "aside"
    assert f"{ADMIN.name} set it aside: Archived customer." in found["words"]
    [listed] = ADMIN.get("listings/clients", q="Fir").body["items"]
    assert {stand["badge"] for stand in listed["sync"]} == {"not_shared"}


# --- read again ------------------------------------------------------------------------------------------------------


def test_what_changed_since_a_day_is_read_again_and_the_cursors_stay(stage: Stage, sales: Workspace) -> None:
    client = sales.create("client", {"name": "Fir"}).id
    stage.settle()
    link = stored(client)
    keep(replace(link, base={**(link.base or {}), "name": "Lost"}))  # as if a change had never been seen
    before = Cursors("acme", "salesforce").all()

    answer = ADMIN.post("connections/salesforce/sync", {"since": f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"})
    stage.work()

    assert answer.status == 202, answer.text
    assert (stored(client).base or {})["name"] == "Fir"
    after = Cursors("acme", "salesforce").all()
    assert all(after[name] >= cursor for name, cursor in before.items())


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    "asked",
    [
        {"since": f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"},
        {"since": "2026-11-01", "reconcile": True},
        {"since": "2026-11-01", "flow": ACCOUNTS},
        {"since": "yesterday"},
    ],
)
def test_what_cannot_be_read_again_is_refused(asked: dict[str, Any]) -> None:
    assert ADMIN.post("connections/salesforce/sync", asked).status == 422
