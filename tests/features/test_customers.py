"""Customers and clients, both ways, with all their fields."""

from decimal import Decimal
from typing import Any

import pytest

from tests.admin import Person
from tests.features.customers import ON, Crm, opened
from tests.stage import Stage
from timebridge.store.records import Workspace

CLIENT: dict[str, Any] = {
    "title": "Dr.",
    "given_name": "Robin",
    "middle_name": "Q.",
    "family_name": "Söderström",
    "suffix": "Jr.",
    "legal_name": "Söderström & Daughters AB",
    "email": "office@soderstrom.example",
    "phone": "555 0100",
    "direct_phone": "555 0101",
    "mobile": "555 0102",
    "fax": "555 0103",
    "website": "https://soderstrom.example",
    "address_street": "1 High Street\nFloor 2",
    "address_city": "Sampleton",
    "address_state": "CA",
    "address_zip": "94000",
    "address_country": "USA",
    "delivery_street": "Dock 9",
    "delivery_city": "Harbourville",
    "delivery_state": "OR",
    "delivery_zip": "97001",
    "delivery_country": "USA",
}
"""Every field that travels both ways, but for the name."""


def customer(**values: str) -> dict[str, Any]:
    """The same client as QuickBooks writes it."""
    v = {**CLIENT, **values}
    lines = v["address_street"].split("\n")
    return {
        "Title": v["title"],
        "GivenName": v["given_name"],
        "MiddleName": v["middle_name"],
        "FamilyName": v["family_name"],
        "Suffix": v["suffix"],
        "CompanyName": v["legal_name"],
        "PrimaryEmailAddr": {"Address": v["email"]},
        "PrimaryPhone": {"FreeFormNumber": v["phone"]},
        "AlternatePhone": {"FreeFormNumber": v["direct_phone"]},
        "Mobile": {"FreeFormNumber": v["mobile"]},
        "Fax": {"FreeFormNumber": v["fax"]},
        "WebAddr": {"URI": v["website"]},
        "BillAddr": {
            **{f"Line{number}": line for number, line in enumerate(lines, 1)},
            "City": v["address_city"],
            "CountrySubDivisionCode": v["address_state"],
            "PostalCode": v["address_zip"],
            "Country": v["address_country"],
        },
        "ShipAddr": {
            "Line1": v["delivery_street"],
            "City": v["delivery_city"],
            "CountrySubDivisionCode": v["delivery_state"],
            "PostalCode": v["delivery_zip"],
            "Country": v["delivery_country"],
        },
    }


