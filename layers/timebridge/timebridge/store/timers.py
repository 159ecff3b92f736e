"""The running timer of each person: kept here, so that every client they use sees the same one."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import DeleteError, DoesNotExist, PutError

from timebridge.errors import Rejected, Stale
from timebridge.records import Record, Value
from timebridge.store.records import Workspace
from timebridge.store.tables import TenantItem
from timebridge.workspace.timers import Timer, check, worked


class Timers:
    """Of one tenant; one for each person at most."""

    def __init__(self, tenant: str, actor: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._tenant, self._space, self._now = tenant, Workspace(tenant, actor), now

    def running(self, staff: str) -> Timer | None:
        found = self._item(staff)
        return _timer(staff, found.data) if found else None

    def start(
        self, staff: str, values: Mapping[str, Value], zone: str, started: datetime | None = None
    ) -> tuple[Timer, list[Record]]:
        """The timer, and the entries of the one that ran until now: a person does one thing at a time.

        What runs already is not started again. Raises Rejected for what no entry could hold, Stale when another client
        starts one at the same moment.
        """
        now = self._now()
        check(started or now, now)
        clean, before, entries = self._proper(staff, values), self.running(staff), []
        if before is not None:
            if dict(before.values) == clean:
                return before, []
            entries = self.stop(staff)
        timer = Timer(f"tmr_{secrets.token_hex(10)}", staff, started or now, zone, clean)
        self._put(timer, TenantItem.pk.does_not_exist())
        return timer, entries

    def change(self, staff: str, values: Mapping[str, Value]) -> Timer:
        """What it is for, while it runs on."""
        timer = self._known(staff)
        changed = replace(timer, values=self._proper(staff, {**timer.values, **values}))
        self._put(changed, TenantItem.owner == timer.id)
        return changed

    def stop(self, staff: str, ended: datetime | None = None) -> list[Record]:
        """The entries it came to: one for each local day. Asked for again after a failure, it makes the same ones."""
        timer = self._known(staff)
        if timer.ended is None:
            now = self._now()
            check(timer.started, ended or now)
            check(ended or now, now)
            timer = replace(timer, ended=ended or now)
            self._put(timer, TenantItem.owner == timer.id)
        assert timer.ended is not None
        parts = worked(timer.started, timer.ended, timer.zone)
        entries = [
            self._space.keep(
                "time_entry", {**timer.values, "work_date": day, "hours": hours}, f"ent_{timer.id}_{number}"
            )
            for number, (day, hours) in enumerate(parts)
        ]
        self._remove(timer)
        return entries

    def discard(self, staff: str) -> Timer:
        timer = self._known(staff)
        self._remove(timer)
        return timer

    def _proper(self, staff: str, values: Mapping[str, Value]) -> dict[str, Value]:
        clean = self._space.proper("time_entry", {**values, "staff": staff})
        if clean.get("project") is None:
            raise Rejected("A timer is for a task or a project.", remedy="Choose one.", field="task")
        return clean

    def _known(self, staff: str) -> Timer:
        found = self.running(staff)
        if found is None:
            raise Rejected("No timer is running.", remedy="Start one.", field="timer")
        return found

    def _item(self, staff: str) -> TenantItem | None:
        try:
            return TenantItem.get(f"{self._tenant}#timer", staff, consistent_read=True)
        except DoesNotExist:
            return None

    def _put(self, timer: Timer, condition: Any) -> None:
        item = TenantItem(f"{self._tenant}#timer", timer.staff, owner=timer.id, data=_data(timer))
        try:
            item.save(condition)
        except PutError as error:
            raise _beaten(error) from error

    def _remove(self, timer: Timer) -> None:
        item = TenantItem(f"{self._tenant}#timer", timer.staff)
        try:
            item.delete(TenantItem.owner == timer.id)
        except DeleteError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":  # else another client ended it
                raise


def _beaten(error: PutError) -> Exception:
    if error.cause_response_code != "ConditionalCheckFailedException":
        return error
    return Stale("The timer was changed by another client.", remedy="Look at it again.", field="timer")


def _data(timer: Timer) -> dict[str, Any]:
    ended = timer.ended.isoformat() if timer.ended else None
    started = timer.started.isoformat()
    return {"id": timer.id, "started": started, "ended": ended, "zone": timer.zone, "values": dict(timer.values)}


def _timer(staff: str, data: Mapping[str, Any]) -> Timer:
    ended = datetime.fromisoformat(data["ended"]) if data["ended"] else None
    return Timer(data["id"], staff, datetime.fromisoformat(data["started"]), data["zone"], data["values"], ended)
