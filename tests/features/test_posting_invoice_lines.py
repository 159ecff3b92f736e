"""What an invoice says in QuickBooks: its lines, and what stands around them."""

from typing import Any

import pytest

from tests.features.invoicing import INCOME, Invoicing, billing, detail, sold
from tests.stage import Stage
from timebridge.store.records import Workspace


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Invoicing:
    return billing(stage, workspace)


def of_two_people(books: Invoicing) -> None:
    """Two people, two days, two prices, and an expense."""
    jules = books.ours.create("staff", {"name": "Jules Harbour"}).id
    books.approved("2")
    books.approved("1.5", work_date="2026-11-19")
    books.approved("0.25", staff=jules, rate="95.50")
    books.expense("12.30", notes="Taxi")


SHOWN: dict[str, list[tuple[Any, ...]]] = {
    "lines": [(150, None, None), (200, None, None), (23.88, None, None), (12.3, None, None)],
    "entries": [(150, 1.5, 100), (200, 2, 100), (23.88, 0.25, 95.5), (12.3, None, None)],
    "days": [(150, 1.5, 100), (223.88, None, None), (12.3, None, None)],
    "codes": [(373.88, None, None), (12.3, None, None)],
    "people": [(350, 3.5, 100), (23.88, 0.25, 95.5), (12.3, None, None)],
    "summary": [(386.18, None, None)],
}


@pytest.mark.parametrize("format", SHOWN)
def test_D02_an_invoice_has_the_lines_of_its_format(books: Invoicing, format: str) -> None:
    books.choose(format=format, labour_code=books.code)
    of_two_people(books)
    [form] = books.sends(books.billed())
    shown = zip([line["Amount"] for line in sold(form)], detail(form, "Qty"), detail(form, "UnitPrice"), strict=True)
    assert sorted(shown, key=str) == sorted(SHOWN[format], key=str)
    assert (form["TotalAmt"], set(detail(form, "ItemRef"))) == (386.18, {books.item})


def test_D41_each_line_and_the_form_have_their_class_and_department(books: Invoicing) -> None:
    build = books.bookkeeper("Class", Name="Build")["Id"]
    design = books.bookkeeper("Class", Name="Design")["Id"]
    north = books.bookkeeper("Department", Name="North")["Id"]
    books.pull()
    ours = {name: books.found("class", name) for name in ("Build", "Design")}
    books.edit("project", books.project, **{"class": ours["Build"], "department": books.found("department", "North")})
    books.approved("1")
    books.approved("2", **{"class": ours["Design"]})
    [form] = books.sends(books.billed())
    assert sorted(detail(form, "ClassRef")) == sorted([build, design])
    assert ("ClassRef" in form, form["DepartmentRef"]["value"]) == (False, north)

    books.prefers(AccountingInfoPrefs={"ClassTrackingPerTxnLine": False})
    books.stage.settle()
    books.approved("3")
    [form] = books.sends(books.billed())
    assert (form["ClassRef"]["value"], detail(form, "ClassRef")) == (build, [None])

    books.prefers(AccountingInfoPrefs={"ClassTrackingPerTxn": False, "TrackDepartments": False})
    books.stage.settle()
    books.approved("4")
    [form] = books.sends(books.billed())
    assert ("ClassRef" in form, "DepartmentRef" in form, detail(form, "ClassRef")) == (False, False, [None])


def test_D02_terms_and_due_dates_come_from_invoice_client_or_settings(books: Invoicing) -> None:
    books.choose(term=books.found("term", "Net 60"), labour_code=books.code)
    plain = books.written()
    named = books.written(term=books.found("term", "Net 15"), due_date=None)
    dated = books.written(term=books.found("term", "Net 15"), due_date="2026-12-24")
    forms = books.sends(plain, named, dated)
    assert [(form["SalesTermRef"]["name"], form["DueDate"]) for form in forms] == [
        ("Net 60", "2027-01-19"),
        ("Net 15", "2026-12-05"),
        ("Net 15", "2026-12-24"),
    ]
    books.bookkeeper("Customer", Id=books.customer, SalesTermRef={"value": "5"})
    books.pull()
    assert books.now(plain)["posted_due_date"] == "2027-01-19"
    [form] = books.sends(books.written())
    assert form["SalesTermRef"]["name"] == "Net 10"


def test_D02_memo_purchase_order_and_address_are_on_the_form(books: Invoicing) -> None:
    books.edit("client", books.client, email="bills@harbour.example")
    books.choose(labour_code=books.code, email="send")
    [form] = books.sends(books.written(memo="Thanks", po_number="PO-7", notes="Ask Jo"))
    assert form["CustomerMemo"]["value"] == "Thanks\nPO number: PO-7"
    assert (form["BillEmail"]["Address"], form["EmailStatus"]) == ("bills@harbour.example", "NeedToSend")
    assert form["PrivateNote"].startswith("Ask Jo [timebridge:")

    books.choose(labour_code=books.code, po_field="1")
    [form] = books.sends(books.written(memo="Thanks", po_number="PO-8"))
    assert (form["CustomField"][0]["StringValue"], form["CustomerMemo"]["value"]) == ("PO-8", "Thanks")


