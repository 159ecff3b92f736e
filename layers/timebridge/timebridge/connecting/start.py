"""Where a connection begins: with everything there is, with what changed since a day, or with changes from now on."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from timebridge.lines import Unfit, among


class StartMode(StrEnum):
    INITIAL = "initial"
    ON_CHANGE = "on_change"
    FROM_DATE = "from_date"


CLOCKS = timedelta(minutes=1)
"""How far the clocks of both sides may be apart: what changed right after the start must not look older than it."""


def mode_of(settings: Mapping[str, Any]) -> StartMode:
    """Raises Unfit."""
    return StartMode(among("start_mode", settings.get("start_mode", "initial"), StartMode))


def day_of(settings: Mapping[str, Any]) -> date | None:
    """The first day that counts; None where no day was chosen. Raises Unfit."""
    wanted, said = mode_of(settings), settings.get("start_date", "")
    if wanted is not StartMode.FROM_DATE:
        return None
    try:
        return date.fromisoformat(said)
    except (TypeError, ValueError):
        remedy = "Give the first day that counts, like 2026-01-01."
        raise Unfit("start_date", f"“{str(said)[:60]}” is no day to start from.", remedy) from None


def since(settings: Mapping[str, Any], time_zone: str, now: datetime) -> datetime | None:
    """What did not change since then is left alone on both sides; None: nothing is. Raises Unfit."""
    day = day_of(settings)
    if day is not None:
        return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)
    return now - CLOCKS if mode_of(settings) is StartMode.ON_CHANGE else None
