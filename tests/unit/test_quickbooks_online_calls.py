"""How QuickBooks is called: not too fast, not too long, and with what is needed to find the top of a job."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from timebridge.errors import RateLimited
from timebridge.providers.quickbooks_online.bodies import emptied, holds, without_nothing
from timebridge.providers.quickbooks_online.client import number, quoted
from timebridge.providers.quickbooks_online.pace import Pace
from timebridge.providers.quickbooks_online.reading import KEYS, LETTERS, in_lists
from timebridge.providers.quickbooks_online.shapes import record_of
from timebridge.providers.quickbooks_online.tops import Tops
from timebridge.records import Record


class Watch:
    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def test_no_window_ever_holds_more_calls_than_allowed() -> None:
    watch = Watch()
    pace = Pace([(10, 1.0), (25, 60.0)], watch.now, watch.sleep)
    moments = []
    for _ in range(25):
        pace.wait()
        moments.append(watch.time)
        watch.time += 0.01
    assert all(later - earlier >= 1.0 for earlier, later in zip(moments, moments[10:], strict=False))
    assert watch.slept


def test_a_wait_that_is_too_long_to_sleep_goes_back_to_the_queue() -> None:
    watch = Watch()
    pace = Pace([(2, 60.0)], watch.now, watch.sleep)
    pace.wait()
    pace.wait()
    with pytest.raises(RateLimited) as limited:
        pace.wait()
    assert limited.value.retry_after == 60.0
    watch.time += 60
    pace.wait()
    assert watch.slept == []


@pytest.mark.parametrize(("name", "literal"), [("O'Neil", r"'O\'Neil'"), ("a\\b", r"'a\\b'"), (r"\'", r"'\\\''")])
def test_quotes_and_backslashes_are_escaped(name: str, literal: str) -> None:
    assert quoted(name) == literal


def test_long_lists_are_cut_by_count_and_by_length() -> None:
    many, wide = list(in_lists(["1"] * 250)), list(in_lists(["x" * 1500] * 5))
    assert [part.count("1") for part in many] == [KEYS, KEYS, 50]
    assert all(len(part) <= LETTERS + 200 for part in wide)
    assert sum(part.count("x" * 1500) for part in wide) == 5
    assert list(in_lists(["x" * 9000])) == ["x" * 9000]
    assert list(in_lists([])) == []


def test_numbers_are_numbers() -> None:
    assert [number(Decimal(text)) for text in ("120.10", "3", "0.1")] == [120.1, 3, 0.1]
    with pytest.raises(TypeError):
        number(object())


def test_nothing_is_left_out_of_a_new_record_and_emptied_in_a_known_one() -> None:
    values = {"Name": "x", "Fax": {"FreeFormNumber": None}, "Notes": None, "Active": False, "Rate": 0}
    assert without_nothing(values) == {"Name": "x", "Active": False, "Rate": 0}
    assert emptied(values) == {**values, "Fax": {"FreeFormNumber": ""}, "Notes": ""}


def test_a_record_holds_what_was_wanted_or_not() -> None:
    there = {"DisplayName": "A", "BillAddr": {"Id": "1", "City": "B"}, "Job": True}
    assert holds(there, {"DisplayName": "A", "BillAddr": {"City": "B"}, "Job": True})
    assert not holds(there, {"DisplayName": "A", "BillAddr": {"City": "C"}})
    assert not holds(there, {"Fax": {"FreeFormNumber": "1"}})


def test_a_deleted_stub_is_a_record_that_is_gone() -> None:
    stub = {
        "status": "Deleted",
        "domain": "QBO",
        "Id": "979",
        "MetaData": {"LastUpdatedTime": "2026-11-20T12:55:50-08:00"},
    }
    record = record_of(stub)
    assert (record.id, record.gone, record.version) == ("979", True, None)
    assert record.stamp is not None
    assert record.stamp.isoformat() == "2026-11-20T20:55:50+00:00"


class Company:
    """Customers by id, with the id of their parent."""

    def __init__(self, **parents: str | None) -> None:
        self.parents = parents
        self.asked: list[list[str]] = []

    def customer(self, id: str) -> Record:
        parent, level = self.parents[id], 0
        above = parent
        while above is not None and level < 9:
            above, level = self.parents.get(above), level + 1
        values = {"ParentRef": {"value": parent}, "Level": level} if parent else {}
        return Record(id, {"Id": id, **values})

    def find(self, ids: Sequence[str]) -> list[Record]:
        self.asked.append(list(ids))
        return [self.customer(id) for id in ids if id in self.parents]


def tops(company: Company, *ids: str) -> list[str | None]:
    records = Tops(company.find).completed([company.customer(id) for id in ids])
    return [record.values.get("TopRef", {}).get("value") for record in records]


def test_a_job_of_the_first_level_costs_no_call() -> None:
    company = Company(a=None, b="a")
    assert tops(company, "a", "b") == [None, "a"]
    assert company.asked == []


def test_deeper_jobs_ask_once_per_level_that_is_not_known() -> None:
    company = Company(a=None, b="a", c="b", d="c", e="d")
    assert tops(company, "e") == ["a"]
    assert company.asked == [["d"], ["c"], ["b"]]
    company.asked.clear()
    assert tops(company, "b", "c", "d", "e") == ["a"] * 4
    assert company.asked == []


def test_a_parent_that_is_missing_or_a_ring_comes_to_an_end() -> None:
    assert tops(Company(c="lost", lost2="c"), "lost2") == ["lost"]
    ring = Company(a="c", b="a", c="b")
    assert tops(ring, "a")[0] in ("a", "b", "c")
