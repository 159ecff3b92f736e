"""What somebody asks for is a run at once: it waits, runs and ends, whatever happens, and names its records."""

from typing import Any

import pytest

from tests.admin import Person
from tests.console import Browser
from tests.functions.test_worker import QUERIES, fault, opportunity
from tests.stage import Stage
from timebridge import context, queue
from timebridge.messages import Pull
from timebridge.runs import RunStatus
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.tenants import Provider, Status
from timebridge.worker.following import LOST, end_the_lost


@pytest.fixture
def live(stage: Stage) -> Stage:
    stage.connect(Provider.SALESFORCE)
    stage.settle()
    stage.bodies()
    return stage


@pytest.fixture
def ada(live: Stage) -> Person:
    assert live.connection("salesforce").status is Status.LIVE
    return Person()


def asked(person: Person, **wish: Any) -> str:
    answer = person.post("connections/salesforce/sync", wish)
    assert answer.status == 202, answer.body
    return str(answer.body["run"])


def run_of(person: Person, id: str) -> dict[str, Any]:
    found: dict[str, Any] = person.get(f"connections/salesforce/runs/{id}").body
    return found


def records_of(person: Person, id: str, **which: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get(f"connections/salesforce/runs/{id}/records", **which).body["items"]
    return found


def test_a_sync_is_a_run_that_names_its_records(live: Stage, ada: Person) -> None:
    theirs = opportunity(live)
    run = asked(ada)
    assert run_of(ada, run)["status"] == "waiting"
    live.work()

    done = run_of(ada, run)
    assert (done["status"], done["kind"], done["actor"]) == ("done", "pull", ada.name)
    assert done["records"] == {"created_ours": {"salesforce.account": 1, "salesforce.opportunity": 1}}
    [project] = records_of(ada, run, flow="salesforce.opportunity")
    [known] = Workspace("acme").page("project")[0]
    assert project == {
        "what": "created_ours",
        "flow": "salesforce.opportunity",
        "kind": "project",
        "kinds": "projects",
        "ours": known.id,
        "theirs": theirs,
        "name": "Quay wall",
    }
    assert [each["name"] for each in records_of(ada, run, limit=1)] == ["Quay wall Ltd"]
    assert records_of(ada, run, what="parked") == []
    again = asked(ada)
    live.work()
    assert run_of(ada, again)["records"] == {}


def test_the_page_of_a_run_leads_to_each_of_its_records(live: Stage) -> None:
    opportunity(live)
    browser = Browser()
    sent = browser.post("sync/salesforce")
    assert "Waiting in the queue" in browser.follow(sent).text
    live.work()

    page = browser.follow(sent)
    [known] = Workspace("acme").page("project")[0]
    assert page.links["Quay wall"].endswith(f"/records/projects/{known.id}")
    assert "Created here" in page.text
    only = browser.get(sent.location.removeprefix("acme/"), what="created_ours", flow="salesforce.account")
    assert "Quay wall Ltd" in only.links
    assert "Quay wall" not in only.links


def test_a_run_whose_connection_was_paused_meanwhile_ends_with_the_reason(live: Stage, ada: Person) -> None:
    run = asked(ada)
    context.changed(live.connection("salesforce"), status=Status.PAUSED)
    live.work()

    found = run_of(ada, run)
    assert (found["status"], found["reason"]) == ("failed", "The connection is paused. Nothing was done.")


def test_a_run_that_meets_trouble_goes_on_when_its_message_comes_again(live: Stage, ada: Person) -> None:
    opportunity(live)
    run = asked(ada)
    fault(live, kind="status", match={"path": QUERIES}, status=503, times=None)
    [message] = live.messages()
    live.call("worker", {"Records": [message]})
    put_off = run_of(ada, run)
    assert (put_off["status"], bool(put_off["reason"])) == ("waiting", True)

    live.salesforce.faults.clear()
    queue.hold_back(message["receiptHandle"], 0)
    live.work()
    found = run_of(ada, run)
    assert (found["status"], found["reason"], found["counts"]["created_ours"]) == ("done", None, 2)
    assert len(records_of(ada, run)) == 2


def test_a_run_whose_message_is_given_up_has_failed(live: Stage, ada: Person) -> None:
    run = asked(ada)
    fault(live, kind="status", match={"path": QUERIES}, status=503, times=None)
    [message] = live.messages()
    message["attributes"]["ApproximateReceiveCount"] = "5"
    live.call("worker", {"Records": [message]})

    found = run_of(ada, run)
    assert found["status"] == "failed"
    assert "Salesforce" in found["reason"]


def test_a_run_without_time_left_goes_on_in_the_next_message(live: Stage, ada: Person) -> None:
    opportunity(live)
    run = asked(ada, reconcile=True)
    parts = 0
    while messages := live.messages():
        live.call("worker", {"Records": messages}, milliseconds=1_000 if parts < 3 else 300_000)
        live._delete(messages)
        parts += 1
        assert run_of(ada, run)["status"] in ("running", "done")
    found = run_of(ada, run)
    assert parts > 1
    assert (found["status"], found["kind"], found["counts"]["created_ours"]) == ("done", "reconcile", 2)
    assert found["records"] == {"created_ours": {"salesforce.account": 1, "salesforce.opportunity": 1}}


def test_what_two_people_ask_for_is_done_once(live: Stage, ada: Person) -> None:
    runs = [asked(person) for person in (ada, Person(name="bob@acme.example"))]
    live.work()

    assert [run_of(ada, run)["status"] for run in runs] == ["done", "done"]
    assert "done with that one" in run_of(ada, runs[1])["reason"]


def test_a_whole_flow_is_one_run_of_its_pairs_and_a_pull(live: Stage, ada: Person) -> None:
    opportunity(live)
    queue.send("acme", "salesforce", pull=Pull())
    live.settle()
    run = asked(ada, flow="salesforce.account")
    live.work()

    assert (run_of(ada, run)["status"], run_of(ada, run)["kind"]) == ("done", "pull")
    assert run_of(ada, run)["counts"]["seen"] >= 2


def test_what_is_tried_again_is_a_run(live: Stage, ada: Person) -> None:
    opportunity(live)
    first = asked(ada)
    live.work()
    [account] = records_of(ada, first, flow="salesforce.account")
    answer = ada.post(f"connections/salesforce/links/salesforce.account/{account['ours']}/retry")
    live.work()

    found = run_of(ada, answer.body["run"])
    assert (found["kind"], found["status"], found["actor"]) == ("retry", "done", ada.name)
    assert found["counts"]["unchanged"] >= 1


def test_a_run_that_nothing_ends_any_more_ends_a_day_later(live: Stage, ada: Person) -> None:
    run = asked(ada)
    live.bodies()
    with context.opened("acme", "salesforce") as road:
        end_the_lost(road)
        assert run_of(ada, run)["status"] == "waiting"
        now = road.now
        road.now = lambda: now() + LOST * 1.1
        end_the_lost(road)

    assert run_of(ada, run)["status"] == "failed"


def test_an_initial_sync_names_what_it_made(stage: Stage) -> None:
    opportunity(stage)
    stage.consent(stage.new_connection(Provider.SALESFORCE))
    run = stage.connection("salesforce").run or ""
    stage.load("salesforce")

    found = Runs("acme", "salesforce").get(run)
    assert found is not None
    assert found.status is RunStatus.DONE
    assert sorted(each["name"] for each in records_of(Person(), run)) == ["Quay wall", "Quay wall Ltd"]
