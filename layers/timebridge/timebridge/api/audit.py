"""The audit trail: who did what to what, and when; to read, and to take along as a table."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import ADMINS, Asking, Noun, TenantId
from timebridge.api.names import names_of
from timebridge.api.spans import Since, Until
from timebridge.api.views import Kept, Limit, Page, Start, View
from timebridge.reports import cell
from timebridge.store.audit import Audit, Wanted

audit = Noun("tenants")

MOST = 5_000
"""Lines of an export: as many as one answer of the API can carry."""

COLUMNS = ("stamp", "actor", "via", "what", "target", "detail", "before", "after")

Actor = Annotated[str | None, Query(max_length=200, description="Only what this person did.")]
What = Annotated[str | None, Query(max_length=80, description="Only this: `project.update`, or all of `project.`")]
Target = Annotated[str | None, Query(max_length=300, description="Only what was done to this.")]


class AuditView(View):
    """`via`: console, api, or sync for what the product did by itself; empty where that was not written down yet.
    `names`: of the records whose ids it holds."""

    stamp: datetime
    actor: str
    via: str
    what: str
    target: str
    detail: dict[str, Any]
    before: dict[str, Kept | dict[str, Any] | list[Any]] | None
    after: dict[str, Kept | dict[str, Any] | list[Any]] | None
    names: dict[str, str]


@audit.get("/tenants/<tenant>/audit", ADMINS, "List what was done, by whom")
def list_audit(
    tenant: TenantId,
    start: Start = None,
    limit: Limit = 50,
    actor: Actor = None,
    what: What = None,
    target: Target = None,
    since: Since = None,
    until: Until = None,
) -> Page[AuditView]:
    """The latest first."""
    wanted = Wanted(actor, what, target, since, until)
    lines, next = Audit(tenant).page(start, limit, wanted)
    names = names_of(tenant, (id for line in lines for id in _ids(line)))
    items = [AuditView(**line, names={id: names[id] for id in _ids(line) if id in names}) for line in lines]
    return Page[AuditView](items=items, next=next)


@audit.get("/tenants/<tenant>/audit/export", ADMINS, "Take the audit trail along as a table (CSV)")
def export_audit(
    tenant: TenantId,
    caller: Asking,
    actor: Actor = None,
    what: What = None,
    target: Target = None,
    since: Since = None,
    until: Until = None,
) -> Response[str]:
    """The latest 5,000 lines that fit, the latest first; for more, ask once for each span of time."""
    lines = list(_lines(tenant, Wanted(actor, what, target, since, until)))
    Audit(tenant).write(caller.name, "audit.export", "audit", {"lines": len(lines)})
    headers = {"Content-Disposition": f'attachment; filename="audit-{tenant}.csv"', "Cache-Control": "no-store"}
    return Response(200, "text/csv; charset=utf-8", _table(lines), headers)


def _ids(line: Mapping[str, Any]) -> Iterator[str]:
    """What may be the id of a record, in the target and among the values."""
    yield from line["target"].split()
    for values in (line["detail"], line["before"] or {}, line["after"] or {}):
        yield from (text for value in values.values() for text in _texts(value) if "_" in text)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _lines(tenant: str, wanted: Wanted) -> Iterator[dict[str, Any]]:
    given, next = 0, ""
    while next is not None and given < MOST:
        found, next = Audit(tenant).page(next or None, min(1_000, MOST - given), wanted)  # type: ignore[assignment]
        given += len(found)
        yield from found


def _table(lines: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(line[name]) for name in COLUMNS] for line in lines)
    return text.getvalue()


def _cell(value: object) -> object:
    return cell("" if value is None else value if isinstance(value, str) else json.dumps(value, default=str))
