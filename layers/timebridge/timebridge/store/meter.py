"""The meter of a connection: our calls by day, and what the provider last said of its limit."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pynamodb.exceptions import PutError

from timebridge.budget import Day, Told, Usage
from timebridge.store.exact import instant
from timebridge.store.tables import RunItem

KEPT = timedelta(days=400)
PREFIX = "usage#"

RECENT = 2
"""Days whose word on the limit still counts."""


class Meter:
    def __init__(self, tenant: str, connection: str) -> None:
        self._pk = f"{tenant}#{connection}"

    def add(self, calls: int, told: Told, now: datetime) -> None:
        """Count calls on this day. One worker at a time does so; calls are added up whoever does."""
        day, usage = now.astimezone(UTC).date(), told.usage
        known = self._read(day)
        news = {} if usage is None else {"used": usage.used, "limit": usage.limit, "at": instant(usage.at)}
        peak = max(known.get("peak", 0), usage.used if usage else 0)
        item = RunItem(self._pk, f"{PREFIX}{day.isoformat()}", data={})
        item.update(
            actions=[
                RunItem.calls.add(calls),
                RunItem.data.set({**known, **news, "peak": peak, "size": told.size}),
                RunItem.expires.set(now + KEPT),
            ]
        )

    def read(self, now: datetime) -> None:
        """Count a call for which the provider charges, at once: a worker that dies has made it all the same."""
        item = RunItem(self._pk, f"{PREFIX}{now.astimezone(UTC).date().isoformat()}")
        item.update(actions=[RunItem.reads.add(1), RunItem.expires.set(now + KEPT)])

    def warned(self, now: datetime, of: str) -> bool:
        """Whether nobody was warned of this yet in this month; the one who asks first does it."""
        item = RunItem(self._pk, f"warned#{now.astimezone(UTC):%Y-%m}#{of}", data={}, expires=now + KEPT)
        try:
            item.save(RunItem.sk.does_not_exist())
        except PutError:
            return False
        return True

    def latest(self) -> Told:
        """What was learnt last, yesterday or today."""
        return self.history(RECENT)[0]

    def days(self, count: int) -> list[Day]:
        """The latest days on which calls were made, the latest first."""
        return self.history(count)[1]

    def history(self, count: int) -> tuple[Told, list[Day]]:
        """Both of them, read together."""
        asked = RunItem.query(self._pk, RunItem.sk.startswith(PREFIX), scan_index_forward=False, limit=count)
        found = list(asked)
        told = next((_told(item.data) for item in found[:RECENT] if "at" in (item.data or {})), Told())
        return told, [_day(item) for item in found]

    def _read(self, day: date) -> Mapping[str, Any]:
        try:
            found = RunItem.get(self._pk, f"{PREFIX}{day.isoformat()}", consistent_read=True)
        except RunItem.DoesNotExist:
            return {}
        return found.data or {}


def _told(data: Mapping[str, Any]) -> Told:
    return Told(Usage(data["used"], data["limit"], datetime.fromisoformat(data["at"])), data.get("size"))


def _day(item: RunItem) -> Day:
    day, peak = date.fromisoformat(item.sk.removeprefix(PREFIX)), int((item.data or {}).get("peak", 0))
    return Day(day, int(item.calls or 0), peak, int(item.reads or 0))
