"""The flows of QuickBooks Online: what reads as what, and what is loaded to know it."""

import subprocess
import sys
from decimal import Decimal

import pytest

from timebridge.changes import Where
from timebridge.flows import Direction, Flows
from timebridge.providers.provider import load
from timebridge.providers.quickbooks_online import customers, jobs
from timebridge.providers.quickbooks_online import lists as lists_
from timebridge.providers.quickbooks_online.converters import DURATION, NOTES, STREET
from timebridge.providers.quickbooks_online.customers import CUSTOMER
from timebridge.providers.quickbooks_online.flows import flows
from timebridge.providers.quickbooks_online.jobs import JOB
from timebridge.providers.quickbooks_online.lists import EMPLOYEE, ITEM
from timebridge.providers.quickbooks_online.markers import marked, marker_of, unmarked
from timebridge.providers.quickbooks_online.time_activities import flows as time_activities

(TIME_ACTIVITY,) = (flow.at("books") for flow in time_activities({}))
CLIENT_PROJECT = next(flow for flow in flows({}) if flow.name == "quickbooks_online.client_project")


def test_parents_come_before_children() -> None:
    names = [flow.name for flow in Flows(flows({}))]
    assert names.index(CUSTOMER.name) < names.index(JOB.name) < names.index(TIME_ACTIVITY.name)


def test_a_customer_feeds_clients_and_projects() -> None:
    assert {flow.kind for flow in Flows(flows({})).of(Where.THEIRS, "Customer")} == {"client", "project"}


def test_only_customers_at_the_top_become_clients_and_only_jobs_become_projects() -> None:
    top = {"DisplayName": "Top", "Job": False}
    job = {"DisplayName": "Job", "Job": True, "ParentRef": {"value": "1"}}
    branch = {**job, "HasJobs": True}
    assert [CUSTOMER.when_theirs(values) for values in (top, job)] == [True, False]
    assert [JOB.when_theirs(values) for values in (top, job, branch)] == [False, True, False]
    with_jobs = {**top, "HasJobs": True}
    assert [CLIENT_PROJECT.when_theirs(values) for values in (top, with_jobs, job)] == [True, False, False]


def test_only_service_items_and_active_employees_come_in() -> None:
    assert [ITEM.when_theirs({"Type": kind}) for kind in ("Service", "Inventory", "Category")] == [True, False, False]
    assert [EMPLOYEE.when_theirs({"Active": active}) for active in (True, False)] == [True, False]


def test_only_time_that_somebody_posted_is_in_the_books() -> None:
    statuses = ("draft", "submitted", "approved", "rejected")
    wanted = [TIME_ACTIVITY.when_ours({"status": status, "posted_to": "books"}) for status in statuses]
    assert wanted == [False, True, True, False]  # whether it may be posted is asked before
    assert not TIME_ACTIVITY.when_ours({"status": "approved", "posted_to": "other books"})


def test_the_books_lose_nothing_but_withdrawn_postings() -> None:
    carried = {flow.name for flow in flows({}) if flow.deletions and flow.deletions.goes_out}
    assert carried == {flow.name for flow in flows({}) if flow.posting}
    assert TIME_ACTIVITY.name in carried


def test_jobs_made_inactive_may_keep_their_projects() -> None:
    chosen = {flow.name: flow for flow in flows({"flows": {JOB.name: {"deletions": "none"}}})}
    assert chosen[JOB.name].deletions is None
    assert JOB.deletions is Direction.IN


def test_settings_switch_off_what_is_created() -> None:
    choices = {"customer": "create_theirs", "employee": "create_ours", "time_activity": "create_theirs"}
    wanted = {f"quickbooks_online.{name}": {switch: False} for name, switch in choices.items()}
    chosen = {flow.name: flow for flow in flows({"flows": wanted})}
    assert not chosen[CUSTOMER.name].create_theirs
    assert chosen[CUSTOMER.name].create_ours
    assert not chosen[EMPLOYEE.name].create_ours
    assert not chosen[TIME_ACTIVITY.name].create_theirs
    lists = {flow.name: flow for part in (customers, jobs, lists_) for flow in part.flows({})}
    assert {name for name, flow in lists.items() if not flow.create_ours} == {"quickbooks_online.vendor"}
    assert all(flow.create_theirs for flow in flows({}))


