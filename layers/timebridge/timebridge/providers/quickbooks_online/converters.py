"""How single values read on the other side."""

import re
from decimal import ROUND_HALF_UP, Decimal

from timebridge.converters import MONEY, UNCHANGED, Converter, choice
from timebridge.providers.quickbooks_online.markers import unmarked
from timebridge.records import Value

MINUTE, CENT, TEN_THOUSANDTH = Decimal(1), Decimal("0.01"), Decimal("0.0001")


def _street_in(*lines: object) -> Value:
    return "\n".join(str(line).strip() for line in lines if line and str(line).strip()) or None


def _street_out(value: Value) -> object:
    said = BEYOND_BASIC_PLANE.sub("", str(value or ""))
    if value and not said.strip():
        return UNCHANGED
    *lines, rest = said.split("\n", 4)
    kept = [line.strip()[:LONGEST_LINE] or None for line in (*lines, rest.replace("\n", ", "))]
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


LONGEST_LINE = 500

BEYOND_BASIC_PLANE = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")
"""What takes four bytes: QuickBooks refuses it in every text."""

STREET = Converter(_street_in, _street_out, note="several lines as one text")
"""One street of several lines in Line1 to Line5."""

DURATION = Converter(_hours_in, _hours_out, note="decimal hours as whole hours and minutes")
"""Decimal hours in whole hours and minutes: 1.33 is 1 hour 20."""

NOTES = Converter(
    lambda value: unmarked(value).strip() or None,
    lambda value: BEYOND_BASIC_PLANE.sub("", str(value)).strip() if value else None,
    note="without emoji, and with our marker at its end over there",
)
"""Text of a posting: without our marker on the way in, without emoji, which QuickBooks refuses, on the way out."""

BILLABLE = choice(
    {"Billable": True, "HasBeenBilled": True, "NotBillable": False},
    {True: "Billable", False: "NotBillable", None: "NotBillable"},
)

DELETED = re.compile(r" \(deleted(-\d+)?\)(?=:|$)")
"""What QuickBooks adds to the name of a record that is made inactive, so that the name is free for another one."""

LONGEST_NAME, LONGEST_PATH = 255, 1_000


def _listed(longest: int) -> Converter:
    def name_in(value: object) -> Value:
        name = DELETED.sub("", str(value or "")).strip()
        return (f"…{name[1 - longest :]}" if len(name) > longest else name) or None

    return Converter(name_in, lambda value: value)


LISTED_NAME, PATH = _listed(LONGEST_NAME), _listed(LONGEST_PATH)
"""The name of an entry of a list, without what marks it as inactive; of a long one, its end."""

PRICE = Converter(lambda value: MONEY.incoming(value) if value else None, MONEY.outgoing)
"""A price of nothing is none: QuickBooks says 0 where nobody gave one."""

PERCENT = Converter(
    lambda value: None if value is None else Decimal(str(value)).quantize(TEN_THOUSANDTH), lambda value: value
)
