"""One Salesforce sandbox for all tests of it, back at its seed before each."""

from collections.abc import Iterator

import pytest
import requests

from sandbox.salesforce import Salesforce
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
