"""What people and programs do to a connection to QuickBooks, as the tests of its life need it."""

from typing import Any

from tests.admin import Person
from tests.stage import Stage, control, http
from timebridge.tenants import Connection, Provider

QUICKBOOKS = Provider.QUICKBOOKS_ONLINE
ID = "quickbooks_online"


def connected(stage: Stage, admin: Person) -> Connection:
    """A live connection, and somebody who wants to be told."""
    found = stage.connect(QUICKBOOKS)
    wishes = admin.get("notifications").body
    told = {"recipients": ["ada@acme.example"], "errors": 0, "minutes": 60, "digest": False}
    assert admin.call("PATCH", "notifications", {**told, "revision": wishes["revision"]}).status == 200
    return found


def shown(admin: Person, id: str = ID) -> dict[str, Any]:
    found: dict[str, Any] = admin.get(f"connections/{id}").body
    return found


def visit(stage: Stage, page: str, **query: str) -> dict[str, Any]:
    """A browser that Intuit sends to one of our addresses."""
    return stage.call("oauth", http(f"GET /api/{{provider}}/{page}", {"provider": "quickbooks"}, query=query))


def disconnect_there(stage: Stage) -> None:
    control("POST", f"{stage.quickbooks.url}/_sandbox/companies/{stage.realm}/disconnect")


def refreshes(stage: Stage) -> int:
    return int(control("GET", f"{stage.quickbooks.url}/_sandbox/tokens")["refreshes"])
