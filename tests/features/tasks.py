"""What the tests of imported tasks and of time tracked on them have in common."""

from typing import Any

from tests.admin import Person
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.tenants import Connection, Provider

PROJECT = "prj_salesforce"
"""The home of the tasks of the connection that the stage calls `salesforce`."""

type Tree = dict[str, "Tree"]


def imported(stage: Stage, **settings: Any) -> Connection:
    return stage.connect(Provider.SALESFORCE, settings={"presets": ["tasks"], **settings})


def opportunity(stage: Stage, name: str, stage_name: str = "Prospecting", **values: Any) -> str:
    return stage.seller("create", "Opportunity", Name=name, StageName=stage_name, CloseDate="2026-12-01", **values)


def synced(stage: Stage, person: Person) -> None:
    answer = person.post("connections/salesforce/sync")
    assert answer.status == 202, answer.text
    stage.settle()


def everything(person: Person, path: str, **query: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    found: list[dict[str, Any]] = []
    start: str | None = None
    while True:
        page = person.get(path, start=start, **query)
        assert page.status == 200, page.text
        found += page.body["items"]
        start = page.body["next"]
        if start is None:
            return found


def names(person: Person, **query: Any) -> list[str]:
    return [task["values"]["name"] for task in everything(person, "tasks", **query)]


def task(person: Person, name: str) -> dict[str, Any]:
    [found] = [each for each in everything(person, "tasks") if each["values"]["name"] == name]
    return found


def tree(person: Person) -> Tree:
    """The names of all projects, in each those of its tasks, and in those what is below them."""
    tasks = everything(person, "tasks")

    def below(key: str, id: str | None) -> Tree:
        inside = [each for each in tasks if each["values"][key] == id]
        tops = inside if key == "task" else [each for each in inside if each["values"]["task"] is None]
        return {each["values"]["name"]: below("task", each["id"]) for each in tops}

    return {each["values"]["name"]: below("project", each["id"]) for each in everything(person, "projects")}


def hired(workspace: Workspace, name: str) -> tuple[str, Person]:
    """Somebody on the list of staff, and as the member they are at the API."""
    email = f"{name.lower()}@acme.example"
    staff = workspace.create("staff", {"name": name, "email": email})
    return staff.id, Person(("member",), name=email)


def book(person: Person, task: str | None = None, **values: Any) -> Any:
    values = {"work_date": "2026-11-20", "hours": 1.5, **({"task": task} if task else {}), **values}
    return person.post("time-entries", values)
