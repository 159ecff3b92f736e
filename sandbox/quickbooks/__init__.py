"""A local QuickBooks Online: OAuth, accounting API, webhooks and two companies on one address."""

from sandbox.quickbooks.app import QuickBooks
from sandbox.quickbooks.throttle import Limits

__all__ = ["Limits", "QuickBooks"]
