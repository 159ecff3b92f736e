"""The rules of posting time: closed books, the start date, labour codes without items, classes, rates."""

from decimal import Decimal
from typing import Any

import pytest

from tests.features.books import PATH, Books

OCTOBER = "2026-10-30"


def problems(books: Books, run: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = books.admin.get(f"{PATH}/runs/{run['id']}/problems").body["items"]
    return found


def told(books: Books, id: str) -> dict[str, dict[str, Any]]:
    answer = books.admin.get(f"{PATH}/postings/time/{id}/explain")
    assert answer.status == 200, answer.text
    return {each["name"]: each for each in answer.body["said"]}


# --- closed books ----------------------------------------------------------------------------------------------------


def test_D16_a_closed_period_is_known_before_posting_and_holds_it_back(books: Books) -> None:
    books.closes_through("2026-10-31")
    entry = books.approved(work_date=OCTOBER)

    [problem] = problems(books, books.post(entry.id))

    assert books.mine() == []
    assert problem["reason"] == "The books are closed through 2026-10-31."
    assert (problem["trouble"], problem["field"]) == ("locked", "work_date")
    assert books.here()[entry.id]["state"] == "blocked"


def test_D47_time_of_a_closed_period_is_posted_on_the_first_open_day_and_says_its_own(books: Books) -> None:
    books.posting(closed="first_open")
    books.closes_through("2026-10-31")
    entry = books.approved(work_date=OCTOBER, notes="Wiring")

    books.post(entry.id)

    [activity] = books.mine()
    assert activity["TxnDate"] == "2026-11-01"
    assert activity["Description"] == f"Wiring (worked on {OCTOBER}) [timebridge:{entry.id}]"
    assert books.record("time_entry", entry.id).values["work_date"] == OCTOBER
    assert told(books, entry.id)["work_date"]["level"] == "closing"


def test_D47_where_a_person_is_to_be_asked_they_decide_with_the_posting(books: Books) -> None:
    books.posting(closed="ask")
    books.closes_through("2026-10-31")
    entry = books.approved(work_date=OCTOBER)
    assert len(problems(books, books.post(entry.id))) == 1

    books.post(entry.id, closed="first_open")

    [activity] = books.mine()
    assert activity["TxnDate"] == "2026-11-01"
    assert books.here()[entry.id]["state"] == "posted"


def test_D47_closing_a_period_later_changes_nothing_of_what_is_posted(books: Books) -> None:
    books.posting(closed="first_open")
    entry = books.approved(work_date=OCTOBER)
    books.post(entry.id)

    books.closes_through("2026-10-31")
    books.pull()

    assert [each["TxnDate"] for each in books.mine()] == [OCTOBER]
    assert books.here()[entry.id]["state"] == "posted"


# --- what is left out ------------------------------------------------------------------------------------------------


def test_D10_nothing_older_than_the_start_date_is_posted(books: Books) -> None:
    books.posting(start_date="2026-11-01", auto=True)
    old, young = books.approved(work_date=OCTOBER), books.approved(work_date="2026-11-02")

    assert [each["TxnDate"] for each in books.mine()] == ["2026-11-02"]
    assert books.here()[old.id]["reason"] == "It is from before 2026-11-01, when posting starts."
    assert len(problems(books, books.post(old.id))) == 1
    assert len(books.of(young.id)) == 1


def test_D34_time_whose_labour_code_has_no_item_waits(books: Books) -> None:
    vacation = books.ours.create("labour_code", {"name": "Vacation"})
    entry = books.approved(labour_code=vacation.id, billable=False)

    [problem] = problems(books, books.post(entry.id))

    assert problem["reason"] == "The labour code has no item in QuickBooks."
    assert books.mine() == []


def test_D34_time_whose_labour_code_has_no_item_is_posted_without_one_where_that_is_chosen(books: Books) -> None:
    books.posting(without_item="post")
    training = books.ours.create("labour_code", {"name": "Training"})
    entry = books.approved(labour_code=training.id, billable=False)
    [document] = books.preview(entry.id)["documents"]

    books.post(entry.id)

    assert "ItemRef" not in document["document"]
    assert len(books.of(entry.id)) == 1


def test_D34_entries_that_name_no_labour_code_get_the_one_of_the_settings(books: Books) -> None:
    books.posting(labour_code=books.code)
    entry = books.approved(labour_code=None)

    books.post(entry.id)

    assert [each["ItemRef"]["value"] for each in books.mine()] == [books.item]


# --- class and department --------------------------------------------------------------------------------------------


@pytest.fixture
def classes(books: Books) -> dict[str, str]:
    """Our ids of five classes, by the level that is to say them."""
    if not books.ours.page("class", "Entry")[0]:
        for name in ("Entry", "Task", "Project", "Person", "Default"):
            books.bookkeeper("Class", Name=f"{name} class")
        books.bookkeeper("Department", Name="Harbour")
        books.pull()
    return {name: books.found("class", name) for name in ("Entry", "Task", "Project", "Person", "Default")}


def of_class(books: Books, id: str) -> str | None:
    [activity] = books.of(id)
    name = activity.get("ClassRef", {}).get("name")
    return str(name).removesuffix(" class") if name else None


def test_D41_D42_the_class_is_said_by_the_entry_its_task_project_person_or_the_settings(
    books: Books, classes: dict[str, str]
) -> None:
    task = books.ours.create("task", {"project": books.project, "name": "Wiring", "class": classes["Task"]}).id
    below = books.ours.create("task", {"project": books.project, "task": task, "name": "Sockets"}).id
    books.posting(**{"class": classes["Default"]})
    found: dict[str, str | None] = {}
    books.edit("staff", books.person, **{"class": classes["Person"]})
    found["person"] = _posted_class(books)
    books.edit("project", books.project, **{"class": classes["Project"]})
    found["project"] = _posted_class(books)
    found["task"] = _posted_class(books, task=below)
    found["entry"] = _posted_class(books, task=below, **{"class": classes["Entry"]})
    books.edit("project", books.project, **{"class": None})
    books.edit("staff", books.person, **{"class": None})
    found["default"] = _posted_class(books)

    assert found == {level: level.title() for level in ("person", "project", "task", "entry", "default")}


def _posted_class(books: Books, **values: Any) -> str | None:
    entry = books.approved(**values)
    books.post(entry.id)
    return of_class(books, entry.id)


def test_D42_the_explanation_says_which_level_won(books: Books, classes: dict[str, str]) -> None:
    books.edit("project", books.project, **{"class": classes["Project"]})
    books.posting(**{"class": classes["Default"]})
    entry = books.approved()

    said = told(books, entry.id)

    assert (said["class"]["value"], said["class"]["level"]) == (classes["Project"], "project")
    assert said["class"]["words"] == "The class comes from the project."
    assert said["department"]["level"] is None


def test_D43_the_class_is_applied_behind_the_scenes(books: Books, classes: dict[str, str]) -> None:
    harbour = books.found("department", "Harbour")
    books.edit("project", books.project, **{"class": classes["Project"], "department": harbour})
    entry = books.approved()

    books.post(entry.id)

    assert of_class(books, entry.id) == "Project"
    assert [each["DepartmentRef"]["name"] for each in books.mine()] == ["Harbour"]
    values = books.record("time_entry", entry.id).values
    assert (values["class"], values["department"]) == (None, None)


def test_D43_no_class_is_sent_to_a_company_that_tracks_none(books: Books, classes: dict[str, str]) -> None:
    off = {"ClassTrackingPerTxn": False, "ClassTrackingPerTxnLine": False, "TrackDepartments": False}
    books.prefers(AccountingInfoPrefs=off)
    entry = books.approved(**{"class": classes["Entry"]})

    books.post(entry.id)

    assert of_class(books, entry.id) is None
    assert "does not track" in told(books, entry.id)["class"]["words"]


# --- billing and rates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "values", "expected"),
    [
        ({}, {"rate": "95.50"}, ("Billable", 95.5)),
        ({}, {"rate": None}, ("Billable", 120)),
        ({"rates": "item"}, {"rate": "95.50"}, ("Billable", 120)),
        ({"billable": "never"}, {"rate": "95.50"}, ("NotBillable", 95.5)),
        ({"billable": "always"}, {"rate": "95.50", "billable": False}, ("Billable", 95.5)),
    ],
)
def test_D47_rates_and_billing_follow_the_entry_or_the_settings(
    books: Books, choices: dict[str, Any], values: dict[str, Any], expected: tuple[str, float]
) -> None:
    books.posting(**choices)
    entry = books.approved(**values)

    books.post(entry.id)

    [activity] = books.mine()
    assert (activity["BillableStatus"], activity["HourlyRate"]) == expected


