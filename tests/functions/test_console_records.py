"""Records as people see them: found by anything, with both sides' values, their story, and what can be done."""

from typing import Any

import pytest

from tests.admin import Person
from tests.console import Browser, Shown, filled
from tests.stage import Stage, control
from timebridge.errors import SyncError
from timebridge.sides import Create
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

pytestmark = pytest.mark.usefixtures("acme")

WON = {"StageName": "Closed Won", "CloseDate": "2026-12-31"}
FLOW = "salesforce.opportunity"
HOSTILE = '<img src=x onerror="alert(1)">'
NOBODY = {"presets": ["projects"], "flows": {FLOW: {"winner": "nobody"}}}


@pytest.fixture
def org(stage: Stage) -> Stage:
    stage.connect(Provider.SALESFORCE, settings=NOBODY)
    stage.bodies()
    return stage


def won(stage: Stage, name: str = "Website") -> str:
    account = stage.seller("create", "Account", Name="Northwind Ltd")
    id: str = stage.seller("create", "Opportunity", Name=name, AccountId=account, **WON)
    stage.noticed("Opportunity", id)
    stage.work()
    return id


def project_of(admin: Person, theirs: str) -> dict[str, Any]:
    [link] = admin.get("connections/salesforce/links", theirs=theirs, flow=FLOW).body["items"]
    found: dict[str, Any] = admin.get(f"projects/{link['ours']}").body
    return found


def made(workspace: Workspace, **values: Any) -> str:
    client = workspace.create("client", {"name": "Northwind Ltd"})
    return workspace.create("project", {"client": client.id, "name": "Website", **values}).id


# --- lists and search ------------------------------------------------------------------------------------------------


def test_a_list_shows_values_names_and_badges_with_a_way_out(org: Stage, vera: Browser) -> None:
    theirs = won(org)

    page = vera.get("records/projects")

    assert "Website Northwind Ltd" in page.text
    assert "Synced" in page.text
    assert any(to.endswith(theirs) for to in page.links.values())


def test_every_list_there_is_opens(vera: Browser, admin: Person) -> None:
    kinds = [kind["kinds"] for kind in admin.get("kinds").body["items"]]

    assert {kinds: vera.get(f"records/{kinds}").status for kinds in kinds} == dict.fromkeys(kinds, 200)
    assert vera.get("records/clouds").status == 404


def test_an_empty_list_says_what_will_be_here_and_a_filter_that_fits_nothing_how_to_go_on(vera: Browser) -> None:
    assert "Records appear here once a connection has brought them" in vera.get("records/clients").text
    assert "Take a filter away" in vera.get("records/clients", q="nothing").text


def test_a_list_is_searched_and_paged_on_the_server(vera: Browser, workspace: Workspace) -> None:
    for number in range(53):
        workspace.create("client", {"name": f"Client {number:02}"})

    first = vera.get("records/clients", q="client")
    second = vera.get(first.links["Next page"].partition("acme/")[2])

    assert "Client 49" in first.text
    assert "Client 50" not in first.text
    assert "Client 52" in second.text
    assert "Client 00" not in second.text


def test_hostile_names_are_words_on_every_page(ada: Browser, workspace: Workspace) -> None:
    client = workspace.create("client", {"name": HOSTILE})
    id = workspace.create("project", {"client": client.id, "name": HOSTILE, "notes": HOSTILE}).id
    paths = [
        "records/projects",
        f"records/projects/{id}",
        f"records/projects/{id}/edit",
        f"records/clients/{client.id}",
    ]
    paths += [f"records/projects/{id}/archive", f"records/clients/{client.id}/below/projects", "records?q=onerror"]

    for path in paths:
        page = ada.get(path)
        assert page.status == 200, (path, page.text)
        assert "<img src=x" not in page.html, path
        assert "onerror" in page.text or path.endswith("below/projects"), path


def test_the_box_leads_straight_to_what_an_id_stands_for(org: Stage, vera: Browser, admin: Person) -> None:
    theirs = won(org)
    id = project_of(admin, theirs)["id"]

    assert vera.get("records", q=theirs).location == f"acme/records/projects/{id}"
    assert vera.get("records", q=id).location == f"acme/records/projects/{id}"
    url = f"https://nimbus.lightning.force.example/lightning/r/Opportunity/{theirs}/view"
    assert vera.get("records", q=url).location == f"acme/records/projects/{id}"


