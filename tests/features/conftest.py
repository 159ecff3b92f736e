from collections.abc import Iterator

import pytest

from sandbox.quickbooks import QuickBooks
from sandbox.salesforce import Salesforce
from tests.admin import Person
from tests.stage import CALLBACKS, Stage, staged
from timebridge.store.records import Workspace


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


@pytest.fixture
def admin() -> Person:
    return Person()


@pytest.fixture
def workspace(stage: Stage) -> Workspace:
    return Workspace(stage.tenant, "manager")
