"""Why an entry may not be changed by whoever looks at it, in a sentence for them."""

from collections.abc import Mapping
from typing import Any

from timebridge.api.access import ADMINS, WRITERS, Caller
from timebridge.store.expense_reports import is_collecting

SAID = {
    "submitted": "Submitted: it waits for approval.",
    "approved": "Approved: ask your manager or an administrator to reopen it.",
}


def why_locked(values: Mapping[str, Any], caller: Caller, me: str | None) -> str | None:
    """`me`: the caller's record among the staff. None: it may be changed."""
    if not caller.is_any(WRITERS):
        return "You may look, but not change anything."
    if values.get("staff") != me and not caller.is_any(ADMINS):
        return "Only the person whose it is changes it."
    return _by_status(values, caller.is_any(ADMINS))


def _by_status(values: Mapping[str, Any], may_all: bool) -> str | None:
    if values.get("from_books"):
        return "It was imported from the books, and is changed there."
    if values.get("invoice"):
        return "It is on an invoice."
    if values.get("posted_to"):
        return "It is in the books, or on its way there: an administrator can take it back."
    if may_all and values.get("status") == "approved":
        return "Approved: reopen it first."
    free = may_all and not values.get("report")
    return None if free or is_collecting(values) else SAID.get(str(values.get("status")))
