"""`Booking` is not a field of QuickBooks: it is on what the lines of a bill or purchase are booked, in one text."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from timebridge.postings.booking import Booked, booking

SPENT = frozenset({"VendorRef", "PaymentType"})
"""What bills and purchases have, and no other document with lines."""

DETAILS = {
    "AccountBasedExpenseLineDetail": ("account", "AccountRef"),
    "ItemBasedExpenseLineDetail": ("item", "ItemRef"),
}


def with_booking(values: Mapping[str, Any]) -> Mapping[str, Any]:
    if "Line" not in values or SPENT.isdisjoint(values):
        return values
    return {**values, "Booking": booking(_booked(values["Line"]))}


def _booked(lines: Sequence[Mapping[str, Any]]) -> Iterator[Booked]:
    for line in lines:
        what, name = DETAILS.get(str(line.get("DetailType")), ("", ""))
        detail = line.get(str(line.get("DetailType"))) or {}
        if what and _id(detail, name) is not None:
            yield Booked(
                Decimal(str(line.get("Amount") or 0)),
                (what, str(_id(detail, name))),
                _id(detail, "CustomerRef"),
                _id(detail, "ClassRef"),
                detail.get("BillableStatus") == "Billable",
            )


def _id(detail: Mapping[str, Any], name: str) -> str | None:
    found = (detail.get(name) or {}).get("value")
    return None if found is None else str(found)
