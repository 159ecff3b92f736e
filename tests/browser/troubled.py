"""Records in trouble, made for one test or picture: refused by Salesforce, in conflict, or likely to be the same."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.demo.stage import call
from tests.browser.firm import Firm

PATIENCE = 60.0
ACCOUNT = "salesforce.account"


def until[T](look: Callable[[], T | None], what: str) -> T:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.3)
    raise TimeoutError(what)


def clients(firm: Firm, number: int) -> list[dict[str, Any]]:
    """Some that are linked with an account and wait for nothing; the last ones, as others take the first."""
    links = firm.api.all(f"connections/{firm.salesforce}/links", flow=ACCOUNT, state="live")
    free = [link["ours"] for link in links if link["theirs"] and not link["conflicts"]][-number:]
    return [firm.api.get(f"clients/{id}") for id in free]


def seller(firm: Firm, verb: str, id: str = "", **values: str) -> str:
    """A person at work in Salesforce, on an account."""
    url = f"{firm.stage.salesforce.url}/_sandbox/records/Account{f'/{id}' if id else ''}"
    return str(call({"create": "POST", "update": "PATCH"}[verb], url, json=values)["id"])


def account_of(firm: Firm, client: str) -> str:
    link = firm.api.link(firm.salesforce, ACCOUNT, client)
    assert link is not None
    return str(link["theirs"])


@contextmanager
def refusing_phones(firm: Firm, why: str) -> Iterator[None]:
    url = f"{firm.stage.salesforce.url}/_sandbox/refusals"
    order = {"object": "Account", "code": "STRING_TOO_LONG", "message": why, "fields": ["Phone"]}
    call("POST", url, json=order)
    try:
        yield
    finally:
        call("DELETE", url)


def refuse(firm: Firm, number: int, phone: str) -> list[dict[str, Any]]:
    """Clients whose phone number Salesforce has refused. What it is asked again, it takes."""
    chosen = clients(firm, number)
    with refusing_phones(firm, f"Phone: {phone} is too long"):
        for client in chosen:
            firm.api.patch("clients", client, phone=phone)
            firm.api.post(f"connections/{firm.salesforce}/sync", {"kind": "client", "id": client["id"]})
        for client in chosen:
            until(lambda id=client["id"]: waiting(firm, id), f"{client['id']} was not refused")  # type: ignore[misc]
        until(lambda: firm.stage.waiting() == 0 or None, "the edits did not come to an end")
    return chosen


def waiting(firm: Firm, id: str, sort: str = "parked") -> dict[str, Any] | None:
    found = firm.api.get("problems", q=id, sort=sort)["items"]
    return found[0] if found else None


@contextmanager
def silent(firm: Firm) -> Iterator[None]:
    """Salesforce tells nobody about what is changed there."""
    url = f"{firm.stage.salesforce.url}/_sandbox/settings"
    call("PATCH", url, json={"outbound_paused": True})
    try:
        yield
    finally:
        call("PATCH", url, json={"outbound_paused": False})


def clash(firm: Firm, ours: str, theirs: str) -> dict[str, Any]:
    """A client whose website both sides have changed. Nobody wins from now on: with the rule as it was, the next sync
    would decide."""
    before = firm.api.get(f"connections/{firm.salesforce}")["settings"]
    flows = before.get("flows", {})
    _choose(firm, {**before, "flows": {**flows, ACCOUNT: {**flows.get(ACCOUNT, {}), "winner": "nobody"}}})
    [client] = clients(firm, 1)
    with silent(firm):
        seller(firm, "update", account_of(firm, client["id"]), Website=theirs)
        firm.api.patch("clients", client, website=ours)
        firm.api.post(f"connections/{firm.salesforce}/sync", {"kind": "client", "id": client["id"]})
        until(lambda: waiting(firm, client["id"], "conflict"), "no conflict")
    return client


def _choose(firm: Firm, settings: dict[str, Any]) -> None:
    path = f"connections/{firm.salesforce}"
    firm.api.call("PATCH", path, json={"settings": settings, "revision": firm.api.get(path)["revision"]})


def lookalike(firm: Firm, ours: str, theirs: str) -> dict[str, Any]:
    """A client, and an account that may be the same."""
    client: dict[str, Any] = firm.api.post("clients", {"name": ours, "phone": "+43 1 5550177"})
    seller(firm, "create", Name=theirs, Phone="+43 1 5550188")
    firm.api.post(f"connections/{firm.salesforce}/sync")
    until(lambda: waiting(firm, theirs, "question"), "no question")
    return client
