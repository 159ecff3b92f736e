"""What the post screens show, as the API tells it: the grid, documents in words, each result, and the rules."""

from tests.admin import Person
from tests.features.books import PATH, Books


def test_the_grid_counts_hours_of_people_by_day_and_by_how_far_they_have_come(books: Books, admin: Person) -> None:
    posted = books.approved("3", work_date="2026-11-16")
    books.post(posted.id)
    books.hours("1", work_date="2026-11-16")
    books.submitted("2", work_date="2026-11-17")
    books.approved("4", work_date="2026-11-17")
    books.approved("0.5", work_date="2026-11-17", billable=True, labour_code=None)
    rejected = books.submitted("1.5", work_date="2026-11-18")
    books.ours.reject(rejected.id)

    span = {"from": "2026-11-16", "to": "2026-11-22", "project": books.project}
    grid = admin.get(f"{PATH}/postings/grid", **span).body

    [row] = grid["items"]
    assert (row["staff"], row["name"], grid["people"], grid["next"]) == (books.person, "Casey Brook", 1, None)
    assert row["days"]["2026-11-16"] == {"posted": 3, "entered": 1}
    assert row["days"]["2026-11-17"] == {"submitted": 2, "approved": 4, "blocked": 0.5}
    assert row["days"]["2026-11-18"] == {"rejected": 1.5}
    assert grid["days"] == row["days"]
    assert grid["total"] == row["total"] == {
        "posted": 3, "entered": 1, "submitted": 2, "approved": 4, "blocked": 0.5, "rejected": 1.5,
    }  # fmt: skip


def test_the_grid_tells_what_was_changed_since_it_was_posted_and_waits_for_nobody_else(
    books: Books, admin: Person
) -> None:
    entry = books.approved("3")
    books.post(entry.id)
    books.edit("project", books.project, notes="touched")
    books.ours.update("staff", books.person, {"rate": "90"}, books.record("staff", books.person).version or "")
    books.posting(rates="item")

    day = {"from": "2026-11-20", "to": "2026-11-20", "project": books.project}
    assert admin.get(f"{PATH}/postings/grid", **day).body["total"] == {"changed": 3}

    [standing] = books.here(state="changed").values()
    assert standing["changes"] == [{"name": "rate", "posted": 100, "now": 120}]


def test_the_grid_has_a_longest_span_and_pages_of_people(books: Books, admin: Person) -> None:
    answer = admin.get(f"{PATH}/postings/grid", **{"from": "2026-01-01", "to": "2026-12-31"})
    assert (answer.status, answer.body["field"]) == (422, "to")

    other = books.ours.create("staff", {"name": "Avery Lowe"}).id
    books.hours("1", staff=other)
    books.hours("2")
    span = {"from": "2026-11-20", "to": "2026-11-20", "project": books.project, "limit": 1}
    first = admin.get(f"{PATH}/postings/grid", **span).body
    second = admin.get(f"{PATH}/postings/grid", **span, start=first["next"]).body

    assert [each["name"] for page in (first, second) for each in page["items"]] == ["Avery Lowe", "Casey Brook"]
    assert first["total"] == second["total"] == {"entered": 3}


def test_a_list_is_filtered_by_client_and_state_names_everything_and_shows_the_last_day_first(
    books: Books, admin: Person
) -> None:
    early, late = books.approved("1", work_date="2026-11-12"), books.approved("2", work_date="2026-11-19")
    draft = books.hours("1", work_date="2026-11-13")
    other = books.ours.create("client", {"name": "Somebody else"}).id

    page = admin.get(f"{PATH}/postings", type="time", project=books.project, client=books.client, latest="true").body

    assert [each["id"] for each in page["items"]] == [late.id, early.id]
    named = {page["names"][page["items"][0]["values"][name]] for name in ("staff", "project", "labour_code")}
    assert named == {"Casey Brook", books.record("project", books.project).values["name"], "Consulting"}
    assert books.here(client=other) == {}
    assert list(books.here(status="draft")) == [draft.id]
    assert list(books.here(unfinished="true")) == [early.id, draft.id, late.id]


def test_what_a_filter_of_a_client_selects_is_posted_and_nothing_else(books: Books) -> None:
    mine = books.approved("1")
    other = books.ours.create("client", {"name": "Yard and Sons"}).id
    project = books.ours.create("project", {"client": other, "name": "Fence"}).id
    not_mine = books.approved("2", project=project)

    books.post(filter={"client": books.client, "from": "2026-11-20", "project": books.project})

    assert [each["Description"].endswith(f"{mine.id}]") for each in books.mine()] == [True]
    assert books.listed(project=project)[not_mine.id]["asked"] is False


def test_a_preview_says_every_document_in_words_with_names_and_counts(books: Books) -> None:
    entry = books.approved("1.5", notes="Wiring", project=books.found("project", "Crane"))

    preview = books.preview(entry.id)

    [document] = preview["documents"]
    facts = {each["name"]: each["called"] or each["value"] for each in document["paper"]["facts"]}
    assert document["paper"]["title"] == "Time activity"
    assert facts == {
        "Employee": "Casey Brook",
        "Customer": "Crane controls",
        "Item": "Consulting",
        "Date": "2026-11-20",
        "Hours": "1:30",
        "Billing": "Billable",
        "Rate per hour": 100,
        "Description": "Wiring",
    }
    assert document["paper"]["total"] == 150
    assert preview["selected"] == {"records": 1, "hours": 1.5, "amount": 150, "whole": True}
    assert preview["names"][document["standing"]["values"]["staff"]] == "Casey Brook"


