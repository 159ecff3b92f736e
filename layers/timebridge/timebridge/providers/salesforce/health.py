"""A look at a connection: does it answer, how fast, and may our user see everything we need?"""

import time
from typing import Any

from timebridge.errors import SyncError
from timebridge.flows import Flows
from timebridge.providers.provider import App
from timebridge.providers.salesforce.client import Client, page_of, query
from timebridge.providers.salesforce.flows import flows
from timebridge.providers.salesforce.oauth import ORGANIZATION
from timebridge.providers.salesforce.side import open_side
from timebridge.providers.salesforce.soql import one
from timebridge.tenants import Connection, Grants


def probe(app: App, grants: Grants, connection: Connection) -> dict[str, Any]:
    """One call. A field that our user may not see is a failure too, named in `reason`."""
    started = time.monotonic()
    try:
        side = open_side(app, grants, connection, Flows(flows(connection.settings)))
        facts = _facts(side.client, [one(name, fields) for name, fields in side.columns.items()])
    except SyncError as error:
        return {"ok": False, "cause": type(error).__name__, "reason": error.for_user, "remedy": error.remedy}
    return {"ok": True, "latency": round(time.monotonic() - started, 3), **facts}


def _facts(client: Client, samples: list[str]) -> dict[str, Any]:
    organisation, *rest = client.composite([query(soql) for soql in (ORGANIZATION, *samples)], repeatable=True)
    for answer in rest:
        page_of(answer)
    found = page_of(organisation)["records"][0]
    usage = client.usage
    return {
        "name": found["Name"],
        "edition": found["OrganizationType"],
        "sandbox": found["IsSandbox"],
        "used": usage.used if usage else None,
        "limit": usage.limit if usage else None,
    }
