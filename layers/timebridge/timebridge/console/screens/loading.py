"""The initial sync as it goes: how far each kind is, how fast, how long yet, and what could not be done."""

from typing import Any

from timebridge.console.screens import Answer, Screens, Visit, part
from timebridge.console.screens.connections import asks, one

screens = Screens("loading")

SHOWN = 10
"""Problems that are shown while it runs; the run has them all."""


@screens.get("/<tenant>/connections/<connection>/load")
def load(visit: Visit, tenant: str, connection: str) -> Answer:
    shown = _state(visit, connection)
    if visit.is_partial:
        return visit.fragment("loading/_progress.html", **shown)
    return visit.page("loading/load.html", title="Initial sync", **shown)


@screens.get("/<tenant>/connections/<connection>/load/cancel")
def ask_to_cancel(visit: Visit, tenant: str, connection: str) -> Answer:
    return visit.page("loading/cancel.html", title="Cancel the initial sync?", **_state(visit, connection))


@screens.post("/<tenant>/connections/<connection>/load/cancel")
def cancel(visit: Visit, tenant: str, connection: str) -> Answer:
    visit.api.post(f"connections/{part(connection)}/runs/{part(visit.form['run'])}/cancel")
    return visit.back_to(f"connections/{connection}/load", said="Cancelled. What was done so far stays.")


@screens.post("/<tenant>/connections/<connection>/load/resume")
def resume(visit: Visit, tenant: str, connection: str) -> Answer:
    visit.api.post(f"connections/{part(connection)}/resume")
    return visit.back_to(f"connections/{connection}/load", said="It goes on with what is left.")


def _state(visit: Visit, connection: str) -> dict[str, Any]:
    base = f"connections/{part(connection)}"
    found = one(visit, connection)
    run = _run(visit, base, found)
    problems = visit.api.get(f"{base}/runs/{part(run['id'])}/problems", limit=SHOWN)["items"] if run else []
    order = visit.api.get(f"{base}/order")
    rows = _rows(order["items"], run) if run else []
    goes = run is not None and run["status"] == "running" and found["status"] == "loading"
    return {"connection": found, "run": run, "rows": rows, "problems": problems, "goes": goes} | {
        "order": order,
        "asks": asks(visit),
    }


def _run(visit: Visit, base: str, connection: dict[str, Any]) -> dict[str, Any] | None:
    """The one at work; else the latest."""
    id = connection["run"] if connection["status"] == "loading" else None
    if id is None:
        latest = visit.api.get(f"{base}/runs", kind="initial sync", limit=1)["items"]
        id = latest[0]["id"] if latest else None
    found: dict[str, Any] | None = visit.api.get(f"{base}/runs/{part(id)}") if id else None
    return found


def _rows(steps: list[dict[str, Any]], run: dict[str, Any]) -> list[dict[str, Any]]:
    """What is looked at, in that order. What has not begun says so."""
    feeds = [feed for step in steps for feed in step["feeds"]]
    begun = [feed["name"] for feed in feeds if feed["name"] in run["progress"]]
    return [
        {
            "where": feed["where"],
            "name": feed["title"],
            "progress": run["progress"].get(feed["name"]),
            "is_over": feed["name"] in begun and (feed["name"] != begun[-1] or run["status"] != "running"),
        }
        for feed in feeds
    ]
