"""Time on its way into the books of QuickBooks: nothing without permission, and exactly what was asked for."""

from typing import Any

import pytest

from tests.admin import Person
from tests.features.books import DAY, PATH, Books
from timebridge.postings import orders


def test_D02_timesheets_are_posted_from_the_workspace_to_quickbooks(books: Books) -> None:
    entry = books.approved("1.5", notes="Wiring of the crane", project=books.found("project", "Crane"))

    run = books.post(entry.id)

    [activity] = books.mine()
    assert (activity["NameOf"], activity["EmployeeRef"]["value"]) == ("Employee", books.employee)
    assert (activity["CustomerRef"]["value"], activity["ItemRef"]["value"]) == (books.job, books.item)
    assert (activity["TxnDate"], activity["Hours"], activity["Minutes"]) == (DAY, 1, 30)
    assert (activity["BillableStatus"], activity["HourlyRate"]) == ("Billable", 100)
    assert activity["Description"] == f"Wiring of the crane [timebridge:{entry.id}]"
    assert "StartTime" not in activity
    assert (run["kind"], run["status"], run["counts"]["created_theirs"]) == ("post", "done", 1)
    assert books.link(entry.id).theirs == activity["Id"]


def test_D05_the_request_returns_a_run_and_the_work_is_done_without_the_browser(books: Books, admin: Person) -> None:
    entry = books.approved()
    books.stage.settle()

    answer = admin.post(f"{PATH}/postings", {"type": "time", "ids": [entry.id]})

    assert (answer.status, set(answer.body)) == (202, {"run"})
    before = len(books.stage.quickbooks_has("TimeActivity"))
    assert books.run(answer.body["run"])["status"] == "running"
    books.stage.work()
    assert len(books.stage.quickbooks_has("TimeActivity")) == before + 1
    assert books.run(answer.body["run"])["status"] == "done"


def test_D10_nothing_is_posted_until_a_person_posts_and_the_audit_says_who(books: Books, admin: Person) -> None:
    entry = books.approved()
    books.pull()
    assert books.mine() == []
    assert books.here()[entry.id]["state"] == "ready"

    books.post(entry.id)

    assert len(books.mine()) == 1
    line = next(line for line in admin.get("audit").body["items"] if line["what"] == "postings.post")
    assert (line["actor"], line["detail"]["selection"]["ids"]) == (admin.name, [entry.id])


def test_D10_with_auto_post_what_is_approved_goes_by_itself_and_the_audit_says_who_allowed_it(
    books: Books, admin: Person
) -> None:
    waiting = books.submitted()
    books.posting(auto=True)
    entry = books.approved()

    [activity] = books.mine()

    assert entry.id in activity["Description"]
    assert books.here()[waiting.id]["state"] == "blocked"
    line = next(line for line in admin.get("audit").body["items"] if line["what"] == "connection.update")
    assert line["actor"] == admin.name
    assert line["after"]["settings"]["posting"] == {"time": {"auto": True}}


def test_D10_switching_auto_post_off_leaves_what_is_in_the_books(books: Books) -> None:
    books.posting(auto=True)
    entry = books.approved()
    assert len(books.mine()) == 1

    books.posting(auto=False)
    books.ours.update("staff", books.person, {"phone": "1"}, books.record("staff", books.person).version or "")
    books.edit("project", books.project, notes="touched")
    books.admin.post(f"{PATH}/sync", {"flow": "quickbooks_online.time_activity"})

    assert len(books.of(entry.id)) == 1


def test_D16_what_is_not_approved_is_refused_with_that_reason(books: Books) -> None:
    entry = books.submitted()

    run = books.post(entry.id)

    assert books.mine() == []
    [problem] = books.admin.get(f"{PATH}/runs/{run['id']}/problems").body["items"]
    assert (problem["ours"], problem["field"]) == (entry.id, "status")
    assert "not approved" in problem["reason"]
    assert "not approved" in books.here()[entry.id]["reason"]