def test_words_find_records_of_several_kinds_and_nothing_is_said_so(org: Stage, vera: Browser) -> None:
    won(org)

    page = vera.get("records", q="north")

    assert "Clients All clients like that Northwind Ltd" in page.text
    assert "Nothing here is called “zebra”" in vera.get("records", q="zebra").text


def test_what_is_only_over_there_is_looked_for_there(org: Stage, vera: Browser) -> None:
    account = org.seller("create", "Account", Name="Harbour & Vale")
    org.seller(
        "create",
        "Opportunity",
        Name="Lost deal",
        AccountId=account,
        StageName="Closed Lost",
        **{"CloseDate": "2026-12-31"},
    )

    page = vera.get("records/elsewhere", q="Lost deal", part=True)

    assert "StageName is Closed Lost and would have to be Closed Won" in page.text
    assert "Neither side shows a record like this" in vera.get("records/elsewhere", q="Nothing at all", now="1").text
    assert "Looking in Salesforce" in vera.get("records/elsewhere", q="Lost deal").text


# --- one record ------------------------------------------------------------------------------------------------------


def test_a_record_shows_both_sides_and_says_when_theirs_were_read(org: Stage, vera: Browser, admin: Person) -> None:
    theirs = won(org)
    id = project_of(admin, theirs)["id"]
    org.seller("update", "Opportunity", theirs, Name="Website 2")

    page, read = vera.get(f"records/projects/{id}"), vera.get(f"records/projects/{id}/sides", part=True)

    assert "Name Website Website" in page.text
    assert "as agreed last" in page.text
    assert "Name Website Website 2 Differs" in read.text
    assert "read just now" in read.text


def test_a_parked_record_says_why_and_is_tried_again(org: Stage, ada: Browser, admin: Person) -> None:
    theirs = won(org)
    project = project_of(admin, theirs)
    order = {"object": "Opportunity", "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Name"]}
    control("POST", f"{org.salesforce.url}/_sandbox/refusals", json={**order, "message": "No project without a code"})
    admin.patch(f"projects/{project['id']}", {"values": {"name": "Website 2"}, "revision": project["revision"]})
    admin.post("connections/salesforce/sync", {"kind": "project", "id": project["id"]})
    org.work()

    page = ada.get(f"records/projects/{project['id']}")
    assert "Error" in page.text
    assert "No project without a code" in page.text
    assert "1 try so far" in page.text
    assert "Could not be synchronised" in ada.get(f"records/projects/{project['id']}/story", part=True).text
    assert "No project without a code" in ada.get("records/projects", badge="error").text

    control("DELETE", f"{org.salesforce.url}/_sandbox/refusals")
    answer = ada.post(f"records/projects/{project['id']}/retry", page.filled("/retry"))
    org.work()
    assert "synchronised now" in answer.said
    assert "It is in step." in ada.follow(answer).text


def test_a_conflict_is_decided_field_by_field(org: Stage, ada: Browser, vera: Browser, admin: Person) -> None:
    theirs = won(org)
    project = project_of(admin, theirs)
    admin.patch(f"projects/{project['id']}", {"values": {"name": "Ours"}, "revision": project["revision"]})
    org.seller("update", "Opportunity", theirs, Name="Theirs")
    org.noticed("Opportunity", theirs)
    org.work()
    path = f"records/projects/{project['id']}"

    page = ada.get(path)
    assert "Both sides changed it" in page.text
    assert "Both agreed on Website before." in page.text
    assert "An administrator decides" in vera.get(path).text
    choices = [filled(form) for form in page.forms if form["action"].endswith("/decide")]
    assert [choice["take"] for choice in choices] == ["ours", "theirs", "value"]
    answer = ada.post(f"{path}/decide", choices[1])
    org.work()

    assert "Decided: Name" in answer.said
    assert "Theirs" in ada.get(path).text
    assert "Both sides changed it" not in ada.get(path).text