@pytest.mark.parametrize(
    ("hours", "whole"),
    [
        ("1.5", (1, 30)),
        ("1.33", (1, 20)),
        ("0.02", (0, 1)),
        ("7.99", (7, 59)),
        ("7.995", (8, 0)),
        ("24", (24, 0)),
        ("0", (0, 0)),
    ],
)
def test_decimal_hours_become_whole_hours_and_minutes(hours: str, whole: tuple[int, int]) -> None:
    assert DURATION.outgoing(Decimal(hours)) == whole


def test_every_whole_minute_survives_the_way_in_and_out() -> None:
    for minutes in range(0, 24 * 60):
        whole = divmod(minutes, 60)
        assert DURATION.outgoing(DURATION.incoming(*whole)) == whole
    assert DURATION.incoming(None, None) is None
    assert DURATION.incoming(None, 30) == Decimal("0.50")


@pytest.mark.parametrize("street", [None, "1 High Street", "1 High Street\nFloor 2", "a\nb\nc\nd\ne"])
def test_a_street_of_up_to_five_lines_survives_the_way_out_and_in(street: str | None) -> None:
    lines = STREET.outgoing(street)
    assert isinstance(lines, tuple)
    assert len(lines) == 5
    assert STREET.incoming(*lines) == street


def test_a_longer_street_loses_no_text() -> None:
    assert STREET.outgoing("a\nb\nc\nd\ne\nf") == ("a", "b", "c", "d", "e, f")


def test_billing_reads_both_ways() -> None:
    (billable,) = [field for field in TIME_ACTIVITY.fields if field.ours == "billable"]
    assert [billable.converter.outgoing(value) for value in (True, False, None)] == [
        "Billable",
        "NotBillable",
        "NotBillable",
    ]
    assert billable.converter.incoming("HasBeenBilled") is True


def test_a_posting_in_their_terms() -> None:
    entry = {
        "employee": "sta_1",
        "customer": "quickbooks_online.job/pro_1",
        "labour_code": "lab_1",
        "work_date": "2026-11-20",
        "hours": Decimal("2.25"),
        "billable": True,
        "rate": Decimal("95.00"),
        "notes": "Kick-off",
    }
    known = {"quickbooks_online.employee/sta_1": "55", "quickbooks_online.job/pro_1": "8"}
    known["quickbooks_online.item/lab_1"] = "2"
    assert TIME_ACTIVITY.outgoing(entry, known) == {
        "EmployeeRef": {"value": "55"},
        "CustomerRef": {"value": "8"},
        "ItemRef": {"value": "2"},
        "TxnDate": "2026-11-20",
        "Hours": 2,
        "Minutes": 15,
        "BillableStatus": "Billable",
        "HourlyRate": Decimal("95.00"),
        "Description": "Kick-off",
    }


def test_notes_of_a_posting_leave_out_what_quickbooks_refuses() -> None:
    assert NOTES.outgoing("Kick-off \N{PARTY POPPER} in Łódź \N{ROCKET}") == "Kick-off  in Łódź"
    assert NOTES.outgoing(None) is None
    assert NOTES.incoming("Kick-off [timebridge:te_1]") == "Kick-off"
    assert NOTES.incoming("[timebridge:te_1]") is None


@pytest.mark.parametrize("text", [None, "", "Kick-off", "with [brackets] inside", "ends with [one]", "two\nlines "])
def test_a_marker_goes_on_and_comes_off(text: str | None) -> None:
    with_marker = marked(text, "te_1", 4000)
    assert marker_of(with_marker) == "te_1"
    assert unmarked(with_marker).strip() == (text or "").strip()
    assert marker_of(text) is None


def test_a_marker_survives_a_text_that_is_too_long() -> None:
    with_marker = marked("x" * 5000, "te_1", 100)
    assert len(with_marker) == 100
    assert marker_of(with_marker) == "te_1"


def test_marking_twice_leaves_one_marker() -> None:
    assert marked(marked("Kick-off", "te_1", 4000), "te_1", 4000) == "Kick-off [timebridge:te_1]"


def test_the_provider_offers_every_entry_point() -> None:
    module = load("quickbooks_online")
    names = "authorize_url exchange refresh revoke flows open_side probe start_export export_done export_pages"
    assert all(callable(getattr(module, name)) for name in names.split())
    with pytest.raises(AttributeError):
        module.unicorn  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("module", ["notices", "flows"])
def test_a_webhook_door_loads_no_http_client(module: str) -> None:
    heavy = "requests quickbooks boto3 pydantic urllib3"
    code = (
        f"import sys, timebridge.providers.quickbooks_online.{module}\n"
        f"print([name for name in '{heavy}'.split() if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
