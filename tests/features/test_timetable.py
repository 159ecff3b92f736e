"""When a connection is pulled next, flow by flow, and when it would be with another rhythm: in the tenant's nights."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.admin import Person
from tests.stage import Stage
from timebridge.tenants import Connection, Provider

ADA = Person()
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def connection(stage: Stage) -> Connection:
    chosen = {"flows": {"quickbooks_online.term": {"rhythm": "weekly"}}}
    return stage.connect(Provider.QUICKBOOKS_ONLINE, settings=chosen)


def timetable(connection: Connection, role: str = "viewer") -> Any:
    answer = Person((role,)).get(f"connections/{connection.id}/timetable")
    assert answer.status == 200, answer.text
    return answer.body


def test_nights_are_those_of_the_tenant(connection: Connection) -> None:
    said = timetable(connection)
    nexts = {each["rhythm"]: each["next"] for each in said["rhythms"]}
    assert (said["time_zone"], nexts["off"]) == ("Europe/Berlin", None)
    assert 1 <= datetime.fromisoformat(nexts["daily"]).astimezone(BERLIN).hour < 5
    assert datetime.fromisoformat(nexts["weekly"]).astimezone(BERLIN).weekday() == 6
    assert nexts["realtime"] <= nexts["hourly"] <= nexts["weekly"]


def test_a_flow_says_whether_its_rhythm_is_its_own(connection: Connection) -> None:
    flows = {each["flow"]: each for each in timetable(connection)["flows"]}
    term, tax, client = (flows[f"quickbooks_online.{name}"] for name in ("term", "tax_rate", "customer"))
    assert (term["chosen"], term["rhythm"], term["at_once"]) == ("weekly", "weekly", False)
    assert (tax["chosen"], tax["usual"], tax["rhythm"]) == (None, "daily", "daily")
    assert (client["chosen"], client["usual"], client["at_once"]) == (None, None, True)


def test_what_is_paused_has_no_next_pull(connection: Connection) -> None:
    assert timetable(connection)["next"] is not None
    ADA.post(f"connections/{connection.id}/pause")
    said = timetable(connection)
    assert (said["runs"], said["next"]) == (False, None)
    assert {each["next"] for each in said["flows"]} == {None}
