"""The published chart of the fields that are kept in step: row E13."""

import csv
import io
from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Provider, Status

PATH = "connections/quickbooks_online"


@pytest.fixture
def other(stage: Stage) -> Person:
    """An administrator of another tenant, whose connection chooses otherwise."""
    chosen = {
        "quickbooks_online.customer": {"direction": "in", "fields": {"fax": {"off": True}}},
        "quickbooks_online.client_time": {"off": True},
    }
    made(stage, "acme", {})
    made(stage, "globex", {"flows": chosen})
    return Person(tenant="globex")


def made(stage: Stage, tenant: str, settings: dict[str, Any]) -> Connection:
    connection = stage.new_connection(Provider.QUICKBOOKS_ONLINE, tenant=tenant, settings=settings)
    return Connections().save(Connection(**{**fields_of(connection), "status": Status.LIVE, "version": 1}))


def fields_of(connection: Connection) -> dict[str, Any]:
    return {name: getattr(connection, name) for name in Connection.__dataclass_fields__}


def rows(person: Person) -> dict[tuple[str, str, str], dict[str, Any]]:
    answer = person.get(f"{PATH}/chart")
    assert answer.status == 200, answer.text
    return {(row["flow"], row["ours"], row["theirs"]): row for row in answer.body["items"]}


@pytest.mark.usefixtures("other")
def test_E13_the_chart_has_every_field_of_the_live_mapping(admin: Person) -> None:
    found = rows(admin)

    flows = admin.get(f"{PATH}/flows").body["items"]
    live = {(flow["name"], line["ours"], ", ".join(line["theirs"])) for flow in flows for line in flow["fields"]}
    assert set(found) == live
    assert ("quickbooks_online.customer", "email", "PrimaryEmailAddr.Address") in live
    row = found["quickbooks_online.customer", "email", "PrimaryEmailAddr.Address"]
    assert (row["kind"], row["object"], row["direction"], row["winner"]) == ("client", "Customer", "both", "theirs")
    rate = found["quickbooks_online.time_activity", "rate", "HourlyRate"]
    assert (rate["direction"], rate["winner"], rate["note"]) == ("out", "ours", "rounded to two places")


def test_E13_the_chart_is_that_of_the_tenant(other: Person, admin: Person) -> None:
    ours, theirs = rows(admin), rows(other)

    fax = ("quickbooks_online.customer", "fax", "Fax.FreeFormNumber")
    email = ("quickbooks_online.customer", "email", "PrimaryEmailAddr.Address")
    assert (fax in ours, fax in theirs) == (True, False)
    assert (ours[email]["direction"], theirs[email]["direction"]) == ("both", "in")
    assert any(flow == "quickbooks_online.client_time" for flow, _, _ in ours)
    assert not any(flow == "quickbooks_online.client_time" for flow, _, _ in theirs)
    assert admin.get(f"/v1/tenants/globex/{PATH}/chart").status == 403


@pytest.mark.usefixtures("other")
def test_E13_the_chart_changes_with_the_settings(admin: Person) -> None:
    before, version = rows(admin), admin.get(f"{PATH}/chart").body["version"]
    settings = {"flows": {"quickbooks_online.customer": {"fields": {"website": {"off": True}}}}}
    revision = admin.get(PATH).body["revision"]
    assert admin.patch(PATH, {"settings": settings, "revision": revision}).status == 200

    assert set(before) - set(rows(admin)) == {("quickbooks_online.customer", "website", "WebAddr.URI")}
    assert admin.get(f"{PATH}/chart").body["version"] == version + 1


@pytest.mark.usefixtures("other")
def test_E13_the_chart_can_be_published() -> None:
    viewer = Person(roles=("viewer",))

    table, page = viewer.get(f"{PATH}/chart.csv"), viewer.get(f"{PATH}/chart.md")
    lines = list(csv.DictReader(io.StringIO(table.text)))
    assert (table.status, page.status) == (200, 200)
    assert page.headers["Content-Type"].startswith("text/markdown")
    assert {(line["flow"], line["ours"], line["theirs"]) for line in lines} == set(rows(viewer))
    assert "## Client and Customer (quickbooks_online.customer)" in page.text
    assert "| Email | `PrimaryEmailAddr.Address` | both ways | theirs |" in page.text