def test_an_edit_sends_only_what_was_changed_and_names_the_field_that_does_not_fit(
    ada: Browser, admin: Person, workspace: Workspace
) -> None:
    id = made(workspace, code="P-7")
    path = f"records/projects/{id}/edit"
    values = ada.get(path).filled("/edit")

    refused = ada.post(path, values | {"budget": "much"})
    saved = ada.post(path, values | {"budget": "1250.5", "name": "Web shop", "code": ""})

    assert refused.status == 422
    assert "It must be a number" in refused.text
    assert (saved.status, saved.location) == (303, f"acme/records/projects/{id}")
    found = admin.get(f"projects/{id}").body
    assert {name: found["values"][name] for name in ("name", "budget", "code")} == {
        "name": "Web shop",
        "budget": 1250.5,
        "code": None,
    }
    [line] = [each for each in admin.get("audit").body["items"] if each["what"] == "project.update"]
    assert sorted(line["after"]) == ["budget", "code", "name"]
    story = ada.get(f"records/projects/{id}/story", part=True).text
    assert "Code: P-7 → now empty" in story
    assert "Budget: empty → now 1,250.50" in story


def test_an_edit_is_told_which_values_come_from_elsewhere(org: Stage, ada: Browser, admin: Person) -> None:
    project = project_of(admin, won(org))
    text = ada.get(f"records/projects/{project['id']}/edit").text
    told = "Comes from Salesforce. What you write here stays here."
    assert all(f"{label} {told}" in text for label in ("Amount", "Close date", "Stage"))
    assert f"Name {told}" not in text


def test_edits_of_different_fields_both_stand(ada: Browser, admin: Person, workspace: Workspace) -> None:
    id = made(workspace)
    path = f"records/projects/{id}/edit"
    mine = ada.get(path).filled("/edit") | {"code": "P-7"}
    admin.patch(f"projects/{id}", {"values": {"status": "Active"}, "revision": 1})

    assert ada.post(path, mine).status == 303

    found = admin.get(f"projects/{id}").body["values"]
    assert (found["code"], found["status"]) == ("P-7", "Active")


def test_an_edit_of_the_same_field_is_not_lost_on_either_side(
    ada: Browser, admin: Person, workspace: Workspace
) -> None:
    id = made(workspace)
    path = f"records/projects/{id}/edit"
    mine = ada.get(path).filled("/edit") | {"code": "P-7"}
    admin.patch(f"projects/{id}", {"values": {"status": "Active", "code": "P-8"}, "revision": 1})

    refused = ada.post(path, mine)
    again = refused.filled("/edit")
    saved = ada.post(path, again)

    assert refused.status == 422
    assert "Your values are still in the form" in refused.text
    assert saved.status == 303
    found = admin.get(f"projects/{id}").body["values"]
    assert (found["code"], found["status"]) == ("P-7", "Active")


def test_a_reference_is_chosen_by_searching(ada: Browser, admin: Person, workspace: Workspace) -> None:
    id = made(workspace)
    other = workspace.create("client", {"name": "Harbour & Vale"}).id
    path = f"records/projects/{id}/edit"

    found = ada.get("records/projects/options/client", part=True, **{"find-client": "vale"})
    ada.post(path, ada.get(path).filled("/edit") | {"client": other})

    assert "Harbour & Vale" in found.text
    assert f'value="{other}"' in found.html
    assert admin.get(f"projects/{id}").body["values"]["client"] == other


def test_archiving_says_what_stays_and_can_be_undone(org: Stage, ada: Browser, admin: Person) -> None:
    theirs = won(org)
    id = project_of(admin, theirs)["id"]

    page = ada.get(f"records/projects/{id}/archive")
    archived = ada.post(f"records/projects/{id}/archive", page.filled("/archive"))
    there = ada.follow(archived)
    back = ada.post(f"records/projects/{id}/restore", there.filled("/restore"))

    assert "can be brought back at any time" in page.text
    assert "Salesforce: its copy over there" in page.text
    assert "This record is archived." in there.text
    assert back.said == "It is back."
    assert admin.get(f"projects/{id}").body["archived"] is False


