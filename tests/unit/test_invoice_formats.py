"""How what an invoice bills is put into lines."""

from decimal import Decimal
from typing import Any

import pytest

from timebridge.postings.formats import FORMATS, LONGEST, NAMES, Entry, lines_of, single, summary

CODE = ("labour_code", "lab_1")


def entry(id: str, hours: str | None = "1", rate: str | None = "100", **values: Any) -> Entry:
    worth = Decimal(hours or 0) * Decimal(rate or 0)
    plain = {"date": "2026-11-20", "amount": worth.quantize(Decimal("0.01")), "code": CODE, "person": "Casey Brook"}
    counted = {"hours": Decimal(hours) if hours else None, "rate": Decimal(rate) if rate else None}
    return Entry(id, **{**plain, **counted, **values})


def test_each_entry_is_a_line_of_its_own_oldest_first() -> None:
    lines = lines_of([entry("b", "2", text="Wiring"), entry("a", date="2026-11-19", code_name="Design")], "lines")
    assert lines == [
        {"amount": "100.00", "date": "2026-11-19", "text": "Casey Brook: Design", "labour_code": "lab_1"},
        {"amount": "200.00", "date": "2026-11-20", "text": "Casey Brook: Wiring", "labour_code": "lab_1"},
    ]


def test_quantity_and_price_are_shown_where_they_give_the_amount() -> None:
    exact, cut = lines_of([entry("a", "1.5"), entry("b", "1.5", amount=Decimal("149.99"))], "entries")
    assert (exact["quantity"], exact["rate"], exact["amount"]) == ("1.5", "100", "150.00")
    assert "quantity" not in cut
    assert cut["amount"] == "149.99"


def test_entries_of_one_price_share_a_quantity_and_others_only_an_amount() -> None:
    same = [entry("a"), entry("b", "2")]
    [line] = lines_of(same, "codes")
    assert (line["quantity"], line["text"]) == ("3", "3 h")
    [line] = lines_of([*same, entry("c", rate="90")], "codes")
    assert ("quantity" in line, line["amount"]) == (False, "390.00")


def test_cents_that_were_rounded_for_each_entry_are_not_rounded_once_more() -> None:
    quarters = [entry(id, "0.25", "95.50", amount=Decimal("23.88")) for id in "ab"]
    [line] = lines_of(quarters, "codes")
    assert (line["amount"], "quantity" in line) == ("47.76", False)  # half an hour at 95.50 would be 47.75


def test_days_people_and_codes_share_lines() -> None:
    entries = [
        entry("a", date="2026-11-19", code_name="Design"),
        entry("b", code_name="Design"),
        entry("c", person="Jules Harbour", code=("labour_code", "lab_2"), code_name="Build"),
    ]
    texts = {name: [line["text"] for line in lines_of(entries, name)] for name in ("days", "people", "codes")}
    assert texts == {
        "days": ["2026-11-19: 1 h", "2026-11-20: 1 h", "2026-11-20: 1 h"],
        "people": ["Casey Brook: 2 h", "Jules Harbour: 1 h"],
        "codes": ["Design: 2 h", "Build: 1 h"],
    }
    assert "date" not in lines_of(entries, "people")[0]


def test_what_counts_under_another_class_has_a_line_of_its_own() -> None:
    lines = lines_of([entry("a", class_="cls_1"), entry("b", class_="cls_2"), entry("c")], "codes")
    assert [line.get("class") for line in lines] == ["cls_1", "cls_2", None]


def test_an_expense_is_an_amount_without_quantity() -> None:
    expense = entry("x", None, None, amount=Decimal("12.30"), code=("expense_code", "xpc_1"), code_name="Travel")
    for name in FORMATS:
        assert [line["amount"] for line in lines_of([entry("a"), expense], name)] == ["100.00", "12.30"]
    assert lines_of([expense], "codes")[0]["text"] == "Travel: Travel"
    assert lines_of([expense], "days") == [
        {"amount": "12.30", "date": "2026-11-20", "text": "2026-11-20: Travel", "expense_code": "xpc_1"}
    ]


@pytest.mark.parametrize("name", NAMES[:-1])
def test_only_a_line_of_one_entry_marks_its_time_as_billed(name: str) -> None:
    lines = lines_of([entry("a", linked=True), entry("b")], name)
    assert [line.get("time") for line in lines if line.get("time")] == (["a"] if FORMATS[name].alone else [])


def test_a_summary_is_one_line_over_everything() -> None:
    entries = [entry("a", date="2026-11-02"), entry("x", None, None, amount=Decimal("12.30"))]
    [line] = summary(entries, CODE, "cls_1")
    assert line == {
        **{"amount": "112.30", "text": "2026-11-02 to 2026-11-20", "class": "cls_1", "labour_code": "lab_1"},
    }
    assert summary(entries[:1], None, None)[0]["text"] == "2026-11-02"
    assert summary([], CODE, None) == []


def test_a_line_without_anything_behind_it_has_its_amount() -> None:
    assert single(Decimal("5.00"), None, None, None) == {"amount": "5.00"}
    assert len(single(Decimal(5), None, None, "x" * 5000)["text"]) == LONGEST
