"""The QuickBooks sandbox refuses what QuickBooks refuses, and keeps its books."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.quickbooks_company import CONSULTING, TRAINING, Company, Refusal

ACCOUNT_LINE = {
    **{"DetailType": "AccountBasedExpenseLineDetail", "Amount": 200},
    "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "7"}},
}
SALE_LINE = {"DetailType": "SalesItemLineDetail", "Amount": 100, "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}


@pytest.fixture
def names(company: Company) -> dict[str, str]:
    """Ids by the placeholder that the table of refusals uses for them."""
    pick = {
        **{"client": "SELECT * FROM Customer WHERE DisplayName = 'Ironwood Forge'"},
        **{"owing": "SELECT * FROM Customer WHERE Balance > '0'", "worker": "SELECT * FROM Employee"},
        **{
            "vendor": "SELECT * FROM Vendor",
            "paid": "SELECT * FROM Payment",
            "item": "SELECT * FROM Item WHERE Name = 'Testing'",
        },
    }
    found = {name: next(iter(company.query(text + " MAXRESULTS 1").values()))[0] for name, text in pick.items()}
    return {name: record["Id"] for name, record in found.items()}


def filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, names) for part in value]
    return names.get(value[1:], value) if isinstance(value, str) and value.startswith("$") else value


def ref(value: str) -> dict[str, str]:
    return {"value": value}


TIME = {"NameOf": "Employee", "EmployeeRef": ref("$worker"), "TxnDate": "2026-11-02", "Hours": 1, "Minutes": 0}
INVOICE = {"CustomerRef": ref("$client"), "Line": [SALE_LINE]}
CHECK = {"PaymentType": "Check", "AccountRef": ref("35"), "Line": [ACCOUNT_LINE]}
JOURNAL_LINE = {"DetailType": "JournalEntryLineDetail", "Amount": 10}


def posting(side: str, amount: int = 10) -> dict[str, Any]:
    detail = {"PostingType": side, "AccountRef": ref("7")}
    return {**JOURNAL_LINE, "Amount": amount, "JournalEntryLineDetail": detail}


REFUSALS: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("an unknown property", "Customer", {"DisplayName": "A", "Colour": "red"}, "2010", "Property Name:Colour"),
    ("an unknown nested property", "Customer", {"DisplayName": "A", "BillAddr": {"Street": "x"}}, "2010", "Street"),
    ("a reference that is a string", "Invoice", {**INVOICE, "CustomerRef": "1"}, "2010", "ReferenceType"),
    ("a customer without any name", "Customer", {"Notes": "x"}, "6080", "DisplayName"),
    ("a colon in a name", "Customer", {"DisplayName": "A:B"}, "2040", "A:B"),
    ("a tab in a name", "Vendor", {"DisplayName": "A\tB"}, "2040", "A"),
    ("an emoji", "Customer", {"DisplayName": "A \U0001f600"}, "2040", "A"),
    ("a name that is too long", "Customer", {"DisplayName": "x" * 501}, "2050", "Max:500 supplied:501"),
    ("a note that is too long", "Customer", {"DisplayName": "A", "Notes": "x" * 2001}, "2050", "Max:2000"),
    ("a bad e-mail address", "Customer", {"DisplayName": "A", "PrimaryEmailAddr": {"Address": "a@b"}}, "2210", "a@b"),
    ("a customer's name again", "Customer", {"DisplayName": "ironwood forge"}, "6240", "already using this name"),
    ("a vendor named like a customer", "Vendor", {"DisplayName": "Ironwood Forge"}, "6240", "already exists"),
    ("an employee named like a customer", "Employee", {"GivenName": "Ironwood", "FamilyName": "Forge"}, "6240", ""),
    ("a job without its parent", "Customer", {"DisplayName": "A", "Job": True}, "6150", "ParentRef"),
    (
        "a parent that is not there",
        "Customer",
        {"DisplayName": "A", "Job": True, "ParentRef": ref("9999")},
        "2500",
        "Names element id 9999 not found",
    ),
    ("an unknown delivery method", "Customer", {"DisplayName": "A", "PreferredDeliveryMethod": "Fax"}, "2170", "Fax"),
    ("an account without a type", "Account", {"Name": "A"}, "6010", "AccountType"),
    ("a quote in an account's name", "Account", {"Name": 'A"', "AccountType": "Bank"}, "2040", ""),
    ("an account's name again", "Account", {"Name": "checking", "AccountType": "Bank"}, "6240", "account"),
    (
        "an item without a type",
        "Item",
        {"Name": "A", "IncomeAccountRef": ref("1")},
        "2020",
        "Required parameter Type is missing in the request",
    ),
    ("an item without an account", "Item", {"Name": "A", "Type": "Service"}, "2020", "IncomeAccountRef"),
    (
        "an account that is not there",
        "Item",
        {"Name": "A", "Type": "Service", "IncomeAccountRef": ref("999")},
        "2500",
        "Accounts element id 999 not found",
    ),
    (
        "a class that is not there",
        "TimeActivity",
        {**TIME, "ClassRef": ref("5")},
        "2500",
        "Klasses element id 5 not found",
    ),
    (
        "a department that is not there",
        "TimeActivity",
        {**TIME, "DepartmentRef": ref("77")},
        "2500",
        "Depts element id 77",
    ),
    ("time of nobody", "TimeActivity", {**TIME, "EmployeeRef": None}, "6300", "EmployeeRef"),
    ("time without NameOf", "TimeActivity", {"EmployeeRef": ref("$worker"), "Hours": 1}, "2020", "NameOf"),
    ("time of two", "TimeActivity", {**TIME, "VendorRef": ref("$vendor")}, "6290", "Only one"),
    ("time of a customer", "TimeActivity", {**TIME, "EmployeeRef": ref("$client")}, "6300", "Employee"),
    (
        "billable time for nobody",
        "TimeActivity",
        {**TIME, "BillableStatus": "Billable", "HourlyRate": 5},
        "6310",
        "CustomerRef",
    ),
    (
        "billable time without a rate",
        "TimeActivity",
        {**TIME, "BillableStatus": "Billable", "CustomerRef": ref("$client")},
        "6330",
        "HourlyRate",
    ),
    ("time already billed", "TimeActivity", {**TIME, "BillableStatus": "HasBeenBilled"}, "6320", "HasBeenBilled"),
    ("no time at all", "TimeActivity", {**TIME, "Hours": None, "Minutes": None}, "6350", "Hours and Minutes"),
    ("time of length zero", "TimeActivity", {**TIME, "Hours": 0, "Minutes": 0}, "6350", ""),
    ("sixty minutes", "TimeActivity", {**TIME, "Minutes": 60}, "6340", "60 minutes"),
    ("half an hour as a fraction", "TimeActivity", {**TIME, "Hours": 0.5}, "2080", "0.5"),
    ("more than a year", "TimeActivity", {**TIME, "Hours": 8760, "Minutes": 1}, "6380", "8760"),
    ("hours and a start", "TimeActivity", {**TIME, "StartTime": "08:00:00-08:00"}, "6390", "not both"),
    (
        "a start after the end",
        "TimeActivity",
        {**TIME, "Hours": None, "Minutes": None, "StartTime": "09:00:00", "EndTime": "08:00:00"},
        "6370",
        "",
    ),
    (
        "a break longer than the time",
        "TimeActivity",
        {**TIME, "Hours": None, "Minutes": None, "StartTime": "08:00:00", "EndTime": "09:00:00", "BreakHours": 2},
        "6360",
        "",
    ),
    ("a date that does not exist", "TimeActivity", {**TIME, "TxnDate": "2026-02-30"}, "2060", "2026-02-30"),
    ("an invoice to nobody", "Invoice", {"Line": [SALE_LINE]}, "2020", "CustomerRef"),
    (
        "an invoice over nothing",
        "Invoice",
        {"CustomerRef": ref("$client")},
        "2020",
        "Required parameter Line is missing",
    ),
    ("a line of no type", "Invoice", {**INVOICE, "Line": [{"Amount": 5}]}, "2020", "DetailType"),
    (
        "an amount that is not price times quantity",
        "Invoice",
        {**INVOICE, "Line": [{**SALE_LINE, "SalesItemLineDetail": {"Qty": 2, "UnitPrice": 10}}]},
        "6070",
        "Supplied value:100",
    ),
    (
        "a tax code of another country",
        "Invoice",
        {**INVOICE, "Line": [{**SALE_LINE, "SalesItemLineDetail": {"TaxCodeRef": ref("2")}}]},
        "6100",
        "2",
    ),
    ("a negative line", "Invoice", {**INVOICE, "Line": [{**SALE_LINE, "Amount": -1}]}, "2290", "-1"),
    ("mail without an address", "Invoice", {**INVOICE, "EmailStatus": "NeedToSend"}, "6420", "BillEmail"),
    (
        "an unknown custom field",
        "Invoice",
        {**INVOICE, "CustomField": [{"DefinitionId": "9", "StringValue": "x"}]},
        "3000",
        "9",
    ),
    (
        "time that is not billable on an invoice",
        "Invoice",
        {**INVOICE, "LinkedTxn": [{"TxnId": "4", "TxnType": "TimeActivity"}]},
        "620",
        "Txn ID 4",
    ),
    ("a document number that is too long", "Invoice", {**INVOICE, "DocNumber": "x" * 22}, "2050", "Max:21 supplied:22"),
    (
        "a payment above what is open",
        "Payment",
        {
            "CustomerRef": ref("$client"),
            "TotalAmt": 5,
            "Line": [{"Amount": 9, "LinkedTxn": [{"TxnId": "9999", "TxnType": "Invoice"}]}],
        },
        "610",
        "",
    ),
    ("a bill without lines", "Bill", {"VendorRef": ref("$vendor")}, "2020", "Line"),
    (
        "a bill's number again",
        "Bill",
        {"VendorRef": ref("$vendor"), "DocNumber": "V-1000", "Line": [ACCOUNT_LINE]},
        "6140",
        "DocNumber=V-1000 is assigned to TxnType=Bill with TxnId=",
    ),
    (
        "billable spending for nobody",
        "Bill",
        {
            "VendorRef": ref("$vendor"),
            "Line": [
                {
                    **ACCOUNT_LINE,
                    "AccountBasedExpenseLineDetail": {"AccountRef": ref("7"), "BillableStatus": "Billable"},
                }
            ],
        },
        "6310",
        "",
    ),
    (
        "a line without an account",
        "Purchase",
        {**CHECK, "Line": [{**ACCOUNT_LINE, "AccountBasedExpenseLineDetail": {"BillableStatus": "NotBillable"}}]},
        "2020",
        "AccountRef",
    ),
    ("a check from an expense account", "Purchase", {**CHECK, "AccountRef": ref("7")}, "6430", "Advertising"),
    ("a card charge to a bank", "Purchase", {**CHECK, "PaymentType": "CreditCard"}, "6430", "Checking"),
    ("an unknown payment type", "Purchase", {**CHECK, "PaymentType": "Barter"}, "2170", "Barter"),
    ("a journal entry out of balance", "JournalEntry", {"Line": [posting("Debit"), posting("Credit", 9)]}, "2300", "9"),
    ("a journal entry of one line", "JournalEntry", {"Line": [posting("Debit")]}, "2250", ""),
    (
        "a journal line without a side",
        "JournalEntry",
        {"Line": [posting("Debit"), {**JOURNAL_LINE, "JournalEntryLineDetail": {"AccountRef": ref("7")}}]},
        "2260",
        "",
    ),
    (
        "a transfer to the same account",
        "Transfer",
        {"FromAccountRef": ref("35"), "ToAccountRef": ref("35"), "Amount": 1},
        "6000",
        "",
    ),
    ("a new customer type", "CustomerType", {"Name": "x"}, "500", "create"),
    ("a new tax code", "TaxCode", {"Name": "x"}, "500", "create"),
]


@pytest.mark.parametrize(("entity", "body", "code", "detail"), [pytest.param(*one[1:], id=one[0]) for one in REFUSALS])
def test_what_quickbooks_refuses_is_refused_with_its_code(
    company: Company, names: dict[str, str], entity: str, body: dict[str, Any], code: str, detail: str
) -> None:
    before = company.sandbox.store.image()
    with pytest.raises(Refusal) as refused:
        company.post(entity, filled(body, names))
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert detail in refused.value.error["detail"]
    assert company.sandbox.store.image() == before, "a refused write must leave nothing behind"


@pytest.mark.parametrize(
    ("statement", "code", "detail"),
    [
        ("SELECT * FROM Customer WHERE DisplayName = 'Adam's'", "4000", "QueryParserError: Encountered"),
        ("SELECT * FROM Customer WHERE Active = true OR Id = '1'", "4000", 'Encountered " <IDENTIFIER> "OR ""'),
        ("SELECT * FROM Customer WHERE DisplayName != 'x'", "4000", "Lexical error"),
        ('SELECT * FROM Customer WHERE DisplayName = "x"', "4000", "Lexical error"),
        ("SELECT * FROM Customer WHERE (Active = true)", "4000", "Encountered"),
        ("SELECT * FROM Customer MAXRESULTS 5 STARTPOSITION 1", "4000", "Encountered"),
        ("DELETE FROM Customer", "4000", "Encountered"),
        ("SELECT * FROM Customer STARTPOSITION 0", "4001", "value 0 is too small. Min allowed value is 1"),
        ("SELECT * FROM Customer MAXRESULTS 0", "4001", "value 0 is too small. Min allowed value is 1"),
        ("SELECT * FROM Customer MAXRESULTS 1001", "4001", "1001"),
        ("SELECT * FROM Customer WHERE ParentRef = '1'", "4001", "ParentRef"),
        ("SELECT * FROM Customer WHERE Job = true", "4001", "Job"),
        ("SELECT * FROM Customer WHERE IsProject = true", "4001", "IsProject"),
        ("SELECT * FROM TimeActivity WHERE EmployeeRef = '1'", "4001", "EmployeeRef"),
        ("SELECT * FROM TimeActivity WHERE CustomerRef = '1'", "4001", "CustomerRef"),
        ("SELECT * FROM Item WHERE Sku = 'x'", "4001", "Sku"),
        ("SELECT * FROM Invoice WHERE PrivateNote = 'x'", "4001", "PrivateNote"),
        ("SELECT * FROM Customer WHERE Colour = 'red'", "4001", "Colour"),
        ("SELECT * FROM Customer WHERE Id > '5'", "4001", "Id"),
        ("SELECT * FROM Customer ORDERBY Notes", "4001", "Notes"),
        ("SELECT * FROM Customer WHERE MetaData.LastUpdatedTime > 'soon'", "4001", "soon"),
        ("SELECT * FROM Client", "4001", "Client"),
    ],
)
def test_a_statement_that_is_wrong_or_asks_too_much_is_refused(
    company: Company, statement: str, code: str, detail: str
) -> None:
    with pytest.raises(Refusal) as refused:
        company.query(statement)
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert detail in refused.value.error["detail"]


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("DisplayName = 'HARROW & QUILL LAW'", 1),
        ("DisplayName LIKE 'Harrow%'", 1),
        ("DisplayName IN ('Ironwood Forge', 'Larch Valley Cider')", 2),
        ("PrimaryEmailAddr = 'ironwoodforge@example.test'", 1),
        ("FullyQualifiedName LIKE 'Harrow & Quill Law:%'", 2),
        ("MetaData.CreateTime > '2026-01-01' AND metadata.lastupdatedtime <= CURRENT_DATE", 77),
        ("Active IN (true, false)", 77),
        ("Active = false", 0),
    ],
)
def test_queries_find_without_regard_to_case(company: Company, where: str, count: int) -> None:
    assert company.query("select count(*) from customer where " + where) == {"totalCount": count}  # noqa: S608


def test_an_escaped_quote_and_backslash_are_part_of_the_value(company: Company) -> None:
    made = company.post("Customer", {"DisplayName": r"Adam's \ Candy"})
    found = company.query(r"SELECT * FROM Customer WHERE DisplayName = 'Adam\'s \\ Candy'")
    assert [one["Id"] for one in found["Customer"]] == [made["Id"]]


def test_pages_are_counted_from_one_and_an_empty_page_names_no_entity(company: Company) -> None:
    first = company.query("SELECT * FROM Customer ORDERBY Id STARTPOSITION 1 MAXRESULTS 50")
    second = company.query("SELECT * FROM Customer ORDERBY Id STARTPOSITION 51 MAXRESULTS 50")
    assert (first["maxResults"], second["startPosition"], second["maxResults"]) == (50, 51, 27)
    assert not {one["Id"] for one in first["Customer"]} & {one["Id"] for one in second["Customer"]}
    assert company.query("SELECT * FROM Customer STARTPOSITION 78") == {}


def test_a_query_by_get_answers_like_one_by_post(company: Company) -> None:
    text = "SELECT * FROM Term ORDERBY Name"
    assert company.call("GET", "query", params={"query": text})["QueryResponse"] == company.query(text)


def test_a_missing_statement_is_a_fault_with_status_200(company: Company) -> None:
    answer = company.http.get(f"{company.base}/query", timeout=5)
    assert answer.status_code == 200
    assert answer.json()["Fault"]["type"] == "SystemFault"


# ---------------------------------------------------------------- versions, sparse and full updates


def test_an_old_sync_token_is_stale_and_changes_nothing(company: Company) -> None:
    made = company.post("Customer", {"DisplayName": "A"})
    company.post("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "first"})
    for token in ("0", "7"):
        with pytest.raises(Refusal) as refused:
            company.post("Customer", {"Id": made["Id"], "SyncToken": token, "sparse": True, "Notes": "second"})
        assert refused.value.code == "5010"
        assert refused.value.error["message"] == "Stale Object Error"
    assert company.read("Customer", made["Id"])["Notes"] == "first"


def test_a_sparse_update_keeps_and_a_full_update_clears(company: Company) -> None:
    made = company.post("Customer", {"DisplayName": "A", "Notes": "n", "Mobile": {"FreeFormNumber": "1"}})
    kept = company.post("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "CompanyName": "C"})
    assert (kept["Notes"], kept["CompanyName"], kept["SyncToken"]) == ("n", "C", "1")
    cleared = company.post("Customer", {"Id": made["Id"], "SyncToken": "1", "DisplayName": "A"})
    assert not {"Notes", "CompanyName", "Mobile"} & set(cleared)
    assert cleared["SyncToken"] == "2"


def test_lines_are_replaced_as_a_whole(company: Company, names: dict[str, str]) -> None:
    made = company.post("Invoice", filled({**INVOICE, "Line": [SALE_LINE, {**SALE_LINE, "Amount": 50}]}, names))
    assert [line.get("Amount") for line in made["Line"]] == [100, 50, 150]
    head = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True}
    changed = company.post("Invoice", {**head, "Line": [{**made["Line"][1], "Amount": 60}]})
    assert [(line.get("Id"), line["Amount"]) for line in changed["Line"]] == [("2", 60), (None, 60)]
    assert (changed["TotalAmt"], changed["Balance"]) == (60, 60)


def test_a_sparse_bill_update_must_repeat_its_vendor(company: Company, names: dict[str, str]) -> None:
    made = company.post("Bill", {"VendorRef": {"value": names["vendor"]}, "Line": [ACCOUNT_LINE]})
    with pytest.raises(Refusal) as refused:
        company.post("Bill", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    assert (refused.value.code, refused.value.error["element"]) == ("2020", "VendorRef")


def test_an_update_needs_id_and_token(company: Company, names: dict[str, str]) -> None:
    for body, code in (({"Id": names["client"]}, "2020"), ({"Id": "x1", "SyncToken": "0"}, "2030")):
        with pytest.raises(Refusal) as refused:
            company.post("Customer", {**body, "sparse": True})
        assert refused.value.code == code


# ---------------------------------------------------------------- going away


def test_reading_what_was_never_there_or_was_deleted_is_400_with_610(company: Company, names: dict[str, str]) -> None:
    made = company.post("TimeActivity", filled(TIME, names))
    answer = company.post("TimeActivity", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert answer == {"status": "Deleted", "domain": "QBO", "Id": made["Id"]}
    for id, words in ((made["Id"], "Another user has deleted"), ("99999", "made inactive")):
        with pytest.raises(Refusal) as refused:
            company.read("TimeActivity", id)
        assert (refused.value.status, refused.value.code) == (400, "610")
        assert words in refused.value.error["detail"]


def test_customers_cannot_be_deleted(company: Company, names: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        company.post("Customer", {"Id": names["client"], "SyncToken": "0"}, operation="delete")
    assert refused.value.code == "500"


def test_a_customer_made_inactive_gives_up_its_name(company: Company) -> None:
    made = company.post("Customer", {"DisplayName": "Gone"})
    gone = company.post("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert (gone["DisplayName"], gone["Active"]) == ("Gone (deleted)", False)
    again = company.post("Customer", {"DisplayName": "Gone"})
    assert again["Id"] != made["Id"]
    twice = company.post("Customer", {"Id": again["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert twice["DisplayName"] == "Gone (deleted-2)"
    assert company.query("SELECT COUNT(*) FROM Customer WHERE DisplayName LIKE 'Gone%'") == {"totalCount": 0}
    found = company.query("SELECT * FROM Customer WHERE DisplayName LIKE 'Gone%' AND Active IN (true,false)")
    assert len(found["Customer"]) == 2
    assert company.read("Customer", made["Id"])["Active"] is False


def test_a_customer_who_owes_or_has_unbilled_time_stays_active(company: Company, names: dict[str, str]) -> None:
    owing = company.read("Customer", names["owing"])
    with pytest.raises(Refusal) as refused:
        company.post("Customer", {"Id": owing["Id"], "SyncToken": owing["SyncToken"], "sparse": True, "Active": False})
    assert refused.value.code == "6220"
    made = company.post("Customer", {"DisplayName": "Busy"})
    billable = {"BillableStatus": "Billable", "HourlyRate": 10, "CustomerRef": {"value": made["Id"]}}
    company.post("TimeActivity", filled({**TIME, **billable}, names))
    with pytest.raises(Refusal) as refused:
        company.post("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert refused.value.code == "6280"


def test_what_is_inactive_cannot_be_used_in_something_new(company: Company, names: dict[str, str]) -> None:
    made = company.post("Customer", {"DisplayName": "Gone"})
    company.post("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    with pytest.raises(Refusal) as refused:
        company.post("TimeActivity", filled({**TIME, "CustomerRef": {"value": made["Id"]}}, names))
    assert refused.value.code == "610"
    assert "made inactive" in refused.value.error["detail"]


def test_voiding_an_invoice_empties_it_and_frees_its_payment(company: Company, names: dict[str, str]) -> None:
    made = company.post("Invoice", filled({**INVOICE, "PrivateNote": "note"}, names))
    lines = [{"Amount": 100, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}]
    paid = company.post("Payment", {"CustomerRef": made["CustomerRef"], "TotalAmt": 100, "Line": lines})
    assert (paid["UnappliedAmt"], company.read("Invoice", made["Id"])["Balance"]) == (0, 0)
    token = company.read("Invoice", made["Id"])["SyncToken"]
    void = company.post("Invoice", {"Id": made["Id"], "SyncToken": token}, operation="void")
    assert (void["TotalAmt"], void["Balance"], void["PrivateNote"]) == (0, 0, "Voided - note")
    assert void["LinkedTxn"] == []
    assert company.read("Payment", paid["Id"])["UnappliedAmt"] == 100
    assert company.read("Customer", names["client"])["Balance"] == -100


@pytest.mark.parametrize(("operation", "include"), [("void", ""), ("update", "void")])
def test_a_payment_is_voided_either_way_and_its_invoice_is_open_again(
    company: Company, names: dict[str, str], operation: str, include: str
) -> None:
    made = company.post("Invoice", filled(INVOICE, names))
    lines = [{"Amount": 40, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}]
    paid = company.post("Payment", {"CustomerRef": made["CustomerRef"], "TotalAmt": 40, "Line": lines})
    assert company.read("Invoice", made["Id"])["Balance"] == 60
    params = {"operation": operation, **({"include": include} if include else {})}
    void = company.post("Payment", {"Id": paid["Id"], "SyncToken": "0", "sparse": True}, **params)
    assert (void["TotalAmt"], void["PrivateNote"]) == (0, "Voided")
    assert company.read("Invoice", made["Id"])["Balance"] == 100


def test_a_purchase_cannot_be_voided_by_the_api(company: Company) -> None:
    found = company.query("SELECT * FROM Purchase MAXRESULTS 1")["Purchase"][0]
    with pytest.raises(Refusal) as refused:
        company.post("Purchase", {"Id": found["Id"], "SyncToken": found["SyncToken"]}, operation="void")
    assert refused.value.code == "500"


# ---------------------------------------------------------------- arithmetic and links


def test_an_invoice_is_added_up_taxed_and_owed(company: Company, names: dict[str, str]) -> None:
    taxed = {"Qty": 3, "UnitPrice": 33.335, "TaxCodeRef": {"value": "TAX"}}
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    lines = [{"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": taxed}, SALE_LINE, discount]
    before = company.read("Customer", names["client"])["Balance"]
    made = company.post("Invoice", filled({**INVOICE, "Line": lines, "TotalAmt": 1, "TxnDate": "2026-11-02"}, names))
    amounts = {line["DetailType"]: line["Amount"] for line in made["Line"]}
    assert made["Line"][0]["Amount"] == 100.01, "rounded half up"
    assert (amounts["SubTotalLineDetail"], amounts["DiscountLineDetail"]) == (200.01, 20)
    assert made["TxnTaxDetail"]["TotalTax"] == 8
    assert (made["TotalAmt"], made["Balance"], made["DueDate"]) == (188.01, 188.01, "2026-12-02")
    assert company.read("Customer", names["client"])["Balance"] == before + 188.01


def test_numbers_of_invoices_follow_each_other(company: Company, names: dict[str, str]) -> None:
    first, second = (company.post("Invoice", filled(INVOICE, names)) for _ in range(2))
    assert int(second["DocNumber"]) == int(first["DocNumber"]) + 1


def test_own_numbers_may_be_used_once_unless_the_caller_allows_it(company: Company, names: dict[str, str]) -> None:
    company.person("Preferences", {"Id": "1", "SalesFormsPrefs": {"CustomTxnNumbers": True}})
    numbered = filled({**INVOICE, "DocNumber": "A-1"}, names)
    first = company.post("Invoice", numbered)
    with pytest.raises(Refusal) as refused:
        company.post("Invoice", numbered)
    assert refused.value.code == "6140"
    assert f"TxnId={first['Id']}" in refused.value.error["detail"]
    assert company.post("Invoice", numbered, include="allowduplicatedocnum")["DocNumber"] == "A-1"
    assert "DocNumber" not in company.post("Invoice", filled(INVOICE, names))


def test_time_on_an_invoice_has_been_billed_until_the_invoice_goes(company: Company, names: dict[str, str]) -> None:
    billable = {"BillableStatus": "Billable", "HourlyRate": 10, "CustomerRef": {"value": names["client"]}}
    time = company.post("TimeActivity", filled({**TIME, **billable}, names))
    link = {"LinkedTxn": [{"TxnId": time["Id"], "TxnType": "TimeActivity"}]}
    made = company.post("Invoice", filled({**INVOICE, **link}, names))
    assert company.read("TimeActivity", time["Id"])["BillableStatus"] == "HasBeenBilled"
    with pytest.raises(Refusal) as refused:
        company.post("Invoice", filled({**INVOICE, **link}, names))
    assert refused.value.code == "620"
    company.post("Invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert company.read("TimeActivity", time["Id"])["BillableStatus"] == "Billable"


def test_a_deposited_payment_is_locked(company: Company, names: dict[str, str]) -> None:
    line = {"Amount": 10, "LinkedTxn": [{"TxnId": names["paid"], "TxnType": "Payment", "TxnLineId": "0"}]}
    company.post("Deposit", {"DepositToAccountRef": {"value": "35"}, "Line": [line]})
    payment = company.read("Payment", names["paid"])
    with pytest.raises(Refusal) as refused:
        company.post("Payment", {"Id": payment["Id"], "SyncToken": payment["SyncToken"]}, operation="delete")
    assert refused.value.code == "6540"


def test_a_closed_period_takes_nothing(company: Company, names: dict[str, str]) -> None:
    company.person("Preferences", {"Id": "1", "AccountingInfoPrefs": {"BookCloseDate": "2026-11-10"}})
    with pytest.raises(Refusal) as refused:
        company.post("TimeActivity", filled(TIME, names))
    assert refused.value.code == "6200"
    assert company.post("TimeActivity", filled({**TIME, "TxnDate": "2026-11-11"}, names))["Id"]


def test_a_job_carries_the_names_of_its_parents_and_its_balance_reaches_them(company: Company) -> None:
    top = company.post("Customer", {"DisplayName": "Top"})
    job = company.post("Customer", {"DisplayName": "Sub", "Job": True, "ParentRef": {"value": top["Id"]}})
    assert (job["FullyQualifiedName"], job["Level"], job["Job"]) == ("Top:Sub", 1, True)
    company.post("Invoice", {"CustomerRef": {"value": job["Id"]}, "Line": [SALE_LINE]})
    parent = company.read("Customer", top["Id"])
    assert (parent["Balance"], parent["BalanceWithJobs"]) == (0, 100)
    company.post("Customer", {"Id": top["Id"], "SyncToken": parent["SyncToken"], "sparse": True, "DisplayName": "New"})
    assert company.read("Customer", job["Id"])["FullyQualifiedName"] == "New:Sub"


def test_jobs_nest_five_levels_deep_and_no_deeper(company: Company) -> None:
    parent = company.post("Customer", {"DisplayName": "Level 0"})
    for level in range(1, 5):
        body = {"DisplayName": f"Level {level}", "Job": True, "ParentRef": {"value": parent["Id"]}}
        parent = company.post("Customer", body)
    with pytest.raises(Refusal) as refused:
        company.post("Customer", {"DisplayName": "Level 5", "Job": True, "ParentRef": {"value": parent["Id"]}})
    assert refused.value.code == "6180"


def test_customers_vendors_and_employees_share_one_row_of_ids(company: Company) -> None:
    ids = [
        int(company.post("Customer", {"DisplayName": "C"})["Id"]),
        int(company.post("Vendor", {"DisplayName": "V"})["Id"]),
        int(company.post("Employee", {"GivenName": "E"})["Id"]),
    ]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]


def test_start_and_end_of_time_are_answered_in_pacific_time_on_the_day_of_the_transaction(
    company: Company, names: dict[str, str]
) -> None:
    clock = {"Hours": None, "Minutes": None, "StartTime": "2020-01-01T11:00:00-05:00", "EndTime": "16:30:00-05:00"}
    made = company.post("TimeActivity", filled({**TIME, **clock}, names))
    assert (made["StartTime"], made["EndTime"]) == ("2026-11-02T08:00:00-08:00", "2026-11-02T13:30:00-08:00")
    assert not {"Hours", "Minutes"} & set(made)


def test_time_without_an_item_gets_the_default_one(company: Company, names: dict[str, str]) -> None:
    assert company.post("TimeActivity", filled(TIME, names))["ItemRef"] == {"value": "2", "name": "Hours"}


# ---------------------------------------------------------------- the gate


def test_every_answer_carries_a_transaction_id(company: Company) -> None:
    good = company.http.get(f"{company.base}/companyinfo/{CONSULTING}", timeout=5)
    bad = requests.get(f"{company.base}/companyinfo/{CONSULTING}", timeout=5)
    assert good.headers["intuit_tid"].startswith("1-")
    assert bad.headers["intuit_tid"] != good.headers["intuit_tid"]


def test_an_expired_token_is_refused_by_the_gateway_in_lower_case(company: Company) -> None:
    company.control("POST", "/tokens/expire")
    with pytest.raises(Refusal) as refused:
        company.query("SELECT * FROM Customer")
    assert refused.value.status == 401
    assert refused.value.response.json()["fault"]["type"] == "AUTHENTICATION"
    assert refused.value.error["message"] == "message=AuthenticationFailed; errorCode=003200; statusCode=401"


def test_those_who_do_not_ask_for_json_get_xml(company: Company) -> None:
    for token, status, words in (("nothing-like-it", 401, 'type="AUTHENTICATION"'), (None, 200, "<CompanyInfo domain")):
        headers = {"Authorization": f"Bearer {token or company.grant['access_token']}"}
        answer = requests.get(f"{company.base}/companyinfo/{CONSULTING}", headers=headers, timeout=5)
        assert (answer.status_code, words in answer.text) == (status, True)
        assert answer.headers["content-type"].startswith("application/xml")


def test_a_token_opens_one_company_only(company: Company) -> None:
    other = f"{company.sandbox.url}/v3/company/{TRAINING}/query"
    answer = company.http.get(other, params={"query": "SELECT * FROM Customer"}, timeout=5)
    assert answer.status_code == 403
    assert answer.json()["fault"]["error"][0]["code"] == "3100"


def test_a_suspended_company_can_be_read_but_not_written(company: Company) -> None:
    company.control("POST", f"/companies/{CONSULTING}/suspend")
    with pytest.raises(Refusal) as refused:
        company.post("Customer", {"DisplayName": "A"})
    assert refused.value.code == "6190"
    assert company.count("Customer") == 77


@pytest.mark.parametrize(
    ("limits", "calls"),
    [({"per_second": 1000, "per_minute": 20}, 20), ({"per_second": 5}, 5), ({"batch_per_minute": 3}, 3)],
)
def test_beyond_a_limit_every_call_is_429_until_time_has_passed(
    company: Company, limits: dict[str, int], calls: int
) -> None:
    company.control("POST", "/throttle", {"enabled": True, **limits})
    company.control("POST", "/clock", {"freeze": True})
    item = {"bId": "1", "Query": "SELECT COUNT(*) FROM Term"}
    for _ in range(calls):
        company.batch(item)
    with pytest.raises(Refusal) as refused:
        company.batch(item)
    assert (refused.value.status, refused.value.code) == (429, "3001")
    assert "ThrottleExceeded" in refused.value.error["message"]
    company.control("POST", "/clock", {"advance": 61})
    company.batch(item)


def test_more_than_ten_calls_at_once_are_too_many(company: Company) -> None:
    company.control("POST", "/switches", {"latency": 1.0})
    company.control("POST", "/throttle", {"enabled": True, "per_second": 1000})
    with ThreadPoolExecutor(15) as pool:
        answers = list(
            pool.map(
                lambda _: requests.get(f"{company.base}/preferences", headers=company.http.headers, timeout=5),
                range(15),
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 5


def test_the_limits_of_quickbooks_hold_unless_others_are_given() -> None:
    limits = QuickBooks().throttle.limits
    assert (limits.enabled, limits.per_minute, limits.per_second, limits.batch_per_minute) == (True, 500, 10, 120)


def test_calls_are_counted_by_entity_and_those_of_a_person_are_not(company: Company) -> None:
    company.control("DELETE", "/calls")
    company.post("Customer", {"DisplayName": "A"})
    company.person("Customer", {"DisplayName": "B"})
    assert company.control("GET", "/calls")["routes"] == {"POST /v3/company/{realm}/customer": 1}


def test_a_fresh_company_has_its_lists_and_nobody_in_them() -> None:
    with QuickBooks("empty", limits=Limits(enabled=False)) as running:
        company = Company(running).connect()
        counts = {name: company.count(name) for name in ("Customer", "Employee", "Vendor", "Item", "Term", "TaxCode")}
        assert counts == {"Customer": 0, "Employee": 0, "Vendor": 0, "Item": 2, "Term": 5, "TaxCode": 4}
