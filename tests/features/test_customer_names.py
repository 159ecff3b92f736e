"""Names and texts that QuickBooks does not take: handled over there, unchanged here, and never twice."""

from typing import Any

import pytest

from tests.admin import Person
from tests.features.customers import Crm, at_rest, opened
from tests.stage import Stage
from timebridge.store.records import Workspace


@pytest.fixture
def crm(stage: Stage, workspace: Workspace, admin: Person) -> Crm:
    return opened(stage, workspace, admin)


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


def test_E07_whatever_fits_into_quickbooks_fits_here(crm: Crm) -> None:
    lines = {f"Line{number}": letter * 500 for number, letter in enumerate("abcd", 1)}
    address = {**lines, "City": "c" * 255, "CountrySubDivisionCode": "s" * 255, "PostalCode": "1" * 30}
    phone = {"FreeFormNumber": "5" * 30}
    theirs = crm.bookkeeper(
        DisplayName="n" * 500,
        **{"Title": "t" * 16, "GivenName": "g" * 100, "MiddleName": "m" * 100, "FamilyName": "f" * 100},
        **{"Suffix": "s" * 16, "CompanyName": "c" * 100, "Notes": "n" * 2000, "ResaleNum": "r" * 16},
        **dict.fromkeys(["PrimaryPhone", "AlternatePhone", "Mobile", "Fax"], phone),
        **{name: {**address, "Country": "l" * 255} for name in ("BillAddr", "ShipAddr")},
        PrimaryEmailAddr={"Address": f"{'x' * 80}@long.example"},
        WebAddr={"URI": f"http://{'w' * 980}.example"},
    )

    client = crm.ours_of(theirs)

    assert crm.link(client).state == "live"
    found = crm.values(client)
    assert (len(found["name"]), len(found["address_street"]), len(found["website"])) == (500, 2003, 995)
    at_rest(crm)
