"""Connecting a provider and following its initial sync, as an administrator of the tenant does."""

import time
from collections.abc import Callable
from typing import Any

from sandbox.demo.browser import allow
from sandbox.demo.stage import Stage

PATIENCE = 300.0


def connect(stage: Stage, provider: str, settings: dict[str, Any], **choice: str) -> tuple[str, str]:
    """Make a connection and consent. Returns its id, and what the last page said."""
    connection = stage.admin.post("connections", {"provider": provider, "settings": settings})["id"]
    consent = stage.admin.post(f"connections/{connection}/connect")
    return connection, allow(consent["authorise_url"], **choice)


def follow(stage: Stage, connection: str, progress: Callable[[float, dict[str, Any]], None]) -> dict[str, Any]:
    """Wait for the initial sync, telling how far it is. Returns the finished run."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        runs = stage.admin.get(f"connections/{connection}/runs")["items"]
        run: dict[str, Any] | None = next((run for run in runs if run["kind"] == "initial sync"), None)
        if run:
            progress(run["percent"] or 0.0, run["progress"])
            if run["status"] == "done":
                return run
            if run["status"] != "running":
                raise RuntimeError(f"The initial sync of {connection} {run['status']}: {run['reason']}")
        time.sleep(0.2)
    raise TimeoutError(f"The initial sync of {connection} did not end in {PATIENCE:.0f} s.")
