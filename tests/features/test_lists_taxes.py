"""Sales taxes of QuickBooks in the workspace: no notice tells of them, so the nightly pull reads them whole."""

from decimal import Decimal

from tests.features.bookkeeping import kept
from tests.stage import Stage
from timebridge.providers.quickbooks_online.flows import flows
from timebridge.store.records import Workspace


def test_D39_sales_tax_codes_and_rates_come_by_themselves(stage: Stage, workspace: Workspace) -> None:
    books = kept(stage, workspace, ("tax_rate", "tax_code"))

    rates = {name: record.values["percent"] for name, record in books.all("tax_rate").items()}
    assert rates == {"AZ State tax": Decimal("7.1"), "Tucson City": Decimal(2), "California": Decimal(8)}
    codes = {name: (each.values["taxable"], each.values["percent"]) for name, each in books.all("tax_code").items()}
    assert codes["Tucson"] == (True, Decimal("9.1"))  # of two rates
    assert codes["California"] == (True, Decimal(8))
    assert codes["NON"] == (False, None)
    assert codes["TAX"] == (True, None)  # whatever Intuit calculates


def test_D40_a_rate_that_goes_from_8_to_8_25_follows_by_itself(stage: Stage, workspace: Workspace) -> None:
    books = kept(stage, workspace, ("tax_rate", "tax_code"))

    books.changed("TaxRate", Id="3", RateValue=8.25)

    assert books.one("tax_rate", "California")["percent"] == Decimal("8.25")
    assert books.one("tax_code", "California")["percent"] == Decimal("8.25")  # which did not change itself
    assert {flow.rhythm for flow in flows({}) if flow.kind in ("tax_rate", "tax_code")} == {"daily"}


def test_D40_the_rate_that_counts_today_is_the_one_that_comes(stage: Stage, workspace: Workspace) -> None:
    books = kept(stage, workspace, ("tax_rate", "tax_code"))
    before, now, later = (
        {"RateValue": 8, "EffectiveDate": "2020-01-01", "EndDate": "2024-12-31"},
        {"RateValue": 8.875, "EffectiveDate": "2025-01-01", "EndDate": "2098-12-31"},
        {"RateValue": 9, "EffectiveDate": "2099-01-01"},
    )

    books.changed("TaxRate", Id="3", RateValue=9, EffectiveTaxRate=[before, later, now])

    assert books.one("tax_rate", "California")["percent"] == Decimal("8.875")
