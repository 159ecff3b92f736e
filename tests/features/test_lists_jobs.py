"""Customers and jobs of QuickBooks as clients and projects."""

import pytest

from tests.admin import Person
from tests.features.bookkeeping import Lists, customer, kept
from tests.stage import Stage
from timebridge.store.records import Workspace

ONLY = ("customer", "job", "client_project")
JOB = "quickbooks_online.job"


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Lists:
    """A, with B below it, and C and D below B; and E, which has no jobs."""
    a = customer(stage, "A")
    b = customer(stage, "B", a)
    customer(stage, "C", b)
    customer(stage, "D", b)
    customer(stage, "E")
    return kept(stage, workspace, ONLY)


def shown(books: Lists) -> dict[str, tuple[str, str]]:
    """Of each project its path, and the name of its client."""
    clients = {record.id: name for name, record in books.all("client").items()}
    projects = books.all("project").items()
    return {name: (record.values["path"], clients[record.values["client"]]) for name, record in projects}


def there(books: Lists, name: str) -> str:
    [found] = [row for row in books.stage.quickbooks_has("Customer") if row["DisplayName"] == name]
    return str(found["Id"])


def hours(books: Lists, project: str) -> None:
    entry = {"project": books.all("project")[project].id, "work_date": "2026-11-20", "hours": "2"}
    books.ours.create("time_entry", {**entry, "staff": books.ours.create("staff", {"name": "Robin"}).id})


def test_D26_a_customer_without_jobs_makes_a_client_and_a_project_of_the_same_name(books: Lists) -> None:
    assert books.names("client") == {"A", "E"}
    assert shown(books)["E"] == ("E", "E")
    assert books.one("project", "E")["for_client"] is True
    before = books.all("project")["E"].id

    books.changed("Customer", Id=there(books, "E"), DisplayName="Eiger")

    assert (books.names("client"), shown(books)["Eiger"]) == ({"A", "Eiger"}, ("Eiger", "Eiger"))
    assert books.all("project")["Eiger"].id == before
    assert {row["DisplayName"] for row in books.stage.quickbooks_has("Customer")} == {"A", "B", "C", "D", "Eiger"}


def test_D26_the_first_job_takes_the_place_of_the_customers_own_project(books: Lists) -> None:
    e = there(books, "E")
    own = books.all("project")["E"].id

    books.customer("F", e)
    books.pulled()
    assert shown(books)["F"] == ("E:F", "E")
    assert "E" not in books.names("project")

    books.changed("Customer", Id=there(books, "F"), Active=False)
    assert books.all("project")["E"].id == own  # the very same one is back
    assert "F" not in books.names("project")


def test_D26_a_project_that_is_booked_on_stays_when_jobs_come(books: Lists) -> None:
    hours(books, "E")

    books.customer("F", there(books, "E"))
    books.pulled()

    assert {"E", "F"} < books.names("project")


def test_D26_a_project_made_here_becomes_a_job_and_the_customers_own_never_does(books: Lists) -> None:
    client = books.ours.create("client", {"name": "Gantry"})
    books.ours.create("project", {"client": client.id, "name": "Crane"})
    books.stage.settle()
    books.pulled()

    paths = {row["FullyQualifiedName"] for row in books.stage.quickbooks_has("Customer")}
    assert paths == {"A", "A:B", "A:B:C", "A:B:D", "E", "Gantry", "Gantry:Crane"}
    assert books.names("project") == {"C", "D", "E", "Crane"}


def test_D27_the_lowest_level_becomes_the_project_and_its_path_is_kept(books: Lists) -> None:
    assert shown(books) == {"C": ("A:B:C", "A"), "D": ("A:B:D", "A"), "E": ("E", "E")}


def test_D27_jobs_may_lie_five_levels_deep(books: Lists) -> None:
    below = there(books, "C")
    for name in ("C4", "C5"):
        below = books.customer(name, below)
    books.pulled()

    assert shown(books) == {"C5": ("A:B:C:C4:C5", "A"), "D": ("A:B:D", "A"), "E": ("E", "E")}


def test_D27_a_job_that_gets_jobs_of_its_own_stays_as_long_as_work_is_booked_on_it(books: Lists) -> None:
    hours(books, "C")
    for name in ("C", "D"):
        books.customer(f"{name}1", there(books, name))
    books.pulled()

    assert shown(books) == {
        "C": ("A:B:C", "A"),  # booked
        "C1": ("A:B:C:C1", "A"),
        "D1": ("A:B:D:D1", "A"),
        "E": ("E", "E"),
    }


