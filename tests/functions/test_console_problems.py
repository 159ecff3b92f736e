"""The pages about problems: the queue, mended in place; conflicts, matches, duplicates, checks, and the audit trail."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.admin import Person
from tests.console import Browser
from tests.stage import Stage, control
from timebridge.changes import Where
from timebridge.links import Conflict, Link, Problem, Question, State
from timebridge.records import Candidate
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Provider, Status, Tenant

ACCOUNTS = "salesforce.account"
HOSTILE = "<script>alert(1)</script> & Sons"
ADMIN = Person()


@pytest.fixture(autouse=True)
def space(stage: Stage) -> Workspace:
    Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))
    stage.new_connection(Provider.SALESFORCE, status=Status.LIVE)
    return Workspace("acme", "ada@acme.example")


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def viewer() -> Browser:
    return Browser(("viewer",), name="vera@acme.example")


def problem(reason: str = "The phone is too long.", **more: Any) -> Problem:
    now = datetime.now(UTC)
    given = {"field": "Phone", "tries": 2, "retry_at": now + timedelta(minutes=9), "trouble": "format", "since": now}
    return Problem(reason, "Shorten it.", **given | more)


def park(ours: str, **more: Any) -> Link:
    given: dict[str, Any] = {"problem": problem()} | more
    [kept] = DynamoLinks("acme", "salesforce").save([Link(ACCOUNTS, ours, f"001{ours}", State.PARKED, {}, **given)])
    assert isinstance(kept, Link)
    return kept


def client(space: Workspace, name: str = "Fir & Partners", **values: Any) -> str:
    return space.create("client", {"name": name, **values}).id


def path(ours: str, verb: str = "", at: str = "salesforce") -> str:
    return f"problems/{at}/{ACCOUNTS}/{ours}/{verb}".rstrip("/")


# --- the queue -------------------------------------------------------------------------------------------------------


def test_an_empty_queue_says_what_will_be_here(browser: Browser) -> None:
    assert "Nothing waits" in browser.get("problems").text
    assert browser.get("problems/count", part=True).text == ""


def test_the_first_thing_one_sees_is_how_many_wait_for_the_same_reason(browser: Browser, space: Workspace) -> None:
    for number in range(3):
        park(client(space, f"Client {number}"))

    page = browser.get("problems")

    assert "3 clients:" in page.text
    assert "The phone is too long." in page.text
    assert "Try all again" in page.text
    assert browser.get("problems/count", part=True).text.startswith("3")


def test_a_row_has_cause_field_remedy_and_the_value_to_mend(browser: Browser, space: Workspace) -> None:
    park(client(space, HOSTILE, phone="12345"))

    page = browser.get("problems")

    assert HOSTILE in page.text
    assert "<script>alert" not in page.html
    for words in ("Error", "The phone is too long.", "Shorten it.", "Phone", "2 times", "Save and try again"):
        assert words in page.text
    assert any(each.get("value") == "12345" for form in page.forms for each in form["fields"])


def test_a_value_is_mended_in_the_row_and_the_row_follows_until_it_is_solved(stage: Stage, browser: Browser) -> None:
    stage.connect(Provider.SALESFORCE, id="real", settings={"presets": ["projects", "push"]})
    stage.bodies()
    order = {"object": "Account", "code": "STRING_TOO_LONG", "message": "Phone: too large", "fields": ["Phone"]}
    control("POST", f"{stage.salesforce.url}/_sandbox/refusals", json=order)
    made = ADMIN.post("clients", {"name": "Northwind", "phone": "0043155501000000"}).body
    ADMIN.post("connections/real/sync")
    stage.work()
    control("DELETE", f"{stage.salesforce.url}/_sandbox/refusals")
    form = {"field": "phone", "value": "555", "revision": made["revision"]}
    alone = browser.get(path(made["id"], at="real")).text
    assert "A new record, refused by Salesforce" in alone
    assert "0043155501000000" in alone

    trying = browser.post(path(made["id"], "mend", "real"), form, part=True)
    assert "It is tried again now." in trying.text
    stage.settle()
    solved = browser.get(path(made["id"], at="real"), part=True, was=1, look=1, name="Northwind")

    assert "Synced" in solved.text
    assert "problems" in solved.headers["HX-Trigger"]
    assert [each["Phone"] for each in stage.salesforce_has("Account")] == ["555"]
    lines = {line["what"]: line for line in Audit("acme").page()[0]}
    assert (lines["client.update"]["via"], lines["link.retry"]["via"]) == ("console", "console")


def test_what_does_not_fit_is_told_at_the_field_and_what_was_typed_is_kept(browser: Browser, space: Workspace) -> None:
    id = client(space, phone="1")
    park(id)

    for part in (True, False):
        answer = browser.post(path(id, "mend"), {"field": "phone", "value": "9" * 41, "revision": 1}, part=part)

        assert answer.status == 422
        assert "at most 40 characters" in answer.text
        assert any(each.get("value") == "9" * 41 for form in answer.forms for each in form["fields"])


def test_a_row_that_is_refused_again_says_so(browser: Browser, space: Workspace) -> None:
    id = client(space)
    kept = park(id)

    assert "tried again now" in browser.get(path(id), part=True, was=kept.revision, look=1).text
    assert "still waiting its turn" in browser.get(path(id), part=True, was=kept.revision, look=99).text
    assert "refused again" in browser.get(path(id), part=True, was=kept.revision - 1, look=2).text


def test_one_and_all_alike_are_tried_again(stage: Stage, browser: Browser, space: Workspace) -> None:
    first, second = client(space, "Fir"), client(space, "Oak")
    park(first)
    park(second)

    alone = browser.post(path(first, "retry"))
    assert (alone.status, alone.location) == (303, "acme/problems")
    assert len(stage.bodies()) == 1
    like = ADMIN.get("problems").body["groups"][0]["like"]
    both = browser.post("problems/retry", {"like": like})

    assert both.said.startswith("2 records tried again now.")
    [message] = stage.bodies()
    assert {first, second} <= {change["id"] for change in message["changes"]}


def test_a_reference_is_chosen_on_a_page_of_its_own(browser: Browser, space: Workspace) -> None:
    park(client(space, "Fir"), problem=problem("It is missing.", field="name", trouble="reference"))
    [item] = ADMIN.get("problems").body["items"]

    page = browser.get(path(item["ours"]))

    assert "Save and try again" in page.text
    assert "Fir" in page.text


def test_what_is_solved_meanwhile_is_said(browser: Browser, space: Workspace) -> None:
    id = client(space)
    DynamoLinks("acme", "salesforce").save([Link(ACCOUNTS, id, "0011", State.LIVE, {})])

    answer = browser.get(path(id))

    assert (answer.location, answer.said) == ("acme/problems", "This does not wait any more: it is solved.")


def test_filters_are_in_the_address_and_the_table_can_be_taken_along(browser: Browser, space: Workspace) -> None:
    park(client(space, "Fir"))
    park(client(space, "Oak"), problem=problem("No right.", trouble="permission", field=None))

    shown = browser.get("problems", trouble="permission")
    assert "Oak" in shown.text
    assert "Fir" not in shown.text
    assert "Nothing here is like this" in browser.get("problems", q="nothing of that").text
    file = browser.get("problems.csv", trouble="permission")
    assert file.headers["Content-Type"].startswith("text/csv")
    assert "Oak" in file.html
    assert "Fir" not in file.html


def test_who_only_looks_sees_what_waits_and_whom_to_ask(viewer: Browser, space: Workspace) -> None:
    id = client(space)
    park(id)

    page = viewer.get("problems")

    assert "The phone is too long." in page.text
    assert "administrators" in page.text
    for words in ("Save and try again", "Try all again", "Try again"):
        assert words not in page.text
    assert viewer.post("problems/retry", {}).status == 403
    assert viewer.post(path(id, "retry")).status == 403
    assert viewer.post(path(id, "mend"), {"field": "phone", "value": "1", "revision": 1}).status == 403


# --- what does not wait ----------------------------------------------------------------------------------------------


def test_a_problem_is_left_with_a_reason_and_taken_up_again(browser: Browser, space: Workspace) -> None:
    id = client(space)
    park(id)
    assert "Leave it" in browser.get("problems").text

    asked = browser.get(path(id, "leave"))
    assert "Both sides stay as they are" in asked.text
    done = browser.post(path(id, "leave"), {"reason": "Nobody needs the number."})

    assert "It is set aside" in done.said
    assert "Nothing waits" in browser.get("problems").text
    aside = browser.get("problems/aside").text
    assert "Nobody needs the number." in aside
    assert "Set aside (1)" in aside
    assert "Set aside" in browser.get(path(id)).text
    browser.post(path(id, "take-up"))
    assert "Nothing is set aside" in browser.get("problems/aside").text


def test_all_that_is_alike_is_left_once_its_consequences_are_seen(browser: Browser, space: Workspace) -> None:
    for number in range(3):
        park(client(space, f"Client {number}"))
    [group] = ADMIN.get("problems").body["groups"]

    asked = browser.get("problems/leave", like=group["like"])
    assert "3 clients" in asked.text
    browser.post("problems/leave", {"like": group["like"], "reason": "They are old."})

    assert ADMIN.get("problems/count").body["aside"] == 3
    browser.post("problems/leave", {"like": group["like"], "reason": "Once more."})
    assert "Nothing of it waits any more" in browser.get("problems/leave", like=group["like"]).said


def test_what_was_solved_says_what_was_wrong_and_how_it_ended(browser: Browser, space: Workspace) -> None:
    id = client(space)
    kept = park(id)
    assert "Nothing was solved lately" in browser.get("problems/solved").text
    DynamoLinks("acme", "salesforce").save([replace(kept, state=State.LIVE, problem=None)])

    shown = browser.get("problems/solved").text

    assert "The phone is too long." in shown
    assert "In step" in shown
    assert "when one of the two was changed" in shown
    assert "Nothing here is like this" in browser.get("problems/solved", q="Nobody").text


def test_what_is_tried_and_was_solved_meanwhile_is_shown_as_solved(browser: Browser, space: Workspace) -> None:
    id = client(space)
    kept = park(id)
    DynamoLinks("acme", "salesforce").save([replace(kept, state=State.LIVE, problem=None)])

    tried = browser.post(f"{path(id)}/retry?name=Fir", part=True)
    mended = browser.post(path(id, "mend"), {"field": "phone", "value": "1", "revision": 1}, part=True)

    assert tried.status == mended.status == 200
    assert "Fir" in tried.text
    assert "It is in step now." in tried.text
    assert "Solved" in mended.text


def test_a_problem_can_be_told_to_somebody_as_text(browser: Browser, space: Workspace) -> None:
    id = client(space, phone="+43 1 5550100")
    park(id)

    page = browser.get("problems")

    assert "Copy as text" in page.text
    for words in ("Refused: The phone is too long.", "What to do: Shorten it.", "Field: Phone (+43 1 5550100)"):
        assert words in page.text
    assert f"/console/acme/problems/salesforce/{ACCOUNTS}/{id}" in page.text
    assert "Compare both sides" in page.text


def test_both_sides_are_read_again_since_a_day(stage: Stage, browser: Browser, viewer: Browser) -> None:
    page = browser.get("problems")
    assert "Last synced" in page.text
    assert "Read again" not in viewer.get("problems").text

    browser.post("problems/read-again", {"connection": "salesforce", "since": "2026-11-01"})

    [message] = stage.bodies()
    assert message["pull"]["since"] == "2026-10-31T23:00:00+00:00"
    assert browser.post("problems/read-again", {"connection": "salesforce"}).status in (303, 422)


# --- conflicts -------------------------------------------------------------------------------------------------------


def clash(space: Workspace) -> str:
    id = client(space, HOSTILE, phone="ours-1", website="ours-2")
    conflicts = (Conflict("phone", "base-1", "ours-1", "theirs-1"), Conflict("website", "base-2", "ours-2", "theirs-2"))
    DynamoLinks("acme", "salesforce").save([Link(ACCOUNTS, id, "0011", State.LIVE, {"name": "F"}, conflicts=conflicts)])
    return id


def test_a_conflict_shows_all_three_values_and_is_decided_field_by_field(browser: Browser, space: Workspace) -> None:
    id = clash(space)
    page = browser.get("conflicts")
    for words in (HOSTILE, "base-1", "ours-1", "theirs-1", "Before", "All of ours", "stay known"):
        assert words in page.text

    answer = browser.post(f"conflicts/salesforce/{ACCOUNTS}/{id}", {"field": "phone", "take": "theirs"})

    assert answer.said.startswith("Phone: Their value counts now.")
    assert "theirs-1" not in browser.get("conflicts").text
    browser.post(f"conflicts/salesforce/{ACCOUNTS}/{id}", {"field": "website", "take": "value", "value": "other"})
    decided = browser.get("conflicts/decided")
    assert "theirs-1" in decided.text
    assert "Another value" in decided.text
    assert "by ada@acme.example" in decided.text


def test_all_fields_of_a_pair_are_taken_from_one_side(browser: Browser, space: Workspace) -> None:
    id = clash(space)

    browser.post(f"conflicts/salesforce/{ACCOUNTS}/{id}", {"field": ["phone", "website"], "take": "ours"})

    assert "No conflicts" in browser.get("conflicts").text
    assert len(ADMIN.get("connections/salesforce/conflicts", decided="true").body["items"]) == 2


def test_who_may_not_decide_sees_the_values(viewer: Browser, space: Workspace) -> None:
    id = clash(space)

    assert "theirs-1" in viewer.get("conflicts").text
    assert "Administrators decide" in viewer.get("conflicts").text
    assert viewer.post(f"conflicts/salesforce/{ACCOUNTS}/{id}", {"field": "phone", "take": "ours"}).status == 403


# --- matches ---------------------------------------------------------------------------------------------------------


def ask(space: Workspace, name: str = "Oak", score: int = 92) -> str:
    id = client(space, name)
    candidates = (Candidate(f"0019{id[-6:]}", f"{name} Ltd", score, ("the same phone",)),)
    waits = problem("It may be the same.", cause="Undecided", trouble="duplicate", field=None)
    DynamoLinks("acme", "salesforce").save(
        [Link(ACCOUNTS, id, None, State.PARKED, None, problem=waits, question=Question(Where.THEIRS, candidates, name))]
    )
    return id


def test_a_match_shows_score_and_reasons_and_is_answered(browser: Browser, space: Workspace, stage: Stage) -> None:
    id = ask(space)
    page = browser.get("matches")
    for words in (
        "Oak Ltd",
        "92",
        "the same phone",
        "It is this one",
        "None: make a new one",
        "Keep it on its own side",
    ):
        assert words in page.text
    to = f"matches/salesforce/{ACCOUNTS}/{id}"

    answer = browser.post(to, {"answer": "link", "id": f"0019{id[-6:]}", "name": "Oak"})

    assert answer.said == "Oak: They are one record from now on."
    assert stage.bodies() != []
    assert "Nothing to match" in browser.get("matches").text


def test_accepting_the_likely_ones_says_first_what_it_does(browser: Browser, space: Workspace) -> None:
    for name, score in (("Oak", 92), ("Fir", 95), ("Elm", 78)):
        ask(space, name, score)

    before = browser.get("matches/accept", connection="salesforce", score=90)
    assert "2 records would be linked" in before.text
    assert "1 question would stay" in before.text
    answer = browser.post("matches/accept", {"connection": "salesforce", "score": 90})

    assert answer.said == "2 matches accepted; 1 left to answer."
    assert "Elm" in browser.get("matches").text


def test_another_record_than_the_candidates_is_looked_for(browser: Browser, space: Workspace) -> None:
    client(space, "Birch Ltd")
    waits = problem("It may be the same.", cause="Undecided", trouble="duplicate", field=None)
    question = Question(Where.OURS, (Candidate("cli_none", "Beech", 80),), "Birch")
    stranger = Link(ACCOUNTS, "cli_reserved", "0015", State.PARKED, None, problem=waits, question=question)
    DynamoLinks("acme", "salesforce").save([stranger])

    found = browser.get(f"matches/salesforce/{ACCOUNTS}/cli_reserved/others", part=True, other="Bir")

    assert "Birch Ltd" in found.text
    assert "It is this one" in found.text


# --- duplicates, checks, audit ---------------------------------------------------------------------------------------


def test_duplicates_are_compared_and_merged_with_what_moves_said_before(browser: Browser, space: Workspace) -> None:
    stays, goes = client(space, "Fir and Partners", phone="1"), client(space, "Fir & Partners")
    space.create("project", {"name": "Web", "client": goes})
    assert "Looking through all clients" in browser.get("duplicates").text
    found = browser.get("duplicates/found", part=True, kinds="clients")
    assert "Compare and merge" in found.text

    compared = browser.get(f"duplicates/merge?kinds=clients&ids={stays},{goes}&into={stays}")
    assert "1 project will belong to the one that stays" in compared.text
    answer = browser.post("duplicates/merge", {"kinds": "clients", "into": stays, "id": [goes]})

    assert answer.said == "1 record merged; 1 record moved along."
    assert "No duplicates" in browser.get("duplicates/found", part=True, kinds="clients").text


def test_a_check_is_started_followed_and_what_differs_is_repaired(stage: Stage, browser: Browser) -> None:
    stage.connect(Provider.SALESFORCE, id="real", settings={"presets": ["projects", "push"]})
    made = ADMIN.post("clients", {"name": "Northwind", "phone": "1"}).body
    stage.settle()
    [account] = stage.salesforce_has("Account")
    stage.seller("update", "Account", account["Id"], Phone="2")
    assert "It was never checked" in browser.get("drift").text

    started = browser.post("drift/real")
    assert "Under way" in browser.follow(started).text
    stage.work()
    page = browser.follow(started)
    assert "1 pair differs" in page.text
    assert "Northwind" in page.text
    where = started.location.removeprefix("acme/")
    browser.post(f"{where}/repair", {"flow": ACCOUNTS, "ours": made["id"]})
    stage.settle()

    assert ADMIN.get(f"clients/{made['id']}").body["values"]["phone"] == "2"


def test_the_trail_tells_person_program_and_system_apart_and_can_be_filtered(browser: Browser, viewer: Browser) -> None:
    made = ADMIN.post("clients", {"name": HOSTILE, "phone": "1"}).body
    ADMIN.patch(f"clients/{made['id']}", {"values": {"phone": "2"}, "revision": 1})
    Audit("acme").write("salesforce", "connection.lost", "connection salesforce")

    page = browser.get("audit")
    for words in ("ada@acme.example", "-API", "System", "Client changed", "Access lost", "was", HOSTILE):
        assert words in page.text
    assert "<script>alert" not in page.html
    assert "Client created" not in browser.get("audit", what="connection.").text
    assert "Nothing is like this" in browser.get("audit", actor="nobody@acme.example").text
    assert browser.get("audit.csv", what="client.").headers["Content-Type"].startswith("text/csv")
    assert viewer.get("audit").status == 403
    assert viewer.get("audit.csv").status == 403
