"""What goes between the workspace and QuickBooks Online, as data.

Deletions never reach the books: a customer, employee or item that is made inactive in QuickBooks archives its
counterpart here, while archiving a record here leaves the books alone. Postings are the exception: withdrawing what was
posted takes it out of the books again.
"""

from collections.abc import Mapping
from typing import Any

from timebridge.choices import overlaid
from timebridge.flows import Flow
from timebridge.providers.quickbooks_online import (
    customers,
    expenses,
    history,
    invoices,
    jobs,
    lists,
    payments,
    time_activities,
    transactions,
)

PARTS = (lists, customers, jobs, time_activities, expenses, invoices, payments, transactions, history)


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    """The flows of a connection. Settings, all optional: `flows`, what is chosen of each (see `choices`)."""
    return overlaid((flow for part in PARTS for flow in part.flows(settings)), settings.get("flows", {}))
