"""What posting is called on the screens: states, fields and values of what goes into the books."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from timebridge.console import wording

type Item = Mapping[str, Any]
"""How a record stands with the books, as the API says it."""

TYPES = {"time": "Time", "expenses": "Expenses", "invoices": "Invoices"}
ONE = {
    "time_entry": "time entry",
    "expense_report": "expense report",
    "expense": "expense",
    "invoice": "invoice",
}
MANY = {"time": "time entries", "expenses": "expenses and reports", "invoices": "invoices"}

STATES = {
    "ready": ("Ready", "info"),
    "blocked": ("Cannot be posted", "bad"),
    "waiting": ("Waiting", "wait"),
    "posted": ("Posted", "good"),
    "changed": ("Changed since posted", "wait"),
}
STATUSES = {
    "draft": ("Entered", "none"),
    "submitted": ("Submitted", "none"),
    "rejected": ("Rejected", "bad"),
    "reviewed": ("Reviewed", "none"),
    "void": ("Void", "none"),
}
STAGES = {
    "entered": "Entered",
    "submitted": "Submitted",
    "rejected": "Rejected",
    "approved": "Ready to post",
    "blocked": "Cannot be posted",
    "waiting": "Waiting",
    "posted": "Posted",
    "changed": "Changed since posted",
}
OUTCOMES = {
    "posted": ("Posted", "good"),
    "taken_back": ("Taken back", "good"),
    "waiting": ("Waiting", "wait"),
    "refused": ("Refused", "bad"),
}
CHOICES = {
    "time": {
        "": "All",
        "ready": "Ready to post",
        "blocked": "Cannot be posted",
        "waiting": "Waiting",
        "posted": "Posted",
        "changed": "Changed since posted",
        "draft": "Entered",
        "submitted": "Submitted",
        "rejected": "Rejected",
    },
    "invoices": {
        "": "All",
        "draft": "Draft",
        "reviewed": "Reviewed",
        "ready": "Final, ready to post",
        "blocked": "Cannot be posted",
        "waiting": "Waiting",
        "posted": "Posted",
        "changed": "Changed since posted",
        "void": "Void",
    },
}
CHOICES["expenses"] = CHOICES["time"]

POOLS = {"reports": "Reports", "cards": "Card charges", "loose": "In no report"}

FIELDS = {
    "class": "Class",
    "department": "Location",
    "work_date": "Date",
    "labour_code": "Item",
    "billable": "Billing",
    "person": "Person",
    "employee": "Person",
    "vendor": "Person",
    "name_of": "Employee or vendor",
    "post_as": "Posted as",
    "document_lines": "Lines",
    "lines": "Lines",
    "linked_time": "Time that it bills",
    "po_number": "Purchase order",
    "tax_mode": "Tax",
    "email_status": "E-mail",
    "booking": "Company's own tax settings",
}
CLOSING = {
    "hold": "What belongs to it waits.",
    "first_open": "What belongs to it is posted on the first open day, and says its own.",
    "ask": "What belongs to it waits, unless you choose the first open day when posting.",
}


def named(name: str) -> str:
    """A field of a record, or a line of one, like `line 2: class`."""
    line, _, field = name.rpartition(": ")
    said = FIELDS.get(field, wording.plain(field))
    return f"{wording.plain(line)}: {said}" if line else said


def shown(value: Any, names: Mapping[str, str]) -> str:
    """A value in words: what an id stands for, a day, yes or no."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return wording.money(value)
    text = str(value)
    known = names.get(text.rpartition("/")[2]) or names.get(text)
    return known or _day(text) or text


def _day(text: str) -> str | None:
    try:
        return wording.day(date.fromisoformat(text))
    except ValueError:
        return None


def title_of(item: Item, names: Mapping[str, str]) -> str:
    """What a record is called in a list of results: whose it is, of which day, and how much."""
    values = item["values"]
    if item["kind"] == "time_entry":
        return f"{_who(values, names)}, {wording.day(values['work_date'])}, {wording.hours(values['hours'])} h"
    if item["kind"] == "invoice":
        number = values.get("number") or values.get("posted_number")
        client = names.get(str(values["client"]), "")
        return f"{f'Invoice {number}' if number else 'Invoice'}, {client}, {wording.money(values['amount'])}"
    said = "Expense report" if item["kind"] == "expense_report" else "Expense"
    return f"{said} of {_who(values, names)}, {wording.day(values['date'])}, {wording.money(values['amount'])}"


def _who(values: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return names.get(str(values["staff"]), "Somebody")


def badge_of(item: Item) -> tuple[str, str]:
    """How it stands: in the books, on its way, or still being worked on."""
    status = item["values"].get("status")
    if item["state"] in ("posted", "changed", "waiting") or status not in STATUSES:
        return STATES[item["state"]]
    if status == "draft" and item["kind"] == "invoice":
        return "Draft", "none"
    if status == "submitted" and item["state"] == "ready":
        return STATES["ready"]
    return STATUSES[status]


def line_heads(lines: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    """The columns of a table of lines: what any of them says, the amount last."""
    found = list(dict.fromkeys(fact["name"] for line in lines for fact in line))
    return [*(name for name in found if name != "Amount"), *(name for name in found if name == "Amount")]


WORDS: dict[str, Any] = {
    "line_heads": line_heads,
    "named": named,
    "shown": shown,
    "title_of": title_of,
    "badge_of": badge_of,
    "stages": STAGES,
    "outcomes": OUTCOMES,
    "types": TYPES,
    "many": MANY,
    "one": ONE,
    "closing": CLOSING,
}
"""What every template of posting knows."""
