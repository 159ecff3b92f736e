"""Where records belong: tasks below tasks, entries on tasks, images of what is elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.tables import aws_in_process
from timebridge.errors import Locked, Rejected
from timebridge.records import Record
from timebridge.sides import Create
from timebridge.store.records import Workspace
from timebridge.store.tenants import Connections, Tenants
from timebridge.tenants import Connection, Provider, Status, Tenant


@pytest.fixture
def space() -> Iterator[Workspace]:
    with aws_in_process():
        yield Workspace("acme", "ada")


@pytest.fixture
def project(space: Workspace) -> str:
    return made_project(space, "Web shop")


def made_project(space: Workspace, name: str) -> str:
    client = space.create("client", {"name": "Northwind"}).id
    return space.create("project", {"name": name, "client": client}).id


def made(space: Workspace, name: str, **values: Any) -> Record:
    return space.create("task", {"name": name, **values})


def refused(space: Workspace, record: Record, **patch: Any) -> Rejected:
    with pytest.raises(Rejected) as found:
        space.update("task", record.id, patch, record.version or "")
    return found.value


def test_a_subtask_and_an_entry_are_in_the_project_of_their_task(space: Workspace, project: str) -> None:
    top = made(space, "Build", project=project)
    below = made(space, "Test", task=top.id)
    staff = space.create("staff", {"name": "Max"}).id
    entry = space.create("time_entry", {"task": below.id, "staff": staff, "work_date": "2026-11-20", "hours": 1})
    assert below.values["project"] == entry.values["project"] == project
    assert (entry.values["origin"], entry.values["origin_id"]) == (None, None)
    assert space.chain(below.id) == [below.id, top.id]


def test_a_task_of_another_project_is_refused(space: Workspace, project: str) -> None:
    top, other = made(space, "Build", project=project), made_project(space, "Intranet")
    with pytest.raises(Rejected) as found:
        made(space, "Test", task=top.id, project=other)
    assert found.value.field == "task"
    assert refused(space, top, project=other).field == "project"


def test_an_entry_moves_with_its_task(space: Workspace, project: str) -> None:
    there = made(space, "Other", project=made_project(space, "Intranet"))
    staff = space.create("staff", {"name": "Max"}).id
    worked = {"project": project, "staff": staff, "work_date": "2026-11-20", "hours": 1}
    entry = space.create("time_entry", worked)
    moved = space.update("time_entry", entry.id, {"task": there.id}, 1)
    assert (moved.values["project"], moved.values["task"]) == (there.values["project"], there.id)
    with pytest.raises(Rejected):
        space.update("time_entry", entry.id, {"project": project}, 2)
    back = space.update("time_entry", entry.id, {"project": project, "task": None}, 2)
    assert back.values["project"] == project


def test_no_task_is_below_itself_or_endlessly_deep(space: Workspace, project: str) -> None:
    top = made(space, "0", project=project)
    chain = [top]
    for number in range(1, 10):
        chain.append(made(space, str(number), task=chain[-1].id))
    for below in (chain[0], chain[1], chain[9]):
        assert refused(space, top, task=below.id).field == "task"
    with pytest.raises(Rejected) as found:
        made(space, "too deep", task=made(space, "10", task=chain[8].id).id)
    assert found.value.field == "task"


def test_a_task_that_is_not_there_is_refused_by_name(space: Workspace, project: str) -> None:
    with pytest.raises(Rejected) as found:
        made(space, "Test", task="tsk_never_was", project=project)
    assert found.value.field == "task"


def imported(space: Workspace, status: Status) -> tuple[Record, Record]:
    """What the sync made, of a connection that is in this status."""
    Tenants().save(Tenant("acme", "Acme"))
    Connections().save(Connection("sf", "acme", Provider.SALESFORCE, status))
    sync = Workspace("acme")
    home = {"name": "Salesforce", "managed_by": "sf", "open_to_all": True}
    renewal = {"name": "Renewal", "project": "prj_sf", "managed_by": "sf", "origin": "Opportunity", "origin_id": "006"}
    sync.write("project", [Create("prj_sf", home, "prj_sf", "1")])
    sync.write("task", [Create("tsk_sf", renewal, "tsk_sf", "1")])
    project, task = space.get("project", "prj_sf"), space.get("task", "tsk_sf")
    assert project is not None
    assert task is not None
    return project, task


def test_an_image_stands_without_a_client_and_is_changed_elsewhere_only(space: Workspace) -> None:
    project, task = imported(space, Status.LIVE)
    assert project.values["client"] is None
    for kind, record in (("project", project), ("task", task)):
        for attempt in (
            lambda kind=kind, id=record.id: space.update(kind, id, {"name": "Ours"}, 1),
            lambda kind=kind, id=record.id: space.archive(kind, id, 1),
            lambda kind=kind, id=record.id: space.restore(kind, id, 1),
        ):
            with pytest.raises(Locked):
                attempt()
    assert space.update("task", task.id, {"budget_hours": 4}, 1).values["budget_hours"] is not None
    with pytest.raises(Locked):
        made(space, "Ours", task=task.id)


def test_an_image_whose_connection_has_ended_belongs_to_the_tenant(space: Workspace) -> None:
    _, task = imported(space, Status.CLOSED)
    assert space.update("task", task.id, {"name": "Ours"}, 1).values["name"] == "Ours"
    assert space.archive("task", task.id, 2).gone


def test_an_entry_keeps_where_its_topmost_task_comes_from(space: Workspace) -> None:
    _, task = imported(space, Status.CLOSED)
    below = made(space, "Call", task=task.id)
    staff = space.create("staff", {"name": "Max"}).id
    entry = space.create("time_entry", {"task": below.id, "staff": staff, "work_date": "2026-11-20", "hours": 1})
    assert (entry.values["origin"], entry.values["origin_id"]) == ("Opportunity", "006")
    off = space.update("time_entry", entry.id, {"task": None}, 1)
    assert (off.values["origin"], off.values["origin_id"]) == (None, None)
