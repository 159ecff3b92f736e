"""How invoices are written to QuickBooks: lines, numbers that are taken, what keeps a form in the books."""

from decimal import Decimal
from typing import Any

import pytest

from timebridge.errors import Locked
from timebridge.providers import quickbooks_online
from timebridge.providers.quickbooks_online import numbers
from timebridge.providers.quickbooks_online.bodies import Change, item_of
from timebridge.providers.quickbooks_online.invoices import line_body as body
from timebridge.providers.quickbooks_online.invoices import (
    long_number,
    no_address,
    odd_lines,
    too_many_lines,
)
from timebridge.providers.quickbooks_online.payments import application
from timebridge.providers.quickbooks_online.removing import obstacle
from timebridge.providers.quickbooks_online.shapes import shape_of
from timebridge.records import Record
from timebridge.sides import Delete, Update, Written

SHAPE = shape_of("Invoice")


def form(id: str = "9", number: str = "17", record: str = "inv_1", **values: Any) -> Record:
    told = {"DocNumber": number, "TotalAmt": 5, "PrivateNote": f"Hello [timebridge:{record}]", **values}
    return Record(id, told, "3")


VOID: dict[str, Any] = {"TotalAmt": 0, "PrivateNote": "Voided - Hello [timebridge:inv_1]"}


def test_a_line_says_what_is_sold_and_no_more_than_is_known() -> None:
    assert body({"amount": "150.00", "text": "Wiring \U0001f600", "labour_code": "3"}) == {
        "DetailType": "SalesItemLineDetail",
        "Amount": Decimal("150.00"),
        "Description": "Wiring ",
        "SalesItemLineDetail": {"ItemRef": {"value": "3"}},
    }
    whole = {"amount": "150.00", "quantity": "1.5", "rate": "100", "date": "2026-11-20", "class": "7", "tax": "TAX"}
    line = body({**whole, "expense_code": "4", "time": "21"})
    assert line["SalesItemLineDetail"] == {
        **{"ItemRef": {"value": "4"}, "Qty": Decimal("1.5"), "UnitPrice": Decimal(100)},
        **{"ServiceDate": "2026-11-20", "ClassRef": {"value": "7"}, "TaxCodeRef": {"value": "TAX"}},
    }
    assert line["LinkedTxn"] == [{"TxnId": "21", "TxnType": "TimeActivity", "TxnLineId": "1"}]
    assert body({"amount": "1", "item": "5", "tax_code": "9"})["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "9"}


@pytest.mark.parametrize(
    ("holders", "there", "free"),
    [
        ([form()], "9", False),
        ([form(**VOID)], None, True),
        ([form(**VOID), form("10")], "10", False),
        ([form(record="inv_2")], None, False),
        ([form(**VOID), form("10", record="inv_2")], None, False),
        ([form(number="18")], None, False),
        ([], None, False),
    ],
)
def test_a_number_that_is_taken_is_ours_already_or_free_again_or_somebody_else_s(
    holders: list[Record], there: str | None, free: bool
) -> None:
    found, may = numbers.own(holders, "17", "inv_1", SHAPE)
    assert (found.id if found else None, may) == (there, free)


def test_only_the_refusal_of_a_number_is_one() -> None:
    fault = {"Fault": {"Error": [{"code": "6140", "Message": "taken"}], "type": "ValidationFault"}}
    assert numbers.is_taken(fault, SHAPE)
    assert not numbers.is_taken(fault, shape_of("TimeActivity"))
    assert not numbers.is_taken({"Fault": {"Error": [{"code": "6000"}]}}, SHAPE)
    assert not numbers.is_taken({"Invoice": {}}, SHAPE)


def test_what_was_paid_on_stays_and_what_is_void_is_out_already() -> None:
    delete = Delete("9", "3")
    paid = form(LinkedTxn=[{"TxnId": "1", "TxnType": "Payment"}])
    assert isinstance(obstacle("Invoice", Change(1, delete, paid)), Locked)
    assert obstacle("Invoice", Change(1, delete, form(**VOID))) == Written("9", None)
    for name, change in (
        ("Invoice", Change(1, delete, form(LinkedTxn=[{"TxnId": "1", "TxnType": "TimeActivity"}]))),
        ("Invoice", Change(1, delete)),
        ("Invoice", Change(1, Update("9", {}, "3"), paid)),
        ("TimeActivity", Change(1, delete, paid)),
    ):
        assert obstacle(name, change) is None


def test_a_new_note_keeps_the_marker_and_custom_fields_of_others_stay() -> None:
    others = [{"DefinitionId": "1", "StringValue": "old"}, {"DefinitionId": "2", "StringValue": "theirs"}]
    ours = {"PrivateNote": "News", "CustomField": [{"DefinitionId": "1", "StringValue": "new"}]}
    sent = item_of("Invoice", Change(1, Update("9", ours, "3"), form(CustomField=others)), SHAPE)["Invoice"]
    assert sent["PrivateNote"] == "News [timebridge:inv_1]"
    assert sorted(one["StringValue"] for one in sent["CustomField"]) == ["new", "theirs"]
    assert (sent["sparse"], sent["SyncToken"]) == (True, "3")
    strange = item_of("Invoice", Change(1, Update("9", {"PrivateNote": "News"}, "3"), Record("9", {}, "3")), SHAPE)
    assert strange["Invoice"]["PrivateNote"] == "News"


def test_only_what_a_payment_pays_of_invoices_counts() -> None:
    line = {"Amount": 12.5, "LinkedTxn": [{"TxnId": "67", "TxnType": "Invoice"}]}
    assert application(line) == {"invoice": "67", "amount": Decimal("12.50")}
    assert application({"Amount": 1, "LinkedTxn": [{"TxnId": "67", "TxnType": "CreditMemo"}]}) is None
    assert application({"Amount": 1}) is None


@pytest.mark.parametrize(
    ("reason", "values", "words"),
    [
        (too_many_lines, {"line_count": 751, "automated_tax": True}, "takes 750"),
        (too_many_lines, {"line_count": 10_001}, "takes 10000"),
        (odd_lines, {"lines_total": Decimal(1), "amount": Decimal(2)}, "does not come to"),
        (odd_lines, {"lines_total": Decimal(1), "amount": Decimal(1), "negative": True}, "negative"),
        (odd_lines, {"lines_total": Decimal("1.5"), "amount": Decimal("1.5"), "currency_of_client": "JPY"}, "cents"),
        (no_address, {"email_status": "NeedToSend", "email": None}, "no e-mail"),
        (long_number, {"number": "x" * 22}, "longer than 21"),
    ],
)
def test_what_quickbooks_would_refuse_is_refused_before(reason: Any, values: dict[str, Any], words: str) -> None:
    error = reason(values)
    assert words in error.for_user
    assert error.remedy


def test_what_fits_is_not_refused() -> None:
    fine = {"line_count": 751, "lines_total": Decimal(1), "amount": Decimal(1), "number": "x" * 21}
    assert [reason(fine) for reason in (too_many_lines, odd_lines, no_address, long_number)] == [None] * 4


def test_an_invoice_is_voided_or_deleted_and_a_credit_memo_always_deleted() -> None:
    for undo, voids in (("void", True), ("delete", False)):
        flows = {flow.name: flow for flow in quickbooks_online.flows({"posting": {"invoices": {"undo": undo}}})}
        assert flows["quickbooks_online.invoice"].voids is voids
        assert not flows["quickbooks_online.credit_memo"].voids
