"""Limits: what a connection asks of its provider, what is left, and what is held back for others."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from timebridge.console import tuning
from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("limits")

SHOWN = 14
"""Days of the chart."""

PACES = (
    ("at_once", "At once", "Hours are there within seconds."),
    ("with_pull", "With the next run, together", "Far fewer calls. Right where people enter hours all day."),
)


@screens.get("/<tenant>/settings/connections/<connection>/limits")
def show_limits(visit: Visit, tenant: str, connection: str) -> Answer:
    return _page(visit, connection)


@screens.post("/<tenant>/settings/connections/<connection>/limits")
def save_limits(visit: Visit, tenant: str, connection: str) -> Answer:
    form = visit.form
    wanted: dict[str, Any] = {
        "reserve": _share(form.get("reserve")),
        "outgoing_time": form.get("outgoing_time"),
        "nudge": form.is_on("nudge"),
    }
    if "read_budget" in form:
        wanted["read_budget"] = _count(form["read_budget"])
    usual = {"reserve": 0.05, "outgoing_time": "at_once", "nudge": False, "read_budget": None}

    def change(settings: tuning.Settings) -> tuning.Settings:
        """What is as usual is left out, unless somebody wrote it down before."""
        said = {name: value for name, value in wanted.items() if name in settings or value != usual[name]}
        return tuning.without(settings, *(name for name, value in wanted.items() if value is None)) | {
            name: value for name, value in said.items() if value is not None
        }

    try:
        tuning.save(visit, connection, change)
    except Refused as error:
        return _page(visit, connection, tuning.reasons(error), error)
    return visit.back_to(f"settings/connections/{part(connection)}/limits", said="Saved.")


def _every(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last ones, up to today, also those on which nothing was asked."""
    known, today = {day["date"]: day for day in days}, datetime.now(UTC).date()
    dates = [(today - timedelta(days=back)).isoformat() for back in reversed(range(SHOWN))]
    return [known.get(date, {"date": date, "calls": 0, "reads": 0}) for date in dates]


def _share(text: str) -> float | str:
    """Of a hundred. What is no number the API refuses, at its field."""
    try:
        return float(Decimal(text.replace(",", ".").strip("% ")) / 100)
    except InvalidOperation:
        return text or "missing"


def _count(text: str) -> int | str | None:
    """Empty: as the operator has it."""
    return int(text) if text.isascii() and text.isdecimal() else text or None


def _page(visit: Visit, connection: str, errors: dict[str, str] | None = None, error: Refused | None = None) -> Answer:
    shown = tuning.about(visit, connection, "limits")
    settings, form = shown["connection"]["settings"], visit.form
    usage = visit.api.get(f"connections/{part(connection)}/usage")
    days = _every(usage["days"])
    return visit.page(
        "settings/limits.html",
        title=f"Limits of {shown['name']}",
        status=error.status if error else 200,
        usage=usage,
        days=days,
        most=max([day["calls"] for day in days], default=0),
        typed={
            "reserve": form.get("reserve") or f"{Decimal(str(usage['reserve'])) * 100:f}".rstrip("0").rstrip("."),
            "read_budget": form.get("read_budget") or settings.get("read_budget", ""),
            "nudge": form.is_on("nudge") if form else settings.get("nudge", False),
            "outgoing_time": form.get("outgoing_time") or settings.get("outgoing_time", "at_once"),
        },
        paces=PACES,
        errors=errors or {},
        error=error,
        **shown,
    )
