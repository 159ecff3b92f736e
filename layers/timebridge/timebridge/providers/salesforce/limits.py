"""The daily calls of an org: what it says itself, and what Salesforce publishes for each edition.

https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/
"""

from datetime import UTC, datetime

from timebridge.budget import Edition, Quota, Usage
from timebridge.flows import Flows
from timebridge.providers.provider import App
from timebridge.providers.salesforce.oauth import ORGANIZATION
from timebridge.providers.salesforce.side import open_side
from timebridge.tenants import Connection, Grants

EDITIONS = (
    Edition("Developer Edition", 15_000, 0, for_sale=False),
    Edition("Professional Edition", 100_000, 1_000, needs="the API add-on"),
    Edition("Enterprise Edition", 100_000, 1_000),
    Edition("Unlimited Edition", 100_000, 5_000),
    Edition("Performance Edition", 100_000, 5_000, for_sale=False),
)
"""From the smallest to the largest, of those that can be bought. Rolling 24 hours, one pool for all apps of the org."""


def quota(app: App, grants: Grants, connection: Connection) -> Quota:
    """Two calls, whatever is left: a person asked."""
    side = open_side(app, grants, connection, Flows(()))
    side.reserve = None
    told = side.client.get("limits")["DailyApiRequests"]
    [org] = side.client.rows([ORGANIZATION])
    limit, left = int(told["Max"]), int(told["Remaining"])
    usage = Usage(limit - left, limit, datetime.now(UTC))
    return Quota(usage, next((each for each in EDITIONS if each.name == org["OrganizationType"]), None), EDITIONS)
