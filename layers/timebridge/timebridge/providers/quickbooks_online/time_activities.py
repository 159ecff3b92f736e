"""Posting of time: approved hours are TimeActivities."""

from collections.abc import Mapping
from typing import Any

from timebridge.converters import DATE, MONEY
from timebridge.flows import Direction, Flow, field, one_of, ref
from timebridge.providers.quickbooks_online.converters import BILLABLE, DURATION, NOTES

TIME_ACTIVITY = Flow(
    "quickbooks_online.time_activity",
    kind="time_entry",
    object="TimeActivity",
    direction=Direction.OUT,
    posting=True,
    when_ours=one_of("status", "approved"),
    deletions=Direction.OUT,
    on_create_theirs={"NameOf": "Employee"},
    fields=(
        ref("staff", "EmployeeRef.value", parent="quickbooks_online.employee"),
        ref("project", "CustomerRef.value", parent="quickbooks_online.job"),
        ref("labour_code", "ItemRef.value", parent="quickbooks_online.item"),
        field("work_date", "TxnDate", DATE),
        field("hours", ("Hours", "Minutes"), DURATION),
        field("billable", "BillableStatus", BILLABLE),
        field("rate", "HourlyRate", MONEY),
        field("notes", "Description", NOTES),
    ),
)


def flows(_settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    return (TIME_ACTIVITY,)
