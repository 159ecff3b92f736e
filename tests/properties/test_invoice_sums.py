"""Whatever is billed, at whatever rates: the lines of an invoice come to its amount, in every format."""

import json
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from sandbox.quickbooks.sales import calculated
from timebridge.postings.formats import CENT, FORMATS, SUMMARY, Entry, lines_of, summary
from timebridge.providers.quickbooks_online.client import number
from timebridge.providers.quickbooks_online.invoices import line_body

HOURS = st.decimals("0.01", "24", places=2)
RATES = st.decimals("0", "999.99", places=2)
DATES = st.dates().map(lambda date: date.isoformat())
CODES = st.sampled_from([("labour_code", "lab_1"), ("labour_code", "lab_2"), None])
CLASSES = st.sampled_from(["cls_1", "cls_2", None])


@st.composite
def time(draw: st.DrawFn) -> Entry:
    hours, rate = draw(HOURS), draw(RATES)
    amount = (hours * rate).quantize(CENT, ROUND_HALF_UP)
    id, person = str(draw(st.integers(0, 10**9))), draw(st.sampled_from(["Casey", "Jules"]))
    return Entry(id, draw(DATES), amount, draw(CODES), None, person, None, hours, rate, draw(CLASSES))


@st.composite
def expense(draw: st.DrawFn) -> Entry:
    id, amount = str(draw(st.integers(0, 10**9))), draw(st.decimals("0", "99999.99", places=2))
    return Entry(id, draw(DATES), amount, ("expense_code", "xpc_1"), class_=draw(CLASSES))


@given(
    st.lists(time() | expense(), max_size=30, unique_by=lambda entry: entry.id), st.sampled_from([*FORMATS, SUMMARY])
)
def test_the_lines_come_to_the_amount_to_the_cent(entries: list[Entry], name: str) -> None:
    lines = summary(entries, None, None) if name == SUMMARY else lines_of(entries, name)
    assert sum((Decimal(line["amount"]) for line in lines), Decimal()) == sum((e.amount for e in entries), Decimal())
    for line in lines:
        if "quantity" in line:
            product = (Decimal(line["quantity"]) * Decimal(line["rate"])).quantize(CENT, ROUND_HALF_UP)
            assert Decimal(line["amount"]) == product  # anything else is refused there (6070)


@given(
    st.lists(time() | expense(), max_size=30, unique_by=lambda entry: entry.id), st.sampled_from([*FORMATS, SUMMARY])
)
def test_quickbooks_comes_to_the_same_amount(entries: list[Entry], name: str) -> None:
    """It multiplies quantity and price itself, and refuses a line whose amount is another."""
    total = Decimal()
    for line in summary(entries, None, None) if name == SUMMARY else lines_of(entries, name):
        sent = json.loads(json.dumps(line_body(line), default=number))
        calculated(sent, sent["SalesItemLineDetail"])
        total += Decimal(str(sent["Amount"]))
    assert total == sum((entry.amount for entry in entries), Decimal())
