"""What goes between the workspace and QuickBooks Online, as data.

Deletions never reach the books: a customer, employee or item that is made inactive in QuickBooks archives its
counterpart here, while archiving a record here leaves the books alone. Postings are the exception: withdrawing an
approved time entry takes its TimeActivity out again.

Names and texts that travel both ways are not cut to QuickBooks' lengths: two long names could become one, and names are
unique there. One that is too long is refused by QuickBooks and parked with what to do. The notes of a posting are cut.

`TopRef` is not a field of QuickBooks: it is the customer at the top of a job's chain of parents, which may have up to
five levels, and the Side finds it (and turns it into `ParentRef` when it writes).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from timebridge.choices import overlaid
from timebridge.flows import DATE, MONEY, Converter, Direction, Flow, choice, field, one_of, ref
from timebridge.providers.quickbooks_online.markers import unmarked
from timebridge.records import Value

MINUTE, CENT = Decimal(1), Decimal("0.01")


def _street_in(*lines: object) -> Value:
    return "\n".join(str(line).strip() for line in lines if line and str(line).strip()) or None


def _street_out(value: Value) -> object:
    *lines, rest = str(value).split("\n", 4) if value else [None]
    kept = [*lines, str(rest).replace("\n", ", ") if rest else rest]
    return tuple([*kept, None, None, None, None][:5])


def _hours_in(hours: object, minutes: object) -> Value:
    if hours is None and minutes is None:
        return None
    whole = Decimal(str(hours or 0)) + Decimal(str(minutes or 0)) / 60
    return whole.quantize(CENT, ROUND_HALF_UP)


def _hours_out(value: Value) -> object:
    if value is None:
        return (None, None)
    minutes = (Decimal(str(value)) * 60).quantize(MINUTE, ROUND_HALF_UP)
    return tuple(int(part) for part in divmod(minutes, 60))


STREET = Converter(_street_in, _street_out)
"""One street of several lines in Line1 to Line5."""

DURATION = Converter(_hours_in, _hours_out)
"""Decimal hours in whole hours and minutes: 1.33 is 1 hour 20."""

BEYOND_BASIC_PLANE = re.compile("[\U00010000-\U0010ffff]")

NOTES = Converter(
    lambda value: unmarked(value).strip() or None,
    lambda value: BEYOND_BASIC_PLANE.sub("", str(value)).strip() if value else None,
)
"""Text of a posting: without our marker on the way in, without emoji, which QuickBooks refuses, on the way out."""

BILLABLE = choice(
    {"Billable": True, "HasBeenBilled": True, "NotBillable": False},
    {True: "Billable", False: "NotBillable", None: "NotBillable"},
)

ADDRESS_LINES = tuple(f"BillAddr.Line{number}" for number in range(1, 6))

CUSTOMER = Flow(
    "quickbooks_online.customer",
    kind="client",
    object="Customer",
    match="name",
    when_theirs=one_of("ParentRef.value", None),
    deletions=Direction.IN,
    fields=(
        field("name", "DisplayName"),
        field("legal_name", "CompanyName"),
        field("email", "PrimaryEmailAddr.Address"),
        field("phone", "PrimaryPhone.FreeFormNumber"),
        field("fax", "Fax.FreeFormNumber"),
        field("website", "WebAddr.URI"),
        field("address_street", ADDRESS_LINES, STREET),
        field("address_city", "BillAddr.City"),
        field("address_state", "BillAddr.CountrySubDivisionCode"),
        field("address_zip", "BillAddr.PostalCode"),
        field("address_country", "BillAddr.Country"),
        field("notes", "Notes"),
    ),
)

JOB = Flow(
    "quickbooks_online.job",
    kind="project",
    object="Customer",
    match="name",
    when_theirs=one_of("Job", True),
    deletions=Direction.IN,
    on_create_theirs={"Job": True},
    fields=(
        field("name", "DisplayName"),
        ref("client", "TopRef.value", parent="quickbooks_online.customer"),
        field("notes", "Notes"),
    ),
)

EMPLOYEE = Flow(
    "quickbooks_online.employee",
    kind="staff",
    object="Employee",
    direction=Direction.IN,
    match="name",
    when_theirs=one_of("Active", True, None),
    deletions=Direction.IN,
    fields=(
        field("name", "DisplayName"),
        field("given_name", "GivenName"),
        field("family_name", "FamilyName"),
        field("email", "PrimaryEmailAddr.Address"),
        field("rate", "BillRate", MONEY),
    ),
)

ITEM = Flow(
    "quickbooks_online.item",
    kind="labour_code",
    object="Item",
    direction=Direction.IN,
    match="name",
    when_theirs=one_of("Type", "Service"),
    deletions=Direction.IN,
    fields=(
        field("name", "Name"),
        field("rate", "UnitPrice", MONEY),
    ),
)

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

FLOWS = (CUSTOMER, JOB, EMPLOYEE, ITEM, TIME_ACTIVITY)

SWITCHES = {
    CUSTOMER.name: ("create_clients", "create_customers"),
    JOB.name: ("create_projects", "create_jobs"),
    EMPLOYEE.name: ("create_staff", ""),
    ITEM.name: ("create_labour_codes", ""),
    TIME_ACTIVITY.name: ("", "post_time"),
}
"""For each flow the settings that say whether it creates records here, and there."""


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    """The flows of a connection, parents first.

    Settings, all optional and true unless set: `create_clients`, `create_projects`, `create_staff` and
    `create_labour_codes` (what is found in QuickBooks is created here), `create_customers` and `create_jobs` (clients
    and projects made here are created there), `post_time` (approved hours go into the books). `flows`: what is chosen
    of each of them (see `timebridge.choices`).
    """
    switched = (
        replace(
            flow,
            create_ours=bool(settings.get(SWITCHES[flow.name][0], flow.create_ours)),
            create_theirs=bool(settings.get(SWITCHES[flow.name][1], flow.create_theirs)),
        )
        for flow in FLOWS
    )
    return overlaid(switched, settings.get("flows", {}))
