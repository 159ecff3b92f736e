import pytest

from tests.admin import Person
from tests.stage import Stage
from timebridge.store.records import Workspace


@pytest.fixture
def admin() -> Person:
    return Person()


@pytest.fixture
def workspace(stage: Stage) -> Workspace:
    return Workspace(stage.tenant, "manager")
