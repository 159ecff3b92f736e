"""Is a connection sound: do its settings fit the account, does a trial run work, how do its runs go. And its guide."""

from typing import Any

from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.connections import asks, one

screens = Screens("checking")

DAYS = 14


@screens.get("/<tenant>/connections/<connection>/soundness")
def show(visit: Visit, tenant: str, connection: str) -> Answer:
    base, found = f"connections/{part(connection)}", one(visit, connection)
    shown: dict[str, Any] = {
        "connection": found,
        "health": visit.api.get(f"{base}/health"),
        "metrics": visit.api.get(f"{base}/metrics", days=DAYS),
        "package": _package(visit, base) if found["provider"] == "salesforce" else None,
        "days": DAYS,
        "asks": asks(visit),
    }
    return visit.page("checking/show.html", title="Soundness", **shown)


def _package(visit: Visit, base: str) -> dict[str, Any] | None:
    """What the org has of our package; None where nobody can tell at the moment."""
    if not visit.may_administer:
        return None
    try:
        found: dict[str, Any] = visit.api.get(f"{base}/package")
    except Refused:
        return None
    return found


@screens.post("/<tenant>/connections/<connection>/soundness")
def look(visit: Visit, tenant: str, connection: str) -> Answer:
    found = visit.api.post(f"connections/{part(connection)}/health")
    said = "Everything fits." if found["healthy"] else ""
    problem = "" if found["healthy"] else "Something does not fit any more; it is listed below."
    return visit.back_to(f"connections/{connection}/soundness", said=said, problem=problem)


@screens.post("/<tenant>/connections/<connection>/self-test")
def self_test(visit: Visit, tenant: str, connection: str) -> Answer:
    started = visit.api.post(f"connections/{part(connection)}/self-test")
    return visit.back_to(f"runs/{connection}/{started['run']}", said="The trial run has begun.")


@screens.get("/<tenant>/connections/<connection>/package.zip")
def download(visit: Visit, tenant: str, connection: str) -> Answer:
    return visit.api.download(f"connections/{part(connection)}/package/source")


@screens.get("/<tenant>/connections/<connection>/guide")
def guide(visit: Visit, tenant: str, connection: str) -> Answer:
    found = visit.api.get(f"connections/{part(connection)}/guide", user=visit.query.get("user"))
    return visit.page("checking/guide.html", title=found["title"], connection=one(visit, connection), guide=found)
