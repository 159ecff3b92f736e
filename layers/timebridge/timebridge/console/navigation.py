"""What the pages are called, and where they are."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from timebridge.console.visits import Visit

EVERYBODY, DECIDERS, ADMINS = "everybody", "deciders", "admins"

ITEMS = (
    ("", "Home", EVERYBODY, ("",)),
    ("time", "My time", EVERYBODY, ("time",)),
    ("approvals", "Approvals", DECIDERS, ("approvals",)),
    ("post/time", "Post", EVERYBODY, ("post",)),
    ("records", "Records", EVERYBODY, ("records",)),
    ("problems", "Problems", EVERYBODY, ("problems", "conflicts", "matches", "duplicates", "drift")),
    ("runs", "Runs", EVERYBODY, ("runs",)),
    ("connections", "Connections", EVERYBODY, ("connections",)),
    ("reports", "Reports", ADMINS, ("reports",)),
    ("audit", "Audit", ADMINS, ("audit",)),
    ("settings", "Settings", EVERYBODY, ("settings",)),
)
"""Path, name, who sees it, and the first parts of the paths that belong to it."""

COUNTED = {"problems": "problems/count", "approvals": "approvals/count"}
"""Where the number beside an item comes from, by its path: what waits there for somebody."""


def items(visit: "Visit") -> list[dict[str, Any]]:
    if not visit.tenant_id:
        return []
    allowed = {EVERYBODY: True, DECIDERS: visit.may_decide, ADMINS: visit.may_administer}
    first = visit.path.partition("/")[0]
    return [
        {"url": visit.url(path), "path": path, "name": name, "current": first in parts, "count": COUNTED.get(path)}
        for path, name, who, parts in ITEMS
        if allowed[who]
    ]
