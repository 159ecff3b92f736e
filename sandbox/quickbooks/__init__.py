"""A local QuickBooks Online: OAuth, accounting API, webhooks and two companies on one address.

Where Intuit's documents are silent, the sandbox chooses the behaviour that asks more of a caller:
- A code used a second time ends the grant it made; a new consent for a company ends the one before; codes last 300 s.
- Replies to request ids are kept until the reset (switch `requestid_hours` shortens that); refusals are not kept.
- Batches know create, update, delete and Query. A batch item is recognised again only by short ids.
- A payment moves the SyncToken of what it pays. Balances of customers and vendors move only LastUpdatedTime.
- A `ParentRef` without `Job: true` makes no sub-customer. Sparse updates work on every entity that can be updated.
- Making a record inactive is told as an update, a void as `void`. Characters beyond the basic plane are refused.
- Times without an offset are Pacific. A suspended company can be read and not written.
"""

from sandbox.quickbooks.app import QuickBooks
from sandbox.quickbooks.throttle import Limits

__all__ = ["Limits", "QuickBooks"]
