"""Connections, flows, runs, links and sync now through the admin API, with the sandbox as the far side."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests

from tests.admin import Answer, Person
from tests.stage import PUBLIC_URL, Stage, http
from timebridge.links import Birth, Conflict, Link, Problem, State
from timebridge.runs import RunStatus, Tally
from timebridge.store.links import DynamoLinks
from timebridge.store.runs import Runs
from timebridge.store.tenants import Connections, Tenants
from timebridge.tenants import Connection, Provider, Rhythm, Status, Tenant

ADMIN = Person()
MEMBER = Person(("member",), name="max@acme.example")
PLATFORM = Person(("platform_admin",), "acme", "operator@timebridge.example")


@pytest.fixture(autouse=True)
def tenant(stage: Stage) -> Tenant:  # noqa: ARG001 (it brings AWS along)
    return Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))


CHOSEN = {"presets": ["projects"]}


def new_connection(provider: str = "salesforce", **values: Any) -> str:
    values = {"settings": CHOSEN, **values} if provider == "salesforce" else values
    answer = ADMIN.post("connections", {"provider": provider, **values})
    assert answer.status == 201, answer.text
    id: str = answer.body["id"]
    return id


def put(id: str, status: Status, **values: Any) -> Connection:
    found = Connections().get("acme", id)
    assert found is not None
    return Connections().save(replace(found, status=status, **values))


@pytest.fixture
def live() -> str:
    id = new_connection()
    put(id, Status.LIVE, account="00D1", account_name="Acme Org", webhook_secret="hush")
    return id


def link(
    connection: str, ours: str, state: State = State.LIVE, flow: str = "salesforce.account", **values: Any
) -> Link:
    made = Link(flow, ours, f"001-{ours}", state, {"name": ours}, **values)
    [saved] = DynamoLinks("acme", connection).save([made])
    assert isinstance(saved, Link)
    return saved


PROBLEM = Problem("The name is too long.", "Shorten it.", "name", 3, None)


# --- connections -----------------------------------------------------------------------------------------------------


def test_a_new_connection_waits_for_consent_and_is_listed() -> None:
    id = new_connection(rhythm="daily", settings={"stages": ["Proposal"]})
    [found] = ADMIN.get("connections").body["items"]
    assert (found["id"], found["provider"], found["status"]) == (id, "salesforce", "connecting")
    assert (found["rhythm"], found["settings"]) == ("daily", {"stages": ["Proposal"]})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "provider"),
        ({"provider": "fax"}, "provider"),
        ({"provider": "salesforce", "rhythm": "sometimes"}, "rhythm"),
        ({"provider": "salesforce", "settings": {"stages": 5}}, "settings.stages"),
        ({"provider": "salesforce", "settings": {"stages": "Won"}}, "settings.stages"),
        ({"provider": "salesforce", "settings": {"stages": []}}, "settings.stages"),
        ({"provider": "salesforce", "settings": {"create_acounts": True}}, "settings.create_acounts"),
        ({"provider": "quickbooks_online", "settings": {"notices": "no"}}, "settings.notices"),
        ({"provider": "salesforce", "status": "live"}, "status"),
    ],
)
def test_a_connection_that_cannot_be_is_refused(body: dict[str, Any], field: str) -> None:
    answer = ADMIN.post("connections", body)
    assert (answer.status, answer.body["field"]) == (422, field)
    assert ADMIN.get("connections").body["items"] == []


def test_the_whole_way_from_connect_to_a_loading_connection(stage: Stage) -> None:
    id = new_connection()
    url = urlsplit(ADMIN.post(f"connections/{id}/connect").body["authorise_url"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{PUBLIC_URL}/api/salesforce/start"
    connection = stage.connection(id)
    ticket = parse_qs(url.query)["ticket"][0]
    started = stage.call(
        "oauth", http("GET /api/{provider}/start", {"provider": "salesforce"}, query={"ticket": ticket})
    )
    assert started["statusCode"] == 302
    assert stage.consent(connection)["statusCode"] == 200
    found = ADMIN.get(f"connections/{id}").body
    assert found["status"] == "loading"
    assert found["account_name"]
    progress = ADMIN.get(f"connections/{id}/runs/{found['run']}").body
    assert (progress["status"], progress["kind"]) == ("running", "initial sync")


def test_no_answer_ever_holds_a_token_or_the_webhook_secret(stage: Stage) -> None:
    id = new_connection()
    stage.consent(stage.connection(id))
    grants = [
        boto3.client("secretsmanager").get_secret_value(SecretId=found["ARN"])["SecretString"]
        for found in boto3.client("secretsmanager").list_secrets()["SecretList"]
        if found["Name"].startswith("test/grants")
    ]
    assert grants
    secret = stage.connection(id).webhook_secret
    for person in (MEMBER, Person(("viewer",)), PLATFORM):
        for path in (f"connections/{id}", "connections"):
            text = person.get(path).text
            assert secret not in text
            assert "access_token" not in text
    assert secret in ADMIN.get(f"connections/{id}").body["webhook_url"]
    assert secret not in ADMIN.get("audit").text


def test_rhythm_and_settings_are_changed_at_their_revision(live: str) -> None:
    revision = ADMIN.get(f"connections/{live}").body["revision"]
    changed = ADMIN.patch(f"connections/{live}", {"rhythm": "weekly", "revision": revision})
    assert (changed.status, changed.body["rhythm"], changed.body["settings"]) == (200, "weekly", CHOSEN)
    assert changed.body["next_pull"]
    late = ADMIN.patch(f"connections/{live}", {"rhythm": "off", "revision": revision})
    assert (late.status, late.body["current"]["rhythm"]) == (409, "weekly")
    assert Connections().get("acme", live).rhythm is Rhythm.WEEKLY  # type: ignore[union-attr]
    off = ADMIN.patch(f"connections/{live}", {"rhythm": "off"}, if_match=changed.headers["ETag"])
    assert off.body["next_pull"] is None


def test_settings_change_the_flows() -> None:
    id = new_connection()
    revision = ADMIN.get(f"connections/{id}").body["revision"]
    ADMIN.patch(f"connections/{id}", {"settings": {"stages": ["Proposal", "Won"]}, "revision": revision})
    flow = ADMIN.get(f"connections/{id}/flows/salesforce.opportunity").body
    assert flow["when_theirs"]["lines"] == [{"path": "StageName", "among": ["Proposal", "Won"]}]
    assert "StageName is Proposal or Won" in flow["words"]


def test_a_paused_connection_is_resumed(live: str) -> None:
    paused = ADMIN.post(f"connections/{live}/pause")
    assert (paused.body["status"], "ada@acme.example" in paused.body["reason"]) == ("paused", True)
    assert ADMIN.post(f"connections/{live}/pause").status == 409
    assert ADMIN.post(f"connections/{live}/sync").status == 409
    resumed = ADMIN.post(f"connections/{live}/resume").body
    assert resumed["status"] in ("live", "loading")
    assert resumed["reason"] is None


def test_disconnecting_gives_the_access_back_and_keeps_the_links(stage: Stage) -> None:
    stage.seller("create", "Account", Name="Northwind Ltd")
    connection = stage.connect(Provider.SALESFORCE, id="salesforce-1")
    before = ADMIN.get(f"connections/{connection.id}/links").body["items"]
    assert before
    closed = ADMIN.post(f"connections/{connection.id}/disconnect")
    assert (closed.status, closed.body["status"]) == (200, "closed")
    assert ADMIN.get(f"connections/{connection.id}/links").body["items"] == before
    assert ADMIN.post(f"connections/{connection.id}/disconnect").status == 409
    assert ADMIN.post(f"connections/{connection.id}/connect").status == 409
    assert ADMIN.post(f"connections/{connection.id}/reconnect").status == 200
    assert stage.consent(stage.connection(connection.id))["statusCode"] == 200
    assert ADMIN.get(f"connections/{connection.id}/links").body["items"] == before


def test_a_connection_that_never_had_a_grant_can_be_disconnected() -> None:
    id = new_connection()
    closed = ADMIN.post(f"connections/{id}/disconnect")
    assert (closed.status, closed.body["status"]) == (200, "closed")


def test_a_provider_that_does_not_answer_keeps_nobody_connected(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = stage.connect(Provider.SALESFORCE, id="salesforce-1")
    monkeypatch.setenv("SALESFORCE_LOGIN_URL", "http://127.0.0.1:9")
    closed = ADMIN.post(f"connections/{connection.id}/disconnect").body
    assert closed["status"] == "closed"
    assert closed["remedy"]


@pytest.mark.parametrize("provider", ["salesforce", "quickbooks_online"])
def test_a_connection_of_either_provider_can_be_tested_and_disconnected(stage: Stage, provider: str) -> None:
    connection = stage.connect(Provider(provider))
    found = ADMIN.post(f"connections/{connection.id}/test").body
    assert (found["ok"], found["name"]) == (True, ADMIN.get(f"connections/{connection.id}").body["account_name"])
    assert ADMIN.post(f"connections/{connection.id}/disconnect").body["status"] == "closed"


def test_a_posting_says_that_it_is_posted_once() -> None:
    id = new_connection("quickbooks_online")
    flow = ADMIN.get(f"connections/{id}/flows/quickbooks_online.time_activity").body
    assert flow["words"] == (
        "Time entry goes to the provider's TimeActivity. A new one here is created there when it is posted and "
        "status is submitted or approved. It is posted once, and taken out again when that does not hold any more. "
        "An edit afterwards shows as changed, until it is posted again. "
        "A deletion here deletes the record there."
    )


def test_a_test_of_the_connection_tells_latency_and_calls(stage: Stage) -> None:
    connection = stage.connect(Provider.SALESFORCE, id="salesforce-1")
    found = ADMIN.post(f"connections/{connection.id}/test").body
    assert found["ok"] is True, found
    assert found["latency"] > 0
    assert found["left"] == found["limit"] - found["used"]


def test_a_test_that_fails_tells_cause_and_remedy(stage: Stage) -> None:
    connection = stage.connect(Provider.SALESFORCE, id="salesforce-1")
    answer = requests.post(f"{stage.salesforce.url}/_sandbox/tokens/revoke", timeout=5)
    assert answer.ok, answer.text
    found = ADMIN.post(f"connections/{connection.id}/test")
    assert (found.status, found.body["ok"]) == (200, False)
    assert found.body["cause"]
    assert found.body["remedy"]


# --- flows -----------------------------------------------------------------------------------------------------------


def test_flows_are_told_in_words_and_as_data(live: str) -> None:
    found = {flow["name"]: flow for flow in ADMIN.get(f"connections/{live}/flows").body["items"]}
    assert list(found)[:2] == ["salesforce.account", "salesforce.opportunity"]
    opportunity = found["salesforce.opportunity"]
    assert opportunity["words"].startswith("Project is kept in step with the provider's Opportunity.")
    assert "A new one there is created here when StageName is Closed Won." in opportunity["words"]
    fields = {line["ours"]: line for line in opportunity["fields"]}
    assert fields["client"]["parent"] == "salesforce.account"
    assert (fields["stage"]["direction"], fields["budget"]["direction"]) == ("in", "both")


def test_an_unknown_flow_is_not_found(live: str) -> None:
    assert ADMIN.get(f"connections/{live}/flows/fax.page").status == 404


# --- runs ------------------------------------------------------------------------------------------------------------


def test_starting_the_initial_sync_answers_the_run_at_once(live: str) -> None:
    started = ADMIN.post(f"connections/{live}/runs")
    assert started.status == 202
    run = started.body["run"]
    [found] = ADMIN.get(f"connections/{live}/runs").body["items"]
    assert (found["id"], found["status"], found["actor"]) == (run, "running", "ada@acme.example")
    assert ADMIN.get(f"connections/{live}").body["status"] == "loading"
    assert ADMIN.post(f"connections/{live}/runs").status == 409


def test_an_initial_sync_that_was_aborted_can_be_started_again(live: str) -> None:
    first = ADMIN.post(f"connections/{live}/runs").body["run"]
    machines = boto3.client("stepfunctions")
    machine = machines.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    execution = next(e for e in machines.list_executions(stateMachineArn=machine)["executions"] if e["name"] == first)
    machines.stop_execution(executionArn=execution["executionArn"])

    again = ADMIN.post(f"connections/{live}/runs")

    assert again.status == 202
    assert again.body["run"] != first


def test_a_connection_without_consent_cannot_be_loaded() -> None:
    assert ADMIN.post(f"connections/{new_connection()}/runs").status == 409


def test_progress_is_told_per_object_while_a_run_goes_on(live: str) -> None:
    runs = Runs("acme", live)
    run = runs.start("initial sync", "ada", {"Account": 40, "Opportunity": 60})
    runs.part(run.id, "Account", "1", Tally(seen=40, created_ours=39, parked=1))
    found = ADMIN.get(f"connections/{live}/runs/{run.id}").body
    account = found["progress"]["Account"]
    assert (account["total"], account["seen"], account["done"], account["parked"]) == (40, 40, 39, 1)
    assert account["rate"] > 0
    assert account["seconds_left"] == 0
    assert found["percent"] == 40.0


def test_runs_are_paged_the_latest_first(live: str) -> None:
    ids = [Runs("acme", live).start("pull", "schedule").id for _ in range(5)]
    first = ADMIN.get(f"connections/{live}/runs", limit=3).body
    rest = ADMIN.get(f"connections/{live}/runs", limit=3, start=first["next"]).body
    assert [run["id"] for run in [*first["items"], *rest["items"]]] == ids[::-1]
    assert rest["next"] is None


def failed_run(connection: str, *ours: str, parked: int = 0) -> str:
    runs, tally = Runs("acme", connection), Tally(seen=9, parked=parked or len(ours))
    said = {"cause": "Rejected", "reason": "The name is too long.", "remedy": "Shorten it.", "field": "name"}
    tally.problems = [{"flow": "salesforce.account", "ours": id, "theirs": "", **said} for id in ours]
    run = runs.start("pull", "schedule")
    runs.finish(run.id, RunStatus.DONE, tally)
    return run.id


def test_problems_tell_cause_field_and_remedy(live: str) -> None:
    run = failed_run(live, "cli_1")
    [problem] = ADMIN.get(f"connections/{live}/runs/{run}/problems").body["items"]
    assert (problem["ours"], problem["field"], problem["remedy"]) == ("cli_1", "name", "Shorten it.")
    assert ADMIN.get(f"connections/{live}/runs/{run}").body["problems"] == 1


def test_a_retry_touches_only_the_parked_records_of_the_run(stage: Stage, live: str) -> None:
    for ours in ("cli_1", "cli_2", "cli_3"):
        link(live, ours, State.PARKED, problem=PROBLEM)
    answer = ADMIN.post(f"connections/{live}/runs/{failed_run(live, 'cli_1', 'cli_3')}/retry")
    assert answer.status == 202
    assert_waits(live, answer, changes=4, pull=False, kind="retry")
    assert queued(stage) == {("ours", "client", "cli_1"), ("theirs", "Account", "001-cli_1"),
                             ("ours", "client", "cli_3"), ("theirs", "Account", "001-cli_3")}  # fmt: skip


def test_a_retry_of_more_than_a_run_remembers_takes_all_that_is_parked(stage: Stage, live: str) -> None:
    for number in range(3):
        link(live, f"cli_{number}", State.PARKED, problem=PROBLEM)
    link(live, "cli_fine")
    answer = ADMIN.post(f"connections/{live}/runs/{failed_run(live, 'cli_1', parked=3)}/retry")
    assert answer.body["changes"] == 6
    assert ("ours", "client", "cli_fine") not in queued(stage)


def queued(stage: Stage) -> set[tuple[str, str, str]]:
    return {
        (change["where"], change["name"], change["id"]) for body in stage.bodies() for change in body.get("changes", [])
    }


def test_deletions_are_confirmed_only_where_a_run_stopped_before_them(stage: Stage, live: str) -> None:
    runs = Runs("acme", live)
    fine, stopped = runs.start("pull", "schedule"), runs.start("pull", "schedule")
    runs.finish(fine.id, RunStatus.DONE)
    runs.finish(stopped.id, RunStatus.STOPPED, reason="This run would delete 40 records.")
    assert ADMIN.post(f"connections/{live}/runs/{fine.id}/confirm-deletions").status == 409
    assert stage.bodies() == []
    assert ADMIN.post(f"connections/{live}/runs/{stopped.id}/confirm-deletions").status == 202
    [message] = stage.bodies()
    assert message["pull"] == {"actor": "ada@acme.example", "released": True}


def test_a_run_that_is_not_there_is_not_found(live: str) -> None:
    for verb, path in (("GET", ""), ("GET", "/problems"), ("POST", "/retry"), ("POST", "/confirm-deletions")):
        assert ADMIN.call(verb, f"connections/{live}/runs/never-was{path}").status == 404


# --- links -----------------------------------------------------------------------------------------------------------


def test_a_link_is_found_by_either_id(live: str) -> None:
    link(live, "cli_1")
    link(live, "prj_1", flow="salesforce.opportunity")
    for query in ({"ours": "cli_1"}, {"theirs": "001-cli_1"}, {"theirs": "001-cli_1", "flow": "salesforce.account"}):
        [found] = ADMIN.get(f"connections/{live}/links", **query).body["items"]
        assert (found["ours"], found["theirs"], found["kind"], found["object"]) == (
            "cli_1", "001-cli_1", "client", "Account"
        )  # fmt: skip
    assert ADMIN.get(f"connections/{live}/links", ours="cli_1", flow="salesforce.opportunity").body["items"] == []


def test_parked_links_are_listed_with_their_problem(live: str) -> None:
    link(live, "cli_1")
    link(live, "cli_2", State.PARKED, problem=PROBLEM)
    [found] = ADMIN.get(f"connections/{live}/links", state="parked").body["items"]
    assert found["ours"] == "cli_2"
    assert found["problem"] == {
        "reason": "The name is too long.", "remedy": "Shorten it.", "field": "name",
        "cause": "Rejected", "trouble": "other", "trace": "", "tries": 3, "retry_at": None,
    }  # fmt: skip


def test_links_are_paged_through_all_flows(live: str) -> None:
    for number in range(5):
        link(live, f"cli_{number}")
        link(live, f"prj_{number}", flow="salesforce.opportunity")
    found, start, rounds = [], None, 0
    while rounds == 0 or start:
        page = ADMIN.get(f"connections/{live}/links", limit=3, start=start).body
        found, start, rounds = found + [each["ours"] for each in page["items"]], page["next"], rounds + 1
    assert sorted(found) == sorted([f"cli_{n}" for n in range(5)] + [f"prj_{n}" for n in range(5)])
    assert len(found) == 10


def test_a_link_shows_open_conflicts(live: str) -> None:
    link(live, "cli_1", conflicts=(Conflict("name", "A", "B", "C"),))
    found = ADMIN.get(f"connections/{live}/links/salesforce.account/cli_1").body
    assert found["conflicts"] == [{"field": "name", "base": "A", "ours": "B", "theirs": "C"}]


def test_a_pending_link_is_shown(live: str) -> None:
    DynamoLinks("acme", live).save([Link("salesforce.account", "cli_1", birth=Birth({"name": "A"}, "r", "1"))])
    [found] = ADMIN.get(f"connections/{live}/links", state="pending").body["items"]
    assert (found["ours"], found["theirs"], found["base"]) == ("cli_1", None, None)


def test_one_pair_is_tried_again_at_once(stage: Stage, live: str) -> None:
    link(live, "cli_1", State.PARKED, problem=PROBLEM)
    answer = MEMBER.post(f"connections/{live}/links/salesforce.account/cli_1/retry")
    assert answer.status == 202
    assert queued(stage) == {("ours", "client", "cli_1"), ("theirs", "Account", "001-cli_1")}


def test_a_link_that_is_not_there_is_not_found(live: str) -> None:
    assert ADMIN.get(f"connections/{live}/links/salesforce.account/cli_0").status == 404
    assert ADMIN.get(f"connections/{live}/links/fax.page/cli_0").status == 404
    assert ADMIN.post(f"connections/{live}/links/salesforce.account/cli_0/retry").status == 404
    assert ADMIN.get(f"connections/{live}/links", flow="fax.page").status == 404
    assert ADMIN.get(f"connections/{live}/links", start="fax.page~x").status == 422


# --- sync now --------------------------------------------------------------------------------------------------------


def sync(connection: str, body: Any = None) -> Answer:
    return MEMBER.post(f"connections/{connection}/sync", body)


def assert_waits(connection: str, answer: Answer, *, changes: int, pull: bool, kind: str) -> None:
    """It is a run from now on."""
    assert (answer.body["changes"], answer.body["pull"]) == (changes, pull)
    run = ADMIN.get(f"connections/{connection}/runs/{answer.body['run']}").body
    assert (run["status"], run["kind"]) == ("waiting", kind)


def test_one_record_is_synchronised_from_either_side(stage: Stage, live: str) -> None:
    assert_waits(live, sync(live, {"kind": "project", "id": "prj_1"}), changes=1, pull=False, kind="changes")
    assert sync(live, {"object": "Opportunity", "id": "006A"}).status == 202
    assert queued(stage) == {("ours", "project", "prj_1"), ("theirs", "Opportunity", "006A")}


def test_a_flow_is_synchronised_with_all_its_pairs_and_what_is_new(stage: Stage, live: str) -> None:
    link(live, "cli_1")
    link(live, "cli_2", State.TOMBSTONE)
    link(live, "prj_1", flow="salesforce.opportunity")
    assert_waits(live, sync(live, {"flow": "salesforce.account"}), changes=2, pull=True, kind="pull")
    messages = stage.bodies()
    assert [change["id"] for change in messages[0]["changes"]] == ["cli_1", "001-cli_1"]
    assert messages[1]["pull"]["actor"] == "max@acme.example"


@pytest.mark.parametrize("body", [None, {}])
def test_everything_is_synchronised_by_a_pull(stage: Stage, live: str, body: Any) -> None:
    assert_waits(live, sync(live, body), changes=0, pull=True, kind="pull")
    [message] = stage.bodies()
    assert message["pull"] == {"actor": "max@acme.example", "released": False}


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "project"},
        {"id": "prj_1"},
        {"kind": "project", "object": "Opportunity", "id": "x"},
        {"flow": "salesforce.account", "id": "x"},
        {"kind": "term", "id": "trm_1"},
        {"object": "Fax", "id": "1"},
    ],
)
def test_what_no_flow_watches_or_means_two_things_is_refused(stage: Stage, live: str, body: Any) -> None:
    answer = sync(live, body)
    assert (answer.status, answer.is_problem) == (422, True)
    assert stage.bodies() == []


def test_what_was_asked_for_is_audited(live: str) -> None:
    run = sync(live, {"kind": "project", "id": "prj_1"}).body["run"]
    line = ADMIN.get("audit", limit=1).body["items"][0]
    assert (line["actor"], line["what"]) == ("max@acme.example", "sync.now")
    assert line["detail"] == {"kind": "project", "id": "prj_1", "changes": 1, "run": run}
