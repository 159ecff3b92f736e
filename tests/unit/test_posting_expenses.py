"""Expenses on their way into the books: what their lines say, and what a bookkeeper made of them."""

from decimal import Decimal
from typing import Any

import pytest

from timebridge.choices import Unfit
from timebridge.links import Link
from timebridge.postings.booking import UNKNOWN, Booked, booking, reads_as
from timebridge.postings.expenses import ExpensePosting
from timebridge.postings.settings import posting_of
from timebridge.postings.spent import BANK, CREDIT_CARD, NOT_SPENT_ON, Accounts
from timebridge.providers.quickbooks_online.booked import with_booking
from timebridge.providers.quickbooks_online.expenses import LINES, blocked, line_body, part_of_a_report
from timebridge.providers.quickbooks_online.removing import billed

ON_ACCOUNT, ON_ITEM = "AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"


def test_a_line_on_an_account_says_no_more_than_is_known() -> None:
    assert line_body({"amount": "12.50", "account": "20"}) == {
        "DetailType": ON_ACCOUNT,
        "Amount": Decimal("12.50"),
        ON_ACCOUNT: {"AccountRef": {"value": "20"}},
    }


@pytest.mark.parametrize("name", ["expense_item", "item"])
def test_a_line_on_an_item_carries_customer_class_tax_and_billing(name: str) -> None:
    line = {
        "amount": "3",
        name: "7",
        "customer": "4",
        "class": "9",
        "tax": "NON",
        "billable": False,
        "text": "Taxi \U0001f695",
    }
    assert line_body(line) == {
        "DetailType": ON_ITEM,
        "Amount": Decimal(3),
        "Description": "Taxi",
        ON_ITEM: {
            "ItemRef": {"value": "7"},
            "CustomerRef": {"value": "4"},
            "ClassRef": {"value": "9"},
            "TaxCodeRef": {"value": "NON"},
            "BillableStatus": "NotBillable",
        },
    }


def test_a_line_forgets_the_records_of_lists_that_are_off() -> None:
    loose = LINES.without({"quickbooks_online.class"})
    [line] = loose.outgoing(
        '[{"amount":"1","account":"acc_1","class":"cls_1"}]', {"quickbooks_online.account/acc_1": "20"}
    )
    assert line[ON_ACCOUNT] == {"AccountRef": {"value": "20"}}


# --- what a bookkeeper made of it ------------------------------------------------------------------------------------


def document(**detail: Any) -> dict[str, Any]:
    line = {"DetailType": ON_ACCOUNT, "Amount": 20.5, "Description": "Train", ON_ACCOUNT: detail}
    return {"Id": "1", "PaymentType": "Check", "Line": [line, {"DetailType": "DescriptionOnly"}]}


def test_a_purchase_reads_as_the_lines_that_were_sent() -> None:
    sent = booking([Booked(Decimal("20.50"), ("account", "20"), "3", None, True)])
    there = document(AccountRef={"value": "20"}, CustomerRef={"value": "3"}, BillableStatus="Billable")

    assert with_booking(there)["Booking"] == sent
    assert with_booking({"Id": "1", "VendorRef": {"value": "1"}, "Line": []})["Booking"] is None
    assert "Booking" not in with_booking({"Id": "1", "CustomerRef": {"value": "1"}, "Line": []})
    assert "Booking" not in with_booking({"Id": "1", "PaymentType": "Check"})


@pytest.mark.parametrize(
    "detail",
    [
        {"AccountRef": {"value": "13"}, "CustomerRef": {"value": "3"}},
        {"AccountRef": {"value": "20"}, "CustomerRef": {"value": "4"}},
        {"AccountRef": {"value": "20"}, "CustomerRef": {"value": "3"}, "ClassRef": {"value": "1"}},
        {"AccountRef": {"value": "20"}},
    ],
)
def test_an_account_a_customer_or_a_class_of_a_bookkeeper_shows(detail: dict[str, Any]) -> None:
    sent = booking([Booked(Decimal("20.50"), ("account", "20"), "3")])
    assert not reads_as(sent, with_booking(document(**detail))["Booking"])


def test_what_was_not_known_yet_is_like_anything() -> None:
    sent = booking([Booked(Decimal("20.50"), ("account", "20"), UNKNOWN)])
    there = with_booking(document(AccountRef={"value": "20"}, CustomerRef={"value": "3"}))["Booking"]

    assert reads_as(sent, there)
    assert not reads_as(sent, f"{there}; {there}")
    assert not reads_as(sent, None)
    assert reads_as(None, None)


def test_what_is_billed_over_there_is_named() -> None:
    assert billed({"BillableStatus": "HasBeenBilled"}) == "The time"
    assert billed(document(BillableStatus="HasBeenBilled")) == "An expense in it"
    assert billed(document(BillableStatus="Billable")) is None


# --- what is refused -------------------------------------------------------------------------------------------------


def test_an_account_fits_its_purpose_or_says_which_would() -> None:
    values = {"a": {"name": "Checking", "type": BANK}, "b": {"name": "By hand", "type": None}, "c": {"name": "Old"}}
    accounts = Accounts(values, {id: Link("quickbooks_online.account", id, id) for id in "ab"})

    assert accounts.unfit("a", "checking_account", (BANK,)) is None
    assert accounts.unfit(None, "payable_account", (BANK,)) is None
    assert accounts.unfit("b", "card", (CREDIT_CARD,)) is None, "QuickBooks will say"
    assert accounts.unfit("a", "card", (CREDIT_CARD,)).remedy == "Choose an account of the type Credit Card."
    assert "on which expenses are booked" in accounts.unfit("a", "expense_code", not_=NOT_SPENT_ON).remedy
    assert "Old is not in QuickBooks" in accounts.unfit("c", "card").said


def test_what_the_composer_found_is_the_refusal() -> None:
    error = blocked({"blocked": "No account.", "blocked_remedy": "Choose one.", "blocked_field": "card"})
    assert error is not None
    assert (error.for_user, error.remedy, error.field) == ("No account.", "Choose one.", "card")
    assert blocked({}) is None
    part = part_of_a_report({"report": "xrp_1"})
    assert part is not None
    assert part.remedy == "Post the report xrp_1."
    assert part_of_a_report({}) is None


def test_the_settings_of_expenses_are_checked_when_they_are_said() -> None:
    asked = {"posting": {"expenses": {"post_as": "bill", "checking_account": "acc_1", "class": "cls_1"}}}
    found = posting_of(asked, "expenses")
    assert isinstance(found, ExpensePosting)
    assert (found.post_as, found.checking_account, found.payable_account, found.class_) == (
        "bill",
        "acc_1",
        None,
        "cls_1",
    )
    for wrong, path in (({"post_as": "letter"}, "post_as"), ({"term": 5}, "term"), ({"checking": "a"}, "checking")):
        with pytest.raises(Unfit) as refused:
            posting_of({"posting": {"expenses": wrong}}, "expenses")
        assert refused.value.path == f"posting.expenses.{path}"
