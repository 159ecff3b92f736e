"""What is read in QuickBooks costs: it is counted as Intuit counts it, held against a budget, and told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge import context
from timebridge.budget import READ_BUDGET
from timebridge.store.meter import Meter
from timebridge.store.tenants import Connections
from timebridge.tenants import Provider

HOUR = timedelta(hours=1)


def charged(stage: Stage) -> int:
    """What the sandbox would put on our bill."""
    found: int = control("GET", f"{stage.quickbooks.url}/_sandbox/meter")["coreplus"]
    return found


def counted() -> int:
    return sum(day.reads for day in Meter("acme", "quickbooks_online").days(31))


def test_reads_are_counted_as_intuit_counts_them(stage: Stage, admin: Person) -> None:
    """Consent, first load, notices, pulls and a probe; writes and refused calls cost nothing."""
    stage.bookkeeper("Customer", DisplayName="Soderstrom")
    stage.connect(Provider.QUICKBOOKS_ONLINE)
    assert counted() == charged(stage) > 0

    id = stage.bookkeeper("Customer", DisplayName="Halvorsen")["Id"]
    stage.told(stage.cloud_event("Customer", id, "created"))
    stage.settle()
    assert admin.post("clients", {"name": "Mockridge"}).status == 201
    stage.settle()
    assert admin.post("connections/quickbooks_online/sync").status == 202
    stage.settle()
    stage.quickbooks.faults.add({"kind": "status", "status": 500, "times": 1, "match": {"path": "cdc"}})
    assert admin.post("connections/quickbooks_online/sync").status == 202
    stage.settle()
    admin.post("connections/quickbooks_online/probe")

    assert counted() == charged(stage)
    shown = admin.get("connections/quickbooks_online/usage").body
    assert shown["reads"]["used"] == shown["days"][0]["reads"] == charged(stage)
    assert shown["calls_today"] >= shown["reads"]["used"] - 2, "calls of the road, among them writes"
