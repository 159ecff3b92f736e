"""How to make a QuickBooks company refuse a whole call, one way for each code."""

from collections.abc import Callable, Mapping

import requests

from tests.contract.quickbooks_refusals import World
from timebridge.errors import SyncError
from timebridge.providers.quickbooks_online.side import QuickBooksOnline


def throttled(world: World) -> None:
    world.books.control("throttle", {"enabled": True, "per_second": 0})
    world.side.client.company()


def disconnected(world: World) -> None:
    """The grant is gone, so that no new token helps: what QuickBooks says to the old one is looked at as it stands."""
    world.books.control(f"companies/{world.books.realm}/disconnect")
    world.side.client.session.auth = token(world.side)
    world.side.client.company()


def nobody(world: World) -> None:
    world.side.client.session.auth = lambda request: request
    world.side.client.company()


def elsewhere(world: World) -> None:
    other = list(world.sandbox.companies)[1]
    world.side.client.query("SELECT * FROM Customer")
    world.side.client.session.get(f"{world.side.client.api_url}/company/{other}/companyinfo/{other}", headers=JSON)


JSON = {"Accept": "application/json"}


def token(side: QuickBooksOnline) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    held = side.client.session.auth.grants.get().access_token

    def put(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {held}"
        return request

    return put


def many(world: World, count: int, request: str = "r") -> None:
    item = {"operation": "create", "Customer": {"DisplayName": "x"}}
    world.side.client.batch([{"bId": str(number), **item} for number in range(count)], request)


OF_A_CALL: Mapping[str, Callable[[World], None]] = {
    "400": lambda w: many(w, 0),
    "1040": lambda w: many(w, 31),
    "2130": lambda w: many(w, 1, "r" * 60),
    "3001": throttled,
    "3100": elsewhere,
    "3200": disconnected,
    "3202": nobody,
    "4000": lambda w: w.side.client.query("SELECT * FORM Customer"),
    "4001": lambda w: w.side.client.query("SELECT * FROM Customer STARTPOSITION 0"),
}

INJECTED: Mapping[str, tuple[int, str]] = {
    "100": (400, "AuthenticationFault"),
    "120": (403, "AuthorizationFault"),
    "130": (400, "SystemFault"),
    "140": (403, "SystemFault"),
    "600": (400, "ValidationFault"),
    "1000": (400, "SystemFault"),
    "3201": (403, "AUTHORIZATION"),
    "5020": (403, "AuthorizationFault"),
    "6002": (400, "SERVICE"),
    "10000": (400, "SystemFault"),
    "10100": (400, "ValidationFault"),
    "10200": (400, "ValidationFault"),
}
"""Status and type of faults whose cause lies with Intuit: the sandbox has it only when it is told to."""


def inject(world: World, code: str) -> None:
    status, kind = INJECTED[code]
    error = {"Message": f"Refused with {code}", "Detail": "", "code": code, "element": ""}
    body = {"Fault": {"Error": [error], "type": kind}}
    told = {"intuit_tid": "1-injected"}
    world.books.fail("/v3/company", kind="status", status=status, body=body, headers=told, times=None)
    world.side.client.company()


def raised(provoke: Callable[[World], None], world: World) -> SyncError:
    try:
        provoke(world)
    except SyncError as error:
        return error
    raise AssertionError("QuickBooks took it")
