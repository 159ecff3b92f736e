"""The lists of QuickBooks in the workspace: people, items, accounts, classes, terms, ways to pay."""

from decimal import Decimal

import pytest

from tests.features.bookkeeping import kept
from tests.stage import Stage
from timebridge.store.records import Workspace

INCOME = {"IncomeAccountRef": {"value": "79"}}
PAID_FROM = {"ExpenseAccountRef": {"value": "80"}}


def test_D24_employees_vendors_and_service_items_fill_their_fields(stage: Stage, workspace: Workspace) -> None:
    person = {"PrimaryEmailAddr": {"Address": "robin@example.test"}, "PrimaryPhone": {"FreeFormNumber": "555 0101"}}
    stage.bookkeeper("Employee", GivenName="Robin", FamilyName="Vane", BillableTime=True, BillRate=95.5, **person)
    stage.bookkeeper("Vendor", DisplayName="Quill Drafting", GivenName="Sam", FamilyName="Quill", BillRate=80)
    stage.bookkeeper("Item", Name="Design", Type="Service", UnitPrice=120, **INCOME)

    books = kept(stage, workspace, ("employee", "vendor", "item"), vendors="all")

    robin, quill = (books.one("staff", name) for name in ("Robin Vane", "Quill Drafting"))
    assert (robin["given_name"], robin["family_name"], robin["rate"]) == ("Robin", "Vane", Decimal("95.50"))
    assert (robin["email"], robin["phone"]) == ("robin@example.test", "555 0101")
    assert (quill["given_name"], quill["family_name"], quill["rate"]) == ("Sam", "Quill", Decimal(80))
    assert books.one("labour_code", "Design")["rate"] == Decimal(120)


def test_D29_active_employees_become_staff_and_those_who_leave_are_archived(stage: Stage, workspace: Workspace) -> None:
    stays = stage.bookkeeper("Employee", GivenName="Robin", FamilyName="Vane")["Id"]
    left = stage.bookkeeper("Employee", GivenName="Kim", FamilyName="Larkspur")["Id"]
    stage.bookkeeper("Employee", Id=left, Active=False)
    books = kept(stage, workspace, ("employee",))
    assert books.names("staff") == {"Robin Vane"}
    before = books.all("staff")["Robin Vane"]

    books.changed("Employee", Id=stays, Active=False)
    assert books.names("staff") == set()
    archived = workspace.get("staff", before.id)
    assert archived is not None
    assert (archived.gone, archived.values["name"]) == (True, "Robin Vane")

    books.changed("Employee", Id=stays, Active=True)
    back = books.all("staff")
    assert {name: record.id for name, record in back.items()} == {"Robin Vane": before.id}


def test_D30_nobody_is_invited_by_a_synchronisation(stage: Stage, workspace: Workspace) -> None:
    for name in ("Robin", "Kim"):
        email = {"Address": f"{name.lower()}@example.test"}
        stage.bookkeeper("Employee", GivenName=name, FamilyName="Vane", PrimaryEmailAddr=email)
    books = kept(stage, workspace, ("employee",))
    books.changed("Employee", GivenName="Toni", FamilyName="Vane", PrimaryEmailAddr={"Address": "toni@example.test"})

    assert books.names("staff") == {"Robin Vane", "Kim Vane", "Toni Vane"}
    addresses = {address for mail in stage.mails() for address in mail.to}
    assert not {address for address in addresses if address.endswith("@example.test")}


def test_D33_service_items_become_labour_codes_under_the_name_of_their_category(
    stage: Stage, workspace: Workspace
) -> None:
    garden = stage.bookkeeper("Item", Name="Landscaping", Type="Category")["Id"]
    below = {"SubItem": True, "ParentRef": {"value": garden}}
    stage.bookkeeper("Item", Name="Gardening", Type="Service", **INCOME, **below)
    stage.bookkeeper("Item", Name="Fountain", Type="NonInventory", **INCOME)

    books = kept(stage, workspace, ("item", "expense_item"))

    assert {"Landscaping:Gardening"} < books.names("labour_code")
    assert not {"Landscaping", "Fountain", "Gardening"} & books.names("labour_code")
    assert books.one("labour_code", "Landscaping:Gardening")["rate"] is None  # a price of 0 is none


