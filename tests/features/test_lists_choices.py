"""Which lists of QuickBooks come in, and what becomes of people and of the firm."""

from typing import Any

from tests.admin import Person
from tests.features.bookkeeping import Lists, kept
from tests.stage import Stage
from timebridge.links import State
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

CONNECTION = "connections/quickbooks_online"
EMPLOYEE, VENDOR, TERM = (f"quickbooks_online.{name}" for name in ("employee", "vendor", "term"))


def person(stage: Stage, given: str, **values: Any) -> str:
    return str(stage.bookkeeper("Employee", GivenName=given, FamilyName="Vane", **values)["Id"])


def choose(admin: Person, **settings: Any) -> None:
    found = admin.get(CONNECTION).body
    wanted = {**found["settings"], **settings}
    answer = admin.patch(CONNECTION, {"revision": found["revision"], "settings": wanted})
    assert answer.status == 200, answer.text


def links(books: Lists, flow: str) -> dict[str, str | None]:
    """What is linked in a flow: their id by ours."""
    staff = [record.id for record in books.all("staff").values()]
    found = DynamoLinks(books.stage.tenant, books.connection.id).find(flow, ours=staff)
    return {link.ours: link.theirs for link in found if link.state is State.LIVE}


def test_D03_clients_projects_and_staff_come_from_quickbooks(stage: Stage, workspace: Workspace) -> None:
    client = stage.bookkeeper("Customer", DisplayName="Harbour Freight")["Id"]
    stage.bookkeeper("Customer", DisplayName="Crane controls", Job=True, ParentRef={"value": client})
    person(stage, "Robin")

    books = kept(stage, workspace, ("customer", "job", "client_project", "employee"))

    assert books.names("client") == {"Harbour Freight"}
    assert books.names("project") == {"Crane controls"}
    assert books.one("project", "Crane controls")["client"] == books.all("client")["Harbour Freight"].id
    assert books.names("staff") == {"Robin Vane"}


def test_D15_each_list_can_be_switched_off_by_itself(stage: Stage, workspace: Workspace, admin: Person) -> None:
    robin = person(stage, "Robin")
    books = kept(stage, workspace, ("employee",))
    off = books.connection.settings["flows"]
    assert (books.names("term"), books.names("staff")) == (set(), {"Robin Vane"})

    choose(admin, flows={**off, TERM: {}, EMPLOYEE: {"off": True}})
    books.changed("Employee", Id=robin, FamilyName="Larkspur", DisplayName="Robin Larkspur")
    person(stage, "Kim")
    books.pulled()
    assert books.names("staff") == {"Robin Vane"}
    assert "Net 30" in books.names("term")

    choose(admin, flows=off)
    stage.settle()
    assert books.names("staff") == {"Robin Larkspur", "Kim Vane"}


