"""A tenant, and people in front of the console."""

import pytest

from tests.admin import Person
from tests.console import Browser
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant


@pytest.fixture
def acme(stage: Stage) -> Tenant:  # noqa: ARG001 (it brings AWS along)
    """Whoever connects something first has made it already."""
    return Tenants().get("acme") or Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))


@pytest.fixture
def workspace(stage: Stage) -> Workspace:
    return Workspace(stage.tenant, "manager")


@pytest.fixture
def admin() -> Person:
    return Person()


@pytest.fixture
def ada() -> Browser:
    return Browser()


@pytest.fixture
def mia() -> Browser:
    return Browser(roles=("member",), name="mia@acme.example")


@pytest.fixture
def vera() -> Browser:
    return Browser(roles=("viewer",), name="vera@acme.example")
