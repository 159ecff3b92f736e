"""Where a connection begins."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from timebridge.connecting.start import CLOCKS, since
from timebridge.lines import Unfit

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_everything_is_loaded_unless_something_else_is_chosen() -> None:
    assert since({}, "UTC", NOON) is None
    assert since({"start_mode": "initial", "start_date": "2026-01-01"}, "UTC", NOON) is None


def test_on_change_begins_now_with_some_room_for_clocks_that_differ() -> None:
    assert since({"start_mode": "on_change"}, "UTC", NOON) == NOON - CLOCKS
    assert timedelta(0) < CLOCKS < timedelta(minutes=5)


def test_a_day_begins_where_the_tenant_is() -> None:
    chosen = {"start_mode": "from_date", "start_date": "2026-07-01"}
    assert since(chosen, "Europe/Berlin", NOON) == datetime(2026, 6, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize("start_date", ["", "soon", 5, None, "2026-02-30"])
def test_a_day_that_is_none_is_refused(start_date: Any) -> None:
    with pytest.raises(Unfit) as refused:
        since({"start_mode": "from_date", "start_date": start_date}, "UTC", NOON)
    assert refused.value.path == "start_date"


def test_a_way_to_start_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Unfit, match="initial, on_change or from_date"):
        since({"start_mode": "tomorrow"}, "UTC", NOON)
