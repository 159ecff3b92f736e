"""Clients and projects: the customers of QuickBooks, those at the top and the jobs below them.

Names and texts that travel both ways are not cut to QuickBooks' lengths: two long names could become one, and names are
unique there. One that is too long is refused by QuickBooks and parked with what to do.

`TopRef` is not a field of QuickBooks: it is the customer at the top of a job's chain of parents, which may have up to
five levels, and the Side finds it (and turns it into `ParentRef` when it writes).
"""

from collections.abc import Mapping
from typing import Any

from timebridge.flows import Direction, Flow, field, one_of, ref
from timebridge.providers.quickbooks_online.converters import STREET

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


def flows(_settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    return CUSTOMER, JOB