def test_D35_a_change_of_the_rate_in_quickbooks_reaches_the_labour_code(stage: Stage, workspace: Workspace) -> None:
    id = stage.bookkeeper("Item", Name="Design", Type="Service", UnitPrice=120, **INCOME)["Id"]
    books = kept(stage, workspace, ("item",))

    books.changed("Item", Id=id, UnitPrice=132.5)

    assert books.one("labour_code", "Design")["rate"] == Decimal("132.50")


@pytest.mark.parametrize(("types", "codes"), [(["NonInventory"], {"Mileage"}), (["Service"], {"Meals"})])
def test_D36_items_that_people_spend_on_become_expense_codes(
    stage: Stage, workspace: Workspace, types: list[str], codes: set[str]
) -> None:
    stage.bookkeeper("Item", Name="Mileage", Type="NonInventory", **PAID_FROM)
    stage.bookkeeper("Item", Name="Meals", Type="Service", **PAID_FROM)

    books = kept(stage, workspace, ("item", "expense_item"), expense_items=types)

    assert books.names("expense_code") & {"Mileage", "Meals"} == codes


def test_D38_all_other_items_are_listed(stage: Stage, workspace: Workspace) -> None:
    stock = {"TrackQtyOnHand": True, "QtyOnHand": 3, "InvStartDate": "2026-01-05", "AssetAccountRef": {"value": "81"}}
    stage.bookkeeper("Item", Name="Pump", Type="Inventory", UnitPrice=15, **stock, **INCOME, **PAID_FROM)
    stage.bookkeeper("Item", Name="Pipes", Type="NonInventory", **INCOME)
    stage.bookkeeper("Item", Name="Hardware", Type="Category")

    books = kept(stage, workspace, ("item", "expense_item", "other_item"))

    pump = books.one("item", "Pump")
    assert (pump["type"], pump["rate"]) == ("Inventory", Decimal(15))
    assert books.names("item") == {"Pump"}  # the others are expense codes, labour codes, or only part of a name


def test_D46_terms_are_kept_in_step(stage: Stage, workspace: Workspace) -> None:
    id = stage.bookkeeper("Term", Name="Net 45", DueDays=45)["Id"]
    books = kept(stage, workspace, ("term",))
    assert (books.one("term", "Net 30")["days"], books.one("term", "Net 45")["days"]) == (Decimal(30), Decimal(45))

    books.changed("Term", Id=id, Name="Net 40", DueDays=40)

    assert books.one("term", "Net 40")["days"] == Decimal(40)
    books.changed("Term", Id=id, Active=False)
    assert not {"Net 40", "Net 45"} & books.names("term")


def test_D24_accounts_classes_locations_and_ways_to_pay_are_listed_too(stage: Stage, workspace: Workspace) -> None:
    travel = stage.bookkeeper("Account", Name="Travel costs", AccountType="Expense", AcctNum="6100")["Id"]
    below = {"SubAccount": True, "ParentRef": {"value": travel}}
    stage.bookkeeper("Account", Name="Rail", AccountType="Expense", **below)
    north = stage.bookkeeper("Class", Name="North")["Id"]
    stage.bookkeeper("Class", Name="Retail", ParentRef={"value": north})
    stage.bookkeeper("Department", Name="Harbour office")

    books = kept(stage, workspace, ("account", "class", "department", "payment_method"))

    account = books.one("account", "Travel costs")
    assert (account["code"], account["type"]) == ("6100", "Expense")
    assert books.one("account", "Travel costs:Rail")["type"] == "Expense"
    assert books.names("class") == {"North", "North:Retail"}
    assert books.names("department") == {"Harbour office"}
    assert books.one("payment_method", "Visa")["type"] == "CREDIT_CARD"
    books.changed("Class", Id=north, Name="Nordic")
    assert books.names("class") == {"Nordic", "Nordic:Retail"}
