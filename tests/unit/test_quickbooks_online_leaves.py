"""Which customers of QuickBooks have jobs: asked for as cheaply as it can be known."""

from typing import Any

from timebridge.providers.quickbooks_online.leaves import FEW, Leaves
from timebridge.records import Record


class Company:
    """Says who has jobs, and counts how often it was asked."""

    def __init__(self, *with_jobs: str) -> None:
        self.with_jobs = with_jobs
        self.asked: list[str] = []
        self.leaves = Leaves(self.below, self.listed)

    def below(self, record: Record) -> bool:
        self.asked.append(record.id)
        return record.id in self.with_jobs

    def listed(self) -> tuple[str, ...]:
        self.asked.append("all")
        return self.with_jobs

    def told(self, *records: Record) -> dict[str, Any]:
        return {record.id: record.values.get("HasJobs") for record in self.leaves.completed(records)}


def customer(id: str, above: str | None = None, gone: bool = False, **values: Any) -> Record:
    return Record(id, {**values, **({"ParentRef": {"value": above}} if above else {})}, gone=gone)


def test_a_few_customers_are_asked_for_one_by_one() -> None:
    company = Company("1")
    assert company.told(customer("1"), customer("2")) == {"1": True, "2": False}
    assert company.asked == ["1", "2"]


def test_many_are_listed_in_one_go_and_only_once() -> None:
    company = Company("1")
    many = [customer(str(number)) for number in range(FEW + 1)]
    assert sum(company.told(*many).values()) == 1
    assert company.told(customer("1"), customer("7")) == {"1": True, "7": False}
    assert company.asked == ["all"]


def test_nobody_is_asked_for_what_is_known() -> None:
    company = Company()
    told = company.told(
        customer("1"), customer("2", above="1", IsProject=True), customer("3", gone=True), customer("4", "5", gone=True)
    )
    assert told == {"1": True, "2": False, "3": None, "4": None}
    assert company.asked == []
