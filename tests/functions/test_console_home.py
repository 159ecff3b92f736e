"""Home and the runs as people see them: whether it works, what was done, and what to do about what was not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.console import Browser
from tests.stage import Stage
from timebridge.links import Link, Problem, State
from timebridge.runs import RunStatus, Tally
from timebridge.store.carried import Carried
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.store.tenants import Connections, Tenants
from timebridge.tenants import Connection, Provider, Status, Tenant

pytestmark = pytest.mark.usefixtures("acme")

ADMIN = ("tenant_admin",)
HOSTILE = '<script>alert("x")</script>'


def connected(id: str = "sf", provider: Provider = Provider.SALESFORCE, **values: Any) -> Connection:
    now = datetime.now(UTC)
    given = {
        "status": Status.LIVE,
        "account": f"account-{id}",
        "account_name": "Acme Org",
        "last_pull": now - timedelta(minutes=20),
        "next_pull": now + timedelta(minutes=40),
        "settings": {"presets": ["projects"]} if provider is Provider.SALESFORCE else {},
    }
    return Connections().save(Connection(id, "acme", provider, **given | values))


def parked(name: str = "Harbour Freight") -> str:
    client = Workspace("acme").create("client", {"name": name})
    problem = Problem("The name is too long.", "Shorten it.", "name", 1, datetime.now(UTC) + timedelta(hours=1))
    DynamoLinks("acme", "sf").save([Link("salesforce.account", client.id, "001", State.PARKED, problem=problem)])
    return client.id


def failed_run(ours: str, **values: Any) -> str:
    runs = Runs("acme", "sf")
    said = {"reason": "The name is too long.", "remedy": "Shorten it.", "field": "name", "trace": "call-77"}
    pair = {"flow": "salesforce.account", "ours": ours, "theirs": "001", "cause": "Rejected", "trouble": "format"}
    tally = Tally(seen=12, created_ours=2, updated_theirs=3, unchanged=6, parked=1, problems=[pair | said])
    run = runs.start("pull", "ada@acme.example")
    runs.part(run.id, "Account", "1", tally, total=12)
    runs.finish(run.id, **{"status": RunStatus.DONE, **values})
    return run.id


# --- home ------------------------------------------------------------------------------------------------------------


def test_home_says_at_once_that_everything_is_in_step(ada: Browser) -> None:
    connected()
    connected("qbo", Provider.QUICKBOOKS_ONLINE)
    Carried("acme", "sf").add(Tally(created_ours=7), datetime.now(UTC))
    page = ada.get()
    assert page.status == 200, page.text
    assert "Everything is in step." in page.text
    for words in ("From Salesforce", "To Salesforce", "QuickBooks Online", "7 records today", "Next sync", "Sync now"):
        assert words in page.text
    assert page.text.count("In step") == 2


def test_home_shows_what_needs_somebody_and_leads_there(ada: Browser) -> None:
    connected()
    parked()
    page = ada.get()
    assert "1 record needs you." in page.text
    assert page.links["Look at the record"].endswith("/acme/problems")
    assert page.links["1"].endswith("/acme/problems?connection=sf")


@pytest.mark.parametrize(
    ("values", "words", "button"),
    [
        ({"status": Status.NEEDS_REAUTH, "reason": "The access was taken back."}, "Sign-in needed", "Sign in again"),
        ({"status": Status.PAUSED, "reason": "Paused by ada."}, "Paused", "Resume"),
        ({"status": Status.CONNECTING, "last_pull": None}, "Being set up", "Go on connecting"),
    ],
)
def test_what_is_wrong_comes_with_its_remedy_for_administrators(
    ada: Browser, vera: Browser, values: dict[str, Any], words: str, button: str
) -> None:
    connected(**values)
    mine, hers = ada.get(), vera.get()
    assert words in mine.text
    assert f">{button}</" in mine.html
    assert words in hers.text
    assert f">{button}</" not in hers.html
    assert "An administrator can put this right." in hers.text
    assert "Sync now" not in mine.text


def test_viewers_see_all_and_cannot_synchronise(vera: Browser) -> None:
    connected()
    assert "Sync now" not in vera.get().text
    assert vera.post("sync/sf").status == 403


def test_members_may_synchronise_and_do_not_administer(stage: Stage) -> None:
    connected()
    connected("qbo", Provider.QUICKBOOKS_ONLINE, status=Status.PAUSED, reason="Paused by ada.")
    max_ = Browser(roles=("member",), name="max@acme.example")
    page = max_.get()
    assert ">Sync now<" in page.html
    assert ">Resume<" not in page.html
    assert max_.post("sync/sf").status == 303
    assert max_.post("resume/qbo").status == 403
    assert len(stage.bodies()) == 1


def test_without_connections_an_administrator_is_led_to_connect(ada: Browser) -> None:
    page = ada.get()
    assert "Nothing is connected yet" in page.text
    assert page.links["Connect Salesforce or QuickBooks"].endswith("/acme/connections/new")


def test_without_connections_others_learn_whom_to_ask(vera: Browser) -> None:
    page = vera.get()
    assert "An administrator of Acme connects" in page.text
    assert "Connect Salesforce or QuickBooks" not in page.text


def test_the_chart_is_a_table_too(ada: Browser) -> None:
    connected()
    Carried("acme", "sf", lambda: "Europe/Vienna").add(Tally(created_ours=1_200, newly_parked=3), datetime.now(UTC))
    page = ada.get()
    assert "Came in: 1,200" in page.text
    assert "Refused: 3" in page.text
    assert 'class="in"' in page.html
    assert 'class="bad"' in page.html
    assert "style=" not in page.html


def test_home_renews_itself_in_part(ada: Browser) -> None:
    connected()
    part = ada.get(part=True)
    assert part.html.lstrip().startswith('<div id="state"')
    assert "every 15s" in part.html
    assert "<html" not in part.html


def test_sync_now_is_followed_to_its_end(stage: Stage, ada: Browser) -> None:
    connected()
    asked = ada.post("sync/sf")
    [body] = stage.bodies()
    assert body["pull"]["actor"] == "ada@acme.example"
    run, runs = body["run"]["id"], Runs("acme", "sf")
    assert (asked.status, asked.location) == (303, f"acme/runs/sf/{run}")
    waits = ada.follow(asked)
    assert "Waiting in the queue" in waits.text
    assert "every 2s" in waits.html
    runs.take_up(run)
    assert "under way since" in ada.follow(asked).text
    runs.finish(run, RunStatus.DONE, Tally(seen=3, unchanged=3))
    done = ada.follow(asked)
    assert "Nothing had to be written" in done.text
    assert "every 2s" not in done.html


def test_a_paused_connection_goes_on_from_home(ada: Browser) -> None:
    connected(status=Status.PAUSED, reason="Paused by ada.")
    answer = ada.post("resume/sf")
    assert (answer.status, answer.location) == (303, "acme")
    found = Connections().get("acme", "sf")
    assert found is not None
    assert found.status is Status.LIVE


def test_forms_of_others_are_refused(ada: Browser) -> None:
    connected()
    assert ada.post("sync/sf", csrf="guessed").status == 403


def test_nobody_sees_the_pages_of_another_tenant() -> None:
    connected()
    stranger = Browser(tenant="other", at="acme")
    Tenants().save(Tenant("other", "Other", "UTC"))
    for path in ("", "runs", "runs/sf/run"):
        assert stranger.get(path).status == 403


def test_hostile_names_are_only_words(ada: Browser) -> None:
    connected(account_name=HOSTILE)
    run = failed_run(parked(HOSTILE))
    for path in ("", "runs", f"runs/sf/{run}"):
        page = ada.get(path)
        assert page.status == 200
        assert HOSTILE not in page.html
        assert "&lt;script&gt;" in page.html


# --- runs ------------------------------------------------------------------------------------------------------------


def test_runs_are_listed_with_who_what_and_what_came_of_it(ada: Browser) -> None:
    connected()
    failed_run(parked())
    page = ada.get("runs")
    for words in ("Sync", "Salesforce", "ada@acme.example", "Account", "Done, with problems", "12"):
        assert words in page.text
    assert any("/acme/runs/sf/" in to for to in page.links.values())


def test_runs_are_filtered_in_the_address(ada: Browser) -> None:
    connected()
    failed_run(parked())
    today = datetime.now(UTC).date()
    assert "Done, with problems" in ada.get("runs", kind="pull", connection="sf", q="too long").text
    assert "No run is like this" in ada.get("runs", kind="verify").text
    later = (today + timedelta(days=3)).isoformat()
    assert "No run is like this" in ada.get("runs", since=later).text
    assert "Done, with problems" in ada.get("runs", until=later, since="not a day").text


def test_runs_page_by_page(ada: Browser) -> None:
    connected()
    runs = Runs("acme", "sf")
    for number in range(27):
        runs.finish(runs.start("pull", "schedule").id, RunStatus.DONE, reason=f"Number {number}.")
    first = ada.get("runs")
    assert "Number 26." in first.text
    assert "Number 1." not in first.text
    second = ada.get("runs?" + first.links["Next page"].partition("?")[2])
    assert "Number 1." in second.text
    assert "Number 26." not in second.text


def test_without_runs_the_page_says_what_will_be_there(ada: Browser) -> None:
    assert "Nothing has run yet" in ada.get("runs").text


def test_a_run_leads_to_its_records_and_they_are_tried_again(stage: Stage, ada: Browser) -> None:
    connected()
    ours = parked()
    run = failed_run(ours)
    page = ada.get(f"runs/sf/{run}")
    for words in ("Harbour Freight", "The name is too long.", "Shorten it.", "Name", "call-77", "Waits", "12 of 12"):
        assert words in page.text
    assert page.links["Harbour Freight"].endswith(f"/acme/records/clients/{ours}")
    again = ada.post(f"runs/sf/{run}/retry")
    assert "tried again now" in again.said
    [body] = stage.bodies()
    assert (again.status, again.location) == (303, f"acme/runs/sf/{body['run']['id']}")
    assert [change["id"] for change in body["changes"]] == [ours, "001"]


def test_what_is_solved_says_so(ada: Browser) -> None:
    connected()
    ours = parked()
    run = failed_run(ours)
    links = DynamoLinks("acme", "sf")
    [link] = links.find("salesforce.account", ours=[ours])
    links.save([replace(link, state=State.LIVE, base={"name": "H"}, problem=None)])
    page = ada.get(f"runs/sf/{run}")
    assert "Solved" in page.text
    assert "Try these again" not in page.text


def test_a_viewer_reads_a_run_and_changes_nothing(vera: Browser) -> None:
    connected()
    run = failed_run(parked())
    assert "Try these again" not in vera.get(f"runs/sf/{run}").text
    assert vera.post(f"runs/sf/{run}/retry").status == 403


def test_a_running_run_renews_itself_until_it_has_ended(ada: Browser) -> None:
    connected()
    runs = Runs("acme", "sf")
    run = runs.start("initial sync", "ada@acme.example", total={"TimeActivity": 200})
    runs.part(run.id, "TimeActivity", "1", Tally(seen=50, created_ours=50))
    page = ada.get(f"runs/sf/{run.id}", part=True)
    assert "every 2s" in page.html
    assert "Time activity" in page.text
    assert "50 of 200" in page.text
    runs.finish(run.id, RunStatus.DONE)
    assert "every 2s" not in ada.get(f"runs/sf/{run.id}", part=True).html


def test_deletions_are_confirmed_after_their_consequences_were_read(stage: Stage, ada: Browser, vera: Browser) -> None:
    connected()
    runs = Runs("acme", "sf")
    run = runs.start("pull", "schedule")
    runs.finish(run.id, RunStatus.STOPPED, reason="120 of 300 accounts would be deleted.")
    assert "Asks you" in ada.get().text
    page = ada.get(f"runs/sf/{run.id}")
    assert "120 of 300 accounts would be deleted." in page.text
    consequences = ada.get(f"runs/sf/{run.id}/deletions")
    assert "can be restored" in consequences.text
    assert "Only an administrator can confirm this." in vera.get(f"runs/sf/{run.id}/deletions").text
    assert vera.post(f"runs/sf/{run.id}/deletions").status == 403
    assert ada.post(f"runs/sf/{run.id}/deletions").status == 303
    [body] = stage.bodies()
    assert body["pull"]["released"] is True


def test_a_check_shows_what_differs_and_brings_it_into_step(stage: Stage, ada: Browser) -> None:
    connected()
    runs = Runs("acme", "sf")
    run = runs.start("verify", "ada@acme.example")
    line = {"field": "phone", "ours": "+43 1", "theirs": None, "why": "moved"}
    found = {"flow": "salesforce.account", "ours": "cli_1", "theirs": "001", "name": "Harbour", "differences": [line]}
    runs.keep(run.id, {"salesforce.account#cli_1": found})
    outcome = {"pairs": 9, "equal": 8, "different": 1, "skipped": 0, "calls": 2}
    runs.finish(run.id, RunStatus.DONE, Tally(seen=9, different=1), outcome=outcome)
    page = ada.get(f"runs/sf/{run.id}")
    for words in ("1 pair differs, 8 agree.", "Harbour", "Phone", "+43 1", "nothing"):
        assert words in page.text
    assert ada.post(f"runs/sf/{run.id}/repair").status == 303
    assert [change["id"] for change in stage.bodies()[0]["changes"]] == ["cli_1", "001"]


@pytest.mark.parametrize(
    ("kind", "link", "to"),
    [
        ("post", "Each record, and what became of it", "post/runs/sf/"),
        ("verify", "Look through the pairs, and repair one by one", "drift/sf/"),
    ],
)
def test_a_run_leads_to_the_page_of_its_kind(ada: Browser, kind: str, link: str, to: str) -> None:
    connected()
    runs = Runs("acme", "sf")
    run = runs.start(kind, "ada@acme.example")
    runs.finish(run.id, RunStatus.DONE)
    assert ada.get(f"runs/sf/{run.id}").links[link].endswith(f"/acme/{to}{run.id}")


def test_a_run_that_is_not_there_is_said_to_be_missing(ada: Browser) -> None:
    connected()
    assert ada.get("runs/sf/nope").status == 404
    assert ada.get("runs/nope/nope").status == 404
