"""A look at a connection: does it answer, how fast, may our user see everything we need, and may they write?"""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from timebridge.errors import SyncError
from timebridge.flows import Flows
from timebridge.providers.provider import App, cause_of
from timebridge.providers.salesforce.client import Answer, Client
from timebridge.providers.salesforce.flows import flows
from timebridge.providers.salesforce.oauth import ORGANIZATION
from timebridge.providers.salesforce.refusals import error_of
from timebridge.providers.salesforce.side import SalesforceSide, open_side
from timebridge.providers.salesforce.soql import one
from timebridge.tenants import Connection, Grants

APP = ("CLIENT_NOT_ACCESSIBLE_FOR_USER", "OAUTH_APP_", "OAUTH_EC_APP_NOT_FOUND", "invalid_client", "approved this")
PERMISSION = (
    "API_DISABLED",
    "API_CURRENTLY_DISABLED",
    "FUNCTIONALITY_NOT_ENABLED",
    "INSUFFICIENT_ACCESS",
    "INVALID_FIELD",
    "INVALID_TYPE",
    "TXN_SECURITY",
)
NETWORK = ("ip restricted",)
MARKS = (("app disabled", APP), ("permission", PERMISSION), ("network", NETWORK))
"""A class of causes, and the marks of its errors; the first that fits holds, and else the error's own type."""

TEST_OBJECT = "Task"
"""Exists in every org, belongs to nothing that we synchronise, and hardly ever starts an automation."""


def probe(app: App, grants: Grants, connection: Connection) -> dict[str, Any]:
    """One call for five objects. A field that our user may not see is a failure too, named in `reason`."""

    def look(side: SalesforceSide) -> dict[str, Any]:
        return _facts(side.client, [one(name, fields) for name, fields in side.columns.items()])

    return _looked(app, grants, connection, look)


def ping(app: App, grants: Grants, connection: Connection) -> dict[str, Any]:
    """One call, in which a task is written, read back and removed: nothing stays even if the answer is lost."""
    return _looked(app, grants, connection, lambda side: _pinged(side.client))


def _cause(error: SyncError) -> str:
    found = (name for name, marks in MARKS if any(mark in error.detail for mark in marks))
    return next(found, cause_of(error))


def _looked(
    app: App, grants: Grants, connection: Connection, look: Callable[[SalesforceSide], dict[str, Any]]
) -> dict[str, Any]:
    started = time.monotonic()
    try:
        found = look(open_side(app, grants, connection, Flows(flows(connection.settings))))
    except SyncError as error:
        return {"ok": False, "cause": _cause(error), "reason": error.for_user, "remedy": error.remedy}
    return {"ok": True, "latency": round(time.monotonic() - started, 3), **found}


def _facts(client: Client, samples: list[str]) -> dict[str, Any]:
    organisation, *_ = client.first_pages([(soql, False) for soql in (ORGANIZATION, *samples)])
    found = organisation["records"][0]
    return {
        "name": found["Name"],
        "edition": found["OrganizationType"],
        "sandbox": found["IsSandbox"],
        **_usage(client),
    }


def _pinged(client: Client) -> dict[str, Any]:
    values = {"Subject": "timebridge connection test", "Description": uuid4().hex}
    record = f"sobjects/{TEST_OBJECT}/@{{ping.id}}"
    written, read, removed = client.composite(
        [
            {"method": "POST", "url": f"sobjects/{TEST_OBJECT}", "body": values, "referenceId": "ping"},
            {"method": "GET", "url": f"{record}?fields={','.join(values)}"},
            {"method": "DELETE", "url": record},
        ],
        repeatable=False,
    )
    for answer in (written, read, removed):
        _check(answer)
    same = {name: read.body.get(name) for name in values} == values
    return {"written": True, "read_back": same, "removed": removed.ok, **_usage(client)}


def _check(answer: Answer) -> None:
    if not answer.ok:
        raise error_of(answer.status, answer.body, whole=True)


def _usage(client: Client) -> dict[str, Any]:
    return {"used": client.usage.used, "limit": client.usage.limit} if client.usage else {}
