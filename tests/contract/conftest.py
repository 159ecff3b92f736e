"""One sandbox for many tests, back at its seed before each."""

from collections.abc import Iterator

import pytest
import requests

from sandbox.quickbooks import Limits, QuickBooks
from sandbox.salesforce import Salesforce
from tests.contract.connected_quickbooks_online import Bookkeeper
from tests.contract.quickbooks_company import Company
from tests.contract.salesforce_client import CALLBACK, Client


@pytest.fixture(scope="session")
def salesforce_server() -> Iterator[Salesforce]:
    with Salesforce(redirect_uris=[CALLBACK], refresh_seconds=0.05) as org:
        yield org


@pytest.fixture
def client(salesforce_server: Salesforce) -> Iterator[Client]:
    salesforce_server.reset()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {salesforce_server.access_token()}"
        yield Client(salesforce_server, session)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[QuickBooks]:
    """A company with records in it. Tests that count on an empty one have a sandbox of their own."""
    with QuickBooks("demo", limits=Limits(enabled=False)) as running:
        yield running


@pytest.fixture
def company(sandbox: QuickBooks) -> Company:
    """As its API shows it to another client."""
    sandbox.reset()
    return Company(sandbox).connect()


@pytest.fixture
def books(sandbox: QuickBooks) -> Bookkeeper:
    """As a person keeps them."""
    sandbox.reset()
    return Bookkeeper(sandbox)