def test_a_pair_is_unlinked_and_linked_again_by_hand(org: Stage, ada: Browser, admin: Person) -> None:
    theirs = won(org)
    id = project_of(admin, theirs)["id"]
    where = {"connection": "salesforce", "flow": FLOW}
    page = ada.get(f"records/projects/{id}/link", **where)

    ended = ada.post(f"records/projects/{id}/unlink", page.filled("/unlink"))
    found = ada.get(f"records/projects/{id}/link", q="Website", **where)
    nothing = ada.post(f"records/projects/{id}/link", {**where, "q": "Website"})
    linked = ada.post(f"records/projects/{id}/link", {**where, "theirs": theirs, "q": "Website"})
    org.work()

    assert "neither of the two is changed or deleted" in page.text
    assert "Both records stay as they are" in ended.said
    assert theirs in found.html
    assert nothing.said == "Choose a record first."
    assert "They are linked" in linked.said
    assert "It is in step." in ada.get(f"records/projects/{id}").text


def test_who_only_reads_sees_the_state_and_no_dead_buttons(org: Stage, vera: Browser, admin: Person) -> None:
    id = project_of(admin, won(org))["id"]

    page = vera.get(f"records/projects/{id}")

    assert not {"Edit", "Archive", "Change the link"} & set(page.links)
    assert [form for form in page.forms if form["action"].endswith("/retry")] == []
    assert vera.get(f"records/projects/{id}/edit").status == 403
    link = vera.get(f"records/projects/{id}/link", connection="salesforce", flow=FLOW)
    assert "Only an administrator links records by hand." in link.text
    assert vera.post(f"records/projects/{id}/archive", {"revision": 1}).said.startswith("Your role does not allow this")
    assert vera.post(f"records/projects/{id}/unlink", {"connection": "salesforce", "flow": FLOW}).said


def test_an_address_of_another_kind_or_record_is_refused(org: Stage, ada: Browser, admin: Person) -> None:
    id = project_of(admin, won(org))["id"]

    assert ada.get("records/projects/prj_none").status == 404
    assert ada.get(f"records/projects/{id}/link", connection="salesforce", flow="salesforce.account").status == 404
    assert ada.get("records/projects/options/name").status == 404
    assert ada.get(f"records/project/{id}").status == 200, "a kind in the singular is understood, too"


# --- a client in the books -------------------------------------------------------------------------------------------


@pytest.fixture
def books(stage: Stage) -> Stage:
    stage.connect(Provider.QUICKBOOKS_ONLINE)
    return stage


def paper(workspace: Workspace, client: str, type: str, number: str, **values: Any) -> None:
    given = {"client": client, "type": type, "number": number, "date": "2026-10-01", "amount": 100, **values}
    image = Create(f"trn_{number}", {**given, "managed_by": "quickbooks_online"}, "r", "i")
    assert not isinstance(workspace.write("transaction", [image])[0], SyncError)


