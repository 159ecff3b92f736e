"""Date macros as half-open ranges of days, in UTC: TODAY, LAST_MONTH, NEXT_N_DAYS:3 ..."""

from datetime import date, timedelta

type Range = tuple[date, date]


def month_start(day: date, months: int = 0) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def unit_range(unit: str, today: date, first: int, count: int) -> Range:
    """`count` whole units, the first of them `first` units away from the current one. Weeks start on Sunday."""
    if unit == "DAY":
        start = today + timedelta(days=first)
        return start, start + timedelta(days=count)
    if unit == "WEEK":
        start = today - timedelta(days=today.isoweekday() % 7) + timedelta(weeks=first)
        return start, start + timedelta(weeks=count)
    if unit == "MONTH":
        return month_start(today, first), month_start(today, first + count)
    return date(today.year + first, 1, 1), date(today.year + first + count, 1, 1)


def macro_range(macro: str, today: date) -> Range:
    """Raises ValueError for a macro whose number is missing."""
    name, _, number = macro.partition(":")
    days = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
    if name in days:
        return unit_range("DAY", today, days[name], 1)
    direction, *middle, unit = name.split("_")
    if not middle:
        return unit_range(unit, today, {"LAST": -1, "THIS": 0, "NEXT": 1}[direction], 1)
    return counted(direction, unit.removesuffix("S"), int(number), today)


def counted(direction: str, unit: str, count: int, today: date) -> Range:
    """LAST_N_DAYS includes today; the N whole weeks, months or years before do not include the current one."""
    if direction == "NEXT":
        return unit_range(unit, today, 1, count)
    start, end = unit_range(unit, today, -count, count)
    return (start, today + timedelta(days=1)) if unit == "DAY" else (start, end)