def test_D16_submitted_time_is_posted_where_approval_is_not_asked_for_and_drafts_never(books: Books) -> None:
    books.posting(approved_only=False)
    submitted, draft = books.submitted(), books.hours()

    books.post(submitted.id, draft.id)

    assert [len(books.of(entry.id)) for entry in (submitted, draft)] == [1, 0]


def test_D17_posting_and_synchronising_are_two_verbs_with_two_histories(books: Books) -> None:
    entry = books.approved()
    books.bookkeeper("Customer", DisplayName="Quay Lighting")

    books.pull()
    assert books.mine() == []

    run = books.post(entry.id)
    assert len(books.mine()) == 1
    histories = {kind: books.admin.get(f"{PATH}/runs", kind=kind).body["items"] for kind in ("post", "pull")}
    kinds = {kind: [each["id"] for each in history] for kind, history in histories.items()}
    assert kinds["post"][0] == run["id"]
    assert kinds["pull"]
    assert run["id"] not in kinds["pull"]
    assert run["actor"] == books.admin.name


def test_D18_D47_there_is_a_place_that_lists_what_can_be_posted_and_what_cannot_and_why(books: Books) -> None:
    ready, early = books.approved(), books.submitted()
    stranger = books.ours.create("staff", {"name": "Robin Quay"})
    unlinked = books.approved(staff=stranger.id)
    empty = books.approved("0")
    posted = books.approved()
    books.post(posted.id)

    listed = books.here()

    assert {id: each["state"] for id, each in listed.items()} == {
        ready.id: "ready",
        early.id: "blocked",
        unlinked.id: "blocked",
        empty.id: "blocked",
        posted.id: "posted",
    }
    assert "neither an employee nor a vendor" in listed[unlinked.id]["reason"]
    assert "Link the person" in listed[unlinked.id]["remedy"]
    assert listed[empty.id]["field"] == "hours"
    assert listed[posted.id]["link"].endswith("/app/timetracking")
    assert list(books.here(state="blocked")) == [id for id in listed if listed[id]["state"] == "blocked"]
    assert list(books.here(staff=stranger.id)) == [unlinked.id]


def test_D18_the_list_pages_through_days_people_and_projects(books: Books) -> None:
    days = ["2026-11-16", "2026-11-17", "2026-11-18"]
    entries = [books.approved(work_date=day) for day in days]
    asked: dict[str, Any] = {"type": "time", "project": books.project, "limit": 2}
    first = books.admin.get(f"{PATH}/postings", **asked).body
    rest = books.admin.get(f"{PATH}/postings", **asked, start=first["next"]).body

    assert [each["id"] for page in (first, rest) for each in page["items"]] == [entry.id for entry in entries]
    assert rest["next"] is None
    assert list(books.here(**{"from": days[1], "to": days[1]})) == [entries[1].id]
    assert list(books.listed(project=books.project)) == [entry.id for entry in entries]
    assert books.listed(project="prj_of_somebody_else") == {}


def test_D19_entries_are_selected_by_a_filter(books: Books) -> None:
    inside, outside = books.approved(work_date="2026-11-18"), books.approved(work_date="2026-11-10")
    other = books.ours.create("staff", {"name": "Jules Harbour"})
    theirs = books.approved(work_date="2026-11-18", staff=other.id)

    books.post(filter={"from": "2026-11-16", "to": "2026-11-22", "staff": books.person})

    assert [len(books.of(entry.id)) for entry in (inside, outside, theirs)] == [1, 0, 0]


def test_D20_exactly_what_was_ticked_is_posted(books: Books) -> None:
    entries = [books.approved(notes=f"Entry {number}") for number in range(5)]
    ticked = [entries[1].id, entries[3].id]
    books.stage.settle()

    run = books.post(*ticked)
    again = books.post(*ticked)

    assert {id for id in (entry.id for entry in entries) if books.of(id)} == set(ticked)
    assert len(books.mine()) == 2
    assert (run["counts"]["created_theirs"], again["counts"]["created_theirs"]) == (2, 0)