def test_a_preview_names_what_is_created_first(books: Books) -> None:
    books.project = books.ours.create("project", {"client": books.client, "name": "Unborn quay"}).id
    entry = books.approved("1")

    [document] = books.preview(entry.id)["documents"]

    customer = next(each for each in document["paper"]["facts"] if each["name"] == "Customer")
    assert (customer["called"], bool(document["needs"])) in (("Unborn quay", True), ("Unborn quay", False))


def test_each_record_of_a_posting_is_told_with_what_became_of_it(books: Books, admin: Person) -> None:
    good, bad = books.approved("2"), books.approved("1", labour_code=None)
    run = books.post(good.id, bad.id)

    told = admin.get(f"{PATH}/postings/runs/{run['id']}").body

    assert (told["action"], told["type"], told["filtered"], told["run"]["status"]) == ("post", "time", False, "done")
    assert [(each["id"], each["outcome"]) for each in told["items"]] == [(bad.id, "refused"), (good.id, "posted")]
    assert "labour code" in told["items"][0]["reason"]
    assert told["items"][0]["remedy"]
    assert told["items"][1]["link"].startswith("https://")
    assert told["names"][books.person] == "Casey Brook"


def test_what_a_filter_selected_is_known_once_it_was_its_turn(books: Books, admin: Person) -> None:
    books.stage.settle()
    ours = [books.approved(hours, work_date="2026-11-14").id for hours in ("1", "2", "3")]
    books.hours("4", work_date="2026-11-14")
    asked = {"type": "time", "filter": {"project": books.project}}
    run = admin.post(f"{PATH}/postings", asked).body["run"]
    assert admin.get(f"{PATH}/postings/runs/{run}").body["items"] == []

    books.stage.settle()

    first = admin.get(f"{PATH}/postings/runs/{run}", limit=2).body
    rest = admin.get(f"{PATH}/postings/runs/{run}", limit=2, start=first["next"]).body
    assert sorted(each["id"] for page in (first, rest) for each in page["items"]) == sorted(ours)
    assert {each["outcome"] for each in [*first["items"], *rest["items"]]} == {"posted"}
    assert rest["next"] is None


def test_while_a_run_waits_its_records_do_too(books: Books, admin: Person) -> None:
    books.stage.settle()
    entry = books.approved("2")
    run = admin.post(f"{PATH}/postings", {"type": "time", "ids": [entry.id]}).body["run"]

    told = admin.get(f"{PATH}/postings/runs/{run}").body

    assert [(each["id"], each["outcome"]) for each in told["items"]] == [(entry.id, "waiting")]
    books.stage.settle()


def test_what_was_taken_back_and_what_had_to_stay_is_told_apart(books: Books, admin: Person) -> None:
    away, stays = books.approved("2"), books.approved("1")
    books.post(away.id, stays.id)
    [activity] = books.of(stays.id)
    link = {"TxnId": activity["Id"], "TxnType": "TimeActivity"}
    sold = {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": books.item}}}
    line = {"Amount": 100, **sold, "LinkedTxn": [link]}
    books.bookkeeper("Invoice", CustomerRef=activity["CustomerRef"], Line=[line], LinkedTxn=[link])

    run = books.withdraw(away.id, stays.id)

    told = {each["id"]: each for each in admin.get(f"{PATH}/postings/runs/{run['id']}").body["items"]}
    assert told[away.id]["outcome"] == "taken_back"
    assert (told[stays.id]["outcome"], bool(told[stays.id]["reason"])) == ("refused", True)


def test_a_run_that_posted_nothing_is_no_posting(books: Books, admin: Person) -> None:
    books.pull()
    run = admin.get(f"{PATH}/runs", kind="pull").body["items"][0]["id"]
    assert admin.get(f"{PATH}/postings/runs/{run}").status == 404
    assert admin.get(f"{PATH}/postings/runs/nothing").status == 404


def test_the_rules_tell_every_choice_as_it_is_in_force_and_how_the_company_is_set_up(books: Books) -> None:
    books.posting(auto=True, labour_code=books.code)
    books.closes_through("2026-10-31")
    books.preview(books.approved("1").id)

    rules = Person(("viewer",), name="vera@acme.example").get(f"{PATH}/postings/rules").body

    assert rules["closed_through"] == "2026-10-31"
    assert (rules["rules"]["time"]["auto"], rules["rules"]["time"]["closed"]) == (True, "hold")
    assert (rules["rules"]["invoices"]["auto"], rules["rules"]["invoices"]["format"]) == (False, "lines")
    assert rules["names"][books.code] == "Consulting"


def test_explain_names_what_was_decided(books: Books, admin: Person) -> None:
    entry = books.approved("1")
    told = admin.get(f"{PATH}/postings/time/{entry.id}/explain").body
    item = next(each for each in told["said"] if each["name"] == "labour_code")
    assert told["names"][item["value"]] == "Consulting"