def said(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Of a customer, what is asked for; the ids of addresses are QuickBooks' own."""
    plain = {name: found.get(name) for name in wanted}
    return {
        name: {key: each for key, each in value.items() if key != "Id"} if isinstance(value, dict) else value
        for name, value in plain.items()
    }


@pytest.fixture
def crm(stage: Stage, workspace: Workspace, admin: Person) -> Crm:
    return opened(stage, workspace, admin)


def test_E06_every_field_makes_the_round_trip(crm: Crm) -> None:
    client = crm.client("Söderström", **CLIENT).id
    made = crm.of(client)
    assert said(made, customer()) == customer()

    news = {"mobile": "555 0999", "delivery_street": "Dock 10", "family_name": "Söderlund", "address_city": "Newtown"}
    crm.bookkeeper(made["Id"], **customer(**news))
    crm.stage.settle()
    assert {name: crm.values(client)[name] for name in CLIENT} == {**CLIENT, **news}

    again = {"title": "Prof.", "direct_phone": "555 0777", "address_street": "3 Low Street", "suffix": "III"}
    crm.edit(client, **again)
    assert said(crm.of(client), customer(**news, **again)) == customer(**news, **again)
    assert crm.names() == ["Söderström"]


def test_E07_a_customer_added_in_quickbooks_becomes_a_client_with_every_field(crm: Crm) -> None:
    theirs = crm.bookkeeper(DisplayName="Söderström", Notes="Pays late", ResaleNum="R-77", **customer())

    client = crm.ours_of(theirs)

    wanted = {**CLIENT, "name": "Söderström", "notes": "Pays late", "resale_number": "R-77", "currency": "USD"}
    assert {name: crm.values(client).get(name) for name in wanted} == wanted


def test_E07_a_customer_changed_in_quickbooks_changes_its_client(crm: Crm) -> None:
    theirs = crm.bookkeeper(DisplayName="Söderström")
    client = crm.ours_of(theirs)

    crm.bookkeeper(theirs, DisplayName="Söderström Group", Notes="VIP", PrimaryPhone={"FreeFormNumber": "555 0200"})
    crm.stage.settle()

    found = crm.values(client)
    assert (found["name"], found["notes"], found["phone"]) == ("Söderström Group", "VIP", "555 0200")


def test_E09_a_client_added_or_changed_here_is_in_quickbooks_when_its_edit_has_settled(crm: Crm) -> None:
    client = crm.client("Harbour Freight", phone="555 0300").id
    made = crm.of(client)
    assert (made["DisplayName"], made["PrimaryPhone"]) == ("Harbour Freight", {"FreeFormNumber": "555 0300"})

    crm.edit(client, name="Harbour Freight Ltd", phone=None, website="https://harbour.example")

    changed = crm.of(client)
    assert (changed["Id"], changed["DisplayName"]) == (made["Id"], "Harbour Freight Ltd")
    assert changed["WebAddr"] == {"URI": "https://harbour.example"}
    assert "PrimaryPhone" not in changed


def test_E09_an_edit_here_clears_nothing_that_a_person_wrote_there(crm: Crm) -> None:
    client = crm.client("Harbour Freight", **CLIENT).id
    made = crm.of(client)
    theirs = {
        "Notes": "Pays late",
        "ResaleNum": "R-77",
        "PreferredDeliveryMethod": "Print",
        "PrintOnCheckName": "Harbour F.",
        "Taxable": True,
        "BillAddr": {**made["BillAddr"], "Line3": "Back door", "Note": "ring twice"},
    }
    crm.bookkeeper(made["Id"], **theirs)
    crm.stage.settle()

    crm.edit(client, phone="555 0400", address_city="Newtown", given_name="Kim")

    now = crm.of(client)
    assert now["PrimaryPhone"] == {"FreeFormNumber": "555 0400"}
    assert now["BillAddr"] == {**theirs["BillAddr"], "City": "Newtown", "Id": now["BillAddr"]["Id"]}
    kept = {name: value for name, value in theirs.items() if name != "BillAddr"}
    assert {name: now.get(name) for name in kept} == kept
    assert now["ShipAddr"] == made["ShipAddr"]


def test_E06_what_the_books_decide_only_comes_in(crm: Crm) -> None:
    theirs = crm.bookkeeper(DisplayName="Harbour Freight", Notes="Pays late", PreferredDeliveryMethod="Print")
    client = crm.ours_of(theirs)
    before = crm.written()

    crm.edit(client, notes="What people here think of it")

    now = crm.of(client)
    assert (now["Notes"], crm.written()) == ("Pays late", before)
    now = crm.admin.get(f"clients/{client}").body
    refused = crm.admin.patch(f"clients/{client}", {"values": {"balance": 5}, "revision": now["revision"]})
    assert refused.status == 422
    assert "synchronisation" in refused.body["detail"]
    crm.bookkeeper(theirs, Notes="Pays on time")
    crm.stage.settle()
    assert crm.values(client)["notes"] == "Pays on time"


def test_E06_a_customer_made_inactive_archives_its_client_and_comes_back_with_it(crm: Crm) -> None:
    theirs = crm.bookkeeper(DisplayName="Harbour Freight")
    client = crm.ours_of(theirs)

    crm.bookkeeper(theirs, Active=False)
    crm.stage.settle()
    assert crm.clients() == {}

    crm.bookkeeper(theirs, Active=True)
    crm.stage.settle()
    assert crm.customer(theirs)["DisplayName"] == "Harbour Freight (deleted)"
    assert list(crm.clients()) == ["Harbour Freight"]
    crm.echoes()
    assert list(crm.clients()) == ["Harbour Freight"]
    assert client in crm.clients().values()


def test_E06_the_currency_of_a_customer_is_chosen_once(crm: Crm) -> None:
    [preferences] = crm.stage.quickbooks_has("Preferences")
    currency = {**preferences["CurrencyPrefs"], "MultiCurrencyEnabled": True}
    crm.stage.bookkeeper("Preferences", Id=preferences["Id"], CurrencyPrefs=currency)
    client = crm.client("Aalto", currency="EUR").id
    assert crm.of(client)["CurrencyRef"]["value"] == "EUR"

    crm.edit(client, currency="SEK")

    assert crm.of(client)["CurrencyRef"]["value"] == "EUR"
    [block] = crm.admin.get(f"clients/{client}/quickbooks").body["items"]
    assert block["currency"] == "EUR"
    crm.echoes()
    assert crm.of(client)["CurrencyRef"]["value"] == "EUR"


LISTS = tuple(f"quickbooks_online.{name}" for name in ("employee", "account", "item", "class", "department"))


def test_D01_linked_clients_projects_and_lists_hold_the_same_values_on_both_sides(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    for number in range(3):
        stage.bookkeeper("Employee", GivenName="Kim", FamilyName=f"Lee {number}", BillRate=90 + number)
        stage.bookkeeper("Class", Name=f"Class {number}")
        stage.bookkeeper("Department", Name=f"Location {number}")
        stage.bookkeeper("Item", Name=f"Advice {number}", Type="Service", UnitPrice=5, IncomeAccountRef={"value": "1"})
    crm = opened(stage, workspace, admin, (*ON, *LISTS))
    for number in range(6):
        top = crm.bookkeeper(DisplayName=f"Customer {number}", **customer(legal_name=f"Company {number}"))
        crm.bookkeeper(DisplayName=f"Job {number}", Job=True, ParentRef={"value": top})
        crm.client(f"Client: {number} \N{ROCKET}", **{**CLIENT, "website": "soderstrom.example"})
    crm.stage.bookkeeper("Vendor", DisplayName="Paper and Pens")
    crm.client("Paper and Pens", email="a.very.long.address@" + "x" * 90 + ".example")
    crm.stage.settle()
    crm.echoes()

    run = crm.admin.post("connections/quickbooks_online/verify").body["run"]
    crm.stage.settle()

    outcome = crm.admin.get(f"connections/quickbooks_online/runs/{run}").body["outcome"]
    assert outcome["different"] == 0, outcome
    assert outcome["pairs"] == outcome["equal"] >= 19 + 4 * 3
    assert sum(name.startswith(("Customer", "Client", "Paper")) for name in crm.names()) == 13
    assert len(crm.clients()) == 13, "and nothing is there twice"


def test_E03_the_balance_follows_what_is_invoiced(crm: Crm) -> None:
    theirs = crm.bookkeeper(DisplayName="Harbour Freight")
    client = crm.ours_of(theirs)
    item = crm.stage.bookkeeper("Item", Name="Advice", Type="Service", IncomeAccountRef={"value": "1"})
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": 120.5,
        "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}},
    }
    crm.stage.bookkeeper("Invoice", CustomerRef={"value": theirs}, Line=[line])

    crm.pull()

    assert crm.values(client)["balance"] == crm.values(client)["balance_with_jobs"] == Decimal("120.50")
