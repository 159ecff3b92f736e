"""What a tax comes to: the rate that is in force today, and what the rates of a code make together.

QuickBooks says neither: a rate lists its values with the days from which and until which each counts, and a code only
names its rates and what each of them is on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from timebridge.records import Record

HUNDRED = Decimal(100)

type Find = Callable[[Sequence[str]], Sequence[Record]]


class Taxes:
    """Remembers the rates it has seen, and reads those that a code names and that were not among them."""

    def __init__(self, find: Find, today: date) -> None:
        self._find = find
        self._today = today
        self._rates: dict[str, Decimal | None] = {}

    def rates(self, records: Sequence[Record]) -> list[Record]:
        """The rates, each with `PercentNow`."""
        self._rates |= {record.id: in_force(record.values, self._today) for record in records}
        return [_with_percent(record, self._rates[record.id]) for record in records]

    def codes(self, records: Sequence[Record]) -> list[Record]:
        """The codes, each with `PercentNow`; None where no rates are listed, as where Intuit calculates the tax."""
        named = {id for record in records for detail in details_of(record.values) if (id := _rate_of(detail))}
        if unknown := named - set(self._rates):
            self.rates(self._find(sorted(unknown)))
        return [_with_percent(record, self._together(record.values)) for record in records]

    def _together(self, code: Mapping[str, Any]) -> Decimal | None:
        details = sorted(details_of(code), key=lambda detail: int(detail.get("TaxOrder") or 0))
        return together((str(each.get("TaxTypeApplicable")), self._rates.get(_rate_of(each))) for each in details)


def together(rates: Iterable[tuple[str, Decimal | None]]) -> Decimal | None:
    """The percentage that rates make of an amount, each on the amount, on the tax so far, or on both."""
    total: Decimal | None = None
    for on, rate in rates:
        so_far = total or Decimal(0)
        base = {"TaxOnAmountPlusTax": HUNDRED + so_far, "TaxOnTax": so_far}.get(on, HUNDRED)
        total = so_far + (rate or 0) * base / HUNDRED
    return total


def in_force(rate: Mapping[str, Any], today: date) -> Decimal | None:
    """The value that counts on a day; the one without a day where none is listed for it."""
    listed = [each for each in rate.get("EffectiveTaxRate") or () if _counts(each, today.isoformat())]
    newest = max(listed, key=lambda each: str(each.get("EffectiveDate") or ""), default=rate)
    value = newest.get("RateValue")
    return None if value is None else Decimal(str(value))


def _counts(value: Mapping[str, Any], today: str) -> bool:
    """Days may carry a time and an offset; the day as it is written counts."""
    begins, ends = (str(value.get(name) or "")[:10] for name in ("EffectiveDate", "EndDate"))
    return begins <= today and (not ends or today <= ends)


def details_of(code: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a code puts on sales; what it puts on purchases where it is for those alone."""
    lists = (code.get(name) or {} for name in ("SalesTaxRateList", "PurchaseTaxRateList"))
    return next((found for each in lists if (found := each.get("TaxRateDetail"))), [])


def _rate_of(detail: Mapping[str, Any]) -> str:
    return str((detail.get("TaxRateRef") or {}).get("value") or "")


def _with_percent(record: Record, percent: Decimal | None) -> Record:
    return replace(record, values={**record.values, "PercentNow": percent})
