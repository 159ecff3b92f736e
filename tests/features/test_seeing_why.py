"""Why is, or is not, a record synchronised: every planted cause is named."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge import context
from timebridge.store.records import Workspace
from timebridge.store.tenants import Connections
from timebridge.tenants import Provider, Rhythm, Status

WON = {"StageName": "Closed Won", "CloseDate": "2026-12-31"}
BASE = "connections/salesforce"


@pytest.fixture
def org(stage: Stage) -> Stage:
    """A live connection whose opportunities become projects; nothing is created in Salesforce."""
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects"]})
    stage.bodies()
    return stage


def asked(admin: Person, text: str) -> dict[str, Any]:
    answer = admin.get("why", q=text)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


def cause(admin: Person, text: str, flow: str = "salesforce.opportunity") -> tuple[str, str]:
    [line] = [each for each in asked(admin, text)["items"] if each["flow"] == flow]
    return line["cause"], line["words"]


def sold(stage: Stage, name: str, **values: Any) -> str:
    account = stage.seller("create", "Account", Name=f"Client of {name}")
    return stage.seller("create", "Opportunity", Name=name, **{"AccountId": account, **WON, **values})


def synced(stage: Stage, name: str, **values: Any) -> str:
    id = sold(stage, name, **values)
    stage.noticed("Opportunity", id)
    stage.settle()
    return id


def refused(stage: Stage, code: str, message: str, fields: list[str]) -> None:
    order = {"object": "Opportunity", "code": code, "message": message, "fields": fields}
    control("POST", f"{stage.salesforce.url}/_sandbox/refusals", json=order)


def project_of(admin: Person, opportunity: str) -> str:
    [link] = admin.get(f"{BASE}/links", theirs=opportunity, flow="salesforce.opportunity").body["items"]
    return str(link["ours"])


def changed(stage: Stage, **values: Any) -> None:
    assert context.changed(stage.connection("salesforce"), **values) is not None


type Plant = Callable[[Stage, Person, Workspace], str]
"""Prepares a record and returns by what it is asked for."""


def in_step(stage: Stage, _: Person, __: Workspace) -> str:
    return synced(stage, "Website")


def filtered(stage: Stage, _: Person, __: Workspace) -> str:
    synced(stage, "Website", StageName="Prospecting")
    return "Website"


def never_told(stage: Stage, _: Person, __: Workspace) -> str:
    return sold(stage, "Website")


def nothing_by_itself(stage: Stage, _: Person, __: Workspace) -> str:
    changed(stage, rhythm=Rhythm.OFF)
    return sold(stage, "Website")


def create_off(_: Stage, __: Person, workspace: Workspace) -> str:
    client = workspace.create("client", {"name": "Northwind"})
    workspace.create("project", {"client": client.id, "name": "Website", "code": "P-100"})
    return "P-100"


def archived(_: Stage, __: Person, workspace: Workspace) -> str:
    client = workspace.create("client", {"name": "Northwind"})
    project = workspace.create("project", {"client": client.id, "name": "Website"})
    workspace.archive("project", project.id, project.version or "")
    return project.id


def parked(stage: Stage, admin: Person, workspace: Workspace) -> str:
    id = synced(stage, "Website")
    refused(stage, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "No project without a code", ["Name"])
    project = workspace.get("project", project_of(admin, id))
    assert project is not None
    workspace.update("project", project.id, {"name": "Website 2"}, project.version or "")
    admin.post(f"{BASE}/sync", {"kind": "project", "id": project.id})
    stage.work()
    return id[:15]


def waits_for_parent(stage: Stage, _: Person, __: Workspace) -> str:
    """It lost its client there, and the account it moved to is none that our user may see."""
    id = synced(stage, "Website")
    hidden = stage.seller("create", "Account", Name="Secret")
    stage.seller("update", "Opportunity", id, AccountId=hidden)
    settings = {"presets": ["projects"], "flows": {"salesforce.account": {"create_ours": False}}}
    changed(stage, settings=settings)
    stage.noticed("Opportunity", id)
    stage.work()
    return id


def conflict(stage: Stage, admin: Person, workspace: Workspace) -> str:
    changed(stage, settings={"presets": ["projects"], "flows": {"salesforce.opportunity": {"winner": "nobody"}}})
    id = synced(stage, "Website")
    project = workspace.get("project", project_of(admin, id))
    assert project is not None
    workspace.update("project", project.id, {"name": "Ours"}, project.version or "")
    stage.seller("update", "Opportunity", id, Name="Theirs")
    stage.noticed("Opportunity", id)
    stage.work()
    return "Ours"


def ended(stage: Stage, admin: Person, workspace: Workspace) -> str:
    changed(stage, settings={"presets": ["projects"], "flows": {"salesforce.opportunity": {"deletions": "both"}}})
    id = synced(stage, "Website")
    project = project_of(admin, id)
    stage.seller("delete", "Opportunity", id)
    stage.noticed("Opportunity", id)
    stage.work()
    assert workspace.get("project", project) is not None
    return project


def kept(stage: Stage, admin: Person, _: Workspace) -> str:
    id = synced(stage, "Website")
    project = project_of(admin, id)
    stage.seller("delete", "Opportunity", id)
    stage.noticed("Opportunity", id)
    stage.work()
    return project


def paused(stage: Stage, admin: Person, _: Workspace) -> str:
    id = synced(stage, "Website")
    admin.post(f"{BASE}/pause")
    return project_of(admin, id)


def switched_off(stage: Stage, _: Person, __: Workspace) -> str:
    changed(stage, settings={"presets": ["projects"], "flows": {"salesforce.opportunity": {"update_ours": False}}})
    id = synced(stage, "Website")
    stage.seller("update", "Opportunity", id, TB_End_Date__c="2027-01-31")
    stage.noticed("Opportunity", id)
    stage.work()
    return id


def one_way(stage: Stage, _: Person, __: Workspace) -> str:
    out = {"fields": {"end_date": {"direction": "out"}}}
    changed(stage, settings={"presets": ["projects"], "flows": {"salesforce.opportunity": out}})
    id = synced(stage, "Website")
    stage.seller("update", "Opportunity", id, TB_End_Date__c="2027-01-31")
    stage.noticed("Opportunity", id)
    stage.work()
    return id


CAUSES: list[tuple[Plant, str, str]] = [
    (in_step, "in_step", "in step"),
    (filtered, "filtered", "StageName is Prospecting and would have to be Closed Won"),
    (never_told, "not_yet", "next pull"),
    (nothing_by_itself, "nothing_by_itself", "rhythm of the connection is off"),
    (create_off, "create_off", "switched off"),
    (archived, "archived", "archived"),
    (parked, "parked", "No project without a code"),
    (waits_for_parent, "waits_for_parent", "client"),
    (conflict, "conflict", "name"),
    (ended, "ended", "deleted"),
    (kept, "kept", "deleted"),
    (paused, "connection", "paused"),
    (switched_off, "switched_off", "end date"),
    (one_way, "one_way", "end date"),
]


@pytest.mark.parametrize(("plant", "expected", "words"), CAUSES, ids=[plant.__name__ for plant, *_ in CAUSES])
def test_B88_every_planted_cause_is_named(
    org: Stage, admin: Person, workspace: Workspace, plant: Plant, expected: str, words: str
) -> None:
    text = plant(org, admin, workspace)

    found, said = cause(admin, text)

    assert found == expected, said
    assert words in said


def test_B88_an_account_that_nothing_asked_for_is_outside_of_the_selection(org: Stage, admin: Person) -> None:
    changed(org, settings={"presets": ["projects"], "accounts": "needed"})
    org.seller("create", "Account", Name="Lonely")

    assert cause(admin, "lonely", "salesforce.account")[0] == "not_selected"


def test_B88_a_record_that_may_be_another_one_waits_for_an_answer(
    org: Stage, admin: Person, workspace: Workspace
) -> None:
    workspace.create("client", {"name": "Northwind Traders"})
    account = org.seller("create", "Account", Name="Nortwind Traders")
    org.noticed("Account", account)
    org.work()

    found, words = cause(admin, account, "salesforce.account")

    assert found == "question", words


@pytest.mark.usefixtures("org")
def test_B88_what_neither_side_shows_is_said_to_be_unknown(admin: Person) -> None:
    answer = asked(admin, "Nobody knows this")

    assert (answer["items"], answer["cause"]) == ([], "unknown")
    assert "may see it" in answer["remedy"]


@pytest.mark.parametrize("by", ["name", "ours", "theirs", "short", "code"])
def test_B88_a_record_is_found_by_its_name_its_number_and_the_ids_of_both_sides(
    org: Stage, admin: Person, workspace: Workspace, by: str
) -> None:
    theirs = synced(org, "Website")
    ours = project_of(admin, theirs)
    project = workspace.get("project", ours)
    assert project is not None
    workspace.update("project", ours, {"code": "P-7"}, project.version or "")
    text = {"name": "website", "ours": ours, "theirs": theirs, "short": theirs[:15], "code": "P-7"}[by]

    [line] = [each for each in asked(admin, text)["items"] if each["flow"] == "salesforce.opportunity"]

    assert (line["ours"], line["theirs"], line["name"]) == (ours, theirs, "Website")


def test_B88_the_timeline_says_who_did_what_to_the_record_and_when_it_was_parked(
    org: Stage, admin: Person, workspace: Workspace
) -> None:
    id = parked(org, admin, workspace)
    project = project_of(admin, f"{id}" + asked(admin, id)["items"][0]["theirs"][15:])
    admin.post(f"{BASE}/links/salesforce.opportunity/{project}/retry")
    Connections().save(org.connection("salesforce"))
    admin.post(f"{BASE}/sync")
    org.work()

    [line] = [each for each in asked(admin, project)["items"] if each["flow"] == "salesforce.opportunity"]

    whats = [event["what"] for event in line["events"]]
    assert {"link.retry", "changed here", "changed there"} <= set(whats)
    moments = [datetime.fromisoformat(event["at"]) for event in line["events"]]
    assert moments == sorted(moments, reverse=True)
    assert next(event["actor"] for event in line["events"] if event["what"] == "link.retry") == "ada@acme.example"
    assert line["link"]["problem"]["retry_at"] > datetime.now(UTC).isoformat()
    assert org.connection("salesforce").status is Status.LIVE


@pytest.mark.usefixtures("org")
def test_B88_a_stranger_learns_nothing() -> None:
    assert Person(tenant="other").get("/v1/tenants/acme/why", q="Website").status == 403
