"""The lists that come from QuickBooks."""

from collections.abc import Mapping
from typing import Any

from timebridge.converters import MONEY
from timebridge.flows import Direction, Flow, field, one_of

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


def flows(_settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    return EMPLOYEE, ITEM
