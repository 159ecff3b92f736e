"""How single values read on the other side."""

import re
from decimal import ROUND_HALF_UP, Decimal

from timebridge.converters import Converter, choice
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