def test_D20_a_preview_shows_what_would_be_sent_and_writes_nothing(books: Books) -> None:
    entry, early = books.approved(notes="Wiring"), books.submitted()
    [needing] = books.preview(entry.id)["documents"]
    assert needing["needs"] == [{"flow": "quickbooks_online.job", "id": books.project}]
    books.stage.settle()
    before, stored = books.calls(), books.record("time_entry", entry.id)

    preview = books.preview(entry.id, early.id)

    assert books.calls() == before
    assert books.record("time_entry", entry.id) == stored
    [document], [blocked] = preview["documents"], preview["blocked"]
    assert (document["id"], document["operation"], document["needs"]) == (entry.id, "create", [])
    assert (blocked["id"], "not approved" in blocked["reason"]) == (early.id, True)
    books.post(entry.id)
    [activity] = books.mine()
    assert _told(document["document"], activity)


def _told(sent: dict[str, Any], stored: dict[str, Any]) -> bool:
    """Whether the document holds everything that was sent."""
    return all(
        _told(value, stored[name]) if isinstance(value, dict) else stored[name] == value for name, value in sent.items()
    )


@pytest.mark.parametrize("asked", [{"ids": []}, {}, {"ids": ["ent_1"], "filter": {}}, {"ids": ["a"], "closed": "now"}])
def test_D19_a_selection_that_says_nothing_or_two_things_is_refused(books: Books, asked: dict[str, Any]) -> None:
    answer = books.admin.post(f"{PATH}/postings", {"type": "time", **asked})
    assert (answer.status, answer.is_problem) == (422, True)


@pytest.mark.parametrize("verb", ["postings", "postings/withdraw", "postings/repost", "postings/preview"])
def test_D10_only_administrators_post(books: Books, verb: str) -> None:
    entry = books.approved()
    for person in (Person(("member",)), Person(("viewer",)), Person(tenant="other")):
        assert person.call("POST", f"/v1/tenants/acme/{PATH}/{verb}", {"type": "time", "ids": [entry.id]}).status == 403
    assert Person(("viewer",)).get(f"{PATH}/postings", type="time").status == 200


def test_D05_a_large_posting_goes_on_in_another_message_when_time_is_short(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "PAGE", 2)
    monkeypatch.setattr(orders.pages, "__defaults__", (2,))
    entries = [books.approved(notes=f"Entry {number}") for number in range(5)]
    books.stage.settle()
    run = books.admin.post(f"{PATH}/postings", {"type": "time", "filter": {"project": books.project}}).body["run"]

    rounds = 0
    while messages := books.stage.messages():
        rounds += 1
        assert books.stage.call("worker", {"Records": messages}, milliseconds=1_000)["batchItemFailures"] == []
        books.stage._delete(messages)

    assert rounds == 3
    assert sorted(len(books.of(entry.id)) for entry in entries) == [1] * 5
    done = books.run(run)
    assert (done["status"], done["counts"]["created_theirs"], done["counts"]["seen"]) == ("done", 5, 5)


def test_D10_what_is_approved_goes_by_itself_into_the_books_of_one_connection_only(books: Books) -> None:
    books.posting(auto=True)
    other = books.admin.post("connections", {"provider": "quickbooks_online"}).body["id"]

    refused = books.admin.post(
        f"connections/{other}/settings/draft", {"settings": {"posting": {"time": {"auto": True}}}}
    )

    assert (refused.status, refused.body["field"]) == (422, "settings.posting.time.auto")
    assert "automatic in the connection" in refused.body["detail"]


def test_D10_why_time_is_not_in_the_books_is_said_where_it_is_asked(books: Books) -> None:
    entry = books.approved()
    books.stage.settle()

    def why() -> str:
        standings = books.admin.get("why", q=entry.id).body["items"]
        return next(each["words"] for each in standings if each["flow"] == "quickbooks_online.time_activity")

    assert why() == "It is not posted yet."
    books.post(entry.id)
    assert why() == "It is in step."
    books.withdraw(entry.id)
    books.stage.settle()
    assert "not in" in why() or "took it back" in why() or "ended" in why().lower()
