"""How long it takes, once it is in our hands. What the network and Intuit add is not in it (see docs/measures.md)."""

import json
import time
from collections.abc import Callable
from statistics import quantiles

import pytest

from tests.features.books import Books
from tests.features.feed import shared
from tests.stage import Stage
from timebridge.store.records import Workspace

SAMPLES = 8
SETTLING = 1
"""Seconds that an edit waits for others of the same record (DelaySeconds of the queue, in template.yaml)."""


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Books:
    return shared(stage, workspace)


def p95(sample: Callable[[int], None]) -> float:
    seconds = []
    for number in range(SAMPLES):
        began = time.monotonic()
        sample(number)
        seconds.append(time.monotonic() - began)
    return quantiles(seconds, n=20, method="inclusive")[-1]


def test_E08_a_notice_is_visible_after_one_handling(books: Books, capsys: pytest.CaptureFixture[str]) -> None:
    """Ours is ten seconds from its receipt; the two clocks are told to CloudWatch."""
    stage = books.stage

    def changed(number: int) -> None:
        books.bookkeeper("Customer", Id=books.customer, CompanyName=f"Harbour {number} Ltd")
        stage.told(stage.cloud_event("Customer", books.customer))
        assert stage.work() == 1
        assert books.record("client", books.client).values["legal_name"] == f"Harbour {number} Ltd"

    assert p95(changed) <= 10
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    received = [line["ReceiptToVisible"][0] for line in lines if "ReceiptToVisible" in line]
    happened = [line for line in lines if "ProviderToVisible" in line]
    assert len(received) == SAMPLES
    assert max(received) <= 10
    assert {line["by"] for line in happened} == {"notice"}


def test_E08_the_webhook_is_acknowledged_within_three_seconds(books: Books) -> None:
    """Also one that tells of a thousand changes: it is queued, and read later."""
    events = [books.stage.cloud_event("Customer", str(number)) for number in range(1_000)]
    began = time.monotonic()
    assert books.stage.told(*events)["statusCode"] == 200
    assert time.monotonic() - began < 3
    assert sum(len(body["changes"]) for body in books.stage.bodies()) == 1_000


def test_E10_an_edit_here_is_in_quickbooks_almost_instantly(books: Books) -> None:
    """Five seconds, among them the one in which edits may still be followed by others."""

    def edited(number: int) -> None:
        books.edit("client", books.client, legal_name=f"Harbour {number} Ltd")
        books.stage.edits()
        assert books.stage.work() == 1
        [customer] = [each for each in books.stage.quickbooks_has("Customer") if each["Id"] == books.customer]
        assert customer["CompanyName"] == f"Harbour {number} Ltd"

    assert p95(edited) + SETTLING <= 5


def test_E10_a_new_client_is_in_quickbooks_almost_instantly(books: Books) -> None:
    def created(number: int) -> None:
        books.ours.create("client", {"name": f"Mockridge {number}"})
        books.stage.edits()
        assert books.stage.work() == 1
        assert f"Mockridge {number}" in {each["DisplayName"] for each in books.stage.quickbooks_has("Customer")}

    assert p95(created) + SETTLING <= 5
