"""Clients, projects, staff and labour codes on the road between a workspace and the sandbox's company."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.connected_quickbooks_online import Bookkeeper, Road, connect, side_of
from timebridge.links import State
from timebridge.pull import OVERLAP, pull
from timebridge.records import Record
from timebridge.runs import Tally


@pytest.fixture
def road(books: Bookkeeper) -> Iterator[Road]:
    side = side_of(*connect(books.sandbox))
    with side.client.session:
        opened = Road(side, now=books.sandbox.clock.now)
        opened.ours.now = books.sandbox.clock.now
        yield opened


def later(road: Road, books: Bookkeeper) -> Tally:
    """Some time passes, then the pull runs."""
    books.sandbox.clock.advance(2)
    tally = pull(road, road.cursors)
    books.sandbox.clock.advance(2 * OVERLAP.total_seconds())
    return tally


def named(road: Road, kind: str, name: str) -> Record:
    (found,) = [record for record in road.ours.there(kind).values() if record.values["name"] == name]
    return found


def edit(road: Road, kind: str, record: Record, **values: Any) -> None:
    road.ours.put(kind, {**road.ours.there(kind)[record.id].values, **values}, record.id)


def leaves(customers: Sequence[Mapping[str, Any]]) -> set[str]:
    """The paths of the customers and jobs that have no jobs below them."""
    above = {each["ParentRef"]["value"] for each in customers if "ParentRef" in each}
    return {each["FullyQualifiedName"] for each in customers if each["Id"] not in above}


def test_the_lists_come_in_whole_and_at_rest(road: Road, books: Bookkeeper) -> None:
    assert later(road, books).parked == 0
    customers = books.find("Customer")
    assert len(road.ours.there("client")) == sum(not customer["Job"] for customer in customers)
    assert {record.values["path"] for record in road.ours.there("project").values()} == leaves(customers)
    assert len(road.ours.there("staff")) == len(books.find("Employee", Active="true"))
    assert len(road.ours.there("labour_code")) == len(books.find("Item", Type="Service"))
    project = named(road, "project", "Warehouse scanning")
    assert road.ours.there("client")[str(project.values["client"])].values["name"] == "Amberline Textiles"
    assert named(road, "staff", "Avery Tester").values["rate"] == Decimal("130.00")
    writes = road.ours.writes
    assert later(road, books).written == 0
    assert (road.ours.writes, road.theirs.calls["batch"]) == (writes, 0)


CLIENT: Mapping[str, Any] = {
    "name": "Söderström & Daughters",
    "legal_name": "Söderström AB",
    "email": "office@soderstrom.example",
    "phone": "555 0101",
    "fax": None,
    "website": "https://soderstrom.example",
    "address_street": "1 High Street\nFloor 2",
    "address_city": "Sampleton",
    "address_state": "CA",
    "address_zip": "94000",
    "address_country": "USA",
    "notes": "VIP",
}


def test_a_client_and_its_project_go_out_as_customer_and_job(road: Road, books: Bookkeeper) -> None:
    later(road, books)
    client = road.ours.put("client", CLIENT, "cli_new")
    road.ours.put("project", {"name": "Archive move", "client": client.id, "notes": None}, "pro_new")
    assert later(road, books).parked == 0
    customer = books.one("Customer", DisplayName=CLIENT["name"])
    assert customer["BillAddr"]["Line1"] == "1 High Street"
    assert customer["BillAddr"]["Line2"] == "Floor 2"
    assert customer["WebAddr"] == {"URI": "https://soderstrom.example"}
    job = books.one("Customer", DisplayName="Archive move")
    assert (job["Job"], job["ParentRef"]["value"]) == (True, customer["Id"])
    assert later(road, books).written == 2, "what QuickBooks gave them by itself"
    assert named(road, "project", "Archive move").values["path"] == "Söderström & Daughters:Archive move"
    assert later(road, books).written == 0
    given = {
        "name_in_books": CLIENT["name"],
        "currency": "USD",
        "balance": 0,
        "balance_with_jobs": 0,
        "taxable": False,
        "delivery_method": "None",
    }
    found = named(road, "client", str(CLIENT["name"])).values
    assert {name: value for name, value in found.items() if value is not None} == {
        name: value for name, value in {**CLIENT, **given}.items() if value is not None
    }


def test_edits_of_different_fields_on_both_sides_meet(road: Road, books: Bookkeeper) -> None:
    later(road, books)
    client = road.ours.put("client", CLIENT, "cli_new")
    later(road, books)
    customer = books.one("Customer", DisplayName=CLIENT["name"])["Id"]
    books.edit("Customer", customer, CompanyName="Söderström Group")
    edit(road, "client", client, address_city="Examplebury", phone=None)
    later(road, books)
    there, here = books.one("Customer", Id=customer), road.ours.there("client")[client.id].values
    assert here["legal_name"] == there["CompanyName"] == "Söderström Group"
    assert there["BillAddr"]["City"] == here["address_city"] == "Examplebury"
    assert (there["BillAddr"]["Line2"], there.get("PrimaryPhone")) == ("Floor 2", None)
    assert later(road, books).written == 0


def test_a_renamed_customer_renames_the_client(road: Road, books: Bookkeeper) -> None:
    later(road, books)
    client = named(road, "client", "Ironwood Forge")
    books.edit("Customer", books.one("Customer", DisplayName="Ironwood Forge")["Id"], DisplayName="Ironwood Works")
    later(road, books)
    assert road.ours.there("client")[client.id].values["name"] == "Ironwood Works"


def test_a_client_of_the_same_name_is_adopted_not_doubled(road: Road, books: Bookkeeper) -> None:
    client = road.ours.put("client", {"name": "ironwood  forge"}, "cli_old")
    later(road, books)
    (link,) = road.links.find("quickbooks_online.customer", ours=[client.id])
    assert link.theirs == books.one("Customer", DisplayName="Ironwood Forge")["Id"]
    assert len(road.ours.there("client")) == sum(not each["Job"] for each in books.find("Customer"))


def test_an_inactive_customer_archives_the_client_but_not_the_reverse(road: Road, books: Bookkeeper) -> None:
    later(road, books)
    inactive, archived = (named(road, "client", name) for name in ("Ironwood Forge", "Larch Valley Cider"))
    books.edit("Customer", books.one("Customer", DisplayName="Ironwood Forge")["Id"], Active=False)
    road.ours.remove("client", archived.id)
    later(road, books)
    assert inactive.id not in road.ours.there("client")
    assert books.one("Customer", DisplayName="Larch Valley Cider")["Active"]
    assert archived.id not in road.ours.there("client")
    assert later(road, books).written == 0


def test_an_employee_who_leaves_is_archived(road: Road, books: Bookkeeper) -> None:
    later(road, books)
    books.edit("Employee", books.one("Employee", DisplayName="Avery Tester")["Id"], Active=False)
    later(road, books)
    assert "Avery Tester" not in {record.values["name"] for record in road.ours.there("staff").values()}


def test_a_new_price_of_an_item_reaches_the_labour_code(road: Road, books: Bookkeeper) -> None:
    later(road, books)
    books.edit("Item", books.one("Item", Name="Consulting")["Id"], UnitPrice=222.22)
    later(road, books)
    assert named(road, "labour_code", "Consulting").values["rate"] == Decimal("222.22")


def test_a_job_below_a_job_is_a_project_of_the_client_at_the_top(road: Road, books: Bookkeeper) -> None:
    top = books.one("Customer", DisplayName="Ironwood Forge")["Id"]
    middle = books.create("Customer", DisplayName="Furnace", Job=True, ParentRef={"value": top})
    books.create("Customer", DisplayName="Bellows", Job=True, ParentRef={"value": middle})
    assert later(road, books).parked == 0
    client = named(road, "client", "Ironwood Forge").id
    bellows = named(road, "project", "Bellows").values
    assert (bellows["client"], bellows["path"]) == (client, "Ironwood Forge:Furnace:Bellows")
    for kind in ("client", "project"):
        assert "Furnace" not in {record.values["name"] for record in road.ours.there(kind).values()}


def test_a_client_with_the_name_of_a_vendor_is_a_customer_under_another_name(road: Road, books: Bookkeeper) -> None:
    later(road, books)
    books.create("Vendor", DisplayName="Paper and Pens")
    road.ours.put("client", {"name": "Paper and Pens"}, "cli_clash")
    assert later(road, books).parked == 0
    (link,) = road.links.find("quickbooks_online.customer", ours=["cli_clash"])
    assert link.state is State.LIVE
    assert books.one("Customer", Id=str(link.theirs))["DisplayName"] == "Paper and Pens (C)"
    later(road, books)
    assert road.ours.there("client")["cli_clash"].values["name"] == "Paper and Pens"
    assert later(road, books).written == 0
