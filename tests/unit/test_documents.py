"""Documents: records whose lines refer to other records, each of which goes before the document."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.test_sync import Desk
from timebridge.changes import Where
from timebridge.converters import UNCHANGED
from timebridge.flows import Direction, Flow, Flows, Lines, field, lines, lines_of, lines_text, ref
from timebridge.links import State


def a_line(line: Mapping[str, Any]) -> Mapping[str, Any]:
    detail = {"AccountRef": {"value": line["account"]}} if line.get("account") else {}
    return {"Amount": line["amount"], **detail}


ACCOUNTS = Flow("account", "account", "Account", (field("name", "Name"),), match="name")
VENDORS = Flow("vendor", "staff", "Vendor", (field("name", "DisplayName"),), match="name")
BILLS = Flow(
    "bill",
    "expense_report",
    "Bill",
    (
        ref("staff", "VendorRef.value", parent="vendor"),
        field("notes", "PrivateNote"),
        lines("lines", "Line", Lines({"account": "account"}, a_line)),
    ),
    direction=Direction.OUT,
)


@pytest.fixture
def desk() -> Desk:
    return Desk(Flows([BILLS, VENDORS, ACCOUNTS]))


def test_what_the_lines_refer_to_goes_first(desk: Desk) -> None:
    assert [flow.name for flow in desk.flows][-1] == "bill"

    vendor = desk.ours.put("staff", {"name": "Casey"})
    travel, meals = (desk.ours.put("account", {"name": name}) for name in ("Travel", "Meals"))
    text = lines_text({"account": each.id, "amount": amount} for each, amount in ((travel, "12.00"), (meals, "3.50")))
    bill = desk.ours.put("expense_report", {"staff": vendor.id, "notes": None, "lines": text})

    desk.sync(BILLS, (Where.OURS, bill.id))

    names = {account.id: account.values["Name"] for account in desk.theirs.there("Account").values()}
    [written] = desk.theirs.there("Bill").values()
    told = [(names[line["AccountRef"]["value"]], line["Amount"]) for line in written.values["Line"]]
    assert told == [("Travel", "12.00"), ("Meals", "3.50")]


def test_a_document_waits_for_what_one_of_its_lines_refers_to(desk: Desk) -> None:
    vendor = desk.ours.put("staff", {"name": "Casey"})
    text = lines_text([{"amount": "1.00"}, {"account": "acc-that-is-not-there", "amount": "2.00"}])
    bill = desk.ours.put("expense_report", {"staff": vendor.id, "notes": None, "lines": text})

    desk.sync(BILLS, (Where.OURS, bill.id))

    link = desk.link("bill", bill.id)
    assert link.state is State.PARKED
    assert link.problem is not None
    assert link.problem.reason == "The account it belongs to is not in the other system yet."
    assert link.problem.field == "lines"
    assert desk.theirs.there("Bill") == {}


def test_lines_are_compared_as_what_they_say() -> None:
    assert lines_text([{"b": 1, "a": None}]) == lines_text([{"a": None, "b": 1}])
    assert lines_of(lines_text([{"a": "x"}, {"b": 2}])) == [{"a": "x"}, {"b": 2}]
    assert lines_of(None) == []


def test_reading_a_document_says_nothing_about_its_lines() -> None:
    assert BILLS.incoming({"Line": [{"Amount": 3}]}, {})["lines"] == UNCHANGED


def test_a_document_names_everything_it_refers_to_once() -> None:
    text = lines_text([{"account": "a1", "amount": "1"}, {"account": "a1", "amount": "2"}, {"amount": "3"}])
    assert BILLS.above({"staff": "s1", "lines": text}) == [("vendor", "s1"), ("account", "a1")]
    assert BILLS.above({"staff": None, "lines": None}) == []
    assert BILLS.parent_flows == ("vendor", "account")
