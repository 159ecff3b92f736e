from collections.abc import Iterator

import pytest

from sandbox.quickbooks import QuickBooks
from sandbox.salesforce import Salesforce
from tests.stage import CALLBACKS, Stage, staged


@pytest.fixture(scope="session")
def sides() -> Iterator[tuple[Salesforce, QuickBooks]]:
    with (
        Salesforce(redirect_uris=[CALLBACKS["salesforce"]]) as salesforce,
        QuickBooks(redirect_uris=[CALLBACKS["quickbooks"]]) as quickbooks,
    ):
        yield salesforce, quickbooks


@pytest.fixture
def stage(sides: tuple[Salesforce, QuickBooks]) -> Iterator[Stage]:
    """Both providers, empty, and an empty AWS; nothing is connected."""
    with staged(*sides) as stage:
        yield stage
