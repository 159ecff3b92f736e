"""One company for all tests of a file: each has a project of its own, and finds posting as it is out of the box."""

from collections.abc import Iterator

import pytest

from sandbox.quickbooks import QuickBooks
from sandbox.salesforce import Salesforce
from tests.admin import Person
from tests.features.books import Books, opened
from tests.stage import Stage, staged
from timebridge.store.records import Workspace


@pytest.fixture(scope="module")
def stage(sides: tuple[Salesforce, QuickBooks]) -> Iterator[Stage]:
    with staged(*sides) as stage:
        yield stage


@pytest.fixture(scope="module")
def firm(stage: Stage) -> Books:
    found = opened(stage, Workspace(stage.tenant, "manager"))
    stage.settle()
    return found


@pytest.fixture
def books(firm: Books) -> Books:
    firm.fresh()
    return firm


@pytest.fixture
def admin() -> Person:
    return Person()
