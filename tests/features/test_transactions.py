"""What the books hold of a client: rows E02, E04, E05, E11, E12, E16, and the statement of X9."""

from dataclasses import replace
from typing import Any

import pytest

from tests.admin import Person
from tests.features.books import opened as bookkeeping
from tests.features.ledger import DAY, NAMES, Ledger, opened
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.store.tenants import Connections
from timebridge.tenants import Provider


@pytest.fixture
def ledger(stage: Stage) -> Ledger:
    return opened(stage)


def folder(admin: Person, ledger: Ledger, **wanted: Any) -> dict[str, Any]:
    answer = admin.get(f"clients/{ledger.client}/transactions", **wanted)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


def test_E04_the_folder_of_a_client_holds_as_many_transactions_as_quickbooks(ledger: Ledger, admin: Person) -> None:
    ledger.one_of_each()
    for number in range(7):
        ledger.write("Invoice", ledger.job if number % 2 else ledger.deep, amount=10 + number)
    stranger = ledger.stage.bookkeeper("Customer", DisplayName="Somebody Else")["Id"]
    ledger.write("Invoice", stranger, amount=1)
    ledger.connect()
    family = ", ".join(f"'{id}'" for id in (ledger.customer, ledger.job, ledger.deep))

    for type, entity in NAMES.items():
        where = "BillableStatus = 'Billable'" if type == "time" else f"CustomerRef IN ({family})"
        counted = ledger.counted(entity, where)
        found = folder(admin, ledger, type=type)
        assert (found["count"], len(found["items"])) == (counted, counted), type
    assert folder(admin, ledger)["count"] == 14


def test_E04_the_folder_is_read_page_by_page_and_by_date_and_status(ledger: Ledger, admin: Person) -> None:
    for day in range(1, 8):
        ledger.write("Invoice", amount=day, TxnDate=f"2026-11-0{day}", DueDate=f"2026-12-0{day}")
    ledger.write("Invoice", amount=100, TxnDate="2026-10-01", DueDate="2026-10-02")
    ledger.connect()

    first = folder(admin, ledger, limit=5)
    second = folder(admin, ledger, limit=5, start=first["next"])
    dates = [item["date"] for item in first["items"] + second["items"]]
    assert dates == sorted(dates, reverse=True)
    assert (len(first["items"]), len(second["items"]), second["next"], first["count"]) == (5, 3, None, 8)
    [total] = first["totals"]
    assert (total["type"], total["count"], total["amount"], total["balance"]) == ("invoice", 8, 128, 128)
    assert folder(admin, ledger, first="2026-11-02", last="2026-11-03")["count"] == 2
    [overdue] = folder(admin, ledger, status="overdue")["items"]
    assert (overdue["amount"], overdue["overdue"], overdue["status"]) == (100, True, "open")


def test_E11_every_type_of_transaction_is_there(ledger: Ledger, admin: Person) -> None:
    ledger.one_of_each()
    ledger.connect()

    found = {item["type"]: item for item in folder(admin, ledger)["items"]}
    assert set(found) == set(NAMES)
    assert {type: item["job"] for type, item in found.items()} == {
        "invoice": None,
        "payment": None,
        "estimate": "Cranes",
        "sales_receipt": "Cranes",
        "credit_memo": "Hook",
        "refund_receipt": None,
        "time": "Hook",
    }
    statement = admin.get(f"clients/{ledger.client}/statement")
    assert "QuickBooks keeps no statements" in statement.body["words"]
    assert statement.body["items"][0]["total"] == 70


