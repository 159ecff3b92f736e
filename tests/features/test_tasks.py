"""The preset `tasks`: opportunities and cases as tasks of one project, kept as they are in Salesforce."""

from sandbox.salesforce.seed import stage_row
from tests.admin import Person
from tests.features.tasks import PROJECT, book, everything, hired, imported, names, opportunity, synced, task, tree
from tests.stage import Stage, control
from timebridge.context import opened
from timebridge.providers.salesforce.side import SalesforceSide
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

COMPLETED = ("Closed Won", "Closed Lost")


def test_C01_a_second_user_sees_and_uses_imported_tasks_without_connecting_anything(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    opportunity(stage, "Renewal")
    imported(stage)
    staff, second = hired(workspace, "Second")
    assert second.get("connections/salesforce").body["owner"] != second.name
    renewal = task(second, "Renewal")
    entry = book(second, renewal["id"])
    assert (entry.status, entry.body["values"]["staff"]) == (201, staff)
    assert [each["id"] for each in everything(admin, "time-entries")] == [entry.body["id"]]
    assert len(everything(admin, "connections")) == 1


def test_C03_opportunities_and_cases_become_tasks_under_one_project(stage: Stage, admin: Person) -> None:
    opportunity(stage, "Renewal")
    opportunity(stage, "Expansion")
    stage.seller("create", "Case", Subject="Login fails", Status="New")
    unnamed = stage.seller("create", "Case", Status="New")
    [number] = [case["CaseNumber"] for case in stage.salesforce_has("Case") if case["Id"] == unnamed]
    imported(stage)
    expected = {"Salesforce": {"Expansion": {}, "Login fails": {}, "Renewal": {}, f"Case {number}": {}}}
    assert tree(admin) == expected
    synced(stage, admin)
    assert tree(admin) == expected
    assert [each["id"] for each in everything(admin, "projects")] == [PROJECT]
    assert task(admin, "Renewal")["path"] == ["Salesforce", "Renewal"]


def test_C03_the_project_of_the_tasks_goes_out_nowhere(stage: Stage, admin: Person) -> None:
    account = stage.seller("create", "Account", Name="Northwind")
    opportunity(stage, "Renewal", AccountId=account)
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects", "push", "tasks"]})
    assert "Salesforce" in tree(admin)
    admin.patch(f"projects/{PROJECT}", {"values": {"budget": 500}, "revision": 1})
    stage.settle()
    synced(stage, admin)
    assert [each["Name"] for each in stage.salesforce_has("Opportunity")] == ["Renewal"]
    assert admin.get("connections/salesforce/links", flow="salesforce.opportunity", ours=PROJECT).body["items"] == []


def test_C03_the_project_of_the_tasks_is_no_twin_of_an_opportunity_of_that_name(stage: Stage, admin: Person) -> None:
    account = stage.seller("create", "Account", Name="Northwind")
    opportunity(stage, "Renewal")
    match = {"salesforce.opportunity": {"match": "name"}}
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects", "tasks"], "flows": match})
    same = opportunity(stage, "Salesforce", "Closed Won", AccountId=account)
    synced(stage, admin)
    projects = {each["id"]: each["values"]["name"] for each in everything(admin, "projects")}
    assert (len(projects), set(projects.values())) == (2, {"Salesforce"})
    [link] = admin.get("connections/salesforce/links", flow="salesforce.opportunity", theirs=same).body["items"]
    assert link["ours"] in projects.keys() - {PROJECT}
    assert names(admin, parent=PROJECT) == ["Renewal"]


def test_C04_what_is_to_do_about_an_opportunity_or_case_is_its_subtask(stage: Stage, admin: Person) -> None:
    renewal, case = opportunity(stage, "Renewal"), stage.seller("create", "Case", Subject="Login fails")
    account = stage.seller("create", "Account", Name="Northwind")
    stage.seller("create", "Task", Subject="Call back", WhatId=renewal)
    stage.seller("create", "Task", Subject="Ask for a log", WhatId=case)
    stage.seller("create", "Task", Subject="Visit", WhatId=account)
    stage.seller("create", "Task", Subject="Nobody's")
    imported(stage)
    assert tree(admin) == {"Salesforce": {"Login fails": {"Ask for a log": {}}, "Renewal": {"Call back": {}}}}
    stage.seller("create", "Task", Subject="Send the offer", WhatId=renewal)
    moved = stage.seller("create", "Task", Subject="Moves", WhatId=renewal)
    synced(stage, admin)
    assert tree(admin)["Salesforce"]["Renewal"] == {"Call back": {}, "Moves": {}, "Send the offer": {}}
    stage.seller("update", "Task", moved, WhatId=account)
    synced(stage, admin)
    assert "Moves" not in tree(admin)["Salesforce"]["Renewal"]


def test_C04_subtasks_go_and_come_back_with_what_they_are_about(stage: Stage, admin: Person) -> None:
    renewal = opportunity(stage, "Renewal")
    stage.seller("create", "Task", Subject="Call back", WhatId=renewal)
    imported(stage)
    before = task(admin, "Call back")["id"]
    stage.seller("update", "Opportunity", renewal, StageName="Closed Won")
    synced(stage, admin)
    assert tree(admin) == {"Salesforce": {}}
    stage.seller("update", "Opportunity", renewal, StageName="Qualification")
    synced(stage, admin)
    assert tree(admin) == {"Salesforce": {"Renewal": {"Call back": {}}}}
    assert task(admin, "Call back")["id"] == before


def test_C05_only_the_types_that_are_ticked_are_imported(stage: Stage, admin: Person) -> None:
    renewal, case = opportunity(stage, "Renewal"), stage.seller("create", "Case", Subject="Login fails")
    stage.seller("create", "Task", Subject="Call back", WhatId=renewal)
    stage.seller("create", "Task", Subject="Ask for a log", WhatId=case)
    imported(stage, types=["cases"])
    assert tree(admin) == {"Salesforce": {"Login fails": {"Ask for a log": {}}}}
    opportunity(stage, "Expansion")
    stage.seller("create", "Case", Subject="Slow")
    synced(stage, admin)
    assert names(admin, task=task(admin, "Login fails")["id"]) == ["Ask for a log"]
    assert set(tree(admin)["Salesforce"]) == {"Login fails", "Slow"}


def test_C06_as_many_tasks_are_imported_as_salesforce_counts(stage: Stage, admin: Person) -> None:
    """Salesforce counts what the owner of the connection may see: here, of the opportunities, their own ones."""
    [owner] = stage.salesforce_has("User", Username="integration@nimbus-oak.example")
    for number in range(30):
        mine = {"OwnerId": owner["Id"]} if number % 3 else {}
        opportunity(stage, f"Deal {number}", ("Prospecting", "Negotiation/Review", *COMPLETED)[number % 4], **mine)
        stage.seller("create", "Case", Subject=f"Case {number}", Status=("New", "Working", "Closed")[number % 3])
    control("PATCH", f"{stage.salesforce.url}/_sandbox/settings", json={"private": ["Opportunity"]})
    imported(stage)
    wanted = {
        "Opportunity": "SELECT COUNT() FROM Opportunity WHERE StageName NOT IN ('Closed Won', 'Closed Lost')",
        "Case": "SELECT COUNT() FROM Case WHERE IsClosed = false",
    }
    tasks = everything(admin, "tasks", limit=200)
    for origin, soql in wanted.items():
        ids = [each["values"]["origin_id"] for each in tasks if each["values"]["origin"] == origin]
        assert len(ids) == len(set(ids)) == counted(stage, soql)
    assert counted(stage, wanted["Opportunity"]) == 11
    assert len(tasks) == 11 + 20


def counted(stage: Stage, soql: str) -> int:
    """As the owner of the connection."""
    with opened(stage.tenant, "salesforce") as road:
        assert isinstance(road.theirs, SalesforceSide)
        [page] = road.theirs.client.first_pages([(soql, False)])
    found: int = page["totalSize"]
    return found


def test_C07_imported_structure_cannot_be_edited_and_time_can_be_booked_on_it(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    opportunity(stage, "Renewal")
    opportunity(stage, "Expansion")
    imported(stage)
    renewal, other = task(admin, "Renewal"), task(admin, "Expansion")
    path, revision = f"tasks/{renewal['id']}", renewal["revision"]
    tries = [
        admin.patch(path, {"values": {"name": "Ours"}, "revision": revision}),
        admin.patch(path, {"values": {"task": other["id"]}, "revision": revision}),
        admin.patch(path, {"values": {"active": False}, "revision": revision}),
        admin.post(f"{path}/archive", {"revision": revision}),
        admin.patch(f"projects/{PROJECT}", {"values": {"name": "Ours"}, "revision": 1}),
        admin.post(f"projects/{PROJECT}/archive", {"revision": 1}),
        admin.post("tasks", {"name": "Ours", "project": PROJECT}),
        admin.post("tasks", {"name": "Ours", "project": PROJECT, "task": renewal["id"]}),
    ]
    for answer in tries:
        assert (answer.status, answer.body["cause"]) == (409, "Locked"), answer.text
        assert "comes from another system" in answer.body["detail"]
        assert answer.body["remedy"]
    assert tree(admin) == {"Salesforce": {"Expansion": {}, "Renewal": {}}}
    _, member = hired(workspace, "Max")
    assert book(member, renewal["id"]).status == 201
    budget = admin.patch(path, {"values": {"budget_hours": 12}, "revision": revision})
    assert (budget.status, budget.body["values"]["budget_hours"]) == (200, 12)


def test_C07_nobody_can_say_that_a_record_is_an_image(stage: Stage, admin: Person) -> None:
    imported(stage)
    client = admin.post("clients", {"name": "Northwind"}).body["id"]
    for values in ({"managed_by": "salesforce"}, {"managed_by": None}):
        answer = admin.post("projects", {"name": "Ours", "client": client, **values})
        assert (answer.status, answer.body["field"]) == (422, "managed_by")


def test_C12_what_is_completed_or_deleted_in_salesforce_is_archived_and_its_entries_are_kept(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    won, lost, gone = (opportunity(stage, name) for name in ("Won", "Lost", "Gone"))
    closed, deleted = (stage.seller("create", "Case", Subject=name) for name in ("Closed", "Deleted"))
    done = stage.seller("create", "Task", Subject="Done", WhatId=opportunity(stage, "Stays"))
    imported(stage)
    _, member = hired(workspace, "Max")
    tasks = {each["values"]["name"]: each["id"] for each in everything(admin, "tasks")}
    entries = {name: book(member, id).body["id"] for name, id in tasks.items()}
    stage.seller("update", "Opportunity", won, StageName="Closed Won")
    stage.seller("update", "Opportunity", lost, StageName="Closed Lost")
    stage.seller("delete", "Opportunity", gone)
    stage.seller("update", "Case", closed, Status="Closed")
    stage.seller("delete", "Case", deleted)
    stage.seller("update", "Task", done, Status="Completed")
    synced(stage, admin)
    assert tree(admin) == {"Salesforce": {"Stays": {}}}
    for name in ("Won", "Lost", "Gone", "Closed", "Deleted", "Done"):
        assert admin.get(f"tasks/{tasks[name]}").body["archived"] is True
        kept = admin.get(f"time-entries/{entries[name]}").body
        assert (kept["archived"], kept["values"]["task"], kept["values"]["hours"]) == (False, tasks[name], 1.5)
    refused = book(member, tasks["Won"])
    assert (refused.status, refused.body["field"]) == (422, "task")


def test_C12_many_that_are_completed_at_once_are_archived_without_asking(stage: Stage, admin: Person) -> None:
    ids = [opportunity(stage, f"Deal {number}") for number in range(14)]
    imported(stage)
    for id in ids:
        stage.seller("update", "Opportunity", id, StageName="Closed Won")
    synced(stage, admin)
    assert tree(admin) == {"Salesforce": {}}


def test_C13_other_closed_stages_stay_active_unless_they_are_in_the_list(stage: Stage, admin: Person) -> None:
    stages = [stage_row(11, "Closed - Deferred", 0, closed=1, won=0, category="Omitted")]
    control("POST", f"{stage.salesforce.url}/_sandbox/load", json={"OpportunityStage": stages})
    deferred, won = opportunity(stage, "Deferred"), opportunity(stage, "Won")
    imported(stage)
    stage.seller("update", "Opportunity", deferred, StageName="Closed - Deferred")
    stage.seller("update", "Opportunity", won, StageName="Closed Won")
    synced(stage, admin)
    assert [each["IsClosed"] for each in stage.salesforce_has("Opportunity")] == [True, True]
    assert tree(admin) == {"Salesforce": {"Deferred": {}}}
    assert task(admin, "Deferred")["values"]["status"] == "Closed - Deferred"


def test_C13_the_list_of_stages_is_chosen(stage: Stage, admin: Person) -> None:
    opportunity(stage, "Won", "Closed Won")
    opportunity(stage, "Stalled", "Perception Analysis")
    imported(stage, archive_stages=["Perception Analysis"])
    assert tree(admin) == {"Salesforce": {"Won": {}}}


def test_C31_an_entry_carries_the_ids_of_project_task_and_opportunity(
    stage: Stage, admin: Person, workspace: Workspace
) -> None:
    renewal = opportunity(stage, "Renewal")
    stage.seller("create", "Task", Subject="Call back", WhatId=renewal)
    imported(stage)
    _, member = hired(workspace, "Max")
    for name in ("Renewal", "Call back"):
        found = task(admin, name)
        entry = book(member, found["id"]).body["values"]
        assert (entry["project"], entry["task"]) == (PROJECT, found["id"])
        assert (entry["origin"], entry["origin_id"]) == ("Opportunity", renewal)
    client = admin.post("clients", {"name": "Northwind"}).body["id"]
    project = admin.post("projects", {"name": "Web shop", "client": client}).body["id"]
    own = book(member, project=project).body["values"]
    assert (own["project"], own["task"], own["origin_id"]) == (project, None, None)
    misfit = book(member, found["id"], project=project)
    assert (misfit.status, misfit.body["field"]) == (422, "task")
