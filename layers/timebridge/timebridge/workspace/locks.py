"""Who may not change a record any more, or not here, and what to do instead."""

from collections.abc import Mapping
from typing import Any

from timebridge.errors import Locked
from timebridge.flows import MANAGED_BY
from timebridge.records import Value
from timebridge.workspace.wording import spoken

PLACES = ("project", "task")
"""Kinds on which time is tracked."""

DECIDED_HERE = {"budget", "budget_hours", "open_to_all", "manager"}
"""What people may set on a record that is the image of one elsewhere."""

HERE = " Time can be tracked on it here, and its budget and manager set."

LOCKED = {
    "time_entry": {"approved": "Reopen it first; that also takes it out of the books."},
    "expense": {"approved": "Reopen it first; that also takes it out of the books."},
    "expense_report": {"approved": "Reopen it first; that also takes it out of the books."},
    "invoice": {
        "reviewed": "Make it a draft again first.",
        "final": "Void it and bill again.",
        "void": "Bill again.",
    },
}
"""By kind: the statuses in which a record may not be changed, each with what to do instead."""


def refuse_locked(kind: str, values: Mapping[str, Value]) -> None:
    """Raises Locked for an approved entry, which may be in the books, and for an invoice that is out."""
    status = str(values.get("status"))
    remedy = LOCKED.get(kind, {}).get(status)
    if remedy:
        raise Locked(f"This {spoken(kind)} is {status} and may not be changed any more.", remedy=remedy, field="status")


def keeper_of(kind: str, values: Mapping[str, Value]) -> str | None:
    """The connection in whose account a record is changed, if not here. A payment stays in the books it came from."""
    keeper = values.get(MANAGED_BY) or (values.get("from_books") if kind == "payment" else None)
    return str(keeper) if keeper else None


def refuse_managed(kind: str, values: Mapping[str, Value], patch: Mapping[str, Any] | None = None) -> None:
    """Raises Locked for what comes from elsewhere. `patch`: only if it touches more than what is decided here."""
    if keeper_of(kind, values) is None or (patch is not None and set(patch) <= DECIDED_HERE):
        return
    raise Locked(
        f"This {spoken(kind)} comes from another system and is changed there: its name, its place and whether it is "
        "archived follow by themselves.",
        remedy="Change it there." + (HERE if kind in PLACES else ""),
        field=next(iter(patch or {}), None),
    )
