"""The records of a run: kept some hundred to an item, and read page by page."""

from collections.abc import Iterator

import pytest

from tests.tables import aws_in_process
from timebridge.errors import Rejected
from timebridge.runs import Deed, What
from timebridge.store.run_records import RunRecords

CREATED, PARKED, LINKED = ((what, "sf.account") for what in (What.CREATED_OURS, What.PARKED, What.LINKED))


def deeds(what: What, many: int, flow: str = "sf.account") -> list[Deed]:
    return [Deed(what, flow, f"cli_{number:03}", f"001{number}") for number in range(many)]


@pytest.fixture
def kept() -> Iterator[RunRecords]:
    with aws_in_process():
        records = RunRecords("acme", "sf", "run-1")
        records.keep([*deeds(What.CREATED_OURS, 7), *deeds(What.PARKED, 2)])
        records.keep(deeds(What.CREATED_OURS, 4, "sf.contact"))
        RunRecords("acme", "sf", "run-2").keep(deeds(What.LINKED, 1))
        RunRecords("globex", "sf", "run-1").keep(deeds(What.LINKED, 1))
        yield records


def test_they_are_paged_in_the_order_that_is_asked_for(kept: RunRecords) -> None:
    groups = [PARKED, CREATED, (What.CREATED_OURS, "sf.contact")]
    pages, start = [], None
    while True:
        page, start = kept.page(groups, start, limit=3)
        pages.append(page)
        if start is None:
            break

    assert [len(page) for page in pages] == [3, 3, 3, 3, 1]
    assert [deed for page in pages for deed in page] == [
        *deeds(What.PARKED, 2),
        *deeds(What.CREATED_OURS, 7),
        *deeds(What.CREATED_OURS, 4, "sf.contact"),
    ]


def test_only_what_is_asked_for_is_read(kept: RunRecords) -> None:
    assert kept.page([CREATED])[0] == deeds(What.CREATED_OURS, 7)
    assert kept.page([LINKED]) == ([], None)
    assert kept.page([]) == ([], None)


def test_what_is_open_is_known_when_a_run_goes_on(kept: RunRecords) -> None:
    assert kept.open([CREATED, PARKED]) == set(deeds(What.PARKED, 2))


@pytest.mark.parametrize("start", ["nonsense", "WyJhIl0", "W10"])
def test_a_page_that_nobody_gave_out_is_refused(kept: RunRecords, start: str) -> None:
    with pytest.raises(Rejected):
        kept.page([CREATED], start)
