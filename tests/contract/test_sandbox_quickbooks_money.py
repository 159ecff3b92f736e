"""Money that moves through the QuickBooks sandbox adds up."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.quickbooks_company import Company, Refusal

SALE = {"DetailType": "SalesItemLineDetail", "Amount": 100}
EXPENSE = "AccountBasedExpenseLineDetail"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[QuickBooks]:
    with QuickBooks("empty", limits=Limits(enabled=False)) as running:
        yield running


@pytest.fixture
def client(company: Company) -> dict[str, str]:
    return {"value": company.post("Customer", {"DisplayName": "Client"})["Id"]}


@pytest.fixture
def vendor(company: Company) -> dict[str, str]:
    return {"value": company.post("Vendor", {"DisplayName": "Vendor"})["Id"]}


def link(record: dict[str, Any], kind: str, amount: float) -> dict[str, Any]:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": record["Id"], "TxnType": kind}]}


def spent(amount: float, **detail: Any) -> dict[str, Any]:
    return {"DetailType": EXPENSE, "Amount": amount, EXPENSE: {"AccountRef": {"value": "20"}, **detail}}


def test_a_bill_is_paid_by_a_check_and_open_again_when_the_payment_goes(
    company: Company, vendor: dict[str, str]
) -> None:
    bill = company.post("Bill", {"VendorRef": vendor, "Line": [spent(80), spent(20)]})
    assert (bill["TotalAmt"], company.read("Vendor", vendor["value"])["Balance"]) == (100, 100)
    check = {"PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": "35"}}}
    paid = company.post("BillPayment", {"VendorRef": vendor, "TotalAmt": 70, **check, "Line": [link(bill, "Bill", 70)]})
    after = company.read("Bill", bill["Id"])
    assert (after["Balance"], after["LinkedTxn"]) == (30, [{"TxnId": paid["Id"], "TxnType": "BillPaymentCheck"}])
    assert company.read("Vendor", vendor["value"])["Balance"] == 30
    with pytest.raises(Refusal) as refused:
        company.post("Bill", {"Id": bill["Id"], "SyncToken": after["SyncToken"]}, operation="delete")
    assert refused.value.code == "800"
    company.post("BillPayment", {"Id": paid["Id"], "SyncToken": "0"}, operation="delete")
    assert company.read("Bill", bill["Id"])["Balance"] == 100
    assert company.read("Vendor", vendor["value"])["Balance"] == 100


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CheckPayment": None}, "2020"),
        ({"CheckPayment": {"BankAccountRef": {"value": "42"}}}, "6430"),
        ({"TotalAmt": 60}, "6000"),
        ({"PayType": "Cash"}, "2170"),
    ],
)
def test_a_bill_payment_that_does_not_fit_is_refused(
    company: Company, vendor: dict[str, str], change: dict[str, Any], code: str
) -> None:
    bill = company.post("Bill", {"VendorRef": vendor, "Line": [spent(100)]})
    check = {"PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": "35"}}}
    body = {"VendorRef": vendor, "TotalAmt": 70, **check, "Line": [link(bill, "Bill", 70)], **change}
    with pytest.raises(Refusal) as refused:
        company.post("BillPayment", body)
    assert refused.value.code == code
    assert company.read("Bill", bill["Id"])["Balance"] == 100


def test_a_credit_memo_is_applied_by_a_payment_over_nothing(company: Company, client: dict[str, str]) -> None:
    invoice = company.post("Invoice", {"CustomerRef": client, "Line": [SALE]})
    credit = company.post("CreditMemo", {"CustomerRef": client, "Line": [{**SALE, "Amount": 30}]})
    assert (credit["RemainingCredit"], company.read("Customer", client["value"])["Balance"]) == (30, 70)
    lines = [link(invoice, "Invoice", 30), link(credit, "CreditMemo", 30)]
    company.post("Payment", {"CustomerRef": client, "TotalAmt": 0, "Line": lines})
    assert company.read("Invoice", invoice["Id"])["Balance"] == 70
    assert company.read("CreditMemo", credit["Id"])["RemainingCredit"] == 0
    assert company.read("Customer", client["value"])["Balance"] == 70


def test_a_payment_cannot_be_more_than_what_is_open_or_for_someone_else(
    company: Company, client: dict[str, str]
) -> None:
    invoice = company.post("Invoice", {"CustomerRef": client, "Line": [SALE]})
    other = {"value": company.post("Customer", {"DisplayName": "Other"})["Id"]}
    for who, amount in ((client, 101), (other, 50)):
        with pytest.raises(Refusal) as refused:
            company.post("Payment", {"CustomerRef": who, "TotalAmt": 200, "Line": [link(invoice, "Invoice", amount)]})
        assert refused.value.code == "6000"


def test_a_payment_moves_the_version_of_its_invoice(company: Company, client: dict[str, str]) -> None:
    invoice = company.post("Invoice", {"CustomerRef": client, "Line": [SALE]})
    company.post("Payment", {"CustomerRef": client, "TotalAmt": 40, "Line": [link(invoice, "Invoice", 40)]})
    with pytest.raises(Refusal) as refused:
        company.post("Invoice", {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    assert refused.value.code == "5010"
    now = company.post(
        "Invoice", {"Id": invoice["Id"], "SyncToken": "1", "sparse": True, "Line": [{**SALE, "Amount": 90}]}
    )
    assert (now["TotalAmt"], now["Balance"], [one["TxnType"] for one in now["LinkedTxn"]]) == (90, 50, ["Payment"])


def test_an_estimate_is_closed_by_its_one_invoice(company: Company, client: dict[str, str]) -> None:
    estimate = company.post("Estimate", {"CustomerRef": client, "Line": [SALE]})
    assert (estimate["TxnStatus"], "Balance" in estimate) == ("Pending", False)
    body = {"CustomerRef": client, "Line": [SALE], "LinkedTxn": [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]}
    company.post("Invoice", body)
    assert company.read("Estimate", estimate["Id"])["TxnStatus"] == "Closed"
    with pytest.raises(Refusal) as refused:
        company.post("Invoice", body)
    assert refused.value.code == "620"


def test_a_billable_expense_becomes_a_charge_to_the_customer(
    company: Company, client: dict[str, str], vendor: dict[str, str]
) -> None:
    line = spent(45, CustomerRef=client, BillableStatus="Billable")
    bill = company.post("Bill", {"VendorRef": vendor, "Line": [line]})
    text = f"SELECT * FROM ReimburseCharge WHERE CustomerRef = '{client['value']}' AND HasBeenInvoiced = false"  # noqa: S608
    charge = company.query(text)["ReimburseCharge"][0]
    assert (charge["Amount"], charge["HasBeenInvoiced"]) == (45, False)
    company.post("Bill", {"Id": bill["Id"], "SyncToken": "0"}, operation="delete")
    assert company.query(text) == {}


def test_receipts_refunds_journal_entries_and_transfers_are_kept(company: Company, client: dict[str, str]) -> None:
    receipt = company.post("SalesReceipt", {"CustomerRef": client, "Line": [SALE]})
    assert (receipt["TotalAmt"], receipt["Balance"], receipt["DepositToAccountRef"]["value"]) == (100, 0, "4")
    with pytest.raises(Refusal) as refused:
        company.post("RefundReceipt", {"CustomerRef": client, "Line": [SALE]})
    assert refused.value.error["element"] == "DepositToAccountRef"
    sides = [
        {
            **{"DetailType": "JournalEntryLineDetail", "Amount": 12.5},
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}},
        }
        for side, account in (("Debit", "20"), ("Credit", "35"))
    ]
    assert company.post("JournalEntry", {"Line": sides, "DocNumber": "J1"})["TotalAmt"] == 0
    with pytest.raises(Refusal) as refused:
        company.post("JournalEntry", {"Line": sides, "DocNumber": "J1"})
    assert refused.value.code == "6140"
    moved = {"FromAccountRef": {"value": "35"}, "ToAccountRef": {"value": "36"}, "Amount": 5}
    assert company.post("Transfer", moved)["ToAccountRef"]["name"] == "Savings"


def test_a_customer_with_an_opening_balance_owes_it(company: Company) -> None:
    made = company.post("Customer", {"DisplayName": "Old", "Balance": 250, "OpenBalanceDate": "2026-10-01"})
    assert made["Balance"] == 250
    found = company.query(f"SELECT * FROM Invoice WHERE CustomerRef = '{made['Id']}'")["Invoice"]  # noqa: S608
    assert [(one["TotalAmt"], one["TxnDate"]) for one in found] == [(250, "2026-10-01")]


def test_a_tax_code_is_made_together_with_its_rates(company: Company, client: dict[str, str]) -> None:
    rate = {"TaxRateName": "R1", "RateValue": "5", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
    made = company.call("POST", "taxservice/taxcode", json={"TaxCode": "Mine", "TaxRateDetails": [rate]})
    detail = {"SalesItemLineDetail": {"TaxCodeRef": {"value": "TAX"}}}
    tax = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": made["TaxCodeId"]}}}
    invoice = company.post("Invoice", {"CustomerRef": client, "Line": [{**SALE, **detail}], **tax})
    assert (invoice["TxnTaxDetail"]["TotalTax"], invoice["TotalAmt"]) == (5, 105)


def test_a_form_is_mailed_and_an_attachment_kept(company: Company, client: dict[str, str]) -> None:
    invoice = company.post("Invoice", {"CustomerRef": client, "Line": [SALE]})
    sent = company.call("POST", f"invoice/{invoice['Id']}/send", params={"sendTo": "a@example.test"})["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]["Address"]) == ("EmailSent", "a@example.test")
    answer = company.call("POST", "upload", files={"file_content_01": ("r.txt", b"12345", "text/plain")})
    kept = answer["AttachableResponse"][0]["Attachable"]
    assert (kept["FileName"], kept["Size"]) == ("r.txt", 5)
    entity = {"type": "Invoice", "value": invoice["Id"]}
    head = {"Id": kept["Id"], "SyncToken": "0", "FileName": "r.txt"}
    company.post("Attachable", {**head, "AttachableRef": [{"EntityRef": entity}]})
    where = f"AttachableRef.EntityRef.Type = 'invoice' AND AttachableRef.EntityRef.value = '{invoice['Id']}'"
    assert company.query(f"SELECT * FROM Attachable WHERE {where}")["maxResults"] == 1  # noqa: S608


def test_a_purchase_that_is_matched_to_the_bank_can_be_changed_but_not_deleted(
    company: Company, sandbox: QuickBooks
) -> None:
    paid = {"PaymentType": "CreditCard", "AccountRef": {"value": "42"}}
    made = company.post("Purchase", {**paid, "Line": [spent(12)]})
    control = f"{sandbox.url}/_sandbox/companies/{company.realm}/Purchase/{made['Id']}/match"
    assert requests.post(control, timeout=10).json()["SyncToken"] == "0"
    with pytest.raises(Refusal) as refused:
        company.post("Purchase", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert refused.value.code == "6480"
    changed = company.post("Purchase", {**made, "PrivateNote": "Checked"})
    assert (changed["SyncToken"], "_matched" in changed) == ("1", False)
    assert requests.post(control.replace("Purchase", "Customer"), timeout=10).status_code == 404


def test_an_expense_is_billable_only_where_the_company_bills_expenses(
    company: Company, client: dict[str, str], vendor: dict[str, str]
) -> None:
    prefs = company.read("Preferences", "1")
    off = {"VendorAndPurchasesPrefs": {**prefs["VendorAndPurchasesPrefs"], "BillableExpenseTracking": False}}
    company.post("Preferences", {"Id": "1", "SyncToken": prefs["SyncToken"], "sparse": True, **off})
    line = spent(45, CustomerRef=client, BillableStatus="Billable")
    with pytest.raises(Refusal) as refused:
        company.post("Bill", {"VendorRef": vendor, "Line": [line]})
    assert refused.value.code == "6000"
