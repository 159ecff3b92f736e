"""What was refused, of a record that waits or waited: which one it is, what was wrong, and what to do about it."""

from datetime import datetime
from typing import Any

from pydantic import Field

from timebridge.api.kinds import PLURAL_OF
from timebridge.api.views import View
from timebridge.books import folders
from timebridge.flows import Flow
from timebridge.links import Problem
from timebridge.records import Record
from timebridge.tenants import Connection
from timebridge.wording import called


class RefusedView(View):
    """`name`: of the record; `exists`: whether it is there on our side. `url`: the provider's page of theirs."""

    connection: str
    provider: str
    flow: str
    kind: str
    kinds: str
    object: str
    ours: str
    theirs: str | None
    url: str | None
    name: str
    exists: bool
    reason: str
    remedy: str
    field: str | None
    cause: str
    trouble: str
    tries: int
    since: datetime | None = Field(description="When it was refused first; missing where that was not written down.")


def refused(
    connection: Connection,
    flow: Flow,
    pair: tuple[str, str | None],
    problem: Problem,
    record: Record | None,
    about: str | None,
) -> dict[str, Any]:
    """What a `RefusedView` holds. `pair`: our id and theirs; `about`: what the record was called then."""
    ours, theirs = pair
    return {
        "connection": connection.id,
        "provider": connection.provider,
        "flow": flow.name,
        "kind": flow.kind,
        "kinds": PLURAL_OF[flow.kind],
        "object": flow.object,
        "ours": ours,
        "theirs": theirs,
        "url": folders.url_of(connection, flow, theirs) if theirs else None,
        "name": (called(record.values) if record else None) or about or "",
        "exists": record is not None and not record.gone,
        "reason": problem.reason,
        "remedy": problem.remedy,
        "field": problem.field,
        "cause": problem.cause,
        "trouble": problem.trouble,
        "tries": problem.tries,
        "since": problem.since,
    }
