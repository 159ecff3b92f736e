"""python-quickbooks with intuit-oauth, unmodified, at work against the sandbox.

Where each library is told the address of QuickBooks:
- intuit-oauth takes the URL of a discovery document in place of an environment name.
- python-quickbooks reads the API address from the class attributes `api_url_v3` and `sandbox_api_url_v3`, which end in
  `/v3` and may be set in a subclass. It takes `sandbox_api_url_v3` only for the environment called "sandbox"; for a
  discovery URL it takes `api_url_v3`.
- oauthlib refuses http:// unless the environment variable OAUTHLIB_INSECURE_TRANSPORT is set.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks as Client
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects import (
    Account,
    AccountBasedExpenseLine,
    AccountBasedExpenseLineDetail,
    Bill,
    Class,
    CompanyInfo,
    Customer,
    Department,
    Employee,
    Invoice,
    Item,
    Payment,
    PaymentLine,
    PaymentMethod,
    Purchase,
    SalesItemLine,
    SalesItemLineDetail,
    TaxCode,
    TaxRate,
    Term,
    TimeActivity,
    Vendor,
)

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.quickbooks_company import CONSULTING

CALLBACK = "http://localhost:9/callback"
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # intuit-oauth still uses it


@pytest.fixture(scope="module")
def sandbox() -> Iterator[QuickBooks]:
    with QuickBooks("demo", limits=Limits(enabled=False), redirect_uris=[CALLBACK]) as running:
        yield running


@pytest.fixture
def auth(sandbox: QuickBooks, monkeypatch: pytest.MonkeyPatch) -> AuthClient:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    sandbox.reset()
    discovery = f"{sandbox.url}/.well-known/openid_sandbox_configuration"
    client = AuthClient(sandbox.client_id, sandbox.client_secret, CALLBACK, environment=discovery)
    url = client.get_authorization_url([Scopes.ACCOUNTING, Scopes.OPENID], state_token="s")
    form = {"decision": "allow", "realm": CONSULTING}
    location = requests.post(url, data=form, timeout=5, allow_redirects=False).headers["location"]
    back = parse_qs(urlsplit(location).query)
    client.get_bearer_token(back["code"][0], realm_id=back["realmId"][0])
    return client


@pytest.fixture
def client(sandbox: QuickBooks, auth: AuthClient) -> Client:
    class AtTheSandbox(Client):
        api_url_v3 = f"{sandbox.url}/v3"

    return AtTheSandbox(auth_client=auth, refresh_token=auth.refresh_token, company_id=CONSULTING, minorversion=75)


def time_entry(client: Client, text: str = "work") -> TimeActivity:
    entry = TimeActivity()
    entry.NameOf, entry.TxnDate, entry.Hours, entry.Minutes, entry.Description = "Employee", "2026-11-02", 2, 15, text
    entry.EmployeeRef = Employee.all(qb=client, max_results=1)[0].to_ref()
    entry.CustomerRef = Customer.all(qb=client, max_results=1)[0].to_ref()
    return entry


def test_consent_refresh_user_info_and_revoke(auth: AuthClient) -> None:
    first = auth.access_token
    auth.refresh()
    assert auth.access_token != first
    assert auth.get_user_info().json()["email"] == "owner@example.test"
    assert auth.revoke(token=auth.refresh_token) is True
    with pytest.raises(AuthClientError) as refused:
        auth.refresh()
    assert refused.value.status_code == 400


def test_every_kind_of_list_can_be_read(client: Client) -> None:
    kinds = (Account, Class, Customer, Department, Employee, Item, PaymentMethod, TaxCode, TaxRate, Term, Vendor)
    counts = {kind.qbo_object_name: len(kind.all(qb=client, max_results=1000)) for kind in kinds}
    assert counts == {
        **{"Account": 28, "Class": 3, "Customer": 77, "Department": 2, "Employee": 12, "Item": 10},
        **{"PaymentMethod": 7, "TaxCode": 4, "TaxRate": 3, "Term": 5, "Vendor": 8},
    }
    assert CompanyInfo.get(CONSULTING, qb=client).CompanyName == "Larkspur and Vane Consulting"


def test_finding_counting_and_paging(client: Client) -> None:
    assert Customer.count(qb=client) == 77
    assert Customer.filter(DisplayName="Ironwood Forge", qb=client)[0].CompanyName == "Ironwood Forge"
    assert len(Customer.choose(["Ironwood Forge", "Barley & Birch Bakery"], field="DisplayName", qb=client)) == 2
    where = "Active = True AND MetaData.LastUpdatedTime > '2026-01-01'"
    assert len(Customer.where(where, order_by="DisplayName", start_position=71, max_results=20, qb=client)) == 7


def test_a_customer_is_created_changed_and_made_inactive(client: Client) -> None:
    customer = Customer()
    customer.DisplayName, customer.Notes = "Marlin & Co's", "first"
    made = customer.save(qb=client)
    made.Notes = "second"
    changed = made.save(qb=client)
    assert (changed.Notes, changed.SyncToken) == ("second", "1")
    with pytest.raises(QuickbooksException) as refused:
        made.save(qb=client)
    assert refused.value.error_code == 5010
    changed.Active = False
    assert changed.save(qb=client).DisplayName == "Marlin & Co's (deleted)"


def test_refusals_arrive_as_the_exceptions_of_the_library(client: Client) -> None:
    customer = Customer()
    customer.DisplayName = "Ironwood Forge"
    with pytest.raises(QuickbooksException) as refused:
        customer.save(qb=client)
    assert refused.value.error_code == 6240
    with pytest.raises(ObjectNotFoundException):
        Customer.get(99999, qb=client)
    with pytest.raises(ValidationException) as wrong:
        Customer.query("SELECT * FROM Customer WHERE Colour = 'red'", qb=client)
    assert wrong.value.error_code == 4001


def test_an_expired_token_is_an_authorization_error(sandbox: QuickBooks, client: Client) -> None:
    sandbox.grants.expire_access_tokens()
    with pytest.raises(AuthorizationException) as refused:
        Customer.all(qb=client)
    assert refused.value.error_code == 401


def test_time_is_posted_once_with_a_request_id(client: Client) -> None:
    before = TimeActivity.count(qb=client)
    first = time_entry(client).save(qb=client, request_id="entry-1")
    again = time_entry(client).save(qb=client, request_id="entry-1")
    assert first.Id == again.Id
    assert TimeActivity.count(qb=client) == before + 1
    first.delete(qb=client)
    assert TimeActivity.count(qb=client) == before


def test_batches_create_update_and_delete(client: Client) -> None:
    made = batch_create([time_entry(client, f"{number}") for number in range(35)], qb=client)
    assert (len(made.successes), len(made.faults)) == (35, 0)
    for entry in made.successes:
        entry.Hours = 3
    changed = batch_update(made.successes, qb=client)
    assert {entry.Hours for entry in changed.successes} == {3}
    gone = batch_delete(changed.successes, qb=client)
    assert (len(gone.successes), len(gone.faults)) == (35, 0)


def test_a_batch_tells_which_item_was_refused(client: Client) -> None:
    good, bad = time_entry(client), time_entry(client)
    bad.Minutes = 75
    answer = batch_create([good, bad], qb=client)
    assert (len(answer.successes), len(answer.faults)) == (1, 1)
    assert answer.faults[0].Error[0].code == "6340"


def test_changes_since_a_moment(client: Client) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    customer = Customer()
    customer.DisplayName = "Changed"
    customer.save(qb=client)
    found = change_data_capture([Customer, Invoice], since, qb=client)
    assert [one.DisplayName for one in found.Customer._object_list] == ["Changed"]
    assert not hasattr(found, "Invoice")


def sale(client: Client, amount: float) -> Invoice:
    line, detail = SalesItemLine(), SalesItemLineDetail()
    detail.ItemRef = Item.filter(Name="Consulting", qb=client)[0].to_ref()
    line.Amount, line.SalesItemLineDetail = amount, detail
    detail.Qty, detail.UnitPrice = 1, amount
    invoice = Invoice()
    invoice.CustomerRef = Customer.filter(DisplayName="Ironwood Forge", qb=client)[0].to_ref()
    invoice.Line.append(line)
    return invoice


def test_an_invoice_is_paid_and_another_one_voided(client: Client) -> None:
    made = sale(client, 250).save(qb=client)
    assert (made.TotalAmt, made.Balance) == (250, 250)
    payment, line = Payment(), PaymentLine()
    payment.CustomerRef, payment.TotalAmt = made.CustomerRef, 250
    line.Amount = 250
    line.LinkedTxn.append(made.to_linked_txn())
    payment.Line.append(line)
    assert payment.save(qb=client).UnappliedAmt == 0
    assert Invoice.get(made.Id, qb=client).Balance == 0
    other = sale(client, 80).save(qb=client)
    other.void(qb=client)
    assert Invoice.get(other.Id, qb=client).PrivateNote == "Voided"


def spent(amount: float) -> AccountBasedExpenseLine:
    line, detail = AccountBasedExpenseLine(), AccountBasedExpenseLineDetail()
    detail.AccountRef = Account().to_ref()
    detail.AccountRef.value = "20"
    line.Amount, line.AccountBasedExpenseLineDetail = amount, detail
    return line


def test_bills_and_purchases_are_posted(client: Client) -> None:
    bill = Bill()
    bill.VendorRef = Vendor.all(qb=client, max_results=1)[0].to_ref()
    bill.Line.append(spent(120))
    assert bill.save(qb=client).Balance == 120
    purchase = Purchase()
    purchase.PaymentType, purchase.AccountRef = "CreditCard", Account.filter(Name="Visa", qb=client)[0].to_ref()
    purchase.Line.append(spent(45.5))
    assert purchase.save(qb=client).TotalAmt == 45.5


def test_a_pdf_can_be_downloaded(client: Client) -> None:
    invoice = Invoice.all(qb=client, max_results=1)[0]
    assert invoice.download_pdf(qb=client).startswith(b"%PDF-1.4")


def test_the_library_accepts_the_signature_of_a_notice(client: Client, sandbox: QuickBooks) -> None:
    from sandbox.quickbooks.webhooks import sign

    body = '[{"specversion":"1.0"}]'
    signature = sign(body.encode(), sandbox.verifier_token)
    assert client.validate_webhook_signature(body, signature, sandbox.verifier_token) is True
