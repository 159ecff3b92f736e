"""Who takes part in what was imported, and so may book time there."""

from typing import Any

from tests.admin import Answer, Person
from tests.features.tasks import PROJECT, book, everything, hired, imported, names, opportunity, synced, task
from tests.stage import Stage
from timebridge.store.records import Workspace


def team(person: Person, **query: Any) -> dict[str, tuple[str, bool]]:
    """Who takes part in the project, or in a task of it: by name the role, and whether it was given by hand."""
    found = everything(person, f"projects/{PROJECT}/members", **query)
    return {each["name"]: (each["role"], each["by_hand"]) for each in found}


def seat(person: Person, staff: str, **values: Any) -> Answer:
    answer = person.post(f"projects/{PROJECT}/members", {"staff": staff, **values})
    assert answer.status == 200, answer.text
    return answer


def test_C08_everybody_is_a_regular_user_of_project_and_tasks_also_who_comes_later(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    _, early = hired(workspace, "Early")
    opportunity(stage, "Renewal")
    imported(stage)
    renewal = task(admin, "Renewal")["id"]
    assert team(admin) == team(admin, task=renewal) == {"Early": ("user", False)}
    _, later = hired(workspace, "Later")
    assert team(admin) == team(admin, task=renewal) == {"Early": ("user", False), "Later": ("user", False)}
    opportunity(stage, "Expansion")
    synced(stage, admin)
    for person in (early, later):
        assert names(person, mine=True) == ["Expansion", "Renewal"]
        assert book(person, task(person, "Expansion")["id"]).status == 201
    leaver = workspace.read("staff", ["early@acme.example"], by="email")[0]
    workspace.archive("staff", leaver.id, leaver.version or "")
    assert team(admin) == {"Later": ("user", False)}


def test_C09_roles_and_members_changed_by_hand_survive_the_next_three_syncs(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    staff = {name: hired(workspace, name)[0] for name in ("Boss", "Gone", "Single")}
    opportunity(stage, "Renewal")
    other = opportunity(stage, "Expansion")
    imported(stage)
    expansion = task(admin, "Expansion")["id"]
    seat(admin, staff["Boss"], role="manager")
    seat(admin, staff["Gone"], member=False)
    seat(admin, staff["Single"], member=False)
    seat(admin, staff["Single"], task=expansion)
    for number in range(3):
        stage.seller("update", "Opportunity", other, Name=f"Expansion {number}")
        opportunity(stage, f"New {number}")
        synced(stage, admin)
        assert team(admin) == {"Boss": ("manager", True)}
        assert team(admin, task=expansion) == {"Boss": ("manager", True), "Single": ("user", True)}
    assert task(admin, "Expansion 2")["id"] == expansion
    seat(admin, staff["Gone"])
    assert team(admin) == {"Boss": ("manager", True), "Gone": ("user", True)}


def test_C09_only_administrators_change_who_takes_part(stage: Stage, admin: Person, workspace: Workspace) -> None:
    imported(stage)
    opportunity(stage, "Renewal")
    synced(stage, admin)
    staff, member = hired(workspace, "Max")
    assert member.post(f"projects/{PROJECT}/members", {"staff": staff, "role": "manager"}).status == 403
    assert team(member) == {"Max": ("user", False)}
    for body in ({"staff": "stf_never_was"}, {"staff": staff, "task": "tsk_never_was"}):
        assert admin.post(f"projects/{PROJECT}/members", body).status == 422


SEATS: dict[str, list[dict[str, Any]]] = {
    "Nobody": [{"member": False}],
    "All": [],
    "Project": [{"role": "manager"}],
    "Branch": [{"member": False}, {"task": "Renewal"}],
    "Leaf": [{"member": False}, {"task": "Call back"}],
    "Except": [{"task": "Renewal", "member": False}],
}
MAY = {
    # the project, Renewal, Call back (below Renewal), Expansion
    "Nobody": (403, 403, 403, 403),
    "All": (201, 201, 201, 201),
    "Project": (201, 201, 201, 201),
    "Branch": (403, 201, 201, 403),
    "Leaf": (403, 403, 201, 403),
    "Except": (201, 403, 403, 201),
}


def test_C10_a_project_is_inherited_by_all_its_tasks_and_a_task_by_its_branch_only(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    stage.seller("create", "Task", Subject="Call back", WhatId=opportunity(stage, "Renewal"))
    opportunity(stage, "Expansion")
    imported(stage)
    ids = {each["values"]["name"]: each["id"] for each in everything(admin, "tasks")}
    for name, seats in SEATS.items():
        staff, member = hired(workspace, name)
        for each in seats:
            seat(admin, staff, **{**each, **({"task": ids[each["task"]]} if "task" in each else {})})
        answers = [
            book(member, project=PROJECT),
            *(book(member, ids[at]) for at in ("Renewal", "Call back", "Expansion")),
        ]
        assert tuple(answer.status for answer in answers) == MAY[name], name
        assert all("not assigned" in answer.body["detail"] for answer in answers if answer.status == 403)
        allowed = {
            at
            for at, answer in zip(("Renewal", "Call back", "Expansion"), answers[1:], strict=True)
            if answer.status == 201
        }
        assert set(names(member, mine=True)) == allowed, name


def test_C10_members_write_only_entries_of_their_own(stage: Stage, admin: Person, workspace: Workspace) -> None:
    opportunity(stage, "Renewal")
    imported(stage)
    renewal = task(admin, "Renewal")["id"]
    one, first = hired(workspace, "One")
    _, second = hired(workspace, "Two")
    entry = book(first, renewal).body
    path, change = f"time-entries/{entry['id']}", {"values": {"hours": 8}, "revision": 1}
    assert first.get("/v1/me").body["staff"] == one
    refused = [
        second.patch(path, change),
        second.post(f"{path}/submit"),
        second.post(f"{path}/archive", {"revision": 1}),
    ]
    refused += [book(second, renewal, staff=one), first.patch(path, {"values": {"staff": "stf_2"}, "revision": 1})]
    refused += [book(Person(("member",), name="guest@acme.example"), renewal)]
    unsure = Person(("member",), name="one@acme.example", claims={"email_verified": "false"})
    refused += [unsure.patch(path, change)]
    assert [(answer.status, answer.body["field"]) for answer in refused] == [(403, "staff")] * 7
    assert first.patch(path, change).body["values"]["hours"] == 8
    assert admin.get(path).body["revision"] == 2
