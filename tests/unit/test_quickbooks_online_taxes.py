"""What a tax of QuickBooks comes to."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from timebridge.providers.quickbooks_online.taxes import Taxes, in_force, together
from timebridge.records import Record

TODAY = date(2026, 11, 21)


def test_rates_on_the_amount_add_up_and_others_build_on_the_tax_so_far() -> None:
    seven, one = Decimal(7), Decimal(1)
    assert together([("TaxOnAmount", seven), ("TaxOnAmount", one)]) == Decimal(8)
    assert together([("TaxOnAmount", seven), ("TaxOnAmountPlusTax", one)]) == Decimal("8.07")
    assert together([("TaxOnAmount", seven), ("TaxOnTax", one)]) == Decimal("7.07")
    assert together([("TaxOnAmount", None)]) == Decimal(0)
    assert together([]) is None


@pytest.mark.parametrize(
    ("rate", "percent"),
    [
        ({}, None),
        ({"RateValue": 5}, Decimal(5)),
        ({"RateValue": 5, "EffectiveTaxRate": [{"RateValue": 6, "EffectiveDate": "2026-11-22"}]}, Decimal(5)),
        ({"RateValue": 5, "EffectiveTaxRate": [{"RateValue": 6, "EffectiveDate": "2026-11-21"}]}, Decimal(6)),
        ({"EffectiveTaxRate": [{"RateValue": 6, "EffectiveDate": "2020-01-01", "EndDate": "2026-11-20"}]}, None),
        ({"EffectiveTaxRate": [{"RateValue": 6, "EndDate": "2026-11-21T00:00:00-08:00"}]}, Decimal(6)),
    ],
)
def test_the_rate_in_force(rate: dict[str, Any], percent: Decimal | None) -> None:
    assert in_force(rate, TODAY) == percent


def test_a_code_reads_the_rates_that_nobody_has_read_yet() -> None:
    asked: list[list[str]] = []

    def find(ids: Any) -> list[Record]:
        asked.append(list(ids))
        return [Record(id, {"RateValue": int(id)}) for id in ids]

    taxes = Taxes(find, TODAY)
    [rate] = taxes.rates([Record("1", {"RateValue": 1})])
    details = [{"TaxRateRef": {"value": id}, "TaxTypeApplicable": "TaxOnAmount"} for id in ("1", "2")]
    sold = Record("c", {"SalesTaxRateList": {"TaxRateDetail": details}})
    bought = Record("d", {"SalesTaxRateList": {"TaxRateDetail": []}, "PurchaseTaxRateList": {"TaxRateDetail": details}})
    codes = taxes.codes([sold, bought, Record("NON", {})])

    assert rate.values["PercentNow"] == Decimal(1)
    assert [code.values["PercentNow"] for code in codes] == [Decimal(3), Decimal(3), None]
    assert asked == [["2"]]