def test_E12_amount_balance_status_dates_number_and_memo_are_told(ledger: Ledger, admin: Person) -> None:
    written = ledger.one_of_each()
    ledger.connect()

    found = {item["type"]: item for item in folder(admin, ledger)["items"]}
    told = ("amount", "balance", "status", "date", "due_date", "number", "memo", "notes", "currency")
    assert {type: tuple(item[name] for name in told) for type, item in found.items()} == {
        "invoice": (120, 120, "open", DAY, DAY, written["invoice"]["DocNumber"], "Thanks", "Second reminder", "USD"),
        "payment": (20, 20, "unapplied", DAY, None, "4711", None, None, "USD"),
        "estimate": (900, None, "accepted", DAY, None, written["estimate"]["DocNumber"], None, None, "USD"),
        "sales_receipt": (15, 0, "paid", DAY, None, written["sales_receipt"]["DocNumber"], None, None, "USD"),
        "credit_memo": (30, 30, "unapplied", DAY, None, written["credit_memo"]["DocNumber"], None, None, "USD"),
        "refund_receipt": (7, 0, "paid", DAY, None, written["refund_receipt"]["DocNumber"], None, None, "USD"),
        "time": (200, None, "unbilled", DAY, None, None, "Workshop", None, None),
    }
    time = found["time"]
    assert (time["hours"], time["rate"], time["person"]) == (2.5, 80, "Casey Brook")


def test_E12_what_happens_to_a_document_is_followed(ledger: Ledger, admin: Person) -> None:
    paid, voided, deleted = (ledger.write("Invoice", amount=amount)["Id"] for amount in (50, 60, 70))
    ledger.connect()
    lines = [{"Amount": 20, "LinkedTxn": [{"TxnId": paid, "TxnType": "Invoice"}]}]
    payment = ledger.write("Payment", TotalAmt=20, Line=lines)["Id"]
    for entity, id, verb in (("Payment", payment, "created"), ("Invoice", paid, "updated")):
        ledger.told(entity, id, verb)
    ledger.undo("Invoice", voided, "void")
    ledger.undo("Invoice", deleted, "delete")

    found = {item["theirs"]: item for item in folder(admin, ledger)["items"]}
    assert set(found) == {paid, voided, payment}
    assert (found[paid]["status"], found[paid]["balance"]) == ("partly paid", 30)
    assert (found[voided]["status"], found[voided]["amount"], found[voided]["notes"]) == ("void", 0, "Voided")
    assert found[payment]["status"] == "applied"


def test_E04_nobody_edits_what_the_books_hold(ledger: Ledger, admin: Person, workspace: Workspace) -> None:
    ledger.write("Invoice", amount=50)
    ledger.connect()
    [image] = workspace.page("transaction")[0]

    edit = admin.patch(f"transactions/{image.id}", {"values": {"amount": 1}, "revision": 1})
    archive = admin.post(f"transactions/{image.id}/archive", {"revision": 1})
    made = admin.post("transactions", {"client": ledger.client, "type": "invoice", "date": DAY, "amount": 5})
    assert (edit.status, archive.status, made.status) == (409, 409, 422)
    assert edit.body["remedy"] == "Change it there."
    assert folder(admin, ledger)["totals"][0]["amount"] == 50


def test_E05_a_link_opens_each_transaction_in_quickbooks(ledger: Ledger, admin: Person) -> None:
    written = ledger.one_of_each()
    ledger.connect()

    found = {item["type"]: item for item in folder(admin, ledger)["items"]}
    pages = {
        "invoice": "invoice?txnId=",
        "payment": "recvpayment?txnId=",
        "estimate": "estimate?txnId=",
        "sales_receipt": "salesreceipt?txnId=",
        "credit_memo": "creditmemo?txnId=",
        "refund_receipt": "refundreceipt?txnId=",
    }
    for type, page in pages.items():
        assert found[type]["url"] == f"https://app.qbo.intuit.com/app/{page}{written[type]['Id']}"
    assert found["time"]["url"] == "https://app.qbo.intuit.com/app/timetracking"
    company = ledger.stage.connection("quickbooks_online").account_name
    assert {item["company"] for item in found.values()} == {company}
    assert company


def test_E02_a_link_opens_the_customer_in_quickbooks(ledger: Ledger, admin: Person) -> None:
    ledger.write("Invoice", amount=50)
    ledger.connect()

    [link] = admin.get("connections/quickbooks_online/links", ours=ledger.client).body["items"]
    assert link["url"] == f"https://app.qbo.intuit.com/app/customerdetail?nameId={ledger.customer}"
    [statement] = admin.get(f"clients/{ledger.client}/statement").body["items"]
    assert statement["url"] == link["url"]


