"""Is it working? The overview, the activity of days, and the runs of all connections, through the admin API."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.admin import Person
from tests.stage import Stage
from timebridge.changes import Where
from timebridge.links import Birth, Conflict, Link, Problem, Question, State
from timebridge.records import Candidate
from timebridge.runs import RunStatus, Tally
from timebridge.store import waiting
from timebridge.store.carried import Carried
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.store.tables import LinkItem
from timebridge.store.tenants import Connections, Tenants
from timebridge.tenants import Connection, Provider, Rhythm, Status, Tenant

ADMIN = Person()
VIEWER = Person(("viewer",), name="vera@acme.example")
STRANGER = Person(tenant="other")
ZONE = ZoneInfo("Europe/Vienna")


@pytest.fixture(autouse=True)
def tenant(stage: Stage) -> Tenant:  # noqa: ARG001 (it brings AWS along)
    return Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))


def now() -> datetime:
    return datetime.now(UTC)


def connected(id: str = "sf", provider: Provider = Provider.SALESFORCE, **values: Any) -> Connection:
    given = {
        "status": Status.LIVE,
        "account": f"account-{id}",
        "account_name": "Acme Org",
        "last_pull": now() - timedelta(minutes=20),
        "next_pull": now() + timedelta(minutes=40),
        "settings": {"presets": ["projects"]} if provider is Provider.SALESFORCE else {},
    }
    return Connections().save(Connection(id, "acme", provider, **given | values))


def overview(who: Person = ADMIN) -> dict[str, Any]:
    answer = who.get("overview")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


def one() -> dict[str, Any]:
    [found] = overview()["connections"]
    assert isinstance(found, dict)
    return found


def parked(ours: str, cause: str = "Rejected", connection: str = "sf", **values: Any) -> None:
    problem = Problem("The name is too long.", "Shorten it.", "name", 1, now() + timedelta(hours=1), cause)
    given = {"state": State.PARKED, "problem": problem} | values
    save(Link("salesforce.account", ours, f"001{ours}", **given), connection)


def save(link: Link, connection: str = "sf") -> None:
    [saved] = DynamoLinks("acme", connection).save([link])
    assert isinstance(saved, Link)


# --- the verdict -----------------------------------------------------------------------------------------------------


def test_without_connections_it_says_so() -> None:
    found = overview()
    assert (found["standing"], found["said"], found["connections"]) == (None, "Nothing is connected yet.", [])


def test_a_connection_whose_pulls_end_well_is_in_step_however_long_nothing_moved() -> None:
    connected()
    whole, found = overview(VIEWER), one()
    assert (whole["standing"], whole["said"]) == ("in_step", "Everything is in step.")
    assert (found["title"], found["account_name"], found["act"]) == ("Salesforce", "Acme Org", "none")
    assert found["incoming"]["good"] == found["outgoing"]["good"] == found["last_pull"]
    assert found["incoming"]["moved"] is None
    assert found["next_pull"]


def test_disconnected_connections_are_left_out() -> None:
    connected(status=Status.CLOSED)
    assert overview()["connections"] == []


@pytest.mark.parametrize(
    ("values", "standing", "act"),
    [
        ({"status": Status.NEEDS_REAUTH, "reason": "The access was taken back."}, "stopped", "reconnect"),
        ({"status": Status.PAUSED, "reason": "Paused by ada."}, "paused", "resume"),
        ({"status": Status.CONNECTING, "last_pull": None}, "setting_up", "set_up"),
        ({"status": Status.PAUSED, "setup": {"step": "check"}, "last_pull": None}, "setting_up", "set_up"),
        ({"last_pull": None}, "catching_up", "none"),
        ({"rhythm": Rhythm.OFF, "next_pull": None}, "off", "sync"),
        ({"next_pull": datetime.now(UTC) - timedelta(hours=2)}, "late", "sync"),
    ],
)
def test_each_state_has_a_word_and_an_act(values: dict[str, Any], standing: str, act: str) -> None:
    connected(**values)
    found = one()
    assert (found["standing"], found["act"]) == (standing, act)
    assert found["said"]
    assert overview()["standing"] == standing


def test_the_worst_connection_speaks_for_all() -> None:
    connected()
    connected("qbo", Provider.QUICKBOOKS_ONLINE, status=Status.NEEDS_REAUTH, reason="Signed out.")
    found = overview()
    assert (found["standing"], found["said"]) == ("stopped", "QuickBooks Online needs a new sign-in.")


def test_a_pull_that_broke_off_is_told_until_one_ends_well() -> None:
    connected()
    runs = Runs("acme", "sf")
    runs.finish(runs.start("pull", "schedule").id, RunStatus.FAILED, reason="Salesforce did not answer.")
    noise = runs.start("changes", "notice")
    runs.finish(noise.id, RunStatus.DONE)
    assert (one()["standing"], one()["act"]) == ("interrupted", "sync")
    assert "Salesforce did not answer." in one()["said"]
    runs.finish(runs.start("pull", "schedule").id, RunStatus.DONE)
    assert one()["standing"] == "in_step"


def test_a_run_that_stopped_before_deletions_asks_until_one_is_let_through() -> None:
    connected()
    runs = Runs("acme", "sf")
    stopped = runs.start("changes", "notice")
    runs.finish(stopped.id, RunStatus.STOPPED, reason="120 records would be deleted.")
    found = one()
    assert (found["standing"], found["act"], found["held"]) == ("asks", "confirm_deletions", stopped.id)
    runs.finish(runs.start("pull", "ada").id, RunStatus.DONE)
    assert (one()["standing"], one()["held"]) == ("in_step", None)


def test_the_question_stays_when_the_run_after_it_breaks_off() -> None:
    connected()
    runs = Runs("acme", "sf")
    stopped = runs.start("pull", "schedule")
    runs.finish(stopped.id, RunStatus.STOPPED, reason="120 records would be deleted.")
    runs.finish(runs.start("pull", "schedule").id, RunStatus.FAILED, reason="Salesforce did not answer.")
    assert one()["held"] == stopped.id


def test_what_is_under_way_is_shown() -> None:
    connected()
    run = Runs("acme", "sf").start("pull", "ada@acme.example")
    assert (one()["running"]["id"], one()["running"]["actor"]) == (run.id, "ada@acme.example")


def test_an_initial_sync_is_shown_with_its_progress() -> None:
    runs = Runs("acme", "sf")
    run = runs.start("initial sync", "ada", total={"Account": 200})
    connected(status=Status.LOADING, run=run.id)
    runs.part(run.id, "Account", "1", Tally(seen=50, created_ours=50))
    found = one()
    assert (found["standing"], found["running"]["percent"]) == ("loading", 25.0)


# --- what waits ------------------------------------------------------------------------------------------------------


def test_what_waits_is_told_apart() -> None:
    connected()
    parked("a")
    parked("b")
    parked("c", "Unlinked")
    question = Question(Where.THEIRS, (Candidate("001x", "Acme", 80),))
    quiet = Problem("It may be there.", "Say which.", None, 1, None, "Undecided", "duplicate")
    parked("d", problem=quiet, question=question)
    save(Link("salesforce.account", "e", birth=Birth({"name": "E"}, "r", "1")))
    conflict = Conflict("name", "A", "B", "C")
    save(Link("salesforce.account", "f", "001f", State.LIVE, {"name": "A"}, conflicts=(conflict,)))
    save(Link("salesforce.account", "g", "001g", State.LIVE, {"name": "A"}))
    save(Link("salesforce.account", "h", "001h", State.TOMBSTONE))
    whole, found = overview(), one()
    counts = {name: found[name] for name in ("waiting", "failing", "questions", "conflicts", "parked", "more")}
    assert counts == {"waiting": 1, "failing": 2, "questions": 1, "conflicts": 1, "parked": 4, "more": False}
    assert (whole["standing"], whole["said"], whole["for_people"]) == ("needs_you", "4 records need you.", 4)
    assert found["act"] == "look"


def test_what_was_solved_is_not_counted_any_more() -> None:
    connected()
    parked("a")
    links = DynamoLinks("acme", "sf")
    [link] = links.find("salesforce.account", ours=["a"])
    links.save([replace(link, state=State.LIVE, problem=None)])
    assert (one()["failing"], one()["standing"]) == (0, "in_step")


def test_a_flow_in_which_nothing_waits_any_more_is_not_asked_again() -> None:
    connected()
    parked("a")
    links = DynamoLinks("acme", "sf")
    [link] = links.find("salesforce.account", ours=["a"])
    links.save([replace(link, state=State.LIVE, problem=None)])
    assert (one()["failing"], waiting.marked("acme#sf")) == (0, {"salesforce.account"})
    [mark] = LinkItem.query("acme#sf")
    mark.update([LinkItem.marked.set(now() - timedelta(hours=2))])
    assert (one()["failing"], waiting.marked("acme#sf")) == (0, set())
    parked("a2")
    assert one()["failing"] == 1


def test_what_waits_by_itself_needs_nobody() -> None:
    connected()
    parked("a", "Unlinked")
    found = one()
    assert (found["standing"], found["waiting"]) == ("catching_up", 1)
    assert "1 record waits" in found["said"]


# --- what moved ------------------------------------------------------------------------------------------------------


def test_each_way_has_its_last_record() -> None:
    connected()
    at = now() - timedelta(minutes=5)
    carried = Carried("acme", "sf", lambda: "Europe/Vienna")
    carried.add(Tally(created_ours=2, updated_ours=1), at)
    carried.add(Tally(updated_theirs=1), at - timedelta(days=2))
    found = one()
    assert datetime.fromisoformat(found["incoming"]["good"]) == at
    assert found["outgoing"]["good"] == found["last_pull"]
    assert datetime.fromisoformat(found["outgoing"]["moved"]) == at - timedelta(days=2)
    same_day = at.astimezone(ZONE).date() == now().astimezone(ZONE).date()
    assert (found["incoming"]["today"], found["outgoing"]["today"]) == (3 if same_day else 0, 0)


def test_a_day_is_the_tenants() -> None:
    connected()
    midnight = datetime.combine(now().astimezone(ZONE).date(), datetime.min.time(), ZONE)
    carried = Carried("acme", "sf", lambda: "Europe/Vienna")
    carried.add(Tally(created_ours=1), midnight + timedelta(minutes=1))
    carried.add(Tally(created_theirs=4, newly_parked=2, parked=5), midnight - timedelta(minutes=1))
    found = VIEWER.get("activity", days=3).body
    assert (found["time_zone"], len(found["days"])) == ("Europe/Vienna", 3)
    today, yesterday = found["days"][-1], found["days"][-2]
    assert (today["came_in"], today["went_out"], today["problems"]) == (1, 0, 0)
    assert (yesterday["came_in"], yesterday["went_out"], yesterday["problems"]) == (0, 4, 2)
    assert (found["came_in"], found["went_out"], found["problems"]) == (1, 4, 2)
    assert today["day"] == midnight.date().isoformat()


def test_activity_is_of_all_connections_or_of_one() -> None:
    connected()
    connected("qbo", Provider.QUICKBOOKS_ONLINE, status=Status.CLOSED)
    Carried("acme", "sf").add(Tally(created_ours=1), now())
    Carried("acme", "qbo").add(Tally(deleted=3, deleted_theirs=1), now())
    assert {name: ADMIN.get("activity").body[name] for name in ("came_in", "went_out")} == {"came_in": 3, "went_out": 1}
    assert ADMIN.get("activity", connection="sf").body["came_in"] == 1
    assert ADMIN.get("activity", connection="nope").status == 404
    assert len(ADMIN.get("activity").body["days"]) == 14
    assert ADMIN.get("activity", days=0).status == 422


def test_nobody_sees_another_tenants() -> None:
    connected()
    for path in ("overview", "activity", "runs"):
        assert STRANGER.get(f"/v1/tenants/acme/{path}").status == 403


# --- runs of all connections -----------------------------------------------------------------------------------------


@pytest.fixture
def history() -> list[str]:
    connected()
    connected("qbo", Provider.QUICKBOOKS_ONLINE)
    ids = []
    for number in range(7):
        id, kind = ("sf", "pull") if number % 2 else ("qbo", "verify")
        runs = Runs("acme", id)
        run = runs.start(kind, "ada" if number < 3 else "schedule")
        runs.finish(run.id, RunStatus.FAILED if number == 4 else RunStatus.DONE, reason=f"Number {number}.")
        ids.append(run.id)
    return ids[::-1]


def test_runs_of_all_connections_are_one_list_page_by_page(history: list[str]) -> None:
    seen, start = [], None
    while True:
        page = ADMIN.get("runs", limit=3, start=start).body
        seen += page["items"]
        start = page["next"]
        if start is None:
            break
    assert [run["id"] for run in seen] == history
    assert {run["connection"] for run in seen} == {"sf", "qbo"}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"connection": "sf"}, 3),
        ({"kind": "verify"}, 4),
        ({"status": "failed"}, 1),
        ({"actor": "ada"}, 3),
        ({"q": "number 6"}, 1),
        ({"q": "nothing like it"}, 0),
        ({"since": "2999-01-01T00:00:00Z"}, 0),
    ],
)
def test_runs_are_filtered(history: list[str], query: dict[str, str], count: int) -> None:
    found = VIEWER.get("runs", **query).body
    assert (len(found["items"]), found["next"]) == (count, None)
    assert {run["id"] for run in found["items"]} <= set(history)


def test_a_filter_that_matches_little_pages_through_all(history: list[str]) -> None:
    page = ADMIN.get("runs", limit=1, kind="pull").body
    ids = [run["id"] for run in page["items"]]
    while page["next"]:
        page = ADMIN.get("runs", limit=1, kind="pull", start=page["next"]).body
        ids += [run["id"] for run in page["items"]]
    assert ids == [history[1], history[3], history[5]]


# --- the problems of a run -------------------------------------------------------------------------------------------


def test_a_problem_of_a_run_says_which_record_it_is_and_whether_it_is_solved() -> None:
    connected()
    ours = Workspace("acme")
    bad, good = ours.create("client", {"name": "Bad & Sons"}), ours.create("client", {"name": "Good"})
    parked(bad.id)
    save(Link("salesforce.account", good.id, "001good", State.LIVE, {"name": "Good"}))
    runs = Runs("acme", "sf")
    run = runs.start("pull", "ada")
    pair = {"flow": "salesforce.account", "theirs": "", "cause": "Rejected", "trouble": "format", "field": "name"}
    said = {"reason": "Too long.", "remedy": "Shorten it."}
    problems = [{**pair, **said, "ours": each.id} for each in (bad, good)]
    problems.append({**pair, **said, "flow": "salesforce.gone", "ours": "x"})
    runs.finish(run.id, RunStatus.DONE, Tally(seen=3, parked=3, problems=problems))
    first, second, third = ADMIN.get(f"connections/sf/runs/{run.id}/problems").body["items"]
    assert (first["name"], first["kind"], first["solved"]) == ("Bad & Sons", "client", False)
    assert (second["name"], second["solved"]) == ("Good", True)
    assert (third["kind"], third["name"], third["solved"]) == (None, None, None)
