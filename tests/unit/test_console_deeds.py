"""The words of the audit trail."""

import pytest

from timebridge.console import deeds
from timebridge.wording import label, labels


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("client.update", "Client changed"),
        ("expense_report.submit", "Expense report submitted"),
        ("invoice.void", "Invoice voided"),
        ("sync.now", "Sync asked for"),
        ("refused", "Attempt refused"),
    ],
)
def test_a_deed_is_told_in_words(what: str, words: str) -> None:
    assert deeds.deed(what) == words


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ({"number": "R-1042", "date": "2026-11-16"}, "Expense report R-1042"),
        ({"date": "2026-11-16"}, "Expense report of 16 Nov 2026"),
        (None, "Expense report"),
    ],
)
def test_what_has_no_name_is_called_by_its_number_or_its_day(after: dict[str, str] | None, words: str) -> None:
    assert deeds.subject({"what": "expense_report.gather", "detail": {}, "before": None, "after": after}) == words


def test_values_are_told_as_they_are_written_elsewhere() -> None:
    names = {"stf_1": "Ada North"}
    told = {each: deeds.told(each, names) for each in ("2026-11-16", 118.0, 1250.5, 0.125, "stf_1", "client", 3, True)}
    assert told == {
        "2026-11-16": "16 Nov 2026",
        118.0: "118.00",
        1250.5: "1,250.50",
        0.125: "0.125",
        "stf_1": "Ada North",
        "client": "client",
        3: 3,
        True: True,
    }
    assert deeds.told({"due_date": "2026-11-16", "empty": None, "who": ["stf_1", "Bo"]}, names) == (
        "Due date: 16 Nov 2026; Who: Ada North, Bo"
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("PrimaryPhone.FreeFormNumber", "Primary Phone"),
        ("PrimaryEmailAddr.Address", "Primary Email Address"),
        ("ParentRef.value", "Parent"),
        ("BillAddr.City", "City"),
        ("TB_Start_Date__c", "Start Date"),
    ],
)
def test_a_path_is_called_by_the_part_of_it_that_says_something(path: str, words: str) -> None:
    assert label(path) == words


def test_fields_that_are_one_here_are_told_by_the_first_and_the_last() -> None:
    assert labels([f"BillAddr.Line{number}" for number in range(1, 6)]) == "Line 1 to Line 5"
