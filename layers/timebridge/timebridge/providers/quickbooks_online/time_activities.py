"""Posting of time: approved hours are TimeActivities. What they say is composed in `timebridge.postings.time`."""

from collections.abc import Mapping
from typing import Any

from timebridge.converters import DATE, MONEY
from timebridge.errors import Rejected
from timebridge.flows import Direction, Flow, either, field, known_as, maybe
from timebridge.postings.refusals import first_of, imported, in_closed_period, not_ready, too_early
from timebridge.postings.settings import posted_here, posting_of
from timebridge.postings.time import TimePosting
from timebridge.providers.quickbooks_online.converters import BILLABLE, DURATION, NOTES
from timebridge.records import Values

FIELDS = (
    field("name_of", "NameOf"),
    known_as("staff", maybe("employee", "EmployeeRef.value", parent="quickbooks_online.employee")),
    known_as("staff", maybe("vendor", "VendorRef.value", parent="quickbooks_online.vendor")),
    known_as("project", either("customer", "CustomerRef.value", "quickbooks_online.job", "quickbooks_online.customer")),
    maybe("labour_code", "ItemRef.value", parent="quickbooks_online.item"),
    maybe("class", "ClassRef.value", parent="quickbooks_online.class"),
    maybe("department", "DepartmentRef.value", parent="quickbooks_online.department"),
    field("work_date", "TxnDate", DATE),
    field("hours", ("Hours", "Minutes"), DURATION),
    field("billable", "BillableStatus", BILLABLE),
    field("rate", "HourlyRate", MONEY),
    field("notes", "Description", NOTES),
)


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    posting: TimePosting = posting_of(settings, "time")
    return (
        Flow(
            "quickbooks_online.time_activity",
            kind="time_entry",
            object="TimeActivity",
            direction=Direction.OUT,
            posting=True,
            when_ours=posted_here(posting),
            deletions=Direction.OUT,
            update_theirs=posting.update_theirs,
            fields=FIELDS,
            refusal=first_of(
                imported,
                not_ready(posting),
                too_early(posting, "work_date"),
                in_closed_period("work_date", asked=posting.closed == "ask"),
                nobody,
                nothing_to_charge,
                *(() if posting.without_item == "post" else (no_item,)),
                no_time,
                no_rate,
            ),
        ),
    )


def nobody(values: Values) -> Rejected | None:
    if values.get("employee") is not None or values.get("vendor") is not None:
        return None
    return Rejected(
        "The person is neither an employee nor a vendor in QuickBooks.",
        remedy="Link the person to an employee or a vendor.",
        field="staff",
        trouble="reference",
    )


def nothing_to_charge(values: Values) -> Rejected | None:
    if values.get("customer") is not None:
        return None
    return Rejected(
        "Neither the project nor its client is a customer in QuickBooks.",
        remedy="Link the project to a job, or its client to a customer.",
        field="project",
        trouble="reference",
    )


def no_item(values: Values) -> Rejected | None:
    if not values.get("without_item"):
        return None
    return Rejected(
        "The labour code has no item in QuickBooks.",
        remedy="Link it to a service item, or choose in the settings to post such time without one.",
        field="labour_code",
        trouble="reference",
    )


def no_time(values: Values) -> Rejected | None:
    if values.get("hours"):
        return None
    return Rejected("It has no hours.", remedy="Enter hours, or delete it.", field="hours")


def no_rate(values: Values) -> Rejected | None:
    if not values.get("billable") or values.get("rate") is not None:
        return None
    return Rejected(
        "It is billable, and no rate is known for it.",
        remedy="Give the entry, the person, the project or the labour code a rate.",
        field="rate",
    )
