"""A connection is set up while it is off: a look at what would happen, the answers, the rules, and then the switch."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.admin import Person
from tests.stage import Stage, door, http
from timebridge import initial_sync
from timebridge.connecting import lifecycle
from timebridge.context import NotOpen, opened
from timebridge.errors import Rejected
from timebridge.sides import Create
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.tenants import Provider, Status

QUICKBOOKS = "connections/quickbooks_online"


@pytest.fixture
def viewer() -> Person:
    return Person(roles=("viewer",), name="vera@acme.example")


def customer(stage: Stage, name: str, **values: Any) -> str:
    return str(stage.bookkeeper("Customer", DisplayName=name, **values)["Id"])


def being_set_up(stage: Stage) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, setup={"step": "account"})
    assert stage.consent(stage.connection("quickbooks_online"))["statusCode"] == 200


def previewed(stage: Stage, admin: Person) -> dict[str, Any]:
    started = admin.post(f"{QUICKBOOKS}/preview")
    assert started.status == 202, started.text
    stage.work()
    found: dict[str, Any] = admin.get(f"{QUICKBOOKS}/preview").body
    assert found["run"]["status"] == "done", found
    return found


def counts(found: dict[str, Any], flow: str) -> dict[str, int]:
    return next(each for each in found["flows"] if each["flow"] == f"quickbooks_online.{flow}")


def test_a_consent_during_the_set_up_starts_nothing(stage: Stage) -> None:
    being_set_up(stage)

    connection = stage.connection("quickbooks_online")
    assert (connection.status, connection.run) == (Status.PAUSED, None)
    assert "set up" in (connection.reason or "")


def test_a_preview_counts_what_a_load_would_do_and_writes_nothing(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    customer(stage, "Northwind Ltd")
    customer(stage, "Orchard Books")
    workspace.create("client", {"name": "Orchard Books"})
    workspace.create("client", {"name": "Only Ours"})
    being_set_up(stage)
    before = workspace.page("client")[0], stage.quickbooks_has("Customer")

    found = previewed(stage, admin)

    said = counts(found, "customer")
    there = len(before[1])
    assert (said["paired"], said["made_here"]) == (1, there - 1)
    assert (workspace.page("client")[0], stage.quickbooks_has("Customer")) == before
    assert found["outdated"] is False
    assert stage.connection("quickbooks_online").status is Status.PAUSED


def test_the_preview_is_what_the_load_then_does(stage: Stage, admin: Person, workspace: Workspace) -> None:
    top = customer(stage, "Northwind Ltd")
    customer(stage, "Website", ParentRef={"value": top}, Job=True)
    workspace.create("client", {"name": "Northwind Ltd", "phone": "+43 1 555"})
    being_set_up(stage)
    said = {each["flow"]: each for each in previewed(stage, admin)["flows"]}

    assert admin.post(f"{QUICKBOOKS}/resume").body["status"] == "loading"
    run = stage.connection("quickbooks_online").run or ""
    stage.load("quickbooks_online")

    done = admin.get(f"{QUICKBOOKS}/runs/{run}").body["counts"]
    assert sum(each["made_here"] for each in said.values()) == done["created_ours"]
    assert sum(each["made_there"] for each in said.values()) == done["created_theirs"]
    assert admin.get(QUICKBOOKS).body["setup"] is None


def test_samples_say_which_records_and_why(stage: Stage, admin: Person, workspace: Workspace) -> None:
    customer(stage, "Orchard Books")
    workspace.create("client", {"name": "Orchard Books"})
    being_set_up(stage)
    previewed(stage, admin)

    page = admin.get(f"{QUICKBOOKS}/preview/records", flow="quickbooks_online.customer", fate="paired").body

    [sample] = page["items"]
    assert sample["name"] == "Orchard Books"
    assert sample["ours"]
    assert sample["theirs"]


def test_an_answer_given_during_the_set_up_holds_for_the_load(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    theirs = customer(stage, "Northwind Trading Limited")
    ours = workspace.create("client", {"name": "Northwind Tradng Ltd"})
    being_set_up(stage)
    found = previewed(stage, admin)
    assert counts(found, "customer")["asked"] == 1, counts(found, "customer")

    [question] = admin.get(f"{QUICKBOOKS}/questions").body["items"]
    assert question["candidates"][0]["id"] == ours.id
    answered = admin.post(
        f"{QUICKBOOKS}/questions/{question['flow']}/{question['ours']}/answer", {"answer": "link", "id": ours.id}
    )
    assert answered.status == 202, answered.text
    admin.post(f"{QUICKBOOKS}/resume")
    stage.load("quickbooks_online")

    [link] = admin.get(f"{QUICKBOOKS}/links", theirs=theirs, flow="quickbooks_online.customer").body["items"]
    assert (link["ours"], link["state"]) == (ours.id, "live")


def test_a_second_look_asks_again_what_nobody_answered(stage: Stage, admin: Person, workspace: Workspace) -> None:
    customer(stage, "Northwind Trading Limited")
    workspace.create("client", {"name": "Northwind Tradng Ltd"})
    being_set_up(stage)
    previewed(stage, admin)

    again = previewed(stage, admin)

    assert counts(again, "customer")["asked"] == 1
    assert len(admin.get(f"{QUICKBOOKS}/questions").body["items"]) == 1


def test_a_look_that_runs_out_of_time_goes_on_where_it_was(stage: Stage, admin: Person, workspace: Workspace) -> None:
    customer(stage, "Northwind Ltd")
    workspace.create("client", {"name": "Northwind Ltd"})
    being_set_up(stage)
    whole = previewed(stage, admin)["flows"]

    run = admin.post(f"{QUICKBOOKS}/preview").body["run"]
    while messages := stage.messages():
        stage.call("worker", {"Records": messages}, milliseconds=1_000)
        stage._delete(messages)

    found = admin.get(f"{QUICKBOOKS}/preview").body
    assert (found["run"]["id"], found["run"]["status"], found["flows"]) == (run, "done", whole)


def test_a_preview_can_be_cancelled(stage: Stage, admin: Person) -> None:
    being_set_up(stage)
    run = admin.post(f"{QUICKBOOKS}/preview").body["run"]

    cancelled = admin.post(f"{QUICKBOOKS}/runs/{run}/cancel")
    stage.work()

    assert cancelled.body["status"] == "cancelled"
    assert admin.get(f"{QUICKBOOKS}/runs/{run}").body["status"] == "cancelled"


def test_the_step_is_remembered_while_it_is_set_up_and_only_then(stage: Stage, admin: Person, viewer: Person) -> None:
    being_set_up(stage)

    assert admin.post(f"{QUICKBOOKS}/setup", {"step": "rules"}).body["setup"] == "rules"
    assert viewer.get(QUICKBOOKS).body["setup"] == "rules"
    assert viewer.post(f"{QUICKBOOKS}/setup", {"step": "rules"}).status == 403
    admin.post(f"{QUICKBOOKS}/resume")
    assert admin.post(f"{QUICKBOOKS}/setup", {"step": "rules"}).status == 409


def test_what_an_open_question_is_about_is_not_made_there_meanwhile(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    top = customer(stage, "Northwind Trading Limited")
    customer(stage, "Website", ParentRef={"value": top}, Job=True)
    workspace.create("client", {"name": "Northwind Tradng Ltd"})
    being_set_up(stage)
    before = stage.quickbooks_has("Customer")

    for _ in range(2):
        said = counts(previewed(stage, admin), "customer")
        assert (said["asked"], said["waits"], said["made_there"], said["made_here"]) == (1, 1, 0, 0)
    admin.post(f"{QUICKBOOKS}/resume")
    stage.load("quickbooks_online")

    assert stage.quickbooks_has("Customer") == before
    assert len(workspace.page("client")[0]) == 1


def test_a_look_that_comes_too_late_ends(stage: Stage, admin: Person) -> None:
    being_set_up(stage)
    run = admin.post(f"{QUICKBOOKS}/preview").body["run"]
    admin.post(f"{QUICKBOOKS}/resume")

    stage.work()

    assert admin.get(f"{QUICKBOOKS}/runs/{run}").body["status"] == "cancelled"


# --- rules -----------------------------------------------------------------------------------------------------------


def test_look_only_keeps_everything_that_goes_out_off(stage: Stage, admin: Person) -> None:
    being_set_up(stage)

    found = admin.post(f"{QUICKBOOKS}/rules", {"look_only": True})

    assert found.status == 200, found.text
    assert found.body["look_only"] is True
    flows = admin.get(f"{QUICKBOOKS}/flows").body["items"]
    assert flows
    assert {flow["direction"] for flow in flows} == {"in"}
    back = admin.post(f"{QUICKBOOKS}/rules", {"look_only": False}).body
    assert back["look_only"] is False
    assert admin.get(f"{QUICKBOOKS}/settings").body["settings"] == {}


def test_a_rule_is_switched_off_and_on_again(stage: Stage, admin: Person) -> None:
    being_set_up(stage)
    name = "quickbooks_online.department"

    off = admin.post(f"{QUICKBOOKS}/rules", {"flows": {name: {"on": False}}}).body
    assert next(each for each in off["flows"] if each["flow"] == name)["on"] is False
    on = admin.post(f"{QUICKBOOKS}/rules", {"flows": {name: {"on": True}}}).body

    assert next(each for each in on["flows"] if each["flow"] == name)["on"] is True
    assert admin.get(f"{QUICKBOOKS}/settings").body["settings"] == {}


def test_what_others_need_cannot_be_switched_off_alone(stage: Stage, admin: Person) -> None:
    being_set_up(stage)

    refused = admin.post(f"{QUICKBOOKS}/rules", {"flows": {"quickbooks_online.customer": {"on": False}}})

    assert refused.status == 422
    assert "Switch" in refused.body["remedy"]


def test_a_changed_rule_outdates_the_preview(stage: Stage, admin: Person) -> None:
    being_set_up(stage)
    previewed(stage, admin)

    admin.post(f"{QUICKBOOKS}/rules", {"start_mode": "on_change", "choices": {"vendors": "all"}})

    assert admin.get(f"{QUICKBOOKS}/preview").body["outdated"] is True
    rules = admin.get(f"{QUICKBOOKS}/rules").body
    assert [each["name"] for each in rules["start"] if each["chosen"]] == ["on_change"]
    assert [each["name"] for each in rules["choices"][0]["options"] if each["chosen"]] == ["all"]


def test_salesforce_asks_what_it_is_for(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE, setup={"step": "rules"}, settings={})
    stage.consent(stage.connection("salesforce"))
    base = "connections/salesforce"
    assert admin.post(f"{base}/resume").status == 422

    found = admin.post(f"{base}/rules", {"presets": ["projects"], "flows": {"salesforce.contact": {"on": True}}})

    assert found.status == 200, found.text
    assert [each["name"] for each in found.body["presets"] if each["chosen"]] == ["projects"]
    assert next(each for each in found.body["flows"] if each["flow"] == "salesforce.contact")["on"] is True
    assert admin.post(f"{base}/resume").body["status"] == "loading"


# --- cancelling a load -----------------------------------------------------------------------------------------------


def test_a_cancelled_load_writes_nothing_more_and_is_taken_up(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    customer(stage, "Northwind Ltd")
    being_set_up(stage)
    run = admin.post(f"{QUICKBOOKS}/resume").body["run"]
    state = {"tenant": stage.tenant, "connection": "quickbooks_online", "run": run}
    phases = stage.call("initial_sync", {"step": "plan", **state})["phases"]
    customers = next(each for each in phases if each["name"] == "Customer")
    [part] = stage.export(state, customers)

    cancelled = admin.post(f"{QUICKBOOKS}/runs/{run}/cancel")

    assert (cancelled.status, cancelled.body["status"]) == (200, "cancelled")
    assert stage.call("initial_sync", {"step": "part", **state, "phase": customers, "part": part}) == {}
    assert stage.export(state, customers) == []  # what is left of the execution finds nothing more to do, and ends well
    assert stage.call("initial_sync", {"step": "close", **state}) == {}
    paused = stage.connection("quickbooks_online")
    assert (paused.status, workspace.page("client")[0]) == (Status.PAUSED, [])
    assert "cancelled by ada@acme.example" in (paused.reason or "")

    again = admin.post(f"{QUICKBOOKS}/resume").body["run"]
    assert again != run
    late = {"step": "part", **state, "phase": customers, "part": part}  # of the cancelled load, still under way
    assert stage.call("initial_sync", late) == {}
    assert workspace.page("client")[0] == []
    stage.load("quickbooks_online")
    assert stage.connection("quickbooks_online").status is Status.LIVE
    assert "Northwind Ltd" in [record.values["name"] for record in workspace.page("client")[0]]


def test_a_part_that_is_under_way_stops_before_its_next_write(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    customer(stage, "Northwind Ltd")
    being_set_up(stage)
    run = admin.post(f"{QUICKBOOKS}/resume").body["run"]
    load = door("initial_sync")
    with opened(stage.tenant, "quickbooks_online", Status.LOADING) as road:
        stoppable = load._stoppable(road, run)
        admin.post(f"{QUICKBOOKS}/runs/{run}/cancel")

        with pytest.raises(NotOpen):
            stoppable.ours.write("client", [Create("cli_1", {"name": "Late"}, "cli_1", "1")])

    assert workspace.page("client")[0] == []


def test_a_load_that_took_the_place_of_another_is_not_paused_by_its_cancellation(stage: Stage, admin: Person) -> None:
    being_set_up(stage)
    first = admin.post(f"{QUICKBOOKS}/resume").body["run"]
    before = stage.connection("quickbooks_online")
    lifecycle.cancel(before, first, "ada@acme.example")
    second = admin.post(f"{QUICKBOOKS}/resume").body["run"]

    with pytest.raises(Rejected, match="ended already"):
        lifecycle.cancel(before, first, "bob@acme.example")

    found = stage.connection("quickbooks_online")
    assert (found.status, found.run) == (Status.LOADING, second)


def test_a_cancellation_at_the_last_moment_keeps_the_connection_paused(
    stage: Stage, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    being_set_up(stage)
    run = admin.post(f"{QUICKBOOKS}/resume").body["run"]
    state = {"tenant": stage.tenant, "connection": "quickbooks_online", "run": run}
    door_ = door("initial_sync")
    whole = initial_sync.close

    def cancelled_meanwhile(*args: Any) -> None:
        whole(*args)
        admin.post(f"{QUICKBOOKS}/runs/{run}/cancel")

    monkeypatch.setattr(door_.initial_sync, "close", cancelled_meanwhile)
    for phase in stage.call("initial_sync", {"step": "plan", **state})["phases"]:
        for part in stage.export(state, phase):
            stage.call("initial_sync", {"step": "part", **state, "phase": phase, "part": part})

    assert stage.call("initial_sync", {"step": "close", **state}) == {}

    assert stage.connection("quickbooks_online").status is Status.PAUSED
    assert admin.get(f"{QUICKBOOKS}/runs/{run}").body["status"] == "cancelled"


def test_a_load_whose_connection_was_ended_meanwhile_ends_without_a_failure(stage: Stage, admin: Person) -> None:
    being_set_up(stage)
    run = admin.post(f"{QUICKBOOKS}/resume").body["run"]
    state = {"tenant": stage.tenant, "connection": "quickbooks_online", "run": run}
    admin.post(f"{QUICKBOOKS}/disconnect")

    assert stage.call("initial_sync", {"step": "plan", **state}) == {"phases": []}
    assert stage.call("initial_sync", {"step": "close", **state}) == {}

    ended = admin.get(f"{QUICKBOOKS}/runs/{run}").body
    assert (ended["status"], ended["reason"]) == ("cancelled", "The connection was disconnected.")


def test_only_what_is_under_way_can_be_cancelled(stage: Stage, admin: Person, viewer: Person) -> None:
    being_set_up(stage)
    run = admin.post(f"{QUICKBOOKS}/resume").body["run"]

    assert viewer.post(f"{QUICKBOOKS}/runs/{run}/cancel").status == 403
    assert admin.post(f"{QUICKBOOKS}/runs/{run}/cancel").status == 200
    assert admin.post(f"{QUICKBOOKS}/runs/{run}/cancel").status == 409
    assert Runs(stage.tenant, "quickbooks_online").get(run) is not None


# --- the way back to the console -------------------------------------------------------------------------------------


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def came_back(stage: Stage, admin: Person, decision: str, *cookies: str) -> dict[str, Any]:
    """Begun on a page of the console, and through the provider's page."""
    asked = admin.post(f"{QUICKBOOKS}/connect", {"console": True}).body
    started = stage.call(
        "oauth", http("GET /api/{provider}/start", {"provider": "quickbooks"}, query=query_of(asked["authorise_url"]))
    )
    page = requests.get(started["headers"]["location"], timeout=10)
    back = requests.post(page.url, data={"decision": decision, "realm": stage.realm}, allow_redirects=False, timeout=10)
    own = [line.partition(";")[0] for line in started["cookies"]]
    return stage.callback("quickbooks", query_of(back.headers["location"]), [*own, *cookies])


SESSION = "__Host-timebridge_session=whatever"


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_who_came_from_the_console_goes_back_to_its_page(stage: Stage, admin: Person, decision: str) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, setup={"step": "account"})

    answer = came_back(stage, admin, decision, SESSION)

    assert answer["statusCode"] == 303
    assert answer["headers"]["location"] == "/console/acme/connections/quickbooks_online"


def test_the_reason_of_a_refusal_is_told_on_the_page(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, setup={"step": "account"})

    came_back(stage, admin, "deny", SESSION)

    assert admin.get(QUICKBOOKS).body["refusal"]["title"] == "Access was not allowed"
    admin.post(f"{QUICKBOOKS}/connect", {"console": True})
    assert admin.get(QUICKBOOKS).body["refusal"] is None


def test_who_is_not_signed_in_reads_the_answer_at_once(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, setup={"step": "account"})

    answer = came_back(stage, admin, "allow")

    assert (answer["statusCode"], "Connected to" in answer["body"]) == (200, True)
