"""Before somebody disconnects they are told what stays and what ends, and everybody sees whether notices arrive."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage
from timebridge.links import Link, Problem, State
from timebridge.store.links import DynamoLinks
from timebridge.tenants import Connection, Provider, Status

ADA = Person()


@pytest.fixture
def connection(stage: Stage) -> Connection:
    return stage.new_connection(
        Provider.QUICKBOOKS_ONLINE, status=Status.LIVE, account="1", account_name="Nimbus & Oak", version=3
    )


def foreseen(connection: Connection) -> Any:
    answer = ADA.get(f"connections/{connection.id}/disconnect")
    assert answer.status == 200, answer.text
    return answer.body


def test_pairs_are_counted_by_what_they_are(connection: Connection) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    problem = Problem("Not now.", "", None, 1, soon)
    DynamoLinks("acme", connection.id).save(
        [
            Link("quickbooks_online.customer", "cli_1", "1", State.LIVE, {"name": "One"}),
            Link("quickbooks_online.customer", "cli_2", "2", State.LIVE, {"name": "Two"}),
            Link("quickbooks_online.customer", "cli_3", "3", State.PARKED, {"name": "Three"}, problem=problem),
        ]
    )
    said = foreseen(connection)
    [flow] = said["flows"]
    assert (flow["ours"], flow["theirs"], flow["pairs"], flow["waiting"]) == ("Client", "Customer", 3, 1)
    assert (said["pairs"], said["waiting"], said["versions"]) == (3, 1, 3)
    assert any(line.startswith("3 pairs of records are remembered.") for line in said["stays"])
    assert any(line.startswith("1 record that waits") for line in said["stays"])
    assert said["ends"][0] == "Our access to Nimbus & Oak is given back, and the keys to it are deleted."


def test_what_is_foreseen_changes_nothing(connection: Connection, stage: Stage) -> None:
    foreseen(connection)
    assert stage.connection(connection.id) == connection


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_only_administrators_look_into_it(connection: Connection, role: str) -> None:
    assert Person((role,)).get(f"connections/{connection.id}/disconnect").status == 403


def test_the_last_notice_is_known(stage: Stage) -> None:
    connection = stage.connect(Provider.QUICKBOOKS_ONLINE)
    path = f"connections/{connection.id}/notices"
    quiet = ADA.get(path).body
    assert (quiet["accepted"], quiet["last"]) == (True, None)
    assert quiet["url"].endswith("/api/quickbooks/webhook")

    customer = stage.bookkeeper("Customer", DisplayName="Told at once")
    stage.told(stage.cloud_event("Customer", customer["Id"], "created"))
    stage.settle()

    last = datetime.fromisoformat(Person(("viewer",)).get(path).body["last"])
    assert timedelta() <= datetime.now(UTC) - last < timedelta(minutes=2)


def test_an_edit_of_ours_is_no_notice(stage: Stage) -> None:
    connection = stage.connect(Provider.QUICKBOOKS_ONLINE)
    ADA.post("clients", {"name": "Made here"})
    stage.settle()
    assert ADA.get(f"connections/{connection.id}/notices").body["last"] is None
