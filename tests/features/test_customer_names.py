"""Names and texts that QuickBooks does not take: handled over there, unchanged here, and never twice."""

from typing import Any

import pytest

from tests.admin import Person
from tests.features.customers import JOB, Crm, opened
from tests.stage import Stage, control
from timebridge.store.records import Workspace


@pytest.fixture
def crm(stage: Stage, workspace: Workspace, admin: Person) -> Crm:
    return opened(stage, workspace, admin)


def at_rest(crm: Crm) -> None:
    """However often both sides are looked at: nothing is written any more."""
    crm.echoes()
    crm.echoes()
    before, clients = crm.written(), crm.clients()
    crm.echoes()
    assert (crm.written(), crm.clients()) == (before, clients)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("Aalto: Partners", "Aalto - Partners"),
        ("12:30 Club", "12-30 Club"),
        ("Two\tTabs\nand a line", "Two Tabs and a line"),
        ("Rockets \N{ROCKET} & Co", "Rockets & Co"),
        ("\N{ROCKET}", "?"),
        ("Łódź “Søn” O'Neill \\ 100%", "Łódź “Søn” O'Neill \\ 100%"),
    ],
)
def test_E06_what_quickbooks_refuses_in_a_name_is_said_otherwise_there(crm: Crm, name: str, there: str) -> None:
    client = crm.client(name).id
    ours = crm.values(client)["name"]

    assert crm.of(client)["DisplayName"] == there

    at_rest(crm)
    assert crm.values(client)["name"] == ours
    assert crm.names() == [there]


def test_E06_names_that_only_differ_at_their_ends_stay_two_customers(crm: Crm) -> None:
    long = "Association of everybody who ever lived in a street with a name as long as this one " * 5
    first, second = (crm.client(f"{long}{end:x<20}").id for end in ("north", "south"))
    longest = crm.client("Colons: " * 62).id

    names = [crm.of(id)["DisplayName"] for id in (first, second, longest)]

    assert len({*names}) == 3
    assert max(map(len, names)) <= 500
    at_rest(crm)
    assert len(crm.names()) == 3


def test_E06_a_customer_renamed_there_renames_the_client_even_from_a_name_that_was_said_otherwise(crm: Crm) -> None:
    client = crm.client("Aalto: Partners").id
    theirs = crm.of(client)["Id"]

    crm.bookkeeper(theirs, DisplayName="Aalto & Partners")
    crm.stage.settle()
    assert crm.values(client)["name"] == "Aalto & Partners"

    crm.edit(client, name="Aalto: Group")
    assert crm.of(client)["DisplayName"] == "Aalto - Group"
    at_rest(crm)


@pytest.mark.parametrize("who", ["Vendor", "Employee"])
def test_E06_a_name_that_a_vendor_or_employee_has_gets_a_tail(crm: Crm, who: str) -> None:
    other: dict[str, Any] = {"GivenName": "Kim", "FamilyName": "Lee", "DisplayName": "Kim Lee"}
    crm.stage.bookkeeper(who, **other)
    client = crm.client("Kim Lee", phone="555 0100").id

    assert crm.of(client)["DisplayName"] == "Kim Lee (C)"

    at_rest(crm)
    assert crm.values(client)["name"] == "Kim Lee"
    assert crm.names() == ["Kim Lee (C)"]
    assert crm.questions() == []
    crm.edit(client, phone="555 0200")
    now = crm.of(client)
    assert (now["DisplayName"], now["PrimaryPhone"]) == ("Kim Lee (C)", {"FreeFormNumber": "555 0200"})


def test_E06_a_rename_into_a_name_that_a_vendor_has_gets_a_tail_too(crm: Crm) -> None:
    crm.stage.bookkeeper("Vendor", DisplayName="Paper and Pens")
    client = crm.client("Paper").id
    theirs = crm.of(client)["Id"]

    crm.edit(client, name="Paper and Pens", phone="555 0100")

    now = crm.of(client)
    assert (now["Id"], now["DisplayName"]) == (theirs, "Paper and Pens (C)")
    assert now["PrimaryPhone"] == {"FreeFormNumber": "555 0100"}
    at_rest(crm)
    assert crm.values(client)["name"] == "Paper and Pens"


def test_E06_an_inactive_record_gives_its_name_up(crm: Crm) -> None:
    vendor = crm.stage.bookkeeper("Vendor", DisplayName="Paper and Pens")
    crm.stage.bookkeeper("Vendor", Id=vendor["Id"], Active=False)
    gone = crm.bookkeeper(DisplayName="Harbour Freight")
    crm.stage.settle()
    crm.bookkeeper(gone, Active=False)
    crm.stage.settle()

    fresh = [crm.client(name).id for name in ("Paper and Pens", "Harbour Freight")]

    assert [crm.of(id)["DisplayName"] for id in fresh] == ["Paper and Pens", "Harbour Freight"]


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


def test_E06_texts_that_quickbooks_refuses_are_left_out_and_the_client_says_so(crm: Crm) -> None:
    client = crm.client(
        "Harbour: Freight",
        email="somebody@localhost.with..dots",
        website="harbour.example",
        phone="+1 555 0100 extension 12345678901234567",
        title="Commodore of the whole fleet",
        delivery_city="\N{ROCKET}",
    ).id

    made = crm.of(client)

    assert made["WebAddr"] == {"URI": "http://harbour.example"}
    assert len(made["PrimaryPhone"]["FreeFormNumber"]) <= 30
    assert made["Title"] == "Commodore of the"
    assert "PrimaryEmailAddr" not in made
    at_rest(crm)
    [block] = crm.admin.get(f"clients/{client}/quickbooks").body["items"]
    said = {each["field"]: each["there"] for each in block["said"]}
    assert said == {
        "name": "Harbour - Freight",
        "email": None,
        "website": "http://harbour.example",
        "phone": made["PrimaryPhone"]["FreeFormNumber"],
        "title": "Commodore of the",
        "delivery_city": None,
    }
    assert crm.values(client)["email"] == "somebody@localhost.with..dots"


def test_E06_an_address_that_quickbooks_refuses_leaves_the_good_one_there(crm: Crm) -> None:
    client = crm.client("Harbour Freight", email="office@harbour.example").id
    crm.of(client)

    crm.edit(client, email="not@good..example")
    assert crm.of(client)["PrimaryEmailAddr"] == {"Address": "office@harbour.example"}

    crm.edit(client, email="sales@harbour.example")
    assert crm.of(client)["PrimaryEmailAddr"] == {"Address": "sales@harbour.example"}


def test_E07_a_customer_with_several_addresses_is_reached_at_the_first(crm: Crm) -> None:
    addresses = {"Address": "office@harbour.example, boss@harbour.example"}
    theirs = crm.bookkeeper(DisplayName="Harbour Freight", PrimaryEmailAddr=addresses)
    client = crm.ours_of(theirs)
    assert crm.values(client)["email"] == "office@harbour.example"

    crm.edit(client, phone="555 0100")

    assert crm.of(client)["PrimaryEmailAddr"] == addresses
    at_rest(crm)
