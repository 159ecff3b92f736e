"""Several currencies, and taxes elsewhere than in the US, in the QuickBooks sandbox."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.quickbooks_company import Company, Refusal

SALE = {"DetailType": "SalesItemLineDetail", "Amount": 100}
EUR = {"CurrencyRef": {"value": "EUR"}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[QuickBooks]:
    with QuickBooks("empty", limits=Limits(enabled=False)) as running:
        yield running


def several_currencies(company: Company) -> dict[str, str]:
    prefs = {"Id": "1", "CurrencyPrefs": {"MultiCurrencyEnabled": True, "HomeCurrency": {"value": "USD"}}}
    company.person("Preferences", prefs)
    return {"value": company.post("Customer", {"DisplayName": "Client", **EUR})["Id"]}


def elsewhere(company: Company) -> str:
    """A company outside the US; the id of a tax code of theirs."""
    company.person("CompanyInfo", {"Id": "1", "CompanyName": "Elsewhere", "Country": "GB"})
    return "2"


def with_tax(code: str | None, amount: float = 100) -> dict[str, Any]:
    return {**SALE, "Amount": amount, "SalesItemLineDetail": {"TaxCodeRef": {"value": code}} if code else {}}


def refused(company: Company, entity: str, body: dict[str, Any]) -> str:
    with pytest.raises(Refusal) as refusal:
        company.post(entity, body)
    return str(refusal.value.code)


def test_an_invoice_in_another_currency_says_what_it_comes_to_at_home(company: Company) -> None:
    client = several_currencies(company)
    invoice = company.post("Invoice", {"CustomerRef": client, **EUR, "ExchangeRate": 1.1, "Line": [SALE]})
    shown = [invoice[name] for name in ("TotalAmt", "Balance", "HomeTotalAmt", "HomeBalance")]
    assert shown == [100, 100, 110, 110]
    applied = [{"Amount": 40, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]
    company.post("Payment", {"CustomerRef": client, **EUR, "TotalAmt": 40, "Line": applied})
    after = company.read("Invoice", invoice["Id"])
    assert (after["Balance"], after["HomeBalance"], after["HomeTotalAmt"]) == (60, 66, 110)


def test_the_rate_of_the_day_is_taken_where_none_is_given(company: Company) -> None:
    client = several_currencies(company)
    invoice = company.post("Invoice", {"CustomerRef": client, **EUR, "Line": [SALE]})
    assert (invoice["ExchangeRate"], invoice["HomeTotalAmt"]) == (1.08, 108)


def test_the_currency_is_told_and_is_that_of_the_customer(company: Company) -> None:
    client = several_currencies(company)
    assert refused(company, "Invoice", {"CustomerRef": client, "Line": [SALE]}) == "2020"
    wrong = {"CustomerRef": client, "CurrencyRef": {"value": "USD"}, "Line": [SALE]}
    assert refused(company, "Invoice", wrong) == "6000"
    picked = company.person("Invoice", {"CustomerRef": client, "Line": [SALE]})
    assert picked["CurrencyRef"]["value"] == "EUR"


def test_at_home_the_rate_is_one(company: Company) -> None:
    several_currencies(company)
    client = {"value": company.post("Customer", {"DisplayName": "Near"})["Id"]}
    usd = {"CurrencyRef": {"value": "USD"}, "ExchangeRate": 3}
    invoice = company.post("Invoice", {"CustomerRef": client, **usd, "Line": [SALE]})
    assert (invoice["ExchangeRate"], invoice["HomeTotalAmt"]) == (1, 100)


def test_outside_the_us_each_line_has_a_code_of_its_own(company: Company) -> None:
    code, client = elsewhere(company), {"value": company.post("Customer", {"DisplayName": "Client"})["Id"]}
    invoice = company.post("Invoice", {"CustomerRef": client, "Line": [with_tax(code, 33.33), with_tax("3", 50)]})
    assert invoice["GlobalTaxCalculation"] == "TaxExcluded"
    assert [line["Amount"] for line in invoice["TxnTaxDetail"]["TaxLine"]] == [2.67, 3.55, 1]
    assert (invoice["TxnTaxDetail"]["TotalTax"], invoice["TotalAmt"]) == (7.22, 90.55)
    for without in (None, "TAX"):
        assert refused(company, "Invoice", {"CustomerRef": client, "Line": [with_tax(without)]}) == "6000"


def test_where_tax_does_not_apply_there_is_none(company: Company) -> None:
    code, client = elsewhere(company), {"value": company.post("Customer", {"DisplayName": "Client"})["Id"]}
    plain = {"CustomerRef": client, "GlobalTaxCalculation": "NotApplicable", "Line": [with_tax(code)]}
    assert company.post("Invoice", plain)["TotalAmt"] == 100
    assert refused(company, "Invoice", {**plain, "TxnTaxDetail": {"TotalTax": 8}}) == "6170"


def test_a_form_that_is_taxed_automatically_has_at_most_750_lines(company: Company) -> None:
    company.person(
        "Preferences",
        {"Id": "1", "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True, "TaxGroupCodeRef": {"value": "2"}}},
    )
    client = {"value": company.post("Customer", {"DisplayName": "Client"})["Id"]}
    for lines, code in ((751, "TAX"), (750, "TAX"), (751, "NON")):
        body = {"CustomerRef": client, "Line": [with_tax(code, 1)] * lines}
        if (lines, code) == (751, "TAX"):
            assert refused(company, "Invoice", body) == "6000"
        else:
            assert len(company.post("Invoice", body)["Line"]) == lines + 1