@pytest.mark.usefixtures("books")
def test_a_clients_transactions_and_statement_are_filtered_and_taken_along(vera: Browser, workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Northwind Ltd"}).id
    late = {"due_date": "2026-10-15", "balance": 60, "status": "partly paid", "currency": "USD"}
    paper(workspace, client, "invoice", "1001", **late)
    paper(workspace, client, "invoice", "1002", balance=0, status="paid", currency="USD", date="2026-11-01")
    paper(workspace, client, "payment", "77", balance=0, status="applied", currency="USD")
    path = f"records/clients/{client}"

    everything = vera.get(f"{path}/transactions")
    overdue = vera.get(f"{path}/transactions", status="overdue")
    november = vera.get(f"{path}/transactions", first="2026-11-01", type="invoice")
    statement, table = vera.get(f"{path}/statement"), vera.get(f"{path}/statement.csv")

    assert "3 documents in all" in everything.text
    assert "2 invoices 200.00 USD" in everything.text
    assert "1001" in overdue.text
    assert "1002" not in overdue.text
    assert "1002" in november.text
    assert "1001" not in november.text
    assert "Owed in all 60.00 USD" in statement.text
    assert "1001" in table.html
    assert table.headers["Content-Type"].startswith("text/csv")
    assert "2 × Invoice: 200.00 USD, 60.00 USD open" in vera.get(f"{path}/books", part=True).text


@pytest.mark.usefixtures("books")
def test_a_client_that_is_no_customer_says_so_and_doubles_are_hinted_at(vera: Browser, workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Northwind Traders"}).id
    workspace.create("client", {"name": "Northwind Traders Ltd"})

    books = vera.get(f"records/clients/{client}/books", part=True)

    assert "It is no customer in a connected company yet" in books.text
    assert "This may be the same client as another one" in books.text


# --- what becomes of an entry ----------------------------------------------------------------------------------------


def expense_of(workspace: Workspace, email: str = "mia@acme.example") -> str:
    client = workspace.create("client", {"name": "Northwind Ltd"}).id
    project = workspace.create("project", {"client": client, "name": "Website", "open_to_all": True}).id
    staff = workspace.create("staff", {"name": "Mia Member", "email": email}).id
    return workspace.create("expense", {"project": project, "staff": staff, "date": "2026-11-02", "amount": "12.50"}).id


def press(browser: Browser, path: str, move: str, **more: str) -> Shown:
    """A button of the page of an entry."""
    forms = [form for form in browser.get(path).forms if form["action"].endswith("/move")]
    sent = [{each["name"]: each.get("value", "") for each in form["fields"]} for form in forms]
    return browser.post(f"{path}/move", next(each for each in sent if each["move"] == move) | more)


def test_an_entry_is_submitted_sent_back_approved_and_reopened_on_its_page(
    ada: Browser, mia: Browser, workspace: Workspace
) -> None:
    path = f"records/expenses/{expense_of(workspace)}"

    assert "waits for approval" in press(mia, path, "submit").said
    assert "Nobody decides about their own expenses. Ask an administrator." in mia.get(path).text
    assert "Say what has to be mended" in press(ada, path, "reject").said
    press(ada, path, "reject", reason="No receipt")
    assert "It was sent back. No receipt" in mia.get(path).text
    press(mia, path, "submit")
    press(ada, path, "approve")
    assert "It is approved" in ada.get(path).text
    assert "Edit" not in ada.get(path).links
    assert "Ask an administrator." in mia.get(path).text
    press(ada, path, "reopen")
    assert "Edit" in ada.get(path).links


def test_members_edit_and_archive_what_is_theirs_and_open(mia: Browser, workspace: Workspace) -> None:
    path = f"records/expenses/{expense_of(workspace)}"
    other = f"records/expenses/{expense_of(workspace, 'somebody@acme.example')}"

    archive = mia.get(f"{path}/archive")
    gone = mia.follow(mia.post(f"{path}/archive", {"revision": "1"}))
    back = mia.follow(mia.post(f"{path}/restore", {"revision": "2"}))

    assert {"Edit", "Archive"}.isdisjoint(mia.get(other).links)
    assert "An administrator can archive it." in mia.get(f"{other}/archive").text
    assert any(form["action"].endswith("/archive") for form in archive.forms)
    assert "This record is archived." in gone.text
    assert any(form["action"].endswith("/restore") for form in gone.forms)
    assert {"Edit", "Archive"} <= back.links.keys()


def test_an_image_shows_only_what_is_set_here(ada: Browser, stage: Stage, workspace: Workspace) -> None:
    connection = stage.new_connection(Provider.SALESFORCE)
    client = workspace.create("client", {"name": "Northwind Ltd"}).id
    image = {"client": client, "name": "Website", "managed_by": connection.id}
    [made] = workspace.write("project", [Create("prj_00000000001", image, "r", "i")])
    assert not isinstance(made, SyncError)

    page, form = ada.get(f"records/projects/{made.id}"), ada.get(f"records/projects/{made.id}/edit")

    assert "changed there" in page.text
    assert "Archive" not in page.links
    assert {"budget", "budget_hours"} <= form.filled("/edit").keys()
    assert "name" not in form.filled("/edit")
    saved = ada.post(f"records/projects/{made.id}/edit", form.filled("/edit") | {"budget": "500"})
    assert saved.said.startswith("Saved")
