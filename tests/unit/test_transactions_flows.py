"""Images of the documents of QuickBooks, by their flows alone."""

from decimal import Decimal
from typing import Any

import pytest

from timebridge.flows import MANAGED_BY, Flow
from timebridge.providers.quickbooks_online.transactions import (
    CREDIT_MEMO,
    ESTIMATE,
    INVOICE,
    PAYMENT,
    SALES_RECEIPT,
    TIME,
    TRANSACTIONS,
    elapsed,
    is_void,
)


def read(flow: Flow, **values: Any) -> dict[str, Any]:
    return dict(flow.incoming(values, {"quickbooks_online.customer/1": "cli_1"}))


@pytest.mark.parametrize(
    ("flow", "values", "status"),
    [
        (INVOICE, {"TotalAmt": 10, "Balance": 10}, "open"),
        (INVOICE, {"TotalAmt": 10, "Balance": 4}, "partly paid"),
        (INVOICE, {"TotalAmt": 10, "Balance": 0}, "paid"),
        (INVOICE, {"TotalAmt": 0, "Balance": 0, "PrivateNote": "Voided - was wrong"}, "void"),
        (INVOICE, {"TotalAmt": 0, "Balance": 0, "PrivateNote": "A present"}, "paid"),
        (PAYMENT, {"TotalAmt": 10, "UnappliedAmt": 10}, "unapplied"),
        (PAYMENT, {"TotalAmt": 10, "UnappliedAmt": 3}, "partly applied"),
        (PAYMENT, {"TotalAmt": 10, "UnappliedAmt": 0}, "applied"),
        (CREDIT_MEMO, {"TotalAmt": 10, "RemainingCredit": 0}, "applied"),
        (ESTIMATE, {"TxnStatus": "Accepted"}, "accepted"),
        (ESTIMATE, {}, None),
        (SALES_RECEIPT, {"TotalAmt": 5}, "paid"),
        (SALES_RECEIPT, {"TotalAmt": 0, "PrivateNote": "Voided"}, "void"),
        (TIME, {"BillableStatus": "HasBeenBilled"}, "billed"),
        (TIME, {"BillableStatus": "Billable"}, "unbilled"),
    ],
)
def test_the_status_follows_from_what_quickbooks_says(flow: Flow, values: dict[str, Any], status: str | None) -> None:
    assert read(flow, **values)["status"] == status


def test_what_amounts_to_nothing_is_not_void_for_that() -> None:
    assert is_void(0, "Voided")
    assert not is_void(0, None)
    assert not is_void(Decimal("0.01"), "Voided")


def test_time_is_told_by_the_hour_or_by_the_clock() -> None:
    clock = {"StartTime": "2026-11-20T08:00:00-08:00", "EndTime": "2026-11-20T17:00:00-08:00", "BreakMinutes": 30}

    assert elapsed(2, 20, None, None, None, None).quantize(Decimal("0.01")) == Decimal("2.33")
    by_clock = read(TIME, **clock, HourlyRate=Decimal("99.99"), EmployeeRef={"name": "Casey"})
    assert (by_clock["hours"], by_clock["amount"], by_clock["person"]) == (Decimal("8.50"), Decimal("849.92"), "Casey")


def test_a_document_belongs_to_the_client_at_the_top_and_says_which_job_it_is_on() -> None:
    on_job = read(INVOICE, CustomerRef={"value": "8", "name": "Cranes"}, TopRef={"value": "1"})
    on_client = read(INVOICE, CustomerRef={"value": "1", "name": "Harbour"}, TopRef={"value": "1"})

    assert (on_job["client"], on_job["job"]) == ("cli_1", "Cranes")
    assert (on_client["client"], on_client["job"]) == ("cli_1", None)


def test_an_image_keeps_our_marker_out_and_is_managed_by_its_connection() -> None:
    assert read(INVOICE, PrivateNote="Late [timebridge:inv_1]")["notes"] == "Late"
    assert [flow.at("books").on_create_ours for flow in TRANSACTIONS[:1]] == [{"type": "invoice", MANAGED_BY: "books"}]


@pytest.mark.parametrize("flow", TRANSACTIONS, ids=lambda flow: flow.name)
def test_an_image_never_goes_out_and_wants_a_customer(flow: Flow) -> None:
    assert not flow.direction.goes_out
    assert not flow.when_theirs({"BillableStatus": "Billable"})
    assert flow.when_theirs({"BillableStatus": "Billable", "CustomerRef": {"value": "1"}})


def test_time_that_is_not_billable_is_nobodys_business() -> None:
    assert not TIME.when_theirs({"BillableStatus": "NotBillable", "CustomerRef": {"value": "1"}})
