"""The timer of a person: one at most, and its time becomes entries exactly once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.tables import aws_in_process
from timebridge.errors import Rejected, Stale, Transient
from timebridge.store.records import Workspace
from timebridge.store.timers import Timers

START = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


@dataclass
class Desk:
    timers: Timers
    space: Workspace
    staff: str
    task: str
    other: str
    time: datetime = START

    def entries(self) -> list[tuple[str, Decimal]]:
        found, _ = self.space.page("time_entry")
        return [(str(each.values["work_date"]), Decimal(str(each.values["hours"]))) for each in found]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with aws_in_process():
        space = Workspace("acme", "max")
        client = space.create("client", {"name": "Northwind"}).id
        project = space.create("project", {"name": "Web shop", "client": client}).id
        task, other = (space.create("task", {"name": name, "project": project}).id for name in ("Build", "Test"))
        staff = space.create("staff", {"name": "Max"}).id
        desk = Desk(Timers("acme", "max", lambda: desk.time), space, staff, task, other)
        yield desk


def test_a_stop_that_broke_off_is_taken_up_and_makes_the_same_entries(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.timers.start(desk.staff, {"task": desk.task}, "UTC")
    desk.time = START + timedelta(hours=3)
    keep, kept = Workspace.keep, 0

    def broken(self: Workspace, *values: object) -> object:
        nonlocal kept
        kept += 1
        if kept == 2:
            raise Transient("The table does not answer.")
        return keep(self, *values)  # type: ignore[arg-type]

    monkeypatch.setattr(Workspace, "keep", broken)
    with pytest.raises(Transient):
        desk.timers.stop(desk.staff)
    assert desk.entries() == [("2026-11-20", Decimal("1.50"))]
    desk.time += timedelta(hours=5)
    desk.timers.stop(desk.staff)
    assert desk.entries() == [("2026-11-20", Decimal("1.50")), ("2026-11-21", Decimal("1.50"))]
    assert desk.timers.running(desk.staff) is None


def test_of_two_who_start_at_once_one_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.timers.start(desk.staff, {"task": desk.task}, "UTC")
    with monkeypatch.context() as blind:
        blind.setattr(Timers, "running", lambda *_: None)
        with pytest.raises(Stale):
            desk.timers.start(desk.staff, {"task": desk.other}, "UTC")
    running = desk.timers.running(desk.staff)
    assert running is not None
    assert running.values["task"] == desk.task


def test_a_timer_that_another_client_ended_meanwhile_is_not_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    timer, _ = desk.timers.start(desk.staff, {"task": desk.task}, "UTC")
    desk.timers.discard(desk.staff)
    with monkeypatch.context() as late:
        late.setattr(Timers, "running", lambda *_: timer)
        with pytest.raises(Stale):
            desk.timers.change(desk.staff, {"notes": "Late"})
        with pytest.raises(Stale):
            desk.timers.stop(desk.staff)
        assert desk.timers.discard(desk.staff) == timer
    assert desk.entries() == []


def test_timers_of_other_tenants_are_others(desk: Desk) -> None:
    desk.timers.start(desk.staff, {"task": desk.task}, "UTC")
    assert Timers("globex", "max").running(desk.staff) is None
    with pytest.raises(Rejected):
        Timers("globex", "max").stop(desk.staff)
    with pytest.raises(Rejected):
        Timers("globex", "max").start(desk.staff, {"task": desk.task}, "UTC")


def test_a_timer_changed_to_another_task_books_there(desk: Desk) -> None:
    desk.timers.start(desk.staff, {"task": desk.task, "notes": "Kept"}, "UTC")
    desk.timers.change(desk.staff, {"task": desk.other})
    desk.time += timedelta(minutes=15)
    [entry] = desk.timers.stop(desk.staff)
    assert (entry.values["task"], entry.values["notes"], entry.values["hours"]) == (desk.other, "Kept", Decimal("0.25"))