def test_E02_the_link_leads_to_the_sandbox_where_the_company_is_one(ledger: Ledger, admin: Person) -> None:
    ledger.connect()
    connection = Connections().get("acme", "quickbooks_online")
    assert connection is not None
    Connections().save(replace(connection, facts={**connection.facts, "sandbox": True}))

    [link] = admin.get("connections/quickbooks_online/links", ours=ledger.client).body["items"]
    assert link["url"] == f"https://app.sandbox.qbo.intuit.com/app/customerdetail?nameId={ledger.customer}"


def test_E11_a_statement_comes_to_what_quickbooks_says_the_customer_owes(ledger: Ledger, admin: Person) -> None:
    """X9: computed, as QuickBooks has no statement; with its age, and as a file."""
    old = ledger.write("Invoice", ledger.job, amount=200, TxnDate="2026-06-01", DueDate="2026-07-01")["Id"]
    ledger.write("Invoice", amount=75, TxnDate="2026-11-01", DueDate="2027-01-31")
    paying = [{"Amount": 80, "LinkedTxn": [{"TxnId": old, "TxnType": "Invoice"}]}]
    ledger.write("Payment", ledger.job, TotalAmt=100, Line=paying, TxnDate="2026-11-10")
    ledger.write("CreditMemo", ledger.deep, amount=15, TxnDate="2026-11-11")
    ledger.write("Estimate", amount=5000)
    ledger.connect()

    [statement] = admin.get(f"clients/{ledger.client}/statement").body["items"]
    [customer] = [each for each in ledger.stage.quickbooks_has("Customer") if each["Id"] == ledger.customer]
    assert statement["total"] == customer["BalanceWithJobs"] == 120 + 75 - 20 - 15
    assert {age: amount for age, amount in statement["ages"].items() if amount} == {"current": 75, "over 90": 120}
    assert statement["credits"] == 35
    assert [line["open"] for line in statement["lines"]] == [120, 75, -20, -15]
    [before] = admin.get(f"clients/{ledger.client}/statement", day="2026-07-15").body["items"]
    assert ([line["age"] for line in before["lines"]], before["total"]) == (["1-30"], 120)

    table = admin.get(f"clients/{ledger.client}/statement.csv")
    assert table.headers["Content-Type"].startswith("text/csv")
    assert len(table.text.splitlines()) == 5


def test_E04_what_we_posted_is_there_once_and_says_whose_it_is(stage: Stage, workspace: Workspace) -> None:
    books = bookkeeping(stage, workspace)
    entry = books.approved("2", rate="100")
    books.post(entry.id)
    [posted] = books.posted()
    stage.told(stage.cloud_event("TimeActivity", posted["Id"], "created"))
    stage.settle()
    books.pull()

    [item] = books.admin.get(f"clients/{books.client}/transactions").body["items"]
    assert (item["theirs"], item["ours"]) == (posted["Id"], {"kind": "time_entry", "id": entry.id})
    assert (item["amount"], item["memo"]) == (200, None)


def test_E16_only_transactions_that_change_after_connecting_are_there(stage: Stage, workspace: Workspace) -> None:
    stage.quickbooks.clock.advance(-7200)
    ledger = opened(stage)
    ids = [ledger.write("Invoice", amount=number)["Id"] for number in range(1, 11)]
    stage.quickbooks.clock.reset()
    stage.consent(stage.new_connection(Provider.QUICKBOOKS_ONLINE, settings={"start_mode": "on_change"}))
    stage.settle()
    assert workspace.page("transaction")[0] == workspace.page("client")[0] == []

    stage.bookkeeper("Invoice", Id=ids[6], PrivateNote="Call them")
    ledger.told("Invoice", ids[6])

    [image] = workspace.page("transaction")[0]
    [client] = workspace.page("client")[0]
    assert (image.values["notes"], image.values["client"]) == ("Call them", client.id)
    assert client.values["name"] == "Harbour Freight"
