"""Records that are merged in QuickBooks: ours follow to the survivor, whatever refers to them."""

from typing import Any

import pytest

from tests.admin import Person
from tests.features.bookkeeping import Lists, customer, kept
from tests.stage import Stage
from timebridge.records import Record
from timebridge.store.records import Workspace

ONLY = ("customer", "job", "client_project", "employee", "item", "time_activity")
INCOME = {"IncomeAccountRef": {"value": "79"}}
POSTS = {"posting": {"time": {"auto": True, "without_item": "post"}}}


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Lists:
    """A client with two jobs that are one, one person twice, and one item twice."""
    client = customer(stage, "Harbour Freight")
    for name in ("Crane controls", "Crane control"):
        customer(stage, name, client)
    for name in ("Robin", "Robyn"):
        stage.bookkeeper("Employee", GivenName=name, FamilyName="Vane")
    for name in ("Design", "Designing"):
        stage.bookkeeper("Item", Name=name, Type="Service", **INCOME)
    return kept(stage, workspace, ONLY, **POSTS)


def hours(books: Lists, project: str, person: str, code: str | None = None) -> Record:
    values = {"project": books.all("project")[project].id, "staff": books.all("staff")[person].id}
    code_id = books.all("labour_code")[code].id if code else None
    entry = {**values, "labour_code": code_id, "work_date": "2026-11-20", "hours": "2", "rate": "100"}
    return books.ours.create("time_entry", entry)


def posted(books: Lists, entry: Record) -> Record:
    books.ours.submit(entry.id)
    found = books.ours.approve(entry.id)
    books.stage.settle()
    return found


def merge(books: Lists, entity: str, keep: str, lose: str) -> tuple[str, str]:
    """A person merges two records of these names, and Intuit has said nothing yet."""
    names = {str(row.get("DisplayName") or row["Name"]): str(row["Id"]) for row in books.stage.quickbooks_has(entity)}
    books.merged(entity, names[keep], names[lose])
    return names[keep], names[lose]


def told(books: Lists, entity: str, keep: str, lose: str) -> None:
    event = {**books.stage.cloud_event(entity, keep, "merged"), "data": {"deletedid": lose}}
    assert books.stage.told(event)["statusCode"] == 200
    books.stage.settle()


def entry_of(books: Lists, entry: Record) -> dict[str, Any]:
    found = books.ours.get("time_entry", entry.id)
    assert found is not None
    return dict(found.values)


@pytest.mark.parametrize(
    ("kind", "entity", "keep", "lose"),
    [
        ("project", "Customer", "Crane controls", "Crane control"),
        ("staff", "Employee", "Robin Vane", "Robyn Vane"),
        ("labour_code", "Item", "Design", "Designing"),
    ],
)
def test_D03_what_was_merged_in_quickbooks_is_one_here_too(
    books: Lists, kind: str, entity: str, keep: str, lose: str
) -> None:
    entry = hours(books, "Crane control", "Robyn Vane", "Designing")
    survivor = books.all(kind)[keep].id

    told(books, entity, *merge(books, entity, keep, lose))

    assert entry_of(books, entry)[kind] == survivor
    assert lose not in books.names(kind)
    assert books.all(kind)[keep].id == survivor
    books.pulled()
    assert lose not in books.names(kind)
    assert entry_of(books, entry)[kind] == survivor


def test_D03_a_merge_that_no_notice_told_is_learnt_from_what_was_posted(books: Lists) -> None:
    old = posted(books, hours(books, "Crane control", "Robin Vane"))
    fresh = hours(books, "Crane control", "Robin Vane")
    survivor = books.all("project")["Crane controls"].id

    merge(books, "Customer", "Crane controls", "Crane control")
    books.pulled()

    assert {entry_of(books, entry)["project"] for entry in (old, fresh)} == {survivor}
    assert books.names("project") == {"Crane controls"}
    [activity] = books.stage.quickbooks_has("TimeActivity")
    assert activity["CustomerRef"]["name"] == "Crane controls"


def test_D03_a_client_follows_with_its_jobs(books: Lists) -> None:
    books.customer("Harbor Freight")
    books.pulled()
    entry = hours(books, "Crane control", "Robin Vane")
    survivor = books.all("client")["Harbor Freight"].id

    merge(books, "Customer", "Harbor Freight", "Harbour Freight")
    books.pulled()

    assert books.names("client") == {"Harbor Freight"}
    projects = {name: record.values["client"] for name, record in books.all("project").items()}
    assert projects == {"Crane control": survivor, "Crane controls": survivor}
    assert entry_of(books, entry)["project"] == books.all("project")["Crane control"].id


def test_D03_nothing_is_archived_silently_where_nobody_says_which_one_is_left(books: Lists, admin: Person) -> None:
    entry = hours(books, "Crane control", "Robin Vane")
    project = books.all("project")["Crane control"].id

    keep, lose = merge(books, "Customer", "Crane controls", "Crane control")
    books.pulled()

    assert books.names("project") == {"Crane control", "Crane controls"}
    assert entry_of(books, entry)["project"] == project
    answer = admin.get("connections/quickbooks_online/links", ours=project, flow="quickbooks_online.job")
    [link] = answer.body["items"]
    assert link["state"] == "parked"
    assert "merged" in link["problem"]["reason"]
    assert link["problem"]["remedy"]

    told(books, "Customer", keep, lose)  # late, but here it is
    assert books.names("project") == {"Crane controls"}
    assert entry_of(books, entry)["project"] == books.all("project")["Crane controls"].id


def test_D03_what_nothing_refers_to_goes_with_its_original(books: Lists) -> None:
    merge(books, "Employee", "Robin Vane", "Robyn Vane")
    books.pulled()

    assert books.names("staff") == {"Robin Vane"}
