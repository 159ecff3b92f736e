"""Customers and clients that may be the same: asked about, linked, or told apart by a tail; and none of them twice."""

import pytest

from tests.admin import Person
from tests.features.customers import JOB, Crm, at_rest, opened
from tests.stage import Stage, control
from timebridge.store.records import Workspace


@pytest.fixture
def crm(stage: Stage, workspace: Workspace, admin: Person) -> Crm:
    return opened(stage, workspace, admin)


def test_E06_two_clients_of_one_name_are_a_question_and_then_two_customers(crm: Crm) -> None:
    first = crm.client("Harbour Freight", phone="555 0100").id
    theirs = crm.of(first)["Id"]
    second = crm.client("harbour freight", phone="555 0200").id
    crm.stage.settle()

    [question] = crm.questions()
    assert (question["ours"], question["asks"]) == (second, "ours")
    assert [(each["id"], each["name"]) for each in question["candidates"]] == [(theirs, "Harbour Freight")]
    assert crm.names() == ["Harbour Freight"]

    crm.answer(second, answer="create")

    assert crm.of(second)["DisplayName"] == "harbour freight (C)"
    at_rest(crm)
    assert crm.names() == ["Harbour Freight", "harbour freight (C)"]
    assert sorted(crm.clients()) == ["Harbour Freight", "harbour freight"]


def test_E06_a_customer_of_the_same_name_is_suggested_and_linked_by_a_person(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    theirs = stage.bookkeeper("Customer", DisplayName="Harbour Freight")["Id"]
    crm = opened(stage, workspace, admin, flows={"quickbooks_online.customer": {"direction": "out"}})
    client = crm.client("Harbour Freight", phone="555 0100").id
    crm.stage.settle()
    [question] = crm.questions()
    assert [each["id"] for each in question["candidates"]] == [theirs]
    assert question["candidates"][0]["score"] == 100

    crm.answer(client, answer="link", id=theirs)

    assert crm.of(client)["Id"] == theirs
    assert crm.of(client)["PrimaryPhone"] == {"FreeFormNumber": "555 0100"}
    assert crm.names() == ["Harbour Freight"]


def test_E06_a_client_is_known_again_by_what_its_name_is_there(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    theirs = stage.bookkeeper("Customer", DisplayName="Aalto - Partners")["Id"]
    client = workspace.create("client", {"name": "Aalto: Partners"}).id

    crm = opened(stage, workspace, admin)

    assert crm.link(client).theirs == theirs
    assert crm.clients() == {"Aalto: Partners": client}
    assert crm.names() == ["Aalto - Partners"]


def test_E06_projects_of_one_name_at_two_clients_are_two_jobs(crm: Crm) -> None:
    clients = [crm.client(name).id for name in ("Aalto", "Boreal", "Website")]
    projects = [crm.ours.create("project", {"name": "Website", "client": id}).id for id in clients[:2]]
    crm.stage.settle()

    jobs = [crm.of(id, JOB) for id in projects]

    assert [job["ParentRef"]["value"] for job in jobs] == [crm.of(id)["Id"] for id in clients[:2]]
    assert sorted(job["DisplayName"] for job in jobs) == ["Website (C)", "Website (C2)"]
    at_rest(crm)
    assert [crm.values(id, "project")["name"] for id in projects] == ["Website", "Website"]
    assert crm.names() == ["Aalto", "Boreal", "Website", "Website (C)", "Website (C2)"]


@pytest.mark.parametrize("forgetful", [False, True])
def test_E06_a_lost_answer_makes_no_second_customer(crm: Crm, forgetful: bool) -> None:
    """Whether Intuit remembers the request or not, and whichever of the two calls it was."""
    control("POST", f"{crm.stage.quickbooks.url}/_sandbox/switches", json={"ignore_requestid": forgetful})
    crm.stage.bookkeeper("Vendor", DisplayName="Paper and Pens")
    lost = ("Paper and Pens", r"\(C\)"), ("Aalto: Partners", "Aalto"), ("Harbour Freight", "Harbour"), ("Pens", r"Pens")
    for name, body in lost:
        crm.client(name, phone="555 0100")
        lose_answer(crm, body)
        assert crm.insisted() > 1
    at_rest(crm)

    assert crm.names() == ["Aalto - Partners", "Harbour Freight", "Paper and Pens (C)", "Pens"]
    assert len(crm.clients()) == 4


def lose_answer(crm: Crm, body: str) -> None:
    """The next batch in which such a text is written is done, and nobody hears of it."""
    fault = {"match": {"path": "/batch", "body": body}, "kind": "drop_after_commit"}
    control("POST", f"{crm.stage.quickbooks.url}/_sandbox/faults", json=fault)


def test_E06_a_lost_answer_makes_no_second_customer_even_if_the_name_is_free_by_then(crm: Crm) -> None:
    control("POST", f"{crm.stage.quickbooks.url}/_sandbox/switches", json={"ignore_requestid": True})
    vendor = crm.stage.bookkeeper("Vendor", DisplayName="Paper and Pens")
    client = crm.client("Paper and Pens").id
    lose_answer(crm, r"\(C\)")
    crm.stage.edits()
    messages = crm.stage.messages()
    assert crm.stage.call("worker", {"Records": messages})["batchItemFailures"]
    crm.stage.bookkeeper("Vendor", Id=vendor["Id"], DisplayName="Paper and Pens (supplier)")

    assert crm.stage.call("worker", {"Records": messages})["batchItemFailures"] == []

    assert crm.names() == ["Paper and Pens (C)"]
    assert crm.of(client)["DisplayName"] == "Paper and Pens (C)"


def test_E06_two_projects_of_one_name_at_one_client_are_a_question(crm: Crm) -> None:
    client = crm.client("Aalto").id
    first, second = (crm.ours.create("project", {"name": "Website", "client": client}).id for _ in range(2))
    crm.stage.settle()

    [question] = crm.questions()
    waits = question["ours"]
    [made] = {first, second} - {waits}
    assert [each["id"] for each in question["candidates"]] == [crm.of(made, JOB)["Id"]]

    crm.answer(waits, JOB, answer="create")

    assert crm.of(waits, JOB)["DisplayName"] == "Website (C)"
    at_rest(crm)
    assert crm.names() == ["Aalto", "Website", "Website (C)"]
