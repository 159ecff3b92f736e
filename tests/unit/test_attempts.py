"""What is kept of a write that was refused: readable, and never so much that what waits is slow to list."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from timebridge.attempts import LONGEST, Attempt, Step, attempt
from timebridge.changes import Where
from timebridge.links import Aside, Problem
from timebridge.records import Values
from timebridge.sides import Create, Delete, Update
from timebridge.store.problems import data_of, problem_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def sent(values: Values) -> dict[str, str | None]:
    return dict(attempt(Where.THEIRS, Update("1", values, None), NOW).values)


def test_values_are_text_by_their_paths() -> None:
    nested = {"BillAddr": {"City": "Graz", "Geo": {"Lat": Decimal("47.07")}}, "Fax": None, "Active": True, "Hours": 3}
    assert sent(nested) == {
        "BillAddr.City": "Graz",
        "BillAddr.Geo.Lat": "47.07",
        "Fax": None,
        "Active": "true",
        "Hours": "3",
    }


def test_lines_of_a_document_are_json() -> None:
    assert sent({"Line": [{"Amount": Decimal("12.50"), "Text": "Ö"}]}) == {"Line": '[{"Amount": "12.50", "Text": "Ö"}]'}


def test_of_what_is_long_as_much_is_kept_as_there_is_room_for_beside_what_is_short() -> None:
    found = sent({"Notes": "n" * 9_000, "Name": "Acme", "Lines": "l" * 9_000})
    assert list(found) == ["Notes", "Name", "Lines"]
    assert found["Name"] == "Acme"
    assert found["Notes"] == "n" * (LONGEST - 4) + "…"
    assert found["Lines"] == "…"


def test_a_write_is_called_by_what_it_would_have_done() -> None:
    create, delete = Create("c1", {"name": "Acme"}, "r", "1"), Delete("9", None)
    assert attempt(Where.OURS, create, NOW) == Attempt(Where.OURS, Step.CREATE, {"name": "Acme"}, NOW)
    assert attempt(Where.THEIRS, delete, NOW) == Attempt(Where.THEIRS, Step.DELETE, {}, NOW)


def test_a_problem_is_stored_with_the_attempt_and_older_ones_are_read_without() -> None:
    bare = Problem("No.", "Do.", None, 1, None)
    full = replace(bare, attempt=attempt(Where.OURS, Delete("9", None), NOW), aside=Aside("Ada", "Old", NOW), since=NOW)
    older = {name: value for name, value in data_of(bare).items() if name != "attempt"}
    assert [problem_of(data_of(each)) for each in (bare, full)] == [bare, full]
    assert problem_of(older) == bare
