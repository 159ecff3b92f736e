"""Connecting: the catalogue, each step of the set-up of a second company, and the initial sync of the first."""

import time
from collections.abc import Callable

import requests

from sandbox.demo.browser import allow
from tests.browser.firm import Firm

PATIENCE = 120.0


def _being_set_up(firm: Firm) -> str:
    found = firm.api.get("connections")["items"]
    return next(str(each["id"]) for each in found if each["setup"])


def prepare(firm: Firm) -> None:
    """A second company of QuickBooks, connected and looked at, and not yet switched on."""
    _, second = firm.stage.quickbooks.companies
    name = next(each["DisplayName"] for each in _customers(firm, second))
    firm.api.post("clients", {"name": f"{name[:3]}{name[4:]}"})
    made = firm.api.post("connections", {"provider": "quickbooks_online", "setup": True})["id"]
    allow(firm.api.post(f"connections/{made}/connect")["authorise_url"], realm=second)
    firm.api.post(f"connections/{made}/preview")
    firm.api.post(f"connections/{made}/setup", {"step": "preview"})
    end = time.monotonic() + PATIENCE
    while firm.api.get(f"connections/{made}/preview")["run"]["status"] == "running" and time.monotonic() < end:
        time.sleep(0.5)


def _customers(firm: Firm, realm: str) -> list[dict[str, str]]:
    url = f"{firm.stage.quickbooks.url}/_sandbox/companies/{realm}/Customer"
    found: list[dict[str, str]] = requests.get(url, timeout=10).json()
    return found


def _step(name: str) -> Callable[[Firm], str]:
    return lambda firm: f"connections/{_being_set_up(firm)}/setup/{name}"


PAGES = {
    "connections": lambda _: "connections",
    "connect": lambda _: "connections/new",
    "connection": lambda firm: f"connections/{firm.quickbooks}",
    "setup-account": _step("account"),
    "setup-check": _step("check"),
    "setup-matches": _step("matches"),
    "setup-rules": _step("rules"),
    "setup-preview": _step("preview"),
    "load": lambda firm: f"connections/{firm.quickbooks}/load",
    "load-cancel": lambda firm: f"connections/{firm.quickbooks}/load/cancel",
}
