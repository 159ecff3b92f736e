from collections.abc import Iterator

import pytest

from sandbox.quickbooks import QuickBooks
from sandbox.salesforce import Salesforce
from tests.stage import CALLBACKS, Stage, staged
from timebridge.tenants import Provider


@pytest.fixture(scope="session")
def sides() -> Iterator[tuple[Salesforce, QuickBooks]]:
    with (
        Salesforce(data="demo", redirect_uris=[CALLBACKS["salesforce"]]) as salesforce,
        QuickBooks(data="demo", redirect_uris=[CALLBACKS["quickbooks"]]) as quickbooks,
    ):
        yield salesforce, quickbooks


@pytest.fixture(scope="module")
def stage(sides: tuple[Salesforce, QuickBooks]) -> Iterator[Stage]:
    """Both providers connected and loaded, and all that followed from it settled. Each test makes its own records."""
    with staged(*sides) as stage:
        stage.connect(Provider.SALESFORCE, settings={"flows": {"salesforce.account": {"create_theirs": True}}})
        stage.connect(Provider.QUICKBOOKS_ONLINE)
        stage.settle()
        yield stage
