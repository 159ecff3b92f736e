"""Numbers, moments and states as people read them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

MINUTE, HOUR, DAY = 60, 3_600, 86_400
SOON = 45
"""Seconds that count as now."""

PROVIDERS = {
    "salesforce": "Salesforce",
    "quickbooks_online": "QuickBooks Online",
    "quickbooks_desktop": "QuickBooks Desktop",
}


def instant(value: str | datetime) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def relative(value: str | datetime, now: datetime | None = None) -> str:
    """`5 minutes ago`, `in 2 hours`; days beyond a month are not counted."""
    seconds = ((now or datetime.now(UTC)) - instant(value)).total_seconds()
    if abs(seconds) < SOON:
        return "just now" if seconds >= 0 else "in a moment"
    size, name = _unit(abs(seconds))
    count = round(abs(seconds) / size)
    words = f"{count} {name}{'' if count == 1 else 's'}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def _unit(seconds: float) -> tuple[int, str]:
    if seconds < 50 * MINUTE:
        return MINUTE, "minute"
    return (HOUR, "hour") if seconds < 22 * HOUR else (DAY, "day")


@pass_context
def moment(context: Context, value: str | datetime | None) -> str | Markup:
    """A moment with its distance from now, in the tenant's time zone."""
    if not value:
        return "never"
    return _time(context, value, "{relative}", "{day}, {time}")


@pass_context
def stamp(context: Context, value: str | datetime | None) -> str | Markup:
    """A moment to the minute, in the tenant's time zone."""
    return _time(context, value, "{day}, {time}", "{relative}") if value else ""


def _time(context: Context, value: str | datetime, shown: str, title: str) -> Markup:
    there = instant(value).astimezone(ZoneInfo(str(context.get("zone") or "UTC")))
    words = {"day": day(there.date()), "time": f"{there:%H:%M}", "relative": relative(there)}
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        there.isoformat(timespec="seconds"), title.format(**words), shown.format(**words)
    )


def day(value: str | date | None) -> str:
    """`21 Nov 2026`"""
    if not value:
        return ""
    found = value if isinstance(value, date) else date.fromisoformat(value[:10])
    return f"{found.day} {found:%b %Y}"


def weekday(value: str | date) -> str:
    found = value if isinstance(value, date) else date.fromisoformat(value)
    return f"{found:%a} {found.day}"


def number(value: Any) -> str:
    """With thousands apart; exact."""
    if value is None or value == "":
        return ""
    return f"{Decimal(str(value)):,f}"


def hours(value: Any) -> str:
    """Two decimals, `0` as a dash: a grid is read for what is in it."""
    found = Decimal(str(value or 0))
    return f"{found:,.2f}" if found else "–"


def money(value: Any, currency: str | None = None) -> str:
    if value is None or value == "":
        return ""
    words = f"{Decimal(str(value)):,.2f}"
    return f"{words} {currency}" if currency else words


def count(value: int, one: str, many: str = "") -> str:
    """`1 record`, `2 records`"""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < MINUTE:
        return f"{seconds:.0f} s" if seconds >= 1 else "under a second"
    minutes, rest = divmod(round(seconds), MINUTE)
    return f"{minutes} min {rest} s" if minutes < MINUTE else f"{minutes // MINUTE} h {minutes % MINUTE} min"


def provider(name: str) -> str:
    return PROVIDERS.get(name, plain(name))


def plain(name: str) -> str:
    """The name of a field, a kind or a state as words: `due_date` is `Due date`."""
    words = str(name).replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


FILTERS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (moment, stamp, day, weekday, number, hours, money, count, duration, provider, plain, relative)
}