def test_D47_billable_time_without_any_rate_is_refused_with_the_remedy(books: Books) -> None:
    plain = books.bookkeeper("Item", Name="Unpriced", Type="Service", IncomeAccountRef={"value": "1"})
    books.pull()
    code = books.found("labour_code", plain["Name"])
    if books.record("labour_code", code).values["rate"] not in (None, Decimal(0)):
        pytest.fail("The item has a price.")
    entry = books.approved(labour_code=code, rate=None)

    [problem] = problems(books, books.post(entry.id))

    assert (problem["reason"], problem["field"]) == ("It is billable, and no rate is known for it.", "rate")


@pytest.mark.parametrize(
    ("posting", "place"),
    [
        ({"time": {"closed": "later"}}, "settings.posting.time.closed"),
        ({"time": {"auto": "yes"}}, "settings.posting.time.auto"),
        ({"time": {"start_date": "soon"}}, "settings.posting.time.start_date"),
        ({"time": {"lass": "x"}}, "settings.posting.time.lass"),
        ({"times": {}}, "settings.posting.times"),
        ({"time": {"class": 7}}, "settings.posting.time.class"),
    ],
)
def test_D15_a_choice_of_posting_that_is_none_is_refused_with_its_place(
    books: Books, posting: dict[str, Any], place: str
) -> None:
    answer = books.admin.post(f"{PATH}/settings/draft", {"settings": {"posting": posting}})
    assert (answer.status, answer.body["field"]) == (422, place)
    assert answer.body["remedy"]
