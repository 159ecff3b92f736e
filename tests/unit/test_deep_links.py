import pytest

from timebridge.providers import provider
from timebridge.providers.quickbooks_online.deep_links import PRODUCTION, SANDBOX, deep_link
from timebridge.tenants import Connection, Provider

BOOKS = Connection("c", "acme", Provider.QUICKBOOKS_ONLINE, account="123", base_url="https://quickbooks.api.intuit.com")


@pytest.mark.parametrize(
    ("object", "page"),
    [
        ("Customer", "customerdetail?nameId=7"),
        ("Vendor", "vendordetail?nameId=7"),
        ("Employee", "employees"),
        ("Invoice", "invoice?txnId=7"),
        ("Payment", "recvpayment?txnId=7"),
        ("Estimate", "estimate?txnId=7"),
        ("SalesReceipt", "salesreceipt?txnId=7"),
        ("CreditMemo", "creditmemo?txnId=7"),
        ("RefundReceipt", "refundreceipt?txnId=7"),
        ("Bill", "bill?txnId=7"),
        ("Purchase", "expense?txnId=7"),
        ("TimeActivity", "timetracking"),
    ],
)
def test_each_object_has_its_page(object: str, page: str) -> None:
    assert deep_link(BOOKS, object, {"Id": "7"}) == f"{PRODUCTION}/app/{page}"


def test_a_check_has_a_page_of_its_own() -> None:
    assert deep_link(BOOKS, "Purchase", {"Id": "7", "PaymentType": "Check"}) == f"{PRODUCTION}/app/check?txnId=7"


def test_an_id_cannot_lead_elsewhere() -> None:
    assert deep_link(BOOKS, "Invoice", {"Id": "7&x=//evil"}) == f"{PRODUCTION}/app/invoice?txnId=7%26x%3D%2F%2Fevil"


def test_without_an_id_or_a_page_there_is_no_link() -> None:
    assert deep_link(BOOKS, "Invoice", {}) is None
    assert deep_link(BOOKS, "Term", {"Id": "7"}) is None


@pytest.mark.parametrize(
    "sandbox",
    [
        Connection("c", "acme", Provider.QUICKBOOKS_ONLINE, base_url="https://sandbox-quickbooks.api.intuit.com"),
        Connection("c", "acme", Provider.QUICKBOOKS_ONLINE, base_url=None, facts={"sandbox": True}),
    ],
)
def test_a_sandbox_company_is_shown_where_it_lives(sandbox: Connection) -> None:
    assert deep_link(sandbox, "Customer", {"Id": "7"}) == f"{SANDBOX}/app/customerdetail?nameId=7"


def test_salesforce_finds_the_page_by_the_id() -> None:
    org = Connection("s", "acme", Provider.SALESFORCE, base_url="https://acme.my.salesforce.com")
    link = provider.load(org.provider).deep_link
    assert link(org, "Account", {"Id": "001000000000001AAA"}) == "https://acme.my.salesforce.com/001000000000001AAA"
    assert link(Connection("s", "acme", Provider.SALESFORCE), "Account", {"Id": "1"}) is None