def test_D27_a_job_that_is_moved_keeps_its_project_with_another_client_and_path(books: Lists) -> None:
    before = books.all("project")["C"].id

    books.changed("Customer", Id=there(books, "C"), ParentRef={"value": there(books, "E")})

    assert shown(books)["C"] == ("E:C", "E")
    assert books.all("project")["C"].id == before
    assert "E" not in books.names("project")


def test_D27_projects_of_quickbooks_are_projects_too(books: Lists) -> None:
    books.customer("P", there(books, "A"), IsProject=True)
    books.pulled()

    assert shown(books)["P"] == ("A:P", "A")


def test_D27_a_job_made_inactive_is_archived_under_its_name_and_comes_back_as_it_was(books: Lists) -> None:
    before = books.all("project")["C"].id
    id = there(books, "C")

    books.changed("Customer", Id=id, Active=False)
    archived = books.ours.get("project", before)
    assert archived is not None
    assert (archived.gone, archived.values["name"]) == (True, "C")
    assert there(books, "C (deleted)") == id

    books.changed("Customer", Id=id, Active=True)  # its name there still ends with "(deleted)"
    assert books.all("project")["C"].id == before
    assert shown(books)["C"] == ("A:B:C", "A")


def test_D27_without_jobs_every_customer_is_one_project(stage: Stage, workspace: Workspace) -> None:
    customer(stage, "B", customer(stage, "A"))
    customer(stage, "E")

    books = kept(stage, workspace, ONLY, flows={JOB: {"off": True}})

    assert shown(books) == {"A": ("A", "A"), "E": ("E", "E")}


# --- blocked ---------------------------------------------------------------------------------------------------------

BLOCKED = "connections/quickbooks_online/blocked"


def test_D28_a_blocked_job_is_archived_and_never_comes_back(books: Lists, admin: Person) -> None:
    hours(books, "C")
    project, customer = books.all("project")["C"].id, there(books, "C")

    answer = admin.post(BLOCKED, {"project": project})
    assert answer.status == 200, answer.text
    assert answer.body["items"] == [{"customer": customer, "project": project, "name": "C", "path": "A:B:C"}]
    assert "C" not in books.names("project")

    books.stage.settle()
    books.changed("Customer", Id=customer, Notes="Edited after it was blocked")
    books.stage.told(books.stage.cloud_event("Customer", customer))
    assert admin.post("connections/quickbooks_online/sync", {"reconcile": True}).status == 202
    books.stage.settle()
    assert books.names("project") == {"D", "E"}
    [row] = [row for row in books.stage.quickbooks_has("Customer") if row["Id"] == customer]
    assert row["Active"] is True
    [note] = [each for each in admin.get("audit").body["items"] if each["what"] == "project.block"]
    assert note["target"] == f"project {project}"


def test_D28_a_block_is_lifted_and_the_project_is_back_as_it_was(books: Lists, admin: Person) -> None:
    project, customer = books.all("project")["E"].id, there(books, "E")
    admin.post(BLOCKED, {"customer": customer})
    books.stage.settle()
    assert books.names("project") == {"C", "D"}
    assert books.names("client") == {"A", "E"}  # whoever pays for nothing is still a client

    answer = admin.post(f"{BLOCKED}/{customer}/lift")
    assert (answer.status, answer.body) == (200, {"items": []})
    books.stage.settle()

    assert books.all("project")["E"].id == project
    assert admin.post(f"{BLOCKED}/{customer}/lift").status == 404


def test_D28_what_is_blocked_before_the_first_look_never_comes_in(stage: Stage, workspace: Workspace) -> None:
    unwanted = customer(stage, "B", customer(stage, "A"))
    books = kept(stage, workspace, ONLY, blocked=[unwanted])
    assert books.names("project") == set()


def test_D28_what_cannot_be_blocked_is_refused_with_what_to_do(books: Lists, admin: Person) -> None:
    client = books.all("client")["A"].id
    own = books.ours.create("project", {"client": client, "name": "Not over there"}).id
    for asked, status in (({"project": own}, 422), ({}, 422), ({"project": "prj_none"}, 404), ({"customer": "x"}, 422)):
        answer = admin.post(BLOCKED, asked)
        assert (answer.status, answer.is_problem) == (status, True), answer.text
    assert Person(roles=("viewer",)).post(BLOCKED, {"customer": "1"}).status == 403
    assert Person(roles=("viewer",)).get(BLOCKED).body == {"items": []}
