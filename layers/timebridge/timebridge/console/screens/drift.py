"""Checks: whether both sides agree, pair by pair; and what differs put right."""

from typing import Any

from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.problems import connections_of, counts_of

screens = Screens("drift")

SIZE = 50


@screens.get("/<tenant>/drift")
def list_checks(visit: Visit, tenant: str) -> Answer:
    connections = connections_of(visit)
    checks = {id: _checks(visit, id) for id in connections}
    shown: dict[str, Any] = {"connections": connections, "checks": checks, "counts": counts_of(visit)}
    return visit.page("drift/list.html", title="Checks", **shown)


@screens.post("/<tenant>/drift/<connection>")
def start(visit: Visit, tenant: str, connection: str) -> Answer:
    run = visit.api.post(f"connections/{part(connection)}/verify")["run"]
    return visit.back_to(f"drift/{part(connection)}/{part(run)}")


@screens.get("/<tenant>/drift/<connection>/<run>")
def show(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    path = f"connections/{part(connection)}"
    found = visit.api.get(f"{path}/runs/{part(run)}")
    if found["kind"] != "verify":
        raise Refused(404, {"detail": "This run is no check.", "remedy": "See it among the runs."})
    query = {"start": visit.query.get("start") or None, "limit": SIZE}
    page = visit.api.get(f"{path}/runs/{part(run)}/differences", **query)
    shown: dict[str, Any] = {"run": found, "page": page, "connection": connections_of(visit)[connection]}
    if visit.is_partial:
        return visit.fragment("drift/_check.html", **shown)
    return visit.page("drift/check.html", title="Check", **shown)


@screens.post("/<tenant>/drift/<connection>/<run>/repair")
def repair(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    """All that differs, or one pair."""
    flow, ours = visit.form.get("flow"), visit.form.get("ours")
    body = {"flow": flow, "ours": ours} if ours else {}
    said = visit.api.post(f"connections/{part(connection)}/runs/{part(run)}/differences/repair", body)
    words = "It is synchronised now. Check again to see what came of it." if said["changes"] else "Nothing differs."
    if visit.is_partial:
        return visit.fragment("drift/_repaired.html", said=words)
    return visit.back_to(f"drift/{part(connection)}/{part(run)}", said=words)


def _checks(visit: Visit, connection: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = visit.api.get(f"connections/{part(connection)}/runs", kind="verify", limit=3)["items"]
    return found
