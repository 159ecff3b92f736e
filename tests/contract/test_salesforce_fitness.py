"""What in the org does not fit the flows is found before anything is written."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.salesforce import Salesforce
from tests.contract.connected_salesforce import Person, connect, running
from timebridge.converters import DATE, MONEY, choice
from timebridge.flows import Direction, Flow, Flows, field, one_of
from timebridge.memory import MemoryGrants
from timebridge.providers import provider
from timebridge.providers.provider import App, Finding
from timebridge.tenants import Connection, Provider

FLOW = Flow(
    "salesforce.account",
    "client",
    "Account",
    fields=(field("name", "Name"), field("industry", "Industry", choice({"Consulting": "advice"}))),
)


@pytest.fixture(scope="module")
def org() -> Iterator[Salesforce]:
    with running() as org:
        yield org


@pytest.fixture
def person(org: Salesforce) -> Person:
    org.reset()
    return Person(org)


@pytest.fixture
def grants(person: Person) -> tuple[App, MemoryGrants, str]:
    app, grants, account = connect(person.org)
    return app, grants, account.base_url


def examined(grants: tuple[App, MemoryGrants, str], flow: Flow) -> list[Finding]:
    app, held, base_url = grants
    connection = Connection("sf", "acme", Provider.SALESFORCE, base_url=base_url)
    return provider.load("salesforce").examine(app, held, connection, Flows([flow]))


def test_what_fits_has_no_finding(grants: tuple[App, MemoryGrants, str]) -> None:
    assert examined(grants, FLOW) == []


@pytest.mark.parametrize(
    ("change", "value", "said"),
    [
        ({"object": "Acount"}, "Acount", "shows us no Acount"),
        ({"fields": (*FLOW.fields, field("phone", "Fone"))}, "Fone", "no field Fone"),
        ({"fields": (*FLOW.fields, field("budget", "Phone", MONEY))}, "Phone", "holds phone, not currency"),
        ({"fields": (*FLOW.fields, field("start", "Industry", DATE))}, "Industry", "holds picklist, not date"),
        ({"fields": (*FLOW.fields, field("at", "CreatedDate"))}, "CreatedDate", "cannot be written"),
        ({"fields": (*FLOW.fields, field("type", "Type", choice({"Pal": "friend"})))}, "Pal", "no value “Pal”"),
        ({"when_theirs": one_of("Type", "Foe")}, "Foe", "no value “Foe”"),
        ({"fields": (field("industry", "Industry"),)}, "Name", "requires Account Name"),
    ],
)
def test_what_does_not_fit_is_named_with_its_value(
    grants: tuple[App, MemoryGrants, str], change: dict[str, object], value: str, said: str
) -> None:
    [finding] = examined(grants, replace(FLOW, **change))  # type: ignore[arg-type]

    assert finding.value == value
    assert said in finding.said
    assert finding.remedy


def test_a_field_that_only_comes_in_need_not_be_writable(grants: tuple[App, MemoryGrants, str]) -> None:
    flow = replace(FLOW, fields=(*FLOW.fields, field("made", "CreatedDate", direction=Direction.IN)))

    assert examined(grants, flow) == []


def test_a_field_that_our_user_may_not_see_is_missing(grants: tuple[App, MemoryGrants, str], person: Person) -> None:
    person.control("POST", "fields", {"hide": ["Account.Industry"]})

    [finding] = examined(grants, FLOW)

    assert (finding.field, finding.value) == ("industry", "Industry")