def test_D02_tax_is_as_the_invoice_says_and_comes_back(books: Invoicing) -> None:
    books.choose(labour_code=books.code)
    plain, taxed = books.written(), books.written(tax_code=books.found("tax_code", "Tucson"))
    untaxed, other = books.sends(plain, taxed)
    assert (untaxed["TxnTaxDetail"]["TotalTax"], detail(untaxed, "TaxCodeRef")) == (0, ["NON"])
    assert (detail(other, "TaxCodeRef"), other["TxnTaxDetail"]["TxnTaxCodeRef"]["value"]) == (["TAX"], "3")
    assert (other["TxnTaxDetail"]["TotalTax"], other["TotalAmt"]) == (22.75, 272.75)
    books.pull()
    now = books.now(taxed)
    assert [str(now[name]) for name in ("amount", "posted_tax", "posted_total", "posted_balance", "balance")] == [
        *("250.00", "22.75", "272.75", "272.75", "272.75"),
    ]
    assert (now["posted_number"], now["status"]) == (other["DocNumber"], "final")


def test_D02_automated_tax_is_left_to_quickbooks(books: Invoicing) -> None:
    books.prefers(TaxPrefs={"PartnerTaxEnabled": True})
    books.stage.settle()
    books.choose(labour_code=books.code, tax_code=books.found("tax_code", "Tucson"))
    document = books.preview(books.written().id, type="invoices")["documents"][0]["document"]
    assert "TxnTaxDetail" not in document
    assert [line["SalesItemLineDetail"]["TaxCodeRef"]["value"] for line in document["Line"]] == ["TAX"]


def test_D02_elsewhere_than_in_the_us_each_line_has_its_tax_code(books: Invoicing) -> None:
    books.bookkeeper("CompanyInfo", Id="1", CompanyName="Elsewhere", Country="GB")
    books.prefers(TaxPrefs={"UsingSalesTax": True})
    books.stage.settle()
    books.choose(labour_code=books.code)
    without, taxed = books.written(), books.written(tax_code=books.found("tax_code", "California"))
    assert books.why(without)["remedy"].startswith("Give the invoice a tax code")
    [form] = books.sends(taxed)
    assert (form["GlobalTaxCalculation"], detail(form, "TaxCodeRef")) == ("TaxExcluded", ["2"])
    assert (form["TxnTaxDetail"]["TotalTax"], form["TotalAmt"]) == (20, 270)


def test_D02_expenses_are_billed_on_the_item_of_their_code(books: Invoicing) -> None:
    item = books.bookkeeper(
        "Item", Name="Travel", Type="NonInventory", UnitPrice=0, IncomeAccountRef={"value": INCOME}
    )["Id"]
    books.pull()
    books.approved("1")
    books.expense("12.30", expense_code=books.found("expense_code", "Travel"))
    [form] = books.sends(books.billed())
    assert sorted(zip(detail(form, "ItemRef"), (line["Amount"] for line in sold(form)), strict=True)) == sorted(
        [(books.item, 100), (item, 12.3)]
    )


def test_D02_what_cannot_be_posted_says_why_before_anything_is_sent(books: Invoicing) -> None:
    books.choose(email="send", start_date="2026-11-02")
    books.approved("1", labour_code=None)
    reasons = {
        "no item in QuickBooks": books.billed(),
        "no e-mail address": books.written(),
        "before 2026-11-02": books.written(date="2026-10-31"),
        "its client is billed in": books.written(currency="EUR"),
    }
    for words, invoice in reasons.items():
        books.choose(
            email="none" if "mail" not in words else "send",
            start_date="2026-11-02",
            labour_code=None if "item" in words else books.code,
        )
        found = books.why(invoice)
        assert (found["state"], words in found["reason"], bool(found["remedy"])) == ("blocked", True, True), found
    assert books.posted("Invoice") == []


def test_D02_linked_time_is_billed_in_quickbooks_too(books: Invoicing) -> None:
    books.choose(link_time=True, format="entries")
    posted, loose = books.approved("2"), books.approved("1")
    books.post(posted.id)
    invoice = books.billed()
    explained = books.admin.get(f"connections/quickbooks_online/postings/invoices/{invoice.id}/explain").body
    assert "1 of 2" in next(said["words"] for said in explained["said"] if said["name"] == "link_time")
    [form] = books.sends(invoice)
    [time] = books.of(posted.id)
    assert [link["TxnId"] for link in form["LinkedTxn"]] == [time["Id"]]
    assert [bool(line.get("LinkedTxn")) for line in sold(form)].count(True) == 1
    assert (time["BillableStatus"], books.of(loose.id)) == ("HasBeenBilled", [])
    assert books.why(invoice)["state"] == "posted"