def test_D15_a_list_may_be_kept_in_step_without_anything_new_in_it(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    robin = person(stage, "Robin")
    books = kept(stage, workspace, ("employee",))
    choose(admin, flows={**books.connection.settings["flows"], EMPLOYEE: {"create_ours": False}})

    person(stage, "Kim")
    books.changed("Employee", Id=robin, FamilyName="Larkspur", DisplayName="Robin Larkspur")

    assert books.names("staff") == {"Robin Larkspur"}


def test_D15_what_is_misspelt_is_refused_with_what_there_is(stage: Stage, workspace: Workspace, admin: Person) -> None:
    kept(stage, workspace, ("employee",))
    found = admin.get(CONNECTION).body
    for settings, field in (
        ({"flows": {"quickbooks_online.people": {"off": True}}}, "settings.flows"),
        ({"vendors": "some"}, "settings.vendors"),
        ({"expense_items": ["Inventory"]}, "settings.expense_items"),
        ({"blocked": ["Harbour Freight"]}, "settings.blocked"),
    ):
        answer = admin.patch(CONNECTION, {"revision": found["revision"], "settings": settings})
        assert (answer.status, answer.body["field"]) == (422, field)
        assert answer.body["remedy"]


def test_D25_the_company_fills_the_firm_once(stage: Stage, workspace: Workspace) -> None:
    books = kept(stage, workspace, ("company",))
    [firm] = books.all("firm").values()
    there = firm.values
    assert there["name"] == "Larkspur and Vane Consulting"
    assert there["legal_name"] == "Larkspur and Vane Consulting LLC"
    assert (there["address_street"], there["address_city"]) == ("12 Example Street", "Sampleton")
    assert (there["address_state"], there["address_zip"], there["address_country"]) == ("CA", "94043", "USA")
    assert (there["email"], there["phone"]) == ("office@example.test", "(555) 555-0100")
    assert (there["fiscal_year_start"], there["time_zone"]) == ("January", "America/Los_Angeles")

    workspace.update("firm", firm.id, {"phone": "555 0199"}, firm.version or "")
    address = {"Line1": "99 Other Road", "City": "Elsewhere"}
    books.changed("CompanyInfo", Id="1", CompanyName="Renamed in QuickBooks", CompanyAddr=address)

    [firm] = books.all("firm").values()
    assert (firm.values["name"], firm.values["address_city"]) == ("Larkspur and Vane Consulting", "Sampleton")
    assert firm.values["phone"] == "555 0199"
    [company] = stage.quickbooks_has("CompanyInfo")
    assert company["PrimaryPhone"] == {"FreeFormNumber": "(555) 555-0100"}


def test_D25_a_firm_that_is_there_is_left_alone(stage: Stage, workspace: Workspace) -> None:
    workspace.create("firm", {"name": "Our own name", "phone": "555 0123"})

    books = kept(stage, workspace, ("company",))
    books.pulled()

    [firm] = books.all("firm").values()
    own = {"name": "Our own name", "phone": "555 0123", "address_city": None}
    assert {name: firm.values[name] for name in own} == own


def test_D31_vendors_are_linked_with_the_contractors_they_are(stage: Stage, workspace: Workspace) -> None:
    by_name = workspace.create("staff", {"name": "Quill Drafting", "rate": "70"})
    by_mail = workspace.create("staff", {"name": "Toni Marsh", "email": "toni@example.test"})
    quill = stage.bookkeeper("Vendor", DisplayName="Quill Drafting", BillRate=80)["Id"]
    email = {"Address": "toni@example.test"}
    marsh = stage.bookkeeper("Vendor", DisplayName="Marsh & Co", PrimaryEmailAddr=email)["Id"]
    stage.bookkeeper("Vendor", DisplayName="City Power")

    books = kept(stage, workspace, ("employee", "vendor"))

    assert books.names("staff") == {"Quill Drafting", "Toni Marsh"}  # who pays for power is nobody's contractor
    assert links(books, VENDOR) == {by_name.id: quill, by_mail.id: marsh}
    assert books.one("staff", "Quill Drafting")["rate"] == 70  # a vendor says nothing about our people
    books.changed("Vendor", Id=quill, Active=False)
    assert books.names("staff") == {"Quill Drafting", "Toni Marsh"}


def test_D31_a_vendor_is_linked_by_hand(stage: Stage, workspace: Workspace, admin: Person) -> None:
    vendor = stage.bookkeeper("Vendor", DisplayName="Marsh Surveying Limited")["Id"]
    books = kept(stage, workspace, ("employee", "vendor"))
    toni = workspace.create("staff", {"name": "Toni Marsh"})
    stage.settle()

    answer = admin.post(f"{CONNECTION}/links", {"flow": VENDOR, "ours": toni.id, "theirs": vendor})
    assert answer.status == 202, answer.text
    stage.settle()

    assert links(books, VENDOR) == {toni.id: vendor}
    assert books.names("staff") == {"Toni Marsh"}


def test_D31_contractors_become_staff_where_that_is_chosen(stage: Stage, workspace: Workspace) -> None:
    sam = stage.bookkeeper("Vendor", DisplayName="Quill Drafting", Vendor1099=True)["Id"]
    stage.bookkeeper("Vendor", DisplayName="City Power")

    books = kept(stage, workspace, ("employee", "vendor"), vendors="contractors")

    assert books.names("staff") == {"Quill Drafting"}
    books.changed("Vendor", Id=sam, DisplayName="Quill and Daughters")
    assert books.names("staff") == {"Quill and Daughters"}
    books.changed("Vendor", Id=sam, Active=False)
    assert books.names("staff") == set()
    assert books.connection.provider is Provider.QUICKBOOKS_ONLINE
