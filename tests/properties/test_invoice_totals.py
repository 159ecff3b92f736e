"""Whatever is billed, at whatever rates and taxes: QuickBooks comes to our amount and its tax, to the cent."""

import json
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.quickbooks_company import Company
from tests.properties.test_invoice_sums import expense, time
from timebridge.postings.formats import CENT, FORMATS, SUMMARY, Entry, lines_of, summary
from timebridge.providers.quickbooks_online.client import number
from timebridge.providers.quickbooks_online.invoices import line_body

PERCENTS = {None: (), "2": ("8",), "3": ("7.1", "2")}
"""Rates of the tax codes of a fresh company."""


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    with QuickBooks("empty", limits=Limits(enabled=False)) as running:
        yield Company(running).connect()


@pytest.fixture(scope="module")
def customer(company: Company) -> str:
    return str(company.post("Customer", {"DisplayName": "Harbour"})["Id"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(time() | expense(), min_size=1, max_size=12, unique_by=lambda entry: entry.id),
    st.sampled_from([*FORMATS, SUMMARY]),
    st.sampled_from(list(PERCENTS)),
)
def test_the_total_in_quickbooks_is_our_amount_and_its_tax(
    company: Company, customer: str, entries: list[Entry], name: str, code: str | None
) -> None:
    lines = summary(entries, None, None) if name == SUMMARY else lines_of(entries, name)
    marked = [{**line, "tax": "TAX" if code else "NON", "labour_code": "1"} for line in lines]
    without_class = [
        {key: value for key, value in line.items() if key not in ("class", "expense_code")} for line in marked
    ]
    body = {"CustomerRef": {"value": customer}, "Line": [line_body(line) for line in without_class]}
    if code:
        body["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": code}}
    form = company.post("Invoice", json.loads(json.dumps(body, default=number)))

    amount = sum((entry.amount for entry in entries), Decimal())
    taxes = [(amount * Decimal(rate) / 100).quantize(CENT, ROUND_HALF_UP) for rate in PERCENTS[code]]
    assert Decimal(str(form["TxnTaxDetail"]["TotalTax"])) == sum(taxes, Decimal())
    assert Decimal(str(form["TotalAmt"])).quantize(CENT) == amount + sum(taxes, Decimal())
